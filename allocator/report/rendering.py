"""Pages made of templates, as every room that writes some makes them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["rendered"]


def rendered(
    package: str, template: str, content: dict[str, Any], folder: str = "templates", *, last_line_end: bool = False
) -> str:
    """A template in a folder of a package with content in it: text is escaped, and a name without content is an error.

    Each template is read and compiled once in a process. Raises jinja2.UndefinedError for the name.
    """
    return _environment(package, folder, last_line_end).get_template(template).render(content)


@cache
def _environment(package: str, folder: str, last_line_end: bool) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package, folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=last_line_end,
    )
