"""`multivector batch`: a study file in, a batch folder with tables and figures out; gone on with after any stop."""

from __future__ import annotations

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

__all__ = ["batch"]


def batch(
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
    """Run a study: scenarios, a design, many worlds.

    Stop it as you like: the same command goes on where it was. A changed study reuses what is still the same.
    """
    talk = Talk(json, options.verbosity(verbose, quiet))
    means = Means(workers, dask, block)
    check_means(means)
    if new:
        return write_new(study, "batch", talk)
    plan, folder = prepared(study, out, talk)
    if dry_run:
        return dry_run_said(plan, folder, talk)
    results, document, code = carry_out(plan, folder, talk, means)
    if results is None:
        talk.document(document)
        return code
    from multivector.cli.batch_view import batch_document, batch_view, save_tables

    with talk.progress("comparison", "runs") as tick:
        tables = save_tables(results, progress=tick)
    talk.show(*batch_view(results, tables))
    talk.document({**document, **batch_document(results, tables)})
    code = DONE
    if not no_plots:
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
