"""The model's own history: what it stood at in each year, with the outside as it was known at an origin.

Ex ante nothing after the origin is known: every dated path ends at its last point up to the origin and stays there,
later entries of the timeline are gone, an elder or an end of his part that lies ahead is unknown. Ex post the paths are
those on record. The parameters that move the scored series most are drawn from the ranges that they had before the
record was looked at (or a named set).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest.series_facts import to_logit
from multivector.parameters import load_records
from multivector.scenario.paths import DOMAINS, DomainPaths, Path, month_number

if TYPE_CHECKING:
    from multivector.scenario import Scenario

__all__ = ["DRAWN", "OBSERVED", "PRIORS", "History", "draws_of", "known_at", "simulate", "supply"]

Floats = NDArray[np.float64]

DRAWN: Final = (
    "ties.rate_politics",
    "ties.rate_economy",
    "ties.rate_security",
    "ties.effort",
    "ties.outreach_step",
    "powers.mood_sd",
    "powers.reciprocity",
    "powers.credibility_weight",
    "assembly.majority_weight",
    "assembly.own_reasons",
)
"""Parameters on which the scored series depend most: the speeds of ties, how two sides make one, and votes."""

PRIORS: Final = {
    "ties.rate_economy": (0.008, 0.04),
    "powers.reciprocity": (0.1, 0.9),
    "assembly.majority_weight": (1.0, 9.0),
    "assembly.own_reasons": (0.02, 0.3),
}
"""Where they are drawn from instead: the ranges from before `experiments/calibration`, which found the records' ranges
on figures up to 2014. A forecast must not know those through a range."""

OBSERVED: Final = 1
"""Number of this reading of a run; a change here makes kept histories stale."""
SHARE_AT_FULL_TIE = 0.6
"""Share of trade at an economic tie of 1: the country file's rule, tie = sqrt(share / 60 percent)."""


@dataclass(frozen=True)
class History:
    """Yearly means of what the figures stand for, on the logit scale.

    Attributes
    ----------
    years : (Y,) from the start to the end of the run.
    values : (family, power) → (W, Y), W = worlds of all parameter draws.
    """

    years: NDArray[np.int64]
    values: dict[tuple[str, str], Floats]

    def of(self, family: str, power: str) -> Floats:
        """(W, Y) of one family and power. KeyError where the model has none."""
        return self.values[family, power]


def known_at(scenario: Scenario, year: int, last: int) -> Scenario:
    """The scenario as far as it was known at the end of `year`, run to the end of `last`.

    A path keeps its points dated up to then, at least its first one; after the last of them it stays.
    """
    date = f"{year}-12"
    cut = month_number(date)

    def path(whole: Path) -> Path:
        points = tuple(point for point in whole.points if point[0] <= cut or whole.is_constant)
        return Path(points or whole.points[:1], whole.start)

    def paths(whole: DomainPaths) -> DomainPaths:
        return DomainPaths(tuple(path(one) for one in whole.paths))

    powers = {
        name: power.model_copy(
            update={
                "interest": path(power.interest),
                "credibility": path(power.credibility),
                "pressure": paths(power.pressure),
                "engagement": paths(power.engagement),
                "assembly": None if power.assembly is None else path(power.assembly),
            }
        )
        for name, power in scenario.powers.items()
    }
    line = scenario.doctrine
    doctrine = line.model_copy(
        update={key: path(getattr(line, key)) for key in ("balance", "sovereignty", "listening")}
    )
    elder = scenario.offices.elder
    if elder is not None and elder.since is not None and elder.since > date:
        elder = None
    if elder is not None and elder.until is not None and elder.until > date:
        elder = elder.model_copy(update={"until": None})
    return scenario.model_copy(
        update={
            "powers": powers,
            "doctrine": doctrine,
            "offices": scenario.offices.model_copy(update={"elder": elder}),
            "timeline": tuple(entry for entry in scenario.timeline if entry.date <= date),
            "end": f"{last}-12",
        }
    )


def draws_of(number: int, seed: int) -> list[dict[str, float]]:
    """`number` Latin hypercube draws of DRAWN from PRIORS or the records' ranges; one draw is the records' defaults."""
    from scipy.stats import qmc

    records = load_records()
    if number == 1:
        return [{}]
    shares = qmc.LatinHypercube(d=len(DRAWN), rng=np.random.default_rng(seed)).random(number)
    ends = {path: PRIORS.get(path, (records[path].low, records[path].high)) for path in DRAWN}
    return [
        {path: low + float(share) * (high - low) for (path, (low, high)), share in zip(ends.items(), row, strict=True)}
        for row in shares
    ]


def simulate(
    scenario: Scenario,
    draws: Sequence[Mapping[str, float]],
    worlds: int,
    seed: int,
    tick: Callable[[], None] | None = None,
) -> History:
    """Run `worlds` worlds under each draw of parameters; `tick` is called after each draw."""
    runs = []
    for draw in draws:
        runs.append(_observed(_with(scenario, draw), worlds, seed))
        if tick is not None:
            tick()
    first = int(scenario.start[:4])
    years = np.arange(first, first + next(iter(runs[0].values())).shape[1], dtype=np.int64)
    return History(years, {key: np.concatenate([run[key] for run in runs]) for key in runs[0]})


def _with(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    merged = {**scenario.parameter_values, **values}
    given = {**scenario.parameters, **values}
    return scenario.model_copy(update={"parameter_values": merged, "parameters": given})


def _observed(scenario: Scenario, worlds: int, seed: int) -> dict[tuple[str, str], Floats]:
    """What the figures stand for in one run: (family, power) → (W, Y)."""
    from multivector.model import MultivectorModel

    # one thread: few worlds gain nothing from more, and other processes want the cores
    model = MultivectorModel(scenario, worlds=worlds, rng=seed, threads=1, collect=False)
    while model.month < model.months:
        model.step()
    record = model.recorder
    tie = record.ties[:, 0]  # (M, W, P, D)
    arms = tie[..., DOMAINS.index("security")] * model.cast.capability[:, DOMAINS.index("security")]
    shares = {
        "trade": SHARE_AT_FULL_TIE * tie[..., DOMAINS.index("economy")] ** 2,
        "votes": record.assembly,
        "arms": arms / np.maximum(arms.sum(axis=-1, keepdims=True), 1e-9),
        "attitudes": 0.5 * (1.0 + record.attitudes[:, 0]),
    }
    whole = len(tie) // 12 * 12
    return {
        (family, power): to_logit(share[:whole, :, place].reshape(-1, 12, share.shape[1]).mean(axis=1)).T
        for family, share in shares.items()
        for place, power in enumerate(model.cast.powers)
        if family != "votes" or model.cast.votes[place]
    }


_DOMAIN_OF: Final = {"trade": "economy", "votes": "politics", "arms": "security", "attitudes": "politics"}


def supply(scenario: Scenario, family: str, power: str, years: NDArray[np.int64]) -> Floats:
    """What a power offered by the scenario's paths, (Y,): mean of engagement x interest in the middle of each year."""
    one = scenario.powers[power]
    engagement = one.engagement.domain(_DOMAIN_OF[family])
    return np.array([engagement.at(f"{year}-07") * one.interest.at(f"{year}-07") for year in years.tolist()])
