"""The result in one sentence, numbers in their language, and the report as a page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from types import SimpleNamespace

import pytest
from indicator_worlds import hand_made_city, hand_made_plan

from allocator.errors import UsageError
from allocator.explain.missing import missing_sentences
from allocator.report import result_sentence, write_report
from allocator.report.numbers import gap_percent, number, percent, quantity, signed
from allocator.report.report import report_html
from allocator.report.rule_rows import rule_rows
from allocator.report.sentences import excess_words
from allocator.report.words import WORDS
from allocator.rules.cap import Cap
from allocator.rules.fit import Fit

KEPT = {"name": "fifty", "rule": "cap", "hard": True, "breaches": 0, "excess": 0.0, "tight": 3}
OVER = {"name": "one-flat", "rule": "cap", "hard": False, "breaches": 2, "excess": 3.0, "tight": 2, "unit": "flats"}


def told(language: str = "en", **changes: object) -> str:
    """The sentence of a result in which 912 of 950 persons are placed."""
    result = {"status": "optimal", "placed": {"persons": 912}, "unplaced": {"persons": 38}, "rules": [KEPT], **changes}
    return result_sentence(result, language)


def test_everything_kept_and_proven() -> None:
    """A plan that keeps all rules and is proven says so in both languages."""
    assert told() == "912 of 950 persons placed, all rules kept, proven optimal"
    assert told("de") == "912 von 950 Personen untergebracht, alle Regeln eingehalten, bewiesen optimal"


def test_within_the_gap_names_the_worst_goal() -> None:
    """The gap of the sentence is the largest of all goals, rounded up."""
    goals = [{"gap": 0.0}, {"gap": 0.0000923}, {"gap": 0.00001}]
    assert told(status="within_gap", goals=goals).endswith("within 0.0093 % of the optimum")
    assert told("de", status="within_gap", goals=goals).endswith("höchstens 0,0093 % vom Optimum entfernt")
    assert told(status="within_gap", goals=[{"gap": None}], gap=0.0001).endswith("within 0.01 % of the optimum")


def test_stopped_at_the_limit() -> None:
    """A stopped run is called the best plan so far, with its gap only if every goal has one."""
    assert told(status="stopped").endswith("stopped before the end; best plan so far")
    assert told(status="stopped", goals=[{"gap": 0.1}, {"gap": None}]).endswith("best plan so far")
    assert told(status="stopped", goals=[{"gap": 0.1234}]).endswith("at most 13 % from the optimum")


def test_soft_breaches_are_summed_up() -> None:
    """Exceeded rules are named with their excess and its unit, the others are said to be kept."""
    assert "persons placed, rule one-flat exceeded by 3 flats, all other rules kept, " in told(rules=[OVER, KEPT])
    assert "Regel one-flat um 3 Wohnungen überschritten, alle übrigen" in told("de", rules=[OVER, KEPT])
    share = {"name": "mix", "rule": "share", "breaches": 1, "excess": 1.0}
    assert ", rules exceeded: one-flat by 3 flats and mix by 1 person, proven" in told(rules=[OVER, share])
    assert ", Regeln überschritten: one-flat um 3 Wohnungen und mix um 1 Person, be" in told("de", rules=[OVER, share])
    unknown = {"name": "far", "rule": "cap", "breaches": 1, "excess": 2.5}
    assert "far exceeded by 2.5," in told(rules=[unknown, KEPT])
    many = [dict(OVER, name=f"r{n}") for n in range(5)]
    assert "r2" in told(rules=many)
    assert "2 more" in told(rules=many)
    assert "r3" not in told(rules=many)


def test_no_plan_and_no_rules() -> None:
    """Without a plan the sentence says what is missing; without rules it does not claim that any were kept."""
    assert told(status="infeasible") == "No plan keeps all hard rules"
    missing = ["fifty: 3 persons", "school: 2 seats"]
    assert told("de", status="infeasible", missing=missing).endswith("Plan: fifty: 3 persons; school: 2 seats")
    assert told(rules=[]) == "912 of 950 persons placed, no rules set, proven optimal"


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "No plan was found before the time limit"), ("de", "Bis zur Zeitgrenze wurde kein Plan")],
)
def test_stopped_before_any_plan(language: str, said: str) -> None:
    """Without any plan nothing is said of rules, of persons or of a best plan, only what may be done."""
    sentence = told(language, status="stopped", rules=[], goals=[], placed={"persons": 0}, unplaced={"persons": 950})
    assert sentence.startswith(said)
    assert "solve.seconds" in sentence
    assert not re.search("best|950|no rules set|keine Regeln gesetzt", sentence)


def shortages(*amounts: float, rule: str = "fifty", persons: float = 0.0) -> list[SimpleNamespace]:
    """What an elastic model found missing: so much at the places P1, P2, …."""
    return [
        SimpleNamespace(rule=rule, place=f"P{i}", amount=amount, persons=persons) for i, amount in enumerate(amounts, 1)
    ]


def test_what_is_missing_is_told_in_sentences() -> None:
    """One place stands alone, a few with their part, of many only the largest; households in singular and plural."""
    rules = {"fifty": Cap(count="persons", per="site", at_most=50)}
    said = {n: missing_sentences(shortages(*range(n, 0, -1)), rules, "en")[0] for n in (1, 2, 4)}
    assert said[1] == "rule 'At most 50 persons per site' (fifty) is exceeded by 1 person (at P1)"
    assert said[2] == "rule 'At most 50 persons per site' (fifty) is exceeded by 3 persons (at P1 (2), P2 (1))"
    assert (
        said[4]
        == "rule 'At most 50 persons per site' (fifty) is exceeded by 10 persons (most at P1 (4), P2 (3), P3 (2))"
    )
    assert missing_sentences(shortages(1, rule="", persons=4), rules, "de") == [
        "1 Haushalt mit 4 Personen findet keinen Platz (etwa P1)"
    ]
    assert missing_sentences(shortages(1, 2, rule="", persons=1), rules, "en") == [
        "3 households with 2 persons find no place (such as P2, P1)"
    ]


def test_nobody_to_place() -> None:
    """Of an empty list the sentence tells what today's state is over, and claims nothing of a plan."""
    nobody = {"placed": {"persons": 0}, "unplaced": {"persons": 0}}
    assert told(**nobody) == "Nobody to place, all rules kept"
    over = [KEPT, dict(KEPT, name="ten", unit="persons", excess_today=1.0)]
    assert told(rules=over, **nobody) == "Nobody to place, over the limit today: ten by 1 person"
    assert told("de", rules=over, **nobody) == "Niemand unterzubringen, schon heute über der Grenze: ten um 1 Person"


