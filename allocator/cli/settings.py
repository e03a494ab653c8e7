"""What all commands have in common."""

from __future__ import annotations

from typing import Any

import click

__all__ = ["SETTINGS", "Between"]

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
