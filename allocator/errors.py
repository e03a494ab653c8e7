"""Errors and findings: each says what is wrong, where it stands, and what to do about it.

A *finding* is one defect of the input. Findings are collected, never raised one by one, so that a user sees all
of them at once. An *error* ends a command; every error of this package derives from `AllocatorError` and from the
builtin that fits, and carries the exit status that the command line returns.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from allocator.wording import in_language

__all__ = [
    "AllocatorError",
    "Finding",
    "Findings",
    "InfeasibleError",
    "InputError",
    "OutputExistsError",
    "SolverError",
    "UsageError",
    "VerificationError",
    "did_you_mean",
]


_WORDS = {
    "en": {"table": "table", "row": "row", "column": "column", "key": "key", "error": "error", "note": "note"},
    "de": {"table": "Tabelle", "row": "Zeile", "column": "Spalte", "key": "Schlüssel", "error": "Fehler",
           "note": "Hinweis"},
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One defect of the input.

    `severity` is `error` (nothing can be planned before it is mended) or `note` (the plan goes on, the reader should
    know). `file`, `line`, `table`, `row` (the id of the row, or its number when it has none) and `column` (or the
    dotted key of a scenario) say where; `what` is wrong; `remedy` says what to do.
    """

    what: str
    remedy: str = ""
    file: str = ""
    line: int | None = None
    table: str = ""
    row: str = ""
    column: str = ""
    severity: Literal["error", "note"] = "error"

    @property
    def where(self) -> str:
        """The place in one line: `households.csv, table households, row H012, column persons`."""
        return self._where("en")

    def _where(self, language: str) -> str:
        words = _WORDS[language]
        parts = [f"{self.file}:{self.line}" if self.file and self.line else self.file]
        if self.table:
            parts.append(f"{words['table']} {self.table}")
        if self.row:
            parts.append(f"{words['row']} {self.row}")
        if self.column:
            parts.append(f"{words['column' if self.table else 'key']} {self.column}")
        return ", ".join(part for part in parts if part)

    def told(self, language: str) -> str:
        """The finding in one line of a language, as far as it has one in it: where, what, and what to do."""
        what, remedy, where = (*(in_language(one, language) for one in (self.what, self.remedy)), self._where(language))
        parts = (_WORDS[language][self.severity], where, what)
        head = ": ".join(part for part in parts if part)
        return f"{head} → {remedy}" if remedy else head

    def __str__(self) -> str:
        return self.told("en")

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain data, empty places left out."""
        return {key: value for key, value in asdict(self).items() if value not in ("", None)}


@dataclass
class Findings:
    """Collects findings; `raise_if_errors` ends the collecting."""

    items: list[Finding] = field(default_factory=list)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def error(self, what: str, remedy: str = "", **where: Any) -> None:
        """Add a defect that stops the plan."""
        self.items.append(Finding(what, remedy, severity="error", **where))

    def note(self, what: str, remedy: str = "", **where: Any) -> None:
        """Add something that a reader should know and that stops nothing."""
        self.items.append(Finding(what, remedy, severity="note", **where))

    def extend(self, findings: Iterable[Finding]) -> None:
        """Add findings collected elsewhere."""
        self.items.extend(findings)

    @property
    def errors(self) -> list[Finding]:
        """The findings that stop the plan."""
        return [finding for finding in self.items if finding.severity == "error"]

    @property
    def notes(self) -> list[Finding]:
        """The findings that stop nothing."""
        return [finding for finding in self.items if finding.severity == "note"]

    def raise_if_errors(self) -> None:
        """Raise `InputError` with all findings if at least one of them is an error."""
        if self.errors:
            raise InputError(self.items)


class AllocatorError(Exception):
    """Base of every error of this package; `exit_status` is what the command line returns."""

    exit_status = 1


class InputError(AllocatorError, ValueError):
    """The input has findings that stop the plan; `findings` holds all of them."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class VerificationError(AllocatorError, AssertionError):
    """The recount of a plan differs from what the plan says of itself, or a hard limit is broken."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class UsageError(AllocatorError, ValueError):
    """The command was called in a way that it does not understand."""

    exit_status = 2


class InfeasibleError(AllocatorError, ValueError):
    """No plan keeps all hard rules; `missing` says in rule words what is missing, and how much."""

    exit_status = 3

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = list(missing)
        super().__init__("no plan keeps all hard rules: " + "; ".join(self.missing))


class OutputExistsError(AllocatorError, FileExistsError):
    """The output folder exists and nobody asked to overwrite it."""

    exit_status = 2


class SolverError(AllocatorError, RuntimeError):
    """No solver is installed, or the solver failed."""

    exit_status = 5


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The nearest known name as a remedy, else the list of known names (at most 12)."""
    names = sorted({str(name) for name in known})
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(str(word).casefold(), list(folded), n=1, cutoff=0.6)
    if near:
        return f"did you mean '{folded[near[0]]}'?"
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"known: {shown}" if names else ""
