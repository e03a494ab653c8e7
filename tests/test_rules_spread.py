"""Rule and goal `spread`, which compare places with their fair share, in worlds worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tiny import TinyPlan, building, flats, household, plan, space, world

from allocator.errors import Findings
from allocator.goals import goal_named
from allocator.rules import rule_named
from allocator.rules.key import shares
from allocator.scenario.describing import goal_sentence, rule_sentence


def three_spaces(
    households: int, rules: dict[str, dict[str, Any]] | None = None, goals: tuple[dict[str, Any], ...] = (),
    refugees: tuple[int, int, int] = (0, 0, 0), first: str = "persons", **further: Any,
) -> TinyPlan:  # fmt: skip
    """S1 (500 residents) and S2 (300) in D1, S3 (200) in D2; one house each with four flats for one person."""
    spaces = [space("S1", 500, refugees=refugees[0]), space("S2", 300, refugees=refugees[1], need=0),
              space("S3", 200, "D2", refugees=refugees[2], need=3)]  # fmt: skip
    buildings = [building(f"B{i}", f"S{i}", dwellings=2 * i) for i in (1, 2, 3)]
    units = [flat for i in (1, 2, 3) for flat in flats(f"B{i}", 1, 1, 1, 1)]
    people = [household(f"H{i}", **further) for i in range(households)]
    return plan(world(spaces, buildings, units, people, rules, ({"place": first}, *goals)))


def spread(over: str = "social_spaces", key: Any = "residents", minimise: str = "sum") -> dict[str, Any]:
    """A goal `spread`."""
    return {"spread": {"over": over, "key": key, "minimise": minimise}}


def persons(found: TinyPlan) -> list[int]:
    """Placed persons in S1, S2 and S3."""
    return [sum(home.startswith(f"B{i}") for home in found.homes.values()) for i in (1, 2, 3)]


def test_the_sum_of_deviations_is_smallest_at_the_fair_shares() -> None:
    """Six persons by residents are 3, 1.8 and 1.2: three, two and one miss them by 0.2 twice, and no plan by less."""
    found = three_spaces(6, goals=(spread(),))
    assert persons(found) == [3, 2, 1]
    assert found.values == pytest.approx([6, 0.4])
    assert found.defects() == []


def test_the_largest_deviation_alone_counts() -> None:
    """Seven persons are 3.5, 2.1 and 1.4: with four, two and one the largest deviation is 0.5, and none is smaller."""
    found = three_spaces(7, goals=(spread(minimise="largest"),))
    assert found.values == pytest.approx([7, 0.5])
    assert found.defects() == []


def test_persons_of_today_count_in_the_balance() -> None:
    """With four refugees in S1 already, eight persons are fair at 4, 2.4 and 1.6: all newcomers go to S2 and S3."""
    found = three_spaces(4, goals=(spread(),), refugees=(4, 0, 0))
    assert persons(found) == [0, 2, 2]
    assert found.values == pytest.approx([4, 0.8])


def test_districts_add_up_their_social_spaces() -> None:
    """D1 has 800 of 1,000 residents: of five persons four are fair there, and then nothing deviates."""
    found = three_spaces(5, goals=(spread("districts"),))
    assert persons(found)[2] == 1
    assert found.values == pytest.approx([5, 0])


@pytest.mark.parametrize(
    ("key", "fair"),
    [("residents", [0.5, 0.3, 0.2]), ("area", [1 / 6, 2 / 6, 3 / 6]), ("dwellings", [1 / 6, 2 / 6, 3 / 6]),
     ("need", [0.25, 0.0, 0.75]), ({"residents": 1, "need": 1}, [0.375, 0.15, 0.475]),
     ({"residents": 0.4, "area": 0.2, "need": 0.4}, [1 / 3, 0.56 / 3, 0.48])],
)  # fmt: skip
def test_keys_give_fair_shares(key: Any, fair: list[float]) -> None:
    """Residents, area (0.5, 1, 1.5 km²), dwellings of buildings, any column and weighted mixes give shares."""
    situation = three_spaces(1).situation
    assert shares(key, situation, situation.level("social_space")) == pytest.approx(fair)


@pytest.mark.parametrize("key", ["area", "dwellings", "need", {"residents": 1, "need": 1}])
def test_every_key_is_recounted_alike(key: Any) -> None:
    """What the goal reaches by any key, over spaces and districts, is what the recount finds."""
    for over in ("districts", "social_spaces"):
        found = three_spaces(5, goals=(spread(over, key, "largest"), spread(over, key)))
        assert found.status == "optimal"
        assert found.defects() == []


def test_a_hard_bound_leaves_people_out_rather_than_in_one_place() -> None:
    """Only S1 has room left beside two others: at most 30 % out of place allow no one to be added there alone."""
    limit = {"rule": "spread", "over": "social_spaces", "key": "residents", "at_most": 0.3}
    # Flats only in S1: n persons there are all of them, and 0.5 of them are out of place.
    found = plan(world([space("S1", 500), space("S2", 500)], [building("B1")], flats("B1", 1, 1, 1),
                       [household(f"H{i}") for i in range(3)], {"limit": limit}))  # fmt: skip
    assert found.values == [0]
    assert next(iter(found.reasons.values())) == "free homes that fit: 3, but each is closed by at least one of these rules: limit"
    assert found.defects() == []


def test_a_soft_bound_pays_for_persons_out_of_place() -> None:
    """Three persons where half are fair are 1.5 out of place; 30 % of three are 0.9, so 0.6 over, at a weight of 5."""
    limit = {"rule": "spread", "over": "social_spaces", "key": "residents", "at_most": 0.3, "soft": 5}
    found = plan(world([space("S1", 500), space("S2", 500)], [building("B1")], flats("B1", 1, 1, 1),
                       [household(f"H{i}") for i in range(3)], {"limit": limit},
                       [{"place": "persons"}, {"keep": "rules"}]))  # fmt: skip
    assert found.values == pytest.approx([3, 3])
    tally = found.tally("limit")
    assert (tally.after, tally.limit, tally.excess) == pytest.approx((1.5, 0.9, 0.6))


def test_excess_of_today_may_stay_and_not_grow() -> None:
    """Four of four refugees live in S1 (half is fair): 2 out of place, 1 over a quarter. One more in S2 is welcome."""
    limit = {"rule": "spread", "over": "social_spaces", "key": "residents", "at_most": 0.25}
    spaces = [space("S1", 500, refugees=4), space("S2", 500)]
    people = [household(f"H{i}") for i in range(2)]
    there = plan(world(spaces, [building("B1")], flats("B1", 1, 1), people, {"limit": limit}))
    assert there.values == [0]
    assert there.tally("limit").allowance == pytest.approx(1)
    elsewhere = plan(world(spaces, [building("B2", "S2")], flats("B2", 1, 1), people, {"limit": limit}))
    assert elsewhere.values == [2]


def test_a_spread_of_today_is_the_index_of_dissimilarity() -> None:
    """By residents, half the deviations over all persons are Duncan's index, here of 6, 3 and 0 persons."""
    limit = {"rule": "spread", "over": "social_spaces", "key": "residents", "at_most": 1.0}
    found = three_spaces(0, {"limit": limit}, refugees=(6, 3, 0))
    tally = found.tally("limit")
    index = 0.5 * (abs(6 / 9 - 0.5) + abs(3 / 9 - 0.3) + abs(0 - 0.2))
    assert tally.today / 9 == pytest.approx(index)


