"""Figures of a sensitivity study: a tornado for each outcome, and a heat map of factors by outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from multivector.show.marks import Draw, block_sample, draw_key, line_sample
from multivector.show.style import (
    BLUE,
    BODY,
    GHOST,
    INK,
    MUTED,
    ORANGE,
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
from multivector.show.sweep import outcome_label
from multivector.show.view import drawing

__all__ = ["plot_effects_map", "plot_tornado", "sensitivity_figures"]

_MOST = 12
"""Factors in a panel of the tornado."""
_ROWS = 30
"""Factors in the heat map."""


def sensitivity_figures(
    tables: Mapping[str, pd.DataFrame], method: str, note: str, title: str
) -> dict[str, Callable[[], Figure]]:
    """File name → how it is drawn: a tornado and a heat map for each scenario."""
    found: dict[str, Callable[[], Figure]] = {}
    table = tables["indices"]
    several = table["scenario"].nunique() > 1
    for scenario, rows in table.groupby("scenario", sort=False):
        end = f"-{scenario}" if several else ""
        where = f", {scenario}" if several else ""
        found[f"tornado{end}"] = lambda rows=rows, where=where: plot_tornado(
            rows, method, note, f"What moves what: {title}{where}"
        )  # type: ignore[misc]
        found[f"effects{end}"] = lambda rows=rows, where=where: plot_effects_map(
            rows, method, note, f"Factors by outcomes: {title}{where}"
        )  # type: ignore[misc]
    return found


def _measure(method: str) -> str:
    if method == "sobol":
        return "total Sobol' index: share of the variance of the outcome's mean that the factor has a part in"
    return "mean absolute change of the outcome's mean while the factor crosses its whole range (mu*)"


@drawing
def plot_tornado(table: pd.DataFrame, method: str, note: str = "", title: str = "What moves what") -> Figure:
    """One panel per outcome: the strongest factors as bars from zero, with interval and noise.

    Args:
        table: rows of `lab.sensitivity.indices.indices` with `outcome` and `label`.
        method: morris or sobol.
        note: what varies.
        title: the figure's title.
    """
    if table.empty:
        return empty_figure(title, note)
    outcomes = list(dict.fromkeys(table["outcome"]))
    columns = 2 if len(outcomes) > 1 else 1
    label_width, panel, gap, step = 2.45, 2.5, 0.35, 0.225
    shown = {name: table[table["outcome"] == name].head(_MOST) for name in outcomes}
    width = 0.15 + columns * (label_width + panel + gap)
    block = max(len(rows) for rows in shown.values()) * step + 0.95
    lines = -(-len(outcomes) // columns)
    figure = new_figure(width, 2.6 + lines * block)
    told = f"{note.rstrip('.')}. " if note else ""
    top = headline(
        figure, title, f"{told}Bars: {_measure(method)}. The {_MOST} strongest of {table['factor'].nunique()} factors."
    )
    signed = "signed" in table and table["signed"].notna().any()
    for place, (outcome, rows) in enumerate(shown.items()):
        row, column = divmod(place, columns)
        x0 = 0.15 + column * (label_width + panel + gap)
        y0 = top + row * block
        inch_text(
            figure,
            x0,
            y0,
            fit(outcome_label(outcome), label_width + panel, BODY, "bold"),
            fontsize=BODY,
            fontweight="bold",
        )
        axes = inch_axes(figure, x0 + label_width, y0 + 0.28, panel, len(rows) * step)
        axes.set_label(f"tornado {outcome}")
        for n, one in enumerate(rows.to_dict("records")):
            falls = signed and one["signed"] < 0
            color = (ORANGE if falls else BLUE) if one["clear"] else GHOST
            axes.barh(
                n,
                one["effect"],
                height=0.66,
                color=mix(color, 0.75),
                linewidth=0,
                gid="effect",
                hatch="///" if falls and one["clear"] else None,
                edgecolor="white",
            )
            axes.plot([one["low"], one["high"]], [n, n], color=INK, linewidth=1.1, gid="interval")
            axes.plot([one["noise"]] * 2, [n - 0.36, n + 0.36], color=VERMILION, linewidth=1.8, gid="noise")
            axes.text(
                -0.08 / panel,
                n,
                fit(one["label"], label_width - 0.12, SMALL),
                transform=axes.get_yaxis_transform(),
                ha="right",
                va="center_baseline",
                fontsize=SMALL,
            )
        most = float(max(rows["high"].max(), 1e-9))
        axes.set_xlim(0, most * 1.04)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_yticks([])
        axes.locator_params(axis="x", nbins=4)
        quiet(axes, grid="x", size=TINY)
    top += lines * block - 0.1
    items: list[tuple[Draw, str]] = [
        (block_sample(mix(BLUE, 0.75)), "stands out from chance" + (", raises" if signed else ""))
    ]
    if signed:
        items.append((block_sample(mix(ORANGE, 0.75)), "stands out, lowers (hatched)"))
    items += [
        (block_sample(mix(GHOST, 0.75)), "does not stand out"),
        (line_sample(INK, 1.1, "-", ""), "95 % interval over the sample"),
        (line_sample(VERMILION, 1.8, "-", ""), "what chance alone would give"),
    ]
    top += draw_key(figure, 0.15, top, width - 0.3, items)
    figure_sentence(figure, _tornado_sentence(shown), used=top)
    return figure


def _tornado_sentence(shown: Mapping[str, pd.DataFrame]) -> str:
    parts = []
    for outcome, rows in list(shown.items())[:4]:
        clear = rows[rows["clear"]]
        label = outcome_label(outcome)
        label = label[:1].lower() + label[1:]
        parts.append(f"{label}: {clear['label'].iloc[0]}" if len(clear) else f"{label}: nothing beyond chance")
    more = f" … and {len(shown) - 4} more outcomes" if len(shown) > 4 else ""
    return f"The strongest for {'; '.join(parts)}{more}."


@drawing
def plot_effects_map(table: pd.DataFrame, method: str, note: str = "", title: str = "Factors by outcomes") -> Figure:
    """Factors as rows, outcomes as columns; each effect as a share of the outcome's largest."""
    if table.empty:
        return empty_figure(title, note)
    outcomes = list(dict.fromkeys(table["outcome"]))
    wide = table.pivot_table(index="factor", columns="outcome", values="effect", sort=False)[outcomes]
    clear = table.pivot_table(index="factor", columns="outcome", values="clear", sort=False, aggfunc="max")[outcomes]
    share = wide / wide.max().where(wide.max() > 0, 1.0)
    strength = share.where(clear.astype(bool), 0).sum(axis=1).sort_values(ascending=False, kind="stable")
    order = strength[strength > 0].index[:_ROWS]
    if not len(order):
        return empty_figure(title, note, f"None of {len(wide)} factors stands out from chance in any outcome.")
    share, clear = share.loc[order], clear.loc[order].astype(bool)
    labels = table.drop_duplicates("factor").set_index("factor")["label"]
    called = [fit(labels[name], 3.0, SMALL) for name in order]
    left = max(text_width(one, SMALL) for one in called) + 0.3
    cell, high = float(np.clip(8.6 / len(outcomes), 0.75, 1.25)), 0.27
    width = max(left + cell * len(outcomes) + 0.2, 7.6)
    heads = [wrap(outcome_label(name), cell - 0.06, TINY, "bold", lines=4) for name in outcomes]
    deep = max(map(len, heads))
    figure = new_figure(width, 3.6 + len(order) * high)
    told = f"{note.rstrip('.')}. " if note else ""
    unit = "total Sobol' index" if method == "sobol" else "mu*"
    moving = int((strength > 0).sum())
    rest = f" {len(wide)} factors were varied, {moving} stand out somewhere" + (
        f", the {len(order)} strongest are shown." if moving > len(order) else "."
    )
    top = headline(
        figure, title,
        f"{told}Numbers: {unit} as a share of the outcome's largest (1 = the strongest factor of the column); a "
        f"dash: does not "
        f"stand out from chance.{rest}",
    )  # fmt: skip
    for place, head in enumerate(heads):
        for n, line in enumerate(head):
            y = top + 0.17 * (n + deep - len(head))
            inch_text(figure, left + (place + 0.5) * cell, y, line, ha="center", fontsize=TINY, fontweight="bold")
    top += 0.17 * deep + 0.06
    axes = inch_axes(figure, left, top, cell * len(outcomes), high * len(order))
    axes.set_label("effects")
    for row, name in enumerate(order):
        axes.text(-0.5 - 0.1 / cell, row, called[row], ha="right", va="center_baseline", fontsize=SMALL)
        for column, outcome in enumerate(outcomes):
            value, seen = float(share.loc[name, outcome]), bool(clear.loc[name, outcome])
            color = mix(BLUE, 0.9 * value) if seen else mix(MUTED, 0.06)
            axes.add_patch(Rectangle((column - 0.49, row - 0.46), 0.98, 0.92, facecolor=color, linewidth=0, gid="cell"))
            shown = f"{value:.2f}" if value >= 0.005 else "< 0.01"
            text, ink = (shown, "white" if value > 0.55 else INK) if seen else ("–", MUTED)
            axes.text(column, row, text, ha="center", va="center_baseline", fontsize=TINY, color=ink)
    axes.set_xlim(-0.5, len(outcomes) - 0.5)
    axes.set_ylim(len(order) - 0.5, -0.5)
    axes.set_axis_off()
    top += high * len(order) + 0.1
    wide_use = clear.sum(axis=1)
    first = labels[wide_use.index[int(np.argmax(wide_use.to_numpy()))]]
    figure_sentence(
        figure,
        f"“{first}” stands out in {int(wide_use.max())} of {len(outcomes)} outcomes, more than any other; "
        f"{len(wide) - moving} of "
        f"{len(wide)} factors stand out in none.",
        used=top,
    )
    return figure
