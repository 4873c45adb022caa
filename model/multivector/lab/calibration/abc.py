"""Approximate Bayesian computation by sequential Monte Carlo (Toni et al. 2009), with pyABC, in a database.

Why pyABC (Schälte et al. 2022, Journal of Open Source Software 7): it is kept, it adapts its thresholds and kernels,
and its database is the result, so that a calibration that was stopped goes on from its last generation and can be
read years later. A particle is one point of parameters with sixteen worlds side by side, so that its distance is that
of a whole cloud of worlds from the record. What a particle gave is kept: a stop inside a generation costs nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest.series_history import OBSERVED, simulate
from multivector.lab.calibration.statistics import energy_distance, recorded, simulated
from multivector.lab.calibration.study import CalibrateStudy
from multivector.lab.errors import LabError
from multivector.lab.provenance import code_hash, hash_of

if TYPE_CHECKING:
    import pandas as pd

    from multivector.lab.study import StudyFile

__all__ = ["DATABASE", "Posterior", "calibrate", "study_key"]

Floats = NDArray[np.float64]
#: Called with (simulations done, the most there can be, a few words).
Progress = Callable[[int, int, str], None]

DATABASE = "abc.db"
SIMULATIONS = "simulations"


@dataclass(frozen=True)
class Posterior:
    """What came out.

    Attributes
    ----------
    particles : one row a particle, a column a parameter; weight (N,) sums to one.
    predicted : (N, W, S) statistics of the accepted particles' worlds, predicted_weight (N,); record, error : (S,).
    generations : one mapping a generation: number, epsilon, particles, simulations, acceptance.
    """

    particles: pd.DataFrame
    weight: Floats
    predicted: Floats
    predicted_weight: Floats
    record: Floats
    error: Floats
    generations: list[dict[str, Any]]


def study_key(study: StudyFile) -> str:
    """sha256 of what the result depends on: scenario, priors, statistics, worlds, population, seed and code.

    Without how long it goes on: more generations go on in the same database.
    """
    document = cast(CalibrateStudy, study.document)
    (scenario,) = study.scenarios.values()
    statistics = {name: one.model_dump(mode="json") for name, one in document.statistics.items()}
    made_of = [OBSERVED, scenario.hash, document.priors(), statistics, document.worlds, document.population]
    return hash_of([*made_of, list(document.seeds), code_hash()])


def calibrate(study: StudyFile, folder: Path, progress: Progress) -> Posterior:
    """Run, or go on with, the calibration in `folder`; returns the posterior of its last generation.

    Raises LabError where pyABC is not installed, or where the folder holds another calibration.
    """
    pyabc = _library()
    document = cast(CalibrateStudy, study.document)
    priors = document.priors()
    record = recorded(list(document.statistics.values()))
    error = np.array([one.error for one in document.statistics.values()])
    folder.mkdir(parents=True, exist_ok=True)
    simulator = _Simulator(study, folder, progress)

    def model(point: Mapping[str, float]) -> dict[str, Floats]:
        return {"worlds": simulator({path: float(point[path]) for path in priors})}

    def distance(given: Mapping[str, Floats], seen: Mapping[str, Floats]) -> float:
        return energy_distance(given["worlds"], seen["record"], error)

    prior = pyabc.Distribution(**{path: pyabc.RV("uniform", low, high - low) for path, (low, high) in priors.items()})
    database = f"sqlite:///{(folder / DATABASE).resolve().as_posix()}"
    key = study_key(study)
    while True:
        # a generation knows nothing but the database and its own stream, so that one that is gone on with is the same
        sampler = pyabc.sampler.SingleCoreSampler()
        engine = pyabc.ABCSMC(model, prior, distance, population_size=document.population, sampler=sampler)
        history = _opened(engine, database, folder, key, {"record": record})
        done = int(history.max_t) + 1
        simulator.generation = done
        if done >= document.generations or simulator.count(history) >= document.simulations:
            break
        np.random.seed(int(document.seeds[0]) * 1000 + done)  # noqa: NPY002  # pyABC draws from numpy's own generator
        history = engine.run(max_nr_populations=1)
        if int(history.max_t) < done:
            break
        if done and _acceptance(history, document.population) < document.acceptance:
            break
    return _posterior(history, priors, record, error)


class _Simulator:
    """Worlds under one point of parameters, kept by what made them."""

    def __init__(self, study: StudyFile, folder: Path, progress: Progress) -> None:
        document = cast(CalibrateStudy, study.document)
        (self.scenario,) = study.scenarios.values()
        self.statistics = list(document.statistics.values())
        last = max(one.period_after[1] for one in self.statistics)
        self.scenario = self.scenario.model_copy(update={"end": f"{last}-12"})
        self.worlds, self.seed = document.worlds, int(document.seeds[0])
        self.most, self.progress = document.simulations, progress
        self.kept, self.done, self.generation = folder / SIMULATIONS, 0, 0
        self.kept.mkdir(exist_ok=True)

    def __call__(self, point: Mapping[str, float]) -> Floats:
        """(W, S) statistics of every world."""
        # chance differs between points: with common numbers one lucky set of worlds could decide
        text = json.dumps([sorted(point.items()), self.seed])
        key = hashlib.sha256(text.encode("utf-8")).hexdigest()
        path = self.kept / f"{key[:32]}.npy"
        try:
            found = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            history = simulate(self.scenario, [point], self.worlds, int(key[:8], 16))
            found = simulated(history, self.statistics)
            part = path.with_name(f".{path.name}.{os.getpid()}.tmp")
            with part.open("wb") as stream:
                np.save(stream, found)
            part.replace(path)
        self.done += 1
        self.progress(self.done, self.most, f"generation {self.generation + 1}")
        return np.asarray(found, dtype=np.float64)

    def count(self, history: Any) -> int:
        """Simulations of all generations in the database."""
        total = int(history.total_nr_simulations)
        self.done = max(self.done, total)
        return total


def _library() -> Any:
    try:
        import pyabc
    except ImportError:
        raise LabError(
            "calibration needs pyABC, which is not installed",
            key="calibrate",
            suggestion='pip install "multivector[lab]"',
        ) from None
    for name in ("ABC", "ABC.Sampler", "ABC.History"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return pyabc


def _opened(engine: Any, database: str, folder: Path, key: str, seen: Mapping[str, Floats]) -> Any:
    """The database's history: a new one, or the one that is there, if it is of this calibration."""
    mark = folder / "calibration.key"
    if (folder / DATABASE).exists() and mark.exists():
        if mark.read_text(encoding="utf-8").strip() != key:
            raise LabError(
                f"{folder.as_posix()} holds another calibration (the study, the scenario or the code has changed)",
                file=folder.as_posix(),
                key="--out",
                suggestion="name another folder with --out",
            )
        return engine.load(database, 1, dict(seen))
    (folder / DATABASE).unlink(missing_ok=True)  # begun, and stopped before it was marked
    history = engine.new(database, dict(seen))
    mark.write_text(key + "\n", encoding="utf-8", newline="\n")
    return history


def _acceptance(history: Any, population: int) -> float:
    rows = history.get_all_populations()
    return population / max(float(rows["samples"].iloc[-1]), 1.0)


def _posterior(history: Any, priors: Mapping[str, Any], record: Floats, error: Floats) -> Posterior:
    last = int(history.max_t)
    if last < 0:
        raise LabError("the calibration has no finished generation yet", key="calibrate", code=1)
    particles, weight = history.get_distribution(m=0, t=last)
    weights, given = history.get_weighted_sum_stats(t=last)
    particles = particles[list(priors)].reset_index(drop=True)
    weight, of_predicted = np.asarray(weight, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    rows = history.get_all_populations()
    generations = [
        {
            "generation": int(row["t"]) + 1,
            "epsilon": float(row["epsilon"]) if np.isfinite(row["epsilon"]) else None,
            "particles": int(row["particles"]),
            "simulations": int(row["samples"]),
        }
        for _, row in rows.iterrows()
        if int(row["t"]) >= 0
    ]
    predicted = np.stack([np.asarray(one["worlds"], dtype=np.float64) for one in given])
    of_predicted = of_predicted / of_predicted.sum()
    return Posterior(particles, weight / weight.sum(), predicted, of_predicted, record, error, generations)
