"""Many runs in one picture: fans side by side, a heat map of outcomes, lines over what is varied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from multivector.lab.measures import weighted_quantiles
from multivector.show.marks import Draw, block_sample, dot_sample, draw_key, line_sample, nice_ticks
from multivector.show.style import (
    BLUE,
    BODY,
    FAINT,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PURPLE,
    SKY,
    SMALL,
    TINY,
    VERMILION,
    Dash,
    Look,
    empty_figure,
    figure_sentence,
    fit,
    headline,
    inch_axes,
    inch_text,
    mix,
    new_figure,
    power_looks,
    printable,
    quiet,
    text_width,
    wrap,
)
from multivector.show.sweep import outcome_label
from multivector.show.view import drawing
from multivector.show.words import number, percent, plural, signed

__all__ = ["Line", "plot_fans", "plot_heat_map", "plot_lines"]

DOMAINS = ("politics", "economy", "security")
BANDS = (0.05, 0.25, 0.5, 0.75, 0.95)
_FINE = ("hazard", "hazard_annual", "hazard_elite", "hazard_mass", "hazard_outside", "protest", "office_lost")
"""Outcomes that are shown as percentages."""
LINES: tuple[tuple[str, Dash], ...] = (
    (BLUE, "-"),
    (VERMILION, (0, (6, 1.6))),
    (GREEN, (0, (1.2, 1.2))),
    (PURPLE, (0, (6, 1.6, 1.2, 1.6))),
    (ORANGE, (0, (3, 1.2))),
    (SKY, (0, (9, 2))),
)
"""Colour and line style of scenarios in one panel, in turn."""


@dataclass(frozen=True)
class Line:
    """One scenario's outcomes over the values of one factor.

    Attributes
    ----------
    label : the scenario.
    factor : what is varied.
    values : where on the axis, shape (P,), rising.
    bands : outcome → quantiles BANDS over worlds, shape (5, P).
    """

    label: str
    factor: str
    values: NDArray[np.float64]
    bands: Mapping[str, NDArray[np.float64]]


# -- fans ---------------------------------------------------------------------------------------------------


@drawing
def plot_fans(
    groups: Mapping[str, pd.DataFrame], names: Mapping[str, str], note: str = "", title: str = "The fan at the end"
) -> Figure:
    """Small multiples: one panel per group, a row per tie, all on the same 0..1 axis.

    Args:
        groups: label → outcomes (columns `tie.POWER.DOMAIN`, and `weight`), one row per run and world.
        names: power id → name.
        note: what varies within a panel.
        title: the figure's title.
    """
    there = [name for table in groups.values() for name in table.columns if name.startswith("tie.")]
    powers = list(dict.fromkeys(name.split(".")[1] for name in there))
    if not powers:
        return empty_figure(title, note)
    looks = power_looks(powers)
    called = [fit(names.get(power, power), 1.9, SMALL) for power in powers]
    left = 0.3 + max(text_width(one, SMALL) for one in called)
    columns = min(len(groups), 4)
    panel, gap, right, step = (2.15 if columns > 2 else 3.0), 0.3, 0.2, 0.21
    width = max(left + columns * (panel + gap) - gap + right, 7.6)
    block = len(powers) * step + 0.28
    rows = -(-len(groups) // columns)
    deep = max(len(wrap(label, panel, BODY, "bold", lines=2)) for label in groups) * 0.22
    figure = new_figure(width, 2.6 + rows * (3 * block + deep + 0.6))
    told = f"{note.rstrip('.')}. " if note else ""
    top = headline(
        figure, title, f"{told}Ties in the last month, 0 (none) to 1 (closest); the same axis in every panel."
    )
    for place, (label, table) in enumerate(groups.items()):
        row, column = divmod(place, columns)
        x0, y0 = left + column * (panel + gap), top + row * (3 * block + deep + 0.55)
        for n, line in enumerate(wrap(label, panel, BODY, "bold", lines=2)):
            inch_text(figure, x0, y0 + 0.22 * n, line, fontsize=BODY, fontweight="bold")
        y0 += deep + 0.05
        for d, domain in enumerate(DOMAINS):
            inch_text(figure, x0, y0, domain, fontsize=TINY, color=MUTED)
            axes = inch_axes(figure, x0, y0 + 0.19, panel, len(powers) * step)
            axes.set_label(f"fan {label} {domain}")
            for n, power in enumerate(powers):
                _interval(axes, n, table, f"tie.{power}.{domain}", looks[power])
                if column == 0:
                    at = axes.get_yaxis_transform()
                    axes.text(
                        -0.09 / panel, n, called[n], transform=at, ha="right", va="center_baseline", fontsize=SMALL
                    )
            axes.set_xlim(-0.02, 1.02)
            axes.set_ylim(len(powers) - 0.5, -0.5)
            axes.set_yticks([])
            last = d == len(DOMAINS) - 1
            axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"] if last else [""] * 5)
            quiet(axes, grid="x")
            y0 += block
    top += rows * (3 * block + deep + 0.55) - 0.2

    items: list[tuple[Draw, str]] = [
        (line_sample(BLUE, 5.5, "-", ""), "50 % of worlds"),
        (line_sample(mix(BLUE, 0.55), 2.0), "90 %"),
        (dot_sample(INK, "o", filled=False), "median (each power has its own mark)"),
    ]
    top += draw_key(figure, 0.15, top, width - 0.3, items)
    figure_sentence(figure, _fans_sentence(groups, powers, names), used=top)
    return figure


def _interval(axes: Axes, row: int, table: pd.DataFrame, column: str, look: Look) -> None:
    """A thin bar (90 %), a thick bar (50 %) and the power's mark (median)."""
    if column not in table or not table[column].notna().any():
        axes.text(0.5, row, "not in this scenario", fontsize=TINY - 1, color=MUTED, ha="center", va="center_baseline")
        return
    low, q1, middle, q3, high = _bands(table, column)
    axes.plot([low, high], [row, row], color=mix(look.color, 0.55), linewidth=2.0, gid="band90", zorder=1)
    axes.plot([q1, q3], [row, row], color=look.color, linewidth=5.5, gid="band50", zorder=1.5)
    style: dict[str, Any] = {"markersize": 5.5, "markeredgecolor": INK, "markeredgewidth": 0.9, "linestyle": ""}
    axes.plot([middle], [row], color="white", marker=look.marker, gid="median", zorder=4, **style)


