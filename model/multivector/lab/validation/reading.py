"""What is kept of a run: the arrays that observables read, small enough to hold hundreds of runs.

Axes: M months, W worlds, P powers, D domains, N decisions (in order of world, then of time), O options (six at most).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multivector.lab.errors import LabError
from multivector.numerics import Floats
from multivector.outcomes import WORLD_MEASURES
from multivector.politics.cases import MOVES, SETTLING_MOVES
from multivector.scenario import Scenario
from multivector.scenario.paths import DOMAINS
from multivector.scenario.schema import Dossier, Election

if TYPE_CHECKING:
    from multivector.ensemble import Ensemble
    from multivector.model import MultivectorModel

__all__ = ["MEASURES", "OPTIONS", "Reading", "Votes", "histories", "read_run", "scripted_entries"]

MEASURES = (
    "total_engagement", "openness", "autonomy", "approval", "protest", "shown_grievance", "repression", "income",
)  # fmt: skip
"""Columns of the table `worlds` that are kept; what an observable needs beside is added here."""
OPTIONS = 6
_S = len(SETTLING_MOVES)
_KEPT = ("month", "dossier", "kind", "domain", "n_options", "option", "position", "move", "announced", "months_open")


class Measures(dict[str, Floats]):
    """Name in MEASURES → (M, W). Raises LabError for one that is not kept."""

    def __missing__(self, name: str) -> Floats:
        near = next(iter(get_close_matches(name, self, n=1)), None)
        hint = "add it to MEASURES of lab/validation/reading.py" if name in WORLD_MEASURES else near
        raise LabError(f"no reading keeps the measure `{name}`", suggestion=hint)


@dataclass(frozen=True, eq=False)
class Votes:
    """One election in every world: month, counted shares (W, C), the regime's candidate, who was admitted (C,)."""

    month: int
    counted: Floats
    regime: int
    admitted: NDArray[np.bool_]

    @property
    def challenger(self) -> Floats:
        """Share of the strongest challenger, (W,)."""
        return np.asarray(np.delete(self.counted, self.regime, axis=1).max(axis=1, initial=0.0))


