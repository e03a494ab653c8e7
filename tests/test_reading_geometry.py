"""Where things lie: coordinate systems, points in polygons, borders."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from worlds import CRS, EAST, NORTH, tiny_city, tiny_tables

from allocator.city import read_city
from allocator.errors import InputError


def moved(crs: str) -> dict[str, pd.DataFrame]:
    """Social spaces and buildings of the tiny city in another CRS."""
    tables = tiny_tables()
    points = gpd.points_from_xy(tables["buildings"].x, tables["buildings"].y, crs=CRS).to_crs(crs)
    buildings = tables["buildings"].drop(columns=["x", "y"])
    return {
        "social_spaces": tables["social_spaces"].to_crs(crs),
        "buildings": gpd.GeoDataFrame(buildings, geometry=points),
    }


@pytest.mark.parametrize(
    ("crs", "of_city"),
    [("EPSG:4326", CRS), ("EPSG:3857", CRS), ("EPSG:25831", "EPSG:25831"), ("EPSG:31466", "EPSG:31466")],
)
def test_a_city_is_counted_in_metres_that_are_metres(crs: str, of_city: str, tmp_path: Path) -> None:
    """Degrees and web maps are brought to the UTM zone; a metric CRS of the social spaces is kept; areas are 1 km²."""
    city = read_city(tiny_city(tmp_path, facilities=None, **moved(crs)))
    assert city.crs == of_city
    assert city.social_spaces["area"].tolist() == pytest.approx([1, 1, 1], abs=0.002)
    assert city.buildings["space_id"].tolist() == ["01", "01", "02", "03", "03"]
    assert city.buildings.crs == city.social_spaces.crs == city.sites.crs == of_city


def test_longitude_and_latitude_in_a_text_table(tmp_path: Path) -> None:
    """Columns lon and lat are degrees, whatever the CRS of the city."""
    tables = tiny_tables()["buildings"]
    degrees = gpd.points_from_xy(tables.x, tables.y, crs=CRS).to_crs("EPSG:4326")
    buildings = tables.drop(columns=["x", "y"]).assign(lon=degrees.x, lat=degrees.y)
    city = read_city(tiny_city(tmp_path, buildings=buildings))
    assert city.buildings["x"].tolist() == pytest.approx([EAST + east for east in (250, 750, 1500, 2400, 2600)])
    swapped = buildings.assign(lon=degrees.y, lat=degrees.x)
    with pytest.raises(InputError, match="x and y are swapped"):
        read_city(tiny_city(tmp_path, "swapped", buildings=swapped))


def test_the_crs_of_a_table_can_be_said(tmp_path: Path) -> None:
    """A table whose file knows no CRS is brought from the one that city.yaml names to that of the city."""
    tables = tiny_tables()["buildings"]
    points = gpd.points_from_xy(tables.x, tables.y, crs=CRS).to_crs("EPSG:25833")
    folder = tiny_city(tmp_path, buildings=tables.assign(x=points.x, y=points.y), facilities=None)
    (folder / "city.yaml").write_text(
        "crs: 25832\ntables:\n  social_spaces: social_spaces.geojson\n  units: units.csv\n  sites: sites.csv\n"
        "  buildings: {source: buildings.csv, crs: EPSG:25833}\n",
        encoding="utf-8",
    )
    city = read_city(folder)
    assert city.buildings["x"].tolist() == pytest.approx([EAST + east for east in (250, 750, 1500, 2400, 2600)])


def test_a_building_on_a_border_lies_in_the_smallest_space(tmp_path: Path) -> None:
    """A point on a shared border belongs to the social space whose id comes first."""
    city = read_city(tiny_city(tmp_path, buildings={"B1": {"x": EAST + 1000}, "B3": {"x": EAST + 2000}}))
    assert city.buildings["space_id"].tolist() == ["01", "01", "02", "03", "03"]


def test_buildings_outside_stay_and_are_reported(tmp_path: Path) -> None:
    """A building outside every social space stays in the city with no space, and a note names it."""
    city = read_city(tiny_city(tmp_path, buildings={"B2": {"y": NORTH - 10}}))
    assert city.buildings["space_id"].tolist() == ["01", "", "02", "03", "03"]
    (note,) = city.findings
    assert (note.severity, note.row, note.what) == ("note", "B2", "lies outside every social space")


def test_a_given_space_wins_over_the_geometry(tmp_path: Path) -> None:
    """A space_id in the file is used even where the point contradicts it, and a note says so."""
    city = read_city(tiny_city(tmp_path, buildings={"B1": {"space_id": "02"}, "B3": {"space_id": "02"}}))
    assert city.buildings["space_id"].tolist() == ["02", "01", "02", "03", "03"]
    (note,) = city.findings
    assert (note.row, note.column) == ("B1", "space_id")
    assert "space_id is '02', but the building lies in '01'" in note.what


def test_a_building_may_be_a_polygon(tmp_path: Path) -> None:
    """A polygon counts where a point inside it lies; x and y are that point."""
    tables = tiny_tables()["buildings"]
    shapes = [shapely.box(x - 10, y - 5, x + 10, y + 5) for x, y in zip(tables.x, tables.y, strict=True)]
    buildings = gpd.GeoDataFrame(tables.drop(columns=["x", "y"]), geometry=shapes, crs=CRS)
    city = read_city(tiny_city(tmp_path, buildings=buildings))
    assert city.buildings["space_id"].tolist() == ["01", "01", "02", "03", "03"]
    assert city.buildings.geometry.iloc[0].area == 200
    assert city.buildings["x"].iloc[0] == EAST + 250


def test_slivers_between_spaces_are_a_note(tmp_path: Path) -> None:
    """Borders that overlap by less than 1 % of the area are mentioned once and stop nothing."""
    spaces = tiny_tables()["social_spaces"]
    shapes = [shapely.box(EAST, NORTH, EAST + 1005, NORTH + 1000), *spaces.geometry[1:]]
    city = read_city(tiny_city(tmp_path, social_spaces=spaces.set_geometry(shapes, crs=CRS)))
    (note,) = city.findings
    assert note.what == "1 borders overlap by slivers, 5000 m² at most"


def test_a_mended_polygon_keeps_its_area(tmp_path: Path) -> None:
    """A bow tie becomes two triangles; multipolygons, Z and holes are left as they are."""
    spaces = tiny_tables()["social_spaces"]
    bow_tie = shapely.Polygon([(EAST, NORTH), (EAST + 1000, NORTH + 1000), (EAST + 1000, NORTH), (EAST, NORTH + 1000)])
    high = shapely.force_3d(spaces.geometry[1], 40.0)
    shapes = [bow_tie, high, shapely.MultiPolygon([spaces.geometry[2]])]
    city = read_city(tiny_city(tmp_path, social_spaces=spaces.set_geometry(shapes, crs=CRS)))
    assert city.social_spaces["area"].tolist() == pytest.approx([0.5, 1, 1])
    assert not city.social_spaces.geometry.has_z.any()
    assert city.social_spaces.geometry.is_valid.all()


def test_streets_become_single_lines_in_a_fixed_order(tmp_path: Path) -> None:
    """Multilines are taken apart, and the order of streets does not follow that of the file."""
    line = [[(EAST, NORTH), (EAST + 100, NORTH)], [(EAST, NORTH + 50), (EAST + 100, NORTH + 50)]]
    shapes = [shapely.MultiLineString(line), shapely.LineString([(EAST, NORTH), (EAST, NORTH + 50)])]
    found = []
    for order in (1, -1):
        folder = tiny_city(tmp_path, f"city{order}")
        streets = gpd.GeoDataFrame({"name": ["A", "B"]}, geometry=shapes, crs=CRS).iloc[::order]
        streets.to_file(folder / "streets.gpkg")
        found.append(read_city(folder).streets)
    assert found[0].geometry.geom_type.tolist() == ["LineString"] * 3
    assert found[0].equals(found[1])
    assert read_city(tiny_city(tmp_path)).streets is None


def test_sites_without_geometry_lie_amid_their_buildings(tmp_path: Path) -> None:
    """A site without geometry gets the mean point of its buildings; without a table, sites come from buildings."""
    city = read_city(tiny_city(tmp_path))
    assert (city.sites.geometry.x[0], city.sites.geometry.y[0]) == (EAST + 2500, NORTH + 500)
    assert "geometry" not in city.declared["sites"]
    bare = read_city(tiny_city(tmp_path, "bare", sites=None))
    assert bare.sites["site_id"].tolist() == ["H1"]
    assert bare.sites["refugees"].tolist() == [0]
    assert bare.declared["sites"] == frozenset()


def test_the_ground_of_a_school_counts_as_a_point(tmp_path: Path) -> None:
    """Facilities drawn as areas become a point inside, with a note."""
    facilities = tiny_tables()["facilities"].drop(columns=["x", "y"])
    ground = shapely.box(EAST + 400, NORTH + 500, EAST + 600, NORTH + 700)
    shapes = [ground, shapely.Point(EAST + 1600, NORTH + 400)]
    city = read_city(tiny_city(tmp_path, facilities=gpd.GeoDataFrame(facilities, geometry=shapes, crs=CRS)))
    assert city.facilities.geometry.geom_type.tolist() == ["Point", "Point"]
    assert ground.contains(city.facilities.geometry[0])
    assert [finding.severity for finding in city.findings] == ["note"]
