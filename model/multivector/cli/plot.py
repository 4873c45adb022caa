"""`multivector plot`: draw a stored run's figures again."""

from __future__ import annotations

from typing import Annotated

import typer

from multivector.cli import options
from multivector.cli.talk import Talk

__all__ = ["plot"]


def plot(
    reference: Annotated[
        str, typer.Argument(metavar="RUN", help="A run folder, or `latest`.", show_default=False)
    ] = "latest",
    threads: options.Threads = None,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Draw a run's figures again.

    They go into the run's folder; a missing baseline is run first.
    """
    from multivector.cli.run import figures
    from multivector.lab.store import open_run

    talk = Talk(json, options.verbosity(verbose, quiet))
    options.check_counts(threads=threads)
    stored = open_run(reference)
    files = figures(stored, talk, threads=threads, again=True)
    talk.show(*(path.as_posix() for path in files))
    talk.document({"schema": 1, "folder": stored.folder.as_posix(), "figures": [path.as_posix() for path in files]})
    return 0
