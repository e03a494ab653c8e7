"""A person decides: the log and its chain, pins and exclusions in a plan, what stands against them, re-planning.

The project is that of `tiny_runs`: by the plan 001 lives in U1 and 002 in U2, 003 and 005 in the shared U5, 004 in U3.
U4 costs 640 here, so that 004 could live there too, at a higher rent.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from tiny_runs import Answer, allocation_of, call, change_allocation, result_of, tiny_run

from allocator.decisions.entry import BEGINNING, Decision, standing
from allocator.decisions.log import add_decision, log_of, read_log
from allocator.errors import Findings

Capsys = pytest.CaptureFixture[str]
WHY = ("--reason", "Schule nebenan; „wichtig“", "--by", "caseworker")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The run of the tiny project."""
    return tiny_run(tmp_path, units={"U4": {"rent": 640}})


def homes(run: Path) -> dict[str, str]:
    """The unit of every household of a run."""
    return allocation_of(run)["unit_id"].to_dict()


def decide(capsys: Capsys, run: Path, *words: str) -> Answer:
    """A decision that is taken."""
    answer = call(capsys, *words[:1], run, *words[1:], *WHY)
    assert answer.status == 0, answer.err
    return answer


def again(capsys: Capsys, run: Path, *words: str) -> tuple[Path, Answer]:
    """The run planned again, and verified."""
    out = run.with_name("again")
    answer = call(capsys, "replan", run, "--out", out, "--quiet", *words)
    assert answer.status == 0, answer.err
    verified = call(capsys, "verify", out)
    assert (verified.status, verified.out) == (0, ""), verified.out
    return out, answer


def entry(**said: object) -> Decision:
    """A decision that pins A to U1."""
    told = {"number": 1, "time": "2026-01-01", "kind": "pin", "household_id": "A", "level": "unit", "place": "U1",
            "reason": "why", "by": "who"}  # fmt: skip
    return Decision.model_validate(told | said)


def test_a_decision_is_written_with_reason_role_time_and_the_hash_of_the_one_before(run: Path, capsys: Capsys) -> None:
    """Two lines of JSON beside the scenario; the second holds the hash of the first."""
    decide(capsys, run, "pin", "--household", "001")
    decide(capsys, run, "forbid", "--household", "002", "--building", "B2")
    lines = [json.loads(line) for line in log_of(run.parent / "plan.yaml").read_text(encoding="utf-8").splitlines()]
    assert [line["before"] for line in lines] == [BEGINNING, lines[0]["sha256"]]
    assert (lines[0]["place"], lines[0]["by"], lines[0]["reason"]) == ("U1", WHY[3], WHY[1])
    assert lines[1]["time"].startswith("20")


