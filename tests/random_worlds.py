"""Random tiny worlds as plain dictionaries, and the city, rules and goals that say the same.

The dictionaries are what `oracle` reads; the city is what the planner reads.
"""

import random
from datetime import date

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point, box

from allocator.city.city import City
from allocator.city.tables import TABLES
from allocator.goals import goal_named
from allocator.goals.base import Stage
from allocator.goals.score import PLACES, Scores
from allocator.rules import rule_named

NAN = float("nan")
NaT = pd.NaT


def day(*parts: int) -> pd.Timestamp:
    """A day as tables hold it."""
    return pd.Timestamp(*parts)


def random_world(seed: int) -> dict:
    """Spaces, buildings, sites, units, households, rules and goals of one tiny world."""
    draw = random.Random(seed)
    world = {"declared_space_refugees": draw.random() < 0.6, "declared_site_refugees": draw.random() < 0.5}
    world["spaces"] = [
        {"space_id": f"S{i}", "name": f"Space {i}", "district_id": draw.choice(["D1", "D2"]),
         "status": draw.randint(1, 5), "residents": draw.randint(3, 40), "refugees": 0,
         "group_a": draw.randint(0, 4), "group_b": draw.randint(0, 3), "need": draw.randint(1, 5)}
        for i in range(draw.randint(2, 3))
    ]  # fmt: skip
    spaces = [space["space_id"] for space in world["spaces"]]
    world["buildings"] = [
        {"building_id": f"B{i}", "space_id": draw.choice([*spaces, *spaces, ""]),
         "site_id": draw.choice(["", "", "T1", "T2"]), "dwellings": draw.randint(1, 9),
         "refugee_flats": draw.choice([0, 0, 0, 1, 2]),
         "x": float(draw.randint(0, 400)), "y": float(draw.randint(0, 400))}
        for i in range(draw.randint(2, 4))
    ]  # fmt: skip
    world["units"] = []
    for i in range(draw.randint(2, 5)):
        shared = draw.random() < 0.3
        world["units"].append(
            {"unit_id": f"U{i}", "building_id": draw.choice(world["buildings"])["building_id"],
             "capacity": draw.randint(3, 8) if shared else draw.randint(1, 6), "shared": shared,
             "occupied": draw.randint(0, 4) if shared else 0, "rooms": draw.choice([NAN, 1, 2, 3, 4]),
             "floor_area": draw.choice([NAN, 25.0, 40.0, 60.0, 80.0]), "accessible": draw.random() < 0.5,
             "rent": draw.choice([NAN, 200.0, 300.0, 450.0]), "kind": draw.choice(["x", "y"])}
        )  # fmt: skip
    used = sorted({b["site_id"] for b in world["buildings"]} - {""})
    world["sites"] = [{"site_id": site, "name": site, "kind": draw.choice(["p", "q"]), "refugees": 0} for site in used]
    _some_live_outside(world, random.Random(f"outside {seed}"))  # its own draws, so that all others stay as they were
    _some_buildings_state_residents(world, random.Random(f"residents {seed}"))
    _fill_today(world, draw)
    world["households"] = _households(world, draw, spaces)
    world["facilities"] = [
        {"facility_id": f"F{i}", "kind": draw.choice(["school", "school", "kita"]), "name": "",
         "seats": draw.choice([NAN, 0, 1, 1, 2, 3]), "x": float(draw.randint(0, 400)), "y": float(draw.randint(0, 400))}
        for i in range(draw.randint(1, 3))
    ] + [{"facility_id": "F9", "kind": "school", "name": "", "seats": 1, "x": 200.0, "y": 200.0}]  # fmt: skip
    _add_days(world, draw)
    world["streets"] = _streets(random.Random(f"streets {seed}"))
    world["rules"] = _rules(draw) | _rule_of_the_whole(world, random.Random(f"whole {seed}"))
    world["goals"] = _goals(draw)
    _add_pairs_and_scores(world, random.Random(f"near and score {seed}"))
    _keep_an_earlier_plan(world, random.Random(f"earlier {seed}"))
    return world


