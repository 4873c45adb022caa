"""What a run returns: tidy tables of W worlds, with the scenario that made them."""

from __future__ import annotations

import json
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from multivector.outcomes import WORLD_MEASURES
from multivector.tables import Tables, stacked

if TYPE_CHECKING:
    from multivector.scenario import Scenario

__all__ = ["FAILURE_COLUMNS", "QUANTILES", "TABLES", "Ensemble"]

TABLES = ("worlds", "ties", "attitudes", "assembly", "decisions", "actions", "wishes", "events", "elections")
OPTIONAL_TABLES = ("influence",)
FAILURE_COLUMNS = ["world", "stage", "type", "message", "traceback", "seed"]
QUANTILES = {"p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}


@dataclass(repr=False)
class Ensemble:
    """Tables of an ensemble of worlds.

    `worlds`: world x month, the measures of `outcomes.WORLD_MEASURES`, `dependence_power`, `president`, `lost`;
    `ties`: world x month x power x domain, with shares of trade; `attitudes`: world x month x power, the public's mean
    attitude (-1..1) and its spread over citizens; `assembly`: world x month x power whose votes are on record, the
    agreement of our votes with its votes; `decisions`: one row a decision; `actions`: its options with cost
    parts and probability; `wishes`: what each constituency wanted and weighed; `events`; `elections`: one row a
    candidate, with the share of votes cast and counted; `influence`, where it was measured (see
    `politics.influence`); `failures`: worlds that could not be run. Hazards are probabilities per month. `worlds` (the
    attribute) lists the ids of worlds that were run.
    """

    scenario: Scenario
    seed: int
    worlds: tuple[int, ...]
    tables: MutableMapping[str, pd.DataFrame]
    failures: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=FAILURE_COLUMNS))
    provenance: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Ensemble {self.scenario.id}: {len(self.worlds)} worlds x {self.months} months, seed {self.seed}>"

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.failures if table == "failures" else self.tables[table]

    @property
    def months(self) -> int:
        """Number of months that were run."""
        frame = self.tables["worlds"]
        return int(frame["month"].max()) + 1 if len(frame) else 0

    def at_end(self) -> pd.DataFrame:
        """Each world's last month, one row a world."""
        frame = self.tables["worlds"]
        return frame[frame["month"] == self.months - 1].reset_index(drop=True)

    def quantiles(self, column: str, *, month: int | None = None) -> dict[str, float]:
        """p5, p25, median, p75 and p95 over worlds of a measure at a month (default the last); NaN if nobody has it."""
        frame = self.tables["worlds"]
        chosen = frame.loc[frame["month"] == (self.months - 1 if month is None else month), column]
        return _quantiles(chosen.to_numpy(dtype=np.float64))

    def summary(self) -> dict[str, Any]:
        """Quantiles at the end of every measure (`outcomes`) and tie (`ties`: power -> domain)."""
        ties = self.tables["ties"]
        last = ties[ties["month"] == self.months - 1]
        grouped = last.groupby(["power", "domain"], observed=True)["tie"]
        by_power: dict[str, dict[str, dict[str, float]]] = {}
        for (power, domain), values in grouped:
            by_power.setdefault(str(power), {})[str(domain)] = _quantiles(values.to_numpy(dtype=np.float64))
        return {"outcomes": {name: self.quantiles(name) for name in WORLD_MEASURES}, "ties": by_power}

    def save(self, folder: str | Path) -> Path:
        """Write the tables as Parquet with the scenario and provenance beside them; returns the folder.

        Every file is written under a temporary name and renamed.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        for name, frame in {**self.tables, "failures": self.failures}.items():
            part = target / f".{name}.parquet.part"
            frame.to_parquet(part, index=False)
            part.replace(target / f"{name}.parquet")
        # with every value, so that a stored run keeps its meaning when defaults change
        _write(target / "scenario.yaml", self.scenario.to_yaml(all_parameters=True))
        about = {**self.provenance, "id": self.scenario.id, "seed": self.seed, "worlds": list(self.worlds)}
        _write(target / "ensemble.json", json.dumps(about, indent=2, ensure_ascii=False, default=str) + "\n")
        return target

    @classmethod
    def load(cls, folder: str | Path) -> Ensemble:
        """Read what `save` wrote. Raises FileNotFoundError for a folder that holds no ensemble."""
        from multivector.scenario import load_scenario

        source = Path(folder)
        about = json.loads((source / "ensemble.json").read_text(encoding="utf-8"))
        scenario = load_scenario(str(source / "scenario.yaml"))
        known = {"id", "seed", "worlds"}
        return cls(
            scenario=scenario.model_copy(update={"id": about["id"]}),
            seed=int(about["seed"]),
            worlds=tuple(about["worlds"]),
            tables={
                name: pd.read_parquet(source / f"{name}.parquet")
                for name in (*TABLES, *OPTIONAL_TABLES)
                if name in TABLES or (source / f"{name}.parquet").is_file()
            },
            failures=pd.read_parquet(source / "failures.parquet"),
            provenance={key: value for key, value in about.items() if key not in known},
        )

    @classmethod
    def concat(cls, parts: Sequence[Ensemble]) -> Ensemble:
        """Blocks of the same scenario and seed as one ensemble. Raises ValueError if they do not belong together."""
        if not parts:
            raise ValueError("nothing to join")
        first = parts[0]
        if len(parts) == 1:
            return first
        if any(part.seed != first.seed or part.scenario.hash != first.scenario.hash for part in parts):
            raise ValueError("blocks of different scenarios or seeds cannot be joined")
        return cls(
            scenario=first.scenario,
            seed=first.seed,
            worlds=tuple(world for part in parts for world in part.worlds),
            tables=Tables({name: partial(_joined, parts, name) for name in first.tables}),
            failures=stacked([part.failures for part in parts]),
            provenance=dict(first.provenance),
        )


def _joined(parts: Sequence[Ensemble], name: str) -> pd.DataFrame:
    """One table of several blocks."""
    return stacked([part.tables[name] for part in parts])


def _quantiles(values: Any) -> dict[str, float]:
    known = values[~np.isnan(values)]
    if known.size == 0:
        return {name: float("nan") for name in QUANTILES}
    return {name: float(np.quantile(known, q)) for name, q in QUANTILES.items()}


def _write(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)
