"""A coded case as a dossier before the model's own president: who wants what, and the probability of every option.

The rule is `politics.decision.appraise` on the stocks of the history at the case's date; nothing of it is done again here.
What a coded case does not say is said the same way for every case and from both ends of the axis:

- what is on the table is the formal actors' position, where one is heard, else the middle of the axis: gains and losses count
  from there;
- a coded position may have been read wrongly: it is heard with a probability by the coder's confidence, and an actor who is not
  heard is as one who is silent. The forecast is the mixture over who of those at home is heard; a power's salience is cut in
  the same proportion;
- a silent actor at home wishes what its interests ask for, with a small salience; a silent power does not care; the wish of a
  silent public follows from its attitudes;
- control handed away, rents, opening and offers are not coded: none.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import cast as as_type

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import DOMAINS, DOMESTIC
from multivector.lab.backtest.decisions_data import BODIES, CodedCase
from multivector.lab.backtest.decisions_fit import Coefficient, Forecasts
from multivector.lab.backtest.decisions_history import History
from multivector.parameters import Parameters
from multivector.politics.beliefs import PublicBelief, believe
from multivector.politics.cases import SETTLING_MOVES, Case
from multivector.politics.decision import Doctrine, appraise
from multivector.politics.positions import Positions, take_positions
from multivector.streams import Streams

__all__ = ["RULE", "DecisionRule"]

Floats = NDArray[np.float64]

#: What is fitted to coded cases: how a coded position becomes a salience, and how sharply the president chooses.
RULE = (
    Coefficient("formal", 0.05, 1.0, False, "salience", "salience of formal actors whose position is coded"),
    Coefficient("informal", 0.05, 1.0, False, "salience", "salience of informal elites whose position is coded"),
    Coefficient("public", 0.05, 1.0, False, "salience", "salience of a case to a public whose position is coded"),
    Coefficient("power", 0.05, 1.0, False, "salience", "salience of a case to a power whose position is coded"),
    Coefficient("silent", 0.01, 0.6, False, "salience", "salience of actors at home who are silent or not heard"),
    Coefficient("rationality", 50.0, 2000.0, True, "per unit of log survival", "rationality with three options"),
    Coefficient("span", 0.0, 2.0, False, "exponent", "growth of rationality with the number of steps on the axis"),
    Coefficient("heard_high", 0.4, 1.0, False, "probability", "that a position of high confidence is right"),
    Coefficient("heard_lower", 0.1, 1.0, False, "probability", "that one of medium or low confidence is right"),
)
_NAMES = tuple(one.name for one in RULE)


class _Unerring:
    """Stands in for random streams: the coded position is the president's reading; his doubt about it remains."""

    def normal(
        self, process: str, month: int = 0, slot: int = 0, size: int = 1, rows: NDArray[np.intp] | None = None
    ) -> Floats:
        return np.zeros((0 if rows is None else len(rows), size))


@dataclass(frozen=True)
class _Ear:
    """Who of those at home is heard: by body, with the probability of just that; None for a body that is silent."""

    heard: tuple[bool | None, ...]
    chance: float


