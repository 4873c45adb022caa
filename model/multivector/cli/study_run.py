"""What every study command does: read the study, look at its folder, run what is missing, open what came."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multivector.cli.problems import DONE, FAILED, INTERRUPTED, Refused

if TYPE_CHECKING:
    from multivector.cli.talk import Talk
    from multivector.lab.batch import Outlook, Tally
    from multivector.lab.execution import Executor
    from multivector.lab.plan import Plan
    from multivector.lab.results import Batch

__all__ = [
    "Block",
    "Dask",
    "DryRun",
    "Means",
    "New",
    "NoFigures",
    "OutFolder",
    "StudyPath",
    "Workers",
    "carry_out",
    "check_means",
    "prepared",
    "said_ahead",
    "tally_document",
    "write_new",
]

StudyPath = Annotated[Path, typer.Argument(metavar="STUDY.yaml", help="A study file.", show_default=False)]
OutFolder = Annotated[
    Path | None, typer.Option("--out", "-o", help="Folder to write instead of runs/KIND-NAME.", metavar="DIR")
]
Workers = Annotated[
    int | None, typer.Option("--workers", help="Processes that run worlds; left out: as many as pay.", metavar="N")
]
Dask = Annotated[
    str | None,
    typer.Option(
        "--dask", help="Run on a Dask cluster: its scheduler's address, or scheduler file.", metavar="ADDRESS"
    ),
]
Block = Annotated[
    int | None, typer.Option("--block", help="Worlds in a block, a multiple of 16; no effect on results.", metavar="N")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be reused and run, and stop.")]
New = Annotated[bool, typer.Option("--new", help="Write a commented study to STUDY.yaml, and stop.")]
NoFigures = Annotated[bool, typer.Option("--no-plots", help="Tables only, no figures.")]

_PAYS = 30_000
"""World-months, some seconds of work, for which a worker process is worth its start."""


@dataclass(frozen=True)
class Means:
    """With what a study is run: processes here, or a cluster; and how finely it is cut."""

    workers: int | None = None
    dask: str | None = None
    block: int | None = None


def check_means(means: Means) -> None:
    """Refuse numbers that mean nothing, and two ways of running at once."""
    if means.workers is not None and not 1 <= means.workers <= 1024:
        raise Refused(f"--workers must be 1 to 1024, not {means.workers}", key="--workers")
    if means.block is not None and not (16 <= means.block <= 65536 and means.block % 16 == 0):
        near = min(max(round(means.block / 16), 1) * 16, 65536)
        raise Refused(
            f"--block must be a multiple of 16, not {means.block}", key="--block", suggestion=f"--block {near}"
        )
    if means.dask is not None and means.workers is not None:
        raise Refused(
            "--dask and --workers contradict each other: the cluster has its own workers",
            key="--workers",
            suggestion="leave out --workers",
        )


def write_new(target: Path, kind: str, talk: Talk) -> int:
    """Write a kind's commented template, never over a file."""
    from multivector.lab.kinds import KINDS
    from multivector.lab.store import explained, shown_path
    from multivector.lab.study_template import new_study_text

    if target.suffix.lower() not in (".yaml", ".yml"):
        raise Refused(f"a study is a YAML file: name it {target.name}.yaml", key="STUDY.yaml")
    shown = shown_path(target)
    with explained(target, "STUDY.yaml"):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(new_study_text(shown, kind))
        except FileExistsError:
            raise Refused(f"{shown} is there already; it is left as it is", key="STUDY.yaml") from None
    talk.show(f"{shown} is written. Run it: multivector {KINDS[kind].command} {shown}")
    talk.document({"schema": 1, "file": shown})
    return DONE


def prepared(study: Path, out: Path | None, talk: Talk, kind: str | None = None) -> tuple[Plan, Path]:
    """The plan of a study and its folder, both checked.

    Parameters
    ----------
    kind : the kind of study that the command is for; None for any.
    """
    from multivector.lab.batch import check_batch_folder, default_batch_folder
    from multivector.lab.kinds import KINDS
    from multivector.lab.plan import plan_of
    from multivector.lab.study import load_study

    with talk.progress(f"{study.name}: design", "runs") as tick:
        file = load_study(study)
        if kind is not None and file.document.kind != kind:
            raise Refused(
                f"{study.as_posix()} is a study of kind {file.document.kind}, not {kind}",
                key="kind",
                suggestion=f"multivector {KINDS[file.document.kind].command} {study.as_posix()}",
            )
        if kind is not None:
            _check_installed(KINDS[kind].needs)
        plan = plan_of(file, progress=lambda done, total: tick(done, total) if total > 50 else None)
    folder = out or default_batch_folder(plan)
    check_batch_folder(folder)
    for note in plan.notes:
        talk.note(f"note: {note}")
    return plan, folder


