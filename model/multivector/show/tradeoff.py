"""The trade-off: two aims, one dot for each world, and what more of one costs of the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multivector.lab.measures import OUTCOMES
from multivector.show.marks import Draw, dot_sample, draw_key, nice_ticks
from multivector.show.style import (
    BLUE,
    BODY,
    GHOST,
    INK,
    ORANGE,
    empty_figure,
    figure_sentence,
    headline,
    inch_axes,
    mix,
    new_figure,
    quiet,
)
from multivector.show.view import Array, Pair, Source, View, drawing, pair_of
from multivector.show.words import month_name, number, of_worlds, worlds

LESS_IS_BETTER = frozenset(
    {
        "dependence",
        "dependence_gap",
        "grievance",
        "shown_grievance",
        "protest",
        "repression",
        "hazard",
        "hazard_elite",
        "hazard_mass",
        "hazard_outside",
    }
)
"""Outcomes whose good direction is down, seen from the president's office; all others are better up."""

SPAN = {
    name: 0.1
    for name in (
        *("autonomy", "approval", "dependence", "grievance", "shown_grievance", "speaking", "repression"),
        *("reform", "competitiveness", "elite_loyalty"),
        *("congruence_public", "congruence_informal", "congruence_formal"),
    )
}
"""Least length of an axis for outcomes on a 0..1 scale: a hair's breadth must not look like a choice."""

Mask = npt.NDArray[np.bool_]


def direction(name: str) -> int:
    """+1 if more of an outcome is better, -1 if less is."""
    return -1 if name in LESS_IS_BETTER else 1


def values_of(view: View, name: str, when: str) -> Array:
    """An outcome per world at the end, or its mean over the last 12 months, (worlds,).

    Raises:
        ValueError: for an outcome that the run does not have, or a `when` that is neither "end" nor "year".
    """
    if name not in view.frame or name in ("world", "month", "date", "lost", "dependence_power"):
        known = ", ".join(c for c in view.frame.columns if c in OUTCOMES)
        raise ValueError(f"unknown outcome {name!r}: one of {known}")
    if when not in ("end", "year"):
        raise ValueError(f"when is {when!r}: 'end' or 'year'")
    path = view.column(name)
    if when == "end":
        return path[:, -1]
    path = path[:, -12:]
    known_months = np.isfinite(path).sum(axis=1)
    return np.where(known_months > 0, np.nansum(path, axis=1) / np.maximum(known_months, 1), np.nan)


def not_dominated(x: Array, y: Array) -> Mask:
    """Worlds that none other beats: as good on both aims and better on one (more is better); never NaN."""
    known = np.isfinite(x) & np.isfinite(y)
    keep = np.zeros(len(x), dtype=bool)
    best = -np.inf
    order = np.lexsort((-y, -x))  # best x first, best y among equals
    position = 0
    order = order[known[order]]
    while position < len(order):
        same = order[position:][x[order[position:]] == x[order[position]]]
        top = float(y[same].max())
        if top > best:
            keep[same[y[same] == top]] = True
            best = top
        position += len(same)
    return keep


