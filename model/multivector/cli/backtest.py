"""`multivector backtest`: forecasts against what happened, beside every rival."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multivector.cli import backtest_series, options
from multivector.cli.backtest_decisions import decisions
from multivector.cli.problems import DONE, interruptible
from multivector.cli.talk import Talk

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["app"]

app = typer.Typer(
    name="backtest",
    help="Forecasts against what happened, beside every rival.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

_ISSUE_NAMES = {
    "ours": "ours (settlement)",
    "weighted_mean": "weighted mean",
    "unweighted_mean": "unweighted mean",
    "weighted_median": "weighted median",
    "nash_bargaining": "Nash bargaining",
    "probabilistic_condorcet": "probabilistic Condorcet",
    "exchange": "exchange",
    "challenge": "challenge",
    "always_50": "always 50",
}


@app.callback()
def _common() -> None:
    pass


app.command("series")(interruptible(backtest_series.series))


@app.command("issues")
@interruptible
def issues(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Coded issues, one row per actor and issue (CSV).")],
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit anew on this file, cross-validated by proposal in ten folds.")
    ] = False,
    lend: Annotated[
        bool, typer.Option("--lend", help="Also show every rival's point with our way to spread around it.")
    ] = False,
    forecasts: Annotated[
        Path | None, typer.Option("--forecasts", help="Write every model's forecast of every issue.", metavar="CSV")
    ] = None,
    write_fit: Annotated[
        Path | None, typer.Option("--write-fit", help="Write what was fitted, and on what (YAML).", metavar="YAML")
    ] = None,
    seed: options.Seed = options.DEFAULT_SEED,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Where a group of actors settles: coded issues, our settlement beside every rival."""
    talk = Talk(json, options.verbosity(verbose, quiet))
    options.check_counts(seed=seed)
    from multivector.lab.backtest.issue_fit import write_fit as save_fit
    from multivector.lab.backtest.issue_report import backtest_issues, forecast_rows, save_forecasts
    from multivector.lab.backtest.issues import read_issues
    from multivector.lab.store import check_place, explained

    for place, key in ((forecasts, "--forecasts"), (write_fit, "--write-fit")):
        if place is not None:
            check_place(place, key)
    data = read_issues(file)
    with talk.progress(f"backtest {len(data.issues)} issues", "steps") as tick:
        run = backtest_issues(data, refit=refit or write_fit is not None, lend=lend, seed=seed, progress=tick)
    whole = {**run.document, "file": file.name}
    talk.show(_issue_table(whole["models"]))
    if lend:
        talk.show("Every rival's point with our way to spread around it:", _issue_table(whole["lent"]))
    for line in _issue_notes(whole):
        talk.note(line)
    # written before the document is printed: what fails here is then the only document
    if forecasts is not None:
        with explained(forecasts, "--forecasts"):
            save_forecasts(forecasts, forecast_rows(data, run))
        talk.note(f"forecasts: {forecasts.as_posix()}")
    if write_fit is not None:
        with explained(write_fit, "--write-fit"):
            save_fit(write_fit, run.fit, data.issues)
        talk.note(f"fit: {write_fit.as_posix()}")
    talk.document(whole)
    return DONE


def _issue_table(models: dict[str, Any]) -> Table:
    from multivector.cli.view import table_of
    from multivector.lab.backtest.scores import gap_words

    table = table_of("model", "CRPS", "MAE", "median", "in 10", "log", "CRPS gap [95 %]", right=range(1, 7), whole=(0,))
    for name, one in models.items():
        gap = one["difference_from_weighted_mean"]["crps"]
        table.add_row(
            _ISSUE_NAMES.get(name, name),
            f"{one['crps']:.2f}",
            f"{one['mae']:.2f}",
            f"{one['median_error']:.1f}",
            f"{one['within10']:.2f}",
            f"{one['log_score']:.2f}",
            gap_words(gap, 2),
            style="bold" if name == "ours" else None,
        )
    return table


def _issue_notes(whole: dict[str, Any]) -> list[str]:
    """What a reader must know of the figures."""
    from multivector.lab.backtest.scores import FEWEST

    n, proposals, seen = whole["n"], whole["proposals"], whole["issues_in_shipped_fit"]
    if whole["fit"] == "shipped":
        how = "forecast with the fit that ships, which has seen none of them"
    else:
        how = "each forecast from a fit on other proposals (ten folds)"
    notes = [
        "CRPS, MAE and median error of the median in points of 0..100; in 10: share within 10 points of the mode; "
        "log: score a whole point (higher is better); gap: to the weighted mean, paired bootstrap by proposal",
        f"{n} issues of {proposals} proposals, {how}; data sha256 {whole['data_sha256'][:12]}",
    ]
    if proposals < FEWEST:
        notes.append(f"fewer than {FEWEST} proposals: too few for an interval, or to call a model better or worse")
    if seen and whole["fit"] != "shipped":
        notes.append(f"the fit that ships has seen {seen} of these issues: everything was fitted anew")
    return [*notes, *whole["notes"]]


app.command("decisions")(interruptible(decisions))
