"""Coded issues: actors' positions, saliences and power, the status quo and what came out, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest.reading import Row, Sheet, read_sheet

__all__ = ["Bundle", "Issue", "Issues", "bundle", "read_issues"]

Floats = NDArray[np.float64]

REQUIRED = ("issue", "proposal", "actor", "position", "salience", "power", "outcome")
OPTIONAL = ("role", "rule", "reference_point")
#: A missing salience: the middle of the scale, as in the coding of DEU.
MISSING_SALIENCE = 50.0


@dataclass(frozen=True)
class Issue:
    """One issue on the axis 0..100; arrays (A,) over its actors, in the order of their names.

    `power` in any unit, `salience` 0..1, `reference` the status quo (NaN: not coded), `outcome` what was decided.
    """

    name: str
    proposal: str
    actors: tuple[str, ...]
    position: Floats
    salience: Floats
    power: Floats
    reference: float
    outcome: float

    @property
    def force(self) -> Floats:
        """Power x salience, as shares, (A,)."""
        force = self.power * self.salience
        return np.asarray(force / force.sum())


@dataclass(frozen=True)
class Issues:
    """The issues of a file, its sha256, and notes on what was left out."""

    issues: list[Issue]
    sha256: str
    notes: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> Floats:
        """What was decided, (n,)."""
        return np.array([one.outcome for one in self.issues])

    @property
    def proposal(self) -> NDArray[np.str_]:
        """The proposal that each issue belongs to, (n,)."""
        return np.array([one.proposal for one in self.issues])


@dataclass(frozen=True)
class Bundle:
    """Issues side by side on the axis 0..1: arrays (n, A), filled up with actors without force; `reference` (n,)."""

    position: Floats
    force: Floats
    reference: Floats


def bundle(issues: Sequence[Issue]) -> Bundle:
    """Lay issues side by side for `politics.settlement`."""
    widest = max(len(one.actors) for one in issues)
    position, force = np.zeros((len(issues), widest)), np.zeros((len(issues), widest))
    for row, one in enumerate(issues):
        position[row, : len(one.actors)] = one.position / 100.0
        force[row, : len(one.actors)] = one.force
    return Bundle(position, force, np.array([one.reference for one in issues]) / 100.0)


def read_issues(path: Path) -> Issues:
    """Read tidy coded issues: one row for each actor in each issue.

    An empty salience is 50; a row without a position is left out, and so is an issue without an outcome (both are
    noted). Raises LabError or DataErrors, see `reading`.
    """
    sheet = read_sheet(path, REQUIRED, OPTIONAL)
    groups: dict[str, list[Row]] = {}
    for row in sheet.rows:
        groups.setdefault(sheet.text(row, "issue"), []).append(row)
    found, notes, silent, open_issues = [], [], 0, 0
    for name, rows in groups.items():
        held = [row for row in rows if row.cells["position"]]
        silent += len(rows) - len(held)
        issue = _issue(sheet, name, rows, held)
        if not rows[0].cells["outcome"]:
            open_issues += 1
        elif issue is not None:
            found.append(issue)
    sheet.check()
    if silent:
        notes.append(f"{silent} rows without a position are left out")
    if open_issues:
        notes.append(f"{open_issues} issues without an outcome are left out")
    if not found:
        sheet.fault(None, "outcome", "no issue has an outcome to score")
    sheet.check()
    return Issues(found, sheet.sha256, notes)


def _issue(sheet: Sheet, name: str, rows: list[Row], held: list[Row]) -> Issue | None:
    """One issue; None when something is wrong with it, which is noted in the sheet."""
    before = len(sheet.faults)
    first = rows[0]
    for row in rows[1:]:
        for column in ("proposal", "outcome", "reference_point"):
            if row.cells.get(column) != first.cells.get(column):
                sheet.fault(
                    row, column,
                    f"`{row.cells.get(column)}`, but line {first.line} of the same issue has "
                    f"`{first.cells.get(column)}`",
                )  # fmt: skip
    seen: dict[str, int] = {}
    for row in rows:
        actor = sheet.text(row, "actor")
        if actor in seen:
            sheet.fault(row, "actor", f"`{actor}` stands in issue `{name}` already, in line {seen[actor]}")
        seen.setdefault(actor, row.line)
    held = sorted(held, key=lambda row: row.cells["actor"])
    position = [sheet.number(row, "position", 0.0, 100.0) for row in held]
    salience = [sheet.number(row, "salience", 0.0, 100.0, empty=MISSING_SALIENCE) for row in held]
    power = [sheet.number(row, "power", 0.0) for row in held]
    outcome = sheet.number(first, "outcome", 0.0, 100.0, empty=np.nan)
    reference = sheet.number(first, "reference_point", 0.0, 100.0, empty=np.nan)
    proposal = sheet.text(first, "proposal")
    if len(sheet.faults) > before:
        return None
    if not held:
        sheet.fault(first, "position", f"no actor of issue `{name}` has a position")
    elif not float(np.dot(power, salience)) > 0.0:
        sheet.fault(first, "power", f"no actor of issue `{name}` has both power and salience")
    else:
        return Issue(
            name, proposal, tuple(row.cells["actor"] for row in held), np.array(position),
            np.array(salience) / 100.0, np.array(power), reference, outcome,
        )  # fmt: skip
    return None
