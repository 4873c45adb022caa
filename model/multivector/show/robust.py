"""Figures of a robust study: doctrines over objectives, and what each has to regret."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from multivector.show.marks import Draw, draw_key, line_sample
from multivector.show.style import (
    BLUE,
    BODY,
    GHOST,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PURPLE,
    SKY,
    SMALL,
    TINY,
    VERMILION,
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
    wrap,
)
from multivector.show.view import drawing
from multivector.show.words import percent

__all__ = ["plot_regret", "plot_tradeoff_lines", "robust_figures"]

_MARKERS = ("o", "s", "D", "^", "v", "P", "X", "h", "<", ">")
_COLORS = (INK, BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, "#8c6d1f", "#7a7a7a", "#5b3a8c")
"""Of doctrines, in turn; the marker tells them apart in grey."""


def robust_figures(tables: Mapping[str, pd.DataFrame], note: str, title: str) -> dict[str, Callable[[], Figure]]:
    """File name → how it is drawn: the trade-off and the regret of each scenario."""
    found: dict[str, Callable[[], Figure]] = {}
    table = tables["doctrines"]
    several = table["scenario"].nunique() > 1
    for scenario, rows in table.groupby("scenario", sort=False):
        end, where = (f"-{scenario}", f", {scenario}") if several else ("", "")
        found[f"trade-off{end}"] = lambda rows=rows, where=where: plot_tradeoff_lines(rows, note, f"{title}{where}")  # type: ignore[misc]
        found[f"regret{end}"] = lambda rows=rows, where=where: plot_regret(
            rows, note, f"What each doctrine misses: {title}{where}"
        )  # type: ignore[misc]
    return found


@drawing
def plot_tradeoff_lines(table: pd.DataFrame, note: str = "", title: str = "Doctrines and what they bring") -> Figure:
    """Parallel axes: one per objective, the better end up; a line per doctrine, its mean over futures.

    Args:
        table: the table `doctrines` of one scenario.
        note: what varies.
        title: the figure's title.
    """
    doctrines, objectives = list(dict.fromkeys(table["doctrine"])), list(dict.fromkeys(table["objective"]))
    if len(objectives) < 2:
        return empty_figure(title, note, "One objective has nothing to trade against.")
    left, right, step, height = 0.75, 2.3, min(2.1, 7.2 / (len(objectives) - 1)), 3.3
    width = left + step * (len(objectives) - 1) + right
    width = max(width, 7.6)
    figure = new_figure(width, 3.6 + height)
    told = f"{note.rstrip('.')}. " if note else ""
    top = headline(
        figure, title,
        f"{told}Each line is a doctrine: its mean over futures; on every axis the better end is up, and the "
        f"axis spans the doctrines, so "
        "that small differences look large: read the numbers. Full lines: no other doctrine beats it on all "
        "objectives.",
    )  # fmt: skip
    wide = table.pivot_table(index="doctrine", columns="objective", values="mean", sort=False).loc[
        doctrines, objectives
    ]
    better = table.drop_duplicates("objective").set_index("objective")["better"]
    pareto = table.drop_duplicates("doctrine").set_index("doctrine")["pareto"]
    axes = inch_axes(figure, left, top + 0.45, step * (len(objectives) - 1), height)
    axes.set_label("trade-off")
    places = {}
    for column, name in enumerate(objectives):
        low, high = float(wide[name].min()), float(wide[name].max())
        worst, best = (high, low) if better[name] == "less" else (low, high)
        span = best - worst
        places[name] = [(float(value) - worst) / span if span else 0.5 for value in wide[name]]
        axes.plot([column, column], [0, 1], color=MUTED, linewidth=1.0, zorder=0.5)
        for y, value, va in ((1.03, best, "bottom"), (-0.03, worst, "top")):
            text = (
                percent(value)
                if table.loc[table["objective"] == name, "outcome"].iloc[0] == "office_lost"
                else f"{value:.3f}"
            )
            axes.text(column, y, text, ha="center", va=va, fontsize=TINY, color=MUTED)
        inch_text(
            figure,
            left + column * step,
            top,
            fit(name, step - 0.05, BODY, "bold"),
            ha="center",
            fontsize=BODY,
            fontweight="bold",
        )
    items: list[tuple[Draw, str]] = []
    ends = []
    for row, doctrine in enumerate(doctrines):
        color = _COLORS[row % len(_COLORS)]
        style = "-" if pareto[doctrine] else (0, (2, 1.6))
        heights = [places[name][row] for name in objectives]
        thick = 2.2 if pareto[doctrine] else 1.4
        axes.plot(range(len(objectives)), heights, color=color, linestyle=style, linewidth=thick,
                  marker=_MARKERS[row % len(_MARKERS)], markersize=6, gid="doctrine", zorder=3 - row / 100)  # fmt: skip
        ends.append(heights[-1])
    from multivector.show.marks import apart

    last = len(objectives) - 1
    labels_at = apart(ends, 0.062, -0.05, 1.05)
    for row, (doctrine, at) in enumerate(zip(doctrines, labels_at, strict=True)):
        color = _COLORS[row % len(_COLORS)]
        axes.annotate(
            fit(doctrine, right - 0.45, SMALL), (last, ends[row]), (last + 0.22 / step, at),
            fontsize=SMALL, color=INK, va="center_baseline", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": mix(color, 0.6), "linewidth": 0.8, "shrinkA": 2, "shrinkB": 4},
        )  # fmt: skip
    axes.set_xlim(0, len(objectives) - 1)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xticks([])
    axes.set_yticks([])
    for artist in axes.lines:
        artist.set_clip_on(False)
    quiet(axes)
    top += height + 0.85
    items = [
        (line_sample(INK, 2.2, "-", ""), "beaten by no doctrine"),
        (line_sample(GHOST, 1.4, (0, (2, 1.6)), ""), "another is as good on all and better on one"),
    ]
    top += draw_key(figure, 0.15, top, width - 0.3, items)
    parts = []
    for name in objectives:
        best_row = doctrines[int(np.argmax(places[name]))]
        parts.append(f"{name} “{best_row}”")
    figure_sentence(
        figure,
        f"Best in the mean over futures: {', '.join(parts)}; another is as good on all and better on one: "
        f"{sum(~pareto.astype(bool))} of {len(doctrines)}.",
        used=top,
    )
    return figure


@drawing
def plot_regret(table: pd.DataFrame, note: str = "", title: str = "What each doctrine misses") -> Figure:
    """Doctrines as rows: the largest regret by objective in coloured cells, and the share of futures that is enough."""
    doctrines, objectives = list(dict.fromkeys(table["doctrine"])), list(dict.fromkeys(table["objective"]))
    most = table.pivot_table(index="doctrine", columns="objective", values="regret_most", sort=False).loc[
        doctrines, objectives
    ]
    mean = table.pivot_table(index="doctrine", columns="objective", values="regret_mean", sort=False).loc[
        doctrines, objectives
    ]
    met = table.drop_duplicates("doctrine").set_index("doctrine")
    order = met["all_met_share"].sort_values(ascending=False, kind="stable").index
    left = max(text_width(fit(name, 2.2, SMALL), SMALL) for name in doctrines) + 0.35
    cell = max(1.15, max(text_width(name, SMALL, "bold") for name in objectives) + 0.12)
    high, bar = 0.34, 2.3
    width = max(left + cell * len(objectives) + bar + 0.75, 7.6)
    figure = new_figure(width, 3.2 + high * len(doctrines))
    told = f"{note.rstrip('.')}. " if note else ""
    top = headline(
        figure, title,
        f"{told}Cells: how far behind the best doctrine of the same future, as a share of the objective's span: "
        f"in the worst future "
        "(in brackets: in the mean). Bars: share of futures in which every objective reaches what is enough, "
        "with its 90 % interval.",
    )  # fmt: skip
    for column, name in enumerate(objectives):
        for n, line in enumerate(wrap(name, cell - 0.06, SMALL, "bold", lines=2)):
            inch_text(
                figure,
                left + (column + 0.5) * cell,
                top + 0.18 * n,
                line,
                ha="center",
                fontsize=SMALL,
                fontweight="bold",
            )
    inch_text(figure, left + cell * len(objectives) + 0.35, top, "enough everywhere", fontsize=SMALL, fontweight="bold")
    top += 0.42
    axes = inch_axes(figure, left, top, cell * len(objectives), high * len(doctrines))
    axes.set_label("regret")
    for row, doctrine in enumerate(order):
        axes.text(-0.5 - 0.1 / cell, row, fit(doctrine, 2.2, SMALL), ha="right", va="center_baseline", fontsize=SMALL)
        for column, name in enumerate(objectives):
            value = float(most.loc[doctrine, name])
            axes.add_patch(
                Rectangle(
                    (column - 0.49, row - 0.46),
                    0.98,
                    0.92,
                    facecolor=mix(ORANGE, min(0.85 * value, 1)),
                    linewidth=0,
                    gid="cell",
                )
            )
            axes.text(
                column,
                row,
                f"{value:.0%} ({float(mean.loc[doctrine, name]):.0%})",
                ha="center",
                va="center_baseline",
                fontsize=SMALL,
            )
    axes.set_xlim(-0.5, len(objectives) - 0.5)
    axes.set_ylim(len(doctrines) - 0.5, -0.5)
    axes.set_axis_off()
    bars = inch_axes(figure, left + cell * len(objectives) + 0.35, top, bar, high * len(doctrines))
    bars.set_label("enough")
    for row, doctrine in enumerate(order):
        one = met.loc[doctrine]
        bars.barh(row, one["all_met_share"], height=0.6, color=mix(BLUE, 0.7), gid="enough")
        bars.plot([one["all_met_low"], one["all_met_high"]], [row, row], color=INK, linewidth=1.1)
    bars.set_xlim(0, 1)
    bars.set_ylim(len(doctrines) - 0.5, -0.5)
    bars.set_yticks([])
    bars.set_xticks([0, 0.5, 1], ["0", "50 %", "100 %"])
    quiet(bars, grid="x", size=TINY)
    top += high * len(doctrines) + 0.4
    worst = most.max(axis=1)
    figure_sentence(
        figure,
        f"“{order[0]}” is enough in most futures ({percent(float(met.loc[order[0], 'all_met_share']))}); "
        f"“{worst.idxmin()}” has the least to regret at worst ({percent(float(worst.min()))} of an objective's span).",
        used=top,
    )
    return figure