def _some_live_outside(world: dict, draw: random.Random) -> None:
    """In every third world somebody who is not in the list lives in a building outside every social space."""
    if draw.random() < 1 / 3:
        unit = draw.choice(world["units"])
        unit.update(shared=True, occupied=draw.randint(1, 4))
        unit["capacity"] = max(unit["capacity"], unit["occupied"] + draw.randint(0, 3))
        (house,) = (row for row in world["buildings"] if row["building_id"] == unit["building_id"])
        house["space_id"] = ""


def _some_buildings_state_residents(world: dict, draw: random.Random) -> None:
    """In every third world buildings have a column of residents, with gaps."""
    if draw.random() < 1 / 3:
        for house in world["buildings"]:
            house["residents"] = draw.choice([NAN, 0, 3, 8, 20])


def _streets(draw: random.Random) -> list[list[tuple[float, float]]]:
    """In every third world some streets on a bent lattice of 100 m, which may fall apart; else none."""
    if draw.random() > 1 / 3:
        return []
    moved = {(a, b): (draw.randint(-30, 30), draw.randint(-30, 30)) for a in range(5) for b in range(5)}
    points = {(a, b): (100.0 * a + dx, 100.0 * b + dy) for (a, b), (dx, dy) in moved.items()}
    steps = [((a, b), (a + 1, b)) for a in range(4) for b in range(5)]
    steps += [((b, a), (b, a + 1)) for a in range(4) for b in range(5)]
    some = draw.sample(steps, draw.randint(6, len(steps)))
    return [[points[one], points[other]] for one, other in some]


def _fill_today(world: dict, draw: random.Random) -> None:
    for site in world["sites"]:
        inside = sum(
            unit["occupied"]
            for unit in world["units"]
            for building in world["buildings"]
            if unit["building_id"] == building["building_id"] and building["site_id"] == site["site_id"]
        )
        site["refugees"] = inside + draw.choice([0, 0, 2])
    for space in world["spaces"]:
        space["refugees"] = draw.randint(0, 6)


def _households(world: dict, draw: random.Random, spaces: list[str]) -> list[dict]:
    households = []
    taken: set[str] = set()
    for i in range(draw.randint(2, 5)):
        home = ""
        if draw.random() < 0.3:
            free = [u for u in world["units"] if u["shared"] or u["unit_id"] not in taken]
            if free:
                home = draw.choice(free)["unit_id"]
                taken.add(home)
        households.append(
            {"household_id": f"H{i}", "persons": draw.choice([1, 1, 2, 3, 4, 5]), "accessible": draw.random() < 0.2,
             "group": draw.choice(["", "a", "b"]), "max_rent": draw.choice([NAN, NAN, 250.0, 400.0, 900.0]),
             "prefers": ";".join(draw.sample(spaces, draw.choice([0, 0, 1, 2]))), "unit_id": home,
             "pinned": bool(home) and draw.random() < 0.3, "priority": draw.choice([1.0, 1.0, 1.0, 2.0, 0.5])}
        )  # fmt: skip
    if draw.random() < 0.5:
        for household in households:
            household["priority"] = 1.0
    if draw.random() < 0.5:  # households alike but for wishes and groups, so that classes and hubs have work to do
        for household in households:
            household.update(accessible=False, max_rent=NAN, priority=1.0, persons=min(household["persons"], 2))
    for household in households:
        others = [one["household_id"] for one in households if one is not household]
        household["near"] = draw.choice([*others, "", "", "", ""])
        household["children_school"] = draw.choice([0, 0, 1, 2]) if household["persons"] > 2 else draw.choice([0, 0, 1])
        household["children_school"] = min(household["children_school"], household["persons"])
    return households


