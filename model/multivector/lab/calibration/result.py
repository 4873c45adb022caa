"""What a calibration says: parameters that the record informs, statistics that it reproduces, and the named set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from multivector.lab.calibration.study import CalibrateStudy
from multivector.lab.designs import resample
from multivector.lab.parameter_sets import write_set
from multivector.parameters import load_records

if TYPE_CHECKING:
    from multivector.lab.calibration.abc import Posterior
    from multivector.lab.study import StudyFile

__all__ = ["FEWEST_PARTICLES", "INFORMED", "KEPT_DRAWS", "document", "weighted_quantiles", "write_posterior"]

Floats = NDArray[np.float64]

INFORMED: Final = 0.75
"""A parameter is informed where its posterior's 90 % interval is at most this share of the prior's (assumption)."""
FEWEST_PARTICLES: Final = 10.0
"""With fewer effective particles no single parameter counts as informed (assumption)."""
KEPT_DRAWS: Final = 100
_LEVELS: Final = (0.05, 0.5, 0.95)


def weighted_quantiles(values: Floats, weight: Floats, levels: Sequence[float]) -> list[float]:
    """Quantiles of weighted values (n,), by the middle of each value's weight."""
    order = np.argsort(values, kind="stable")
    middle = np.cumsum(weight[order]) - 0.5 * weight[order]
    return [float(np.interp(level, middle / weight.sum(), values[order])) for level in levels]


def document(study: StudyFile, posterior: Posterior, key: str) -> dict[str, Any]:
    """The JSON document: `parameters` (prior, posterior, how far informed), `statistics`, `generations`."""
    form = cast(CalibrateStudy, study.document)
    (scenario,) = study.scenarios.values()
    records = load_records()
    effective = float(1.0 / np.sum(posterior.weight**2))
    parameters = {}
    for path, (low, high) in form.priors().items():
        values = posterior.particles[path].to_numpy(dtype=np.float64)
        found = weighted_quantiles(values, posterior.weight, _LEVELS)
        share = (found[2] - found[0]) / ((_LEVELS[2] - _LEVELS[0]) * (high - low))
        parameters[path] = {
            "name": records[path].name,
            "unit": records[path].unit,
            "prior": [low, high],
            "default": records[path].default,
            "median": found[1],
            "low": found[0],
            "high": found[2],
            "width_ratio": share,
            "informed": share <= INFORMED and effective >= FEWEST_PARTICLES,
        }
    statistics = {}
    worlds = posterior.predicted.shape[1]
    weight = np.repeat(posterior.predicted_weight / worlds, worlds)
    for place, (name, one) in enumerate(form.statistics.items()):
        values = posterior.predicted[:, :, place].ravel()
        found = weighted_quantiles(values, weight, _LEVELS)
        seen, slack = float(posterior.record[place]), float(posterior.error[place])
        statistics[name] = {
            "observable": one.observable,
            "from": list(one.period_before),
            "to": list(one.period_after),
            "record": seen,
            "error": slack,
            "median": found[1],
            "low": found[0],
            "high": found[2],
            "reproduced": found[0] - 1.645 * slack <= seen <= found[2] + 1.645 * slack,
            "source": form.sources.get(one.source, one.source),
        }
    return {
        "schema": 1,
        "study": study.name,
        "title": form.title,
        "key": key,
        "scenario": scenario.id,
        "worlds": form.worlds,
        "particles": len(posterior.particles),
        "effective_particles": effective,
        "generations": posterior.generations,
        "simulations": sum(one["simulations"] for one in posterior.generations),
        "parameters": parameters,
        "statistics": statistics,
        "correlations": _correlations(posterior),
        "name": form.name,
    }


def _correlations(posterior: Posterior) -> dict[str, float]:
    """Weighted correlations of parameters beyond 0.4: what only a product or a sum of them is known of."""
    names = list(posterior.particles.columns)
    if len(names) < 2:
        return {}
    matrix = np.cov(posterior.particles.to_numpy(dtype=np.float64).T, aweights=posterior.weight)
    spread = np.sqrt(np.diag(matrix))
    found = {}
    for i, first in enumerate(names):
        for j in range(i + 1, len(names)):
            if spread[i] > 0 and spread[j] > 0 and abs(value := matrix[i, j] / spread[i] / spread[j]) > 0.4:
                found[f"{first} ~ {names[j]}"] = float(value)
    return found


def write_posterior(folder: Path, study: StudyFile, posterior: Posterior, whole: dict[str, Any]) -> Path:
    """Write `posterior.csv` (weighted particles, a design of draws) and the named set; returns the set's file."""
    table = posterior.particles.assign(weight=posterior.weight)
    part = folder / ".posterior.csv.part"
    table.to_csv(part, index=False, encoding="utf-8", lineterminator="\n", float_format="%.8g")
    part.replace(folder / "posterior.csv")
    rows = resample(posterior.weight.tolist(), KEPT_DRAWS, 0)
    draws = {path: posterior.particles[path].iloc[rows].tolist() for path in posterior.particles.columns}
    target = folder / f"{whole['name']}.yaml"
    provenance = {
        "method": "ABC-SMC (pyABC), energy distance of sixteen or more worlds from the record",
        "study": whole["study"],
        "study_key": whole["key"],
        "scenario": whole["scenario"],
        "generations": len(whole["generations"]),
        "simulations": whole["simulations"],
        "particles": whole["particles"],
        "statistics": {
            name: {"record": round(one["record"], 3), "source": one["source"]}
            for name, one in whole["statistics"].items()
        },
        "informed": [path for path, one in whole["parameters"].items() if one["informed"]],
        "not_informed": [path for path, one in whole["parameters"].items() if not one["informed"]],
    }
    values = {path: one["median"] for path, one in whole["parameters"].items()}
    write_set(target, f"Posterior of {study.name}: {whole['title']}", values, draws, provenance)
    return target
