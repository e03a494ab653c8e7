"""The folder of a trade-off: one page, its numbers as CSV and JSON, and a map and a list for each point."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from allocator.frontier.chart import frontier_chart, goal_label, level_words
from allocator.frontier.frontier import Frontier
from allocator.frontier.plans import Valued
from allocator.frontier.words import WORDS
from allocator.report.axes import LINES
from allocator.report.numbers import Language, quantity
from allocator.report.rendering import rendered
from allocator.runs.folder import Kind
from allocator.runs.manifest import inputs, relative_to, versions
from allocator.runs.tables import write_csv
from allocator.scenario import Scenario
from allocator.wording import in_language

__all__ = ["KIND", "command_of", "origin", "page", "sources", "write_frontier"]

KIND = Kind("trade-off", "frontier.json", frozenset(("format", "between", "points")),
            frozenset(("frontier.csv", "frontier.json", "frontier.html")), frozenset(("points",)),
            frozenset(("map.html", "allocation.csv")))  # fmt: skip


def write_frontier(
    frontier: Frontier, draft: Path, language: Language = "en", overrides: Sequence[str] = (),
    tell: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:  # fmt: skip
    """Write everything into a draft (see `new_folder`); the content of `frontier.json` as written."""
    from allocator.maps import write_map

    tell("drawing the maps")
    compared = {"today": frontier.today, "first-come": frontier.first_come}
    for name, told in {**{f"{place.number:02d}": place.told for place in frontier.places}, **compared}.items():
        folder = draft / "points" / name
        folder.mkdir(parents=True)
        write_csv(told.plan.allocation, folder / "allocation.csv")
        write_map(told.plan, folder / "map.html", language=language)
    rows = _rows(frontier)
    write_csv(pd.DataFrame(rows), draft / "frontier.csv")
    result = {
        "format": 1,
        "title": frontier.scenario.title or frontier.scenario.name,
        "between": [stage.name for stage in frontier.asked.named],
        "before": [{"goal": one.name, "value": one.value, "bound": one.bound, "status": one.status}
                   for one in frontier.before],
        "left_out": [stage.name for stage in frontier.asked.left_out],
        "status": frontier.status,
        "complete": list(frontier.complete),
        "levels": list(frontier.levels),
        "points": rows,
        **origin(frontier.scenario, draft, overrides),
    }  # fmt: skip
    _write(draft / "frontier.json", json.dumps(result, ensure_ascii=False, indent=2, allow_nan=False) + "\n")
    _write(draft / "frontier.html", page("frontier.html", language, **_content(frontier, language, overrides)))
    return result


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def origin(scenario: Scenario, draft: Path, overrides: Sequence[str]) -> dict[str, Any]:
    """What makes it again: scenario, overrides, seed, gap, inputs with hashes, versions."""
    return {
        "scenario": {"name": scenario.name, "file": relative_to(scenario.path, draft), "overrides": list(overrides)},
        "seed": scenario.solve.seed,
        "gap": scenario.solve.gap,
        "inputs": inputs(scenario.files, draft),
        "versions": versions(),
    }


def _rows(frontier: Frontier) -> list[dict[str, Any]]:
    """One row for each point, then today and first come, first served."""
    rows = []
    for place in frontier.places:
        row: dict[str, Any] = {"point": f"{place.number:02d}", "kind": "knee" if place.knee else "point"}
        if len(frontier.asked.named) > 2:
            row["level"] = frontier.levels[place.curve]
        rows.append({**row, **_told(place.told), "status": place.solved.status})
    for name, told in (("today", frontier.today), ("first-come", frontier.first_come)):
        level = {"level": None} if len(frontier.asked.named) > 2 else {}
        rows.append({"point": name, "kind": name, **level, **_told(told), "status": ""})
    return rows


def _told(told: Valued) -> dict[str, Any]:
    """Persons housed, and of each goal value, bound and gap."""
    result = told.plan.result
    row: dict[str, Any] = {"placed_persons": told.placed, "unplaced_persons": result["unplaced"]["persons"]}
    for goal in result["goals"]:
        row |= {goal["goal"]: goal["value"], f"{goal['goal']} bound": goal["bound"], f"{goal['goal']} gap": goal["gap"]}
    return row


def _content(frontier: Frontier, language: Language, overrides: Sequence[str]) -> dict[str, Any]:
    """What the page shows."""
    words, named, scenario = WORDS[language], frontier.asked.named, frontier.scenario
    entries = [
        (f"{place.number:02d}", words["point"].format(n=place.number), place.told, place) for place in frontier.places
    ]
    entries += [
        ("today", words["today"], frontier.today, None),
        ("first-come", words["first_come"], frontier.first_come, None),
    ]
    rows = []
    for folder, title, told, place in entries:
        goals = told.plan.result["goals"][len(frontier.asked.before) :]
        rows.append({
            "folder": folder, "title": title, "knee": place is not None and place.knee,
            "curve": level_words(frontier, place.curve, language) if place is not None else "",
            "values": [(quantity(goal["value"], language), quantity(goal["bound"], language)) for goal in goals],
            "persons": quantity(told.placed, language),
            "status": words[place.solved.status] if place is not None else "",
        })  # fmt: skip
    everybody = frontier.today.plan.result
    total = everybody["placed"]["persons"] + everybody["unplaced"]["persons"]
    housed = [(title, words["housed"].format(placed=quantity(told.placed, language), all=quantity(total, language)))
              for _, title, told, place in entries[:1] + entries[-2:]]  # fmt: skip
    goals = words["against"].join(stage.name for stage in named)
    options = [
        f"--between {named[0].name.replace(' ', '')}",
        *(f"--and {one.name.replace(' ', '')}" for one in named[1:]),
    ]
    return {
        "title": words["title"].format(scenario=in_language(scenario.title or scenario.name, language), goals=goals),
        "complete": all(frontier.complete),
        "before": ", ".join(
            f"{one.name} {quantity(one.value, language)} ({words[one.status]})" for one in frontier.before
        ),
        "left_out": ", ".join(stage.name for stage in frontier.asked.left_out),
        "chart": frontier_chart(frontier, language),
        "labels": [goal_label(frontier, number, language) for number in range(len(named))],
        "curves": [(curve, level_words(frontier, curve, language)) for curve in range(len(frontier.levels))],
        "colours": LINES,
        "rows": rows,
        "shown": next((row for row in rows if row["knee"]), rows[0]),
        "housed": housed,
        "has_knee": any(place.knee for place in frontier.places),
        "command": command_of("frontier", scenario, [*options, f"--language {language}"], overrides),
        **sources(scenario, language),
    }


def command_of(command: str, scenario: Scenario, options: Sequence[str], overrides: Sequence[str]) -> str:
    """The command that makes it again, as a shell takes it."""
    sets = [f"--set '{override}'" for override in overrides]
    return " ".join([f"allocator {command} {scenario.path.as_posix()}", *options, *sets])


def sources(scenario: Scenario, language: Language) -> dict[str, Any]:
    """Where the data come from, and what of them is generated."""
    told = [", ".join(filter(None, (one.title or one.file, one.licence, one.attribution, one.retrieved)))
            for one in scenario.city.told_sources(language)]  # fmt: skip
    return {"sources": told, "synthetic": scenario.city.told_synthetic(language)}


def page(template: str, language: Language, **content: Any) -> str:
    """A page that loads nothing but the maps beside it; only its own script runs."""
    style = files("allocator.frontier").joinpath("templates", "page.css").read_text(encoding="utf-8")
    frame = {"language": language, "w": WORDS[language], "style": style}
    html = rendered("allocator.frontier", template, {**frame, **content})
    hashes = [base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
              for text in re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)]  # fmt: skip
    allowed = " ".join(f"'sha256-{value}'" for value in hashes) or "'none'"
    return html.replace("policy-of-scripts", f"script-src {allowed}", 1)