@dataclass(frozen=True, eq=False)
class Reading:
    """One run, read.

    Attributes
    ----------
    scenario : the resolved scenario that was run.
    measures : name in MEASURES → (M, W).
    tie, engagement, pressure : (M, W, P, D). trade : (M, W, P), shares of trade.
    agreement : (M, W, P), share of votes in the assembly of states that are the same, NaN where none are on record.
    attitude, spread : (M, W, P), mean and spread over citizens.
    decisions : a frame of N rows; `row` is the world's index, `entry` the timeline id of a scripted dossier,
    `elite_cost` the elite part of the chosen action's cost; `formal` and `informal` are compromises (weighted mean
    wishes) and `public` the public's wish, on the axis 0..1.
    chance : (N, O) P(option), renormalised over options, NaN beyond the last. wish : (N, P) powers' wishes on the axis,
    NaN where a power has none. quo : (N,) status quo on the axis.
    influence : group → (N,), where it was measured. events : world row, month, kind, subject.
    loyalty : (W, A) of formal and informal actors at the end. votes : elections held.
    """

    scenario: Scenario
    worlds: tuple[int, ...]
    measures: Measures
    tie: Floats
    engagement: Floats
    pressure: Floats
    trade: Floats
    agreement: Floats
    attitude: Floats
    spread: Floats
    decisions: pd.DataFrame
    chance: Floats
    wish: Floats
    quo: Floats
    events: pd.DataFrame
    influence: dict[str, Floats] = field(default_factory=dict)
    loyalty: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    votes: tuple[Votes, ...] = ()

    @property
    def months(self) -> int:
        """Months that were run."""
        return len(self.tie)

    @property
    def powers(self) -> tuple[str, ...]:
        """Ids of the powers, in the order of every array."""
        return tuple(self.scenario.powers)

    @property
    def size(self) -> int:
        """Number of worlds W."""
        return len(self.worlds)

    def cut(self, months: int) -> Reading:
        """The run's first months. (Loyalty at the end stays that of the whole run.)"""
        if months >= self.months:
            return self
        kept = self.decisions["month"].to_numpy() < months
        return replace(
            self,
            measures=Measures({name: values[:months] for name, values in self.measures.items()}),
            tie=self.tie[:months],
            engagement=self.engagement[:months],
            pressure=self.pressure[:months],
            trade=self.trade[:months],
            agreement=self.agreement[:months],
            attitude=self.attitude[:months],
            spread=self.spread[:months],
            decisions=self.decisions[kept].reset_index(drop=True),
            chance=self.chance[kept],
            wish=self.wish[kept],
            quo=self.quo[kept],
            events=self.events[self.events["month"].to_numpy() < months],
            influence={name: values[kept] for name, values in self.influence.items()},
            votes=tuple(one for one in self.votes if one.month < months),
        )

    def narrow(self, worlds: int) -> Reading:
        """The run's first worlds."""
        if worlds >= self.size:
            return self
        kept = self.decisions["row"].to_numpy() < worlds

        def first(values: Floats) -> Floats:
            return values[:, :worlds]

        return replace(
            self,
            worlds=self.worlds[:worlds],
            measures=Measures({name: first(values) for name, values in self.measures.items()}),
            tie=first(self.tie),
            engagement=first(self.engagement),
            pressure=first(self.pressure),
            trade=first(self.trade),
            agreement=first(self.agreement),
            attitude=first(self.attitude),
            spread=first(self.spread),
            decisions=self.decisions[kept].reset_index(drop=True),
            chance=self.chance[kept],
            wish=self.wish[kept],
            quo=self.quo[kept],
            events=self.events[self.events["row"].to_numpy() < worlds],
            influence={name: values[kept] for name, values in self.influence.items()},
            loyalty=self.loyalty[:worlds],
            votes=tuple(replace(one, counted=one.counted[:worlds]) for one in self.votes),
        )

    @classmethod
    def join(cls, parts: Sequence[Reading]) -> Reading:
        """Blocks of one run, side by side."""
        if len(parts) == 1:
            return parts[0]
        first = parts[0]

        def worlds(name: str) -> Floats:
            return np.concatenate([getattr(part, name) for part in parts], axis=1)

        def rows(name: str) -> Floats:
            return np.concatenate([getattr(part, name) for part in parts], axis=0)

        shift = np.cumsum([0, *(part.size for part in parts)])

        def frame(name: str) -> pd.DataFrame:
            frames = []
            for part, first_row in zip(parts, shift, strict=False):
                one = getattr(part, name).copy()
                one["row"] = one["row"] + first_row
                frames.append(one.astype({c: "object" for c in one.columns if one[c].dtype == "category"}))
            whole: pd.DataFrame = pd.concat(frames, ignore_index=True)
            return whole

        return cls(
            scenario=first.scenario,
            worlds=tuple(world for part in parts for world in part.worlds),
            measures=Measures(
                {name: np.concatenate([part.measures[name] for part in parts], axis=1) for name in MEASURES}
            ),
            tie=worlds("tie"),
            engagement=worlds("engagement"),
            pressure=worlds("pressure"),
            trade=worlds("trade"),
            agreement=worlds("agreement"),
            attitude=worlds("attitude"),
            spread=worlds("spread"),
            decisions=frame("decisions"),
            chance=rows("chance"),
            wish=rows("wish"),
            quo=rows("quo"),
            events=frame("events"),
            influence={name: np.concatenate([part.influence[name] for part in parts]) for name in first.influence},
            loyalty=rows("loyalty"),
            votes=tuple(
                replace(one, counted=np.concatenate([part.votes[i].counted for part in parts]))
                for i, one in enumerate(first.votes)
            ),
        )


