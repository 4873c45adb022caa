"""`multivector backtest`: forecasts against what happened, beside every rival."""

from __future__ import annotations

import typer

from multivector.cli.backtest_decisions import decisions
from multivector.cli.problems import interruptible

__all__ = ["app"]

app = typer.Typer(
    name="backtest",
    help="Forecasts against what happened, beside every rival.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _common() -> None:
    pass


app.command("decisions")(interruptible(decisions))
