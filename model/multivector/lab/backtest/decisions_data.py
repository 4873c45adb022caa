"""Coded decisions: what a forecast may see of a case, apart from what came of it.

A case is a dated question with ordered options and the coded positions of actors. Its outcome is kept in another
object, so that nothing that forecasts can read it.
"""

from __future__ import annotations

import difflib
import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from multivector.lab.backtest.reading import Row, Sheet, read_sheet

__all__ = ["BODIES", "CONFIDENCES", "DOMAINS", "CodedCase", "CodedDecisions", "CodedPosition", "read_decisions"]

#: Constituencies at home that are coded as one; all other actors of a case are powers.
BODIES = ("formal", "informal", "public")
CONFIDENCES = ("high", "medium", "low")
DOMAINS = ("politics", "economy", "security", "domestic", "protest")
COLUMNS = ("case", "date", "domain", "n_options", "actor", "position_low", "position_high", "confidence", "outcome")
_ONLY_SCORED = ("outcome_confidence", "public_mattered")
_MOST_OPTIONS = 12
_DATE = re.compile(r"(?<!\d)(\d{4})(?:-(\d{2}))?(?!\d)")
#: The actor whose choice is forecast: his position is never an input.
_CHOOSER = "president"


@dataclass(frozen=True, slots=True)
class CodedPosition:
    """What an actor wanted: option numbers from 1, a range or one option, and how sure the coder was."""

    low: float
    high: float
    confidence: str

    @property
    def middle(self) -> float:
        """Middle of the range, an option number."""
        return (self.low + self.high) / 2.0


@dataclass(frozen=True)
class CodedCase:
    """The inputs of one case. `date` is YYYY-MM; options are numbered from 1; `positions` by actor, in file order."""

    id: str
    date: str
    domain: str
    options: int
    positions: Mapping[str, CodedPosition]

    def axis(self, actor: str) -> float:
        """An actor's position on the axis 0 (first option) .. 1 (last); NaN for a silent one."""
        found = self.positions.get(actor)
        return math.nan if found is None else (found.middle - 1.0) / (self.options - 1.0)

    def mirrored(self) -> CodedCase:
        """The same case with its options numbered from the other end."""
        turned = {
            actor: CodedPosition(self.options + 1 - one.high, self.options + 1 - one.low, one.confidence)
            for actor, one in self.positions.items()
        }
        return replace(self, positions=turned)

    def keeping(self, wanted: Callable[[str, CodedPosition], bool]) -> CodedCase:
        """The case with only those positions for which `wanted(actor, position)` holds."""
        return replace(self, positions={a: one for a, one in self.positions.items() if wanted(a, one)})

    @property
    def fingerprint(self) -> str:
        """Hash of all inputs: a case is known again by what was coded, never by what came of it."""
        parts = [self.id, self.date, self.domain, str(self.options)]
        parts += [f"{a}:{p.low:g}:{p.high:g}:{p.confidence}" for a, p in sorted(self.positions.items())]
        return hashlib.sha256("|".join(parts).encode("utf-8")).hexdigest()[:16]


@dataclass(frozen=True)
class CodedDecisions:
    """A file of cases: inputs in `cases`, what came of each in `outcome` (index from 0), and what was left out."""

    file: str
    sha256: str
    cases: tuple[CodedCase, ...]
    outcome: tuple[int, ...]
    notes: tuple[str, ...] = ()


def date_of(text: str) -> str | None:
    """The month of a case, YYYY-MM: a `key date` if one is named, else the earliest date named; None without any.

    The earliest is the cautious choice where a decision took years: the state fed to a case must precede all of it.
    """
    after = text.lower().split("key date", 1)
    dates = _DATE.findall(after[1]) if len(after) == 2 else []
    dates = dates[:1] or _DATE.findall(text)
    months = [f"{year}-{month or '01'}" for year, month in dates if not month or 1 <= int(month) <= 12]
    return min(months) if months else None


def read_decisions(path: Path, powers: Sequence[str]) -> CodedDecisions:
    """Read a file with one line per case and actor. `powers` are the powers that the model's history knows.

    Powers that it does not know, and the president, are left out for all models alike, with a note. Raises DataErrors
    with every fault by line and column, LabError when the file cannot be read.
    """
    sheet = read_sheet(path, COLUMNS, _ONLY_SCORED)
    groups: dict[str, list[Row]] = {}
    for row in sheet.rows:
        groups.setdefault(sheet.text(row, "case"), []).append(row)
    known = (*BODIES, *powers)
    left_out: dict[str, int] = {}
    cases, outcomes = [], []
    for name, rows in groups.items():
        case, outcome = _case(sheet, name, rows, known, left_out)
        cases.append(case)
        outcomes.append(outcome)
    sheet.check()
    notes = [
        f"{actor}: left out of {count} {'case' if count == 1 else 'cases'}, for all models alike "
        + ("(it is the choice to be forecast)" if actor == _CHOOSER else "(no such power in the history)")
        for actor, count in sorted(left_out.items())
    ]
    return CodedDecisions(sheet.file, sheet.sha256, tuple(cases), tuple(outcomes), tuple(notes))


def _case(
    sheet: Sheet, name: str, rows: list[Row], known: Sequence[str], left_out: dict[str, int]
) -> tuple[CodedCase, int]:
    first = rows[0]
    for column in ("date", "domain", "n_options", "outcome"):
        for row in rows[1:]:
            if row.cells[column] != first.cells[column]:
                said = f"`{row.cells[column]}`, but line {first.line} of the same case {name} says"
                sheet.fault(row, column, f"{said} `{first.cells[column]}`")
    text = sheet.text(first, "date")
    date = date_of(text)
    if text and date is None:
        sheet.fault(first, "date", f"`{text}` names no date", "write YYYY-MM or YYYY-MM-DD")
    domain = sheet.word(first, "domain", DOMAINS)
    options = _whole(sheet, first, "n_options", 2, _MOST_OPTIONS)
    outcome = _whole(sheet, first, "outcome", 1, options)
    positions: dict[str, CodedPosition] = {}
    for row in rows:
        actor = sheet.text(row, "actor").lower()
        position = _position(sheet, row, options)
        if actor == _CHOOSER or (actor and actor not in known):
            near = difflib.get_close_matches(actor, known, n=1, cutoff=0.75)
            if near and actor != _CHOOSER:
                sheet.fault(row, "actor", f"there is no actor `{actor}`", near[0])
            left_out[actor] = left_out.get(actor, 0) + 1
        elif actor in positions:
            sheet.fault(row, "actor", f"`{actor}` stands twice in case {name}")
        elif position is not None:
            positions[actor] = position
    return CodedCase(name, date or "", domain, options, positions), outcome - 1


def _position(sheet: Sheet, row: Row, options: int) -> CodedPosition | None:
    """A position, or None where both cells are empty or a dash: a silent actor."""
    if all(row.cells[column] in ("", "-") for column in ("position_low", "position_high")):
        return None
    low = sheet.number(row, "position_low", 1, options)
    high = sheet.number(row, "position_high", 1, options)
    confidence = sheet.word(row, "confidence", CONFIDENCES)
    if low > high:
        sheet.fault(row, "position_low", f"{low:g} is above position_high {high:g}")
    return CodedPosition(low, high, confidence)


def _whole(sheet: Sheet, row: Row, column: str, low: int, high: int) -> int:
    value = sheet.number(row, column, low, high)
    if math.isnan(value):
        return low
    if value != int(value):
        sheet.fault(row, column, f"{value:g} is not a whole number")
    return int(value)