def test_an_unknown_language_is_refused() -> None:
    """Another language is a usage error that names the known ones."""
    with pytest.raises(UsageError, match="de, en"):
        told("fr")


def test_numbers_in_their_language() -> None:
    """Thousands, decimals, signs and undefined values follow the language."""
    assert (number(1234.5, "de", 1), number(1234.5, "en", 1)) == ("1.234,5", "1,234.5")
    assert (number(-1234, "de"), number(-0.2, "en"), number(None, "de"), number(float("nan"), "en")) == (
        "−1.234", "0", "–", "–",
    )  # fmt: skip
    assert (quantity(3.0000000001, "de"), quantity(2.25, "de")) == ("3", "2,2")
    assert (signed(3, "en"), signed(-3, "en"), signed(0.2, "en")) == ("+3", "−3", "0")
    assert (percent(0.4, "de"), percent(0.005, "de"), percent(1 / 3, "en"), percent(None, "en")) == (
        "40 %", "0,5 %", "33 %", "–",
    )  # fmt: skip
    assert percent(0.123456, "en", 2) == "12.35 %"


@pytest.mark.parametrize(("gap", "said"), [(1e-4, "0.01 %"), (0.00012345, "0.013 %"), (1, "100 %"), (1e-9, "0.0001 %")])
def test_a_gap_is_never_told_better_than_proven(gap: float, said: str) -> None:
    """Gaps are rounded up."""
    assert gap_percent(gap, "en") == said


def test_excess_in_singular_and_plural() -> None:
    """One flat, two flats, and the bare number where nobody knows what is counted."""
    assert [excess_words(n, "flats", "de") for n in (1, 2, 1.5)] == ["1 Wohnung", "2 Wohnungen", "1,5 Wohnungen"]
    assert (excess_words(2, "", "en"), excess_words(2, "metres", "en")) == ("2", "2 metres")


def test_both_languages_have_the_same_words() -> None:
    """Every text stands in both languages and is filled with the same numbers."""
    assert list(WORDS["de"]) == list(WORDS["en"])
    for key, text in WORDS["en"].items():
        fields = [{name for _, name, _, _ in Formatter().parse(words[key]) if name} for words in WORDS.values()]
        assert fields[0] == fields[1], text


class Page(HTMLParser):
    """Visible text of a page, its attributes, and whether every element is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.open, self.tags, self.attributes = "", [], [], {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect a tag and its attributes."""
        self.tags.append(tag)
        self.attributes.update(attrs)
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Every end closes the last start."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect visible text."""
        if self.open[-1:] != ["style"]:
            self.text += data


