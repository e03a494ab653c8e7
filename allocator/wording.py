"""Texts that are said in English and in German.

A `Text` is its English form wherever a text is expected: in findings, on the command line, in files that machines read.
Pages ask for the language that they are written in.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Text", "in_language", "text_of", "written"]


class Text(str):
    """A text in English with its German form."""

    __slots__ = ("german",)
    german: str

    def __new__(cls, english: str, german: str) -> Text:
        """`english` is what the text is for everybody who does not ask."""
        made = super().__new__(cls, english)
        made.german = german
        return made

    def __getnewargs__(self) -> tuple[str, str]:
        """Both forms survive a copy, and the way to another process."""
        return str(self), self.german


def in_language(text: str, language: str) -> str:
    """The form of a text in a language; a text with one form is that form in every language."""
    return text.german if language == "de" and isinstance(text, Text) else str(text)


def text_of(value: Any) -> Text | None:
    """The text that a file says as `{en: …, de: …}`; None if the value is anything else."""
    if not isinstance(value, dict) or set(value) != {"de", "en"}:
        return None
    english, german = value["en"], value["de"]
    if not all(isinstance(form, str) and form.strip() for form in (english, german)):
        return None
    return Text(english.strip(), german.strip())


def written(text: str) -> str | dict[str, str]:
    """What a file says of a text, so that `text_of` reads it again; a text with one form as it is."""
    return {"en": str(text), "de": text.german} if isinstance(text, Text) else text
