"""The command line in this process; nothing of one command's logging is left for the next test."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from multivector.cli.app import run_command_line


@pytest.fixture(autouse=True)
def _quiet_log() -> Iterator[None]:
    yield
    root = logging.getLogger("multivector")
    for handler in list(root.handlers):
        root.removeHandler(handler)
    root.propagate = True
    logging.getLogger("multivector.run").setLevel(logging.NOTSET)


class Said(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def error(self, code: int = 2) -> dict[str, Any]:
        """The first of the errors that the command said, which ended with this code."""
        assert self.code == code
        document = self.json
        assert set(document) == {"errors"} and len(document["errors"]) >= 1
        for one in document["errors"]:
            assert set(one) == {"file", "line", "key", "message", "suggestion"}
        first: dict[str, Any] = document["errors"][0]
        return first


Cli = Callable[..., Said]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run the command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MULTIVECTOR_DEBUG", raising=False)

    def call(*arguments: str) -> Said:
        capsys.readouterr()
        code = run_command_line(list(arguments))
        said = capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return Said(code, said.out, said.err)

    return call