@pytest.mark.parametrize(
    ("old", "new", "number", "why"),
    [
        ("first", "other", 1, "does not agree with its hash"),
        ("second", "other", 2, "does not agree with its hash"),
        ('"number": 2', '"number": 7', 2, "it says it is entry 7"),
        ('{"number": 2', "nonsense", 2, "it is no decision"),
    ],
)
def test_a_changed_entry_is_named(tmp_path: Path, old: str, new: str, number: int, why: str) -> None:
    """Whatever is changed in an entry breaks the chain there; later entries are not believed."""
    log = tmp_path / "plan.decisions.jsonl"
    for reason in ("first", "second", "third"):
        add_decision(log, lambda _, reason=reason: entry(reason=reason))
    log.write_text(log.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    findings = Findings()
    assert len(read_log(log, findings)) == number - 1
    (found,) = findings
    assert f"broken at entry {number}" in found.what
    assert why in found.what


def test_a_missing_entry_and_a_torn_line_are_named(tmp_path: Path) -> None:
    """Without the first line the second holds a hash of nothing; a line without end was not written whole."""
    log = tmp_path / "plan.decisions.jsonl"
    for _ in range(2):
        add_decision(log, lambda _: entry())
    first, second = log.read_bytes().splitlines(keepends=True)
    for content, why in ((second, "entry 2"), (first + second[:-1], "no end")):
        log.write_bytes(content)
        findings = Findings()
        read_log(log, findings)
        assert why in findings.errors[0].what


def test_many_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    """Twelve threads write one entry each: twelve entries, and the chain holds."""
    log = tmp_path / "plan.decisions.jsonl"
    threads = [threading.Thread(target=add_decision, args=(log, lambda _: entry())) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    findings = Findings()
    assert [one.number for one in read_log(log, findings)] == list(range(1, 13))
    assert not findings.errors


def test_the_last_word_stands_and_a_withdrawal_takes_back() -> None:
    """The second pin of A replaces the first; when it is withdrawn, the first stands again; bans add up."""
    first, second = entry(), entry(number=2, place="U2")
    ban = entry(number=3, kind="forbid", place="U3")
    back = entry(number=4, kind="withdraw", withdraws=2, household_id="", level="", place="")
    assert standing((first, second, ban)) == (second, ban)
    assert standing((first, second, ban, back)) == (first, ban)


def test_a_pin_and_a_move_hold_in_the_new_plan_and_all_else_stays(run: Path, capsys: Capsys) -> None:
    """004 moves to U4, which is free: nobody else moves, and the report says who decided it."""
    decide(capsys, run, "pin", "--household", "001")
    decide(capsys, run, "move", "--household", "004", "--to", "U4")
    before = homes(run)
    out, answer = again(capsys, run)
    assert homes(out) == before | {"004": "U4"}
    assert "4 of 5 households keep the unit of the earlier plan" in answer.out
    assert "decision 1 (pin 001, caseworker): costs no goal anything" in answer.out
    assert "decision 2 (move 004, caseworker): with it instead of without it: " in answer.out
    told = result_of(out)["decisions"]
    assert [(row["number"], row["place"]) for row in told] == [(1, "U1"), (2, "U4")]
    assert "caseworker" in (out / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("undrawn")
def test_the_verification_finds_a_plan_that_ignores_a_decision(run: Path, capsys: Capsys) -> None:
    """004 was decided to live in U4; a table that says U3 is an error."""
    decide(capsys, run, "move", "--household", "004", "--to", "U4")
    out, _ = again(capsys, run, "--no-costs")
    change_allocation(out, lambda frame: frame.__setitem__("unit_id", frame["unit_id"].replace("U4", "U3")))
    answer = call(capsys, "verify", out)
    assert answer.status == 1
    assert "was decided to live in unit 'U4'" in answer.out or "is not where unit" in answer.out


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_who_is_left_out_by_a_decision_is_told_so(run: Path, capsys: Capsys) -> None:
    """005 can pay for U5 alone; it is kept out of its building and has no place, by a decision."""
    decide(capsys, run, "forbid", "--household", "005", "--unit", "U5")
    out, _ = again(capsys, run, "--no-costs")
    row = allocation_of(out).loc["005"]
    assert row["unit_id"] == ""
    assert "decided by caseworker: Schule nebenan" in row["reason"]


@pytest.mark.slow
def test_who_has_every_fitting_unit_closed_by_a_decision_is_told_so(run: Path, capsys: Capsys) -> None:
    """002 needs an accessible unit, and U2 is the only one; the report of the plan says it in German too."""
    decide(capsys, run, "forbid", "--household", "002", "--building", "B1")
    out, _ = again(capsys, run, "--language", "de")
    assert "002" not in result_of(out)["notes"]
    assert "es wurde entschieden durch caseworker" in allocation_of(out).loc["002", "reason"]
    assert "Was Menschen entschieden haben" in (out / "report.html").read_text(encoding="utf-8")
    (row,) = result_of(out)["decisions"]
    assert row["persons_without"] == 11


def test_a_failed_replanning_leaves_no_table_behind(run: Path, capsys: Capsys) -> None:
    """A log that is broken stops it; the next attempt is not told that something exists."""
    log_of(run.parent / "plan.yaml").write_text("nonsense\n", encoding="utf-8")
    answer = call(capsys, "replan", run, "--out", run.with_name("again"), "--quiet")
    assert answer.status == 1
    assert "broken at entry 1" in answer.err
    assert not list(run.parent.glob("*.before.csv"))


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_an_old_run_stays_what_it_was(run: Path, capsys: Capsys) -> None:
    """What is decided after a run does not touch it; a log that is cut short does."""
    scenario = run.parent / "plan.yaml"
    assert call(capsys, "verify", run).status == 0
    decide(capsys, run, "move", "--household", "004", "--to", "U4")
    out, _ = again(capsys, run, "--no-costs")
    decide(capsys, out, "pin", "--household", "001")
    assert call(capsys, "verify", run).status == 0
    assert call(capsys, "verify", out).status == 0
    log_of(scenario).write_bytes(b"")
    answer = call(capsys, "verify", out)
    assert answer.status == 1
    assert "says something else than when this run read it" in answer.err


def test_unknown_ids_come_with_the_nearest_name(run: Path, capsys: Capsys) -> None:
    """A household, a unit and a space that are not there: findings, no entry, no file."""
    for words in (("pin", "--household", "0001"), ("move", "--household", "001", "--to", "U11"),
                  ("forbid", "--household", "001", "--space", "001")):  # fmt: skip
        answer = call(capsys, words[0], run, *words[1:], *WHY)
        assert answer.status == 1
        assert "did you mean" in answer.err
    assert not log_of(run.parent / "plan.yaml").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("move", "--household", "002", "--to", "U1"), "persons, the unit has room for"),
        (("move", "--household", "004", "--to", "U5"), "rule ten-per-site has"),
    ],
)
def test_what_breaks_a_need_or_a_hard_rule_is_refused_with_numbers(
    run: Path, capsys: Capsys, words: tuple[str, ...], why: str
) -> None:
    """002 is too large for U1; 004 would make more than ten at H1."""
    answer = call(capsys, words[0], run, *words[1:], *WHY)
    assert answer.status == 1
    assert why in answer.err
    assert "--even-if" in answer.err


