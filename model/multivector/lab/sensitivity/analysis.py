"""From a finished sensitivity batch to tables and sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from multivector.lab.cube import Cube, cubes_of
from multivector.lab.findings import Findings
from multivector.lab.measures import outcome_words
from multivector.lab.sensitivity.indices import Shares, independent_rows, indices, part_of, variance_shares
from multivector.lab.sensitivity.space import Space, design_of

if TYPE_CHECKING:
    import pandas as pd

    from multivector.lab.plan import Plan
    from multivector.lab.results import Batch
    from multivector.lab.sensitivity.study import SensitivityStudy

__all__ = ["SETTLED", "analyse", "factor_label"]

SETTLED = 0.1
"""Widest 95 % interval, as a share of the largest effect, at which indices count as settled."""
_TOLD = 3


def factor_label(name: str) -> str:
    """A factor for people: the record's own name, a mechanism with `switch`."""
    from multivector.parameters.records import load_records

    records = load_records()
    if name.startswith("parameters.") and name[11:] in records:
        return records[name[11:]].name
    if name.startswith("mechanisms."):
        return f"{name[11:].replace('_', ' ')} (switch)"
    return name.rstrip("*+").replace("_", " ")


def analyse(plan: Plan, batch: Batch, progress: Callable[[int, int], None] | None = None) -> Findings:
    """Indices, intervals, noise and convergence of every scenario and outcome.

    Raises
    ------
    StoreError : the batch is not finished.
    """
    import pandas as pd

    study: SensitivityStudy = plan.document  # type: ignore[assignment]
    space = study.space()[1]
    rows = design_of(space, study)
    found, shares, converged, sentences = [], [], [], []
    cubes = cubes_of(batch, study.shown)
    for number, cube in enumerate(cubes):
        for place, outcome in enumerate(study.shown):
            y = cube.values[outcome]
            table = indices(space, study, rows, y)
            part = variance_shares(independent_rows(space, study, y))
            check = _convergence(space, study, rows, y, table)
            head = {"scenario": cube.scenario, "outcome": outcome}
            table.insert(1, "label", [factor_label(name) for name in table["factor"]])
            found.append(table.assign(**head))
            shares.append({**head, "factors": part.factors, "chance": part.chance, "both": part.both})
            converged.append({**head, **check})
            sentences.append(_sentence(study, cube if len(cubes) > 1 else None, outcome, table, part))
            if progress is not None:
                progress(number * len(study.shown) + place + 1, len(cubes) * len(study.shown))
    indices_table = pd.concat(found, ignore_index=True)
    indices_table = indices_table[
        ["scenario", "outcome", *(c for c in indices_table if c not in ("scenario", "outcome"))]
    ]
    convergence = pd.DataFrame(converged)
    quiet = _quiet(indices_table)
    what = "mu*, the mean absolute change of the outcome's mean over a factor's whole range"
    if study.method == "sobol":
        what = "the total Sobol' index, a share of the variance of the outcome's mean"
    return Findings(
        "sensitivity",
        (*_overall(indices_table, study), *sentences),
        (*_limits(study, cubes, convergence), *quiet),
        {"indices": indices_table, "variance": pd.DataFrame(shares), "convergence": convergence},
        {
            "indices": f"effect = {what}; low and high: 95 % interval over the sample; noise: what chance alone would "
            "give; clear: the interval lies above the noise",
            "variance": "shares of the variance over points and worlds: factors, chance, and both together",
            "convergence": "the same with half of the sample: widest interval and largest change as shares of the "
            "largest effect, rank correlation of the clear factors",
        },
        {
            "method": study.method,
            "runs": len(rows),
            "factors": len(space.names),
            "groups": {name: list(space.members(name)) for name in space.called} if space.groups else {},
            "worlds": cubes[0].worlds,
            "settled": {row["outcome"]: bool(row["settled"]) for row in converged},
        },
    )