def _add_days(world: dict, draw: random.Random) -> None:
    """A day for some worlds, with units and households that come and go around it."""
    world["day"] = date(2026, 6, 1) if draw.random() < 0.4 else None
    for unit in world["units"]:
        unit["available_from"] = draw.choice([NaT, NaT, day(2026, 5, 1), day(2026, 7, 1)])
        unit["available_until"] = draw.choice([NaT, NaT, NaT, day(2026, 5, 15), day(2026, 9, 1)])
    for household in world["households"]:
        household["arrives"] = draw.choice([NaT, NaT, day(2026, 3, 1), day(2026, 8, 1), day(2026, 10, 1)])


def _where(draw: random.Random) -> dict:
    return draw.choice(
        [{"status": {"at_most": 3}}, {"kind": {"equals": "x"}}, {"sites.kind": {"not_in": ["p"]}},
         {"rent": {"at_least": 250}, "shared": {"equals": False}}, {"space_id": {"in": ["S0", "S1"]}}]
    )  # fmt: skip


def _rules(draw: random.Random) -> dict[str, dict]:
    makers = [_cap, _share, _only, _fit, _spread, _seats, _reach, _moves, _together]
    rules = {}
    for number in range(draw.choice([0, 1, 1, 2, 3])):
        rule = draw.choice(makers)(draw)
        if draw.random() < 0.45:
            rule["soft"] = draw.choice([0.5, 1.0, 3.0])
        rules[f"rule-{number}"] = rule
    return rules


def _rule_of_the_whole(world: dict, draw: random.Random) -> dict[str, dict]:
    """A rule per city about as tight as today, in half the worlds where people live outside all spaces."""
    outside = {house["building_id"] for house in world["buildings"] if not house["space_id"]}
    persons = sum(unit["occupied"] for unit in world["units"] if unit["building_id"] in outside)
    if not persons or draw.random() < 0.5:
        return {}
    if world["declared_space_refugees"]:
        persons += sum(space["refugees"] for space in world["spaces"])
    else:
        persons += sum(unit["occupied"] for unit in world["units"] if unit["building_id"] not in outside)
    cap = {"rule": "cap", "count": "persons", "per": "city", "at_most": persons + draw.randint(0, 4)}
    share = {"rule": "share", "of": "refugees", "per": "city", "at_most": draw.choice([0.1, 0.2, 0.3])}
    return {"whole": draw.choice([cap, share]) | draw.choice([{}, {}, {"soft": 1.0}])}


def _cap(draw: random.Random) -> dict:
    within = {"within": draw.choice([100.0, 250.0])}
    per = draw.choice(["unit", "building", "site", "social_space", "district", "city", within])
    count = draw.choice(["persons", "households", "flats"])
    rule = {"rule": "cap", "count": count, "per": per, "at_most": draw.randint(0, 7)}
    if per == "social_space" and draw.random() < 0.3:
        rule["where"] = {"status": {"at_least": 3}}
    return rule


def _share(draw: random.Random) -> dict:
    of = draw.choice(["refugees", "refugees", "each_group", {"group": "a"}, {"where": {"kind": {"equals": "x"}}},
                      {"households": {"children_school": {"at_least": 1}}}, {"lettings": {"kind": {"equals": "x"}}}])
    per = draw.choice(["social_space", "social_space", "district", "city", "site", "building"])
    return {"rule": "share", "of": of, "per": per, "at_most": draw.choice([0.05, 0.1, 0.2, 0.3, 0.5])}


def _only(draw: random.Random) -> dict:
    return {"rule": "only", "where": _where(draw)}


def _fit(draw: random.Random) -> dict:
    kinds = [
        {"standard": "nrw"}, {"standard": "eurostat"}, {"standard": "eurostat", "spare_rooms": 1}, {"spare_persons": 1},
        {"spare_rooms": 0}, {"min_floor_area": 15.0},
    ]  # fmt: skip
    return {"rule": "fit", **draw.choice(kinds)}


def _seats(draw: random.Random) -> dict:
    return {"rule": "seats", "kind": "school", "within": draw.choice([100.0, 200.0, 400.0])}


