"""From a finished robust batch to regret, satisficing, the Pareto set, and where each doctrine fails, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multivector.lab.cube import Cube, cubes_of
from multivector.lab.discovery.analysis import limit_words
from multivector.lab.discovery.boxes import find_boxes
from multivector.lab.findings import Findings
from multivector.lab.measures import outcome_words
from multivector.lab.robust.measures import best_share, nondominated, regret, scaled, share_interval
from multivector.lab.robust.study import AS_IT_IS, Objective

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from multivector.lab.plan import Plan
    from multivector.lab.results import Batch
    from multivector.lab.robust.study import RobustStudy

__all__ = ["Judged", "analyse", "judged"]

_FEW = 6
"""Futures in which a doctrine fails (or holds) below which no box is drawn around them."""


@dataclass(frozen=True)
class Judged:
    """Doctrines of one scenario, judged.

    Attributes
    ----------
    doctrines : names, in order.
    value : objective → mean over worlds, (futures, doctrines).
    enough : objective → what is enough.
    meets : objective → whether it is met, (futures, doctrines).
    regret : objective → regret as a share of the objective's span, (futures, doctrines).
    pareto : which doctrines nothing beats in the means over futures.
    """

    doctrines: tuple[str, ...]
    objectives: Mapping[str, Objective]
    value: dict[str, NDArray[np.float64]]
    enough: dict[str, float]
    meets: dict[str, NDArray[np.bool_]]
    regret: dict[str, NDArray[np.float64]]
    pareto: NDArray[np.bool_]

    @property
    def all_met(self) -> NDArray[np.bool_]:
        """Whether a doctrine meets every objective, (futures, doctrines)."""
        return np.asarray(np.logical_and.reduce(list(self.meets.values())))

    @property
    def worst_regret(self) -> NDArray[np.float64]:
        """The largest regret of every doctrine over futures and objectives, a share of the span, (doctrines,)."""
        return np.asarray(np.max([one.max(axis=0) for one in self.regret.values()], axis=0))


def judged(cube: Cube, doctrines: tuple[str, ...], objectives: Mapping[str, Objective]) -> Judged:
    """Judge the doctrines of one scenario; points are futures × doctrines."""
    value, enough, meets, missed = {}, {}, {}, {}
    for name, one in objectives.items():
        table = cube.mean(one.outcome).reshape(-1, len(doctrines))
        own = table[:, doctrines.index(AS_IT_IS)]
        value[name] = table
        usual = float(np.quantile(own, 0.75 if one.better == "less" else 0.25))
        enough[name] = usual if one.enough is None else float(one.enough)
        meets[name] = table <= enough[name] if one.better == "less" else table >= enough[name]
        missed[name] = scaled(regret(table, one.better), table)
    signs = np.array([-1.0 if one.better == "less" else 1.0 for one in objectives.values()])
    means = np.stack([table.mean(axis=0) for table in value.values()], axis=1) * signs
    return Judged(doctrines, objectives, value, enough, meets, missed, nondominated(means))


def analyse(plan: Plan, batch: Batch, progress: Callable[[int, int], None] | None = None) -> Findings:
    """Judge the doctrines of every scenario. Raises StoreError where the batch is not finished."""
    import pandas as pd

    study: RobustStudy = plan.document  # type: ignore[assignment]
    doctrines = tuple(study.compared)
    outcomes = list(dict.fromkeys(one.outcome for one in study.objectives.values()))
    cubes = cubes_of(batch, outcomes)
    futures = [factor.name for factor in study.future_points()[0]]
    summary, detail, sentences = [], [], []
    for number, cube in enumerate(cubes):
        found = judged(cube, doctrines, study.objectives)
        summary.append(_summary(cube.scenario, found))
        detail.append(_detail(cube, found, futures))
        where = f"In {cube.title}: " if len(cubes) > 1 else ""
        sentences += [where + line for line in _sentences(found)]
        table = cube.points.iloc[:: len(doctrines)][futures].reset_index(drop=True)
        sentences += [where + line for line in _failures(found, table, batch.factor_name)]
        if progress is not None:
            progress(number + 1, len(cubes))
    return Findings(
        "robust",
        tuple(sentences),
        (
            f"{study.points} futures of {cubes[0].worlds} worlds each, the same futures and luck for every "
            f"doctrine; they "
            "are drawn evenly and are no forecast.",
            "Enough is, where the study does not say it, what the scenario's own doctrine reaches in three of four "
            "futures.",
            "Doctrines are as strong as their numbers, which are assumptions; the president still chooses by survival.",
        ),
        {"doctrines": pd.concat(summary, ignore_index=True), "futures": pd.concat(detail, ignore_index=True)},
        {
            "doctrines": "one row per doctrine and objective: mean over futures, 10 % worst future, regret (share of "
            "the objective's span) in the mean and at most, share of futures where it is best, where it is enough",
            "futures": "one row per future and doctrine: the conditions, each objective's mean, all met or not",
        },
        {"worlds": cubes[0].worlds, "futures": study.points, "doctrines": list(doctrines)},
    )


def _summary(scenario: str, found: Judged) -> pd.DataFrame:
    import pandas as pd

    met = found.all_met
    rows = []
    for place, doctrine in enumerate(found.doctrines):
        low, high = share_interval(met[:, place])
        for name, one in found.objectives.items():
            value, missed = found.value[name][:, place], found.regret[name][:, place]
            rows.append(
                {
                    "scenario": scenario, "doctrine": doctrine, "objective": name, "outcome": one.outcome,
                    "better": one.better, "mean": value.mean(),
                    "bad_future": float(np.quantile(value, 0.9 if one.better == "less" else 0.1)),
                    "regret_mean": missed.mean(), "regret_most": missed.max(),
                    "best_share": best_share(found.value[name], one.better)[place],
                    "enough": found.enough[name], "enough_share": found.meets[name][:, place].mean(),
                    "all_met_share": met[:, place].mean(), "all_met_low": low, "all_met_high": high,
                    "pareto": bool(found.pareto[place]),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def _detail(cube: Cube, found: Judged, futures: list[str]) -> pd.DataFrame:
    import pandas as pd

    count = len(found.doctrines)
    table = cube.points[futures].reset_index(drop=True)
    table.insert(0, "scenario", cube.scenario)
    table.insert(1, "future", np.arange(len(table)) // count)
    table.insert(2, "doctrine", list(found.doctrines) * (len(table) // count))
    values = {name: value.reshape(-1) for name, value in found.value.items()}
    return pd.concat([table, pd.DataFrame({**values, "all_met": found.all_met.reshape(-1)})], axis=1)


def _sentences(found: Judged) -> list[str]:
    met, worst = found.all_met.mean(axis=0), found.worst_regret
    order = np.argsort(-met, kind="stable")
    best, last = int(order[0]), int(order[-1])
    low, high = share_interval(found.all_met[:, best])
    lines = [
        f"“{found.doctrines[best]}” is enough on every objective in most futures: {met[best]:.0%} (90 % "
        f"interval {low:.0%} to "
        f"{high:.0%}); “{found.doctrines[last]}” in fewest, {met[last]:.0%}."
    ]
    calm = int(np.argmin(worst))
    lines.append(
        f"Least to regret at worst: “{found.doctrines[calm]}”, never more than {worst[calm]:.0%} of an "
        f"objective's span behind "
        f"the best doctrine; most: “{found.doctrines[int(np.argmax(worst))]}”, {worst.max():.0%}."
    )
    kept = [f"“{name}”" for name, holds in zip(found.doctrines, found.pareto, strict=True) if holds]
    beaten = [f"“{name}”" for name, holds in zip(found.doctrines, found.pareto, strict=True) if not holds]
    lines.append(
        f"In the means over futures nothing beats {', '.join(kept)} on all of {', '.join(found.objectives)} at once"
        + (f"; beaten are {', '.join(beaten)}." if beaten else ".")
    )
    for name, one in found.objectives.items():
        means = found.value[name].mean(axis=0)
        top, low_end = (means.argmin(), means.argmax()) if one.better == "less" else (means.argmax(), means.argmin())
        label = outcome_words(one.outcome)
        lines.append(
            f"{_big(name)} ({label}, {one.better} is better): best “{found.doctrines[int(top)]}” "
            f"{means[top]:.3g}, last "
            f"“{found.doctrines[int(low_end)]}” {means[low_end]:.3g}."
        )
    return lines


def _failures(found: Judged, futures: pd.DataFrame, label: Callable[[str], str]) -> list[str]:
    """Which doctrine fails where: a box around the futures in which it does not meet every objective."""
    lines = []
    for place, doctrine in enumerate(found.doctrines):
        fails = ~found.all_met[:, place]
        share = float(fails.mean())
        lacking = {name: 1.0 - float(one[:, place].mean()) for name, one in found.meets.items()}
        weakest = max(lacking, key=lambda name: lacking[name])
        head = f"“{doctrine}” fails in {share:.0%} of futures, most often on {weakest} ({lacking[weakest]:.0%})"
        few = min(int(fails.sum()), int((~fails).sum()))
        if few < _FEW:
            lines.append(f"{head}.")
            continue
        # where nearly all futures fail, the box is drawn around those where it holds
        target, word = (fails, "fails") if share <= 0.5 else (~fails, "holds")
        boxes = find_boxes(futures, target, smallest=max(0.05, 4 / len(futures)), most=1)
        if not boxes:
            lines.append(f"{head}; no simple condition tells where.")
            continue
        box = boxes[0]
        where = " and ".join(limit_words(limit, label) for limit in box.limits)
        lines.append(
            f"{head}; it {word} above all with {where} ({box.density:.0%} of {round(box.mass * len(futures))} "
            f"futures there)."
        )
    return lines


def _big(text: str) -> str:
    return text[:1].upper() + text[1:]