def read_run(ensemble: Ensemble, model: MultivectorModel) -> Reading:
    """Read a finished run: its tables, and the model for the loyalties at the end."""
    scenario, worlds = ensemble.scenario, ensemble.worlds
    powers, width = tuple(scenario.powers), len(ensemble.worlds)
    months = ensemble.months
    table = ensemble["worlds"]
    grid = (width, months, len(powers), len(DOMAINS))

    def months_first(values: Any, *shape: int) -> Floats:
        whole = np.asarray(values, dtype=np.float64).reshape(width, months, *shape)
        return np.ascontiguousarray(np.swapaxes(whole, 0, 1))

    ties, views = ensemble["ties"], ensemble["attitudes"]
    decisions, chance, wish, quo = _read_decisions(ensemble)
    events = ensemble["events"]
    row_of = {world: row for row, world in enumerate(worlds)}
    return Reading(
        scenario=scenario,
        worlds=worlds,
        measures=Measures({name: months_first(table[name]) for name in MEASURES}),
        tie=months_first(ties["tie"], *grid[2:]),
        engagement=months_first(ties["engagement"], *grid[2:]),
        pressure=months_first(ties["pressure"], *grid[2:]),
        trade=months_first(ties["trade"], *grid[2:])[..., DOMAINS.index("economy")],
        agreement=_read_agreement(ensemble),
        attitude=months_first(views["attitude"], len(powers)),
        spread=months_first(views["spread"], len(powers)),
        decisions=decisions,
        chance=chance,
        wish=wish,
        quo=quo,
        events=pd.DataFrame(
            {
                "row": [row_of[int(world)] for world in events["world"]],
                "month": events["month"].to_numpy(dtype=np.int64),
                "kind": events["kind"].astype("object"),
                "subject": events["subject"].astype("object"),
            }
        ),
        influence=_read_influence(ensemble),
        loyalty=model.state.loyalty[:, model.cast.formal | model.cast.informal].copy(),
        votes=_read_votes(ensemble),
    )


def _read_agreement(ensemble: Ensemble) -> Floats:
    """Agreement of votes (M, W, P), NaN for powers whose votes are not on record."""
    table, powers = ensemble["assembly"], tuple(ensemble.scenario.powers)
    found = np.full((ensemble.months, len(ensemble.worlds), len(powers)), np.nan)
    voting = [index for index, power in enumerate(ensemble.scenario.powers.values()) if power.assembly is not None]
    whole = table["agreement"].to_numpy(dtype=np.float64).reshape(len(ensemble.worlds), ensemble.months, len(voting))
    found[:, :, voting] = np.swapaxes(whole, 0, 1)
    return found


