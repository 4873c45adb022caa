"""A coded case as a dossier before the model's own president: who wants what, and the probability of every option.

The rule is `politics.decision.appraise` on the stocks of the history at the case's date; nothing of it is done again
here. What a coded case does not say is said the same way for every case and from both ends of the axis:

- what is on the table is the formal actors' position, where one is heard, else the middle of the axis: gains and
  losses count from there;
- a coded position may have been read wrongly: it is heard with a probability by the coder's confidence, and an actor
  who is not heard is as one who is silent. The forecast is the mixture over who of those at home is heard; a power's
  salience is cut in the same proportion;
- a silent actor at home wishes what its interests ask for, with a small salience; a silent power does not care; the
  wish of a silent public follows from its attitudes;
- control handed away, rents, opening and offers are not coded: none.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar
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

#: What is fitted to coded cases: how a coded position becomes a salience, how sharply the president chooses, and how
#: much the weight of the powers moves with what they hold over us (in its record's range).
RULE = (
    Coefficient("formal", 0.05, 1.0, False, "salience", "salience of formal actors whose position is coded"),
    Coefficient("informal", 0.05, 1.0, False, "salience", "salience of informal elites whose position is coded"),
    Coefficient("public", 0.05, 1.0, False, "salience", "salience of a case to a public whose position is coded"),
    Coefficient("power", 0.05, 1.0, False, "salience", "salience of a case to a power whose position is coded"),
    Coefficient("silent", 0.01, 0.6, False, "salience", "salience of actors at home who are silent or not heard"),
    Coefficient("rationality", 50.0, 8000.0, True, "per unit of log survival", "rationality with three options"),
    Coefficient("odds_sensitivity", 0.05, 1.0, False, "share", "share of a hazard's rise in log-odds that is felt"),
    Coefficient("outside_slope", 14.0, 46.0, False, "logit per unit", "slope of the hazard of outside coercion"),
    Coefficient("span", 0.0, 2.0, False, "exponent", "growth of rationality with the number of steps on the axis"),
    Coefficient("heard_high", 0.4, 1.0, False, "probability", "that a position of high confidence is right"),
    Coefficient("heard_lower", 0.1, 1.0, False, "probability", "that one of medium or low confidence is right"),
)
_NAMES = tuple(one.name for one in RULE)
#: The fields of a dossier that differ between the rows of one appraisal.
_BY_ROW = (
    "entry", "rows", "domain", "initiator", "reference", "power_wish", "power_salience", "public_salience",
    "may_delay", "may_announce", "ballooned", "months_open",
)  # fmt: skip
#: So many sets of positions or beliefs are kept for coefficients met before.
_MOST_KEPT = 4096
_T = TypeVar("_T", Positions, PublicBelief)


class _Unerring:
    """Stands in for random streams: the coded position is the president's reading; his doubt about it remains."""

    def normal(
        self, process: str, month: int = 0, slot: int = 0, size: int = 1, rows: NDArray[np.intp] | None = None
    ) -> Floats:
        return np.zeros((0 if rows is None else len(rows), size))


@dataclass(frozen=True)
class _Ear:
    """One way in which those at home are heard: by body, None for a body that is silent in the case."""

    case: int
    heard: tuple[bool | None, ...]

    def chance(self, case: CodedCase, c: dict[str, float]) -> float:
        """Probability of just this way."""
        chance = 1.0
        for body, is_heard in zip(BODIES, self.heard, strict=True):
            if is_heard is not None:
                right = c["heard_high"] if case.positions[body].confidence == "high" else c["heard_lower"]
                chance *= right if is_heard else 1.0 - right
        return chance


@dataclass(frozen=True)
class _Kind:
    """Cases with the same number of options, every way of hearing them a block of rows, in one dossier.

    `sure` and `unsure` (B, P) mark the powers whose position is coded with high and with lower confidence.
    """

    options: int
    ears: tuple[_Ear, ...]
    dossiers: tuple[Case, ...]
    joined: Case
    sure: Floats
    unsure: Floats