def _bands(table: pd.DataFrame, column: str) -> NDArray[np.float64]:
    weights = table["weight"].to_numpy(dtype=np.float64) if "weight" in table else np.ones(len(table))
    return weighted_quantiles(table[column].to_numpy(dtype=np.float64), weights, BANDS)


def _fans_sentence(groups: Mapping[str, pd.DataFrame], powers: Sequence[str], names: Mapping[str, str]) -> str:
    """The tie whose median differs most between two panels."""
    labels = list(groups)
    best: tuple[float, str, str, str, float, float] | None = None
    for power in powers:
        for domain in DOMAINS:
            column = f"tie.{power}.{domain}"
            middles = {
                label: float(_bands(table, column)[2])
                for label, table in groups.items()
                if column in table and table[column].notna().any()
            }
            if len(middles) < 2:
                continue
            low, high = min(middles, key=lambda one: middles[one]), max(middles, key=lambda one: middles[one])
            gap = middles[high] - middles[low]
            if best is None or gap > best[0]:
                best = (gap, column, low, high, middles[low], middles[high])
    if best is None:
        return f"The medians of {plural(len(powers) * 3, 'tie')} with their spread over worlds: {printable(labels[0])}."
    _, column, low_label, high_label, low_value, high_value = best
    label = outcome_label(column, names)
    return (
        f"The panels differ most in the {label[:1].lower()}{label[1:]}: median {number(high_value)} "
        f"in “{printable(high_label)}”, {number(low_value)} in “{printable(low_label)}”."
    )


