"""Small worlds whose models stand in `tests/golden/*.lp`, with the rows worked out by hand.

The world of all cases, if not said otherwise: social space S1 (district D1) has 100 residents, 3 of them of group a; S2
(D2) has 50 residents. The site T1 in S1 consists of B1, a shared unit with 6 places of which 2 are taken, and B2, 80 m
away, a flat for 2 persons, 40 m² in 2 rooms, 300 EUR. B3 stands in S2, 500 m away from B1: a flat for 4 persons, 70 m²
in 3 rooms, 450.50 EUR. A school with 2 free seats stands between B1 and B2, 40 m from each and 460 m from B3. T1 costs
10 EUR a person. Household A is one person of group a, B one adult and one child at school, of group b, C two adults and
two children at school, of group a, who wish for S2. A and B fit everywhere, C fits in B1 and B3.

`python tests/golden_models.py` writes the files again; what changed is for a reader to judge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tiny import building, facility, flats, household, model_of, shared, space, world

from allocator.model.linear import LinearModel
from allocator.solve.through_pulp import write_lp

__all__ = ["CASES", "GOLDEN", "Case", "model_named", "write_model"]

GOLDEN = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Case:
    """A world, what its model must say, and rows (or the objective, `OBJ`) worked out by hand.

    The rows use `A1` for household A in the first unit of B1, and so on; `A1 + 2 B1` is one person of A or two of B.
    """

    sentence: str
    world: dict[str, Any]
    by_hand: tuple[str, ...]
    without: tuple[str, ...] = ()
    """Pairs such as `C3` and rows that must not be in the model."""

    def rows(self) -> list[str]:
        """The rows by hand, with pairs written as columns of the model."""
        return [_columns(row) for row in self.by_hand]

    def absent(self) -> list[str]:
        """What must not be in the model, with pairs written as columns."""
        return [_columns(text) for text in self.without]


UNITS = {"1": "B1_shared", "2": "B2_1", "3": "B3_1"}


def _columns(text: str) -> str:
    """`A1` → `place(A,B1_shared)`, in the terms of a row (what stands before the colon is its name)."""
    name, colon, terms = text.rpartition(": ")
    pair = re.compile(r"(?<![(,\w])([ABCE])([123])\b")
    return name + colon + pair.sub(lambda found: f"place({found[1]},{UNITS[found[2]]})", terms)


def houses(
    rules: dict[str, dict[str, Any]] | None = None, goals: tuple[dict[str, Any], ...] = ({"place": "persons"},),
    households: list[dict[str, Any]] | None = None, status: int = 3,
) -> dict[str, Any]:  # fmt: skip
    """The world of all cases; `status` is that of S2."""
    return world(
        spaces=[space("S1", group_a=3), space("S2", 50, "D2", status=status)],
        buildings=[building("B1", site_id="T1"), building("B2", x=80.0, site_id="T1"),
                   building("B3", "S2", x=500.0, dwellings=8)],
        units=[shared("B1", 6, 2, kind="x"), *flats("B2", 2, rooms=2, floor_area=40.0, rent=300.0),
               *flats("B3", 4, rooms=3, floor_area=70.0, rent=450.5)],
        households=households or [household("A", 1, group="a"), household("B", 2, group="b", children_school=1),
                                  household("C", 4, group="a", prefers="S2", children_school=2)],
        rules=rules, goals=goals, sites=[{"site_id": "T1", "kind": "p", "cost": 10.0}],
        facilities=[facility("F1", "school", 2, x=40.0)],
    )  # fmt: skip


def ruled(
    rule: str, soft: float | None = None, households: list[dict[str, Any]] | None = None, **parameters: Any
) -> dict[str, Any]:
    """The world under one rule named `limit`; a soft one is to be broken as little as possible."""
    entry = {"rule": rule, **parameters, **({} if soft is None else {"soft": soft})}
    goals = ({"place": "persons"},) if soft is None else ({"keep": "rules"},)
    return houses({"limit": entry}, goals, households, status=4)


ALL_1 = "A1 + 2 B1 + 4 C1"
ALL_3 = "A3 + 2 B3 + 4 C3"
T1 = "A1 + A2 + 2 B1 + 2 B2 + 4 C1"
CITY = "A1 + A2 + A3 + 2 B1 + 2 B2 + 2 B3 + 4 C1 + 4 C3"

CAPS = {
    "cap-persons-unit": Case(
        "Three persons at most in a unit: one more in B1, three in B3, and B2 cannot hold more than two.",
        ruled("cap", count="persons", per="unit", at_most=3),
        (f"limit(B1_shared): {ALL_1} <= 1", f"limit(B3_1): {ALL_3} <= 3"), ("limit(B2_1)",)),
    "cap-persons-building": Case(
        "The same for buildings.", ruled("cap", count="persons", per="building", at_most=3),
        (f"limit(B1): {ALL_1} <= 1", f"limit(B3): {ALL_3} <= 3"), ("limit(B2)",)),
    "cap-persons-site": Case(
        "B1 and B2 count together; B3 is a site of its own.", ruled("cap", count="persons", per="site", at_most=3),
        (f"limit(T1): {T1} <= 1", f"limit(B3): {ALL_3} <= 3")),
    "cap-persons-social-space": Case(
        "The two persons in B1 are all who are in S1 today.",
        ruled("cap", count="persons", per="social_space", at_most=3),
        (f"limit(S1): {T1} <= 1", f"limit(S2): {ALL_3} <= 3")),
    "cap-persons-social-space-where": Case(
        "Only S2 has a status of 4.",
        ruled("cap", count="persons", per="social_space", at_most=3, where={"status": {"at_least": 4}}),
        (f"limit(S2): {ALL_3} <= 3",), ("limit(S1)",)),
    "cap-persons-district": Case(
        "The districts are the two social spaces.", ruled("cap", count="persons", per="district", at_most=3),
        (f"limit(D1): {T1} <= 1", f"limit(D2): {ALL_3} <= 3")),
    "cap-persons-city": Case(
        "Five in the whole city, two are there.", ruled("cap", count="persons", per="city", at_most=5),
        (f"limit(city): {CITY} <= 3",)),
    "cap-persons-within": Case(
        "Within 100 m of B1 lies B2 and the other way round; B3 is alone.",
        ruled("cap", count="persons", per={"within": 100}, at_most=3),
        (f"limit(B1): {T1} <= 1", f"limit(B2): {T1} <= 1", f"limit(B3): {ALL_3} <= 3")),
    "cap-households-building": Case(
        "One household in B1, where nobody of the list lives; a flat holds no more than one anyway.",
        ruled("cap", count="households", per="building", at_most=1),
        ("limit(B1): A1 + B1 + C1 <= 1",), ("limit(B2)", "limit(B3)")),
    "cap-flats-city": Case(
        "One flat in the city; the shared unit B1 is none.", ruled("cap", count="flats", per="city", at_most=1),
        ("limit(city): A2 + A3 + B2 + B3 + C3 <= 1",)),
    "cap-persons-soft": Case(
        "A person over three at a site weighs 2; what is over is a column of its own.",
        ruled("cap", count="persons", per="site", at_most=3, soft=2),
        ("OBJ: 2 excess_limit(B3) + 2 excess_limit(T1)", f"limit(T1): -1 excess_limit(T1) + {T1} <= 1",
         f"limit(B3): -1 excess_limit(B3) + {ALL_3} <= 3")),
    "cap-today-exceeded": Case(
        "Two persons are in B1 where one is allowed: the excess may stay and nobody may be added.",
        ruled("cap", count="persons", per="building", at_most=1),
        (f"limit(B1): {ALL_1} <= 0", f"limit(B3): {ALL_3} <= 1", "limit(B2): A2 + 2 B2 <= 1")),
}  # fmt: skip

HALF_1 = "0.5 A1 + B1 + 2 C1"
SHARE_1 = "0.95 A1 + 0.95 A2 + 1.9 B1 + 1.9 B2 + 3.8 C1"
SHARE_3 = "0.95 A3 + 1.9 B3 + 3.8 C3"

SHARES = {
    "share-refugees-unit": Case(
        "Half: all two in B1 are refugees, one more than half; that may stay and not grow. Empty flats take nobody.",
        ruled("share", of="refugees", per="unit", at_most=0.5),
        (f"limit(B1_shared): {HALF_1} <= 0", "limit(B2_1): 0.5 A2 + B2 <= 0", "limit(B3_1): 0.5 A3 + B3 + 2 C3 <= 0")),
    "share-refugees-building": Case(
        "The same for buildings.", ruled("share", of="refugees", per="building", at_most=0.5),
        (f"limit(B1): {HALF_1} <= 0", "limit(B2): 0.5 A2 + B2 <= 0", "limit(B3): 0.5 A3 + B3 + 2 C3 <= 0")),
    "share-refugees-site": Case(
        "B1 and B2 count together.", ruled("share", of="refugees", per="site", at_most=0.5),
        ("limit(T1): 0.5 A1 + 0.5 A2 + B1 + B2 + 2 C1 <= 0", "limit(B3): 0.5 A3 + B3 + 2 C3 <= 0")),
    "share-refugees-social-space": Case(
        "Five of 100 residents less the two who are there; each newcomer is a resident too and counts 1 - 0.05.",
        ruled("share", of="refugees", per="social_space", at_most=0.05),
        (f"limit(S1): {SHARE_1} <= 3", f"limit(S2): {SHARE_3} <= 2.5")),
    "share-refugees-district": Case(
        "The same for districts.", ruled("share", of="refugees", per="district", at_most=0.05),
        (f"limit(D1): {SHARE_1} <= 3", f"limit(D2): {SHARE_3} <= 2.5")),
    "share-refugees-city": Case(
        "Three of 150 residents less the two who are there.", ruled("share", of="refugees", per="city", at_most=0.02),
        ("limit(city): 0.98 A1 + 0.98 A2 + 0.98 A3 + 1.96 B1 + 1.96 B2 + 1.96 B3 + 3.92 C1 + 3.92 C3 <= 1",)),
    "share-refugees-soft": Case(
        "A person over the share weighs 3.", ruled("share", of="refugees", per="social_space", at_most=0.05, soft=3),
        ("OBJ: 3 excess_limit(S1) + 3 excess_limit(S2)", f"limit(S1): -1 excess_limit(S1) + {SHARE_1} <= 3")),
    "share-each-group": Case(
        "Group a: three are in S1, so 5 - 3; others make room. Group b could exceed its share in S1, not in S2.",
        ruled("share", of="each_group", per="social_space", at_most=0.05),
        ("limit(S1,a): 0.95 A1 + 0.95 A2 - 0.1 B1 - 0.1 B2 + 3.8 C1 <= 2",
         "limit(S2,a): 0.95 A3 - 0.1 B3 + 3.8 C3 <= 2.5",
         "limit(S1,b): -0.05 A1 - 0.05 A2 + 1.9 B1 + 1.9 B2 - 0.2 C1 <= 5"), ("limit(S2,b)",)),
    "share-each-group-soft": Case(
        "The same, with a weight of 0.5 for each person over.",
        ruled("share", of="each_group", per="social_space", at_most=0.05, soft=0.5),
        ("limit(S2,a): 0.95 A3 - 0.1 B3 + 3.8 C3 - excess_limit(S2,a) <= 2.5",
         "OBJ: 0.5 excess_limit(S1,a) + 0.5 excess_limit(S1,b) + 0.5 excess_limit(S2,a)")),
    "share-one-group": Case(
        "Group a alone.", ruled("share", of={"group": "a"}, per="district", at_most=0.05),
        ("limit(D1,a): 0.95 A1 + 0.95 A2 - 0.1 B1 - 0.1 B2 + 3.8 C1 <= 2",
         "limit(D2,a): 0.95 A3 - 0.1 B3 + 3.8 C3 <= 2.5"), ("limit(D1,b)",)),
    "share-units-where": Case(
        "Persons in units of kind x (only B1): 4 % of 100 less the two there; who moves to B2 makes room.",
        ruled("share", of={"where": {"kind": {"equals": "x"}}}, per="social_space", at_most=0.04),
        ("limit(S1): 0.96 A1 - 0.04 A2 + 1.92 B1 - 0.08 B2 + 3.84 C1 <= 2",), ("limit(S2)",)),
    "share-households-where": Case(
        "Persons of households with children at school (B and C): 2 % of 100 and of 50 residents.",
        ruled("share", of={"households": {"children_school": {"at_least": 1}}}, per="social_space", at_most=0.02),
        ("limit(S1): -0.02 A1 - 0.02 A2 + 1.96 B1 + 1.96 B2 + 3.92 C1 <= 2",
         "limit(S2): -0.02 A3 + 1.96 B3 + 3.92 C3 <= 1")),
    "share-lettings": Case(
        "Half of the flats (B2 and B3, B1 is shared) may be let: one of them.",
        ruled("share", of={"lettings": {"shared": {"equals": False}}}, per="city", at_most=0.5),
        ("limit(city): A2 + A3 + B2 + B3 + C3 <= 1",)),
}  # fmt: skip

PAIRS = {
    "only": Case(
        "Only flats up to 400 EUR: B2 alone; a unit without a known rent is none.",
        ruled("only", where={"rent": {"at_most": 400}}),
        ("one_unit(A): A2 <= 1", "one_unit(B): B2 <= 1", "OBJ: A2 + 2 B2"), ("A1", "B1", "C1", "A3", "B3", "C3")),
    "only-soft": Case(
        "Each person elsewhere than in B2 weighs 3.", ruled("only", where={"rent": {"at_most": 400}}, soft=3),
        ("OBJ: 3 A1 + 3 A3 + 6 B1 + 6 B3 + 12 C1 + 12 C3",)),
    "fit-nrw": Case(
        "70 m² in 3 rooms are too large for one (50 m²) and two persons (65 m²), not for four; B1 is shared.",
        ruled("fit", standard="nrw"),
        ("one_household(B3_1): C3 <= 1", "one_household(B2_1): A2 + B2 <= 1"), ("A3", "B3")),
    "fit-spare-persons": Case(
        "At most one place stays free: B3 (four) is for C alone.", ruled("fit", spare_persons=1),
        ("one_household(B3_1): C3 <= 1", "one_household(B2_1): A2 + B2 <= 1"), ("A3", "B3")),
    "fit-spare-rooms": Case(
        "No more rooms than persons: A has no flat, B the one with two rooms.", ruled("fit", spare_rooms=0),
        ("one_unit(A): A1 <= 1", "one_household(B2_1): B2 <= 1", "one_household(B3_1): C3 <= 1"), ("A2", "A3", "B3")),
    "fit-min-floor-area": Case(
        "18 m² for each of four are 72 m², more than B3 has.", ruled("fit", min_floor_area=18),
        ("one_household(B3_1): A3 + B3 <= 1", "one_unit(C): C1 <= 1"), ("C3",)),
    "fit-eurostat": Case(
        "A needs 2 rooms, B (an adult and a child) and C (a couple and two children) need 3: B2 is for A alone.",
        ruled("fit", standard="eurostat"),
        ("one_household(B2_1): A2 <= 1", "one_household(B3_1): A3 + B3 + C3 <= 1"), ("place(B,B2_1)",)),
    "fit-soft": Case(
        "Each person in a flat with more rooms than persons weighs 2.", ruled("fit", spare_rooms=0, soft=2),
        ("OBJ: 2 A2 + 2 A3 + 4 B3",)),
}  # fmt: skip

LIVING = [household("A", 1, home="B3-1"), household("B", 2, home="B2-1"), household("C", 4)]
LINKED = [household("A", 1, near="B"), household("B", 2), household("C", 4)]

WAYS = {
    "seats": Case(
        "The school is in reach of B1 and B2 (group 1), not of B3 (group 0); two children find a seat there.",
        ruled("seats", kind="school", within=100),
        ("seat_limit(0): unseated_limit(0) - B3 - 2 C3 >= 0",
         "seat_limit(1): seats_limit(1,F1) + unseated_limit(1) - B1 - B2 - 2 C1 >= 0",
         "full_limit(F1): seats_limit(1,F1) <= 2", "limit: unseated_limit(0) + unseated_limit(1) <= 0")),
    "seats-soft": Case(
        "A child without a seat weighs 3.", ruled("seats", kind="school", within=100, soft=3),
        ("OBJ: 3 excess_limit", "limit: unseated_limit(0) + unseated_limit(1) - excess_limit <= 0")),
    "reach": Case(
        "Nobody goes to B3, 460 m from the school.", ruled("reach", kind="school", within=100),
        ("one_unit(C): C1 <= 1", "one_unit(A): A1 + A2 <= 1"), ("A3", "B3", "C3")),
    "reach-column": Case(
        "Only who has children at school must live within reach.",
        ruled("reach", kind="school", within=100, who="children_school"),
        ("one_household(B3_1): A3 <= 1",), ("B3", "C3")),
    "reach-soft": Case(
        "Each person out of reach weighs 2.", ruled("reach", kind="school", within=100, soft=2),
        ("OBJ: 2 A3 + 4 B3 + 8 C3",)),
    "moves": Case(
        "A lives in B3, B in B2: of every other unit for them one may be taken.",
        ruled("moves", at_most=1, households=LIVING),
        ("limit: A1 + A2 + B1 + B3 <= 1", "one_unit(A): A1 + A2 + A3 = 1")),
    "moves-soft": Case(
        "A move too many weighs 2.", ruled("moves", at_most=0, soft=2, households=LIVING),
        ("OBJ: 2 excess_limit", "limit: A1 + A2 + B1 + B3 - excess_limit <= 0")),
    "together": Case(
        "A wishes to live near B; B1 and B2 lie within 100 m of each other, B3 does not (places 0, 1 and 2).",
        ruled("together", within=100, households=LINKED),
        ("limit(A,0): A1 + B3 <= 1", "limit(A,1): A2 + B3 <= 1", "limit(A,2): A3 + B1 + B2 <= 1")),
    "together-soft": Case(
        "The one person of A too far from B weighs 2.", ruled("together", within=100, soft=2, households=LINKED),
        ("OBJ: 2 apart_limit(A)", "limit(A,2): A3 + B1 + B2 - apart_limit(A) <= 1")),
}  # fmt: skip

SPREADS = {
    "spread-rule": Case(
        "Fair shares are 2/3 and 1/3; of two persons today 2/3 are out of place, more than a quarter of two by 1/6.",
        ruled("spread", over="social_spaces", key="residents", at_most=0.25),
        ("limit: 0.5 distance_limit(S1) + 0.5 distance_limit(S2) - 0.25 total_limit <= 0.666666666667",
         "above_limit(S1): distance_limit(S1) - persons_limit(S1) + 0.666666666667 total_limit >= 0.666666666667",
         "below_limit(S2): distance_limit(S2) + persons_limit(S2) - 0.333333333333 total_limit >= 0.666666666667",
         f"sum_limit(S1): {T1} - persons_limit(S1) = 0", f"sum_limit(S2): {ALL_3} - persons_limit(S2) = 0",
         "total_limit: persons_limit(S1) + persons_limit(S2) - total_limit = 0")),
    "spread-rule-soft": Case(
        "By dwellings (8 of 16 in each district) two persons in one are one out of place: half of two, and the limit.",
        ruled("spread", over="districts", key="dwellings", at_most=0.5, soft=2),
        ("OBJ: 2 excess_limit",
         "limit: 0.5 distance_limit(D1) + 0.5 distance_limit(D2) - excess_limit - 0.5 total_limit <= 1",
         "below_limit(D2): distance_limit(D2) + persons_limit(D2) - 0.5 total_limit >= 1")),
    "spread-sum": Case(
        "By area (S2 is twice as large) a third of two is fair in D1, where two are.",
        houses(goals=({"spread": {"over": "districts", "key": "area", "minimise": "sum"}},)),
        ("OBJ: distance_goal1(D1) + distance_goal1(D2)",
         "above_goal1(D1): distance_goal1(D1) - persons_goal1(D1) + 0.333333333333 total_goal1 >= 1.33333333333")),
    "spread-largest": Case(
        "Half by residents (2/3, 1/3), half by area (1/3, 2/3): one half each, and the larger distance counts.",
        houses(goals=({"spread": {"over": "social_spaces", "key": {"residents": 0.5, "area": 0.5},
                                  "minimise": "largest"}},)),
        ("OBJ: largest_goal1", "largest_goal1(S1): largest_goal1 - distance_goal1(S1) >= 0",
         "largest_goal1(S2): largest_goal1 - distance_goal1(S2) >= 0",
         "above_goal1(S1): distance_goal1(S1) - persons_goal1(S1) + 0.5 total_goal1 >= 1")),
}  # fmt: skip

WISHES = [household("A", 1, prefers="S1"), household("E", 1, prefers="S2"), household("C", 4)]

GOALS = {
    "place-persons": Case(
        "Persons count, those of C twice.",
        houses(households=[household("A", 1), household("B", 2), household("C", 4, priority=2.0)]),
        ("OBJ: A1 + A2 + A3 + 2 B1 + 2 B2 + 2 B3 + 8 C1 + 8 C3", "one_unit(A): A1 + A2 + A3 <= 1",
         "places(B1_shared): A1 + 2 B1 + 4 C1 <= 4", "one_household(B3_1): A3 + B3 + C3 <= 1")),
    "place-households": Case(
        "Each household counts one.", houses(goals=({"place": "households"},)),
        ("OBJ: A1 + A2 + A3 + B1 + B2 + B3 + C1 + C3",)),
    "place-all": Case(
        "Everybody has exactly one unit.", houses(goals=({"place": "all"},)),
        ("one_unit(A): A1 + A2 + A3 = 1", "one_unit(C): C1 + C3 = 1", f"OBJ: {CITY}")),
    "homes": Case(
        "A is pinned to B3; C lives in B2, too small for four: it must live somewhere, and counts as placed elsewhere.",
        houses(households=[household("A", 1, home="B3-1", pinned=True), household("B", 2),
                           household("C", 4, home="B2-1")]),
        ("OBJ: A3 + 2 B1 + 2 B2 + 2 B3 + 4 C1 + 4 C3", "one_unit(A): A3 = 1", "one_unit(C): C1 + C2 + C3 = 1",
         "one_household(B2_1): B2 + C2 <= 1"), ("A1", "A2")),
    "keep": Case(
        "A flat too many weighs 2, a person elsewhere than in B2 weighs 1; both stand in one sum.",
        houses({"few": {"rule": "cap", "count": "flats", "per": "city", "at_most": 1, "soft": 2},
                "cheap": {"rule": "only", "where": {"rent": {"at_most": 400}}, "soft": 1}}, ({"keep": "rules"},)),
        ("OBJ: 2 excess_few(city) + A1 + A3 + 2 B1 + 2 B3 + 4 C1 + 4 C3",)),
    "rent": Case(
        "Rents count once a flat; that of B1 is unknown.", houses(goals=({"rent": None},)),
        ("OBJ: 300 A2 + 450.5 A3 + 300 B2 + 450.5 B3 + 450.5 C3",)),
    "prefer": Case(
        "Only C has a wish, for S2, where B3 stands.", houses(goals=({"prefer": None},)), ("OBJ: 4 C3",)),
    "prefer-where": Case(
        "Persons in flats up to 400 EUR.", houses(goals=({"prefer": {"where": {"rent": {"at_most": 400}}}},)),
        ("OBJ: A2 + 2 B2",)),
    "prefer-by-social-space": Case(
        "A and E are alike but for their wishes: one count in the flats, a flow of each to where it wishes, one of both to "
        "where only one does; they are two, and each comes once.",
        houses(goals=({"prefer": None},), households=WISHES),
        ("OBJ: flow(A,0) + flow(E,1)", "one_unit(A,class): flow(A,0) + flow(E,1) + pool(E,0) + pool(A,1) <= 2",
         "one_unit(A,own): flow(A,0) <= 1", "one_unit(E,own): flow(E,1) <= 1",
         "balance(A,S1): flow(A,0) + pool(E,0) - A1 - A2 = 0", "balance(A,S2): pool(A,1) + flow(E,1) - A3 = 0"),
        ("E1", "E2", "E3")),
    "locations-building": Case(
        "B1 is in use; B2 and B3 cost one each.", houses(goals=({"locations": {"per": "building"}},)),
        ("OBJ: open_goal1(B2) + open_goal1(B3)", "only_if_open_goal1(B2_1): A2 + B2 - open_goal1(B2) <= 0",
         "only_if_open_goal1(B3_1): A3 + B3 + C3 - open_goal1(B3) <= 0")),
    "locations-site": Case(
        "B2 belongs to the site T1, which is in use.", houses(goals=({"locations": {"per": "site"}},)),
        ("OBJ: open_goal1(B3)",), ("open_goal1(T1)",)),
    "walk": Case(
        "One child of B and two of C walk 40 m from B1 and B2, 460 m from B3.", houses(goals=({"walk": "school"},)),
        ("OBJ: 40 B1 + 40 B2 + 460 B3 + 80 C1 + 920 C3",)),
    "cost": Case(
        "10 EUR for each person at T1, that is in B1 and B2.", houses(goals=({"cost": None},)),
        ("OBJ: 10 A1 + 10 A2 + 20 B1 + 20 B2 + 40 C1",)),
    "stay": Case(
        "A lives in B3, B in B2: each other unit is a move.", houses(goals=({"stay": None},), households=LIVING),
        ("OBJ: A1 + A2 + B1 + B3",)),
    "near": Case(
        "A is linked to B. Both fit into B1 (three persons, four places), not both into the flat B2, nor into B3.",
        houses(goals=({"near": None},), households=LINKED),
        ("OBJ: 80 near_goal1(A,B1,B,B2) + 500 near_goal1(A,B1,B,B3) + 80 near_goal1(A,B2,B,B1) + "
         "420 near_goal1(A,B2,B,B3) + 500 near_goal1(A,B3,B,B1) + 420 near_goal1(A,B3,B,B2)",
         "from_goal1(A,B2,B): near_goal1(A,B2,B,B1) + near_goal1(A,B2,B,B3) - A2 <= 0",
         "to_goal1(A,B,B1): near_goal1(A,B1,B,B1) + near_goal1(A,B2,B,B1) + near_goal1(A,B3,B,B1) - B1 <= 0",
         "both_goal1(A,B): near_goal1(A,B1,B,B1) + near_goal1(A,B1,B,B2) + near_goal1(A,B1,B,B3) + "
         "near_goal1(A,B2,B,B1) + near_goal1(A,B2,B,B3) + near_goal1(A,B3,B,B1) + near_goal1(A,B3,B,B2) "
         "- A1 - A2 - A3 - B1 - B2 - B3 >= -1"),
        ("near_goal1(A,B2,B,B2)", "near_goal1(A,B3,B,B3)", "far_goal1")),
    "score-unit": Case(
        "A has 2 points in B1 and 1.5 less than none in B3, B has 3 in B3; all else counts nothing.",
        houses(goals=({"score": {"of": "unit_id", "rows": [("A", "B1-shared", 2.0), ("A", "B3-1", -1.5),
                                                           ("B", "B3-1", 3.0)]}},)),
        ("OBJ: 2 A1 - 1.5 A3 + 3 B3",)),
    "score-site": Case(
        "C has half a point at T1, where it fits into B1 alone, and one in B3, a site of its own.",
        houses(goals=({"score": {"of": "site_id", "rows": [("C", "T1", 0.5), ("C", "B3", 1.0)]}},)),
        ("OBJ: 0.5 C1 + C3",)),
    "weighted": Case(
        "A hundredth of the rent, less 1.5 for each person where they wish to be: 4.505 - 6 for C in B3.",
        houses(goals=({"weighted": [{"rent": None, "weight": 0.01}, {"prefer": None, "weight": 1.5}]},)),
        ("OBJ: 3 A2 + 4.505 A3 + 3 B2 + 4.505 B3 - 1.495 C3",)),
}  # fmt: skip

CASES: dict[str, Case] = {**CAPS, **SHARES, **PAIRS, **WAYS, **SPREADS, **GOALS}
"""Every golden model by the name of its file."""


@cache
def model_named(name: str) -> LinearModel:
    """The model of a case."""
    return model_of(CASES[name].world).linear


def write_model(name: str, path: Path) -> None:
    """Write the model of a case, with its first goal as objective."""
    linear = model_named(name)
    write_lp(linear, linear.objectives[0], path)


if __name__ == "__main__":
    for case in CASES:
        write_model(case, GOLDEN / f"{case}.lp")
