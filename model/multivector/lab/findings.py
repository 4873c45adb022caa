"""What an analysis found: sentences, tables and limits, kept beside the batch for the report and the next reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivector.lab.errors import StoreError
from multivector.lab.store import explained, read_json, shown_path, write_json, write_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FINDINGS", "Findings", "read_findings", "save_findings"]

FINDINGS = "findings.json"


@dataclass(frozen=True)
class Findings:
    """What came of a study.

    Attributes
    ----------
    kind : the kind of study.
    sentences : what was found, most important first; made from the numbers.
    limits : what bounds the finding: worlds, interval, convergence, what was held fixed.
    tables : name → table, written as tables/NAME.csv.
    captions : name of a table → what it holds, with units.
    facts : numbers that other programs read.
    """

    kind: str
    sentences: tuple[str, ...]
    limits: tuple[str, ...] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    captions: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As plain data, without the tables."""
        from multivector.lab.summary import plain

        found: dict[str, Any] = plain(
            {
                "schema": 1,
                "kind": self.kind,
                "sentences": list(self.sentences),
                "limits": list(self.limits),
                "tables": {name: self.captions.get(name, "") for name in self.tables},
                "facts": dict(self.facts),
            }
        )
        return found


def save_findings(folder: Path, findings: Findings) -> None:
    """Write findings.json and the tables. Raises StoreError where the folder cannot be written."""
    with explained(folder):
        for name, table in findings.tables.items():
            write_table(folder / "tables", f"{name}.csv", table)
        write_json(folder / FINDINGS, findings.document())


def read_findings(folder: Path) -> dict[str, Any] | None:
    """What `save_findings` wrote, or None where there is none. Raises StoreError for a damaged file."""
    path = folder / FINDINGS
    if not path.is_file():
        return None
    found = read_json(path)
    if not isinstance(found, dict) or not isinstance(found.get("sentences"), list):
        raise StoreError(f"{shown_path(path)} is damaged", suggestion="give the study's command again")
    return found