# -- heat map -----------------------------------------------------------------------------------------------


@drawing
def plot_heat_map(
    means: pd.DataFrame,
    spreads: pd.DataFrame,
    names: Mapping[str, str] | None = None,
    note: str = "",
    title: str = "Outcomes at a glance",
) -> Figure:
    """Outcomes x groups with the numbers in the cells.

    Args:
        means: index outcome, one column per group: mean over worlds.
        spreads: the same shape: standard deviation over worlds.
        names: power id → name.
        note: what varies.
        title: the figure's title.
    """
    if means.empty:
        return empty_figure(title, note)
    labels = [fit(outcome_label(str(name), names), 3.4, SMALL) for name in means.index]
    left = max(text_width(one, SMALL) for one in labels) + 0.35
    word = max(text_width(word, SMALL, "bold") for label in means.columns for word in printable(label).split()) + 0.12
    cell = max(float(np.clip((11.2 - left) / len(means.columns), 0.85, 2.2)), min(word, 1.6))
    width = max(left + cell * len(means.columns) + 0.15, 7.6)
    heads = [wrap(label, cell - 0.08, SMALL, "bold", lines=4) for label in means.columns]
    deep, high = max(len(head) for head in heads), 0.36
    figure = new_figure(width, 3.4 + len(labels) * high)
    told = f"{note.rstrip('.')}. " if note else ""
    top = headline(
        figure,
        title,
        f"{told}Numbers: mean over worlds in the last month. Colour: distance from the row's mean in standard "
        "deviations over worlds, full at two. Compare along rows, not between them.",
    )
    for place, head in enumerate(heads):
        for n, line in enumerate(head):
            y = top + 0.19 * (n + deep - len(head))
            inch_text(figure, left + (place + 0.5) * cell, y, line, ha="center", fontsize=SMALL, fontweight="bold")
    top += 0.19 * deep + 0.08
    axes = inch_axes(figure, left, top, cell * len(means.columns), high * len(labels))
    axes.set_label("heat map")
    scores, values = _scores(means, spreads), means.to_numpy(dtype=np.float64)
    for row, outcome in enumerate(means.index):
        axes.text(-0.5 - 0.1 / cell, row, labels[row], ha="right", va="center_baseline", fontsize=SMALL)
        for column in range(len(means.columns)):
            score, value = float(scores[row, column]), float(values[row, column])
            color = mix(BLUE if score >= 0 else ORANGE, 0.85 * min(abs(score) / 2, 1.0))
            axes.add_patch(
                Rectangle((column - 0.49, row - 0.47), 0.98, 0.94, facecolor=color, linewidth=0, gid=f"cell {outcome}")
            )
            dark = score > 1.4
            text = "–" if not np.isfinite(value) else _cell(str(outcome), value)
            axes.text(
                column, row, text, ha="center", va="center_baseline", fontsize=SMALL, color="white" if dark else INK
            )
    axes.set_xlim(-0.5, len(means.columns) - 0.5)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_axis_off()
    top += high * len(labels) + 0.12
    items: list[tuple[Draw, str]] = [
        (block_sample(mix(ORANGE, 0.85)), "two standard deviations or more below the row's mean"),
        (block_sample(mix(BLUE, 0.85)), "as much above"),
    ]
    top += draw_key(figure, 0.15, top, width - 0.3, items)
    figure_sentence(figure, _heat_sentence(means, scores, names), used=top)
    return figure


def _scores(means: pd.DataFrame, spreads: pd.DataFrame) -> NDArray[np.float64]:
    """Distance of each cell from its row's mean in units of the row's usual spread over worlds; 0 where unknown."""
    values = means.to_numpy(dtype=np.float64)
    typical = np.sqrt(np.nanmean(spreads.to_numpy(dtype=np.float64) ** 2, axis=1, keepdims=True))
    centred = values - np.nanmean(values, axis=1, keepdims=True)
    floor = np.maximum(typical, 1e-12)
    return np.nan_to_num(np.where(np.abs(centred) < 1e-12, 0.0, centred / floor))


