"""The tension grid: on whose side a decision falls when two powers want opposite things.

Siding under disagreement is the real content of multi-vector policy; agreement overall hides it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from multivector.show.marks import Draw, block_sample, dot_sample, draw_key, line_sample
from multivector.show.style import (
    BLUE,
    BODY,
    FAINT,
    GHOST,
    INK,
    MUTED,
    SMALL,
    TINY,
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
from multivector.show.view import Array, Source, View, drawing, quantiles, table, view_of
from multivector.show.words import percent, the


@dataclass(frozen=True)
class Tension:
    """Disagreements of every pair of powers, per world.

    Attributes:
        nearer: (worlds, powers, powers): decisions nearer to the row power; a tie counts half for each.
        clashes: (worlds, powers, powers): settled decisions on which the two want opposite sides.
    """

    nearer: Array
    clashes: Array

    @property
    def share(self) -> Array:
        """Share nearer to the row power over all worlds' decisions, (powers, powers); NaN without clashes."""
        return _ratio(self.nearer.sum(axis=0), self.clashes.sum(axis=0))

    @property
    def share_by_world(self) -> Array:
        """The same per world, (worlds, powers, powers)."""
        return _ratio(self.nearer, self.clashes)

    @property
    def overall_by_world(self) -> Array:
        """Share of each power's disagreements, with whomever, that end nearer to it, (worlds, powers)."""
        return _ratio(self.nearer.sum(axis=2), self.clashes.sum(axis=2))

    @property
    def overall(self) -> Array:
        """The same over all worlds' decisions together, (powers,)."""
        return _ratio(self.nearer.sum(axis=(0, 2)), self.clashes.sum(axis=(0, 2)))


def _ratio(part: Array, whole: Array) -> Array:
    out: Array = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=out, where=whole > 0)
    return out


def tensions(view: View) -> Tension:
    """Count, per world and pair of powers, the clashes and on whose side the settled option lies."""
    size = len(view.powers)
    nearer, clashes = np.zeros((view.count, size, size)), np.zeros((view.count, size, size))
    decisions, wishes = table(view.run, "decisions"), table(view.run, "wishes")
    if not len(decisions) or not len(wishes) or not size:
        return Tension(nearer, clashes)
    settled = decisions.loc[decisions["option"] > 0, ["world", "decision", "option", "n_options"]]
    settled = settled[settled["world"].isin(view.ids)].reset_index(drop=True)
    mine = wishes[wishes["kind"] == "power"]
    mine = mine.merge(settled[["world", "decision"]].assign(row=np.arange(len(settled))), on=["world", "decision"])
    wish = np.full((len(settled), size), np.nan)
    code, names = pd.factorize(mine["constituency"])  # a name is looked up once, not row by row
    column = power_codes(view, np.asarray(names, dtype=object))[code]
    known = column >= 0
    wish[mine["row"].to_numpy()[known], column[known]] = mine["wish"].to_numpy(dtype=float)[known]
    middle = (settled["n_options"].to_numpy(dtype=float) + 1) / 2
    distance = np.abs(wish - settled["option"].to_numpy(dtype=float)[:, None])
    side = np.sign(np.nan_to_num(wish - middle[:, None]))
    world = np.searchsorted(view.ids, settled["world"].to_numpy())
    for a in range(size):
        for b in range(size):
            if a != b:
                clash = side[:, a] * side[:, b] < 0
                gap = distance[clash, b] - distance[clash, a]
                won = np.where(np.abs(gap) < 1e-9, 0.5, gap > 0)
                np.add.at(clashes[:, a, b], world[clash], 1.0)
                np.add.at(nearer[:, a, b], world[clash], won)
    return Tension(nearer, clashes)


def power_codes(view: View, names: npt.NDArray[np.object_]) -> npt.NDArray[np.int64]:
    """Index of each power id in the scenario's order, -1 for others."""
    places = {p: i for i, p in enumerate(view.powers)}
    return np.array([places.get(n, -1) for n in names], dtype=np.int64)


