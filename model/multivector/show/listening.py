"""Listening: how near decisions come to public, informal and formal wishes, before and after the doctrine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multivector.show.marks import Draw, draw_key, zero_line
from multivector.show.style import (
    BODY,
    FAINT,
    INK,
    KINDS,
    MUTED,
    SMALL,
    TINY,
    empty_figure,
    figure_sentence,
    headline,
    inch_axes,
    inch_text,
    mix,
    new_figure,
    quiet,
)
from multivector.show.view import Array, Source, View, drawing, field_of, quantiles, table, view_of
from multivector.show.words import month_name, number, of_worlds, plural

GROUPS = ("public", "informal", "formal")
FIELDS = ("foreign", "domestic")


def listening_month(scenario: Any) -> int | None:
    """First month (from the scenario's start) in which announced listening rises above half its maximum.

    None if it never rises: it is nowhere above zero, or in force from the first month.
    """
    path = field_of(field_of(scenario, "doctrine"), "listening")
    if path is None:
        return None
    months = int(field_of(scenario, "months", 0))
    if hasattr(path, "values"):
        values = np.asarray(path.values(field_of(scenario, "start"), months), dtype=float)
    else:
        values = np.full(max(months, 1), float(path))
    if not len(values) or not values.max() > 0:
        return None
    above = values > 0.5 * values.max()
    return None if above[0] else int(np.argmax(above))


@dataclass(frozen=True)
class Congruence:
    """Mean congruence per world of one group of decisions with one group of wishes."""

    by_world: Array
    decisions: int

    @property
    def bands(self) -> Array:
        """Quantiles over worlds, (5,); NaN where no decision was settled."""
        return quantiles(self.by_world)


def congruences(view: View) -> tuple[int | None, dict[tuple[str, str, str], Congruence]]:
    """Doctrine month, and congruence by (field, phase, group); phases are before and after, or all.

    Only settled decisions count, each world's mean is one value, (worlds,), NaN where it settled none.
    """
    month = listening_month(view.scenario)
    frame = table(view.run, "decisions")
    frame = frame[frame["option"] > 0] if len(frame) else frame
    phases = ("all",) if month is None else ("before", "after")
    found: dict[tuple[str, str, str], Congruence] = {}
    for field in FIELDS:
        mine = frame[(frame["domain"] == "domestic") == (field == "domestic")] if len(frame) else frame
        for phase in phases:
            part = mine
            if month is not None and len(mine):
                part = mine[mine["month"] < month] if phase == "before" else mine[mine["month"] >= month]
            for group in GROUPS:
                found[field, phase, group] = _per_world(view, part, f"congruence_{group}")
    return month, found


def _per_world(view: View, frame: pd.DataFrame, column: str) -> Congruence:
    out = np.full(view.count, np.nan)
    if not len(frame) or column not in frame:
        return Congruence(out, 0)
    known = (
        frame[["world", column]].assign(value=pd.to_numeric(frame[column], errors="coerce")).dropna(subset=["value"])
    )
    means = known.groupby("world")["value"].mean()
    means = means[means.index.isin(view.ids)]
    out[np.searchsorted(view.ids, means.index.to_numpy())] = means.to_numpy(dtype=float)
    return Congruence(out, len(known))


@drawing
def plot_listening(run: Source) -> Figure:
    """Congruence of outcomes with public, informal and formal wishes, foreign and domestic apart.

    Before and after the month in which announced listening rises above half its maximum; one row for all
    months if it never does. Bars hold 50 % and 90 % of worlds (each world's mean is one value).

    Args:
        run: the ensemble.
    """
    view = view_of(run)
    month, found = congruences(view)
    if not any(c.decisions for c in found.values()):
        return empty_figure(f"Listening: {view.title}", view.note(), "No decision was settled in this run.")
    phases = ["all"] if month is None else ["before", "after"]
    width, left, gap, right = 10.6, 2.35, 1.15, 0.95
    panel = (width - left - gap - right) / 2
    figure = new_figure(width, 8)
    note = view.note("Mean congruence of each world: 1 = the wish itself, 0 = the other end.")
    top = headline(figure, f"Listening: {view.title}", note)
    step = 0.62 if len(phases) == 2 else 0.42
    height = len(GROUPS) * step + 0.1
    for place, field in enumerate(FIELDS):
        x0 = left + place * (panel + gap)
        inch_text(figure, x0, top, f"{field.capitalize()} decisions", fontsize=BODY, fontweight="bold")
        counts = [_count(found[field, p, "public"].decisions, p) for p in phases]
        inch_text(figure, x0, top + 0.24, ", ".join(counts), fontsize=TINY, color=MUTED)
        axes = inch_axes(figure, x0, top + 0.52, panel, height)
        axes.set_label(f"listening {field}")
        for row, group in enumerate(GROUPS):
            look = KINDS[group]
            axes.axhline(row, color=FAINT, linewidth=0.5, zorder=0.4)
            for phase in phases:
                shift = {"before": -0.19, "after": 0.19, "all": 0.0}[phase]
                _row(
                    axes,
                    row + shift,
                    found[field, phase, group].bands,
                    look.color,
                    look.marker,
                    filled=phase != "before",
                    spread=view.count > 1,
                    width=panel,
                )
            if place == 0:
                name = {"public": "public’s", "informal": "informal elites’", "formal": "formal actors’"}[group]
                axes.text(
                    -0.15 / panel,
                    row,
                    f"{name} wish",
                    transform=axes.get_yaxis_transform(),
                    ha="right",
                    va="center",
                    fontsize=BODY,
                )
        axes.set_xlim(0, 1)
        axes.set_ylim(len(GROUPS) - 0.45, -0.55)
        axes.set_yticks([])
        axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
        quiet(axes, grid="x")
        zero_line(axes, vertical=True)
    top += 0.52 + height + 0.42
    top += draw_key(figure, 0.15, top, width - 0.3, _key(month, view))
    figure_sentence(figure, listening_sentence(view, month, found), used=top)
    return figure


def _count(decisions: int, phase: str) -> str:
    words = plural(decisions, "decision")
    return (
        f"{words} settled" if phase == "all" else f"{words} {phase}" if phase == "before" else f"{decisions:,} {phase}"
    )


def _row(
    axes: Axes, row: float, bands: Array, color: str, marker: str, *, filled: bool, spread: bool, width: float
) -> None:
    if not np.isfinite(bands).all():
        axes.text(0.02, row, "no decision settled", fontsize=TINY, color=MUTED, va="center", gid="none")
        return
    shade = color if filled else mix(color, 0.45)
    if spread:
        axes.plot([bands[0], bands[4]], [row, row], color=mix(shade, 0.6), linewidth=1.8, gid="band90", zorder=1)
        axes.plot([bands[1], bands[3]], [row, row], color=shade, linewidth=5.0, gid="band50", zorder=1.5)
    axes.plot(
        [bands[2]],
        [row],
        marker=marker,
        markersize=7,
        linestyle="",
        color=color,
        zorder=3,
        gid="median",
        markerfacecolor=color if filled else "white",
        markeredgecolor=INK,
        markeredgewidth=1.0,
        clip_on=False,
    )
    axes.text(
        1 + 0.1 / width,
        row,
        number(float(bands[2])),
        transform=axes.get_yaxis_transform(),
        fontsize=SMALL,
        color=INK if filled else MUTED,
        va="center",
        gid="value",
    )


def _key(month: int | None, view: View) -> list[tuple[Draw, str]]:
    def sample(filled: bool) -> Draw:
        def draw(axes: Axes, x: float, y: float) -> None:
            shade = "#6b6b6b" if filled else "#bdbdbd"
            axes.plot([x - 0.02, x + 0.36], [y, y], color=mix(shade, 0.6), linewidth=1.8)
            axes.plot([x + 0.07, x + 0.27], [y, y], color=shade, linewidth=5)
            axes.plot(
                [x + 0.17],
                [y],
                marker="o",
                markersize=7,
                color=INK,
                markerfacecolor="#6b6b6b" if filled else "white",
                markeredgecolor=INK,
                linestyle="",
            )

        return draw

    bars = "median, 50 % and 90 % of worlds" if view.count > 1 else "the one world"
    if month is None:
        return [(sample(True), f"all months ({bars})")]
    date = month_name(view.first + month)
    return [
        (sample(False), f"before listening is announced ({date})"),
        (sample(True), f"after ({bars})"),
    ]


def listening_sentence(view: View, month: int | None, found: dict[tuple[str, str, str], Congruence]) -> str:
    """In how many worlds outcomes came nearer to the public's wish, and what that does not prove."""
    if month is None:
        parts = []
        for field in FIELDS:
            middle = {g: float(found[field, "all", g].bands[2]) for g in GROUPS}
            known = {g: m for g, m in middle.items() if np.isfinite(m)}
            if known:
                best = max(known, key=lambda g: known[g])
                who = {"public": "the public", "informal": "informal elites", "formal": "formal actors"}[best]
                parts.append(f"{field} decisions lie nearest to the wish of {who} (median {number(known[best])})")
        text = "; ".join(parts)
        return f"Listening is not announced during this run: {text}."
    parts = []
    for field in FIELDS:
        before, after = (found[field, p, "public"].by_world for p in ("before", "after"))
        both = np.isfinite(before) & np.isfinite(after)
        if not both.any():
            continue
        rose = int((after[both] > before[both]).sum())
        was, now = (number(float(np.median(v[both]))) for v in (before, after))
        middles = f"medians there {was} and {now}"
        parts.append(
            f"{field} decisions lie nearer to the public’s wish than before in "
            f"{of_worlds(rose, int(both.sum()))} ({middles})"
        )
    date = month_name(view.first + month)
    if not parts:
        return f"Listening is announced in {date}; no world decided on both sides of it."
    return (
        f"After listening is announced in {date}, {'; '.join(parts)}. "
        "The dossiers differ before and after, so this is not the doctrine’s effect alone."
    )