def _cell(outcome: str, value: float) -> str:
    return percent(value) if outcome in _FINE else number(value)


def _heat_sentence(means: pd.DataFrame, scores: NDArray[np.float64], names: Mapping[str, str] | None) -> str:
    if means.shape[1] < 2:
        return f"Means over worlds of {printable(means.columns[0])}."
    values = means.to_numpy(dtype=np.float64)
    spans = scores.max(axis=1) - scores.min(axis=1)

    row = int(np.argmax(spans))
    outcome = str(means.index[row])
    low, high = int(np.argmin(scores[row])), int(np.argmax(scores[row]))
    label = outcome_label(outcome, names)
    least = outcome_label(str(means.index[int(np.argmin(spans))]), names)
    return (
        f"The columns differ most, against the luck of single worlds, in {label[:1].lower()}{label[1:]}: "
        f"{_cell(outcome, float(values[row, low]))} in “{printable(means.columns[low])}”, "
        f"{_cell(outcome, float(values[row, high]))} in “{printable(means.columns[high])}”; "
        f"least in {least[:1].lower()}{least[1:]}."
    )


# -- lines --------------------------------------------------------------------------------------------------


@drawing
def plot_lines(
    lines: Sequence[Line],
    outcomes: Sequence[str],
    names: Mapping[str, str] | None = None,
    note: str = "",
    title: str = "What the levels do",
) -> Figure:
    """Small multiples: columns = factors, rows = outcomes; median with the 50 and 90 % bands over worlds.

    Args:
        lines: one for each scenario and factor; with several scenarios only the 50 % bands are drawn.
        outcomes: which to show, in order.
        names: power id → name.
        note: what varies.
        title: the figure's title.
    """
    shown = [name for name in outcomes if any(name in line.bands for line in lines)]
    if not shown:
        return empty_figure(title, note)
    factors = list(dict.fromkeys(line.factor for line in lines))
    labels = list(dict.fromkeys(line.label for line in lines))
    styles = {label: LINES[place % len(LINES)] for place, label in enumerate(labels)}
    left, gap, right, height, between = 0.85, 0.3, 0.2, 1.45, 0.6
    panel = float(np.clip((10.6 - left - right + gap) / len(factors) - gap, 1.5, 3.6))
    width = max(left + len(factors) * (panel + gap) - gap + right, 7.6)
    figure = new_figure(width, 3.2 + len(shown) * (height + between))
    told = f"{note.rstrip('.')}. " if note else ""
    top = headline(figure, title, f"{told}Each outcome in the last month; axes are shared along a row.")
    for outcome in shown:
        inch_text(figure, left, top, outcome_label(outcome, names), fontsize=SMALL, color=MUTED)
        top += 0.28
        limits = _limits([line.bands[outcome] for line in lines if outcome in line.bands], len(labels) > 1)
        for place, factor in enumerate(factors):
            axes = inch_axes(figure, left + place * (panel + gap), top, panel, height)
            axes.set_label(f"lines {factor} {outcome}")
            for line in lines:
                if line.factor == factor and outcome in line.bands:
                    _line(axes, line, outcome, styles[line.label], whole=len(labels) == 1)
            axes.set_ylim(*limits)
            ticks = _ticks(*limits)
            texts = [percent(t) if outcome in _FINE else f"{t:g}".replace("-", "−") for t in ticks]
            axes.set_yticks(ticks, texts if place == 0 else [""] * len(ticks))
            _value_ticks(axes, [line for line in lines if line.factor == factor], outcome == shown[-1])
            quiet(axes, grid="y")
            if outcome == shown[-1]:
                words = fit(factor, panel, SMALL)
                at = axes.transAxes
                axes.text(0.5, -0.27 / height, words, transform=at, ha="center", va="top", fontsize=SMALL, color=MUTED)
        top += height + between - 0.28
    top += 0.3
    items: list[tuple[Draw, str]] = []
    if len(labels) == 1:
        color = styles[labels[0]][0]
        items = [
            (line_sample(color, 1.8, "-", "o"), "median"),
            (block_sample(mix(color, 0.4)), "50 % of worlds"),
            (block_sample(mix(color, 0.16)), "90 %"),
        ]
    else:
        items = [(line_sample(*_pen(styles[label])), f"{printable(label)}: median, 50 % of worlds") for label in labels]
    top += draw_key(figure, 0.15, top, width - 0.3, items)
    figure_sentence(figure, _lines_sentence(lines, shown, names), used=top)
    return figure


