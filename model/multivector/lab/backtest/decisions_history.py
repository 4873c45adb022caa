"""The state of the world at a date, from the model's own history.

One run of the history scenario, in which nobody loses office, as nobody did; the state fed to a case is that at the
end of the month before it. Every path is read as it was known at the time: a dated value holds until the next one, so
that no figure of a later date can reach an earlier state.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from pydantic import BaseModel

from multivector.agents.cast import Cast
from multivector.model import MultivectorModel
from multivector.numerics import Floats
from multivector.politics.state import State
from multivector.politics.ties import Start
from multivector.scenario import DomainPaths, Path, Scenario
from multivector.scenario.paths import months_between

__all__ = ["History", "as_known", "simulate_history"]

#: The stocks that move the weights of constituencies: the slopes of the three hazards and what enters them.
_WEIGHTS = (
    "tie", "engagement", "pressure", "divergence", "obligation", "tilt", "clout", "loyalty", "repression",
    "competitiveness", "grievance", "grievance_variance", "speaking", "protest",
)  # fmt: skip


@dataclass(frozen=True)
class History:
    """States of W worlds at D dates, stacked: row d W + w is world w at date d.

    `tastes` (D W, 2) for balance and sovereignty and `listening` (D W,) hold at the same rows. `early` names dates at
    or before the first month, whose state is that of the first month's end: the first there is. `late` names dates
    whose state would lie after the last month: they have that of its end.
    """

    scenario: Scenario
    cast: Cast
    start: Start
    values: dict[str, float]
    on: Callable[[str], bool]
    worlds: int
    dates: tuple[str, ...]
    state: State
    tastes: Floats
    listening: Floats
    early: frozenset[str]
    late: frozenset[str]

    def rows(self, date: str) -> np.ndarray[Any, np.dtype[np.intp]]:
        """Rows of a date, (W,). Raises ValueError for a date that was not asked for."""
        first = self.dates.index(date) * self.worlds
        return np.arange(first, first + self.worlds)

    def with_constant_weights(self) -> History:
        """The history in which no constituency's weight moves: what enters the hazards is its mean over all dates.

        Ties that give wishes to silent actors are among these stocks; attitudes of the public are not.
        """
        state = copy.copy(self.state)
        count = len(self.dates)
        for name in _WEIGHTS:
            stock = getattr(state, name)
            mean = stock.reshape(count, self.worlds, *stock.shape[1:]).mean(axis=0)
            setattr(state, name, np.concatenate([mean] * count))
        return History(**{**vars(self), "state": state})


def as_known(scenario: Scenario) -> Scenario:
    """The scenario with every dated path turned into steps: a value holds until the month of the next one."""
    stepped: Scenario = _stepped(scenario)
    return stepped


def _stepped(value: Any) -> Any:
    if isinstance(value, Path):
        points: list[tuple[int, float]] = []
        for month, number in value.points:
            if points and month - 1 > points[-1][0]:
                points.append((month - 1, points[-1][1]))
            points.append((month, number))
        return Path(tuple(points), value.start)
    if isinstance(value, DomainPaths):
        return DomainPaths(tuple(_stepped(path) for path in value.paths))
    if isinstance(value, BaseModel):
        changed = {name: _stepped(getattr(value, name)) for name in type(value).model_fields}
        return value.model_copy(update=changed)
    if isinstance(value, dict):
        return {key: _stepped(inner) for key, inner in value.items()}
    return value


def simulate_history(
    scenario: Scenario,
    dates: Iterable[str],
    *,
    worlds: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> History:
    """Run the history up to the last of these dates (YYYY-MM) and keep the state before each.

    `progress` is called with months done and months to do. A date after the scenario's end has the state of its end.
    """
    known = as_known(scenario.with_sets(["mechanisms.hazard_draws=false"]))
    wanted = sorted(set(dates))
    # the state before month m is that after m steps; one step at least, since stocks of the first day know no pressure
    after = {date: min(max(months_between(known.start, date), 1), known.months) for date in wanted}
    model = MultivectorModel(known, worlds=worlds, rng=seed, collect=False)
    last = max(after.values())
    kept: dict[int, State] = {}
    while model.month < last:
        model.step()
        if model.month in after.values():
            kept[model.month] = copy.deepcopy(model.state)
        if progress is not None:
            progress(model.month, last)
    states = [kept[after[date]] for date in wanted]
    stacked = State(**{f.name: np.concatenate([getattr(s, f.name) for s in states]) for f in fields(State)})
    at = np.repeat([after[date] - 1 for date in wanted], worlds)
    doctrine = np.stack([model.doctrine_balance[at], model.doctrine_sovereignty[at]], axis=1)
    switch = np.array([model.on("balance_taste"), model.on("sovereignty_cost")], dtype=np.float64)
    return History(
        scenario=known,
        cast=model.cast,
        start=model.start,
        values=dict(known.parameter_values),
        on=model.on,
        worlds=worlds,
        dates=tuple(wanted),
        state=stacked,
        tastes=doctrine * stacked.taste[:, None] * switch,
        listening=model.doctrine_listening[at] * model.on("listening"),
        early=frozenset(date for date in wanted if months_between(known.start, date) < 1),
        late=frozenset(date for date in wanted if months_between(known.start, date) > known.months),
    )
