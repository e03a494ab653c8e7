"""The goals that a curve is asked for by name, and the goals that come before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allocator.city.reporting import shown
from allocator.errors import Findings, UsageError, did_you_mean
from allocator.goals import Stage, goals_by_name
from allocator.rules.situation import Situation
from allocator.scenario.building import goals_written_out, stages_of
from allocator.strict_yaml.reading import parse_yaml_text
from allocator.strict_yaml.values import YamlValue

__all__ = ["Question", "question", "refuse_other_numbers"]


@dataclass(frozen=True)
class Question:
    """What is traded off: the goals `before`, which no point worsens, and the `named` two or three, in their order.

    `left_out` are the goals of the scenario that are neither: no point looks at them.
    """

    before: tuple[Stage, ...]
    named: tuple[Stage, ...]
    left_out: tuple[Stage, ...]


def question(stages: Sequence[Stage], names: Sequence[str], situation: Situation) -> Question:
    """The goals called `names` (`spread`, `walk:school`), found among the stages or said anew as a scenario would.

    Before them come the stages that stand before the first of them; all stages where none of them stands there. Raises
    InputError with a finding for each name that says no goal, or the goal of another name again.
    """
    findings = Findings()
    named: list[Stage] = []
    for name in names:
        stage = _found(stages, name, findings)
        if stage is None and not findings.errors:
            stage = _said(name, situation, findings)
        if stage is not None and stage in named:
            findings.error(f"the goal '{stage.name}' is named twice", "name goals that differ", file=_place(name))
        if stage is not None:
            named.append(stage)
    findings.raise_if_errors()
    known = [number for number, stage in enumerate(stages) if stage in named]
    before = tuple(stages[: min(known, default=len(stages))])
    left_out = tuple(stage for stage in stages if stage not in named and stage not in before)
    return Question(before, tuple(named), left_out)


def _place(name: str) -> str:
    return f"the goal '{name}' on the command line"


def _found(stages: Sequence[Stage], name: str, findings: Findings) -> Stage | None:
    """The stage of that name; without a value behind the colon the one of that goal, if there is one alone."""
    plain = "".join(name.split()).casefold()
    exact = [stage for stage in stages if "".join(stage.name.split()).casefold() == plain]
    if len(exact) == 1:
        return exact[0]
    same = [stage for stage in stages if len(stage.goals) == 1 and stage.goals[0][0].goal == plain]
    if len(same) > 1:
        options = ", ".join(stage.name.replace(" ", "") for stage in same)
        findings.error(
            f"{len(same)} goals of the scenario are called so", f"say which one: {options}", file=_place(name)
        )
    return same[0] if len(same) == 1 else None


def _said(name: str, situation: Situation, findings: Findings) -> Stage | None:
    """A goal that the scenario does not have, said as `walk:school` or `spread:{over: districts}`."""
    known = goals_by_name()
    word, _, value = name.partition(":")
    if word.strip() not in known:
        findings.error(f"there is no goal {shown(word.strip())}", did_you_mean(word.strip(), known), file=_place(name))
        return None
    kind = known[word.strip()]
    if kind.file_parameter:
        findings.error("this goal reads a file", "add it to the goals of the scenario", file=_place(name))
        return None
    told = Findings()
    read = parse_yaml_text(f"{word.strip()}: {value.strip() or '{}'}", _place(name), told)
    stage = None
    if read is not None and not told.errors:
        steps = stages_of(goals_written_out(YamlValue((read,), _place(name))), told)
        stage = steps[0] if steps else None
    if stage is not None:
        stage.goals[0][0].check(situation, word.strip(), told)
    for finding in told.errors:
        findings.error(finding.what, finding.remedy or f"write {word.strip()}: with its parameters, or add the goal to "
                       "the scenario", file=_place(name))  # fmt: skip
    return None if told.errors else stage


def refuse_other_numbers(names: Sequence[str]) -> None:
    """Raise UsageError unless two or three goals are named."""
    if not 2 <= len(names) <= 3:
        told = "1 goal is" if len(names) == 1 else f"{len(names)} goals are"
        raise UsageError(f"{told} named; name two or three: --between spread --and walk:school")
