"""A floor of the package imports only from itself and from those below it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import multivector

PACKAGE = Path(multivector.__file__).parent
#: From the ground up; those of one line may know each other. CONTRIBUTING.md shows the same.
FLOORS = (
    ("caching", "lean", "numerics", "streams"),
    ("kernels",),
    ("parameters", "scenario"),
    ("agents", "politics"),
    ("model", "outcomes", "tables", "ensemble"),
    ("lab",),
    ("show",),
    ("teach",),
    ("app",),
    ("cli",),
)
LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names}


def imported(file: Path) -> Iterator[tuple[int, str]]:
    """(line, floor) of every import of this package, those within functions too.

    Left out is what only type checkers see: an agent knows the type of its model, as usual with Mesa.
    """
    waiting: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        waiting.extend(ast.iter_child_nodes(node))
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom) and node.module == "multivector":
            names = [f"multivector.{one.name}" for one in node.names]
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "multivector" and len(parts) > 1 and not parts[1].startswith("_"):
                yield node.lineno, parts[1]


@pytest.mark.parametrize("floor", LEVEL)
def test_imports_run_one_way(floor: str) -> None:
    files = (
        [PACKAGE / f"{floor}.py"] if (PACKAGE / f"{floor}.py").is_file() else sorted((PACKAGE / floor).rglob("*.py"))
    )
    assert files
    upward = [
        f"{file.relative_to(PACKAGE).as_posix()}:{line} imports {other}"
        for file in files
        for line, other in imported(file)
        if LEVEL[other] > LEVEL[floor]
    ]
    assert not upward


def test_every_module_has_a_floor() -> None:
    there = {
        path.stem for path in PACKAGE.iterdir() if path.name[0] not in "_." and (path.suffix == ".py" or path.is_dir())
    }
    assert there == set(LEVEL)
