"""`multivector calibrate`: a study file in, a database and a named parameter set out; gone on with after any stop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multivector.cli import options
from multivector.cli.problems import DONE, Refused
from multivector.cli.study_run import New, write_new
from multivector.cli.talk import Talk

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["calibrate"]


def calibrate(
    study: Annotated[Path, typer.Argument(metavar="STUDY.yaml", help="A study file.", show_default=False)],
    out: options.Out = None,
    no_plots: options.NoPlots = False,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
    new: New = False,
) -> int:
    """Fit parameters to the record, likelihood-free: a posterior that `--parameters` uses anywhere.

    The records' ranges are the priors. Stop it as you like: the same command goes on where it was.
    """
    talk = Talk(json, options.verbosity(verbose, quiet))
    if new:
        return write_new(study, "calibrate", talk)
    options.check_folder(out)
    from multivector.lab.calibration.result import FEWEST_POINTS, document, write_posterior
    from multivector.lab.calibration.result import calibrate as run
    from multivector.lab.calibration.simulations import study_key
    from multivector.lab.calibration.study import CalibrateStudy
    from multivector.lab.kinds import KINDS
    from multivector.lab.lock import locked
    from multivector.lab.store import ROOT, explained, folder_name, write_json
    from multivector.lab.study import load_study

    read = load_study(study)
    if not isinstance(read.document, CalibrateStudy):
        raise Refused(
            f"{study.as_posix()} is a study of kind `{read.document.kind}`, not `calibrate`",
            key="STUDY.yaml",
            suggestion=f"multivector {KINDS[read.document.kind].command} {study.as_posix()}",
        )
    key = study_key(read)
    folder = out or ROOT / folder_name(f"calibrate-{read.name}", key)
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder), talk.progress(f"calibrate {read.name}", "simulations") as tick:
            found = run(read, folder, tick)
        whole = {**document(read, found), "folder": folder.as_posix()}
        target = write_posterior(folder, read, found, whole)
        write_json(folder / "calibration.json", whole)
        if not no_plots:
            _figures(folder, whole)
    talk.show(_parameters(whole), _statistics(whole))
    if whole["effective_points"] < FEWEST_POINTS:
        few = f"{whole['effective_points']:.0f} effective points carry the posterior"
        talk.warn(f"{few}: what it says of single parameters means little; fewer parameters, or wider errors")
    if whole["widened"] > 1.0:
        misses = "the best point misses the record by more than the errors say"
        talk.note(f"{misses}: all were widened by {whole['widened']:.2f} (Birge's ratio)")
    talk.note(f"of known truths, {whole['coverage90']:.0%} lie in their 90 % intervals")
    talk.note(f"use it anywhere: --parameters {target.as_posix()}")
    talk.document({**whole, "parameter_set": target.as_posix()})
    return DONE


def _figures(folder: Path, whole: dict[str, Any]) -> None:
    from multivector.show.calibration import plot_identifiability, plot_predictive
    from multivector.show.style import save_figure

    save_figure(plot_identifiability(whole), folder / "identifiability.png")
    save_figure(plot_predictive(whole), folder / "predictive.png")


def _parameters(whole: dict[str, Any]) -> Table:
    from multivector.cli.view import table_of

    table = table_of("parameter", "prior", "posterior [90 %]", "width", "informed", right=range(1, 5))
    for path, one in whole["parameters"].items():
        low, high = one["prior"]
        table.add_row(
            path,
            f"{low:g} to {high:g}",
            f"{one['median']:.3g} [{one['low']:.3g}, {one['high']:.3g}]",
            f"{one['width_ratio']:.0%}",
            "yes" if one["informed"] else "no",
        )
    return table


def _statistics(whole: dict[str, Any]) -> Table:
    from multivector.cli.view import table_of

    table = table_of("statistic", "record", "posterior [90 %]", "reproduced", "fitted", right=range(1, 5))
    for name, one in whole["statistics"].items():
        given = f"{one['median']:+.2f} [{one['low']:+.2f}, {one['high']:+.2f}]"
        words = ["yes" if good else "no" for good in (one["reproduced"], one["left_out"] is None)]
        table.add_row(name, f"{one['record']:+.2f} ± {one['error']:.2f}", given, *words)
    return table