@drawing
def plot_tension(run: Source) -> Figure:
    """Powers x powers: the share of decisions nearer to the row's power when the two want opposite sides.

    Args:
        run: the ensemble.
    """
    view = view_of(run)
    found = tensions(view)
    size = len(view.powers)
    if not found.clashes.any():
        none = "No two powers wanted opposite things in a settled decision of this run."
        return empty_figure(f"Whose side: {view.title}", view.note(), none)
    cell = float(np.clip(5.6 / size, 0.52, 1.12))
    tall = min(cell, 0.78)
    names = [fit(view.names[p], 1.75, BODY) for p in view.powers]
    left = max(text_width(n, BODY) for n in names) + 0.6
    overall_left, overall = left + size * cell + 0.45, 2.2
    width = overall_left + overall + 0.75
    heads = [wrap(view.names[p], max(cell - 0.06, 0.6), SMALL, lines=2) for p in view.powers]
    flat = size <= 6
    figure = new_figure(width, 4 + size * tall + 1.5)
    note = view.note("Decisions on which two powers’ wishes lie on opposite sides of the middle option.")
    top = headline(figure, f"Whose side: {view.title}", note)
    long, short = (
        "Share of decisions nearer to the row’s power than to the column’s",
        "Share nearer to the row’s power",
    )
    heading, at = (long, left) if text_width(long, BODY, "bold") < width - left - 0.1 else (short, 0.15)
    inch_text(figure, at, top, heading, fontsize=BODY, fontweight="bold")
    inch_text(figure, overall_left, top + 0.3, "All its disagreements", fontsize=SMALL, color=MUTED)
    rise = 0.62 if flat else max(text_width(n, SMALL) for n in names) * 0.75 + 0.2
    top += 0.3 + rise
    axes = inch_axes(figure, left, top, size * cell, size * tall)
    axes.set_label("grid")
    axes.set_xlim(0, size)
    axes.set_ylim(size, 0)
    axes.set_axis_off()
    for i, power in enumerate(view.powers):
        look = view.looks[power]
        axes.text(-0.38 / cell, i + 0.5, names[i], ha="right", va="center_baseline", fontsize=BODY)
        axes.plot([-0.2 / cell], [i + 0.5], marker=look.marker, color=look.color, markersize=7, clip_on=False)
        head = "\n".join(heads[i]) if flat else names[i]
        axes.text(
            i + (0.5 if flat else 0.35),
            -0.08 / tall,
            head,
            ha="center" if flat else "left",
            va="bottom",
            fontsize=SMALL,
            rotation=0 if flat else 45,
            rotation_mode="anchor",
            linespacing=1.1,
        )
        axes.plot([i + 0.5], [i + 0.5], marker=look.marker, color=look.color, markersize=7, linestyle="")
    bands = quantiles(found.share_by_world)
    _cells(axes, view, found, bands, roomy=cell >= 0.9)
    side = inch_axes(figure, overall_left, top, overall, size * tall)
    _overall(side, view, found, overall)
    top += size * tall + 0.36
    top += draw_key(figure, 0.15, top, width - 0.3, _key(view, cell >= 0.9))
    figure_sentence(figure, tension_sentence(view, found), used=top)
    return figure


def _cells(axes: Axes, view: View, found: Tension, bands: Array, roomy: bool) -> None:
    """One cell per ordered pair: darker = nearer to the row's power, with the share printed."""
    share = found.share
    for a in range(len(view.powers)):
        for b in range(len(view.powers)):
            if a == b:
                continue
            value = float(share[a, b])
            known = np.isfinite(value)
            color = _shade(value) if known else "#ffffff"
            axes.add_patch(
                Rectangle(
                    (b + 0.03, a + 0.03),
                    0.94,
                    0.94,
                    facecolor=color,
                    edgecolor=FAINT if not known else "none",
                    gid=f"cell {a} {b}",
                )
            )
            ink = "white" if known and value > 0.62 else INK
            if not known:
                axes.text(b + 0.5, a + 0.5, "–", ha="center", va="center", color=MUTED, fontsize=SMALL)
                continue
            axes.text(
                b + 0.5,
                a + (0.36 if roomy else 0.5),
                percent(round(value, 2)),
                ha="center",
                va="center",
                fontsize=BODY if roomy else TINY,
                color=ink,
                gid="share",
            )
            if roomy:
                rate = found.clashes[:, a, b].sum() / max(view.count, 1)
                span = f"{100 * bands[0, a, b]:.0f}–{100 * bands[4, a, b]:.0f} %" if view.count > 1 else ""
                axes.text(
                    b + 0.5,
                    a + 0.70,
                    f"{span}\nn {rate:.1f}" if span else f"n {rate:.0f}",
                    ha="center",
                    va="center",
                    fontsize=TINY - 1,
                    color=ink,
                    linespacing=1.15,
                )


