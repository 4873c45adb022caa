"""`multivector batch`: a study file in, a batch folder with tables and figures out; gone on with after any stop."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multivector.cli import options
from multivector.cli.problems import DONE, FAILED, INTERRUPTED, Refused
from multivector.cli.talk import Talk

if TYPE_CHECKING:
    from multivector.lab.batch import Outlook, Tally
    from multivector.lab.plan import Plan

__all__ = ["batch"]

_PAYS = 30_000
"""World-months, some seconds of work, for which a worker process is worth its start."""


def batch(
    study: Annotated[Path, typer.Argument(metavar="STUDY.yaml", help="A study file.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder to write instead of runs/batch-NAME.", metavar="DIR")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", help="Processes that run worlds; left out: as many as pay.", metavar="N"),
    ] = None,
    block: Annotated[
        int | None,
        typer.Option("--block", help="Worlds in a block, a multiple of 16; no effect on results.", metavar="N"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be reused and run, and stop.")] = False,
    new: Annotated[bool, typer.Option("--new", help="Write a commented study to STUDY.yaml, and stop.")] = False,
    no_plots: Annotated[bool, typer.Option("--no-plots", help="Tables only, no figures.")] = False,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Run a study: scenarios, a design, many worlds.

    Stop it as you like: the same command goes on where it was. A changed study reuses what is still the same.
    """
    talk = Talk(json, options.verbosity(verbose, quiet))
    _check(workers, block)
    if new:
        return _new(study, talk)
    from multivector.lab.batch import check_batch_folder, default_batch_folder, outlook
    from multivector.lab.plan import plan_of
    from multivector.lab.study import load_study

    with talk.progress(f"{study.name}: design", "runs") as tick:
        plan = plan_of(load_study(study), progress=lambda done, total: tick(done, total) if total > 50 else None)
    folder = out or default_batch_folder(plan)
    check_batch_folder(folder)
    for note in plan.notes:
        talk.note(f"note: {note}")
    if dry_run:
        ahead = outlook(plan, folder)
        talk.show(*_ahead(plan, ahead))
        talk.document({"schema": 1, **_outlook_document(plan, ahead, folder)})
        return DONE
    return _run(plan, folder, talk, workers=workers, block=block, plots=not no_plots)


def _check(workers: int | None, block: int | None) -> None:
    if workers is not None and not 1 <= workers <= 1024:
        raise Refused(f"--workers must be 1 to 1024, not {workers}", key="--workers")
    if block is not None and not (16 <= block <= 65536 and block % 16 == 0):
        near = min(max(round(block / 16), 1) * 16, 65536)
        raise Refused(f"--block must be a multiple of 16, not {block}", key="--block", suggestion=f"--block {near}")


def _new(target: Path, talk: Talk) -> int:
    """Write the commented template, never over a file."""
    from multivector.lab.store import explained, shown_path
    from multivector.lab.study_template import new_study_text

    if target.suffix.lower() not in (".yaml", ".yml"):
        raise Refused(f"a study is a YAML file: name it {target.name}.yaml", key="STUDY.yaml")
    shown = shown_path(target)
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(new_study_text(shown))
        except FileExistsError:
            raise Refused(f"{shown} is there already; it is left as it is", key="STUDY.yaml") from None
    talk.show(f"{shown} is written. Run it: multivector batch {shown}")
    talk.document({"schema": 1, "file": shown})
    return DONE


def _run(plan: Plan, folder: Path, talk: Talk, *, workers: int | None, block: int | None, plots: bool) -> int:
    from multivector.cli.batch_view import batch_document, batch_view
    from multivector.cli.info import compiled_cache
    from multivector.lab.batch import LOG, run_batch
    from multivector.lab.execution import cores, executor_for
    from multivector.lab.provenance import command_line
    from multivector.lab.results import open_batch
    from multivector.lab.store import explained

    if compiled_cache() is None:
        talk.note("the first run compiles the model, which takes some ten seconds; later ones do not")
        if workers != 1:  # once for all workers
            from multivector.lab.warmup import warm_up

            warm_up(next(iter(plan.scenarios.values())))
    # every failed world is a row of the batch; it is not also a line on the screen
    logging.getLogger("multivector.run").setLevel(logging.CRITICAL if talk.verbosity < 1 else logging.NOTSET)
    ahead: list[Outlook] = []

    def announce(found: Outlook) -> None:
        ahead.append(found)
        for line in _ahead(plan, found):
            talk.note(line)

    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        log = talk.log_file(folder / LOG)
    with log, talk.progress(f"{plan.study.name}", "worlds") as tick:
        tally = run_batch(
            plan,
            folder,
            executor_for(workers or _workers(plan, cores())),
            block=block,
            command=command_line(),
            progress=lambda done, total, failed: tick(done, total, f"{failed:,} failed" if failed else ""),
            announce=announce,
        )
    if tally.interrupted:
        talk.note(
            f"interrupted: {tally.finished:,} of {tally.worlds:,} worlds are kept in {folder.as_posix()}; "
            "the same command goes on"
        )
        talk.document(_tally_document(plan, folder, tally, ahead[0]))
        return INTERRUPTED
    results = open_batch(folder)
    if not tally.finished:
        talk.document(_tally_document(plan, folder, tally, ahead[0]))
        talk.warn(f"no world came through; see why: multivector results {folder.as_posix()} --failures")
        return FAILED
    from multivector.cli.batch_view import save_tables

    with talk.progress("comparison", "runs") as tick:
        tables = save_tables(results, progress=tick)
    talk.show(*batch_view(results, tables))
    talk.document({**_tally_document(plan, folder, tally, ahead[0]), **batch_document(results, tables)})
    if tally.failed:
        talk.warn(f"{tally.failed:,} worlds failed: multivector results {folder.as_posix()} --failures")
    code = DONE
    if plots:
        from multivector.cli.run import guarded

        def draw() -> None:
            from multivector.show.batch import draw_batch

            with talk.progress("figures", "figures") as tick:
                draw_batch(results, tables.comparison, tables.split, progress=tick)

        code = guarded(draw, talk)
    talk.note(
        f"tables and figures: {folder.as_posix()}    as CSV: multivector results {folder.as_posix()} --csv FILE.zip"
    )
    return code


def _workers(plan: Plan, most: int) -> int:
    """As many processes as pay: starting one costs some seconds, which a small batch does not take."""
    months = max(run.months for run in plan.runs)
    return max(1, min(most, plan.worlds * months // _PAYS))


def _ahead(plan: Plan, found: Outlook) -> list[str]:
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


def _outlook_document(plan: Plan, found: Outlook, folder: Path) -> dict[str, Any]:
    return {
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


def _tally_document(plan: Plan, folder: Path, tally: Tally, ahead: Outlook) -> dict[str, Any]:
    return {
        "schema": 1,
        **_outlook_document(plan, ahead, folder),
        "finished": tally.finished,
        "failed": tally.failed,
        "seconds": round(tally.seconds, 3),
        "interrupted": tally.interrupted,
    }
