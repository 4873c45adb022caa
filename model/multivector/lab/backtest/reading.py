"""Tidy CSV files for backtests: checked in full, every fault named by file, line and column."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from multivector.lab.errors import LabError

__all__ = ["DataErrors", "Fault", "Row", "Sheet", "read_sheet"]

_MOST_FAULTS = 20
#: What spreadsheets put between cells instead of commas.
_SEPARATORS = {";": "a semicolon", "\t": "a tab"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file: `line` counts from 1 with the header, `key` is the column."""

    file: str
    line: int | None
    key: str
    message: str
    suggestion: str = ""


class DataErrors(Exception):
    """A file that cannot be used; `problems` lists what is wrong with it, at most twenty faults."""

    def __init__(self, problems: Sequence[Fault]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(f"{one.file}:{one.line}: {one.key}: {one.message}" for one in self.problems))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file: its number and its cells by column, stripped."""

    line: int
    cells: dict[str, str]


@dataclass
class Sheet:
    """A file's rows, its sha256, and the faults found so far.

    Readers of cells note a fault and go on, so that one pass finds all; `check` then raises.
    """

    file: str
    sha256: str
    rows: list[Row]
    faults: list[Fault] = field(default_factory=list)

    def fault(self, row: Row | None, column: str, message: str, suggestion: str = "") -> None:
        """Note what is wrong in a row (None: in the file as a whole)."""
        self.faults.append(Fault(self.file, row.line if row else None, column, message, suggestion))

    def check(self) -> None:
        """Raise DataErrors if anything was noted."""
        if self.faults:
            left = len(self.faults) - _MOST_FAULTS
            kept = self.faults[:_MOST_FAULTS]
            if left > 0:
                kept.append(Fault(self.file, None, "", f"and {left} more faults of this kind or others"))
            raise DataErrors(kept)

    def text(self, row: Row, column: str) -> str:
        """A cell that must not be empty."""
        value = row.cells.get(column, "")
        if not value:
            self.fault(row, column, "is empty")
        return value

    def word(self, row: Row, column: str, known: Sequence[str]) -> str:
        """A cell that holds one of a few words."""
        value = self.text(row, column)
        if value and value not in known:
            near = difflib.get_close_matches(value.lower(), known, n=1, cutoff=0.5)
            self.fault(row, column, f"`{value}` is none of {', '.join(known)}", near[0] if near else "")
        return value

    def number(
        self, row: Row, column: str, low: float = -math.inf, high: float = math.inf, empty: float | None = None
    ) -> float:
        """A number in low..high; an empty cell is `empty`, or a fault where that is None. NaN stands for a fault."""
        value = row.cells.get(column, "")
        if not value:
            if empty is None:
                self.fault(row, column, "is empty; a number is needed")
                return math.nan
            return empty
        try:
            found = float(value)
        except ValueError:
            self.fault(row, column, f"`{value}` is not a number")
            return math.nan
        if not (math.isfinite(found) and low <= found <= high):
            span = (
                f" of {low:g} to {high:g}" if math.isfinite(high) else f" of {low:g} or more" if low > -math.inf else ""
            )
            self.fault(row, column, f"a number{span} is needed, not {value}")
            return math.nan
        return found


def read_sheet(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> Sheet:
    """Read a CSV file with a header (UTF-8, with or without a byte-order mark).

    Further columns are let pass. Raises LabError when the file cannot be read, DataErrors when it is empty, when its
    separator is no comma, when columns are missing, when a line has more or fewer cells than the header, or when there
    are no rows.
    """
    name = path.as_posix()
    try:
        raw = path.read_bytes()
    except IsADirectoryError:
        raise LabError(f"{name} is a folder; name a CSV file", file=name, key="FILE") from None
    except FileNotFoundError:
        raise LabError(f"there is no file {name}", file=name, key="FILE", suggestion=_beside(path)) from None
    except OSError as error:
        raise LabError(f"{name} cannot be read: {error.strerror}", file=name, key="FILE") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataErrors([Fault(name, line, "", "this is not UTF-8 text", "save it as CSV UTF-8")]) from None
    sheet = Sheet(name, hashlib.sha256(raw).hexdigest(), [])
    if not text.strip():
        raise DataErrors([Fault(name, None, "", "the file is empty", f"columns needed: {', '.join(required)}")])
    try:
        _fill(sheet, text, required, optional)
    except csv.Error as error:
        raise DataErrors([Fault(name, None, "", f"this is not a CSV file: {error}")]) from None
    sheet.check()
    return sheet


def _fill(sheet: Sheet, text: str, required: Sequence[str], optional: Sequence[str]) -> None:
    first = text.lstrip().splitlines()[0]
    for mark, words in _SEPARATORS.items():
        if mark in first and "," not in first:
            said = f"the separator looks like {words}, not a comma"
            sheet.faults.append(Fault(sheet.file, 1, "", said, "save it as CSV with commas between the cells"))
            return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = [cell.strip() for cell in next(reader, [])]
    missing = [column for column in required if column not in header]
    for column in missing:
        strange = [one for one in header if one not in required and one not in optional]
        near = difflib.get_close_matches(column, strange, n=1, cutoff=0.6)
        sheet.faults.append(
            Fault(
                sheet.file,
                1,
                column,
                "this column is missing",
                f"rename `{near[0]}` to `{column}`" if near else f"columns needed: {', '.join(required)}",
            )
        )
    for column in sorted({column for column in header if header.count(column) > 1}):
        sheet.faults.append(Fault(sheet.file, 1, column, "this column stands twice in the header"))
    if sheet.faults:
        return
    before = reader.line_num
    for cells in reader:
        line, before = before + 1, reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        row = Row(line, dict(zip(header, (cell.strip() for cell in cells), strict=False)))
        if len(cells) != len(header):
            sheet.fault(row, "", f"{len(cells)} cells, but the header has {len(header)} columns")
        sheet.rows.append(row)
    if not sheet.rows:
        sheet.faults.append(Fault(sheet.file, None, "", "there are no rows under the header"))


def _beside(path: Path) -> str | None:
    """A file of nearly that name in the same folder."""
    try:
        names = [one.name for one in path.parent.iterdir()]
    except OSError:
        return None
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.5)
    return (path.parent / near[0]).as_posix() if near else None
