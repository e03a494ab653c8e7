"""A little town in OpenStreetMap's own format, worked out in metres, and a local server that answers for it."""

from __future__ import annotations

import json
import re
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from pyproj import Transformer

ORIGIN = (402_000.0, 5_684_000.0)
"""South-west corner of the town in EPSG:25832, in metres."""
TO_DEGREES = Transformer.from_crs("EPSG:25832", "EPSG:4326", always_xy=True)


class Town:
    """Collects nodes, ways and relations; places are metres east and north of ORIGIN, equal ones are one node."""

    def __init__(self) -> None:
        self.nodes: dict[int, tuple[float, float, dict]] = {}
        self.ways: dict[int, tuple[list[int], dict]] = {}
        self.relations: dict[int, tuple[list[tuple[str, int, str]], dict]] = {}
        self._at: dict[tuple[float, float], int] = {}

    @classmethod
    def of(cls, path: Path) -> Town:
        """Everything that an extract holds."""
        import osmium

        town = cls()
        for thing in osmium.FileProcessor(str(path)):
            tags = dict(thing.tags)
            if thing.is_node():
                town.nodes[thing.id] = (thing.location.lon, thing.location.lat, tags)
            elif thing.is_way():
                town.ways[thing.id] = ([node.ref for node in thing.nodes], tags)
            else:
                words = {"n": "node", "w": "way", "r": "relation"}
                members = [(words[member.type], member.ref, member.role) for member in thing.members]
                town.relations[thing.id] = (members, tags)
        return town

    def point(self, x: float, y: float, number: int = 0, **tags: str) -> int:
        """A node; with a number of its own it is a further one at that place."""
        if number == 0 and (x, y) in self._at:
            return self._at[x, y]
        number = number or 1000 + len(self.nodes)
        lon, lat = TO_DEGREES.transform(ORIGIN[0] + x, ORIGIN[1] + y)
        self.nodes[number] = (lon, lat, _keys(tags))
        self._at.setdefault((x, y), number)
        return number

    def way(self, number: int, corners: list[tuple[float, float]], **tags: str) -> int:
        """A way along corners; closed if the last is the first."""
        self.ways[number] = ([self.point(*corner) for corner in corners], _keys(tags))
        return number

    def box(self, number: int, x: float, y: float, width: float, height: float, **tags: str) -> int:
        """A closed way around a rectangle."""
        ring = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
        return self.way(number, ring, **tags)

    def relation(self, number: int, outer: list[int], inner: list[int] = (), **tags: str) -> None:
        """A multipolygon or a boundary of ways."""
        members = [("way", way, "outer") for way in outer] + [("way", way, "inner") for way in inner]
        self.relations[number] = (members, _keys(tags))

    def xml(self, bounds: bool = True) -> str:
        """The town as an `.osm` file, elements of 1 March 2026."""
        root = ET.Element("osm", version="0.6", generator="test")
        if bounds:
            lons, lats = ([node[at] for node in self.nodes.values()] for at in (0, 1))
            ET.SubElement(root, "bounds", minlon=f"{min(lons):.7f}", minlat=f"{min(lats):.7f}",
                          maxlon=f"{max(lons):.7f}", maxlat=f"{max(lats):.7f}")  # fmt: skip
        stamp = {"version": "1", "timestamp": "2026-03-01T12:00:00Z", "changeset": "1", "uid": "1", "user": "test"}
        for number, (lon, lat, tags) in sorted(self.nodes.items()):
            _tagged(ET.SubElement(root, "node", id=str(number), lon=f"{lon:.7f}", lat=f"{lat:.7f}", **stamp), tags)
        for number, (nodes, tags) in sorted(self.ways.items()):
            way = ET.SubElement(root, "way", id=str(number), **stamp)
            for node in nodes:
                ET.SubElement(way, "nd", ref=str(node))
            _tagged(way, tags)
        for number, (members, tags) in sorted(self.relations.items()):
            relation = ET.SubElement(root, "relation", id=str(number), **stamp)
            for kind, ref, role in members:
                ET.SubElement(relation, "member", type=kind, ref=str(ref), role=role)
            _tagged(relation, tags)
        return ET.tostring(root, encoding="unicode")

    def write(self, path: Path, bounds: bool = True) -> Path:
        """The town as a file."""
        path.write_text(self.xml(bounds), encoding="utf-8")
        return path

    def overpass(self, query: str) -> list[dict]:
        """The elements that Overpass would return for a query of OSMnx, whatever polygon it names."""
        found: dict[tuple[str, int], dict] = {}
        for kind, key, _, value in re.findall(r"\((node|way|relation)\['([^']+)'(=)?'?([^'\]]*)'?\]", query):
            for number, tags in self._tags(kind):
                if key in tags and (not value or tags[key] == value):
                    self._collect(kind, number, found)
        return list(found.values())

    def _tags(self, kind: str) -> list[tuple[int, dict]]:
        held = {"node": self.nodes, "way": self.ways, "relation": self.relations}[kind]
        return [(number, content[-1]) for number, content in held.items()]

    def _collect(self, kind: str, number: int, found: dict) -> None:
        """An element with everything of which it is made."""
        held = {"node": self.nodes, "way": self.ways, "relation": self.relations}[kind]
        if (kind, number) in found or number not in held:
            return
        if kind == "node":
            lon, lat, tags = self.nodes[number]
            found[kind, number] = {"type": kind, "id": number, "lon": lon, "lat": lat, "tags": dict(tags)}
        elif kind == "way":
            nodes, tags = self.ways[number]
            found[kind, number] = {"type": kind, "id": number, "nodes": list(nodes), "tags": dict(tags)}
            for node in nodes:
                self._collect("node", node, found)
        else:
            members, tags = self.relations[number]
            listed = [{"type": each, "ref": ref, "role": role} for each, ref, role in members]
            found[kind, number] = {"type": kind, "id": number, "members": listed, "tags": dict(tags)}
            for each, ref, _ in members:
                self._collect(each, ref, found)