def _pen(style: tuple[str, Dash]) -> tuple[str, float, Dash]:
    return style[0], 1.8, style[1]


def _line(axes: Axes, line: Line, outcome: str, style: tuple[str, Dash], whole: bool) -> None:
    color, dash = style
    low, q1, middle, q3, high = line.bands[outcome]
    if whole:
        axes.fill_between(line.values, low, high, color=mix(color, 0.16), linewidth=0, zorder=1, gid="band90")
        axes.fill_between(line.values, q1, q3, color=mix(color, 0.4), linewidth=0, zorder=1.2, gid="band50")
    else:
        axes.fill_between(line.values, q1, q3, color=color, alpha=0.15, linewidth=0, zorder=1, gid="band50")
    axes.plot(line.values, middle, color=color, linestyle=dash, linewidth=1.8, marker="o", markersize=4, gid="median")


def _limits(bands: Sequence[NDArray[np.float64]], inner: bool) -> tuple[float, float]:
    rows = np.concatenate([band[1:4] if inner else band for band in bands], axis=1)
    low, high = float(np.nanmin(rows)), float(np.nanmax(rows))
    room = max(high - low, 1e-6, 0.02 * abs(high))
    return low - 0.06 * room, high + 0.06 * room


def _ticks(low: float, high: float) -> list[float]:
    steps = nice_ticks(high - low, 4)
    size = steps[1] if len(steps) > 1 else high - low
    return [float(np.round(k * size, 12)) for k in range(int(np.ceil(low / size)), int(np.floor(high / size)) + 1)]


def _value_ticks(axes: Axes, lines: Sequence[Line], labels: bool) -> None:
    values = np.concatenate([line.values for line in lines])
    low, high = float(values.min()), float(values.max())
    pad = 0.05 * (high - low) if high > low else 0.1
    axes.set_xlim(low - pad, high + pad)
    levels = np.unique(np.round(values, 9))
    ticks = [float(level) for level in levels] if len(levels) <= 3 else [low, (low + high) / 2, high]

    axes.set_xticks(ticks, [f"{tick:.3g}" for tick in ticks] if labels else [""] * len(ticks))
    axes.axhline(0, color=FAINT, linewidth=0.6, zorder=0.5)


def _lines_sentence(lines: Sequence[Line], outcomes: Sequence[str], names: Mapping[str, str] | None) -> str:
    """The outcome and factor with the largest move of the median, measured by the 50 % band."""
    best: tuple[float, Line, str, float, float] | None = None
    for line in lines:
        for outcome in outcomes:
            if outcome not in line.bands or len(line.values) < 2:
                continue
            _, q1, middle, q3, _ = line.bands[outcome]
            width = max(float(np.nanmean(q3 - q1)), 1e-12)
            move = abs(float(middle[-1] - middle[0])) / width
            if best is None or move > best[0]:
                best = (move, line, outcome, float(middle[0]), float(middle[-1]))
    if best is None:
        return "There is one value only: nothing is varied."
    _, line, outcome, first, last = best
    label = outcome_label(outcome, names)
    fine = outcome in _FINE
    told = f"{percent(first)} to {percent(last)}" if fine else f"{number(first)} to {number(last)}"

    return (
        f"The clearest move: {label[:1].lower()}{label[1:]} goes from {told} (median"
        f"{'' if fine else ', ' + signed(last - first)}) as {printable(line.factor)} goes from {line.values[0]:.3g} to "
        f"{line.values[-1]:.3g} in “{printable(line.label)}”."
    )