def _runs(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Index of the decision that each row of a table belongs to: rows of one decision stand together."""
    world, code = frame["world"].to_numpy(), frame["decision"].cat.codes.to_numpy()
    new = np.ones(len(frame), dtype=bool)
    new[1:] = (world[1:] != world[:-1]) | (code[1:] != code[:-1])
    return np.cumsum(new) - 1


def _read_decisions(ensemble: Ensemble) -> tuple[pd.DataFrame, Floats, Floats, Floats]:
    """Decisions with settled wishes; P(option) (N, O); powers' wishes (N, P); the status quo (N,)."""
    table, powers = ensemble["decisions"], tuple(ensemble.scenario.powers)
    count = len(table)
    row_of = {world: row for row, world in enumerate(ensemble.worlds)}
    frame = pd.DataFrame({name: _plain(table[name]) for name in _KEPT})
    frame.insert(0, "row", np.array([row_of[int(world)] for world in table["world"]], dtype=np.int64))
    entries = scripted_entries(ensemble.scenario)
    frame["entry"] = [entries[name].id if name in entries else "" for name in frame["dossier"]]
    chance = np.full((count, OPTIONS), np.nan)
    wish = np.full((count, len(powers)), np.nan)
    quo = np.zeros(count)
    if not count:
        for name in ("elite_cost", "formal", "informal", "public"):
            frame[name] = np.zeros(0)
        return frame, chance, wish, quo

    actions = ensemble["actions"]
    of, options = _runs(actions), frame["n_options"].to_numpy()
    option, probability = actions["option"].to_numpy(), actions["probability"].to_numpy()
    settles = option > 0
    mass = np.zeros((count, OPTIONS))
    np.add.at(mass, (of[settles], option[settles] - 1), probability[settles])
    whole = mass.sum(axis=1)
    known = np.arange(OPTIONS)[None, :] < options[:, None]
    chance = np.where(known & (whole > 0)[:, None], mass / np.where(whole > 0, whole, 1.0)[:, None], np.nan)
    moves = frame["move"].map({name: index for index, name in enumerate(MOVES)}).to_numpy(dtype=np.int64)
    taken = frame["option"].to_numpy()
    chosen = np.where(taken > 0, (taken - 1) * _S + moves, options * _S + moves - _S)
    match = actions["action"].to_numpy() == chosen[of]
    cost = np.full(count, np.nan)
    cost[of[match]] = actions["cost_elite"].to_numpy()[match]
    frame["elite_cost"] = cost

    wishes = ensemble["wishes"]
    who = wishes["constituency"].astype("object").to_numpy()
    columns = len(wishes) // count
    kinds = wishes["kind"].astype("object").to_numpy().reshape(count, columns)
    names = who.reshape(count, columns)[0]
    place = (wishes["wish"].to_numpy().reshape(count, columns) - 1.0) / (options - 1.0)[:, None]
    weight = (wishes["weight"] * wishes["salience"]).to_numpy().reshape(count, columns)
    care = wishes["salience"].to_numpy().reshape(count, columns)
    for body in ("formal", "informal"):
        mine = kinds == body
        heavy = np.where(mine, weight, 0.0)
        # a rule without weights still has saliences
        heavy = np.where(heavy.sum(axis=1, keepdims=True) > 0, heavy, np.where(mine, care, 0.0))
        total = heavy.sum(axis=1)
        frame[body] = np.where(
            total > 0, (heavy * np.where(mine, place, 0.0)).sum(axis=1) / np.maximum(total, 1e-300), np.nan
        )
    frame["public"] = place[:, list(names).index("public")]
    wish = place[:, [list(names).index(power) for power in powers]]
    return frame, chance, wish, _status_quo(frame, entries)


def scripted_entries(scenario: Scenario) -> dict[str, Dossier]:
    """Dossiers of the timeline by the name that tables give them: a name used again has a number."""
    found: dict[str, Dossier] = {}
    seen: dict[str, int] = {}
    for entry in scenario.timeline:
        if isinstance(entry, Dossier):
            seen[entry.dossier] = seen.get(entry.dossier, 0) + 1
            number = seen[entry.dossier]
            found[entry.dossier if number == 1 else f"{entry.dossier}-{number}"] = entry
    return found


def _status_quo(frame: pd.DataFrame, entries: dict[str, Dossier]) -> Floats:
    """The status quo of each decision on the axis: as stated, or (a routine demand) nothing given, or the middle.

    Of a dossier that came again it is what had been settled before.
    """
    stated = {name: (entry.middle - 1.0) / (len(entry.options) - 1.0) for name, entry in entries.items()}
    quo = np.array(
        [
            stated.get(name, 0.0 if kind == "routine" else 0.5)
            for name, kind in zip(frame["dossier"], frame["kind"], strict=True)
        ]
    )
    position = frame["position"].to_numpy()
    for rows in histories(frame):
        for earlier, later in pairwise(rows):
            quo[later] = position[earlier] if np.isfinite(position[earlier]) else quo[earlier]
    return quo


def histories(frame: pd.DataFrame) -> Iterator[NDArray[np.int64]]:
    """Indices of the decisions on each scripted dossier in each world, in order of time."""
    mine = np.flatnonzero((frame["entry"] != "").to_numpy())
    for found in frame.iloc[mine].groupby(["row", "dossier"], sort=False).indices.values():
        yield mine[found]


def _read_influence(ensemble: Ensemble) -> dict[str, Floats]:
    table = ensemble.tables.get("influence")
    if table is None or not len(table):
        return {}
    groups = list(table["group"].cat.categories)
    values = table["influence"].to_numpy().reshape(-1, len(groups))
    return {name: values[:, column].copy() for column, name in enumerate(groups)}


def _read_votes(ensemble: Ensemble) -> tuple[Votes, ...]:
    table, found = ensemble["elections"], []
    for entry in ensemble.scenario.timeline:
        if not isinstance(entry, Election) or not len(table):
            continue
        month = ensemble.scenario.month_index(entry.date)
        rows = table[(table["election"].astype("object") == entry.election) & (table["month"] == month)]
        if not len(rows):
            continue
        people = list(entry.candidates)
        counted = rows["counted"].to_numpy(dtype=np.float64).reshape(-1, len(people))
        regime = next(index for index, one in enumerate(entry.candidates.values()) if one.regime)
        admitted = np.array([one.admitted for one in entry.candidates.values()])
        found.append(Votes(month, counted, regime, admitted))
    return tuple(found)


def _plain(column: Any) -> Any:
    return column.astype("object") if isinstance(column.dtype, pd.CategoricalDtype) else column.to_numpy()
