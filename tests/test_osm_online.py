"""A place by its name, from servers on this computer: what goes well, and everything that servers do instead."""

import json
import shutil
import socket
import threading
import time
from pathlib import Path

import pyproj
import pytest
import shapely
from click.testing import CliRunner
from osm_town import Town, little_town, osm_server, place_of

from allocator.access.osm_city import OsmOptions, keys_to_read, make_osm_city
from allocator.access.osm_file import read_osm_file
from allocator.access.osm_online import OsmServers, fetch_place
from allocator.access.services import read_services
from allocator.cli.data import data
from allocator.errors import InputError

WITTENAU = Path(__file__).parents[1].parent / "shared" / "data" / "wittenau" / "wittenau.osm.pbf"
PARTS = ["search", "building", "highway", "amenity", "addr:housenumber", "admin_level", "landuse"]
"""What is asked, in this order, once each; there is no land use in the town."""
WHOLE = 28
"""Elements of the town with a key that is asked for, without those that have another value."""


@pytest.fixture(autouse=True, scope="module")
def quick_osmnx():
    """OSMnx waits before each question to Nominatim and looks the UTM zone up in all of PROJ: neither is needed here."""
    real = time.sleep
    zone = pyproj.CRS("EPSG:32632")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", lambda seconds: real(min(seconds, 0.02)))
        for series in ("GeoSeries", "GeoDataFrame"):
            patch.setattr(f"geopandas.{series}.estimate_utm_crs", lambda *_, **__: zone)
        yield


@pytest.fixture(scope="module")
def town():
    """The little town behind a local server, for all tests."""
    with osm_server(little_town()) as running:
        yield running


@pytest.fixture
def server(town):
    """The little town, which answers all and was asked nothing yet."""
    town.trouble = lambda *_: None
    town.requests.clear()
    return town


@pytest.fixture(scope="module")
def whole(town, tmp_path_factory):
    """The place with all its answers, asked for once: elements, requests and the folder where answers are kept."""
    folder = tmp_path_factory.mktemp("whole")
    town.trouble = lambda *_: None
    town.requests.clear()
    elements = fetched(town, folder)
    return elements, list(town.requests), folder / "cache"


@pytest.fixture
def kept(whole, tmp_path):
    """A copy of the answers that were kept, where `fetched` looks for them."""
    return shutil.copytree(whole[2], tmp_path / "cache")


def servers_of(server, tmp_path, **changed):
    """Settings that ask the local server."""
    given = {"timeout": 5, "tries": 3, "wait": 0.0, **changed}
    return OsmServers(overpass_url=server.overpass, nominatim_url=server.url, cache=tmp_path / "cache", **given)


def fetched(server, tmp_path, place="Kleinstadt, Deutschland", **changed):
    """The elements of the place."""
    return fetch_place(place, read_services(), servers_of(server, tmp_path, **changed), 500.0)


def failing(server, tmp_path, **changed):
    """The only finding of a call that fails."""
    with pytest.raises(InputError) as caught:
        fetched(server, tmp_path, **changed)
    assert len(caught.value.findings) == 1
    return caught.value.findings[0]


def test_a_place_by_name_is_the_city_of_its_extract(whole, tmp_path):
    """Through Nominatim and Overpass the town has the same homes, dwellings, streets, facilities as from its file.

    But for tags with several values (`pharmacy;doctors`), which Overpass is not asked for.
    """
    services = read_services()
    elements, requests, _ = whole
    online, _ = make_osm_city(elements, services, OsmOptions())
    path = little_town().write(tmp_path / "kleinstadt.osm")
    offline, _ = make_osm_city(read_osm_file(path, keys_to_read(services)), services, OsmOptions())
    assert online.name == "Kleinstadt"
    for table, columns in (
        ("buildings", ["building_id", "address", "dwellings", "site_id"]),
        ("facilities", ["facility_id", "kind", "name"]),
        ("streets", ["street_id", "name", "kind"]),
        ("social_spaces", ["name", "residents"]),
    ):
        one, other = (getattr(city, table)[columns].to_numpy().tolist() for city in (online, offline))
        several = [row for row in other if table == "facilities" and row[2] == "Am Tor"]
        assert sorted(one) == sorted(row for row in other if row not in several), table
    assert requests == PARTS


