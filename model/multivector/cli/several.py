"""Several scenarios in one `run`: one folder each, one comparison table and figure over all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivector.cli.problems import DONE, INTERRUPTED
from multivector.cli.run import Job, figures, guarded, make
from multivector.cli.talk import Talk

if TYPE_CHECKING:
    import pandas as pd

    from multivector.lab.store import StoredRun

__all__ = [
    "check_comparison",
    "compare_runs",
    "comparison_folder",
    "draw_comparison",
    "run_several",
    "save_comparison",
]

_FILES = ("comparison.csv", "comparison.json", "comparison.png", "parts.csv")


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
    table, notes = compare_runs([stored for _, stored in done]) if len(done) > 1 else (None, [])
    folder = comparison_folder([stored for _, stored in done], out) if table is not None else None
    if table is not None and folder is not None:
        save_comparison(folder, [stored for _, stored in done], table)
    talk.show(*comparison_view([stored for _, stored in done], table, notes))
    runs = [run_document(stored, reused=job.stored is not None) for job, stored in done]
    talk.document(several_document(runs, table, notes, folder, interrupted=interrupted))
    if interrupted:
        talk.note(f"interrupted: {len(done)} of {len(jobs)} scenarios are kept")
        return INTERRUPTED
    if not plots:
        return DONE

    def draw() -> None:
        for job, stored in done:
            figures(stored, talk, scenario=job.scenario, threads=threads)
        if table is not None and folder is not None:
            draw_comparison(folder, table)

    code = guarded(draw, talk)
    if folder is not None:
        talk.note(f"comparison: {folder.as_posix()}    runs: {', '.join(s.folder.as_posix() for _, s in done)}")
    return code


def compare_runs(runs: list[StoredRun]) -> tuple[pd.DataFrame, list[str]]:
    """The first run against each of the others, two in memory at a time; and what to know beside it."""
    import pandas as pd

    from multivector.lab.compare import compare, mismatches

    base = runs[0].ensemble()
    tables, notes = [], []
    for stored in runs[1:]:
        other = stored.ensemble()
        table = compare(base, other)
        table.insert(0, "scenario", other.scenario.id)
        table.insert(0, "base_scenario", base.scenario.id)
        tables.append(table)
        notes.extend(mismatches(base, other))
    return pd.concat(tables, ignore_index=True), list(dict.fromkeys(notes))


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
    folder: Path, runs: list[StoredRun], table: pd.DataFrame, parts: pd.DataFrame | None = None
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
                "folder": store.shown_path(stored.folder),
                "key": stored.key,
                "seed": stored.provenance["seed"],
                "version": stored.provenance["version"],
            }
            for stored in runs
        ]
        store.write_json(folder / "comparison.json", {"schema": 1, "runs": listed})


def draw_comparison(folder: Path, table: pd.DataFrame) -> Path:
    """Draw the comparison table."""
    from multivector.show.style import save_figure
    from multivector.show.sweep import plot_compare

    return save_figure(plot_compare(table), folder / "comparison.png", {"Title": "Scenarios compared"})
