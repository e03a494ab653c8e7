"""The order of priority: defaults, profiles, the file that is extended, the file itself, `--set`."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenario_files import findings_of, write

from allocator.errors import InputError
from allocator.goals import Stage
from allocator.scenario import load_schema


def goals(stages: tuple[Stage, ...]) -> list[str]:
    """The names of the steps."""
    return [stage.name for stage in stages]


def test_defaults_hold_where_nobody_says_otherwise(tmp_path: Path) -> None:
    """A scenario of city and households alone places persons, keeps rules, and has the options of the contract."""
    schema = load_schema(write(tmp_path, "city: tiny\nhouseholds: tiny/households.csv\n"))
    assert goals(schema.stages) == ["place: persons", "keep: rules"]
    assert (schema.solve.gap, schema.solve.seconds, schema.solve.seed, schema.solve.threads) == (0.0001, 300, 1, 1)
    assert (schema.name, schema.title, schema.rules) == ("plan", "plan", {})


def test_each_layer_wins_over_those_below(tmp_path: Path) -> None:
    """One limit is 50 in the profile, 60 in the base, 70 in the file, 80 in the override: the last one holds."""
    use = "use: [muenster-50]\n"
    seen = []
    for base, own, overrides in (
        ("", "", ()),
        ("rules: {fifty-per-site: {at_most: 60}}\n", "", ()),
        ("rules: {fifty-per-site: {at_most: 60}}\n", "rules: {fifty-per-site: {at_most: 70}}\n", ()),
        ("rules: {fifty-per-site: {at_most: 60}}\n", "rules: {fifty-per-site: {at_most: 70}}\n",
         ("rules.fifty-per-site.at_most=80",)),
    ):  # fmt: skip
        write(tmp_path, "city: tiny\nhouseholds: tiny\n" + base, "base.yaml")
        path = write(tmp_path, "extends: base.yaml\n" + use + own)
        seen.append(load_schema(path, overrides).rules["fifty-per-site"].at_most)
    assert seen == [50, 60, 70, 80]


def test_rules_are_put_together_key_by_key(tmp_path: Path) -> None:
    """A file changes one key of a rule, replaces a rule of another kind, removes one, and adds one."""
    write(tmp_path, """
        city: tiny
        households: tiny
        rules:
          one: {rule: cap, count: persons, per: site, at_most: 5, where: {kind: {equals: hotel}}}
          two: {rule: cap, count: flats, per: building, at_most: 1}
          three: {rule: fit, standard: nrw}
    """, "base.yaml")  # fmt: skip
    schema = load_schema(write(tmp_path, """
        extends: base.yaml
        rules:
          one: {at_most: 6, where: {cost: {at_most: 400}}}
          two: {rule: only, where: {shared: {equals: false}}}
          three: null
          four: {rule: fit, spare_rooms: 1}
    """))  # fmt: skip
    assert list(schema.rules) == ["one", "two", "four"]
    assert (schema.rules["one"].at_most, schema.rules["one"].where.columns) == (6, ("cost",))
    assert schema.rules["two"].rule == "only"


def test_soft_rule_becomes_hard_again(tmp_path: Path) -> None:
    """`soft: null` on top of a soft profile makes its limit a hard one."""
    text = "city: tiny\nhouseholds: tiny\nuse: [altena-one-flat]\nrules:\n  one-flat: {soft: null}\n"
    path = write(tmp_path, text)
    assert load_schema(path).rules["one-flat"].soft is None


def test_solve_is_put_together_and_goals_are_replaced(tmp_path: Path) -> None:
    """The options of base and file add up; the goals of the file stand alone."""
    base = "city: tiny\nhouseholds: tiny\ngoals: [place: persons, rent]\nsolve: {gap: 0, seed: 2}\n"
    write(tmp_path, base, "base.yaml")
    schema = load_schema(write(tmp_path, "extends: base.yaml\ngoals: [prefer]\nsolve: {seed: 3}\n"))
    assert goals(schema.stages) == ["prefer"]
    assert (schema.solve.gap, schema.solve.seed) == (0, 3)


def test_paths_are_relative_to_the_file_that_names_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A base in another folder names its city from there, an override from the current folder."""
    base = tmp_path / "base"
    base.mkdir()
    write(base, "city: tiny\nhouseholds: tiny/households.csv\n", "base.yaml")
    path = write(tmp_path, "extends: base/base.yaml\nhouseholds: tiny/households.csv\n")
    schema = load_schema(path)
    assert schema.city.resolve() == (base / "tiny").resolve()
    assert schema.households.resolve() == (tmp_path / "tiny" / "households.csv").resolve()
    assert [file.name for file in schema.files] == ["plan.yaml", "base.yaml"]
    monkeypatch.chdir(base)
    assert load_schema(path, ["households=tiny"]).households.resolve() == (base / "tiny").resolve()


