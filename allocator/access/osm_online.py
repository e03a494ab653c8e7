"""A place by its name: OpenStreetMap's servers through OSMnx, with its cache, and clear words for what goes wrong."""

from __future__ import annotations

import datetime
import json
import os
import re
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from allocator.access.osm_elements import ADMIN_LEVELS, LANDUSE, WGS84, OsmElements, normalised_name
from allocator.access.services import Services
from allocator.city.crs import fitting_crs
from allocator.city.reporting import shown
from allocator.errors import Findings, InputError

__all__ = ["OsmServers", "fetch_place", "kept_answers"]

LONGEST_WAIT = 300.0
SIMPLIFIED = 20.0
"""Metres by which the boundary in a request may differ from the true one: servers refuse very long requests."""
NAMED = "write the name as OpenStreetMap does, with the country: Altena, Deutschland"
BUSY = {429: "too many requests", 502: "bad gateway", 503: "not available", 504: "too busy, or it took too long"}


@dataclass(frozen=True)
class OsmServers:
    """Which servers are asked, how patiently, and where answers are kept.

    `timeout` is in whole seconds, for the connection and for the work of the server. A busy server is asked `tries`
    times, after the seconds that it names, else after `wait` and longer each time. Answers are kept in `cache`, in a
    folder for each place.
    """

    overpass_url: str = "https://overpass-api.de/api"
    nominatim_url: str = "https://nominatim.openstreetmap.org/"
    timeout: int = 180
    tries: int = 3
    wait: float = 30.0
    cache: Path = field(default_factory=lambda: kept_answers())

    @property
    def has_slots(self) -> bool:
        """True for the public server, which says when it takes the next request."""
        return self.overpass_url.startswith(type(self).overpass_url)


def kept_answers() -> Path:
    """Where answers are kept: `osm` in the folder that ALLOCATOR_CACHE names, else in the cache folder of the user."""
    import platformdirs

    named = os.environ.get("ALLOCATOR_CACHE")
    if named is not None and not named.strip():
        return Path(tempfile.gettempdir()) / "allocator-osm"
    return Path(named or platformdirs.user_cache_dir("allocator", appauthor=False)) / "osm"


class _Trouble(Exception):  # noqa: N818 - it is caught here and becomes a finding
    """What a server did instead of answering; `again` says whether it is worth another try, after `after` seconds."""

    def __init__(self, what: str, *, again: bool = False, after: float | None = None, empty: bool = False) -> None:
        super().__init__(what)
        self.again, self.after, self.empty = again, after, empty


def fetch_place(
    place: str, services: Services, servers: OsmServers, margin: float, progress: Callable[[str], None] = lambda _: None
) -> OsmElements:
    """The elements of a place that Nominatim knows by that name, with its boundary.

    Streets and facilities reach up to `margin` metres beyond. Everything that a server answered is kept; the same call
    goes on where an earlier one ended. The day is that of the oldest answer. Raises InputError, with a finding that
    says which server did what and what to do, if the name is not known or has no boundary, a server cannot be reached,
    is too slow, busy, refuses, answers in part, with nothing or with something else; nothing is written then but what
    was answered.
    """
    folder = Path(servers.cache) / (re.sub(r"[^a-z0-9]+", "-", normalised_name(place)).strip("-") or "place")
    with _settings(servers, folder) as osmnx:
        progress(f"asking {servers.nominatim_url} for {place}")
        found = _ask(lambda: osmnx.geocoder.geocode_to_gdf(place), servers, servers.nominatim_url, place, progress)
        boundary = shapely.make_valid(found.geometry.iloc[0])
        within, around = _areas_to_ask(boundary, margin)
        frames = []
        for part, tags, area, needed in _requests(services, within, around):
            progress(f"asking {servers.overpass_url} for {part}")
            found_some = False
            # Exclaves are asked for one by one: one of them may hold nothing.
            for polygon in shapely.get_parts(area):
                ask = lambda tags=tags, polygon=polygon: osmnx.features.features_from_polygon(polygon, tags)  # noqa: E731
                answer = _ask(ask, servers, servers.overpass_url, place, progress, part=part)
                if answer is not None:
                    found_some = True
                    frames.append(_rows(answer))
            if needed and not found_some:
                _fail(servers.overpass_url, f"knows nothing there: no {part} in {place}", NAMED)
    frame = pd.concat(frames, ignore_index=True)
    frame = gpd.GeoDataFrame(frame[~frame.duplicated(["element", "id"])].reset_index(drop=True), crs=WGS84)
    name = str(found["name"].iloc[0] or place) if "name" in found else place
    return OsmElements(frame, boundary, True, name, "OpenStreetMap", _day_of(folder),
                       url="https://www.openstreetmap.org/copyright")  # fmt: skip


