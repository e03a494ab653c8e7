"""The house: who may know whom, read from the imports of every file."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "allocator"
ORDER = (
    "wording", "errors", "proof", "whole_files", "strict_yaml", "city", "access", "ledger", "rules", "goals",
    "decisions", "scenario", "model", "solve", "indicators", "plan", "verify", "publication", "report", "explain",
    "maps", "compare", "runs", "why", "sweep", "frontier", "cli",
)  # fmt: skip
"""The rooms in the order in which a plan passes them; a room knows only rooms before it. `why` asks again of a plan
that is written: it solves again, and neither maps nor reports know it."""
SAME_ROOM = {"profiles": "scenario"}
"""Profiles are scenarios that are shipped: they are read by the scenario's schema and used by its loading."""
STRANGERS = {
    "model": {"scenario", "solve"},
    "verify": {"model", "solve", "scenario", "plan"},
    "indicators": {"model", "solve", "scenario"},
    "plan": {"model", "solve"},
    "publication": {"model", "solve", "scenario"},
    "report": {"model", "solve"},
    "explain": {"model", "solve", "scenario"},
    "maps": {"model", "solve", "scenario"},
    "compare": {"model", "solve", "scenario"},
}
"""Rooms before it that a room must not know all the same: the mathematics knows no files, and nothing that looks at a
plan knows how it was made."""
ALONE = {"pulp": {"solve"}, "highspy": {"solve"}, "osmnx": {"access"}, "osmium": {"access"},
         "rapidfuzz": {"access"}, "folium": {"maps"}, "xlsxwriter": {"report"}, "click": {"cli"}}  # fmt: skip
"""Libraries that only some rooms may import."""
HEAVY = (
    "numpy",
    "pandas",
    "geopandas",
    "shapely",
    "scipy",
    "pydantic",
    "pulp",
    "highspy",
    "folium",
    "pyogrio",
    "osmnx",
    "osmium",
    "rapidfuzz",
)
LONGEST = 400


