"""What all commands have in common."""

from __future__ import annotations

from typing import Any

__all__ = ["SETTINGS"]

SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
"""Context settings of every command and group. A command would take `-h` from its group too, but click makes the help
option once and keeps it: a command that was first called alone would know `--help` only."""
