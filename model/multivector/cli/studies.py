"""`multivector sensitivity | discover | robust | map STUDY.yaml`: run what is missing, analyse, say it, draw it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from multivector.cli import options
from multivector.cli.problems import DONE
from multivector.cli.study_run import (
    Block,
    Dask,
    DryRun,
    Means,
    New,
    NoFigures,
    OutFolder,
    StudyPath,
    Workers,
    carry_out,
    check_means,
    dry_run_said,
    prepared,
    write_new,
)
from multivector.cli.talk import Talk
from multivector.lab.kinds import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from multivector.lab.findings import Findings
    from multivector.lab.plan import Plan
    from multivector.lab.results import Batch

__all__ = ["command_of"]


def command_of(kind: str) -> Callable[..., int]:
    """The command of one kind of study, of those in `lab.kinds.ANALYSED`."""

    def command(
        study: StudyPath,
        out: OutFolder = None,
        workers: Workers = None,
        dask: Dask = None,
        block: Block = None,
        dry_run: DryRun = False,
        new: New = False,
        no_plots: NoFigures = False,
        json: options.Json = False,
        verbose: options.Verbose = 0,
        quiet: options.Quiet = False,
    ) -> int:
        talk = Talk(json, options.verbosity(verbose, quiet))
        return _conduct(kind, study, out, Means(workers, dask, block), dry_run, new, no_plots, talk)

    about = KINDS[kind]
    more = " ".join(filter(None, (about.more, "Stop it as you like: the same command goes on.")))
    command.__doc__ = f"{about.said}\n\n{more}"
    return command


def _conduct(
    kind: str, study: Path, out: Path | None, means: Means, dry_run: bool, new: bool, no_plots: bool, talk: Talk
) -> int:
    check_means(means)
    if new:
        return write_new(study, kind, talk)
    plan, folder = prepared(study, out, talk, kind)
    if dry_run:
        return dry_run_said(plan, folder, talk)
    batch, document, code = carry_out(plan, folder, talk, means)
    if batch is None:
        talk.document(document)
        return code
    from multivector.lab.findings import save_findings

    found = _analysed(kind, plan, batch, talk)
    save_findings(folder, found)
    talk.show(*_view(plan, batch, found))
    talk.document({**document, **_document(found)})
    code = DONE
    if not no_plots:
        from multivector.cli.run import guarded

        def draw() -> None:
            from multivector.show.study_figures import draw_figures, drawings_of

            with talk.progress("figures", "figures") as tick:
                draw_figures(batch, drawings_of(plan, batch, found), progress=tick)

        code = guarded(draw, talk)
    where = folder.as_posix()
    talk.note(f"tables and figures: {where}    one page of all: multivector report {where}")
    return code


def _analysed(kind: str, plan: Plan, batch: Batch, talk: Talk) -> Findings:
    analyse = import_module(KINDS[kind].analysis).analyse
    with talk.progress("analysis", "parts") as tick:
        found: Findings = analyse(plan, batch, tick)
    return found


def _view(plan: Plan, batch: Batch, found: Findings) -> list[Any]:
    from rich.text import Text

    from multivector.cli.view import bullets

    counts = batch.counts
    return [
        Text(f"{plan.document.title}: {len(batch.ids):,} runs, {counts['finished']:,} worlds"),
        Text(""),
        bullets(list(found.sentences)),
        Text(""),
        Text("What bounds this", style="bold"),
        bullets(list(found.limits)),
    ]


def _document(found: Findings) -> dict[str, Any]:
    """`--json` beyond the counts: sentences, limits, facts, and the rows of the first table."""
    from multivector.lab.summary import plain

    first = next(iter(found.tables), None)
    rows = [] if first is None else plain(found.tables[first].to_dict("records"))
    return {**found.document(), "rows": rows}