@drawing
def plot_tradeoff(
    run: Source, baseline: Source | None = None, x: str = "autonomy", y: str = "approval", when: str = "end"
) -> Figure:
    """Two aims, one dot for each world, the baseline's worlds as ghosts, non-dominated worlds marked.

    Non-dominance is judged world by world: that no *median* is dominated would say something else.

    Args:
        run: the ensemble.
        baseline: an ensemble whose worlds are drawn as ghosts.
        x, y: numeric columns of the worlds table.
        when: "end" (last month) or "year" (mean over the last 12 months).

    Raises:
        ValueError: for an unknown outcome or `when`.
    """
    pair = pair_of(run, baseline)
    view = pair.run
    if not view.count:
        return empty_figure(f"The trade-off: {view.title}", view.note())
    xs, ys = values_of(view, x, when), values_of(view, y, when)
    ghost_x = values_of(pair.baseline, x, when) if pair.baseline else np.zeros(0)
    ghost_y = values_of(pair.baseline, y, when) if pair.baseline else np.zeros(0)
    best = not_dominated(direction(x) * xs, direction(y) * ys)
    kept = np.isfinite(view.column("president")[:, -1]) & (view.column("president")[:, -1] == 0)

    width, left, right, height = 8.4, 1.15, 0.4, 5.2
    figure = new_figure(width, height + 4)
    last = month_name(view.x[-1])
    moment = f"Values of {last}." if when == "end" else f"Mean of the 12 months to {last}."
    top = headline(figure, f"The trade-off: {view.title}", view.note(moment))
    axes = inch_axes(figure, left, top + 0.35, width - left - right, height)
    axes.set_label("trade-off")
    _limits(axes, np.concatenate([xs, ghost_x]), np.concatenate([ys, ghost_y]), (SPAN.get(x, 0), SPAN.get(y, 0)))
    quiet(axes, grid="both")
    if len(ghost_x):
        axes.plot(
            ghost_x,
            ghost_y,
            linestyle="",
            marker="o",
            markersize=5.5,
            markerfacecolor="none",
            markeredgecolor=mix(GHOST, 0.75),
            markeredgewidth=0.9,
            zorder=1,
            gid="ghosts",
        )
    for held, marker, color, gid in ((True, "o", BLUE, "worlds"), (False, "X", ORANGE, "worlds lost")):
        chosen = kept == held
        axes.plot(
            xs[chosen],
            ys[chosen],
            linestyle="",
            marker=marker,
            markersize=6.5,
            color=color,
            markeredgecolor="white",
            markeredgewidth=0.5,
            zorder=2,
            gid=gid,
        )
    axes.plot(
        xs[best],
        ys[best],
        linestyle="",
        marker="o",
        markersize=11,
        markerfacecolor="none",
        markeredgecolor=INK,
        markeredgewidth=1.3,
        zorder=3,
        gid="not dominated",
    )
    _medians(axes, xs, ys, ghost_x, ghost_y)
    _axis_names(axes, x, y)
    top += 0.35 + height + 0.68
    items: list[tuple[Draw, str]] = [(dot_sample(BLUE, "o"), "a world")]
    if not kept.all():
        items.append((dot_sample(ORANGE, "X"), "a world whose president lost office"))
    items.append((dot_sample(INK, "o", filled=False, size=11), "no other world beats it on both aims"))
    if len(ghost_x):
        items.append((dot_sample(mix(GHOST, 0.75), "o", filled=False), pair.label))
    if view.count > 1:
        items.append((dot_sample(INK, "P", size=9), "medians of the two aims (not one world)"))
    top += draw_key(figure, 0.15, top, width - 0.3, items)
    figure_sentence(figure, tradeoff_sentence(pair, x, y, when), used=top)
    return figure


def _limits(axes: Axes, x: Array, y: Array, spans: tuple[float, float]) -> None:
    """Limits around the dots; zero is shown whenever it is near, and never pretended where it is not."""
    for values, span, draw, set_limits, set_ticks in (
        (x, spans[0], axes.axvline, axes.set_xlim, axes.set_xticks),
        (y, spans[1], axes.axhline, axes.set_ylim, axes.set_yticks),
    ):
        known = values[np.isfinite(values)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        room = max(high - low, 0.02 * max(abs(high), abs(low)), 1e-9)
        if 0 < low < 0.3 * room:
            low = 0.0
        if -0.3 * room < high < 0:
            high = 0.0
        room = max(high - low, room)
        if high - low < span:
            low, high, room = (low + high - span) / 2, (low + high + span) / 2, span
        limits = (low - 0.07 * room, high + 0.07 * room)
        set_limits(*limits)
        step = nice_ticks(limits[1] - limits[0], 5)
        size = step[1] if len(step) > 1 else 1.0
        ticks = np.arange(np.ceil(limits[0] / size), np.floor(limits[1] / size) + 1) * size
        set_ticks(ticks, [f"{t:g}".replace("-", "−") for t in np.round(ticks, 12) + 0.0])
        if limits[0] <= 0 <= limits[1]:
            draw(0, color=GHOST, linewidth=1.0, zorder=0.8, gid="zero")


def _medians(axes: Axes, x: Array, y: Array, ghost_x: Array, ghost_y: Array) -> None:
    """The point of the two medians, and how it moved away from the baseline's."""
    if not (np.isfinite(x).any() and np.isfinite(y).any()) or len(x) < 2:
        return
    here = (float(np.nanmedian(x)), float(np.nanmedian(y)))
    if np.isfinite(ghost_x).any() and np.isfinite(ghost_y).any():
        there = (float(np.nanmedian(ghost_x)), float(np.nanmedian(ghost_y)))
        axes.annotate(
            "",
            here,
            there,
            zorder=4,
            gid="shift",
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 4},
        )
        axes.plot(
            [there[0]],
            [there[1]],
            marker="P",
            markersize=9,
            linestyle="",
            color=GHOST,
            markeredgecolor="white",
            markeredgewidth=0.8,
            zorder=4.5,
            gid="baseline median",
        )
    axes.plot(
        [here[0]],
        [here[1]],
        marker="P",
        markersize=11,
        linestyle="",
        color=INK,
        markeredgecolor="white",
        markeredgewidth=0.9,
        zorder=5,
        gid="medians",
    )


