"""What a calibration says: parameters that the record informs, statistics that it reproduces, and the named set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from multivector.lab.calibration.emulator import Emulator, fit_emulator, needed
from multivector.lab.calibration.posterior import LEVELS, Posterior, coverage, halves, infer
from multivector.lab.calibration.simulations import Progress, Simulations, design_points, study_key
from multivector.lab.calibration.statistics import error_covariance, recorded
from multivector.lab.calibration.study import CalibrateStudy
from multivector.lab.designs import resample
from multivector.lab.parameter_sets import write_set
from multivector.parameters import load_records

if TYPE_CHECKING:
    from multivector.lab.study import StudyFile

__all__ = ["FEWEST_POINTS", "INFORMED", "Calibration", "calibrate", "document", "write_posterior"]

Floats = NDArray[np.float64]

INFORMED: Final = 0.75
"""A parameter is informed where its 90 % interval is at most this share of the prior's, and where each half of the
design finds half of that narrowing at least (assumption)."""
FEWEST_POINTS: Final = 100.0
"""With fewer effective points none counts as informed: its interval is known to a tenth at best (assumption)."""
DRAWS: Final = 1000
KEPT_DRAWS: Final = 100


@dataclass(frozen=True)
class Calibration:
    """What came out. S statistics (fitted and not), F of them fitted, P parameters, N runs, C checks, W worlds.

    Attributes
    ----------
    fitted : (S,) mask; record, error : (S,).
    worlds : (N, W, S) the design's runs; predicted : (C, W, S) runs at points of the posterior.
    emulator : of the fitted statistics; posterior : weighted points.
    apart : (2, P, 3) quantiles by each half of the design; covered : (P,) share of known truths in 90 % intervals.
    """

    fitted: NDArray[np.bool_]
    record: Floats
    error: Floats
    worlds: Floats
    predicted: Floats
    emulator: Emulator
    posterior: Posterior
    apart: Floats
    covered: Floats


def calibrate(study: StudyFile, folder: Path, progress: Progress) -> Calibration:
    """Run, or go on with, the calibration in `folder`.

    Raises LabError where scikit-learn is not installed, or where the folder holds another calibration.
    """
    form = cast(CalibrateStudy, study.document)
    needed()
    statistics, seed = list(form.statistics.values()), int(form.seeds[0])
    fitted = np.array([one.left_out is None for one in statistics])
    record, error = recorded(statistics)[fitted], error_covariance(statistics)[np.ix_(fitted, fitted)]
    runs = Simulations(study, folder, progress)
    low, high = np.array(list(form.priors().values()), dtype=np.float64).T
    points = design_points(low, high, form.simulations, seed)
    worlds = runs.run(points, "design")
    used = worlds[:, :, fitted]
    emulator = fit_emulator(points, used, low, high)
    posterior = infer(emulator, record, error, seed)
    chosen = posterior.points[resample(posterior.weight.tolist(), form.checks, seed)]
    return Calibration(
        fitted=fitted,
        record=recorded(statistics),
        error=np.array([one.error for one in statistics]),
        worlds=worlds,
        predicted=runs.run(chosen, "checks"),
        emulator=emulator,
        posterior=posterior,
        apart=halves(points, used, emulator, record, error, seed),
        covered=coverage(emulator, points, used, error, seed),
    )


def document(study: StudyFile, found: Calibration) -> dict[str, Any]:
    """The JSON document: `parameters` (prior, posterior, how far informed), `statistics`, checks of the method."""
    form = cast(CalibrateStudy, study.document)
    (scenario,) = study.scenarios.values()
    parameters = _parameters(form, found)
    return {
        "schema": 2,
        "study": study.name,
        "title": form.title,
        "key": study_key(study),
        "scenario": scenario.id,
        "worlds": form.worlds,
        "simulations": form.simulations,
        "checks": form.checks,
        "effective_points": found.posterior.effective,
        "widened": found.posterior.widened,
        "misfit": found.posterior.misfit,
        "fitted": int(found.fitted.sum()),
        "coverage90": float(found.covered.mean()),
        "informed": [path for path, one in parameters.items() if one["informed"]],
        "parameters": parameters,
        "statistics": _statistics(form, found),
        "correlations": _correlations(list(form.priors()), found.posterior),
        "name": form.name,
    }


def _parameters(form: CalibrateStudy, found: Calibration) -> dict[str, Any]:
    records, whole = load_records(), found.posterior.quantiles()
    told = {}
    for place, (path, (low, high)) in enumerate(form.priors().items()):
        prior = (LEVELS[2] - LEVELS[0]) * (high - low)
        widths = [float((one[2] - one[0]) / prior) for one in (whole[place], *found.apart[:, place])]
        told[path] = {
            "name": records[path].name,
            "unit": records[path].unit,
            "prior": [low, high],
            "default": records[path].default,
            "median": float(whole[place, 1]),
            "low": float(whole[place, 0]),
            "high": float(whole[place, 2]),
            "width_ratio": widths[0],
            "width_ratio_halves": widths[1:],
            "median_halves": [float(one) for one in found.apart[:, place, 1]],
            "coverage90": float(found.covered[place]),
            "informed": widths[0] <= INFORMED
            and max(widths[1:]) <= 0.5 * (1.0 + INFORMED)
            and found.posterior.effective >= FEWEST_POINTS,
        }
    return told


def _statistics(form: CalibrateStudy, found: Calibration) -> dict[str, Any]:
    told: dict[str, Any] = {}
    means, scatter = found.worlds.mean(axis=1), found.worlds.var(axis=1, ddof=1)
    explained = iter(found.emulator.explained)
    errors = np.array([NormalDist().inv_cdf((place + 0.5) / 100) for place in range(100)])
    for place, (name, one) in enumerate(form.statistics.items()):
        record, error = float(found.record[place]), float(found.error[place])
        worlds = found.predicted[:, :, place].ravel()
        seen = (worlds[:, None] + error * errors).ravel()
        low, median, high = np.quantile(worlds, LEVELS)
        first, _, last = np.quantile(seen, LEVELS)
        reach = np.abs(means[:, place] - record) / np.sqrt(error**2 + scatter[:, place])
        told[name] = {
            "observable": one.observable,
            "measure": one.measure,
            "record": record,
            "error": error,
            "median": float(median),
            "low": float(low),
            "high": float(high),
            "reproduced": bool(first <= record <= last),
            "reach": float(reach.min()),
            "explained": float(next(explained)) if one.left_out is None else None,
            "left_out": one.left_out,
            "source": form.sources.get(one.source, one.source),
        }
    return told


def _correlations(names: list[str], posterior: Posterior) -> dict[str, float]:
    """Weighted correlations of parameters beyond 0.4: what only a product or a sum of them is known of."""
    if len(names) < 2:
        return {}
    matrix = np.cov(posterior.points.T, aweights=posterior.weight)
    spread = np.sqrt(np.diag(matrix))
    found = {}
    for i, first in enumerate(names):
        for j in range(i + 1, len(names)):
            if spread[i] > 0 and spread[j] > 0 and abs(value := matrix[i, j] / spread[i] / spread[j]) > 0.4:
                found[f"{first} ~ {names[j]}"] = float(value)
    return found


def write_posterior(folder: Path, study: StudyFile, found: Calibration, whole: dict[str, Any]) -> Path:
    """Write `posterior.csv` (draws alike in weight, a design of draws) and the named set; returns the set's file."""
    import pandas as pd

    names = list(whole["parameters"])
    rows = resample(found.posterior.weight.tolist(), DRAWS, 0)
    rows = np.random.default_rng(0).permutation(rows).tolist()
    table = pd.DataFrame(found.posterior.points[rows], columns=names)
    part = folder / ".posterior.csv.part"
    table.to_csv(part, index=False, encoding="utf-8", lineterminator="\n", float_format="%.8g")
    part.replace(folder / "posterior.csv")
    target = folder / f"{whole['name']}.yaml"
    provenance = {
        "method": "synthetic likelihood on an emulator of a Sobol' design of simulations",
        "study": whole["study"],
        "study_key": whole["key"],
        "scenario": whole["scenario"],
        "fitted_until": f"{max(one.last for one in cast(CalibrateStudy, study.document).fitted.values())}-12",
        "simulations": whole["simulations"],
        "worlds": whole["worlds"],
        "effective_points": round(whole["effective_points"]),
        "statistics": {
            name: {"record": round(one["record"], 3), "error": one["error"], "source": one["source"]}
            for name, one in whole["statistics"].items()
            if one["left_out"] is None
        },
        "informed": whole["informed"],
        "not_informed": [path for path in names if path not in whole["informed"]],
    }
    values = {path: one["median"] for path, one in whole["parameters"].items()}
    draws = {path: table[path].iloc[:KEPT_DRAWS].tolist() for path in names}
    write_set(target, f"Posterior of {study.name}: {whole['title']}", values, draws, provenance)
    return target