@pytest.fixture(scope="module", params=["de", "en"])
def page(request: pytest.FixtureRequest) -> tuple[str, str, Page]:
    """Language, source and parsed form of the town's report."""
    html = report_html(hand_made_plan(), request.param)
    return request.param, html, Page(html)


def test_the_page_is_whole_and_alone(page: tuple[str, str, Page]) -> None:
    """Every element is closed, and the page neither holds a script nor refers to any other resource."""
    language, html, parsed = page
    assert parsed.open == []
    assert parsed.attributes["lang"] == language
    assert not {"script", "link", "img", "iframe"} & set(parsed.tags)
    assert not re.search(r"https?://|url\(|@import|src=", html)


def test_text_from_data_is_escaped(page: tuple[str, str, Page]) -> None:
    """Markup in names, titles and notes is shown as text."""
    _, html, parsed = page
    for text in ("Wer wohnt <wo>?", "Eine Frage & mehr.", "<b>odd</b>"):
        assert text in parsed.text
        assert text not in html


def test_the_report_is_marked_internal(page: tuple[str, str, Page]) -> None:
    """The mark stands in the title, the head, and in an element that is repeated on every printed page."""
    language, html, _ = page
    mark = WORDS[language]["mark"]
    assert f'<div class="mark" role="note">{mark}</div>' in html
    assert re.search(r"\.mark \{ position: fixed", html)
    assert f"<title>{mark}" in html


def test_the_answer_and_the_generated_data(page: tuple[str, str, Page]) -> None:
    """The result stands as a sentence with each excess in its unit, and generated data is named."""
    language, _, parsed = page
    assert "Alle Wohnungen erfunden." in parsed.text
    assert {
        "de": "10 von 19 Personen untergebracht, Regeln überschritten: one-flat um 1 Wohnung und fifteen-per-space um "
        "2 Personen, alle übrigen Regeln eingehalten, bewiesen optimal.",
        "en": "10 of 19 persons placed, rules exceeded: one-flat by 1 flat and fifteen-per-space by 2 persons, "
        "all other rules kept, proven optimal.",
    }[language] in parsed.text


def test_reasons_are_grouped_before_they_are_listed(page: tuple[str, str, Page]) -> None:
    """Each reason with its households and persons, then the household numbers."""
    _, _, parsed = page
    assert parsed.text.index("no unit holds 6 persons") < parsed.text.index("H3 (6)")
    assert "H6 (3)" in parsed.text


def test_sources_and_reproduction(page: tuple[str, str, Page]) -> None:
    """Licence and date of the data, the command with quoted arguments, and the hashes of all inputs."""
    language, _, parsed = page
    for text in ("CC-BY-4.0", "2024-01-31", "ab" * 32, "allocator 0.1.0"):
        assert text in parsed.text
    assert f"allocator run '../hand made.yaml' --set rules.one-flat.soft=10 --language {language}" in parsed.text


def test_rules_say_what_the_recount_found() -> None:
    """Two flats in B1 are one over; Altstadt is two over fifteen; the site's excess of today is told apart."""
    rows = {row["name"]: row for row in rule_rows(hand_made_plan(), "en")}
    assert rows["one-flat"]["state"] == "breached"
    assert rows["one-flat"]["findings"][0] == "exceeded at 1 of 4 places, by 1 flat in all"
    assert rows["one-flat"]["findings"][1] == "most: B1 (1)"
    assert rows["fifteen-per-space"]["findings"][:2] == [
        "exceeded at 1 of 3 places, by 2 persons in all",
        "most: Altstadt [S1] (2)",
    ]
    existing = "1 over the limit already today (by 8 persons); nothing is added there"
    assert rows["fifteen-per-space"]["findings"][3] == existing
    assert rows["twenty-per-site"]["state"] == "existing"
    assert rows["twenty-per-site"]["findings"][0] == "kept"
    assert "(by 3 persons)" in rows["twenty-per-site"]["findings"][2]


def test_a_soft_rule_may_be_exceeded_further_where_it_is_today() -> None:
    """Altstadt is three over ten today and four more afterwards: the report does not claim that nothing is added."""
    plan = hand_made_plan()
    plan.scenario.rules = {"ten": Cap(count="persons", per="social_space", at_most=10, soft=1)}
    findings = rule_rows(plan, "en")[0]["findings"]
    assert findings[0] == "exceeded at 1 of 3 places, by 4 persons in all"
    assert findings[-1] == "2 over the limit already today (by 16 persons)"