@pytest.mark.usefixtures("undrawn")
def test_even_if_counts_like_what_is_there_today(run: Path, capsys: Capsys) -> None:
    """004 moves to H1 all the same: the excess is no breach, it is said with the name, and nobody else comes there."""
    decide(capsys, run, "move", "--household", "004", "--to", "U5", "--even-if")
    out, _ = again(capsys, run, "--no-costs")
    assert homes(out)["004"] == "U5"
    result = result_of(out)
    (rule,) = [rule for rule in result["rules"] if rule["name"] == "ten-per-site"]
    assert (rule["breaches"], rule["excess_today"] > 0) == (0, True)
    (row,) = result["decisions"]
    assert any("ten-per-site" in text for text in row["breaks"])
    assert any("was taken by caseworker although" in note for note in result["notes"])
    assert allocation_of(out).loc["004", "from_unit_id"] == ""


def test_two_decisions_for_one_flat_are_refused(run: Path, capsys: Capsys) -> None:
    """An ordinary unit holds one household; and a place cannot be decided for and against."""
    decide(capsys, run, "move", "--household", "004", "--to", "U4")
    answer = call(capsys, "move", run, "--household", "001", "--to", "U4", *WHY)
    assert answer.status == 1
    assert "an ordinary unit holds one household" in answer.err
    answer = call(capsys, "forbid", run, "--household", "004", "--unit", "U4", *WHY)
    assert answer.status == 1
    assert "another decision forbids the place" in answer.err


@pytest.mark.usefixtures("undrawn")
def test_a_withdrawn_decision_is_gone_and_stays_in_the_log(run: Path, capsys: Capsys) -> None:
    """After the withdrawal the plan is the earlier one; the list shows both entries."""
    decide(capsys, run, "move", "--household", "004", "--to", "U4")
    assert call(capsys, "withdraw", run, "--number", "2", *WHY).status == 2
    decide(capsys, run, "withdraw", "--number", "1")
    out, _ = again(capsys, run)
    assert homes(out) == homes(run)
    answer = call(capsys, "decisions", run)
    assert answer.status == 0
    assert "no longer stands" in answer.out
    told = json.loads(call(capsys, "decisions", run, "--json").out)
    assert told["whole"]
    assert [one["stands"] for one in told["decisions"]] == [False, False]


def test_a_broken_log_stops_a_run(run: Path, capsys: Capsys) -> None:
    """Nobody plans with decisions that somebody has changed."""
    decide(capsys, run, "pin", "--household", "001")
    log = log_of(run.parent / "plan.yaml")
    log.write_text(log.read_text(encoding="utf-8").replace("U1", "U3"), encoding="utf-8")
    assert call(capsys, "decisions", run).status == 1
    answer = call(capsys, "run", run.parent / "plan.yaml", "--out", run.with_name("other"))
    assert answer.status == 1
    assert "broken at entry 1" in answer.err