def test_keys_must_exist_and_add_up() -> None:
    """An unknown column, a column of zeros and weights of zero are findings, for the rule and for the goal alike."""
    situation = plan(
        world([space("S1", nought=0), space("S2", nought=0)], [building("B1")], flats("B1", 1), [household("A")])
    ).situation
    for kind in (rule_named("spread"), goal_named("spread")):
        findings = Findings()
        more = {"at_most": 0.1} if "at_most" in kind.model_fields else {}
        for key in ("residnets", "nought", {"residents": 0.0}, "name"):
            kind.model_validate({"over": "districts", "key": key, **more}).check(situation, "here", findings)
        assert [finding.column for finding in findings] == ["here.key"] * 4
        assert findings.items[0].remedy == "did you mean 'residents'?"
        assert [finding.what for finding in findings][1:] == [
            "key 'nought' adds up to zero", "the weights of the key add up to zero",
            "no numeric column 'name' in social_spaces"]  # fmt: skip


def test_spread_says_over_what_and_by_which_key() -> None:
    """The sentences name the bound, the places and the key, in both languages."""
    rule = rule_named("spread").model_validate(
        {"over": "districts", "key": {"residents": 0.4, "area": 0.6}, "at_most": 0.25}
    )
    goal = goal_named("spread").model_validate({"over": "social_spaces", "minimise": "largest"})
    assert rule_sentence(rule).startswith("At most 25 % of the persons would have to live elsewhere for an even spread")
    assert "0.4 residents + 0.6 area" in rule_sentence(rule)
    assert "0,4 Einwohnern + 0,6 Fläche" in rule_sentence(rule, "de")
    assert (
        goal_sentence(goal)
        == "Spread refugees over the social spaces as evenly as possible by residents (largest deviation)."
    )


@pytest.mark.parametrize("key", [{"residents": 1e308, "area": 1e308}, {"residents": 1e307}])
def test_weights_beyond_all_measure_are_refused(key: dict[str, float]) -> None:
    """Weights whose sum is no number any more would leave no share to anybody."""
    for kind in (rule_named("spread"), goal_named("spread")):
        further = {"at_most": 0.5} if kind is rule_named("spread") else {}
        with pytest.raises(ValidationError, match="less than or equal to 1000000"):
            kind.model_validate({"over": "social_spaces", "key": key, **further})


@pytest.mark.parametrize(("need", "what"), [(1e308, "too much to share out"), (1e-300, "adds up to zero")])
def test_columns_beyond_all_measure_are_findings(need: float, what: str) -> None:
    """Values that add up to more, or to less, than numbers can be shared out from are a finding, not an overflow."""
    found = plan(world([space("S1", need=need), space("S2", need=need)], [building("B1")], flats("B1", 1), []))
    findings = Findings()
    rule_named("spread").model_validate({"over": "social_spaces", "key": "need", "at_most": 0.5}).check(
        found.situation, "rules.r", findings
    )
    (finding,) = findings
    assert (finding.severity, finding.column) == ("error", "rules.r.key")
    assert what in finding.what