class DecisionRule:
    """The model's decision rule for coded cases, on the states of one history.

    `forecast` answers with the probabilities of every case's options, (options,) each, under coefficients as in `RULE`.
    """

    def __init__(self, history: History, cases: Sequence[CodedCase]) -> None:
        self.history = history
        self.cases = tuple(cases)
        self._streams = as_type(Streams, _Unerring())
        self._p = Parameters(history.values)  # of positions and beliefs, which no coefficient of the choice touches
        self._kinds = [self._kind(options) for options in sorted({case.options for case in self.cases})]
        self._positions: dict[tuple[object, ...], Positions] = {}
        self._beliefs: dict[tuple[object, ...], PublicBelief] = {}

    def forecast(self, coefficients: tuple[float, ...]) -> Forecasts:
        """Probabilities of the options of every case, averaged over worlds and over who is heard."""
        c = dict(zip(_NAMES, coefficients, strict=True))
        if len(self._positions) > _MOST_KEPT or len(self._beliefs) > _MOST_KEPT:
            self._positions.clear()
            self._beliefs.clear()
        found = [np.zeros(case.options) for case in self.cases]
        for kind in self._kinds:
            for ear, probability in zip(kind.ears, self._chosen(kind, c), strict=True):
                found[ear.case] += ear.chance(self.cases[ear.case], c) * probability
        return [one / one.sum() for one in found]

    def _chosen(self, kind: _Kind, c: dict[str, float]) -> Floats:
        """Probability of every option in each block of a kind, (blocks, options), by the model's own appraisal."""
        history = self.history
        values = dict(history.values)
        values["decision.rationality"] = c["rationality"] * ((kind.options - 1) / 2.0) ** c["span"]
        values["decision.odds_sensitivity"] = c["odds_sensitivity"]
        values["outside.slope"] = c["outside_slope"]
        care = c["power"] * (c["heard_high"] * kind.sure + c["heard_lower"] * kind.unsure)
        case = replace(kind.joined, power_salience=care)
        pairs = zip(kind.ears, kind.dossiers, strict=True)
        positions, beliefs = zip(*((self._wishes(e, d, c), self._belief(e, d, c)) for e, d in pairs), strict=True)
        tastes = history.tastes[case.rows]
        appraisal = appraise(
            case,
            history.cast,
            history.state,
            _joined(Positions, positions),
            _joined(PublicBelief, beliefs),
            Doctrine(balance=tastes[:, 0].copy(), sovereignty=tastes[:, 1].copy(), listening=0.0),
            history.start,
            np.ones(len(history.cast.powers)),  # credibility of offers; none is coded
            Parameters(values),
            history.on,
        )
        settled = appraisal.probability[:, : kind.options * len(SETTLING_MOVES)]
        by_option = settled.reshape(len(kind.ears), history.worlds, kind.options, len(SETTLING_MOVES)).sum(axis=3)
        return np.asarray(by_option.mean(axis=1))

    def _wishes(self, ear: _Ear, dossier: Case, c: dict[str, float]) -> Positions:
        """What actors at home want, by the model's own rule; kept, since most coefficients leave it as it was."""
        formal, informal, _ = ear.heard
        key = (ear.case, formal, informal, c["formal"], c["informal"], c["silent"])
        if key not in self._positions:
            cast = self.history.cast
            salience = np.full(len(cast.actors), c["silent"])
            salience[cast.formal & bool(formal)] = c["formal"]
            salience[cast.informal & bool(informal)] = c["informal"]
            asked = replace(dossier, stated_salience=salience)
            self._positions[key] = take_positions(asked, cast, self.history.state, self._p, self.history.on)
        return self._positions[key]

    def _belief(self, ear: _Ear, dossier: Case, c: dict[str, float]) -> PublicBelief:
        """What the president believes of the public, by the model's own rule."""
        salience = c["public"] if ear.heard[2] else c["silent"]
        key = (ear.case, ear.heard[2], salience)
        if key not in self._beliefs:
            history = self.history
            asked = replace(dossier, public_salience=np.full(len(dossier.rows), salience))
            listening = float(history.listening[dossier.rows[0]])
            self._beliefs[key] = believe(
                asked, history.cast, history.state, listening, self._p, history.on, self._streams, 0, 0
            )
        return self._beliefs[key]

    def _kind(self, options: int) -> _Kind:
        """All cases with so many options: what no coefficient changes is made once."""
        ears = [e for i, case in enumerate(self.cases) if case.options == options for e in _ears(i, case)]
        dossiers = [self._dossier(ear) for ear in ears]
        high = np.stack([self._coded(ear, ("high",)) for ear in ears]).repeat(self.history.worlds, axis=0)
        lower = np.stack([self._coded(ear, ("medium", "low")) for ear in ears]).repeat(self.history.worlds, axis=0)
        rows: dict[str, Any] = {name: np.concatenate([getattr(one, name) for one in dossiers]) for name in _BY_ROW}
        return _Kind(options, tuple(ears), tuple(dossiers), replace(dossiers[0], **rows), high, lower)

    def _coded(self, ear: _Ear, confidences: tuple[str, ...]) -> Floats:
        positions = self.cases[ear.case].positions
        return np.array(
            [float(q in positions and positions[q].confidence in confidences) for q in self.history.cast.powers]
        )

    def _dossier(self, ear: _Ear) -> Case:
        """A case as a dossier in all worlds of its date; see the module's docstring for what is not coded."""
        cast, case = self.history.cast, self.cases[ear.case]
        rows = self.history.rows(case.date)
        batch, options = len(rows), case.options
        formal, informal, public = ear.heard
        wish = np.full(len(cast.actors), np.nan)
        wish[cast.formal & bool(formal)] = case.axis("formal")
        wish[cast.informal & bool(informal)] = case.axis("informal")
        power_wish = np.array([case.axis(q) if q in case.positions else 0.5 for q in cast.powers])
        care = np.array([float(q in case.positions) for q in cast.powers])
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
            reference=np.full(batch, case.axis("formal") if formal else 0.5),
            power_wish=np.tile(power_wish, (batch, 1)),
            power_salience=np.tile(care, (batch, 1)),
            stated_wish=wish,
            stated_exactly=np.ones(len(cast.actors), dtype=bool),
            stated_salience=np.zeros(len(cast.actors)),
            public_wish=case.axis("public") if public else float("nan"),
            public_salience=np.zeros(batch),
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


def _ears(index: int, case: CodedCase) -> Iterable[_Ear]:
    """Every way in which those at home with a coded position may be heard or not."""
    ways = [(True, False) if body in case.positions else (None,) for body in BODIES]
    return (_Ear(index, heard) for heard in itertools.product(*ways))


def _joined(kind: type[_T], parts: Sequence[_T]) -> _T:
    """Positions or beliefs of many dossiers as the rows of one: the rule looks at a row at a time."""
    names = [one.name for one in fields(kind)]
    return kind(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