class DecisionRule:
    """The model's decision rule for coded cases, on the states of one history.

    `forecast` answers with the probabilities of every case's options, (options,) each, under coefficients as in `RULE`.
    """

    def __init__(self, history: History, cases: Sequence[CodedCase]) -> None:
        self.history = history
        self.cases = tuple(cases)
        self._powers = history.cast.powers
        self._streams = as_type(Streams, _Unerring())

    def forecast(self, coefficients: tuple[float, ...]) -> Forecasts:
        """Probabilities of the options of every case, averaged over worlds and over who is heard."""
        c = dict(zip(_NAMES, coefficients, strict=True))
        found: list[Floats] = [np.zeros(0)] * len(self.cases)
        for options in sorted({case.options for case in self.cases}):
            chosen = [i for i, case in enumerate(self.cases) if case.options == options]
            for i, probability in zip(chosen, self._of_a_kind([self.cases[i] for i in chosen], c), strict=True):
                found[i] = probability
        return found

    def _of_a_kind(self, cases: Sequence[CodedCase], c: dict[str, float]) -> Iterable[Floats]:
        """Forecasts of cases with the same number of options: one appraisal for all of them."""
        options = cases[0].options
        values = dict(self.history.values)
        values["decision.rationality"] = c["rationality"] * ((options - 1) / 2.0) ** c["span"]
        p, on = Parameters(values), self.history.on
        parts: list[tuple[Case, Positions, PublicBelief]] = []
        owner: list[tuple[int, float]] = []
        for i, case in enumerate(cases):
            for ear in _ears(case, c):
                asked = self._dossier(case, ear, c)
                positions = take_positions(asked, self.history.cast, self.history.state, p, on)
                listening = float(self.history.listening[asked.rows[0]])
                belief = believe(
                    asked, self.history.cast, self.history.state, listening, p, on, self._streams, 0, 0
                )
                parts.append((asked, positions, belief))
                owner.append((i, ear.chance))
        whole = _joined(parts, options)
        tastes = self.history.tastes[whole[0].rows]
        doctrine = Doctrine(balance=tastes[:, 0].copy(), sovereignty=tastes[:, 1].copy(), listening=0.0)
        credibility = np.ones(len(self._powers))  # of offers; none is coded
        appraisal = appraise(
            whole[0], self.history.cast, self.history.state, whole[1], whole[2], doctrine, self.history.start,
            credibility, p, on,
        )  # fmt: skip
        settled = appraisal.probability[:, : options * len(SETTLING_MOVES)]
        by_option = settled.reshape(len(owner), self.history.worlds, options, len(SETTLING_MOVES)).sum(axis=3)
        result = [np.zeros(options) for _ in cases]
        for (i, chance), worlds in zip(owner, by_option, strict=True):
            result[i] = result[i] + chance * worlds.mean(axis=0)
        return [one / one.sum() for one in result]

    def _dossier(self, case: CodedCase, ear: _Ear, c: dict[str, float]) -> Case:
        """The case as a dossier in all worlds of its date; see the module's docstring for what is not coded."""
        cast = self.history.cast
        rows = self.history.rows(case.date)
        batch, options = len(rows), case.options
        wish, salience = np.full(len(cast.actors), np.nan), np.full(len(cast.actors), c["silent"])
        on_the_table = 0.5
        for body, members, heard in zip(BODIES[:2], (cast.formal, cast.informal), ear.heard, strict=False):
            if heard:
                wish[members], salience[members] = case.axis(body), c[body]
                on_the_table = case.axis(body) if body == "formal" else on_the_table
        power_wish, power_salience = np.full(len(cast.powers), 0.5), np.zeros(len(cast.powers))
        for column, power in enumerate(cast.powers):
            if power in case.positions:
                power_wish[column] = case.axis(power)
                power_salience[column] = c["power"] * _heard(case, power, c)
        nothing, never = np.zeros(options), np.zeros(batch, dtype=bool)
        return Case(
            name=case.id,
            stream=case.id,
            kind="scripted",
            index=-1,
            entry=np.zeros(batch, dtype=np.int64),
            option_names=tuple(str(option + 1) for option in range(options)),
            rows=rows,
            domain=np.full(batch, DOMAINS.index(case.domain) if case.domain in DOMAINS else DOMESTIC),
            initiator=np.full(batch, -1),
            reference=np.full(batch, on_the_table),
            power_wish=np.tile(power_wish, (batch, 1)),
            power_salience=np.tile(power_salience, (batch, 1)),
            stated_wish=wish,
            stated_exactly=np.ones(len(cast.actors), dtype=bool),
            stated_salience=salience,
            public_wish=case.axis("public") if ear.heard[2] else float("nan"),
            public_salience=np.full(batch, c["public"] if ear.heard[2] else c["silent"]),
            sovereignty=nothing,
            opening=nothing,
            rents=np.zeros((len(cast.sectors), options)),
            offers=np.zeros(len(cast.powers)),
            forum=nothing,
            mediation=nothing,
            between=np.empty(0, dtype=np.int64),
            may_delay=never,
            may_announce=never,
            ballooned=never,
            months_open=np.zeros(batch, dtype=np.int64),
        )


def _heard(case: CodedCase, actor: str, c: dict[str, float]) -> float:
    return c["heard_high"] if case.positions[actor].confidence == "high" else c["heard_lower"]


def _ears(case: CodedCase, c: dict[str, float]) -> Iterable[_Ear]:
    """Every way in which those at home with a coded position may be heard or not."""
    ways = [(True, False) if body in case.positions else (None,) for body in BODIES]
    for heard in itertools.product(*ways):
        chance = 1.0
        for body, is_heard in zip(BODIES, heard, strict=True):
            if is_heard is not None:
                chance *= _heard(case, body, c) if is_heard else 1.0 - _heard(case, body, c)
        yield _Ear(heard, chance)


def _joined(parts: Sequence[tuple[Case, Positions, PublicBelief]], options: int) -> tuple[Case, Positions, PublicBelief]:
    """Many dossiers with the same number of options as the rows of one: the rule looks at a row at a time."""
    first = parts[0][0]

    def rows(pick: Callable[[Case], NDArray[np.generic]]) -> NDArray[np.generic]:
        return np.concatenate([pick(case) for case, _, _ in parts])

    by_row = (
        "entry", "rows", "domain", "initiator", "reference", "power_wish", "power_salience", "public_salience",
        "may_delay", "may_announce", "ballooned", "months_open",
    )  # fmt: skip
    fields = {name: getattr(first, name) for name in Case.__dataclass_fields__}
    fields |= {name: rows(lambda case, name=name: getattr(case, name)) for name in by_row}  # type: ignore[misc]
    case = Case(**fields)
    positions = Positions(
        *(np.concatenate([getattr(one, name) for _, one, _ in parts]) for name in ("wish", "salience", "effort"))
    )
    belief = PublicBelief(
        **{
            name: np.concatenate([getattr(one, name) for _, _, one in parts])
            for name in PublicBelief.__dataclass_fields__
        }
    )
    return case, positions, belief