@pytest.mark.usefixtures("kept")
def test_what_was_answered_is_not_asked_again(whole, server, tmp_path):
    """A second call asks only for what had no answer, the land use; the day is that of the data, told by Overpass."""
    again = fetched(server, tmp_path)
    assert server.requests == ["landuse"]
    assert (whole[0].retrieved, again.retrieved) == ("2026-02-28", "2026-02-28")


def test_an_unknown_place_is_a_finding(server, tmp_path):
    """Nominatim knows nothing of that name: the finding says how to write it; nothing empty is kept."""
    finding = failing(server, tmp_path, place="Nirgendwo")
    assert "knows no such place: Nirgendwo" in finding.what
    assert "with the country" in finding.remedy
    assert not list((tmp_path / "cache").rglob("*.json"))


def test_a_place_without_a_boundary_is_a_finding(server, tmp_path):
    """A point (a village square, say) cannot be a city."""
    point = [{"lat": "51.3", "lon": "7.6", "geojson": {"type": "Point", "coordinates": [7.6, 51.3]}, "importance": 1,
              "boundingbox": ["51", "52", "7", "8"], "display_name": "Platz", "name": "Platz"}]  # fmt: skip
    server.trouble = lambda path, _: (200, {}, json.dumps(point)) if path == "search" else None
    assert "no usable answer" in failing(server, tmp_path).what
    assert "boundary" in failing(server, tmp_path).remedy


def test_a_busy_server_is_asked_again(server, tmp_path):
    """Busy in each of the three ways, then an answer: the place is whole."""
    busy = {1: 429, 3: 503, 5: 504, 7: 429}
    server.trouble = lambda _, number: (busy[number], {"Retry-After": "0"}, "busy") if number in busy else None
    assert len(fetched(server, tmp_path).frame) == WHOLE
    assert server.requests[:8] == [part for part in PARTS[:4] for _ in range(2)]


@pytest.mark.parametrize(("status", "says"), [(429, "too many requests"), (504, "too busy")])
def test_a_server_that_stays_busy_is_given_up(server, tmp_path, status, says):
    """After three tries the finding names the server and says that what was answered is kept."""
    server.trouble = lambda path, _: (status, {}, "<html>busy</html>") if path == "building" else None
    finding = failing(server, tmp_path)
    assert server.requests == ["search"] + ["building"] * 3
    assert f"answered {status}: {says}" in finding.what
    assert "3 times" in finding.what
    assert finding.file == server.overpass
    assert "kept" in finding.remedy


def test_a_call_goes_on_where_an_earlier_one_ended(server, tmp_path):
    """Streets failed; the next call asks neither for the place nor for the buildings again."""
    server.trouble = lambda path, _: (504, {}, "busy") if path == "highway" else None
    failing(server, tmp_path, tries=1)
    server.trouble = lambda *_: None
    server.requests.clear()
    fetched(server, tmp_path)
    assert server.requests == PARTS[2:]


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_given_up(server, tmp_path):
    """A time-out of one second, twice: the finding says for how long it waited."""

    def slow(path, _):
        if path == "building":
            threading_sleep(1.6)

    server.trouble = slow
    finding = failing(server, tmp_path, timeout=1, tries=2)
    assert finding.what == "gave no answer within 1 seconds, 2 times"