def test_a_rule_on_pairs_has_no_place_at_its_limit() -> None:
    """H2's flat of 80 m² suits four persons and nobody is placed against the rule: it is kept, no more is said."""
    plan = hand_made_plan()
    plan.scenario.rules = {"fit": Fit(spare_persons=3)}
    assert rule_rows(plan, "de")[0]["findings"] == ["eingehalten"]


def test_a_city_without_districts_is_shown_by_social_space() -> None:
    """Without districts the table of areas holds the social spaces."""
    spaces = hand_made_city().social_spaces.assign(district_id="")
    plan = hand_made_plan()
    plan.scenario.city = hand_made_city(social_spaces=spaces)
    parsed = Page(report_html(plan, "en"))
    assert "Altstadt" in parsed.text
    assert "3 social spaces in 0 districts" in parsed.text


def test_written_as_it_was_made(tmp_path: Path) -> None:
    """The file is UTF-8 with one kind of line end, German by default, and the same plan gives the same bytes."""
    write_report(hand_made_plan(), tmp_path / "report.html")
    data = (tmp_path / "report.html").read_bytes()
    assert data.decode("utf-8") == report_html(hand_made_plan(), "de")
    assert b"\r" not in data


def test_a_plan_without_goals_rules_or_result() -> None:
    """A plan made by hand, with nothing in its result, still gives a report."""
    plan = hand_made_plan(goals=[], rules=[], inputs=[], versions={}, notes=[])
    plan.scenario.rules = {}
    plan.result.pop("scenario")
    html = report_html(plan, "en")
    assert WORDS["en"]["none_rules"] in html
    assert "allocator run hand.yaml" in html


def test_everybody_placed() -> None:
    """Without unplaced households the report says so instead of showing an empty table."""
    plan = hand_made_plan()
    plan.allocation["unit_id"] = "U1"
    assert WORDS["en"]["unplaced_none"] in report_html(plan, "en")


def test_social_spaces_stand_under_their_district() -> None:
    """Altstadt 10 + 3 today and 17 afterwards; Tal 23 and 22; the fair shares are a quarter, a half and a quarter."""
    html = report_html(hand_made_plan(), "de")
    table = html[html.index('<table class="areas spaces">') :]
    table = table[: table.index("</table>")]
    assert re.findall(r'scope="rowgroup"[^>]*>([^<]*)<', table) == ["D1", "D2"]
    rows = [re.findall(r"<th scope=\"row\">(\S+).*?</th>(.*?)</tr>", table, flags=re.DOTALL)]
    cells = {name: re.findall(r'<td class="n">([^<]*)</td>', row) for name, row in rows[0]}
    assert list(cells) == ["Altstadt", "Berg", "Tal"]
    spaces = hand_made_plan().areas.set_index("place_id")
    assert cells["Altstadt"][1:4] == ["13", "17", "+4"]
    assert cells["Tal"][0:3] == [f"{spaces.loc['S3', 'residents_after']}", "23", "22"]
    assert cells["Altstadt"][4:6] == ["12,62 %", "15,89 %"]
    assert cells["Berg"][8] == f"{spaces.loc['S2', 'free']}"


def test_a_space_without_a_district_is_told_last() -> None:
    """Tal lies in no district: it stands under a heading that says so, after the district."""
    plan = hand_made_plan()
    plan.scenario.city = hand_made_city(
        social_spaces=hand_made_city().social_spaces.assign(district_id=["D1", "D1", ""])
    )
    html = report_html(plan, "en")
    assert re.findall(r'scope="rowgroup"[^>]*>([^<]*)<', html) == ["D1", "Without a district"]


def test_every_table_has_a_caption_and_headers(page: tuple[str, str, Page]) -> None:
    """Readers who hear the report are told what each table holds, and each row and column has a header with a scope."""
    _, html, _ = page
    tables = re.findall(r"<table.*?</table>", html, flags=re.DOTALL)
    assert len(tables) >= 8
    for table in tables:
        assert re.search(r"<caption[^>]*>[^<]+</caption>", table)
        assert not re.search(r"<th(?! scope=)[ >]", table)
        body = table[table.index("<tbody>") :]
        for row in re.findall(r"<tr.*?</tr>", body, flags=re.DOTALL):
            assert re.search(r'<th scope="row(group)?"', row), row


def test_background_of_rules_is_told_in_the_language(page: tuple[str, str, Page]) -> None:
    """What is said of where a rule comes from stands in the language of the report."""
    language, _, parsed = page
    assert {"de": "50 Personen je Standort", "en": "50 persons per site"}[language] in parsed.text