def test_finding_in_a_base_names_the_base(tmp_path: Path) -> None:
    """A wrong value that an extended file says is found in that file, with its line."""
    (tmp_path / "below").mkdir()
    write(tmp_path / "below", "city: tiny\nhouseholds: tiny\nsolve:\n  gap: -1\n", "base.yaml")
    (finding,) = findings_of(write(tmp_path, "extends: below/base.yaml\n"))
    assert (finding.file, finding.line, finding.column) == ("below/base.yaml", 4, "solve.gap")


def test_circle_of_files_is_one_finding(tmp_path: Path) -> None:
    """Three files that extend each other in a circle are named in their order."""
    write(tmp_path, "extends: c.yaml\n", "b.yaml")
    write(tmp_path, "extends: plan.yaml\n", "c.yaml")
    (finding,) = findings_of(write(tmp_path, "city: tiny\nhouseholds: tiny\nextends: b.yaml\n"))
    assert "plan.yaml → b.yaml → c.yaml → plan.yaml" in finding.what
    assert (finding.file, finding.line) == ("c.yaml", 1)


def test_profiles_of_base_and_file_add_up(tmp_path: Path) -> None:
    """`use` of a file comes on top of the `use` of its base, and the profiles' files are among those read."""
    write(tmp_path, "city: tiny\nhouseholds: tiny\nuse: [siebel-40]\n", "base.yaml")
    schema = load_schema(write(tmp_path, "extends: base.yaml\nuse: [muenster-50, siebel-40]\n"))
    assert schema.profiles == ("siebel-40", "muenster-50")
    assert list(schema.rules) == ["no-dominance", "fifty-per-site"]
    assert {"siebel-40.yaml", "muenster-50.yaml"} <= {file.name for file in schema.files}


def test_contradiction_ends_where_the_file_decides(tmp_path: Path) -> None:
    """Two caps on persons per site contradict each other until the scenario removes one or makes them agree."""
    text = "city: tiny\nhouseholds: tiny\nuse: [muenster-50, koeln-80]\n"
    (finding,) = findings_of(write(tmp_path, text))
    assert "'muenster-50' and 'koeln-80' contradict each other" in finding.what
    assert (finding.line, finding.column) == (3, "use")
    removed = load_schema(write(tmp_path, text + "rules: {eighty-per-site: null}\n"))
    assert list(removed.rules) == ["fifty-per-site"]
    (note,) = findings_of(write(tmp_path, text + "rules: {eighty-per-site: {at_most: 50}}\n"))
    assert (note.severity, "say the same" in note.what) == ("note", True)


def test_limits_on_different_things_do_not_contradict(tmp_path: Path) -> None:
    """A cap on flats per building and one on persons per site go together."""
    text = "city: tiny\nhouseholds: tiny\nuse: [muenster-50, altena-one-flat, uk-1-in-200, siebel-40]\n"
    assert findings_of(write(tmp_path, text)) == []


def test_soft_rule_without_its_goal_is_noted(tmp_path: Path) -> None:
    """A soft rule that no goal keeps costs nothing: a note says so, and the scenario is read all the same."""
    path = write(tmp_path, "city: tiny\nhouseholds: tiny\nuse: [altena-one-flat]\ngoals:\n  - place: persons\n")
    (note,) = load_schema(path).findings
    assert note.severity == "note"
    assert (note.line, note.column) == (4, "goals")
    assert "one-flat" in note.what
    assert note.remedy == "add the goal keep: rules"


def test_short_and_long_goals_are_the_same(tmp_path: Path) -> None:
    """`rent`, `rent:`, `place: all` and weighted groups are read like their long forms."""
    schema = load_schema(write(tmp_path, """
        city: tiny
        households: tiny
        goals:
          - place: all
          - weighted: [{rent: {}, weight: 0.5}, {prefer: {}, weight: 2}, keep]
          - locations:
          - spread: {over: districts, key: {residents: 0.4, area: 0.6}, minimise: largest}
    """))  # fmt: skip
    first, weighted, locations, spread = schema.stages
    assert first.goals[0][0].what == "all"
    assert [(goal.goal, weight) for goal, weight in weighted.goals] == [("rent", 0.5), ("prefer", 2.0), ("keep", 1.0)]
    assert locations.goals[0][0].per == "building"
    assert spread.goals[0][0].key == {"residents": 0.4, "area": 0.6}


def test_all_findings_come_at_once(tmp_path: Path) -> None:
    """Defects of YAML, keys, rules, goals, options and overrides are all told in one go."""
    path = write(tmp_path, """
        titel: T
        city: nowhere
        rules:
          a: {rule: capp}
          b: {rule: cap, count: persons, per: site, at_most: 010}
        goals: [plase]
        solve: {gap: -1}
    """)  # fmt: skip
    with pytest.raises(InputError) as caught:
        load_schema(path, ["solve.sed=1"])
    places = [(finding.file, finding.line) for finding in caught.value.findings]
    assert sorted(places, key=str) == sorted(
        [("plan.yaml", line) for line in (1, 2, 4, 5, 6, 7)] + [("--set solve.sed=1", None)], key=str
    )
