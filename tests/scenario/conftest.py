"""Helpers to write small scenario files and to read what is said about them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from multivector.scenario import Problem, Scenario, ScenarioErrors, check, load_scenario

DATA = Path(__file__).parent / "data"


class Desk:
    """A folder with `minimal.yaml` in it, where tests write scenarios."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copy(DATA / "minimal.yaml", folder / "minimal.yaml")
        self.minimal = (folder / "minimal.yaml").read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def child(self, text: str, name: str = "child.yaml") -> Path:
        """Write a scenario that extends the minimal one; `text` follows its first three lines."""
        return self.write(name, f"schema: 1\ntitle: Child\nextends: minimal\n{text}")

    def edited(self, old: str, new: str) -> Path:
        """Write the minimal scenario with one passage changed."""
        assert old in self.minimal, old
        return self.write("edited.yaml", self.minimal.replace(old, new, 1))

    def load(self, text: str = "", **arguments: object) -> Scenario:
        return load_scenario(self.child(text), **arguments)  # type: ignore[arg-type]

    def problems(self, path: Path, **arguments: object) -> list[Problem]:
        with pytest.raises(ScenarioErrors) as caught:
            load_scenario(path, **arguments)  # type: ignore[arg-type]
        return caught.value.problems

    def problem(self, path: Path, **arguments: object) -> Problem:
        """Return the one problem of a file; more than one fails the test."""
        found = self.problems(path, **arguments)
        assert len(found) == 1, "\n".join(map(str, found))
        return found[0]

    def warnings(self, path: Path) -> list[Problem]:
        errors, warnings = check(path)
        assert not errors, "\n".join(map(str, errors))
        return warnings


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path)


@pytest.fixture
def line_of() -> Callable[[Path, str], int]:
    def find(path: Path, fragment: str) -> int:
        lines = path.read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if fragment in line)

    return find
