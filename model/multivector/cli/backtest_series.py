"""`multivector backtest series`: dated figures of ties, forecast from yearly origins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multivector.cli import options
from multivector.cli.problems import DONE, Refused
from multivector.cli.talk import Talk

if TYPE_CHECKING:
    from rich.table import Table

    from multivector.scenario import Scenario

__all__ = ["series"]

HISTORY = "history-1992"
_WORLDS, _DRAWS, _CITIZENS, _HORIZONS = 128, 16, 100, 10


def series(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Dated figures, one a row (CSV).", show_default=False)],
    scenario: Annotated[
        str, typer.Option("--scenario", help="The scenario that runs through these years.", metavar="SCENARIO")
    ] = HISTORY,
    worlds: Annotated[int, typer.Option("--worlds", "-w", help="Worlds, over all draws.", metavar="N")] = _WORLDS,
    draws: Annotated[
        int, typer.Option("--draws", help="Parameter draws; the worlds are divided among them.", metavar="N")
    ] = _DRAWS,
    horizons: Annotated[int, typer.Option("--horizons", help="Years ahead, at most.", metavar="N")] = _HORIZONS,
    since: Annotated[
        int | None, typer.Option("--since", help="Score only figures of this year and later.", metavar="YEAR")
    ] = None,
    constant: Annotated[
        bool, typer.Option("--constant/--no-constant", help="Also run the version with constant weights.")
    ] = True,
    citizens: options.Citizens = _CITIZENS,
    seed: options.Seed = options.DEFAULT_SEED,
    parameters: options.ParameterSet = None,
    sets: options.Sets = None,
    out: options.Out = None,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Trade shares, UN votes, arms and attitudes: forecast from yearly origins, scored beside persistence and others.

    Histories are kept in the output folder: stop it as you like, the same command goes on.
    """
    talk = Talk(json, options.verbosity(verbose, quiet))
    options.check_counts(worlds=worlds, seed=seed, citizens=citizens)
    options.check_folder(out)
    for value, key, most in ((draws, "--draws", 1000), (horizons, "--horizons", 50)):
        if not 1 <= value <= most:
            raise Refused(f"{key} must be 1 to {most:,}, not {value}", key=key)
    if draws > worlds:
        raise Refused(f"--draws ({draws}) must not be above --worlds ({worlds})", key="--draws")
    from multivector.lab.backtest.series_facts import read_series
    from multivector.lab.backtest.series_history import draws_of
    from multivector.lab.backtest.series_run import Options, backtest_series
    from multivector.lab.parameter_sets import draws_from, find_set
    from multivector.lab.store import ROOT, explained, replacing, write_json
    from multivector.scenario import load_scenario

    resolved = load_scenario(scenario, sets=options.expressions(parameters, sets), citizens=citizens)
    read_series(file, resolved.powers)  # what is wrong with the file is said before anything runs
    drawn = draws_of(draws, seed) if parameters is None else draws_from(find_set(parameters), draws, seed)
    folder = out or ROOT / f"backtest-series-{resolved.id}"
    chosen = Options(max(worlds // draws, 1), horizons, seed, constant, since)
    with explained(folder), talk.progress(f"backtest series, {worlds} worlds", "histories") as tick:
        result = backtest_series(file, resolved, drawn, folder, chosen, tick)
        whole = {**result.document, "parameters": parameters, "folder": folder.as_posix()}
        with replacing(folder / "forecasts.csv") as part:
            result.scored.to_csv(part, index=False, encoding="utf-8", lineterminator="\n")
        write_json(folder / "series.json", whole)
    if not whole["n"]:
        talk.warn(f"no figure lies {whole['horizon']} years after an origin: the headline is empty, see `families`")
    talk.show(_series_table(whole), _family_table(whole))
    _notes(whole, resolved, talk)
    talk.document(whole)
    return DONE


def _series_table(whole: dict[str, Any]) -> Table:
    from multivector.cli.view import table_of

    table = table_of(f"{whole['horizon']} years ahead", "50 %", "90 %", "CRPS", "persistence", "n", right=range(1, 6))
    for name, one in whole["series"].items():
        table.add_row(name, *_cells(one))
    return table


def _family_table(whole: dict[str, Any]) -> Table:
    from multivector.cli.view import table_of
    from multivector.lab.backtest.scores import gap_words

    table = table_of("all powers", "50 %", "90 %", "CRPS", "ours - rival [95 %]", "MAE", right=range(1, 6))
    for name, family in whole["families"].items():
        table.add_row(f"{family['words']} ({family['n']} figures, {family['unit']})", style="bold")
        for model, one in family["models"].items():
            gap = family["differences"].get(model)
            shown = "" if gap is None else gap_words(gap, 3)
            cells = (f"{one['coverage50']:.2f}", f"{one['coverage90']:.2f}", f"{one['crps']:.3f}", shown)
            table.add_row(f"  {model.replace('_', ' ')}", *cells, f"{one['mae']:.3f}")
        del name
    return table


def _cells(one: dict[str, Any]) -> list[str]:
    return [
        f"{one['coverage50']:.2f}",
        f"{one['coverage90']:.2f}",
        f"{one['crps']:.3f}",
        f"{one['crps_persistence']:.3f}",
        str(one["n"]),
    ]


def _notes(whole: dict[str, Any], scenario: Scenario, talk: Talk) -> None:
    order = whole["order_of_agreement"]
    if order["n"]:
        said = ", ".join(scenario.powers[name].name for name in order["forecast"])
        kept = "as it came" if order["same"] else "not as it came"
        talk.note(f"agreement in votes after {order['after']}, as forecast: {said} ({kept})")
    talk.note(f"judged ex ante; ex post, all horizons and the rivals are in {whole['folder']}/series.json")
