"""The runs of a calibration, in one database that is gone on with.

The design is a scrambled Sobol' sequence over the ranges (Sobol' 1967; Owen 1998): more simulations are more points of
the same sequence. What is kept of a run is every yearly observable of every world, not the statistics: who doubts a
statistic or an error changes the study and has the answer without a new run. Each run is committed by itself, so that
a stop costs one run at most.
"""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest.series_history import OBSERVED, History, simulate
from multivector.lab.calibration.statistics import simulated
from multivector.lab.calibration.study import CalibrateStudy
from multivector.lab.errors import LabError
from multivector.lab.provenance import code_hash, hash_of

if TYPE_CHECKING:
    from multivector.lab.study import StudyFile

__all__ = ["DATABASE", "Progress", "Simulations", "design_points", "study_key"]

Floats = NDArray[np.float64]
#: Called with (simulations done, all of them, a few words).
Progress = Callable[[int, int, str], None]

DATABASE = "calibration.db"
_TABLES = """
create table if not exists study (key text not null);
create table if not exists simulations (point text primary key, number integer not null, histories blob not null);
"""


def study_key(study: StudyFile) -> str:
    """sha256 of what a simulation depends on: scenario, ranges, worlds, seed, last year and code.

    Without the statistics and the number of simulations: both may change and use the runs that are there.
    """
    document = cast(CalibrateStudy, study.document)
    (scenario,) = study.scenarios.values()
    made_of = [OBSERVED, scenario.hash, document.priors(), document.worlds, list(document.seeds), _last(document)]
    return hash_of([*made_of, code_hash()])


def _last(document: CalibrateStudy) -> int:
    return max(one.last for one in document.statistics.values())


def design_points(low: Floats, high: Floats, number: int, seed: int) -> Floats:
    """The first `number` points of a scrambled Sobol' sequence from low (P,) to high (P,), (number, P)."""
    import warnings

    from scipy.stats import qmc

    sampler = qmc.Sobol(d=len(low), rng=np.random.default_rng(seed))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The balance properties")
        return np.asarray(low + (high - low) * sampler.random(number), dtype=np.float64)


class Simulations:
    """Worlds under points of parameters, kept in `folder`/DATABASE.

    Raises LabError where the folder holds another calibration, or where its database cannot be read.
    """

    def __init__(self, study: StudyFile, folder: Path, progress: Progress) -> None:
        document = cast(CalibrateStudy, study.document)
        (scenario,) = study.scenarios.values()
        self.scenario = scenario.model_copy(update={"end": f"{_last(document)}-12"})
        self.paths = list(document.priors())
        self.statistics = list(document.statistics.values())
        self.worlds, self.seed = document.worlds, int(document.seeds[0])
        self.most, self.done, self.progress = document.simulations + document.checks, 0, progress
        self.database = folder / DATABASE
        self._open(folder, study_key(study))

    def _open(self, folder: Path, key: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with closing(self._connect()) as base, base:
                base.executescript(_TABLES)
                found = [row[0] for row in base.execute("select key from study")]
                if not found:
                    base.execute("insert into study values (?)", (key,))
        except sqlite3.DatabaseError as error:
            raise LabError(
                f"{self.database.as_posix()} cannot be read: {error}", file=self.database.as_posix(), key="--out"
            ) from None
        if found and found != [key]:
            raise LabError(
                f"{folder.as_posix()} holds another calibration (ranges, worlds, scenario or code have changed)",
                file=folder.as_posix(),
                key="--out",
                suggestion="name another folder with --out",
            )

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.database, timeout=30.0)

    def run(self, points: Floats, said: str) -> Floats:
        """Statistics of every world under every point, (N, W, S); points (N, P). Runs what is not there yet."""
        found = []
        with closing(self._connect()) as base:
            for point in points:
                self.progress(self.done, self.most, said)
                self.done += 1
                found.append(self._one(base, point))
        self.progress(self.done, self.most, said)
        return np.stack(found)

    def _one(self, base: sqlite3.Connection, values: Sequence[float] | Floats) -> Floats:
        point = {path: float(value) for path, value in zip(self.paths, values, strict=True)}
        text = json.dumps(point)
        row = base.execute("select histories from simulations where point = ?", (text,)).fetchone()
        if row is not None:
            return simulated(_read(row[0]), self.statistics)
        # chance differs between points: with common numbers one lucky set of worlds could decide
        seed = hashlib.sha256(f"{text} {self.seed}".encode()).hexdigest()[:8]
        history = simulate(self.scenario, [point], self.worlds, int(seed, 16))
        with base:
            base.execute(
                "insert into simulations values (?, (select count(*) from simulations), ?)", (text, _written(history))
            )
        return simulated(_read(_written(history)), self.statistics)  # the same rounding as what is read again


def _written(history: History) -> bytes:
    stream = io.BytesIO()
    values = {f"{family}.{power}": one.astype(np.float32) for (family, power), one in history.values.items()}
    np.savez(stream, allow_pickle=False, years=history.years, **values)
    return stream.getvalue()


def _read(blob: bytes) -> History:
    with np.load(io.BytesIO(blob), allow_pickle=False) as found:
        values: dict[tuple[str, str], Floats] = {}
        for name in found.files:
            if name != "years":
                family, _, power = name.partition(".")
                values[family, power] = found[name].astype(np.float64)
        return History(found["years"], values)