def _shade(share: float) -> str:
    """Darker = nearer to the row's power; flat beyond 10 and 90 %, so that usual shares differ more."""
    return mix(BLUE, 0.05 + 0.93 * float(np.clip((share - 0.1) / 0.8, 0, 1)))


def _overall(axes: Axes, view: View, found: Tension, width: float) -> None:
    bands = quantiles(found.overall_by_world)
    pooled = found.overall
    axes.set_label("overall")
    axes.axvline(0.5, color=GHOST, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0.6, gid="half")
    for row, power in enumerate(view.powers):
        look = view.looks[power]
        y = row + 0.5
        axes.axhline(y, color=FAINT, linewidth=0.5, zorder=0.4)
        if not np.isfinite(pooled[row]):
            continue
        if view.count > 1:
            axes.plot([bands[0, row], bands[4, row]], [y, y], color=mix(look.color, 0.55), linewidth=2.2, zorder=1)
            axes.plot([bands[1, row], bands[3, row]], [y, y], color=look.color, linewidth=6.5, zorder=1.5)
        axes.plot(
            [pooled[row]],
            [y],
            marker=look.marker,
            markersize=6.5,
            color="white",
            markeredgecolor=INK,
            linestyle="",
            zorder=3,
            gid="overall",
        )
        axes.text(
            1 + 0.1 / width,
            y,
            percent(round(float(pooled[row]), 2)),
            transform=axes.get_yaxis_transform(),
            va="center",
            fontsize=SMALL,
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(len(view.powers), 0)
    axes.set_yticks([])
    axes.set_xticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
    quiet(axes)


def _key(view: View, roomy: bool) -> list[tuple[Draw, str]]:
    items: list[tuple[Draw, str]] = [(block_sample(_shade(v)), percent(v)) for v in (0.25, 0.5, 0.75)]
    if roomy:
        span = "range that holds 90 % of worlds; " if view.count > 1 else ""
        items.append((_number_sample, f"{span}n: clashes a world" if view.count > 1 else "n: clashes"))
    if view.count > 1:
        items.append((line_sample(INK, 6.5), "50 % of worlds"))
        items.append((line_sample(mix(INK, 0.55), 2.2), "90 %"))
    items.append((dot_sample(INK, "o", filled=False), "all decisions"))
    return items


def _number_sample(axes: Axes, x: float, y: float) -> None:
    axes.text(x + 0.17, y, "small", fontsize=TINY - 1, ha="center", va="center_baseline", color=MUTED)


def tension_sentence(view: View, found: Tension) -> str:
    """The pair that clashes most and how it ends, and who prevails most and least over all disagreements."""
    total = found.clashes.sum(axis=0)
    a, b = (int(i) for i in np.unravel_index(int(np.argmax(np.triu(total, 1))), total.shape))
    rate = total[a, b] / max(view.count, 1)
    names = [the(view.names[p]) for p in view.powers]
    share = float(found.share[a, b])
    winner, loser, part = (a, b, share) if share >= 0.5 else (b, a, 1 - share)
    clash = f"{names[a][0].upper()}{names[a][1:]} and {names[b]} clash most"
    often = f"{rate:.1f} decisions a world" if view.count > 1 else f"{rate:.0f} decisions"
    text = (
        f"{clash} ({often}); the outcome lies nearer to {names[winner]} than to {names[loser]} "
        f"in {percent(round(part, 2))} of them"
    )
    if abs(share - 0.5) < 0.005:
        text = f"{clash} ({often}), and the outcome is as often near to one as to the other"
    overall = found.overall
    known = np.flatnonzero(np.isfinite(overall))
    if len(known) > 2:
        best, worst = int(known[np.argmax(overall[known])]), int(known[np.argmin(overall[known])])
        most, least = (percent(round(float(overall[i]), 2)) for i in (best, worst))
        text += f". Over all disagreements {names[best]} is served most often ({most}), "
        text += f"{names[worst]} least ({least})"
    return f"{text}."