def test_a_server_that_is_not_there_is_a_finding(tmp_path):
    """Nobody listens at that address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    nowhere = OsmServers(overpass_url=url, nominatim_url=url, cache=tmp_path, tries=2, wait=0.0, timeout=2)
    with pytest.raises(InputError, match="cannot be reached"):
        fetch_place("Kleinstadt", read_services(), nowhere, 0.0)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((200, {}, "<html><body>Log in to the Wi-Fi</body></html>"), "no JSON: 'Log in to the Wi-Fi'"),
        ((200, {}, ""), "no JSON"),
        ((200, {}, '{"version": 0.6, "elements": ['), "no JSON"),
        ((200, {}, '{"version": 0.6}'), "holds no elements"),
        ((200, {}, '"text"'), "no answer"),
        ((200, {}, '{"elements": []}'), "knows nothing there: no buildings"),
        ((200, {}, '{"elements": [{"type": "way"}]}'), "no usable answer"),
        ((200, {}, '{"elements": [], "remark": "runtime error: Query timed out"}'), "broke off"),
        ((400, {}, "<html>parse error: <b>line 1</b></html>"), "answered 400"),
        ((403, {}, "blocked"), "answered 403"),
        ((500, {}, "{}"), "answered 500"),
    ],
)
def test_an_answer_that_is_none_is_a_finding(server, tmp_path, answer, says):
    """Web pages, cut-off and foreign JSON, empty and partial answers, refusals: each says what came, none is kept."""
    server.trouble = lambda path, _: answer if path == "building" else None
    assert says in failing(server, tmp_path, tries=2).what
    server.trouble = lambda *_: (403, {}, "enough")
    server.requests.clear()
    failing(server, tmp_path)
    assert server.requests == ["building"]


def test_an_answer_that_was_cut_off_on_disk_is_asked_again(server, tmp_path, kept):
    """Half a file in the cache, as after a power cut, is thrown away and fetched again."""
    for file in kept.rglob("*.json"):
        file.write_text(file.read_text(encoding="utf-8")[:50], encoding="utf-8")
    assert len(fetched(server, tmp_path).frame) == WHOLE
    assert server.requests == PARTS


@pytest.mark.usefixtures("kept")
def test_osmnx_is_as_it_was_before(server, tmp_path):
    """Settings and the look-up of names are put back, after success and after failure."""
    import osmnx

    before = {name: getattr(osmnx.settings, name) for name in dir(osmnx.settings) if name.islower()}
    lookup = socket.getaddrinfo
    fetched(server, tmp_path)
    server.trouble = lambda *_: (403, {}, "no")
    failing(server, tmp_path / "other")
    assert {name: getattr(osmnx.settings, name) for name in before} == before
    assert socket.getaddrinfo is lookup


@pytest.mark.slow
def test_an_exclave_without_buildings_is_no_failure(server, tmp_path):
    """The second part of the place holds nothing; the place is that of its first part."""
    far = [(lon + 0.5, lat) for lon, lat in server.outline]
    place = place_of(server.outline)
    place[0]["geojson"] = {"type": "MultiPolygon", "coordinates": [[server.outline], [far]]}

    def trouble(path, _):
        if path == "search":
            return 200, {}, json.dumps(place)
        return (200, {}, '{"elements": []}') if " 8.09" in server.query else None

    server.trouble = trouble
    city, _ = make_osm_city(fetched(server, tmp_path), read_services(), OsmOptions())
    assert server.requests.count("building") == 2
    assert len(city.buildings) == 7


def test_the_command_makes_the_city_or_nothing(server, tmp_path, monkeypatch):
    """With the addresses of the servers from the environment; when a server fails no folder appears."""
    monkeypatch.setenv("ALLOCATOR_OVERPASS_URL", server.overpass)
    monkeypatch.setenv("ALLOCATOR_NOMINATIM_URL", server.url)
    call = ["osm", "Kleinstadt", "--out", str(tmp_path / "city"), "--cache", str(tmp_path / "cache"), "--tries", "1",
            "--synthetic-lists", "1", "--flats", "10", "--scenario"]  # fmt: skip
    server.trouble = lambda path, _: (504, {}, "busy") if path == "admin_level" else None
    failed = CliRunner().invoke(data, call)
    assert isinstance(failed.exception, InputError)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache"]
    server.trouble = lambda *_: None
    made = CliRunner().invoke(data, call, catch_exceptions=False)
    assert made.exit_code == 0
    assert {"city.yaml", "scenario.yaml", "units.csv", "streets.geojson"} <= {
        path.name for path in (tmp_path / "city").iterdir()
    }


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not WITTENAU.is_file(), reason=f"the extract is not at {WITTENAU}")
def test_a_real_place_by_name_is_that_of_its_extract(tmp_path):
    """Wittenau, answered from its extract, has the homes and facilities that its file has."""
    services = read_services()
    elements = read_osm_file(WITTENAU, keys_to_read(services))
    offline, _ = make_osm_city(elements, services, OsmOptions())
    with osm_server(Town.of(WITTENAU)) as server:
        server.outline = [tuple(corner) for corner in shapely.get_coordinates(elements.boundary)]
        online, _ = make_osm_city(fetched(server, tmp_path, timeout=120), services, OsmOptions())
    assert set(online.buildings["building_id"]) == set(offline.buildings["building_id"])
    assert online.buildings["dwellings"].sum() == offline.buildings["dwellings"].sum()
    assert online.facilities["kind"].value_counts().to_dict() == offline.facilities["kind"].value_counts().to_dict()
    assert set(online.streets["street_id"]) == set(offline.streets["street_id"])


def threading_sleep(seconds):
    """A pause that the fixture does not shorten."""
    threading.Event().wait(seconds)