def _keys(tags: dict[str, str]) -> dict[str, str]:
    """`addr__street` and `building__levels` are keys with a colon."""
    return {key.replace("__", ":"): value for key, value in tags.items()}


def _tagged(element: ET.Element, tags: dict[str, str]) -> None:
    for key, value in tags.items():
        ET.SubElement(element, "tag", k=key, v=value)


def little_town() -> Town:
    """400 m by 600 m: Süd (0 to 300 m north) and Nord (300 to 600 m), two streets that meet, ten buildings.

    Homes: 101 (detached, 10 by 12 m: 2 dwellings of 120 m²), 102 (flats, 20 by 15 m, 4 storeys: 14), 103 (no kind, with
    an address inside, 10 by 10 m: 1), 104 (shop with 6 flats), 105 (flats, storeys not known, in the north).
    """
    town = Town()
    address = {"addr__street": "Hauptstraße", "addr__postcode": "58762"}
    town.box(101, 50, 170, 10, 12, building="detached", addr__housenumber="1", **address)
    town.box(102, 100, 170, 20, 15, building="apartments", building__levels="4", addr__housenumber="3-7", **address)
    town.box(103, 220, 200, 10, 10, building="yes")
    town.point(225, 205, 31, addr__street="Nordweg", addr__housenumber="2 a", addr__postcode="58762")
    town.box(104, 150, 170, 20, 20, building="retail", building__flats="6", addr__housenumber="9", **address)
    town.box(105, 220, 400, 35, 20, building="apartments", addr__street="Nordweg", addr__housenumber="12",
             addr__suburb="Nord")  # fmt: skip
    town.box(106, 300, 200, 10, 10, building="yes")
    town.box(107, 320, 200, 6, 5, building="garage")
    town.box(108, 340, 100, 12, 12, building="house", abandoned="yes")
    # An outline with a courtyard, which is a multipolygon.
    outer, inner = town.box(109, 20, 420, 40, 40), town.box(110, 30, 430, 20, 20)
    town.relation(1, [outer], [inner], type="multipolygon", building="apartments", building__levels="3",
                  addr__street="Am Hof", addr__housenumber="1-3")  # fmt: skip
    town.box(111, 330, 420, 12, 12, building="dormitory", building__levels="2", amenity="social_facility",
             social_facility="shelter", social_facility__for="refugee", name="Haus Nord")  # fmt: skip
    town.way(201, [(0, 150), (200, 150), (400, 150)], highway="residential", name="Hauptstraße")
    town.way(202, [(200, 150), (200, 350), (200, 560)], highway="footway", name="Nordweg")
    town.way(203, [(0, 590), (400, 590)], highway="motorway")
    town.way(204, [(0, 20), (400, 20)], highway="cycleway")
    town.way(205, [(0, 40), (400, 40)], highway="path", foot="no")
    town.way(206, [(0, 60), (400, 60)], highway="cycleway", foot="designated")
    town.way(207, [(10, 80), (60, 80)], highway="service", access="private")
    town.box(301, 250, 440, 60, 60, amenity="school", name="Grundschule Nord")
    town.point(280, 470, 41, amenity="school", name="Grundschule  NORD")
    town.box(302, 260, 450, 20, 10, building="school", amenity="school")
    town.point(290, 480, 42, amenity="kindergarten", name="Kita Löwenzahn")
    town.point(60, 140, 43, amenity="kindergarten", name="Kita Sankt Anna")
    town.point(190, 155, 44, highway="bus_stop", name="Mitte")
    town.box(303, 20, 100, 30, 20, building="supermarket", shop="supermarket", name="Markt")
    town.box(304, 100, 60, 30, 30, leisure="playground")
    town.point(150, 155, 45, amenity="pharmacy;doctors", name="Am Tor")
    west, north, east = [(0, 300), (0, 600)], [(0, 600), (400, 600)], [(400, 600), (400, 300)]
    for number, corners in ((401, west), (402, north), (403, east), (404, [(400, 300), (0, 300)]),
                            (405, [(0, 300), (0, 0), (400, 0), (400, 300)])):  # fmt: skip
        town.way(number, corners)
    admin = {"type": "boundary", "boundary": "administrative", "admin_level": "10"}
    town.relation(2, [401, 402, 403, 404], name="Nord", **admin)
    town.relation(3, [404, 405], name="Süd", **admin)
    return town


