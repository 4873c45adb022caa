"""Figures of a discovery study: the futures over the two conditions that matter most, with the box."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from multivector.show.marks import Draw, block_sample, dot_sample, draw_key
from multivector.show.style import (
    INK,
    ORANGE,
    SKY,
    SMALL,
    TINY,
    VERMILION,
    empty_figure,
    figure_sentence,
    fit,
    headline,
    inch_axes,
    mix,
    new_figure,
    printable,
    quiet,
)
from multivector.show.view import drawing
from multivector.show.words import percent

__all__ = ["discovery_figures", "plot_boxes"]


def discovery_figures(
    tables: Mapping[str, pd.DataFrame], label: Callable[[str], str], note: str, title: str
) -> dict[str, Callable[[], Figure]]:
    """File name → how it is drawn: one for each scenario and thing looked for."""
    found: dict[str, Callable[[], Figure]] = {}
    futures, boxes = tables["futures"], tables["boxes"]
    several = futures["scenario"].nunique() > 1
    for scenario, rows in futures.groupby("scenario", sort=False):
        for number, name in enumerate(one[8:] for one in futures.columns if one.startswith("counts: ")):
            mine = boxes[(boxes["scenario"] == scenario) & (boxes["interest"] == name)]
            where = f", {scenario}" if several else ""
            file = f"boxes-{number + 1}" + (f"-{scenario}" if several else "")
            found[file] = (
                lambda rows=rows, mine=mine, name=name, where=where: plot_boxes(  # type: ignore[misc]
                    rows, mine, name, label, note, f"{name[:1].upper()}{name[1:]}: {title}{where}"
                )
            )
    return found


@drawing
def plot_boxes(
    futures: pd.DataFrame,
    boxes: pd.DataFrame,
    interest: str,
    label: Callable[[str], str],
    note: str = "",
    title: str = "Where it comes",
) -> Figure:
    """Futures as dots over pairs of conditions; filled where the future counts; PRIM's first box as a frame.

    Args:
        futures: the conditions, and `counts: NAME`.
        boxes: rows of the table `boxes` of this interest.
        interest: its name.
        label: a factor for people.
        note: what varies.
        title: the figure's title.
    """
    counts = futures[f"counts: {interest}"].to_numpy(dtype=bool)
    conditions = [
        name for name in futures.columns
        if not name.startswith(("counts: ", "share: ")) and name != "scenario"
        and pd.api.types.is_numeric_dtype(futures[name]) and not pd.api.types.is_bool_dtype(futures[name])
    ]  # fmt: skip
    box = boxes[(boxes["method"] == "prim") & (boxes["box"] == 1)]
    ranked = [name for name in box.sort_values("quasi_p")["factor"] if name in conditions]
    axes_names = (ranked + [name for name in conditions if name not in ranked])[:3]
    if len(axes_names) < 2:
        return empty_figure(title, note, f"{int(counts.sum())} of {len(counts)} futures count.")
    pairs = [(axes_names[0], axes_names[1])]
    if len(axes_names) > 2:
        pairs.append((axes_names[0], axes_names[2]))
    side, left, gap = 3.4, 0.8, 0.95
    width = left + len(pairs) * (side + gap) - gap + 0.25
    width = max(width, 7.6)
    figure = new_figure(width, 2.9 + side)
    told = f"{note.rstrip('.')}. " if note else ""
    top = headline(
        figure, title, f"{told}Each dot is a future; the axes are the conditions of the box, the strictest first."
    )
    limits = {row["factor"]: row for row in box.to_dict("records")}
    for place, (x, y) in enumerate(pairs):
        axes = inch_axes(figure, left + place * (side + gap), top + 0.05, side, side)
        axes.set_label(f"boxes {x} {y}")
        xs, ys = futures[x].to_numpy(dtype=float), futures[y].to_numpy(dtype=float)
        axes.plot(
            xs[~counts],
            ys[~counts],
            "o",
            markersize=4.2,
            markerfacecolor="white",
            markeredgecolor=mix(SKY, 0.8),
            gid="other",
        )
        axes.plot(
            xs[counts], ys[counts], "s", markersize=4.6, color=mix(VERMILION, 0.85), markeredgewidth=0, gid="counts"
        )
        spans = []
        for name, values in ((x, xs), (y, ys)):
            margin = 0.03 * float(np.ptp(values))
            low, high = float(values.min()) - margin, float(values.max()) + margin
            limit = limits.get(name)
            spans.append(
                (
                    low if limit is None or not np.isfinite(_number(limit["low"])) else _number(limit["low"]),
                    high if limit is None or not np.isfinite(_number(limit["high"])) else _number(limit["high"]),
                )
            )
            (axes.set_xlim if name == x else axes.set_ylim)(low, high)
        if limits:
            (x0, x1), (y0, y1) = spans
            axes.add_patch(
                Rectangle(
                    (x0, y0),
                    x1 - x0,
                    y1 - y0,
                    facecolor=mix(ORANGE, 0.25),
                    edgecolor=INK,
                    linewidth=1.6,
                    zorder=0.6,
                    gid="box",
                )
            )
        axes.set_xlabel(fit(label(x), side, SMALL), fontsize=SMALL, color=INK)
        axes.set_ylabel(fit(label(y), side, SMALL), fontsize=SMALL, color=INK)
        quiet(axes, grid="both", size=TINY)
    top += side + 0.5
    items: list[tuple[Draw, str]] = [
        (dot_sample(mix(VERMILION, 0.85), "s"), f"future that counts: {printable(interest)}"),
        (dot_sample(mix(SKY, 0.8), "o", filled=False), "other future"),
    ]
    if limits:
        items.append((block_sample(mix(ORANGE, 0.25)), "the box that PRIM found (open sides end at the axis)"))
    top += draw_key(figure, 0.15, top, width - 0.3, items)
    figure_sentence(figure, _sentence(box, counts, label, interest), used=top)
    return figure


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")


def _sentence(box: pd.DataFrame, counts: object, label: Callable[[str], str], interest: str) -> str:
    base = float(np.mean(np.asarray(counts)))
    if not len(box):
        return f"{percent(base)} of the futures count as “{printable(interest)}”; no box of conditions is much denser."
    row = box.iloc[0]
    names = " and ".join(label(name) for name in box["factor"])
    return (
        f"In the box, which restricts {names}, {percent(float(row['density']))} of the futures count, of all futures "
        f"{percent(base)}; it holds {percent(float(row['coverage']))} of those that count."
    )