def _check_installed(packages: tuple[str, ...]) -> None:
    from importlib.util import find_spec

    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise Refused(
            f"this kind of study needs {', '.join(missing)}, which is not installed",
            suggestion="pip install 'multivector[lab]'",
        )


def carry_out(plan: Plan, folder: Path, talk: Talk, means: Means) -> tuple[Batch | None, dict[str, Any], int]:
    """Run what is missing.

    Returns
    -------
    The batch, or None where there is nothing to look at; the JSON document so far; the exit code.
    """
    from multivector.cli.info import announce_compiling
    from multivector.lab.batch import LOG, run_batch
    from multivector.lab.provenance import command_line
    from multivector.lab.results import open_batch
    from multivector.lab.store import explained

    if means.dask is None and announce_compiling(talk):
        from multivector.lab.warmup import warm_up

        warm_up(next(iter(plan.scenarios.values())))  # once for all workers
    # every failed world is a row of the batch; it is not also a line on the screen
    logging.getLogger("multivector.run").setLevel(logging.CRITICAL if talk.verbosity < 1 else logging.NOTSET)
    ahead: list[Outlook] = []

    def announce(found: Outlook) -> None:
        ahead.append(found)
        for line in said_ahead(plan, found):
            talk.note(line)

    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        log = talk.log_file(folder / LOG)
    with log, talk.progress(f"{plan.study.name}", "worlds") as tick:
        tally = run_batch(
            plan,
            folder,
            _executor(plan, means),
            block=means.block,
            command=command_line(),
            progress=lambda done, total, failed: tick(done, total, f"{failed:,} failed" if failed else ""),
            announce=announce,
        )
    document = tally_document(plan, folder, tally, ahead[0])
    if tally.interrupted:
        talk.note(
            f"interrupted: {tally.finished:,} of {tally.worlds:,} worlds are kept in {folder.as_posix()}; "
            "the same command goes on"
        )
        return None, document, INTERRUPTED
    if not tally.finished:
        talk.warn(f"no world came through; see why: multivector results {folder.as_posix()} --failures")
        return None, document, FAILED
    if tally.failed:
        talk.warn(f"{tally.failed:,} worlds failed: multivector results {folder.as_posix()} --failures")
    return open_batch(folder), document, DONE


def _executor(plan: Plan, means: Means) -> Executor:
    if means.dask is not None:
        from multivector.lab.dask_execution import DaskCluster

        return DaskCluster(means.dask)
    from multivector.lab.execution import cores, executor_for

    return executor_for(means.workers or _workers(plan, cores()))


def _workers(plan: Plan, most: int) -> int:
    """As many processes as pay: starting one costs some seconds, which a small batch does not take."""
    months = max(run.months for run in plan.runs)
    return max(1, min(most, plan.worlds * months // _PAYS))


def said_ahead(plan: Plan, found: Outlook) -> list[str]:
    """What will be done, in words."""
    lines = [f"{found.runs:,} runs × {plan.document.worlds:,} worlds = {found.worlds:,} worlds"]
    if found.changed:
        lines.append("the study has changed since the last time")
    for name in found.damaged:
        lines.append(f"{name} is damaged: it is set aside and its worlds run again")
    if found.reused or found.changed:
        lines.append(f"{found.reused:,} worlds are there and are reused, {found.missing:,} are run")
    if found.retried:
        lines.append(f"{found.retried:,} worlds that failed before are tried again")
    if found.unused:
        lines.append(f"{found.unused:,} runs in the folder belong to another form of the study; they are kept, unused")
    return lines


def outlook_document(plan: Plan, found: Outlook, folder: Path) -> dict[str, Any]:
    """What `--dry-run --json` says."""
    return {
        "schema": 1,
        "study": plan.study.name,
        "folder": folder.as_posix(),
        "runs": found.runs,
        "worlds": found.worlds,
        "reused": found.reused,
        "to_run": found.missing,
        "retried": found.retried,
        "unused_runs": found.unused,
        "changed": found.changed,
        "damaged": list(found.damaged),
        "notes": list(plan.notes),
    }


def tally_document(plan: Plan, folder: Path, tally: Tally, ahead: Outlook) -> dict[str, Any]:
    """How it ended, for `--json`."""
    return {
        **outlook_document(plan, ahead, folder),
        "finished": tally.finished,
        "failed": tally.failed,
        "seconds": round(tally.seconds, 3),
        "interrupted": tally.interrupted,
    }


def dry_run_said(plan: Plan, folder: Path, talk: Talk) -> int:
    """Say what would be reused and run."""
    from multivector.lab.batch import outlook

    ahead = outlook(plan, folder)
    talk.show(*said_ahead(plan, ahead))
    talk.document(outlook_document(plan, ahead, folder))
    return DONE
