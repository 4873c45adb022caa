"""What is wrong with a scenario, said so that its author can put it right.

A `Problem` names the file, the line, the offending key, what is wrong and the nearest right key. A scenario
is refused with `ScenarioErrors`, which carries every problem found in one pass. Warnings are problems too,
but they do not stop a run.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

__all__ = ["Problem", "ScenarioErrors", "nearest"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong (or, as a warning, doubtful) in a scenario.

    `file` is a path, or the command-line option that brought the value (`--set`); `line` counts from 1 and is
    None where there is no line; `key` is dotted (`powers.russia.pressure`), timeline entries go by their id
    (`timeline.recognition.wishes`); `suggestion` is what the author may have meant, or an empty text.
    """

    file: str
    line: int | None
    key: str
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        """Give the usual form `file:line: key: message; did you mean ...?` on one line."""
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        parts = [part for part in (where, self.key) if part]
        hint = f"; did you mean `{self.suggestion}`?" if self.suggestion else ""
        return f"{': '.join([*parts, self.message])}{hint}"

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the five fields as plain data, the shape that `--json` prints."""
        return {
            "file": self.file,
            "line": self.line,
            "key": self.key,
            "message": self.message,
            "suggestion": self.suggestion,
        }


class ScenarioErrors(Exception):
    """A scenario cannot be used; `problems` lists everything that is wrong with it."""

    thing: ClassVar[str] = "scenario"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems: list[Problem] = list(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Count the problems, then give one line to each."""
        count = len(self.problems)
        head = f"{count} problem{'' if count == 1 else 's'} in the {self.thing}:"
        return "\n".join([head, *(f"  {problem}" for problem in self.problems)])


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word closest to `word`, or an empty text when none is close."""
    names = list(dict.fromkeys(known))
    folded = {name.lower(): name for name in reversed(names)}
    matches = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
    return folded[matches[0]] if matches else ""
