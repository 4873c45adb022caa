"""`multivector backtest decisions`: the president's rule on coded decisions, beside every rival."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multivector.cli import options
from multivector.cli.problems import Refused
from multivector.cli.talk import Talk

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["decisions"]

#: What the shipped coefficients were fitted with.
DEFAULT_WORLDS, DEFAULT_CITIZENS = 32, 200


def decisions(
    file: Annotated[Path, typer.Argument(help="Coded decisions, one line per case and actor.", metavar="FILE.csv")],
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit to this file, each case left out in turn, instead of as shipped.")
    ] = False,
    save: Annotated[
        Path | None,
        typer.Option("--save", help="With --refit: keep the fits here, and go on from what is there.", metavar="JSON"),
    ] = None,
    docs: Annotated[
        Path | None, typer.Option("--docs", help="Put the tables between their marks in this page.", metavar="PAGE.md")
    ] = None,
    worlds: Annotated[
        int | None,
        typer.Option("--worlds", "-w", help=f"Worlds of the history ({DEFAULT_WORLDS}).", metavar="N"),
    ] = None,
    citizens: options.Citizens = None,
    seed: options.Seed = options.DEFAULT_SEED,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Score the president's rule on coded decisions, with the state of the world at each date, beside every rival."""
    talk = Talk(json, options.verbosity(verbose, quiet))
    options.check_counts(worlds=worlds, seed=seed, citizens=citizens)
    if save is not None and not refit:
        raise Refused("--save keeps what --refit fits; it needs --refit", key="--save", suggestion="add --refit")
    from multivector.lab.backtest.decisions import HISTORY, score_decisions
    from multivector.lab.backtest.decisions_data import read_decisions
    from multivector.lab.backtest.decisions_fits import fit_all, shipped_fits
    from multivector.lab.backtest.decisions_history import simulate_history
    from multivector.lab.backtest.decisions_page import around_tables, write_tables
    from multivector.lab.parameter_sets import defaults_fitted_until
    from multivector.lab.provenance import code_hash
    from multivector.lab.store import check_place, explained
    from multivector.scenario import load_scenario

    if save is not None:
        check_place(save, "--save")
    if docs is not None:
        around_tables(docs)
        check_place(docs, "--docs")
    scenario = load_scenario(HISTORY, citizens=citizens or DEFAULT_CITIZENS)
    data = read_decisions(file, list(scenario.powers))
    with talk.progress(f"history of {len(data.cases)} cases", "months") as tick:
        history = simulate_history(
            scenario,
            [case.date for case in data.cases],
            worlds=worlds or DEFAULT_WORLDS,
            seed=seed,
            progress=tick,
        )
    if refit:
        about = {"citizens": citizens or DEFAULT_CITIZENS, "seed": seed, "code": code_hash()}
        with talk.progress("fits, each case left out in turn", "cases") as tick:
            fits = fit_all(data, history, save=save, about=about, progress=tick)
    else:
        fits = shipped_fits()
    with talk.progress("forecasts", "models") as tick:
        until = defaults_fitted_until()
        whole = score_decisions(data, history, fits, refitted=refit, fitted_until=until, progress=tick)
    for note in whole["notes"]:
        talk.note(note)
    _show(whole, talk)
    # written before the document is printed: what fails here is then the only document
    if docs is not None:
        with explained(docs, "--docs"):
            write_tables(docs, whole)
        talk.note(f"tables: {docs.as_posix()}")
    talk.document(whole)
    return 0


def _show(whole: dict[str, Any], talk: Talk) -> None:
    from rich.text import Text

    for view, title in whole["view_titles"].items():
        talk.show(Text(f"\n{title[0].upper()}{title[1:]}", style="bold"), _table(whole, view))
    common = whole["subset_titles"]["common"]
    talk.show(Text(f"common: log score on {common} (the mean stands in for none).\n"))
    talk.show(*(Text(line) for line in sentences(whole)))


def _table(whole: dict[str, Any], view: str) -> Table:
    """All models under one view, best log score first."""
    from rich import box
    from rich.table import Table

    subsets = whole["views"][view]
    every, fresh, common = (subsets[name] for name in ("all", "out_of_sample", "common"))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("model", no_wrap=True)
    for name in (
        f"log score ({every['n']})",
        "RPS",
        "MAE",
        "exact",
        "ours better by [95 %]",
        f"out of sample ({fresh['n']})",
        f"common ({common['n']})",
    ):
        table.add_column(name, justify="right")
    for name in sorted(every["models"], key=lambda name: -every["models"][name]["log_score"]):
        of_all = every["models"][name]
        table.add_row(
            f"[bold]{whole['titles'][name]}[/]" if name == "multivector" else whole["titles"][name],
            f"{of_all['log_score']:.3f}",
            f"{of_all['rps']:.3f}",
            f"{of_all['mae']:.1f}",
            f"{of_all['exact']:.2f}",
            _better(every["ours_better_by"].get(name)),
            *(f"{one['models'][name]['log_score']:.3f}" if one["n"] else "-" for one in (fresh, common)),
        )
    return table


def _better(difference: dict[str, dict[str, Any]] | None) -> str:
    from multivector.lab.backtest.scores import gap_words

    return "" if difference is None else gap_words(difference["log_score"], 3)


def sentences(whole: dict[str, Any]) -> list[str]:
    """What the tables say, in words: nothing is called better where the interval contains zero, or cases are few."""
    from multivector.lab.backtest.scores import FEWEST

    lines = []
    counts = {subset: whole["views"]["all"][subset]["n"] for subset in ("all", "out_of_sample")}
    few = [subset for subset, n in counts.items() if 0 < n < FEWEST]
    # where all cases are too few, those out of sample are, and need no line
    for subset in few[:1]:
        title = f"{whole['subset_titles'][subset]} ({counts[subset]})"
        lines.append(f"{title[0].upper()}{title[1:]}: fewer than {FEWEST}, too few for an interval or a verdict.")
    for view, title in whole["view_titles"].items():
        for subset in ("all", "out_of_sample"):
            part = whole["views"][view][subset]
            if part["n"] < FEWEST:
                continue
            better = [n for n, d in part["ours_better_by"].items() if d["log_score"]["low"] > 0]
            worse = [n for n, d in part["ours_better_by"].items() if d["log_score"]["high"] < 0]
            rest = [n for n in part["ours_better_by"] if n not in better and n not in worse]
            said = [f"{_names(whole, rest)}: no difference is shown"] if rest else []
            said = [f"worse than {_names(whole, worse)}", *said] if worse else said
            said = [f"better than {len(better)} of {len(part['ours_better_by'])} rivals", *said]
            lines.append(f"{title}, {whole['subset_titles'][subset]} ({part['n']}), log score: {'; '.join(said)}.")
    pair = whole["views"]["all"]["out_of_sample"]["ours_better_by"].get("constant_weights")
    if pair is not None and counts["out_of_sample"] >= FEWEST and pair["log_score"]["low"] <= 0:
        lines.append("Weights that move with the state are not shown to forecast better than constant ones.")
    return lines


def _names(whole: dict[str, Any], names: list[str]) -> str:
    return ", ".join(whole["titles"][name] for name in names)
