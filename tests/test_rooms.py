"""The three rooms and the repository as a whole."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("intents", "training", "bot")
"""A room imports from itself and from those before it."""
SKIPPED = {".git", ".venv", "data", "build", "__pycache__"}


def modules(room: str) -> list[Path]:
    """Every Python file of a room."""
    return sorted(path for path in (ROOT / room).rglob("*.py") if "__pycache__" not in path.parts)


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(line, module) of every import of a file, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "__import__",
            "import_module",
            "importlib.import_module",
        ):
            yield node.lineno, "".join(ast.literal_eval(a) for a in node.args if isinstance(a, ast.Constant))


def offences(room: str, forbidden: set[str]) -> list[str]:
    """Imports of forbidden top-level packages, as file:line module."""
    return [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in modules(room)
        for line, name in imported(path)
        if name.split(".")[0] in forbidden
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_itself_and_the_rooms_before_it(room: str) -> None:
    assert modules(room)
    assert offences(room, {*ROOMS[ROOMS.index(room) + 1 :], "tests"}) == []


@pytest.mark.parametrize("room", ROOMS)
def test_imports_are_absolute_so_that_they_can_be_read(room: str) -> None:
    assert offences(room, {""}) == []


def test_serving_needs_no_scikit_learn() -> None:
    assert offences("intents", {"sklearn", "scipy", "joblib"}) == []


def test_what_is_known_reaches_neither_network_nor_database() -> None:
    forbidden = {"socket", "http", "urllib", "httpx", "requests", "sqlalchemy", "sqlite3", "telegram"}
    assert offences("intents", forbidden) == []


def test_only_the_bot_reaches_network_and_database() -> None:
    assert offences("training", {"socket", "http", "httpx", "requests", "sqlalchemy", "telegram"}) == []


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_is_ever_unpickled(room: str) -> None:
    assert offences(room, {"pickle", "joblib", "dill", "marshal", "shelve"}) == []


def files() -> list[Path]:
    """Every file of the repository that is not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode == 0:
        found = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:  # an unpacked archive
        found = [path for path in ROOT.rglob("*") if not SKIPPED & set(path.relative_to(ROOT).parts)]
    return [path for path in found if path.is_file()]


def test_nothing_names_a_path_outside_the_repository_or_a_home_folder() -> None:
    roots = "|".join(("home", "root", "Users", "work", "mnt", "opt", "srv", "workspace"))
    outside = re.compile(rf"(?<![\w./:~{{}}-])/(?:{roots})/[\w.-]+|(?<![\w/])~/\w|[A-Z]:\\\\?Users")
    found = []
    for path in files():
        try:
            lines = path.read_text(encoding="utf8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{i} {match.group()}"
            for i, line in enumerate(lines, 1)
            for match in outside.finditer(line)
        ]
    assert found == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for room in (*ROOMS, "tests")
        for path in modules(room)
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf8")))
    ]
    assert silent == []


def public(
    node: ast.Module | ast.ClassDef,
) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """The functions and classes that others can reach: those inside a function are its own business."""
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if child.name.startswith("_"):
                continue
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)


def test_every_public_function_and_class_of_the_rooms_has_a_docstring() -> None:
    silent = []
    for path in (path for room in ROOMS for path in modules(room)):
        silent += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for node in public(ast.parse(path.read_text(encoding="utf8")))
            if not ast.get_docstring(node)
        ]
    assert silent == []