def _reach(draw: random.Random) -> dict:
    within, who = draw.choice([100.0, 200.0]), draw.choice(["all", "children_school"])
    return {"rule": "reach", "kind": "school", "within": within, "who": who}


def _together(draw: random.Random) -> dict:
    return {"rule": "together", "within": draw.choice([0.0, 100.0, 200.0])}


def _moves(draw: random.Random) -> dict:
    return {"rule": "moves", "at_most": draw.choice([0, 0, 1])}


def _key(draw: random.Random) -> object:
    return draw.choice(["residents", "area", "dwellings_", "need", {"residents": 0.4, "area": 0.2, "need": 0.4}])


def _spread(draw: random.Random) -> dict:
    key = _key(draw)
    return {"rule": "spread", "over": draw.choice(["districts", "social_spaces"]),
            "key": "residents" if key == "dwellings_" else key, "at_most": draw.choice([0.1, 0.25, 0.5])}  # fmt: skip


def _goals(draw: random.Random) -> list:
    first = draw.choice([{"place": "persons"}] * 5 + [{"place": "households"}] * 2 + [{"place": "all"}])
    key = _key(draw)
    others = [
        {"keep": "rules"}, {"rent": None}, {"stay": None}, {"walk": "school"},
        {"walk": {"to": "school", "who": "persons"}},
        {"prefer": None}, {"prefer": {"where": _where(draw)}},
        {"locations": {"per": draw.choice(["building", "site"])}},
        {"spread": {"over": draw.choice(["districts", "social_spaces"]),
                    "key": "residents" if key == "dwellings_" else key, "minimise": draw.choice(["sum", "largest"])}},
        {"weighted": [{"rent": None, "weight": 0.01}, {"prefer": None, "weight": 1.5},
                      {"locations": None, "weight": 2.0}]},
    ]  # fmt: skip
    goals = [first, *draw.sample(others, draw.randint(1, 3))]
    if draw.random() < 0.15:
        goals = goals[1:] + goals[:1]
    return goals


def _add_pairs_and_scores(world: dict, draw: random.Random) -> None:
    """In some worlds the goals `near` (with further links, chains and mutual ones among them) and `score`."""
    names = [household["household_id"] for household in world["households"]]
    further: list[dict] = []
    if draw.random() < 0.2:
        for household in world["households"]:
            if draw.random() < 0.5:
                household["near"] = draw.choice([name for name in names if name != household["household_id"]])
        further.append({"near": None})
    if draw.random() < 0.2:
        of = draw.choice(["unit_id", "building_id", "site_id", "space_id"])
        places = {
            "unit_id": [unit["unit_id"] for unit in world["units"]],
            "building_id": [building["building_id"] for building in world["buildings"]],
            "site_id": [building["site_id"] or building["building_id"] for building in world["buildings"]],
            "space_id": [space["space_id"] for space in world["spaces"]],
        }[of]
        pairs = [(name, place) for name in names for place in sorted(set(places)) if draw.random() < 0.5]
        rows = [(name, place, draw.choice([-2, -0.5, 1, 1, 2, 3.25])) for name, place in pairs]
        further.append({"score": {"of": of, "rows": rows}})
    if len(further) == 2 and draw.random() < 0.5:
        score = {**further[1], "weight": draw.choice([0.5, 40.0])}
        further = [{"weighted": [{"near": None, "weight": 0.2}, score, {"place": "persons", "weight": 3.0}]}]
    for goal in further:
        world["goals"].insert(draw.choice([0, 1, 1, 1, 2]), goal)


