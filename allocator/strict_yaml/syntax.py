"""What the YAML parser objects to, in plain words."""

from __future__ import annotations

from typing import Any

from allocator.errors import Findings

__all__ = ["report_syntax"]

_WORDS = (
    # Part of the parser's own words; what is wrong; what to do; whether the line is that where the trouble began.
    ("character '\\t'", "a tab stands where YAML expects a blank", "use blanks", False),
    ("mapping values are not allowed", "a second ': ' in one line, or a line that is indented wrongly",
     "put text with ': ' in quotes, and indent keys of one level alike", False),
    ("could not find expected ':'", "a key without ':'", "write key: value", True),
    ("cannot start any token", "a value begins with a sign that YAML keeps for itself", "put it in quotes", False),
    ("unknown escape character", "a backslash in double quotes", "use single quotes, or / in paths", False),
    ("undefined tag handle", "a tag (!) is not read", "remove it; write text in quotes", False),
    ("found unexpected end of stream", "a quotation mark is opened and not closed", "close it", True),
    ("found unexpected document separator", "a quotation mark is opened and not closed", "close it", True),
    ("sequence entries are not allowed", "a list item (-) where no list can stand",
     "begin the list in a line of its own", False),
    ("alphabetic or numeric character", "a value begins with & or *", "put it in quotes", False),
    ("chomping or indentation", "text follows | or > in the same line", "put it in quotes or into the next line",
     False),
    ("expected URI", "a tag (!) is not read", "remove it; write text in quotes", False),
    ("'<stream end>'", "a bracket is opened and not closed", "close it", True),
    ("expected ',' or", "a bracket is opened and not closed, or a comma is missing", "close it", True),
    ("expected '<document start>'", "something follows after the end", "remove what stands too much", False),
    ("expected the node content", "a value is missing, or a comma or bracket is too much", "write the value", False),
    ("expected <block end>", "a line that is indented wrongly, or a bracket too much",
     "indent keys of one level alike, and close only brackets that are open", False),
)  # fmt: skip


def report_syntax(error: Any, text: str, file: str, findings: Findings) -> None:
    """Add one finding for an error of the parser (`ruamel.yaml.YAMLError`), with its line."""
    problem = str(getattr(error, "problem", "") or "")
    mark, began = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    line = mark.line + 1 if mark is not None else None
    if mark is None and isinstance(getattr(error, "position", None), int):
        line = text.count("\n", 0, error.position) + 1
        findings.error("a control character", "remove it", file=file, line=line)
        return
    for part, what, remedy, at_beginning in _WORDS:
        if part in problem:
            line = began.line + 1 if at_beginning and began is not None else line
            findings.error(what, remedy, file=file, line=line)
            return
    findings.error(f"is not YAML: {problem or 'it cannot be read'}", "compare the line with the example in the README",
                   file=file, line=line)  # fmt: skip
