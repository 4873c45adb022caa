"""Pressure maps: outcomes over two conditions, and the lines where the world tips."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from multivector.lab.pressure.lines import TippingLine
from multivector.show.marks import Draw, block_sample, draw_key, line_sample
from multivector.show.style import (
    BLUE,
    INK,
    ORANGE,
    SMALL,
    TINY,
    VERMILION,
    figure_sentence,
    fit,
    headline,
    inch_axes,
    inch_text,
    mix,
    new_figure,
    printable,
    quiet,
    wrap,
)
from multivector.show.sweep import outcome_label
from multivector.show.view import drawing

__all__ = ["plot_maps", "plot_tips"]

_SIDE, _GAP, _LEFT = 2.35, 1.0, 0.8
_RAMP = LinearSegmentedColormap.from_list("fan", [mix(ORANGE, 0.85), "#f7f7f7", mix(BLUE, 0.9)])
_SHARES = LinearSegmentedColormap.from_list("shares", ["#f7f7f7", mix(BLUE, 0.9)])


def _frame(count: int) -> tuple[int, float, float]:
    """(columns, width, height of a row)."""
    columns = min(count, 3)
    return columns, max(_LEFT + columns * (_SIDE + _GAP) - 0.25, 7.6), _SIDE + 1.25


def _axes(figure: Figure, place: int, columns: int, top: float, block: float, title: str) -> Axes:
    row, column = divmod(place, columns)
    x0, y0 = _LEFT + column * (_SIDE + _GAP), top + row * block
    for n, line in enumerate(wrap(title, _SIDE + 0.75, SMALL, "bold", lines=2)):
        inch_text(figure, x0, y0 + 0.18 * n, line, fontsize=SMALL, fontweight="bold")
    return inch_axes(figure, x0, y0 + 0.44, _SIDE, _SIDE)


def _dressed(axes: Axes, x: Any, y: Any, label: Callable[[str], str]) -> None:
    axes.set_xlabel(fit(label(x.path), _SIDE, TINY), fontsize=TINY, color=INK)
    axes.set_ylabel(fit(label(y.path), _SIDE, TINY), fontsize=TINY, color=INK)
    axes.locator_params(nbins=4)
    quiet(axes, size=TINY)


@drawing
def plot_maps(
    maps: pd.DataFrame, x: Any, y: Any, label: Callable[[str], str], note: str = "", title: str = "Pressure maps"
) -> Figure:
    """One map per outcome: mean over worlds; every panel has its own scale, told beside it.

    Args:
        maps: the table `maps` of one scenario.
        x, y: the axes of the study (path, low, high).
        label: a factor for people.
        note: what varies.
        title: the figure's title.
    """
    outcomes = list(dict.fromkeys(maps["outcome"]))
    columns, width, block = _frame(len(outcomes))
    rows = -(-len(outcomes) // columns)
    figure = new_figure(width, 2.4 + rows * block)
    told = f"{note.rstrip('.')}. " if note else ""
    top = headline(
        figure, title, f"{told}Colour and thin lines with numbers: mean over worlds; each panel has its own scale."
    )
    for place, outcome in enumerate(outcomes):
        mine = maps[maps["outcome"] == outcome]
        table = mine.pivot_table(index="y", columns="x", values="mean")
        axes = _axes(figure, place, columns, top, block, outcome_label(outcome))
        axes.set_label(f"map {outcome}")
        xs, ys, values = table.columns.to_numpy(float), table.index.to_numpy(float), table.to_numpy(float)
        axes.pcolormesh(xs, ys, values, cmap=_RAMP, shading="nearest", gid="map")
        if np.ptp(values) > 1e-9:
            fine = axes.contour(xs, ys, values, levels=4, colors=INK, linewidths=0.6)
            axes.clabel(fine, fontsize=TINY - 1.5, fmt=_format(values))
        _dressed(axes, x, y, label)
    top += rows * block - 0.05
    items: list[tuple[Draw, str]] = [
        (block_sample(mix(ORANGE, 0.85)), "lowest of the panel"),
        (block_sample(mix(BLUE, 0.9)), "highest of the panel"),
    ]
    top += draw_key(figure, 0.15, top, width - 0.3, items)
    spans = {name: maps.loc[maps["outcome"] == name, "mean"] for name in outcomes}
    widest = max(spans, key=lambda name: float(np.ptp(spans[name])) / max(float(np.abs(spans[name]).mean()), 1e-9))
    text = outcome_label(widest)
    figure_sentence(
        figure,
        f"{text} moves most for its size: from {spans[widest].min():.3g} to {spans[widest].max():.3g} over the map.",
        used=top,
    )
    return figure


def _format(values: Any) -> str:
    span = float(np.ptp(values))
    return "%.3f" if span < 0.05 else "%.2f"


@drawing
def plot_tips(
    lines: Mapping[str, TippingLine],
    x: Any,
    y: Any,
    label: Callable[[str], str],
    note: str = "",
    title: str = "Where the world tips",
) -> Figure:
    """One panel per condition: fitted share of worlds, the line with its 90 % band, the observed shares as squares."""
    columns, width, block = _frame(len(lines))
    rows = -(-len(lines) // columns)
    figure = new_figure(width, 2.4 + rows * block)
    told = f"{note.rstrip('.')}. " if note else ""
    top = headline(
        figure, title,
        f"{told}Colour: share of worlds that show it, fitted; squares: as observed at the grid. Thick line: as "
        f"many show it as not; "
        "band: 90 % of resampled ensembles.",
    )  # fmt: skip

    def wide(share: Any, axis: Any) -> Any:
        return axis.low + np.asarray(share) * (axis.high - axis.low)

    for place, (name, line) in enumerate(lines.items()):
        axes = _axes(figure, place, columns, top, block, name[:1].upper() + name[1:])
        axes.set_label(f"tip {name}")
        xs, ys = wide(line.x, x), wide(line.y, y)
        axes.pcolormesh(xs, ys, line.share, cmap=_SHARES, vmin=0, vmax=1, shading="nearest", gid="share")
        gx, gy = np.meshgrid(
            np.linspace(x.low, x.high, line.observed.shape[0]),
            np.linspace(y.low, y.high, line.observed.shape[1]),
            indexing="ij",
        )
        axes.scatter(
            gx,
            gy,
            c=line.observed,
            cmap=_SHARES,
            vmin=0,
            vmax=1,
            marker="s",
            s=26,
            edgecolors=INK,
            linewidths=0.5,
            zorder=2,
            clip_on=False,
            gid="observed",
        )
        band = np.isfinite(line.low) & np.isfinite(line.high)
        axes.fill_betweenx(
            ys,
            np.where(band, wide(line.low, x), np.nan),
            np.where(band, wide(line.high, x), np.nan),
            where=band,
            color=mix(VERMILION, 0.5),
            alpha=0.55,
            linewidth=0,
            zorder=1.5,
            gid="band",
        )
        for piece in line.lines:
            axes.plot(wide(piece[:, 0], x), wide(piece[:, 1], y), color=VERMILION, linewidth=2.4, zorder=3, gid="line")
        if not line.lines:
            side = "less" if line.observed.max() < 0.5 else "more"
            axes.text(
                0.5,
                0.5,
                f"no line: everywhere\n{side} than half",
                transform=axes.transAxes,
                ha="center",
                va="center",
                fontsize=SMALL,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85},
            )
        axes.set_xlim(x.low, x.high)
        axes.set_ylim(y.low, y.high)
        _dressed(axes, x, y, label)
    top += rows * block - 0.05
    items: list[tuple[Draw, str]] = [
        (block_sample("#f7f7f7"), "no world shows it"),
        (block_sample(mix(BLUE, 0.9)), "every world does"),
        (line_sample(VERMILION, 2.4, "-", ""), "the line"),
        (block_sample(mix(VERMILION, 0.4)), "its 90 % band"),
    ]
    top += draw_key(figure, 0.15, top, width - 0.3, items)
    there = [name for name, line in lines.items() if line.lines]
    told = (
        f"A line is found for {', '.join(f'“{printable(name)}”' for name in there)}"
        if there
        else "No condition tips inside this map"
    )
    missing = [name for name in lines if name not in there]
    more = f"; none for {', '.join(f'“{printable(name)}”' for name in missing)}" if missing and there else ""
    figure_sentence(figure, f"{told}{more}.", used=top)
    return figure