def _keep_an_earlier_plan(world: dict, draw: random.Random) -> None:
    """In every fourth world the goal that a plan made again has: who had a unit keeps it, as far as that goes.

    Some of these have further points, so that a household has several units, or a flat several households.
    """
    if draw.random() > 0.25:
        return
    units = [unit["unit_id"] for unit in world["units"]]
    rows = {(one["household_id"], draw.choice(units)): 1 for one in world["households"] if draw.random() < 0.8}
    if draw.random() < 0.4:
        rows |= {(one["household_id"], draw.choice(units)): draw.choice([1, 2.5]) for one in world["households"]}
    score = {"score": {"of": "unit_id", "rows": [(*pair, points) for pair, points in rows.items()]}}
    if draw.random() < 0.3:
        score = {"weighted": [{**score, "weight": 3.0}, {"rent": None, "weight": 0.01}]}
    world["goals"].insert(draw.choice([0, 1, 1, 1, 2]), score)


def as_city(world: dict) -> City:
    """The world as a city."""
    houses = sorted(world["buildings"], key=lambda row: row["building_id"])
    facilities = sorted(world.get("facilities", []), key=lambda row: row["facility_id"])
    spaces = _frame("social_spaces", world["spaces"])
    shapes = [box(i * 1000, 0, i * 1000 + 1000, 500 * (i + 1)) for i in range(len(spaces))]
    spaces["area"] = [shape.area / 1e6 for shape in shapes]
    buildings = _frame("buildings", world["buildings"])
    units, sites = _frame("units", world["units"]), _frame("sites", world["sites"])
    of_space, of_site = (
        {"refugees"} if world[f"declared_{name}_refugees"] else set() for name in ("space", "site")
    )  # fmt: skip
    declared = {
        "social_spaces": frozenset({"space_id", "residents"} | of_space),
        "sites": frozenset({"site_id"} | of_site),
    }
    return City(
        name="tiny", crs="EPSG:25832",
        social_spaces=gpd.GeoDataFrame(spaces, geometry=shapes, crs="EPSG:25832"),
        buildings=gpd.GeoDataFrame(buildings, geometry=[Point(b["x"], b["y"]) for b in houses], crs="EPSG:25832"),
        units=units, sites=sites, facilities=gpd.GeoDataFrame(
            _frame("facilities", facilities), geometry=[Point(f["x"], f["y"]) for f in facilities],
            crs="EPSG:25832"),
        streets=_street_table(world.get("streets")), declared=declared,
    )  # fmt: skip


def _street_table(streets: list | None) -> gpd.GeoDataFrame | None:
    if not streets:
        return None
    return gpd.GeoDataFrame(geometry=[LineString(line) for line in streets], crs="EPSG:25832")


def _frame(table: str, rows: list[dict]) -> pd.DataFrame:
    """Rows in the form that a city promises, whatever their order was."""
    there, missing = set().union(*rows), {}
    for column in TABLES[table].columns:
        if column.name not in there:
            default = column.default
            if default is None:
                default = pd.NaT if column.type == "date" else NAN if column.type in ("count", "number") else ""
            missing[column.name] = default
    frame = pd.DataFrame([row | missing for row in rows]) if rows else pd.DataFrame(columns=list(missing), dtype=float)
    return frame.sort_values(TABLES[table].key, ignore_index=True)


def as_households(world: dict) -> pd.DataFrame:
    """The list of households."""
    return _frame("households", world["households"])


def as_rules(world: dict) -> dict:
    """The rules by name."""
    return {name: rule_named(rule["rule"]).model_validate(rule) for name, rule in world["rules"].items()}


def _goal(entry: dict) -> object:
    (name, value), = ((k, v) for k, v in entry.items() if k != "weight")
    kind = goal_named(name)
    if value is None:
        value = {}
    if name == "score":
        columns = tuple(zip(*value["rows"], strict=True)) or ((), (), ())
        return kind(table="scores.csv").with_scores(Scores(PLACES[value["of"]], *columns))
    if not isinstance(value, dict):
        value = {kind.shorthand: value}
    return kind.model_validate({"goal": name, **value})


def as_stages(world: dict) -> list[Stage]:
    """The goals in their order."""
    stages = []
    for entry in world["goals"]:
        parts = entry.get("weighted", [{**entry, "weight": 1.0}])
        stages.append(Stage(tuple((_goal(part), part["weight"]) for part in parts)))
    return stages
