"""What all commands have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

__all__ = ["SETTINGS", "Between", "language_option", "sites_option"]

SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
"""Context settings of every command and group. A command would take `-h` from its group too, but click makes the help
option once and keeps it: a command that was first called alone would know `--help` only."""


class Between(click.FloatRange):
    """A number between two others; `nan`, which a range of click lets through, is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number; click's own error for what is none or outside."""
        number = super().convert(value, param, ctx)
        if number != number:
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


def language_option(about: str, default: str | None = None) -> Callable[[Any], Any]:
    """The option `--language`, or `--lang` for short, the same on every command that has one."""
    return click.option(
        "--language", "--lang", "language", type=click.Choice(["en", "de"]), default=default,
        show_default=default is not None, help=about,
    )  # fmt: skip


def sites_option(command: Any) -> Any:
    """The option `--sites-from`: which sites a publication names."""
    return click.option(
        "--sites-from", type=click.IntRange(min=50), metavar="PERSONS",
        help="In what is public, name sites of at least so many persons (50 or more), without their numbers and "
        "coordinates. Default: no site is named.",
    )(command)  # fmt: skip