def _requests(services: Services, within: Any, around: Any) -> Iterator[tuple[str, dict[str, Any], Any, bool]]:
    """(what, tags, area, needed) of each request; one after the other, so that each is kept by itself."""
    yield "buildings", {"building": True}, within, True
    yield "streets", {"highway": True}, around, True
    tags: dict[str, Any] = {"amenity": ["refugee_site"], "social_facility": True}
    for conditions in services.values():
        for condition in conditions:
            key, value = next(iter(condition.items()))
            if value is True or tags.get(key) is True:
                tags[key] = True
            else:
                tags[key] = sorted({*tags.get(key, []), *([value] if isinstance(value, str) else value)})
    yield "facilities", tags, around, False
    yield "addresses", {"addr:housenumber": True}, within, False
    yield "administrative areas", {"admin_level": list(ADMIN_LEVELS)}, within, False
    yield "land use", {"landuse": list(LANDUSE)}, within, False


def _areas_to_ask(boundary: Any, margin: float) -> tuple[Any, Any]:
    """The boundary, and the boundary with its margin, both a little larger and with few corners, in degrees."""
    middle = shapely.centroid(boundary)
    crs = fitting_crs(middle.x, middle.y)
    metric = gpd.GeoSeries([boundary], crs=WGS84).to_crs(crs)
    larger = [metric.buffer(extra + SIMPLIFIED).simplify(SIMPLIFIED) for extra in (0.0, margin)]
    return tuple(one.to_crs(WGS84).iloc[0] for one in larger)