def module_name(path: Path) -> str:
    """`allocator/rules/cap.py` → `allocator.rules.cap`."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """The room of a module of the package; empty for the package itself."""
    parts = module.split(".")
    return SAME_ROOM.get(parts[1], parts[1]) if len(parts) > 1 else ""


@cache
def tree_of(path: Path) -> ast.Module:
    """A file of the package, parsed once for all tests."""
    return ast.parse(path.read_text(encoding="utf-8"))


class Imports(ast.NodeVisitor):
    """All modules that a file imports, at its head or later, without those that only annotations need."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_If(self, node: ast.If) -> None:
        """Skip `if TYPE_CHECKING:`; its imports never happen."""
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        """Statements alone: no import stands in an expression, and those are nine tenths of a file."""
        for part in ("body", "handlers", "orelse", "finalbody", "cases"):
            for statement in getattr(node, part, ()):
                self.visit(statement)

    def visit_Import(self, node: ast.Import) -> None:
        """`import a.b`."""
        self.found |= {alias.name for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """`from a.b import c`: a.b, and a.b.c in case that c is a module."""
        assert node.level == 0, "imports name the whole package"
        self.found.add(node.module or "")
        self.found |= {f"{node.module}.{alias.name}" for alias in node.names}


@cache
def imports() -> dict[str, frozenset[str]]:
    """What each module of the package imports."""
    result = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        visitor = Imports()
        visitor.visit(tree_of(path))
        result[module_name(path)] = frozenset(visitor.found)
    return result


def within(module: str) -> set[str]:
    """The modules of the package that a module imports, with the packages that hold them."""
    known = imports()
    direct = {name for name in imports()[module] if name in known}
    return direct | {name.rpartition(".")[0] for name in direct if name.count(".") > 1}


def reachable(module: str) -> set[str]:
    """Everything of the package that a module imports, directly or through others."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        for name in within(waiting.pop()) - seen:
            seen.add(name)
            waiting.append(name)
    return seen


def rooms() -> set[str]:
    """Every room that there is."""
    return {room_of(module) for module in imports()} - {"", "start", "__main__"}


def test_every_room_has_its_place() -> None:
    """Every folder and file of the package stands in the order of rooms: a new one must be given its place here."""
    assert rooms() <= set(ORDER)


@pytest.mark.parametrize("room", ORDER)
def test_a_room_knows_only_rooms_before_it(room: str) -> None:
    """No module imports one of a later room, nor of a room that must stay a stranger."""
    earlier = set(ORDER[: ORDER.index(room)]) | {room, ""}
    for module in imports():
        if room_of(module) == room:
            known = {room_of(name) for name in within(module)}
            assert known <= earlier - STRANGERS.get(room, set()), module


@pytest.mark.parametrize("start", ["allocator.verify", "allocator.ledger", "allocator.rules", "allocator.goals"])
def test_the_recount_shares_nothing_with_the_model(start: str) -> None:
    """Nothing that recounts a plan reaches the model or the solver, over however many imports."""
    modules = [module for module in imports() if module == start or module.startswith(f"{start}.")]
    for module in modules:
        assert not {room_of(name) for name in reachable(module)} & {"model", "solve"}, module


def test_the_checks_of_this_file_see_what_they_should() -> None:
    """The imports that are read are the real ones: the solver's room reaches the model, and pulp is found in it."""
    assert "allocator.model.build" in reachable("allocator.solve.stages")
    assert "pulp" in imports()["allocator.solve.through_pulp"]
    assert "allocator.rules.base" in within("allocator.rules.cap")
    assert room_of("allocator.profiles.reading") == "scenario"


@pytest.mark.parametrize("library", ALONE)
def test_some_libraries_have_one_room(library: str) -> None:
    """Only solve/ imports pulp and highspy, only access/ osmnx, osmium and rapidfuzz, only maps/ folium, only cli/ click."""
    for module, names in imports().items():
        if any(name.split(".")[0] == library for name in names):
            assert room_of(module) in ALONE[library], module


def loaded_after(code: str) -> set[str]:
    """The heavy libraries that are loaded in a new Python after some code."""
    check = f"import sys\n{code}\nprint('loaded', *(name for name in {HEAVY!r} if name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    return set(run.stdout.strip().splitlines()[-1].split()[1:])


def test_importing_the_package_is_cheap() -> None:
    """`import allocator` loads no heavy library."""
    assert loaded_after("import allocator") == set()


def test_asking_for_help_is_cheap() -> None:
    """`allocator --help`, and the help of a command, load no library for geometry, maps or solving."""
    for words in (["--help"], ["run", "--help"], ["check", "--help"], ["data", "osm", "--help"]):
        call = "from allocator.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass"
        code = f"sys.argv = ['allocator', *{words!r}]\n{call}"
        assert not loaded_after(code) & {
            "geopandas",
            "shapely",
            "pyogrio",
            "folium",
            "pulp",
            "highspy",
            "osmnx",
            "osmium",
            "rapidfuzz",
            "scipy",
        }


def test_the_library_that_makes_the_environment_needs_nothing() -> None:
    """`start.py` runs with nothing but Python: it imports the standard library alone."""
    assert {name.split(".")[0] for name in imports()["allocator.start"]} <= set(sys.stdlib_module_names)


def test_no_file_is_too_long() -> None:
    """No file of the package has more than 400 lines; beyond 300 it asks to be two."""
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_module_says_what_it_is_for() -> None:
    """Every file of the package begins with a docstring."""
    for path in PACKAGE.rglob("*.py"):
        assert ast.get_docstring(tree_of(path)), path


def test_nothing_hides_in_modules() -> None:
    """No function rebinds a name of its module: there is no `global` anywhere."""
    for path in PACKAGE.rglob("*.py"):
        assert not any(isinstance(node, ast.Global) for node in ast.walk(tree_of(path))), path