def _convergence(space: Space, study: SensitivityStudy, rows: Any, y: Any, table: pd.DataFrame) -> dict[str, Any]:
    """The indices of half the sample beside those of all of it."""
    half_rows, half_y = part_of(space, study, rows, y, 0.5)
    method: Any = study
    if study.method == "morris":
        method = replace_method(study, trajectories=len(half_rows) // (len(space.called) + 1))
    half = indices(space, method, half_rows, half_y).set_index("factor")
    whole = table.set_index("factor")
    top = float(whole["effect"].max())
    clear = whole.index[whole["clear"]]
    change = float((half["effect"] - whole["effect"]).abs().max() / top) if top > 0 else 0.0
    width = float((whole["high"] - whole["low"]).max() / top) if top > 0 else 0.0
    rank = float("nan")
    if len(clear) > 2:
        rank = float(whole.loc[clear, "effect"].rank().corr(half.loc[clear, "effect"].rank()))
    same = len(set(clear) & set(half.index[half["clear"]])) / max(len(clear), 1)
    return {
        "width": width, "change": change, "rank": rank, "same_clear": same,
        "settled": width <= SETTLED, "ranked": bool(rank >= 0.9) if rank == rank else len(clear) <= 2,
    }  # fmt: skip


def replace_method(study: SensitivityStudy, **changes: Any) -> SensitivityStudy:
    """The study with another size of sample."""
    return study.model_copy(update=changes)


def _overall(table: pd.DataFrame, study: SensitivityStudy) -> list[str]:
    """How many factors do anything, and which do most over all outcomes."""
    clear = table[table["clear"]]
    count = table["factor"].nunique()
    moving = clear["factor"].nunique()
    noun = "factors" if not study.groups else "factors and groups"
    lines = [f"{moving} of {count} {noun} move at least one of {len(study.shown)} outcomes beyond chance."]
    if len(clear):
        top = table.groupby(["scenario", "outcome"])["effect"].transform("max")
        share = (table["effect"] / top.where(top > 0)).where(table["clear"], 0.0)
        share = share.groupby(table["label"]).mean().sort_values(ascending=False)
        names = ", ".join(f"{name} ({value:.2f})" for name, value in share.head(5).items() if value > 0)
        lines.append(
            f"Over all outcomes the strongest are (clear effects, as shares of each outcome's largest): {names}."
        )
    return lines


def _sentence(study: SensitivityStudy, cube: Cube | None, outcome: str, table: pd.DataFrame, shares: Shares) -> str:
    name = outcome_words(outcome)
    where = f" in {cube.title}" if cube is not None else ""
    clear = table[table["clear"]]
    if not len(clear):
        return f"{_big(name)}{where}: nothing stands out from chance."
    told = []
    for row in clear.head(_TOLD).to_dict("records"):
        if study.method == "sobol":
            told.append(f"{row['label']} {row['effect']:.2f} [{row['low']:.2f}, {row['high']:.2f}]")
        else:
            way = "moves" if row["signed"] != row["signed"] else "raises" if row["signed"] > 0 else "lowers"
            told.append(f"{row['label']} {way} it by {row['effect']:.2g} [{row['low']:.2g} to {row['high']:.2g}]")
    return (
        f"{_big(name)}{where}: {'; '.join(told)}. {len(clear)} stand out from chance; of all variance over points and "
        f"worlds the factors make {shares.factors:.0%}, chance {shares.chance:.0%}, both together {shares.both:.0%}."
    )


def _quiet(table: pd.DataFrame) -> list[str]:
    """What moves nothing that was looked at."""
    moving = set(table.loc[table["clear"], "factor"])
    still = [name for name in dict.fromkeys(table["factor"]) if name not in moving]
    if not still:
        return []
    named = ", ".join(factor_label(name) for name in still[:8]) + (" …" if len(still) > 8 else "")
    return [f"{len(still)} stand out from chance in none of these outcomes in this scenario: {named}."]


def _limits(study: SensitivityStudy, cubes: list[Cube], convergence: pd.DataFrame) -> list[str]:
    lines = [f"Means over {cubes[0].worlds} worlds that have the same luck at every point."]
    loose = list(dict.fromkeys(convergence.loc[~convergence["settled"], "outcome"]))
    widest = float(convergence["width"].max())
    if loose:
        lines.append(
            f"Not settled (widest 95 % interval above {SETTLED:.0%} of the largest effect; here up to {widest:.0%}): "
            f"{', '.join(outcome_words(name) for name in loose)}. More "
            f"{'trajectories' if study.method == 'morris' else 'points'} narrow it."
        )
    else:
        lines.append(f"Settled: the widest 95 % interval is {widest:.0%} of the largest effect.")
    swapped = list(dict.fromkeys(convergence.loc[~convergence["ranked"], "outcome"]))
    if swapped:
        lines.append(
            "With half of the sample the order of the clear factors is another (rank correlation below 0.9) for "
            f"{', '.join(outcome_words(name) for name in swapped)}."
        )
    if any(cube.dropped for cube in cubes):
        lines.append(f"{sum(cube.dropped for cube in cubes)} worlds are left out because they failed at some point.")
    lines.append("Factors vary over their records' ranges independently and evenly; that is an assumption.")
    return lines


def _big(text: str) -> str:
    return text[:1].upper() + text[1:]
