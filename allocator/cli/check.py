"""`allocator check`: all findings of a scenario or a city, no solving."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.cli.settings import SETTINGS

if TYPE_CHECKING:
    from allocator.errors import Finding

__all__ = ["check", "findings_of_city", "findings_of_scenario", "refuse_broken"]

_SCENARIO_KEYS = frozenset({"rules", "goals", "city", "extends", "use", "households", "solve"})


@click.command(context_settings=SETTINGS)
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write the findings as a JSON list.")
@click.pass_context
def check(context: click.Context, target: Path, as_json: bool) -> None:
    """Report everything that is wrong with TARGET, a scenario or a city.

    A city is a folder, a GeoPackage or a city.yaml; its list of households is checked too where it holds one. Findings
    go to stdout, the summary to stderr. The exit status is 1 if one of them is an error, else 0.
    """
    findings = findings_of_scenario(target) if _is_scenario(target) else findings_of_city(target)
    if as_json:
        click.echo(json.dumps([finding.to_dict() for finding in findings], indent=2))
    else:
        for finding in findings:
            click.echo(_printable(str(finding)))
    kinds = Counter(finding.severity for finding in findings)
    click.echo(f"{_counted(kinds['error'], 'error')}, {_counted(kinds['note'], 'note')} in {target}", err=True)
    if kinds["error"]:
        context.exit(1)


def findings_of_city(path: Path) -> list[Finding]:
    """All findings of a city, and of its list of households if it holds one."""
    from allocator.city import read_city, read_households
    from allocator.city.layout import find_layout
    from allocator.errors import Findings, InputError

    try:
        city = read_city(path)
        findings = list(city.findings)
    except InputError as error:
        city, findings = None, error.findings
    layout = find_layout(path, Findings())
    if layout is not None and "households" in layout.tables:
        findings += read_households(path, city)[1]
    return findings


def refuse_broken(folder: Path) -> None:
    """Raise InputError with the errors of a city that is about to be written: what `check` refuses is not made."""
    from allocator.errors import InputError

    errors = [finding for finding in findings_of_city(folder) if finding.severity == "error"]
    if errors:
        raise InputError(errors)


def findings_of_scenario(path: Path) -> list[Finding]:
    """All findings of a scenario, of its city and of its households."""
    from allocator.errors import InputError
    from allocator.scenario import load_scenario

    try:
        return list(load_scenario(path).findings)
    except InputError as error:
        return error.findings


def _is_scenario(path: Path) -> bool:
    """Whether a file is a scenario and no city: a YAML file in which a key of scenarios begins a line.

    The keys are looked for in the text, because a file that is not valid YAML has a kind all the same.
    """
    if path.suffix.lower() not in (".yaml", ".yml") or not path.is_file():
        return False
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    keys = {line.split(":", 1)[0].strip().strip("'\"") for line in lines if line[:1].strip() and ":" in line}
    return bool(keys & _SCENARIO_KEYS) and "tables" not in keys


def _printable(line: str) -> str:
    """A line without control characters: text from data must not steer a terminal."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in line)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