OUTLINE = [
    TO_DEGREES.transform(ORIGIN[0] + x, ORIGIN[1] + y) for x, y in ((0, 0), (400, 0), (400, 600), (0, 600), (0, 0))
]
"""The little town's outline of 400 m by 600 m, in degrees."""


def place_of(corners: list[tuple[float, float]], name: str = "Kleinstadt") -> list[dict]:
    """What Nominatim says of a place with that outline."""
    lons, lats = ([corner[at] for corner in corners] for at in (0, 1))
    return [{
        "place_id": 1, "osm_type": "relation", "osm_id": 7, "lat": str(lats[0]), "lon": str(lons[0]),
        "class": "boundary", "type": "administrative", "place_rank": 16, "importance": 0.5, "addresstype": "town",
        "name": name, "display_name": f"{name}, Deutschland",
        "boundingbox": [str(min(lats)), str(max(lats)), str(min(lons)), str(max(lons))],
        "geojson": {"type": "Polygon", "coordinates": [corners]},
    }]  # fmt: skip


Answer = tuple[int, dict[str, str], str]


class OsmServer:
    """Nominatim and Overpass in one, on this computer; `trouble` may answer a request in another way."""

    def __init__(self, town: Town, outline: list[tuple[float, float]] = OUTLINE) -> None:
        self.town, self.outline, self.requests = town, outline, []
        self.trouble: Callable[[str, int], Answer | None] = lambda _path, _number: None
        self.url = self.query = ""

    @property
    def overpass(self) -> str:
        """Address of Overpass, without `/interpreter`."""
        return f"{self.url}/api"

    def answer(self, path: str, query: dict[str, list[str]]) -> Answer:
        """Status, headers and text of the answer to a request."""
        kind = path.rsplit("/", 1)[-1]
        self.query = query.get("data", [""])[0]
        self.requests.append(kind if kind != "interpreter" else _asked(query["data"][0]))
        changed = self.trouble(self.requests[-1], len(self.requests))
        if changed is not None:
            return changed
        if kind == "search":
            known = query.get("q", [""])[0].startswith("Kleinstadt")
            return 200, {}, json.dumps(place_of(self.outline) if known else [])
        if kind == "interpreter":
            elements = self.town.overpass(query["data"][0])
            head = {"version": 0.6, "osm3s": {"timestamp_osm_base": "2026-02-28T10:00:00Z"}}
            return 200, {}, json.dumps({**head, "elements": elements})
        return 404, {}, "<html><body><h1>Not here</h1></body></html>"


def _asked(query: str) -> str:
    """A word for what a query asks: its first key."""
    return re.search(r"\['([^']+)'", query)[1]


@contextmanager
def osm_server(town: Town):
    """A local server for a town, in a thread."""
    server = OsmServer(town)

    class Handler(BaseHTTPRequestHandler):
        def _reply(self, query: dict[str, list[str]]) -> None:
            status, headers, text = server.answer(urlsplit(self.path).path, query)
            body = text.encode("utf-8")
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # Who asked has gone, as after a time-out.

        def do_GET(self) -> None:
            self._reply(parse_qs(urlsplit(self.path).query))

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self._reply(parse_qs(self.rfile.read(length).decode("utf-8")))

        def log_message(self, *_: object) -> None:
            """No lines between those of the tests."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{listening.server_port}"
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
