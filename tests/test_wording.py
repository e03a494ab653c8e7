"""Texts in two languages: what is English for everybody is German on a German page."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from tiny_runs import call, project

from allocator.errors import Finding, InputError
from allocator.profiles import profiles_by_id
from allocator.scenario import load_schema
from allocator.wording import Text, in_language, text_of, written

BOTH = """
    title: {en: Homes for all, de: Wohnungen für alle}
    description:
      en: One question.
      de: Eine Frage.
    city: tiny
    households: tiny/households.csv
    rules:
      one-flat:  {rule: cap, count: flats, per: building, at_most: 1, soft: 10}
    goals: [place: persons]
    solve: {gap: 0, seconds: 60}
"""


def test_a_text_is_english_until_somebody_asks() -> None:
    """Compared, printed and written as JSON it is its English form; copies keep the German one."""
    text = Text("a flat", "eine Wohnung")
    assert (text, f"{text}", json.loads(json.dumps(text))) == ("a flat",) * 3
    assert in_language(text, "de") == "eine Wohnung"
    assert type(in_language(text, "en")) is str
    assert in_language("Flat 3", "de") == "Flat 3"
    assert [one.german for one in (copy.deepcopy(text), pickle.loads(pickle.dumps(text)))] == ["eine Wohnung"] * 2


def test_a_file_says_both_forms_and_is_read_again() -> None:
    """`{en: …, de: …}` with a text each is such a text; anything else is none."""
    text = text_of({"de": " eine Wohnung ", "en": "a flat"})
    assert text is not None
    assert written(text) == {"en": "a flat", "de": "eine Wohnung"}
    assert written("plain") == "plain"
    for other in (
        "a flat",
        {"en": "a flat"},
        {"en": "a", "de": ""},
        {"en": "a", "de": 3},
        {"en": "a", "fr": "b"},
        None,
    ):
        assert text_of(other) is None


def test_a_finding_is_told_in_german() -> None:
    """Where it stands, what is wrong and what to do; what has one form stays as it is."""
    finding = Finding(Text("no units", "keine Einheiten"), "mend it", "c.yaml", 3, column="rules", severity="note")
    assert str(finding) == "note: c.yaml:3, key rules: no units → mend it"
    assert finding.told("de") == "Hinweis: c.yaml:3, Schlüssel rules: keine Einheiten → mend it"
    row = Finding("odd", file="u.csv", table="units", row="U1", column="rent")
    assert row.told("de") == "Fehler: u.csv, Tabelle units, Zeile U1, Spalte rent: odd"


def test_title_and_description_stand_in_the_language_of_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same run gives a German and an English report and map; its notes are in their language too."""
    path, folder = project(tmp_path, BOTH), tmp_path / "out"
    assert call(capsys, "run", path, "--out", folder, "--language", "de", "--quiet").status == 0
    assert json.loads((folder / "result.json").read_text(encoding="utf-8"))["title"] == "Homes for all"
    assert call(capsys, "verify", folder).status == 0
    german = [(folder / name).read_text(encoding="utf-8") for name in ("report.html", "map.html")]
    assert all("Wohnungen für alle" in page and "Homes for all" not in page for page in german)
    assert "Eine Frage." in german[0]
    assert "kein Ziel hält die weichen Regeln ein (one-flat): sie zu verletzen kostet nichts" in german[0]
    assert call(capsys, "report", folder, "--language", "en").status == 0
    english = (folder / "report.html").read_text(encoding="utf-8")
    assert "Homes for all" in english
    assert "no goal keeps the soft rules (one-flat): breaking them costs nothing" in english
    assert "Wohnungen für alle" not in english


def test_one_language_alone_is_a_finding(tmp_path: Path) -> None:
    """A title with keys needs both, each a text; the finding says so with the line."""
    path = project(tmp_path, BOTH.replace("{en: Homes for all, de: Wohnungen für alle}", "{en: Homes for all}"))
    with pytest.raises(InputError, match=r"plan.yaml:\d+, key title: title must be text, or en: and de:"):
        load_schema(path)


def test_every_shipped_scenario_and_profile_has_both() -> None:
    """Titles and descriptions of scenarios, and where the rules of cities come from."""
    root = Path(__file__).parent.parent
    made = (root / "data" / "koeln" / "city").is_dir()  # of open data, by a command of its own
    for path in sorted((root / "scenarios").glob("*.yaml")):
        if path.name.startswith("koeln") and not made:
            content = YAML(typ="safe").load(path)
            assert {*content["title"]} == {*content["description"]} == {"en", "de"}, path.name
            continue
        schema = load_schema(path)
        assert isinstance(schema.title, Text), path.name
        assert isinstance(schema.description, Text), path.name
    named = [one.source for one in profiles_by_id().values() if not isinstance(one.source, Text)]
    assert set(named) == {"Quartpoint"}
