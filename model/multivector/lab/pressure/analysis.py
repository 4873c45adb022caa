"""From a finished pressure map to maps, tipping lines and sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from multivector.lab.cube import Cube, cubes_of
from multivector.lab.findings import Findings
from multivector.lab.measures import outcome_words
from multivector.lab.pressure.lines import FINE, TippingLine, tipping_line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from multivector.lab.plan import Plan
    from multivector.lab.pressure.study import PressureMapStudy, Tip
    from multivector.lab.results import Batch

__all__ = ["analyse", "lines_of", "needed", "value_at"]

_SHARP = 0.15
"""Width of a crossing, as a share of the axis, up to which it is called a tip."""


def needed(study: PressureMapStudy) -> list[str]:
    """Outcomes that maps and tips read."""
    tips = [name for tip in study.tips.values() for name in (tip.outcome, tip.under) if name is not None]
    return list(dict.fromkeys([*study.shown, *tips]))


def shape_of(study: PressureMapStudy) -> tuple[int, int]:
    """(levels of x, levels of y)."""
    return study.x.levels, study.y.levels


def lines_of(study: PressureMapStudy, cube: Cube) -> dict[str, TippingLine]:
    """The line of every tip."""
    return {name: tipping_line(_shows(study, cube, tip), tip.share) for name, tip in study.tips.items()}


def _shows(study: PressureMapStudy, cube: Cube, tip: Tip) -> NDArray[np.bool_]:
    values = cube.values[tip.outcome]
    if tip.under is not None:
        shows = values < cube.values[tip.under]
    else:
        shows = values < tip.below if tip.below is not None else values > (tip.above or 0.0)
    return np.asarray(shows).reshape(*shape_of(study), -1)


def value_at(axis: Any, share: float) -> float:
    """A share of an axis in its own units."""
    return float(axis.low + share * (axis.high - axis.low))


def analyse(plan: Plan, batch: Batch, progress: Callable[[int, int], None] | None = None) -> Findings:
    """Maps and lines of every scenario. Raises StoreError where the batch is not finished."""
    import pandas as pd

    study: PressureMapStudy = plan.document  # type: ignore[assignment]
    cubes = cubes_of(batch, needed(study))
    xs, ys = ([float(v) for v in factor.levels] for factor in study.grid())  # type: ignore[arg-type]
    maps: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    sentences: list[str] = []
    for number, cube in enumerate(cubes):
        where = f"In {cube.title}: " if len(cubes) > 1 else ""
        for outcome in study.shown:
            table = cube.mean(outcome).reshape(shape_of(study))
            sentences.append(where + _map_sentence(study, outcome, table, batch.factor_name))
            maps += [
                {"scenario": cube.scenario, "outcome": outcome, "x": x, "y": y, "mean": float(table[i, j])}
                for i, x in enumerate(xs)
                for j, y in enumerate(ys)
            ]
        found = lines_of(study, cube)
        for name, line in found.items():
            sentences.append(where + _line_sentence(study, name, study.tips[name], line, batch.factor_name))
            lines += _line_rows(study, cube.scenario, name, line)
        if progress is not None:
            progress(number + 1, len(cubes))
    columns = ["scenario", "tip", "y", "x", "low", "high"]
    return Findings(
        "pressure-map",
        tuple(sentences),
        (
            f"{len(xs)} × {len(ys)} points of {cubes[0].worlds} worlds with the same luck; parameters at their "
            f"defaults, so "
            "intervals hold chance only.",
            "A line is where a smooth surface (logistic, with squares and product) crosses the level; outside the grid "
            "nothing is said.",
        ),
        {"maps": pd.DataFrame(maps), "lines": pd.DataFrame(lines, columns=columns)},
        {
            "maps": "mean over worlds at each point",
            "lines": "for each y, the x at which the tip is crossed first, with its 90 % interval over worlds",
        },
        {"worlds": cubes[0].worlds, "x": study.x.path, "y": study.y.path},
    )


def _map_sentence(
    study: PressureMapStudy, outcome: str, table: NDArray[np.float64], label: Callable[[str], str]
) -> str:
    """What each axis does to an outcome, at the other's middle, and where it is highest."""
    by_x = float((table[-1] - table[0]).mean())
    by_y = float((table[:, -1] - table[:, 0]).mean())
    name = outcome_words(outcome)
    return (
        f"{name[:1].upper()}{name[1:]} runs from {table.min():.3g} to {table.max():.3g}; over its whole axis "
        f"{label(study.x.path)} changes it by {_signed(by_x)}, {label(study.y.path)} by {_signed(by_y)} (means "
        f"over the other)."
    )


def _line_sentence(study: PressureMapStudy, name: str, tip: Tip, line: TippingLine, label: Callable[[str], str]) -> str:
    level = f"{tip.share:.0%} of worlds"
    low, high = float(line.observed.min()), float(line.observed.max())
    if not line.lines:
        side = "more" if low > tip.share else "fewer"
        return f"“{name}”: no line; everywhere {side} than {level} show it ({low:.0%} to {high:.0%})."
    told = []
    for share in (0.0, 0.5, 1.0):
        row = round(share * (FINE - 1))
        if np.isfinite(line.at[row]):
            text = f"{value_at(study.x, float(line.at[row])):.2f}"
            if np.isfinite(line.low[row]):
                text += (
                    f" ({value_at(study.x, float(line.low[row])):.2f} to "
                    f"{value_at(study.x, float(line.high[row])):.2f})"
                )
            told.append(
                f"at {label(study.y.path)} {value_at(study.y, share):.2g} where {label(study.x.path)} passes {text}"
            )
    if not told:
        told.append(f"only in part of the map, at {label(study.y.path)} between "
                    f"{value_at(study.y, float(line.y[np.isfinite(line.at)].min())):.2g} and "
                    f"{value_at(study.y, float(line.y[np.isfinite(line.at)].max())):.2g}" if np.isfinite(line.at).any()
                    else "along the other axis only")  # fmt: skip
    sharp = ""
    if line.width == line.width:
        kind = "a tip" if line.width <= _SHARP else "a slope"
        sharp = f" It is {kind}: from a quarter to three quarters of the worlds it takes {line.width:.0%} of the axis."
    sure = "" if line.crossing > 0.95 else f" Unsure: only {line.crossing:.0%} of resamples have a line."
    return (
        f"“{name}” reaches {level} {'; '.join(told)}.{sharp}{sure} Observed {low:.0%} to {high:.0%}, misfit "
        f"{line.misfit:.2f}."
    )


def _line_rows(study: PressureMapStudy, scenario: str, name: str, line: TippingLine) -> list[dict[str, Any]]:
    return [
        {
            "scenario": scenario, "tip": name, "y": value_at(study.y, float(share)), "x": value_at(study.x, float(at)),
            "low": value_at(study.x, float(low)), "high": value_at(study.x, float(high)),
        }
        for share, at, low, high in zip(line.y, line.at, line.low, line.high, strict=True)
        if np.isfinite(at)
    ]  # fmt: skip


def _signed(value: float) -> str:
    return f"{value:+.3g}".replace("-", "−")
