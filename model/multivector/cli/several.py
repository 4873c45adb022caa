"""Several scenarios in one `run`: one folder each, one comparison table and figure over all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivector.cli.problems import DONE, INTERRUPTED
from multivector.cli.run import Job, figures, guarded, make
from multivector.cli.talk import Talk

if TYPE_CHECKING:
    import pandas as pd

    from multivector.lab.store import StoredRun
    from multivector.scenario import Scenario

__all__ = [
    "check_comparison",
    "compare_runs",
    "comparison_folder",
    "draw_comparison",
    "run_labels",
    "run_several",
    "save_comparison",
]

_FILES = ("comparison.csv", "comparison.json", "comparison.png", "parts.csv")
_PROSE = ("title", "summary", "notes", "source", "sources")
"""Keys of a scenario that change no result."""
_LONGEST = 60
"""Letters of what tells runs of one scenario apart; where it takes more, their keys do."""


def run_several(jobs: list[Job], talk: Talk, *, out: Path | None, plots: bool, threads: int | None) -> int:
    """Run the jobs one after the other; Ctrl-C keeps the runs that are finished."""
    from multivector.cli.documents import run_document, several_document
    from multivector.cli.view import comparison_view

    done: list[tuple[Job, StoredRun]] = []
    interrupted = False
    for number, job in enumerate(jobs, 1):
        talk.note(f"[{number} of {len(jobs)}] {job.name}: {job.scenario.title}")
        try:
            stored = make(job, talk, threads=threads)
        except KeyboardInterrupt:
            if not done:
                raise
            interrupted = True
            break
        done.append((job, stored))
        if stored.interrupted:
            interrupted = True
            break
    kept = [stored for _, stored in done]
    table, labels, notes = compare_runs(kept) if len(kept) > 1 else (None, [done[0][0].name], [])
    folder = comparison_folder(kept, out) if table is not None else None
    if table is not None and folder is not None:
        save_comparison(folder, kept, labels, table)
    talk.show(*comparison_view(kept, labels, table, notes))
    runs = [run_document(stored, reused=job.stored is not None) for job, stored in done]
    talk.document(several_document(runs, labels, table, notes, folder, interrupted=interrupted))
    if interrupted:
        talk.note(f"interrupted: {len(done)} of {len(jobs)} scenarios are kept")
        return INTERRUPTED
    if not plots:
        return DONE

    def draw() -> None:
        for job, stored in done:
            figures(stored, talk, scenario=job.scenario, threads=threads)
        if table is not None and folder is not None:
            draw_comparison(folder, labels, table)

    code = guarded(draw, talk)
    if folder is not None:
        talk.note(f"comparison: {folder.as_posix()}    runs: {', '.join(s.folder.as_posix() for _, s in done)}")
    return code


def compare_runs(runs: list[StoredRun]) -> tuple[pd.DataFrame, list[str], list[str]]:
    """The first run against each of the others, two in memory at a time; the runs' labels; what to know beside it."""
    import pandas as pd

    from multivector.lab.compare import compare, mismatches

    base = runs[0].ensemble()
    tables, notes, scenarios = [], [], [base.scenario]
    for stored in runs[1:]:
        other = stored.ensemble()
        scenarios.append(other.scenario)
        tables.append(compare(base, other))
        notes.extend(mismatches(base, other))
    labels = run_labels(runs, scenarios)
    told = []
    for stored, label, table in zip(runs[1:], labels[1:], tables, strict=True):
        about = {
            "base_scenario": base.scenario.id,
            "scenario": stored.summary["scenario"],
            "base_run": runs[0].key,
            "run": stored.key,
            "label": label,
        }
        told.append(table.assign(**about)[[*about, *table.columns]])
    return pd.concat(told, ignore_index=True), labels, list(dict.fromkeys(notes))


def run_labels(runs: Sequence[StoredRun], scenarios: Sequence[Scenario]) -> list[str]:
    """How runs are called for people, no two alike: by scenario, and where one comes again by what differs."""
    labels = [scenario.id for scenario in scenarios]
    for name in [name for name, times in Counter(labels).items() if times > 1]:
        places = [place for place, scenario in enumerate(scenarios) if scenario.id == name]
        told = [", ".join(sets) for sets in _differing([scenarios[place].to_dict() for place in places])]
        if len(set(told)) < len(told) or max(map(len, told)) > _LONGEST:
            told = [runs[place].key[:8] for place in places]
        if len(set(told)) < len(told):  # a run against itself
            told = [f"{key}, {number}" for number, key in enumerate(told, 1)]
        for place, mark in zip(places, told, strict=True):
            labels[place] = f"{name} ({mark})" if mark else name
    return labels


