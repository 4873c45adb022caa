"""The JSON documents of the command line (docs/json.md), built from what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivector.lab.summary import JSON_SCHEMA, plain

if TYPE_CHECKING:
    import pandas as pd

    from multivector.lab.profiling import Profile
    from multivector.lab.store import StoredRun

__all__ = ["comparison_document", "decisions_document", "run_document", "several_document"]


def run_document(stored: StoredRun, *, reused: bool, profile: Profile | None = None) -> dict[str, Any]:
    """`run --json`: the summary, the seconds, folder and key that it was stored with, and with --profile the phases."""
    phases = {} if profile is None else {"profile": profile.rows()}
    return {
        **phases,
        **stored.summary,
        "seconds": stored.provenance["seconds"],
        "folder": stored.folder.as_posix(),
        "key": stored.key,
        "reused": reused,
    }


def several_document(
    runs: list[dict[str, Any]],
    labels: Sequence[str],
    table: pd.DataFrame | None,
    notes: Sequence[str],
    folder: Path | None,
    *,
    interrupted: bool,
) -> dict[str, Any]:
    """`run A B --json`: each run's document, and the comparison with the first."""
    return {
        "schema": JSON_SCHEMA,
        "runs": [{"label": label, **run} for label, run in zip(labels, runs, strict=True)],
        "comparison": _records(table),
        "sentences": _sentences(table, [run["names"] for run in runs]),
        "notes": list(notes),
        "folder": None if folder is None else folder.as_posix(),
        "interrupted": interrupted,
    }


def comparison_document(
    runs: Sequence[StoredRun],
    labels: Sequence[str],
    table: pd.DataFrame,
    notes: Sequence[str],
    folder: Path,
    parts: pd.DataFrame | None,
) -> dict[str, Any]:
    """`compare --json`: paired differences, and with --split their direct and decided parts."""
    listed = [
        {
            "scenario": stored.summary["scenario"],
            "label": label,
            "folder": stored.folder.as_posix(),
            "key": stored.key,
            "seed": stored.provenance["seed"],
            "worlds": stored.summary["worlds"],
        }
        for stored, label in zip(runs, labels, strict=True)
    ]
    return {
        "schema": JSON_SCHEMA,
        "base": listed[0],
        "runs": listed,
        "comparison": _records(table),
        "parts": _records(parts),
        "sentences": _sentences(table, [stored.summary["names"] for stored in runs], parts),
        "notes": list(notes),
        "folder": folder.as_posix(),
    }


def decisions_document(stored: StoredRun, rows: list[dict[str, Any]], world: int | None) -> dict[str, Any]:
    """`explain RUN --json` without --decision."""
    return {
        "schema": JSON_SCHEMA,
        "scenario": stored.summary["scenario"],
        "folder": stored.folder.as_posix(),
        "world": world,
        "decisions": rows,
    }


def _records(table: pd.DataFrame | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [] if table is None else plain(table.to_dict("records"))
    return found


def _sentences(
    table: pd.DataFrame | None, names: Sequence[dict[str, str]], parts: pd.DataFrame | None = None
) -> dict[str, list[str]]:
    """Label of a run → what differs from the base, in words."""
    from multivector.lab.words import compared_lines

    if table is None:
        return {}
    called = {power: name for run in names for power, name in run.items()}
    found = {}
    for label, rows in table[table["when"] == "end"].groupby("label", sort=False):
        mine = None if parts is None else parts[parts["label"] == label]
        found[str(label)] = compared_lines(rows, mine, called)
    return found
