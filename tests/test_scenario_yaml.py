"""Strict YAML: what two readers could understand in two ways is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import Findings, InputError
from allocator.strict_yaml.reading import DEEPEST, LARGEST, parse_yaml_text, read_yaml
from allocator.strict_yaml.scalars import Refused, bare_value


def messages(text: str) -> list[tuple[int | None, str]]:
    """Line and text of each finding in a YAML text."""
    findings = Findings()
    parse_yaml_text(text, "x.yaml", findings)
    return [(finding.line, finding.what) for finding in findings]


def test_values_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    """Text, numbers, flags, nothing, lists and days come out as YAML 1.2 says, a byte order mark is no matter."""
    path = tmp_path / "a.yaml"
    text = "a: 1\nb: 1.5e1\nc: true\nd:\ne: [x, 'no', \"010\"]\nf: 2017-11-22\ng: 1,5\nh: ~\ni: |\n  one\n  two\n"
    path.write_text(text, encoding="utf-8-sig")
    assert read_yaml(path).data == {
        "a": 1, "b": 15.0, "c": True, "d": None, "e": ["x", "no", "010"], "f": "2017-11-22", "g": "1,5", "h": None,
        "i": "one\ntwo\n",
    }  # fmt: skip


def test_lines_are_found_by_path_and_by_dotted_key(tmp_path: Path) -> None:
    """Every key and list item has its line, and a missing key has the line of its parent."""
    path = tmp_path / "a.yaml"
    path.write_text("tables:\n  units:\n    source: u.csv\nuse:\n  - one\n  - two\n", encoding="utf-8")
    document = read_yaml(path)
    data, lines = document
    assert data["use"] == ["one", "two"]
    assert lines["tables", "units", "source"] == 3
    assert lines["use", 1] == 6
    assert document.line("tables.units.source") == 3
    assert document.line("tables.units.layer") == 2
    assert document.line(("use", 0)) == 5


def test_all_findings_come_at_once() -> None:
    """A text with six defects gives six findings, in the order of their lines."""
    found = messages("a: &x 010\nb: *x\nc: !!str 5\na: off\n5: 1\n")
    assert [line for line, _ in found] == [1, 1, 2, 3, 4, 4, 5]
    assert "leading zeros" in found[1][1]
    assert "'off'" in found[4][1]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 'x\n", 2, "quotation mark"),
        ("a: 1\n b: 2\n", 2, "indented wrongly"),
        ("a: [1\nb: 2\n", 1, "bracket"),
        ("a: {b: 1}}\n", 1, "bracket too much"),
        ('city: "C:\\data"\n', 1, "backslash"),
        ("a: 1\nb: @x\n", 2, "sign that YAML keeps"),
        ("a: 1\nb\n", 2, "key without ':'"),
        ("a: 1\nb: \x07\n", 2, "control character"),
        ("%YAML 1.1\n---\na: 1\n", 1, "directive"),
        ("? [a]\n: 1\n", 1, "a key must be text"),
        (": 1\n", 1, "a key is empty"),
        ("true: 1\n", 1, "must be text"),
        ("a:\t1\n", 1, "a tab"),
    ],
)
def test_syntax_is_explained_in_plain_words(text: str, line: int, words: str) -> None:
    """What is no YAML has a finding with its line, in words that a planner understands."""
    ((found_line, what),) = messages(text)
    assert found_line == line
    assert words in what


@pytest.mark.parametrize("text", ["010", "-007", "00", "007.5", "0x1F", "0o17", "0b1", "1_000", ".inf", "-.INF", ".NaN",
                                  "1e999", "9" * 50, "yes", "No", "ON", "off"])  # fmt: skip
def test_ambiguous_words_are_refused(text: str) -> None:
    """Numbers in other bases, endless ones and bare yes or no are refused with what to write instead."""
    value = bare_value(text)
    assert isinstance(value, Refused)
    assert value.remedy


@pytest.mark.parametrize(("text", "number"), [("010", "10"), ("-007.50", "-7.50"), ("00", "0"), ("00.5", "0.5")])
def test_remedy_names_the_number_that_was_meant(text: str, number: str) -> None:
    """A number with leading zeros is shown without them."""
    assert bare_value(text).remedy.startswith(f"write {number},")


def test_files_that_cannot_be_read_are_findings(tmp_path: Path) -> None:
    """No file, a folder, Windows-1252, a huge and an empty file each end in one finding."""
    (tmp_path / "latin.yaml").write_bytes("a: 1\nname: Köln\n".encode("cp1252"))
    (tmp_path / "huge.yaml").write_bytes(b"#" * (LARGEST + 1))
    (tmp_path / "empty.yaml").touch()
    (tmp_path / "folder.yaml").mkdir()
    said = {}
    for name in ("none", "latin", "huge", "empty", "folder"):
        with pytest.raises(InputError) as caught:
            read_yaml(tmp_path / f"{name}.yaml")
        (said[name],) = caught.value.findings
        assert said[name].remedy
    assert (said["latin"].what, said["latin"].line) == ("is not UTF-8 text", 2)
    assert "no such file" in said["none"].what
    assert "256 KiB" in said["huge"].what
    assert "empty" in said["empty"].what
    assert "folder" in said["folder"].what


def test_nearest_file_is_named(tmp_path: Path) -> None:
    """A misspelt file name is answered with the nearest YAML file of the folder."""
    (tmp_path / "muenster.yaml").write_text("title: T\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"did you mean 'muenster.yaml'"):
        read_yaml(tmp_path / "munster.yaml")


def test_bombs_do_not_go_off() -> None:
    """Aliases that would multiply, and deep nesting, are refused without being followed."""
    pairs = zip("abcdefg", "bcdefgh", strict=True)
    bomb = "a: &a [x, x]\n" + "".join(f"{new}: &{new} [*{old}, *{old}]\n" for old, new in pairs)
    assert any("alias" in what for _, what in messages(bomb))
    assert messages("[" * 300) == [(1, f"more than {DEEPEST} levels of nesting")]


@given(st.text(alphabet=st.sampled_from("ab01:-[]{},#&*!|>'\"%@` \n\t~?.é\x00\\<"), max_size=60))
def test_no_text_ends_in_a_traceback(text: str) -> None:
    """Whatever stands in a file is a value or findings with a line, never an exception."""
    findings = Findings()
    value = parse_yaml_text(text, "x.yaml", findings)
    assert value is not None or findings.errors
    assert all(finding.file == "x.yaml" and finding.remedy for finding in findings)
