"""Files that a command is told to write: asked for before any work."""

from __future__ import annotations

from pathlib import Path

from allocator.errors import UsageError

__all__ = ["check_target", "refuse_sites"]


def check_target(path: Path, what: str) -> None:
    """Raise UsageError if a file cannot be written there; nothing is changed by asking. `what` names the content."""
    try:
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise UsageError(f"{what} cannot be written to {path}; name a file in a folder that exists")
        there = path.exists() or path.is_symlink()
        with path.open("ab"):
            pass
        if not there:
            path.unlink()
    except (OSError, ValueError) as error:
        if isinstance(error, UsageError):
            raise
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UsageError(f"{what} cannot be written to {path}: {reason}; name another file") from error


def refuse_sites(public: bool, sites_from: int | None) -> None:
    """Raise UsageError where sites are chosen for what is internal and shows them all."""
    if sites_from is not None and not public:
        raise UsageError("--sites-from says which sites the public may know; add --public")
