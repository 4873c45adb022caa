"""Presidential elections: candidates with platforms, a protest vote, manipulation, exclusion (K1, K2, K3, K7).

A voter leans to a candidate by habit (its following), by its platform's fit with attitudes to the powers, by
grievance (for those not in office, more so if they promise opening) and by incumbency. Habit counts less where
campaigns are free and challengers can be heard (K7). Those in office add to their
candidate's count, less where politics is competitive; it is seen, and the street and value-bound powers answer.
Shares follow a multinomial logit (McFadden 1974), with a shock to each candidate in each world.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import Cast
from multivector.numerics import Floats, clip01, total
from multivector.politics.state import CARRIED, State
from multivector.scenario.paths import months_between
from multivector.scenario.schema import Election

if TYPE_CHECKING:
    from multivector.scenario import Scenario

__all__ = ["Ballot", "Count", "ballots", "hold", "react"]


@dataclass(frozen=True)
class Ballot:
    """An election as arrays: C candidates, P powers."""

    name: str
    month: int
    candidates: tuple[str, ...]
    names: tuple[str, ...]
    regime: int
    admitted: NDArray[np.bool_]  # (C,)
    platform: Floats  # (C, P) -1..1
    opening: Floats  # (C,) -1..1
    following: Floats  # (C,) shares
    succession: bool

    @property
    def challenges(self) -> NDArray[np.bool_]:
        """Who does not stand for those in office, (C,)."""
        return np.asarray(np.arange(len(self.candidates)) != self.regime)


@dataclass(frozen=True)
class Count:
    """How an election came out: votes cast and counted (W, C), the winner (W,), and the share that was moved (W,)."""

    votes: Floats
    counted: Floats
    winner: NDArray[np.int64]
    moved: Floats


def ballots(scenario: Scenario, cast: Cast) -> list[Ballot]:
    """All elections of a scenario's timeline."""
    found = []
    for entry in scenario.timeline:
        if not isinstance(entry, Election):
            continue
        people = entry.candidates
        found.append(
            Ballot(
                name=entry.election,
                month=months_between(scenario.start, entry.date),
                candidates=tuple(people),
                names=tuple(c.name for c in people.values()),
                regime=next(i for i, c in enumerate(people.values()) if c.regime),
                admitted=np.array([c.admitted for c in people.values()]),
                platform=np.array([[c.platform.get(pid, 0.0) for pid in cast.powers] for c in people.values()]),
                opening=np.array([c.opening for c in people.values()]),
                following=np.array([c.following for c in people.values()]),
                succession=entry.succession,
            )
        )
    return found


def hold(ballot: Ballot, state: State, draw: Floats, p: Any, on: Callable[[str], bool]) -> Count:
    """Cast and count the votes. draw (W, C) standard normal."""
    challenges = ballot.challenges
    fit = total(ballot.platform[None] * state.attitude[:, None, :])  # (W, C)
    anger = state.grievance[:, None] * challenges
    known = 1.0 - p.elections.free_campaign * state.competitiveness  # (W,) what habit counts where others can be heard
    lean = np.log(np.maximum(ballot.following, 1e-6)) * known[:, None]
    lean = lean + p.elections.platform * fit + p.elections.noise * draw
    lean = lean + anger * (p.elections.protest_vote + p.elections.opening_appeal * ballot.opening)
    lean = lean + p.elections.incumbency * (1.0 - state.competitiveness)[:, None] * ~challenges
    weight = np.where(ballot.admitted, np.exp(lean), 0.0)
    votes = weight / total(weight)[:, None]
    share = p.elections.manipulation * (1.0 - state.competitiveness) if on("manipulation") else np.zeros(len(votes))
    counted = np.where(challenges, votes * (1.0 - share)[:, None], votes)
    moved = share * total(votes * challenges)
    counted[:, ballot.regime] = counted[:, ballot.regime] + moved
    return Count(votes, counted, np.argmax(counted, axis=1), moved)


def react(ballot: Ballot, count: Count, state: State, p: Any, on: Callable[[str], bool]) -> None:
    """What an election does to the street: anger at votes moved and at exclusion, a vent for those who could vote.

    Manipulation is felt as repression, to which value-bound powers answer (K3, as B5). The largest demand of those
    kept out goes to the street as an issue that nobody settles (K2).
    """
    vented = total(count.counted * ballot.challenges)
    anger = p.elections.fraud_anger * count.moved - p.elections.vent * vented
    state.repression = clip01(state.repression + p.elections.fraud_repression * count.moved)
    if on("exclusion"):
        for out in np.flatnonzero(~ballot.admitted):
            anger = anger + p.elections.exclusion_anger * ballot.following[out]
            _carry_to_the_street(ballot, int(out), state, p)
    state.standing = state.standing + anger


def _carry_to_the_street(ballot: Ballot, out: int, state: State, p: Any) -> None:
    """Put an excluded platform in the air: citizens stand on it by their attitudes; what is done is nothing."""
    row = np.arange(len(state.issue_salience))
    slot = np.argmin(state.issue_salience, axis=1)
    state.issue_slope[row, slot] = p.public.attitude_pull * 0.5 * ballot.platform[out]
    state.issue_intercept[row, slot] = 0.5
    state.issue_outcome[row, slot] = 0.0
    state.issue_salience[row, slot] = p.public.issue_gain * p.elections.exclusion_salience * ballot.following[out]
    state.issue_dossier[row, slot] = CARRIED
