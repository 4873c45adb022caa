"""Why: one decision's balance of wishes, the probability of every action, and what each would have cost."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multivector.lab.measures import name_of
from multivector.show.case import (
    KIND_NAMES,
    MOVES,
    PARTS,
    Case,
    action_rows,
    constituencies,
    cost_rows,
    find_case,
)
from multivector.show.marks import (
    Draw,
    block_sample,
    dot_sample,
    draw_key,
    guide_lines,
    nice_ticks,
    zero_line,
)
from multivector.show.style import (
    BODY,
    FAINT,
    GHOST,
    INK,
    KINDS,
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
    printable,
    quiet,
    text_width,
    wrap,
)
from multivector.show.view import Array, Source, View, drawing, view_of
from multivector.show.words import digits_for, month_name, number, of_worlds, percent, plural

_MOST = 24


@drawing
def plot_why(run: Source, dossier: str | None = None, decision: str | None = None) -> Figure:
    """Who wanted what and what it weighed, how likely each action was, and what each option cost by cause.

    Args:
        run: the ensemble.
        dossier: a dossier's id; the most contested one if None.
        decision: a dated decision (`dossier@YYYY-MM`) instead of a dossier.

    Raises:
        ValueError: if it never arose.
    """
    view = view_of(run)
    case = find_case(view, dossier, decision)
    if case is None:
        return empty_figure(f"Why: {view.title}", view.note(), "No decision came up in this run.")
    figure = new_figure(10.6, 16)
    months = sorted({int(m) for m in case.decisions["month"]})
    when = month_name(view.first + months[0])
    if len(months) > 1:
        when = f"{when} to {month_name(view.first + months[-1])}"
    note = (
        f"{view.title}. Arose in {of_worlds(case.arose, view.count)} ({when}); means over "
        f"{'it' if case.arose == 1 else 'these'}, as it first came up. {view.varies.capitalize()}."
    )
    top = headline(figure, f"Why: {case.title}", note)
    top = _wish_part(figure, view, case, top)
    top = _action_part(figure, case, top + 0.25)
    figure_sentence(figure, why_sentence(view, case), used=top)
    return figure


def _wish_part(figure: Figure, view: View, case: Case, top: float) -> float:
    rows = constituencies(case)
    left_out = len(rows) - _MOST
    rows = rows.iloc[:_MOST]
    labels = [fit(_constituency(view, str(c)), 2.9, BODY) for c in rows.index]
    left = max([text_width(n, BODY) for n in labels] + [1.0]) + 0.3
    weight_left, right = 8.2, 0.75
    plot, bars = weight_left - left - 0.35, 10.6 - weight_left - right
    inch_text(figure, 0.15, top, "What they wished", fontsize=BODY, fontweight="bold")
    inch_text(figure, weight_left, top, "What it weighed", fontsize=BODY, fontweight="bold")
    heading = "rise of the cost for each unit of their loss"
    for n, line in enumerate(wrap(heading, 10.6 - weight_left - 0.1, TINY)):
        inch_text(figure, weight_left, top + 0.24 + 0.17 * n, line, fontsize=TINY, color=MUTED)
    names = [wrap(o, plot / len(case.options) - 0.12, SMALL, lines=3) for o in case.options]
    deep = max(len(n) for n in names)
    top += 0.34 + deep * 0.19 + 0.2
    height = max(len(rows), 1) * 0.265 + 0.1
    axes = inch_axes(figure, left, top, plot, height)
    axes.set_label("wishes")
    size = len(case.options)
    spread = case.arose > 1
    settled = case.decisions["option"].to_numpy()
    for option, lines in enumerate(names, start=1):
        axes.axvline(option, color=FAINT, linewidth=0.8, zorder=0.5)
        axes.text(
            option,
            1 + 0.22 / height,
            "\n".join(lines),
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="bottom",
            fontsize=SMALL,
            linespacing=1.15,
        )
        axes.text(
            option,
            1 + 0.05 / height,
            f"chosen in {int((settled == option).sum()):,}",
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="bottom",
            fontsize=TINY,
            color=MUTED,
        )
    weights = inch_axes(figure, weight_left, top, bars, height)
    weights.set_label("weights")
    heavy = rows["weight"].to_numpy(dtype=float)
    looks = [KINDS.get(kind, Look(GHOST, "-", "o")) for kind in rows["kind"]]
    spots = np.arange(len(rows))
    guide_lines(axes, spots.tolist())
    if spread:
        pale = [mix(look.color, 0.5) for look in looks]
        axes.hlines(spots, rows["low"], rows["high"], colors=pale, linewidth=2.0, zorder=1, gid="wish-spread")
    bars_drawn = weights.barh(spots, heavy, height=0.55, color=[look.color for look in looks])
    for bar in bars_drawn:
        bar.set_gid("weight")
    for row, look in enumerate(looks):
        axes.plot(
            [float(rows["wish"].iloc[row])],
            [row],
            marker=look.marker,
            markersize=3.5 + 8.0 * np.sqrt(_unit(rows["salience"].iloc[row])),
            color=look.color,
            markeredgecolor="white",
            markeredgewidth=0.7,
            linestyle="",
            zorder=2,
            gid="wish",
        )
        axes.text(
            -0.12 / plot,
            row,
            labels[row],
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center_baseline",
            fontsize=BODY,
        )
        weights.annotate(
            number(float(heavy[row]), digits_for(abs(float(heavy[row])))),
            (max(float(heavy[row]), 0.0), row),
            (4, 0),
            textcoords="offset points",
            fontsize=TINY,
            va="center",
            color=MUTED,
            annotation_clip=False,
        )
    axes.set_xlim(0.5, size + 0.5)
    for part in (axes, weights):
        part.set_ylim(len(rows) - 0.5, -0.6)
        part.set_yticks([])
        part.set_xticks([])
        quiet(part)
    zero_line(weights, vertical=True)
    low, high = (
        min(0.0, float(np.nanmin(heavy, initial=0.0))),
        max(float(np.nanmax(heavy, initial=0.0)), 1e-9),
    )
    weights.set_xlim(low, high)
    kinds = [k for k in KINDS if k in set(rows["kind"])]
    items: list[tuple[Draw, str]] = [
        (dot_sample(KINDS[k].color, KINDS[k].marker, size=8), KIND_NAMES[k]) for k in kinds
    ]
    items += [(_salience_sample, "larger: more salient")]
    if spread:
        items.append((_spread_sample, "90 % of worlds"))
    top += height + 0.1
    top += draw_key(figure, 0.15, top, 10.3, items)
    if left_out > 0:
        inch_text(
            figure,
            0.15,
            top,
            f"{plural(left_out, 'lighter constituency', 'lighter constituencies')} left out.",
            fontsize=TINY,
            color=MUTED,
        )
        top += 0.2
    return top


def _unit(value: Any) -> float:
    return float(np.clip(value, 0, 1)) if np.isfinite(value) else 0.0


def _salience_sample(axes: Axes, x: float, y: float) -> None:
    for shift, size in ((0.04, 4.0), (0.14, 7.0), (0.28, 10.5)):
        axes.plot([x + shift], [y], marker="o", markersize=size, color=MUTED, linestyle="")


def _spread_sample(axes: Axes, x: float, y: float) -> None:
    axes.plot([x, x + 0.34], [y, y], color=mix(INK, 0.5), linewidth=2.0)


def _constituency(view: View, who: str) -> str:
    if who in view.names:
        return view.names[who]
    if who in ("public", "elder"):
        return who.capitalize()
    name = printable(name_of(view.run, who))  # type: ignore[arg-type]
    return name[:1].upper() + name[1:]


def _action_part(figure: Figure, case: Case, top: float) -> float:
    rows, chance = action_rows(case)
    costs = cost_rows(case)
    left, chance_width, gap = 2.55, 3.1, 0.95
    cost_left = left + chance_width + gap
    cost_width = 10.6 - cost_left - 0.75
    inch_text(figure, left, top, "How likely each action was", fontsize=BODY, fontweight="bold")
    inch_text(figure, cost_left, top, "What it would cost", fontsize=BODY, fontweight="bold")
    inch_text(figure, left, top + 0.24, "probability, stacked by move", fontsize=TINY, color=MUTED)
    inch_text(
        figure,
        cost_left,
        top + 0.24,
        "options as settled plainly; less is better",
        fontsize=TINY,
        color=MUTED,
    )
    top += 0.5
    height = len(rows) * 0.46
    axes = inch_axes(figure, left, top, chance_width, height)
    axes.set_label("probabilities")
    cost_axes = inch_axes(figure, cost_left, top, cost_width, height)
    cost_axes.set_label("costs")
    used = [m for m in MOVES if chance[m].any()]
    start = np.zeros(len(rows))
    for move in used:
        _, color, hatch = MOVES[move]
        axes.barh(
            range(len(rows)),
            chance[move],
            left=start,
            height=0.6,
            color=color,
            hatch=hatch,
            edgecolor="white" if hatch else "none",
            linewidth=0,
            gid=f"chance {move}",
        )
        start = start + chance[move]
    for row, name in enumerate(rows):
        axes.text(
            -0.12 / chance_width,
            row,
            "\n".join(wrap(name, left - 0.3, SMALL, lines=2)),
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=SMALL,
            linespacing=1.1,
        )
        axes.annotate(
            _chance(float(start[row])),
            (float(start[row]), row),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            color=INK,
            annotation_clip=False,
        )
    axes.set_xlim(0, max(float(start.max()), 0.05) * 1.02)
    _stack_costs(cost_axes, costs)
    for part in (axes, cost_axes):
        part.set_ylim(len(rows) - 0.5, -0.5)
        part.set_yticks([])
        zero_line(part, vertical=True)
    ticks = nice_ticks(axes.get_xlim()[1], 4)
    axes.set_xticks(ticks, [percent(t) for t in ticks])
    quiet(axes, grid="x")
    quiet(cost_axes, grid="x")
    top += height + 0.34
    items: list[tuple[Draw, str]] = [(block_sample(MOVES[m][1], MOVES[m][2]), MOVES[m][0]) for m in used]
    parts = [p for i, p in enumerate(PARTS) if np.nansum(np.abs(costs[:, i])) > 0]
    below = draw_key(figure, left, top, chance_width + 0.55, items, TINY)
    cost_items: list[tuple[Draw, str]] = [(block_sample(PARTS[p][1], PARTS[p][2]), PARTS[p][0]) for p in parts]
    cost_items.append((dot_sample(INK, "D", filled=False), "sum"))
    return top + max(below, draw_key(figure, cost_left, top, cost_width + 0.6, cost_items, TINY))


def _chance(share: float) -> str:
    return "<1 %" if 0 < share < 0.01 else percent(round(share, 2))


def _stack_costs(axes: Axes, costs: Array) -> None:
    """Parts stacked away from zero on both sides, with their sum marked."""
    rows = np.arange(len(costs))
    right, left = np.zeros(len(costs)), np.zeros(len(costs))
    for place, (_, color, hatch) in enumerate(PARTS.values()):
        part = np.nan_to_num(costs[:, place])
        base = np.where(part >= 0, right, left)
        axes.barh(
            rows,
            part,
            left=base,
            height=0.6,
            color=color,
            hatch=hatch,
            edgecolor="white" if hatch else "none",
            linewidth=0,
            gid="cost-part",
        )
        right, left = right + np.maximum(part, 0), left + np.minimum(part, 0)
    total = costs.sum(axis=1)
    axes.plot(
        total,
        rows,
        linestyle="",
        marker="D",
        markersize=6.5,
        markerfacecolor="white",
        markeredgecolor=INK,
        markeredgewidth=1.2,
        zorder=4,
        gid="cost-sum",
    )
    digits = digits_for(float(np.nanmax(np.abs(total), initial=0.0)))
    for row in rows:
        if np.isfinite(total[row]):
            axes.annotate(
                number(float(total[row]), digits),
                (max(float(right[row]), 0.0), row),
                (9, 0),
                textcoords="offset points",
                va="center",
                fontsize=SMALL,
                annotation_clip=False,
            )
    low, high = float(min(left.min(), 0)), float(max(right.max(), 0))
    room = max(high - low, 1e-9)
    axes.set_xlim(low - 0.03 * room if low < 0 else 0, high + 0.03 * room)
    step = nice_ticks(room, 4)
    size = step[1] if len(step) > 1 else room
    ticks = np.arange(np.ceil(low / size), np.floor(high / size) + 1) * size
    axes.set_xticks(ticks, [f"{t:g}".replace("-", "−") for t in np.round(ticks, 12) + 0.0])


def why_sentence(view: View, case: Case) -> str:
    """The likeliest option, what was chosen, and who weighed most."""
    rows, chance = action_rows(case)
    total: Array = np.sum(list(chance.values()), axis=0)
    best = int(np.argmax(total))
    size = len(case.options)
    settled = case.decisions["option"].to_numpy()
    likeliest = f"“{rows[best][:1].upper()}{rows[best][1:]}”"
    text = f"{likeliest} is likeliest, with a mean probability of {percent(round(float(total[best]), 2))}"
    if best < size:
        text += f"; it was chosen in {of_worlds(int((settled == best + 1).sum()), case.arose)}"
    off = int((settled == 0).sum())
    if off:
        text += f", and the question was put off in {off:,}"
    heavy = constituencies(case)
    if not len(heavy):
        return text + "."
    first = heavy.iloc[0]
    near = case.options[int(np.clip(round(float(first["wish"])), 1, size)) - 1]
    name = _constituency(view, str(heavy.index[0]))
    who = {"Public": "the public", "Elder": "the elder"}.get(name, name)
    weight = number(float(first["weight"]), digits_for(abs(float(first["weight"]))))
    return f"{text}. {who[:1].upper()}{who[1:]} weighed most ({weight}) and wished nearest to “{near}”."
