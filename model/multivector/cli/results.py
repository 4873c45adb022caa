"""`multivector results`: what a batch folder holds, what failed and why, and its tables as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multivector.cli import options
from multivector.cli.problems import DONE, Refused
from multivector.cli.talk import Talk

__all__ = ["results"]


def results(
    folder: Annotated[
        str, typer.Argument(metavar="DIR", help="A batch folder, or its name under runs/.", show_default=False)
    ],
    failures: Annotated[bool, typer.Option("--failures", help="Show what failed, and why.")] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write every table as CSV into this zip file.", metavar="FILE.zip")
    ] = None,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Show what a batch has brought.

    Reads only, also while the batch is running.
    """
    from multivector.cli.batch_view import failures_view, recipe_lines, results_document, results_view
    from multivector.lab.export import export_zip
    from multivector.lab.results import open_batch
    from multivector.lab.tasks import FAILURES

    talk = Talk(json, options.verbosity(verbose, quiet))
    if csv is not None and csv.suffix.lower() != ".zip":
        raise Refused(f"--csv writes a zip file, not {csv.name}", key="--csv", suggestion=f"--csv {csv.stem}.zip")
    batch = open_batch(folder)
    failed = batch.table(FAILURES) if batch.counts["failed"] else None
    written = None if csv is None else export_zip(batch, csv)
    talk.show(*(failures_view(failed) if failures else results_view(batch)))
    if not failures:
        for line in recipe_lines(batch):
            talk.text(line)

    talk.document(results_document(batch, failed, written))
    if written is not None:
        talk.note(f"tables as CSV: {written.as_posix()}")
    return DONE
