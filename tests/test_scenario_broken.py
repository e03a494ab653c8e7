"""Broken scenarios: each defect is a finding that names file and line, key and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenario_files import GOOD, findings_of, write

HEAD = "title: T\ncity: tiny\nhouseholds: tiny/households.csv\n"


def rules(*lines: str) -> str:
    """A scenario whose rules begin in line 5."""
    return HEAD + "rules:\n" + "".join(f"  {line}\n" for line in lines)


def goals(*lines: str) -> str:
    """A scenario whose goals begin in line 5."""
    return HEAD + "goals:\n" + "".join(f"  - {line}\n" for line in lines)


def case(name: str, text: str, line: int | None, key: str, what: str, remedy: str) -> object:
    """One defect: the file, and what its only finding must name."""
    return pytest.param(text, line, key, what, remedy, id=name)


CAP = "rule: cap, count: persons, per: site"
CASES = [
    case("misspelt rule", rules("a: {rule: capp, count: persons, per: site, at_most: 5}"),
         5, "rules.a.rule", "there is no rule 'capp'", "did you mean 'cap'?"),
    case("rule without kind", rules("a: {count: persons, per: site, at_most: 5}"),
         5, "rules.a", "'rule' is missing", "cap"),
    case("rule as bare number", rules("a: 50"), 5, "rules.a", "keys with values", "rule: cap"),
    case("name with umlaut", rules("fünfzig je Standort: {" + CAP + ", at_most: 50}"),
         5, "rules", "other signs than letters", "fuenfzig-je-standort"),
    case("names alike in the model", rules("a-b: {" + CAP + ", at_most: 5}", "a_b: {" + CAP + ", at_most: 6}"),
         6, "rules.a_b", "the same in an exported model", "rename"),
    case("misspelt key of a rule", rules("a: {" + CAP + ", at_most: 5, at_mots: 6}"),
         5, "rules.a.at_mots", "unknown key 'at_mots'", "did you mean 'at_most'?"),
    case("missing key of a rule", rules("a: {" + CAP + "}"), 5, "rules.a.at_most", "missing", "Highest count"),
    case("misspelt level", rules("a: {rule: cap, count: persons, per: sitee, at_most: 5}"),
         5, "rules.a.per", "'sitee' is not known", "did you mean 'site'?"),
    case("misspelt key of a union", rules("a: {rule: cap, count: persons, per: {witin: 300}, at_most: 5}"),
         5, "rules.a.per.witin", "unknown key 'witin'", "did you mean 'within'?"),
    case("negative radius", rules("a: {rule: cap, count: persons, per: {within: -3}, at_most: 5}"),
         5, "rules.a.per.within", "-3 is too small", "more than 0"),
    case("number for a level", rules("a: {rule: cap, count: persons, per: 5, at_most: 5}"),
         5, "rules.a.per", "must be one of", "social_space"),
    case("group without label", rules("a: {rule: share, of: {grop: x}, per: site, at_most: 0.5}"),
         5, "rules.a.of.grop", "unknown key 'grop'", "did you mean 'group'?"),
    case("number as label", rules("a: {rule: share, of: {group: 5}, per: site, at_most: 0.5}"),
         5, "rules.a.of.group", "must be text, not 5", 'write "5"'),
    case("number as text", rules("a: {" + CAP + ", at_most: '50'}"),
         5, "rules.a.at_most", "must be a number, not the text '50'", "write 50, without quotes"),
    case("decimal comma", rules("a: {rule: share, of: refugees, per: site, at_most: '0,5'}"),
         5, "rules.a.at_most", "the text '0,5'", "write 0.5"),
    case("decimal comma in braces", rules("a: {rule: share, of: refugees, at_most: 0,5, per: site}"),
         5, "at_most", "0,5 is read as two entries", "write 0.5"),
    case("decimal comma behind thousands", rules("a: {" + CAP + ", at_most: 1.000,50}"),
         5, "at_most", "1.000,50 is read as two entries", "write 1000.50"),
    case("decimal comma in a line of its own", rules("a:", "  rule: moves", "  at_most: 1.100,5"),
         7, "rules.a.at_most", "not the text '1.100,5'", "write 1100.5"),
    case("decimal comma in a condition", rules("a:", "  rule: only", "  where:", "    rent:", "      at_most: 100,5"),
         9, "rules.a.where.rent.at_most", "not the text '100,5'", "write 100.5"),
    case("percent as number", rules("a: {rule: share, of: refugees, per: site, at_most: 40}"),
         5, "rules.a.at_most", "40 is too large", "40 percent are 0.4"),
    case("percent as text", rules("a: {rule: share, of: refugees, per: site, at_most: 40 %}"),
         5, "rules.a.at_most", "the text '40 %'", "write 0.4"),
    case("negative limit", rules("a: {" + CAP + ", at_most: -1}"),
         5, "rules.a.at_most", "-1 is too small", "write 0 or more"),
    case("negative weight", rules("a: {" + CAP + ", at_most: 5, soft: -2}"),
         5, "rules.a.soft", "-2 is too small", "write 0 or more"),
    case("flag for a number", rules("a: {" + CAP + ", at_most: true}"),
         5, "rules.a.at_most", "must be a number, not true", "write a number"),
    case("endless limit", rules("a: {" + CAP + ", at_most: .inf}"), 5, "", ".inf is no number", "leave the key out"),
    case("no number", rules("a: {" + CAP + ", at_most: .nan}"), 5, "", ".nan is no number", "leave the key out"),
    case("octal", rules("a: {" + CAP + ", at_most: 010}"), 5, "", "010 has leading zeros", 'write 10, or "010"'),
    case("bare yes", rules("a: {rule: only, where: {barrier_free: {equals: yes}}}"),
         5, "", "bare 'yes' is a flag to some", "write true"),
    case("empty where", rules("a: {rule: only, where: {}}"), 5, "rules.a.where", "needs at least one column", ""),
    case("where without operator", rules("a: {rule: only, where: {status: {}}}"),
         5, "rules.a.where.status", "needs one of at_most", ""),
    case("misspelt operator", rules("a: {rule: only, where: {status: {atmost: 3}}}"),
         5, "rules.a.where.status.atmost", "unknown key 'atmost'", "did you mean 'at_most'?"),
    case("list for one value", rules("a: {rule: only, where: {status: {equals: [1, 2]}}}"),
         5, "rules.a.where.status.equals", "not a list", "for several use in: […]"),
    case("one value for a list", rules("a: {rule: only, where: {status: {in: 3}}}"),
         5, "rules.a.where.status.in", "must be a list, not 3", "[ … ]"),
    case("rule that says nothing", rules("a: {rule: fit}"), 5, "rules.a", "needs one of standard", ""),
    case("removed rule is not there", rules("one-flat: null"), 5, "rules.one-flat", "no rule 'one-flat' to remove", ""),
    case("repeated key", rules("a: {" + CAP + ", at_most: 5}", "a: {" + CAP + ", at_most: 6}"),
         6, "a", "'a' stands twice (first in line 5)", "keep one"),
    case("python tag", HEAD + "rules: !!python/object/apply:os.system [ls]\n", 4, "", "a tag (!!python", "remove it"),
    case("anchor", HEAD + "description: &d text\n", 4, "", "an anchor (&d)", "write values out"),
    case("merge key", HEAD + "solve:\n  <<: {gap: 1}\n", 5, "", "merge key", "use extends"),
    case("tab", HEAD + "solve:\n\tgap: 0.1\n", 5, "", "a tab in the indentation", "indent with blanks"),
    case("two documents", HEAD + "---\ntitle: U\n", 4, "", "a second document", "one document"),
    case("open bracket", HEAD + "use: [muenster-50\n", 4, "", "a bracket is opened and not closed", "close it"),
    case("number as key", HEAD + "rules: {5: {rule: cap}}\n", 4, "", "the key 5 must be text", 'write "5"'),
    case("a list instead of keys", "- title: T\n", 1, "", "must be keys with values", "write at least one key"),
    case("empty file", "\n", None, "", "is empty", "write at least one key"),
    case("unknown key", HEAD + "ruels: {}\n", 4, "ruels", "unknown key 'ruels'", "did you mean 'rules'?"),
    case("rules as a list", HEAD + "rules: [a]\n", 4, "rules", "rules must be keys with values", "rule"),
    case("title as number", "title: 5\ncity: tiny\nhouseholds: tiny\n", 1, "title", "must be text", "in quotes"),
    case("missing city", "city: nowhere\nhouseholds: tiny\n",
         1, "city", "nothing at 'nowhere'", "relative to this file"),
    case("missing households", "city: tiny\nhouseholds: no.csv\n", 2, "households", "nothing at 'no.csv'", "check"),
    case("unknown profile", HEAD + "use: [muenster-500]\n",
         4, "use", "no profile 'muenster-500'", "did you mean 'muenster-50'?"),
    case("profile as text", HEAD + "use: muenster-50\n", 4, "use", "must be a list of profiles", "[muenster-50]"),
    case("profile twice", HEAD + "use: [koeln-80, koeln-80]\n", 4, "use", "'koeln-80' stands twice", "remove one"),
    case("contradicting profiles", HEAD + "use:\n  - muenster-50\n  - duesseldorf-200\n",
         6, "use", "contradict each other", "take one rule out"),
    case("missing base", HEAD + "extends: base.yaml\n", 4, "extends", "no file 'base.yaml' to extend", "relative"),
    case("extends itself", HEAD + "extends: plan.yaml\n", 4, "extends", "plan.yaml → plan.yaml", "remove one"),
    case("unknown option", HEAD + "solve: {gapp: 0.1}\n", 4, "solve.gapp", "unknown key 'gapp'", "'gap'"),
    case("no time", HEAD + "solve: {seconds: 0}\n", 4, "solve.seconds", "0 is too small", "more than 0"),
    case("half a thread", HEAD + "solve: {threads: 1.5}\n", 4, "solve.threads", "a whole number, not 1.5", "whole"),
    case("goals not a list", HEAD + "goals: {place: persons}\n", 4, "goals", "must be a list", "- place: persons"),
    case("no goals", HEAD + "goals: []\n", 4, "goals", "at least one goal", "- place: persons"),
    case("unknown goal", goals("plase: persons"), 5, "goals.0.plase", "no goal 'plase'", "did you mean 'place'?"),
    case("unknown value of a goal", goals("place: person"),
         5, "goals.0.place.what", "'person' is not known", "did you mean 'persons'?"),
    case("goal twice", goals("place: persons", "rent", "rent: {}"), 7, "goals.2.rent", "stands twice", "remove one"),
    case("two goals in one step", goals("{place: persons, rent: {}}"), 5, "goals.0", "2 keys in one step", "one goal"),
    case("goal with a bare value", goals("rent: 5"), 5, "goals.0.rent", "no bare value", "write rent"),
    case("weighted is no list", goals("weighted: rent"), 5, "goals.0.weighted", "must be a list", "weight: 1"),
    case("no value to be among", rules("a: {rule: only, where: {kind: {in: []}}}"),
         5, "rules.a.where.kind.in", "is empty", "at least one"),
    case("text as a bound", rules("a: {rule: only, where: {rent: {at_most: cheap}}}"),
         5, "rules.a.where.rent.at_most", "must be a number or a day such as 2026-12-31, not the text", "write"),
    case("weight with a decimal comma", goals("weighted: [{rent: {}, weight: '0,5'}]"),
         5, "goals.0.weighted.0.weight", "a number above 0", "weight: 0.5"),
    case("weight below zero", goals("weighted: [{rent: {}, weight: -1}]"),
         5, "goals.0.weighted.0.weight", "a number above 0", "weight: 1"),
    case("spread without places", goals("spread: {key: area}"), 5, "goals.0.spread.over", "missing", "districts"),
    case("number as key of distribution", goals("spread: {over: districts, key: 5}"),
         5, "goals.0.spread.key", "must be text or keys with values, not 5", "write"),
    case("negative share of a key", goals("spread: {over: districts, key: {residents: -1}}"),
         5, "goals.0.spread.key.residents", "-1 is too small", "0 or more"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "key", "what", "remedy"), CASES)
def test_defect_is_one_finding(tmp_path: Path, text: str, line: int | None, key: str, what: str, remedy: str) -> None:
    """One defect of a scenario is one finding that names file, line, key and remedy."""
    (finding,) = findings_of(write(tmp_path, text))
    assert finding.severity == "error"
    assert finding.file == "plan.yaml"
    assert finding.line == line
    assert finding.column == key
    assert what in finding.what
    assert finding.remedy
    assert remedy in finding.remedy


def test_good_scenario_has_no_findings(tmp_path: Path) -> None:
    """The scenario that the other tests break has no finding itself."""
    assert findings_of(write(tmp_path, GOOD)) == []