def _rows(answer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The features of OSMnx as rows of `OsmElements`."""
    columns = [name for name in answer.columns if name != "geometry"]
    values = answer[columns].to_dict("records")
    tags = [{key: str(value) for key, value in one.items() if isinstance(value, str)} for one in values]
    index = answer.index
    return gpd.GeoDataFrame(
        {
            "element": index.get_level_values("element"),
            "id": index.get_level_values("id"),
            "tags": tags,
        },
        geometry=answer.geometry.to_numpy(),
        crs=WGS84,
    )


@contextmanager
def _settings(servers: OsmServers, folder: Path) -> Iterator[Any]:
    """OSMnx with the settings of `servers`; afterwards it is as it was before, the name look-up of Python too."""
    import osmnx

    wanted = {
        "overpass_url": servers.overpass_url,
        "nominatim_url": servers.nominatim_url,
        "requests_timeout": int(servers.timeout),
        "requests_kwargs": {"hooks": {"response": _look_at}},
        "overpass_rate_limit": servers.has_slots,
        "use_cache": True,
        "cache_folder": folder,
        # Without this a server whose name is not known would be looked up at a third party.
        "doh_url_template": None,
        "http_user_agent": "allocator (spatial planner for housing)",
        "http_referer": "allocator",
    }
    before = {name: getattr(osmnx.settings, name) for name in wanted}
    lookup = socket.getaddrinfo
    try:
        for name, value in wanted.items():
            setattr(osmnx.settings, name, value)
        yield osmnx
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)
        socket.getaddrinfo = lookup


def _look_at(response: Any, *_: Any, **__: Any) -> None:
    """Look at every answer before OSMnx does, which would wait for ever, keep what is empty, and use what is cut off.

    Raises _Trouble for anything but a whole answer that holds something.
    """
    if response.is_redirect or response.url.rstrip("/").endswith("/status"):
        return
    code = response.status_code
    if code in BUSY:
        after = response.headers.get("Retry-After", "")
        seconds = min(float(after), LONGEST_WAIT) if after.isdecimal() else None
        raise _Trouble(f"answered {code}: {BUSY[code]}", again=True, after=seconds)
    if code >= 400:
        raise _Trouble(f"answered {code} {response.reason}: {shown(_plain(response.text))}")
    try:
        content = response.json()
    except ValueError as error:
        raise _Trouble(f"answered with something that is no JSON: {shown(_plain(response.text))}") from error
    if isinstance(content, dict):
        if "remark" in content:
            raise _Trouble(f"broke off: {shown(content['remark'])}", again=True)
        if not isinstance(content.get("elements"), list):
            raise _Trouble("answered with JSON that holds no elements")
        if not content["elements"]:
            raise _Trouble("knows nothing there", empty=True)
    elif isinstance(content, list):
        if not content:
            raise _Trouble("knows no such place", empty=True)
    else:
        raise _Trouble("answered with JSON that is no answer")


def _plain(text: str) -> str:
    """The words of a web page, in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def _ask(
    request: Callable[[], Any], servers: OsmServers, url: str, place: str, progress: Callable[[str], None],
    *, part: str = "",
) -> Any:  # fmt: skip
    """The answer to a request, tried again while the server is busy; None where a part of a place holds nothing."""
    import requests

    kept = f"what was answered is kept in {servers.cache}: say the same again later, and it goes on from there"
    mended, folder = False, Path(servers.cache)
    for attempt in range(1, servers.tries + 1):
        last = attempt == servers.tries
        after = None
        before = set(folder.glob("*/*.json"))
        try:
            return request()
        except _Trouble as trouble:
            what, after = str(trouble), trouble.after
            if trouble.empty and part:
                return None
            if trouble.empty:
                _fail(url, f"{what}: {place}", NAMED)
            if not trouble.again:
                _fail(url, what, f"check the address of the server; {kept}")
        except requests.exceptions.Timeout:
            what = f"gave no answer within {servers.timeout} seconds"
        except requests.exceptions.RequestException as error:
            what = f"cannot be reached: {_reason(error)}"
        except (json.JSONDecodeError, UnicodeDecodeError):
            if mended or not _remove_broken(folder):
                _fail(url, "answered with something that is no JSON", kept)
            mended, what = True, "an answer in the cache was cut off, and is asked for again"
            after = 0.0
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            # OSMnx: no result with an area, no matching features after filtering, elements without their parts.
            if part and "No matching features" in str(error):
                return None
            for file in set(folder.glob("*/*.json")) - before:
                file.unlink(missing_ok=True)
            remedy = "name a place with a boundary, such as a city or a district; or give an extract and --boundary"
            _fail(url, f"has no usable answer for {place}{': ' + part if part else ''}", remedy)
        if last and after != 0.0:
            _fail(url, f"{what}" + (f", {attempt} times" if attempt > 1 else ""), kept)
        pause = servers.wait * attempt if after is None else after
        progress(f"{url} {what}; asking again in {pause:.0f} seconds")
        time.sleep(pause)
    _fail(url, "gave no whole answer", kept)
    return None


def _fail(url: str, what: str, remedy: str) -> None:
    findings = Findings()
    findings.error(what, remedy, file=url)
    raise InputError(findings)


def _reason(error: BaseException) -> str:
    """The innermost reason of a failed connection, in one line."""
    text = str(error)
    for words in ("Connection refused", "Name or service not known", "getaddrinfo failed", "No route to host",
                  "Temporary failure in name resolution", "Connection reset", "certificate verify failed",
                  "nodename nor servname"):  # fmt: skip
        if words in text:
            return words.lower()
    return shown(text)


def _remove_broken(cache: Path) -> int:
    """Remove answers in the cache that are cut off, as by a computer that was switched off; how many there were."""
    removed = 0
    for file in sorted(cache.glob("*/*.json")):
        try:
            json.loads(file.read_text(encoding="utf-8"))
        except (ValueError, OSError):
            file.unlink()
            removed += 1
    return removed


def _day_of(folder: Path) -> str:
    """The day of the oldest answer of Overpass in a folder of the cache: as it states, else that of its file."""
    days = []
    for file in sorted(folder.glob("*.json")):
        with file.open(encoding="utf-8") as stream:
            head = stream.read(600)
        if not head.startswith("{"):
            continue
        stated = re.search(r'"timestamp_osm_base":\s*"(\d{4}-\d\d-\d\d)', head)
        changed = datetime.datetime.fromtimestamp(file.stat().st_mtime, tz=datetime.UTC).date().isoformat()
        days.append(stated[1] if stated else changed)
    return min(days, default="")
