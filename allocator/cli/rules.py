"""`allocator rules`: rules, goals and profiles, printed from their definitions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from allocator.cli.settings import SETTINGS, language_option

if TYPE_CHECKING:
    from allocator.profiles import Profile

__all__ = ["rules"]


@click.command("rules", context_settings=SETTINGS)
@click.argument("name", required=False)
@click.option("--profiles", is_flag=True, help="List the rules of real cities instead.")
@language_option("Of sentences.", "en")
@click.option("--json", "as_json", is_flag=True, help="Write everything as JSON.")
def rules(name: str | None, profiles: bool, language: str, as_json: bool) -> None:
    """Show all rules and goals, or everything about the rule, goal or profile NAME.

    \b
    Examples:
      allocator rules
      allocator rules cap
      allocator rules --profiles
      allocator rules muenster-50 --json
    """  # noqa: D301 - \b keeps the lines of the examples apart
    if profiles and name is None:
        shown = _profiles()
        click.echo(_as_json(shown) if as_json else _profile_list(shown, language))
    elif name is None:
        shown = _kinds()
        click.echo(_as_json(shown) if as_json else _list(shown, language))
    else:
        found = _found(name, profiles)
        click.echo(_as_json(found) if as_json else "\n\n".join(_whole(one, language) for one in found))


def _kinds() -> list[dict[str, Any]]:
    from allocator.goals import goals_by_name
    from allocator.rules import rules_by_name
    from allocator.scenario.parameters import WEIGHTED, described

    return [*(described(kind) for kind in (*rules_by_name().values(), *goals_by_name().values())), WEIGHTED]


def _profiles() -> list[dict[str, Any]]:
    from allocator.profiles import profiles_by_id

    return [_profile(profile) for profile in profiles_by_id().values()]


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "kind": "profile",
        "name": profile.id,
        "city": profile.city,
        "date": profile.date,
        "sentence": dict(profile.sentence),
        "rules": {name: value.plain for name, value in profile.definitions.items()},
        "goals": [value.plain for value in profile.goal_definitions],
        "remark": profile.remark,
        "evidence": dict(profile.evidence),
        "source": profile.source,
    }


def _found(name: str, only_profiles: bool) -> list[dict[str, Any]]:
    """Everything of that name: `spread` is a rule and a goal."""
    from allocator.errors import did_you_mean

    known = [*([] if only_profiles else _kinds()), *_profiles()]
    found = [one for one in known if one["name"] == name]
    if not found:
        kind = "profile" if only_profiles else "rule, goal or profile"
        raise click.UsageError(f"no {kind} '{name}': {did_you_mean(name, [one['name'] for one in known])}")
    return found


def _as_json(shown: list[dict[str, Any]]) -> str:
    return json.dumps(shown, ensure_ascii=False, indent=2)


def _list(shown: list[dict[str, Any]], language: str) -> str:
    parts = []
    titles = {"en": ("Rules, each by an example", "Goals"), "de": ("Regeln, jede an einem Beispiel", "Ziele")}[language]
    for kind, title in zip(("rule", "goal"), titles, strict=True):
        rows = [(one["name"], one["sentence"][language]) for one in shown if one["kind"] == kind]
        parts.append(f"{title}:\n{_aligned(rows)}")
    parts.append("More: allocator rules NAME, allocator rules --profiles")
    return "\n\n".join(parts)


def _profile_list(shown: list[dict[str, Any]], language: str) -> str:
    rows = [(one["name"], f"{one['city']}, {one['date']}", one["sentence"][language]) for one in shown]
    return f"{_aligned(rows)}\n\nIn a scenario: use: [{rows[0][0]}]. More: allocator rules {rows[0][0]}"


def _aligned(rows: Iterable[tuple[str, ...]]) -> str:
    rows = list(rows)
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]) - 1)]
    cells = [[cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)] for row in rows]
    return "\n".join("  " + "  ".join(row).rstrip() for row in cells)


def _whole(one: dict[str, Any], language: str) -> str:
    from allocator.scenario.parameters import flow
    from allocator.wording import in_language

    head = f"{one['kind']} {one['name']}"
    if one["kind"] == "profile":
        head = f"{head} ({one['city']}, {one['date']})"
    lines = [head, f"  {one['sentence'][language]}"]
    if one["kind"] == "profile":
        for title, told in (
            ("rules", [f"{name}: {flow(rule)}" for name, rule in one["rules"].items()]),
            ("goals that it suggests", [f"- {flow(goal)}" for goal in one["goals"]]),
        ):
            lines += ["", f"  {title}:", *(f"    {line}" for line in told)] if told else []
        lines.append("")
        lines += [f"  remark:   {in_language(one['remark'], language)}"] if one["remark"] else []
        lines += [f"  evidence: {one['evidence'][language]}"]
    else:
        lines += [f"  {one['formula']}", "", "  example:"]
        lines += [f"    {line}" for line in one["example"].split("\n")]
        lines += ["", *_parameter_lines(one), ""]
        lines += [f"  excess in: {one['excess_unit'][language]}"] if one["kind"] == "rule" else []
        lines += [f"  value in:  {one['unit'][language]}"] if one["kind"] == "goal" else []
    source = in_language(one["source"], language) if isinstance(one["source"], str) else one["source"][language]
    lines.append(f"  source:   {'' if one['kind'] == 'profile' else ' '}{source}")
    return "\n".join(lines)


def _parameter_lines(one: dict[str, Any]) -> list[str]:
    if not one["parameters"]:
        return ["  no parameters"]
    rows = []
    for parameter in one["parameters"]:
        star = "*" if parameter["required"] else ""
        default = "" if parameter["default"] is None else f"default {parameter['default']}"
        facts = "; ".join(part for part in (parameter["type"], parameter["bounds"], default) if part)
        rows.append((f"{parameter['name']}{star}", facts, parameter["meaning"]))
    lines = ["  parameters (* must be given):"]
    for name, facts, meaning in rows:
        lines += [f"    {name}: {facts}", f"        {meaning}"]
    return lines
