"""Every published policy has its place in the planner, and every profile works in a plan.

`PLACES` is the table: each row of the list of policies, and what answers to it here.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from drawn import drawn
from random_worlds import as_rules
from tiny import building, facility, flats, household, plan, shared, situation_of, space, world

from allocator.errors import Findings
from allocator.indicators.definitions import AREA_COLUMNS, INDICATORS
from allocator.profiles import Profile, profile_ids, profiles_by_id
from allocator.rules import rule_named
from allocator.scenario import load_schema

ROOT = Path(__file__).parent.parent
LIST = ROOT.parent / "shared" / "reference" / "policies.md"

PLACES = {
    "altena-one-flat": ["profile altena-one-flat", "scenario altena", "scenario altena-hard"],
    "altena-all-status": ["profile altena-all-status", "scenario altena"],
    "muenster-50": ["profile muenster-50", "scenario muenster"],
    "muenster-mix": ["profile muenster-mix", "scenario muenster"],
    "muenster-choice": ["profile muenster-choice", "indicator wishes"],
    "muenster-sobomue": ["profile muenster-sobomue"],
    "duesseldorf-200": ["profile duesseldorf-200", "scenario duesseldorf"],
    "duesseldorf-spaces": ["profile duesseldorf-spaces", "scenario duesseldorf"],
    "duesseldorf-2017": ["scenario duesseldorf-2017", "indicator sites_needed"],
    "duesseldorf-welcome": ["profile duesseldorf-welcome"],
    "bergheim-rowhouses": ["profile bergheim-rowhouses", "scenario bergheim"],
    "dortmund-no-special": ["profile dortmund-no-special"],
    "nrw-even": ["profile nrw-even", "scenario dispersal"],
    "nrw-smallscale": ["command check", "command map", "indicator share_after", "indicator free"],
    "nrw-supply-first": ["indicator free", "indicator by_household_size", "command run"],
    "nrw-school-near": ["profile nrw-school-near", "scenario school-seats"],
    "nrw-kita-short": ["profile nrw-kita-short", "scenario school-seats"],
    "nrw-temporary": ["profile nrw-temporary"],
    "hamminkeln-central": ["profile hamminkeln-central", "scenario concentration"],
    "residence-rule": ["profile residence-rule", "profile nrw-key", "profile koenigstein-key"],
    "essen-north": ["scenario essen-north", "scenario essen-spread"],
    "gmuend-activate": ["scenario gmuend-activate"],
    "berlin-30": ["profile berlin-30"],
    "siebel-40": ["profile siebel-40", "scenario siebel-40"],
    "gestring-tipping": [f"scenario gestring-tipping-{share}" for share in ("02", "05", "10", "20", "40")],
    "siebel-choice": ["profile siebel-choice", "indicator wishes_taken", "scenario wishes-lead",
                      "scenario wishes-forbidden"],
    "quartpoint-bonds": ["profile quartpoint-bonds"],
    "quartpoint-uncertain": ["profile quartpoint-uncertain"],
    "difu-monitoring": ["indicator segregation", "command report"],
    "rural-access": ["profile rural-access"],
    "difu-scale": ["command rules"],
}  # fmt: skip
FURTHER = {
    "Leipzig 2012": "leipzig-50", "Hamburg 2016": "hamburg-300", "Hamburg 2017": "hamburg-key", "Köln": "koeln-80",
    "Münster 2025": "muenster-2025", "United Kingdom": "uk-1-in-200", "Germany": "koenigstein-key", "NRW": "nrw-key",
}  # fmt: skip
"""The second table of the list, by city: the profile of each."""


def exists(place: str) -> bool:
    """Whether a profile, scenario, indicator or command is there."""
    kind, name = place.split()
    if kind == "profile":
        return name in profile_ids()
    if kind == "scenario":
        return (ROOT / "scenarios" / f"{name}.yaml").is_file()
    if kind == "indicator":
        return name in {indicator.name for indicator in (*INDICATORS, *AREA_COLUMNS)}
    return (ROOT / "allocator" / "cli" / f"{name}.py").is_file()


@pytest.mark.parametrize("policy", PLACES)
def test_every_policy_has_its_place(policy: str) -> None:
    """What stands in the table for a policy is there; a profile or scenario with the name of a policy is in its row."""
    assert PLACES[policy]
    assert [place for place in PLACES[policy] if not exists(place)] == []
    scenarios = {file.stem for file in ROOT.glob("scenarios/*.yaml")}
    for kind, known in (("profile", set(profile_ids())), ("scenario", scenarios)):
        assert policy not in known or f"{kind} {policy}" in PLACES[policy]


def test_no_profile_is_without_a_policy() -> None:
    """Every profile that ships answers to a row of one of the two tables."""
    named = {place.split()[1] for places in PLACES.values() for place in places if place.startswith("profile ")}
    assert named | set(FURTHER.values()) == set(profile_ids())


@pytest.mark.shared
def test_no_row_of_the_list_is_dropped() -> None:
    """The ids and cities of both tables are those of the list, no more and no less."""
    if not LIST.is_file():
        pytest.skip("needs the list of policies beside the project")
    first, second = LIST.read_text(encoding="utf-8").split("\n## ")[1:3]
    assert re.findall(r"^\| ([a-z0-9-]+) \|", first, re.MULTILINE)[1:] == list(PLACES)
    assert re.findall(r"^\| ([A-ZÄÖÜ][^|]+?) \|", second, re.MULTILINE) == list(FURTHER)


@pytest.mark.parametrize("level", ["building", "site", "social_space", "district", {"within": 100}])
def test_the_scale_is_free(level: object) -> None:
    """Difu: a cap holds at the single house, the site, the social space, the district, or within a radius."""
    assert rule_named("cap").model_validate({"count": "persons", "per": level, "at_most": 5}).per


def test_tipping_points_differ_in_the_figure_alone() -> None:
    """The five scenarios of Gestring are the same but for the share, which no code names."""
    schemas = {share: load_schema(ROOT / "scenarios" / f"gestring-tipping-{share}.yaml") for share in
               ("02", "05", "10", "20", "40")}  # fmt: skip
    rules = {share: schema.rules["tipping-point"] for share, schema in schemas.items()}
    assert {share: rule.at_most for share, rule in rules.items()} == {share: int(share) / 100 for share in rules}
    assert len({rule.model_copy(update={"at_most": 0.0}) for rule in rules.values()}) == 1
    assert len({(schema.city.resolve(), schema.stages) for schema in schemas.values()}) == 1


def town(profile: Profile) -> dict:
    """Two social spaces with every column and facility that any profile asks for, and a profile switched on."""
    columns = {"social_monitoring": 2, "tax_revenue": 5, "quota": 3}
    spaces = [space("S1", status_index=2, refugees=4, **columns), space("S2", district="D2", status_index=5, **columns)]
    houses = [building("B1", site_id="T1"), building("B2", x=500.0), building("B3", "S2", x=9000.0)]
    units = [
        *flats("B1", 2, owner="municipal", funding="free", rent=300.0),
        *({**unit, "unit_id": "B1-2"} for unit in flats("B1", 4, owner="municipal", funding="subsidised", rent=300.0)),
        *flats("B2", 2, 3, owner="municipal", funding="subsidised", rent=200.0),
        *flats("B3", 2, 4, owner="private", funding="refugees_only", rent=100.0),
        shared("B3", 60, owner="municipal", funding=""),
    ]
    households = [
        household("A", 2, group="a", prefers="S1", children_kita=1), household("B", 3, group="b", near="A"),
        household("C", 4, children_school=2), household("D", 1, home="B2-1"), household("E", 55),
    ]  # fmt: skip
    kinds = ("school", "kita", "stop", "shop", "doctor", "welcome_point")
    suggested = [
        goal.plain if isinstance(goal.plain, dict) else {goal.plain: None} for goal in profile.goal_definitions
    ]
    goals = [{"place": "persons"}, {"keep": "rules"}, *suggested]
    return world(spaces, houses, units, households, {name: rule.plain for name, rule in profile.definitions.items()},
                 goals, sites=[{"site_id": "T1", "kind": "row houses", "cost": 100.0}],
                 facilities=[facility(f"{kind}-1", kind, 1) for kind in kinds])  # fmt: skip


@pytest.mark.parametrize("name", drawn(profile_ids(), 8))
def test_every_profile_works_in_a_plan(name: str) -> None:
    """Switched on in a small town a profile has no finding, its plan is optimal, and every rule is recounted."""
    tiny = town(profiles_by_id()[name])
    findings = Findings()
    for rule, parameters in as_rules(tiny).items():
        parameters.check(situation_of(tiny), f"rules.{rule}", findings)
    assert list(findings) == []
    found = plan(tiny)
    assert found.status == "optimal"
    assert set(found.tallies) == set(profiles_by_id()[name].rules)
    assert all(tallies or name == "quartpoint-bonds" for tallies in found.tallies.values())  # A and B live together
    assert found.defects() == []


@pytest.mark.parametrize(
    ("name", "rule", "excess"),
    [
        ("muenster-50", "fifty-per-site", 0), ("altena-all-status", "own-flats", 55),
        ("nrw-school-near", "school-near", 1),
        ("quartpoint-bonds", "linked-near", 0), ("berlin-30", "municipal-lettings", 0),
        ("duesseldorf-welcome", "welcome-point-near", 55), ("muenster-2025", "usually-fifty", 5),
    ],
)  # fmt: skip
def test_what_some_profiles_cost_the_town(name: str, rule: str, excess: float) -> None:
    """By hand: 55 persons fit only into the collective place, far from everything; one school seat is missing."""
    found = plan(town(profiles_by_id()[name]))
    assert sum(tally.excess for tally in found.tallies[rule]) == excess
    assert found.homes["E"] == ("" if name == "muenster-50" else "B3-shared")