def _axis_names(axes: Axes, x: str, y: str) -> None:
    """Each axis says what it is and where better lies."""
    way_x = "← better" if direction(x) < 0 else "better →"
    way_y = "better ↓" if direction(y) < 0 else "better ↑"
    axes.text(
        0.5,
        -0.075,
        f"{name_of_outcome(x)} ({way_x})",
        transform=axes.transAxes,
        ha="center",
        va="top",
        fontsize=BODY,
    )
    axes.text(
        -0.045,
        1.02,
        f"{name_of_outcome(y)} ({way_y})",
        transform=axes.transAxes,
        ha="left",
        va="bottom",
        fontsize=BODY,
    )


def name_of_outcome(name: str) -> str:
    """What people call an outcome."""
    return OUTCOMES.get(name, name.replace("_", " "))


def tradeoff_sentence(pair: Pair, x: str, y: str, when: str) -> str:
    """What was given up: against the baseline, and from one end of the non-dominated worlds to the other."""
    view = pair.run
    xs, ys = values_of(view, x, when), values_of(view, y, when)
    names = name_of_outcome(x), name_of_outcome(y)
    parts = []
    if pair.baseline is not None:
        moves = [
            float(np.nanmedian(now) - np.nanmedian(values_of(pair.baseline, name, when)))
            if np.isfinite(now).any()
            else float("nan")
            for name, now in ((x, xs), (y, ys))
        ]
        if all(np.isfinite(moves)):
            parts.append(_against_baseline(pair, names, moves, (direction(x), direction(y))))
    best = not_dominated(direction(x) * xs, direction(y) * ys)
    if view.count > 1 and best.any():
        chosen = np.flatnonzero(best)
        a = int(chosen[np.argmax(direction(x) * xs[chosen])])
        b = int(chosen[np.argmax(direction(y) * ys[chosen])])
        verb = "is" if best.sum() == 1 else "are"
        count = f"{of_worlds(int(best.sum()), view.count)} {verb} beaten by no other on both aims"
        if a == b:
            parts.append(f"{count}: the best on one aim is the best on the other too.")
        else:
            gained, given = number(abs(ys[b] - ys[a])), number(abs(xs[a] - xs[b]))
            parts.append(
                f"{count}; from the one best on {names[0]} to the one best on {names[1]}, "
                f"{gained} of {names[1]} is gained and {given} of {names[0]} given up."
            )
            if view.varies == "chance only":
                parts.append("The worlds differ by luck alone, so this is no menu.")
    if not parts:
        value = ", ".join(f"{n} {number(float(v[0]))}" for n, v in zip(names, (xs, ys), strict=True))
        return f"{worlds(view.count).capitalize()}: {value}."
    return " ".join(parts)


def _against_baseline(pair: Pair, names: tuple[str, str], moves: list[float], good: tuple[int, int]) -> str:
    """`Against the baseline ..., the median world gains ... and gives up ...`."""
    gained = [f"{number(abs(m))} of {n}" for n, m, g in zip(names, moves, good, strict=True) if m * g >= 0.005]
    lost = [f"{number(abs(m))} of {n}" for n, m, g in zip(names, moves, good, strict=True) if m * g <= -0.005]
    many = pair.run.count > 1
    lead = f"Against {pair.name}, {'the medians' if many else 'this world'}"
    gain, give = ("gain", "give up") if many else ("gains", "gives up")
    if gained and lost:
        return f"{lead} {gain} {gained[0]} and {give} {lost[0]}."
    if gained:
        return f"{lead} {gain} {' and '.join(gained)} and {give} nothing of the two."
    if lost:
        return f"{lead} {give} {' and '.join(lost)} and {gain} nothing of the two."
    return f"{lead} {'have' if many else 'has'} not moved."
