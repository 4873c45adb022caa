"""`multivector explain`: which decisions a run held, and why one of them was taken."""

from __future__ import annotations

from typing import Annotated

import typer

from multivector.cli import options
from multivector.cli.talk import Talk

__all__ = ["explain"]


def explain(
    reference: Annotated[
        str, typer.Argument(metavar="RUN", help="A run folder, or `latest`.", show_default=False)
    ] = "latest",
    decision: Annotated[
        str | None,
        typer.Option("--decision", "-d", help="The decision to explain: its id, or ID@YYYY-MM.", metavar="ID"),
    ] = None,
    world: Annotated[
        int | None, typer.Option("--world", help="In this one world; otherwise the average.", metavar="K")
    ] = None,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Say why a decision was taken.

    Options and their probabilities, wishes and weights, hazards before and after. Without --decision it lists
    the run's decisions.
    """
    from multivector.cli import view
    from multivector.cli.documents import decisions_document
    from multivector.lab.explain import explain_decision, list_decisions
    from multivector.lab.store import open_run

    talk = Talk(json, options.verbosity(verbose, quiet))
    stored = open_run(reference)
    ensemble = stored.ensemble()
    if decision is None:
        rows = list_decisions(ensemble, world=world)
        talk.show(*view.decisions_view(rows, world))
        talk.document(decisions_document(stored, rows, world))
    else:
        document = explain_decision(ensemble, decision, world=world)
        talk.show(*view.explanation_view(document))
        talk.document({**document, "folder": stored.folder.as_posix()})
    return 0
