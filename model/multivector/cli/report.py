"""`multivector report DIR`: a run or study as one page that works offline, and its tables as CSV in a zip."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multivector.cli import options
from multivector.cli.problems import DONE
from multivector.cli.talk import Talk

__all__ = ["report"]


def report(
    folder: Annotated[
        str,
        typer.Argument(metavar="DIR", help="A run or study folder, or its name under runs/.", show_default=False),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write instead of DIR/report.html.", metavar="FILE.html")
    ] = None,
    no_data: Annotated[bool, typer.Option("--no-data", help="No zip of CSV tables beside the page.")] = False,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Make one self-contained page of a run or a study.

    It holds question, findings, figures, tables, limits and how to make it again, and prints to A4. The data are beside
    it as CSV.
    """
    from multivector.lab.report import report_of
    from multivector.show.page import write_page

    talk = Talk(json, options.verbosity(verbose, quiet))
    content = report_of(folder)
    page, data = write_page(content, out, data=not no_data)
    talk.show(f"{page.as_posix()} is written" + (f", its data are {data.as_posix()}" if data else ""))
    talk.document(
        {
            "schema": 1,
            "page": page.as_posix(),
            "data": None if data is None else data.as_posix(),
            "title": content.title,
            "sentences": list(content.sentences),
            "figures": [figure.path.name for figure in content.figures],
        }
    )
    return DONE
