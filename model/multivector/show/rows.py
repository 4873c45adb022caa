"""The fan at a date: interval rows, sorted, on one axis."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multivector.show.marks import Draw, dot_sample, draw_key, guide_lines, key_height, line_sample, zero_line
from multivector.show.reading import PLACE, fan_sentence
from multivector.show.style import (
    BODY,
    INK,
    MUTED,
    SMALL,
    TINY,
    Look,
    empty_figure,
    figure_sentence,
    fit,
    headline,
    inch_axes,
    inch_text,
    mix,
    new_figure,
    quiet,
    text_width,
)
from multivector.show.view import DOMAINS, Array, Pair, Source, drawing, pair_of
from multivector.show.words import month_name, number, of_worlds, the


@drawing
def plot_rows(run: Source, baseline: Source | None = None, date: str | None = None) -> Figure:
    """The main picture at a date: interval rows, sorted by median within each domain, on one 0..1 axis.

    Args:
        run: the ensemble.
        baseline: an ensemble to compare with; without it the tick is the value at the start.
        date: a month (`YYYY-MM`); the last one if None.

    Raises:
        ValueError: for a date outside the run.
    """
    pair = pair_of(run, baseline)
    view = pair.run
    if not view.count or not view.powers:
        return empty_figure(f"Ties at a date: {view.title}", view.note())
    month = view.month_index(date)
    names = [fit(view.names[p], 2.2, BODY) for p in view.powers]
    left = max(text_width(n, BODY) for n in names) + 0.55
    plot, right, step = 5.2, 1.9, 0.32
    width, height = left + plot + right, len(names) * step + 0.1
    items = _key(pair)
    figure = new_figure(width, 3 * (height + 0.42) + key_height(items, width - 0.3) + 2.5)
    note = view.note("Rows are sorted by their median within each domain.")
    top = headline(figure, f"Ties in {month_name(view.x[month])}: {view.title}", note)
    for d, domain in enumerate(DOMAINS):
        inch_text(figure, 0.15, top, domain.capitalize(), fontsize=BODY, fontweight="bold")
        if d == 0:
            told = "median (50 % of worlds)" if view.count > 1 else "tie"
            inch_text(figure, left + plot + 0.15, top + 0.02, told, color=MUTED, fontsize=TINY)
        top += 0.26
        axes = inch_axes(figure, left, top, plot, height)
        axes.set_label(f"rows {domain}")
        _domain(axes, pair, month, d, names, plot)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"] if d == 2 else [""] * 5)
        top += height + 0.16
    inch_text(figure, left + plot / 2, top + 0.12, "tie (0 none, 1 closest)", color=MUTED, ha="center")
    top += 0.42
    top += draw_key(figure, 0.15, top, width - 0.3, items)
    figure_sentence(figure, rows_sentence(pair, month), used=top)
    return figure


def _domain(axes: Axes, pair: Pair, month: int, domain: int, names: list[str], width: float) -> None:
    """The rows of one domain, the closest power on top."""
    view = pair.run
    bands = view.tie_bands[:, month, :, domain]
    order = np.argsort(-np.nan_to_num(bands[2], nan=-1.0), kind="stable")
    edge = axes.get_yaxis_transform()
    guide_lines(axes, list(range(len(order))))
    for row, p in enumerate(order):
        look = view.looks[view.powers[p]]
        _interval(axes, row, bands[:, p], look, view.count > 1)
        tick = float(pair.ties[month, p, domain])
        if np.isfinite(tick):
            ends = [row - 0.36, row + 0.36]
            axes.plot([tick, tick], ends, color=INK, linewidth=1.3, zorder=3.5, gid="baseline")
        axes.text(-0.22 / width, row, names[p], transform=edge, ha="right", va="center_baseline", fontsize=BODY)
        axes.plot(
            [-0.1 / width],
            [row],
            transform=edge,
            marker=look.marker,
            color=look.color,
            markersize=6.5,
            clip_on=False,
        )
        value = number(float(bands[2, p]))
        if view.count > 1 and np.isfinite(bands[:, p]).all():
            value += f" ({number(float(bands[1, p]))}–{number(float(bands[3, p]))})"
        axes.text(
            1 + 0.15 / width,
            row,
            value,
            transform=edge,
            va="center_baseline",
            fontsize=SMALL,
            color=MUTED,
            gid="value",
        )
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.set_yticks([])
    quiet(axes, grid="x")
    zero_line(axes, vertical=True)


def _interval(axes: Axes, row: float, bands: Array, look: Look, spread: bool) -> None:
    """A thin bar (90 %), a thick bar (50 %) and a dot (median)."""
    if spread:
        pale = mix(look.color, 0.55)
        axes.plot([bands[0], bands[4]], [row, row], color=pale, linewidth=2.2, gid="band90", zorder=1)
        axes.plot([bands[1], bands[3]], [row, row], color=look.color, linewidth=6.5, gid="band50", zorder=1.5)
    axes.plot(
        [bands[2]],
        [row],
        color="white",
        marker=look.marker,
        markersize=6.5,
        markeredgecolor=INK,
        markeredgewidth=1.0,
        linestyle="",
        gid="median",
        zorder=4,
    )


def _key(pair: Pair) -> list[tuple[Draw, str]]:
    items: list[tuple[Draw, str]] = [(dot_sample(INK, "o", filled=False), "median")]
    if pair.run.count > 1:
        items += [
            (line_sample(INK, 6.5), "50 % of worlds"),
            (line_sample(mix(INK, 0.55), 2.2), "90 % of worlds"),
        ]

    def tick(axes: Axes, x: float, y: float) -> None:
        axes.plot([x + 0.17, x + 0.17], [y - 0.08, y + 0.08], color=INK, linewidth=1.3)

    return [*items, (tick, pair.label)]


def rows_sentence(pair: Pair, month: int) -> str:
    """Which power is closest in each domain, and in how many worlds."""
    view = pair.run
    parts = []
    for d, domain in enumerate(DOMAINS):
        ties = view.ties[:, month, :, d]
        known = np.isfinite(ties).all(axis=1)
        if not known.any():
            continue
        winners = np.argmax(ties[known], axis=1)
        best = int(np.bincount(winners, minlength=len(view.powers)).argmax())
        hits, whole = int((winners == best).sum()), int(known.sum())
        name = the(view.names[view.powers[best]])
        known_only = "" if whole == view.count else " with values"
        parts.append(
            f"{name} in {PLACE[domain]}" + (f" ({of_worlds(hits, whole)}{known_only})" if view.count > 1 else "")
        )
    if not parts or len(view.powers) < 2:
        return fan_sentence(pair, month, range(len(DOMAINS)))
    return f"The closest partner in {month_name(view.x[month])}: {', '.join(parts)}."
