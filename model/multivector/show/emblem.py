"""The arrow fan: an emblem to recognise, not a chart to compare lengths in."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multivector.show.marks import apart
from multivector.show.reading import PLACE
from multivector.show.style import (
    BODY,
    FAINT,
    INK,
    TINY,
    empty_figure,
    figure_sentence,
    fit,
    headline,
    inch_axes,
    new_figure,
    text_width,
)
from multivector.show.view import DOMAINS, Array, Pair, Source, drawing, pair_of
from multivector.show.words import month_name, number, the, worlds

_RADIUS, _ABOVE = 1.3, 0.3  # inches: of a tie of 1, and of the room over it


@drawing
def plot_emblem(run: Source, date: str | None = None, baseline: Source | None = None) -> Figure:
    """The arrow fan: an emblem in fixed order, length = median tie, no area; lengths are read in the rows.

    Args:
        run: the ensemble.
        date: a month (`YYYY-MM`); the last one if None.
        baseline: its ticks cross the arrows; without it they stand at the value at the start.

    Raises:
        ValueError: for a date outside the run.
    """
    pair = pair_of(run, baseline)
    view = pair.run
    if not view.count or not view.powers:
        return empty_figure(f"The arrow fan: {view.title}", view.note())
    month = view.month_index(date)
    angles = np.linspace(180 - 14, 14, len(view.powers)) if len(view.powers) > 1 else np.array([90.0])
    angles = np.radians(angles)
    names = [fit(view.names[p], 1.25, TINY) for p in view.powers]
    ends = 1.09 * _RADIUS * np.abs(np.cos(angles))
    reach = max(float(e) + text_width(n, TINY) for e, n in zip(ends, names, strict=True)) + 0.08
    reach = max(reach, _RADIUS + 0.3)
    width = 3 * 2 * reach + 0.3
    figure = new_figure(width, _RADIUS + _ABOVE + 2.5)
    note = f"{view.note()} Emblem: angles mean nothing, read lengths in the rows."
    top = headline(figure, f"The arrow fan in {month_name(view.x[month])}: {view.title}", note)
    arc = np.radians(np.linspace(0, 180, 61))
    for d, domain in enumerate(DOMAINS):
        axes = inch_axes(figure, 0.15 + d * 2 * reach, top, 2 * reach, _RADIUS + _ABOVE + 0.4)
        axes.set_label(f"emblem {domain}")
        axes.set_xlim(-reach / _RADIUS, reach / _RADIUS)
        axes.set_ylim(-0.4 / _RADIUS, 1 + _ABOVE / _RADIUS)
        axes.set_axis_off()
        for level in (0.5, 1.0):
            axes.plot(level * np.cos(arc), level * np.sin(arc), color=FAINT, linewidth=0.7, zorder=0.3)
            axes.text(level, -0.03, f"{level:g}", fontsize=TINY - 1, color=INK, alpha=0.6, ha="center", va="top")
        _arrows(axes, pair, month, d, angles, names)
        axes.text(0, -0.13 / _RADIUS, domain.capitalize(), fontsize=BODY, fontweight="bold", ha="center", va="top")
    figure_sentence(figure, emblem_sentence(pair, month), used=top + _RADIUS + _ABOVE + 0.4)
    return figure


def _arrows(axes: Axes, pair: Pair, month: int, domain: int, angles: Array, names: list[str]) -> None:
    view = pair.run
    tips = 1.09 * np.column_stack([np.cos(angles), np.sin(angles)])
    for side in (-1, 1):  # names keep apart on each side
        mine = [i for i, a in enumerate(angles) if (np.cos(a) < -1e-9) == (side < 0)]
        tips[mine, 1] = apart(tips[mine, 1].tolist(), 0.13, 0.0, 1.4)
    for p, power in enumerate(view.powers):
        look = view.looks[power]
        way = np.array([np.cos(angles[p]), np.sin(angles[p])])
        length = float(view.tie_bands[2, month, p, domain])
        if np.isfinite(length):
            end = length * way
            axes.annotate(
                "",
                (float(end[0]), float(end[1])),
                (0, 0),
                zorder=2,
                gid="arrow",
                arrowprops={
                    "arrowstyle": "-|>,head_length=0.5,head_width=0.25",
                    "color": look.color,
                    "linewidth": 2.4,
                    "shrinkA": 0,
                    "shrinkB": 0,
                    "mutation_scale": 12,
                },
            )
        tick = float(pair.ties[month, p, domain])
        if np.isfinite(tick):
            across = 0.05 * np.array([-way[1], way[0]])
            ends = np.array([tick * way - across, tick * way + across])
            axes.plot(ends[:, 0], ends[:, 1], color=INK, linewidth=1.2, zorder=3, gid="baseline")
        align = "right" if way[0] < -0.05 else "left" if way[0] > 0.05 else "center"
        axes.text(
            tips[p, 0],
            tips[p, 1],
            names[p],
            fontsize=TINY,
            ha=align,
            va="center" if align != "center" else "bottom",
            color=INK,
        )


def emblem_sentence(pair: Pair, month: int) -> str:
    """What the arrows are, and the longest of each domain."""
    view = pair.run
    parts = []
    for d, domain in enumerate(DOMAINS):
        tie = view.tie_bands[2, month, :, d]
        if len(view.powers) > 1 and np.isfinite(tie).any():
            longest = view.names[view.powers[int(np.nanargmax(tie))]]
            parts.append(f"{the(longest)} in {PLACE[domain]} ({number(float(np.nanmax(tie)))})")
    whose = f"the median tie of {worlds(view.count)}" if view.count > 1 else "the tie"
    lead = f"Each arrow is as long as {whose}; ticks mark {pair.name}."
    return f"{lead} The longest: {', '.join(parts)}." if parts else lead