def _differing(scenarios: Sequence[Mapping[str, Any]], path: str = "") -> list[list[str]]:
    """What each of several scenarios sets otherwise than another, as `path=value`; only single values are told."""
    from multivector.scenario.emit import inline

    found: list[list[str]] = [[] for _ in scenarios]
    for key in dict.fromkeys(key for one in scenarios for key in one if key not in _PROSE):
        values = [one.get(key, {}) for one in scenarios]
        if all(isinstance(value, Mapping) for value in values):
            told = _differing(values, f"{path}{key}.")
        elif any(value != values[0] for value in values):
            plain = (bool, int, float, str)
            told = [[f"{path}{key}={inline(value)}"] if isinstance(value, plain) else [] for value in values]
        else:
            continue
        for mine, more in zip(found, told, strict=True):
            mine.extend(more)
    return found


def comparison_folder(runs: list[StoredRun], out: Path | None) -> Path:
    """Where a comparison goes: the batch's own folder, or one named by what is compared."""
    from multivector.lab import store
    from multivector.lab.provenance import hash_of

    if out is not None:
        return out
    return store.ROOT / store.folder_name("comparison", hash_of([stored.key for stored in runs]))


def check_comparison(folder: Path, keys: list[str], *, force: bool) -> None:
    """Refuse a folder that holds what is not ours, or another comparison that `force` does not allow to replace.

    Raises StoreError. What an interrupted batch left of the same comparison is no other one.
    """
    from multivector.lab import store
    from multivector.lab.errors import StoreError

    if not folder.is_dir():
        return
    shown = store.shown_path(folder)
    ours = [
        path.name.startswith(".") or path.name in _FILES or path.name.endswith(".failed.json") or store.is_run(path)
        for path in folder.iterdir()
    ]
    if store.is_run(folder) or not all(ours):
        what = "is a run folder" if store.is_run(folder) else "holds other things"
        raise StoreError(
            f"{shown} {what}; it is left as it is", file=shown, key="--out", suggestion="name a new or empty folder"
        )
    if force or not (folder / "comparison.json").is_file():
        return
    runs = store.read_json(folder / "comparison.json").get("runs", [])
    if [run.get("key") for run in runs] != keys[: len(runs)]:
        names = ", ".join(str(run.get("scenario")) for run in runs)
        raise StoreError(
            f"{shown} holds another comparison ({names}); it is not overwritten",
            file=shown,
            key="--out",
            suggestion="name another folder, or give --force to replace it",
        )


def save_comparison(
    folder: Path, runs: list[StoredRun], labels: list[str], table: pd.DataFrame, parts: pd.DataFrame | None = None
) -> None:
    """Write comparison.csv (and parts.csv) and what is compared, in place of an earlier comparison."""
    from multivector.lab import store

    store.write_table(folder, "comparison.csv", table)
    if parts is not None:
        store.write_table(folder, "parts.csv", parts)
    with store.explained(folder):
        listed: list[dict[str, Any]] = [
            {
                "scenario": stored.summary["scenario"],
                "label": label,
                "folder": store.shown_path(stored.folder),
                "key": stored.key,
                "seed": stored.provenance["seed"],
                "version": stored.provenance["version"],
            }
            for stored, label in zip(runs, labels, strict=True)
        ]
        store.write_json(folder / "comparison.json", {"schema": 1, "runs": listed})


def draw_comparison(folder: Path, labels: list[str], table: pd.DataFrame) -> Path:
    """Draw the comparison table, a column for each run."""
    from multivector.show.style import save_figure
    from multivector.show.sweep import plot_compare

    heads = table["label"].str.replace("=", " = ")  # places to break: the value must not be cut off
    drawn = plot_compare(table.assign(scenario=heads, base_scenario=labels[0]))
    return save_figure(drawn, folder / "comparison.png", {"Title": "Scenarios compared"})
