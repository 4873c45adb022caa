"""The price at home: hazards of losing office by cause, approval, grievance, protest, and office lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multivector.show.marks import (
    BAND_50,
    BAND_90,
    Draw,
    Event,
    apart,
    block_sample,
    draw_bands,
    draw_baseline,
    draw_key,
    event_notes,
    event_ticks,
    events_of,
    line_sample,
    month_axis,
    nice_ticks,
    zero_line,
)
from multivector.show.style import (
    BLUE,
    BODY,
    CAUSES,
    GHOST,
    INK,
    MUTED,
    SMALL,
    TINY,
    VERMILION,
    Look,
    empty_figure,
    figure_sentence,
    headline,
    inch_axes,
    inch_text,
    mix,
    new_figure,
    quiet,
)
from multivector.show.view import Array, Pair, Source, View, drawing, pair_of, quantiles
from multivector.show.words import annual, month_name, number, of_worlds, percent

CAUSE_TITLES = {"elite": "Elite split", "mass": "Mass unrest", "outside": "Pressure from outside"}
_OTHER = Look(GHOST, (0, (3, 1, 1, 1)), "P")


def office_lost(view: View) -> dict[str, Array]:
    """Share of worlds whose president has lost office by each month, by cause, (months,) each.

    Only the first loss of a world counts, so the causes add up to the share of worlds in which office
    was lost at all.
    """
    frame = view.frame
    shares = {cause: np.zeros(len(view.months)) for cause in CAUSES}
    if "lost" not in frame or not view.count:
        return shares
    lost = frame[frame["lost"].astype(str).replace("nan", "") != ""].sort_values("month")
    for row in lost.drop_duplicates("world")[["month", "lost"]].itertuples(index=False):
        cause = str(row.lost)
        shares.setdefault(cause, np.zeros(len(view.months)))
        shares[cause][np.searchsorted(view.months, int(row.month)) :] += 1 / view.count  # type: ignore[arg-type]
    return shares


@drawing
def plot_regime(run: Source, baseline: Source | None = None) -> Figure:
    """Hazards by cause, office lost, approval, grievance and protest over time.

    Args:
        run: the ensemble.
        baseline: an ensemble whose medians are the dashed lines; without it there are none.
    """
    pair = pair_of(run, baseline)
    view = pair.run
    if not view.count:
        return empty_figure(f"The price at home: {view.title}", view.note())
    width, left, right = 10.6, 0.75, 1.0
    events = events_of(view)
    notes = event_notes(events, width - 0.3)
    figure = new_figure(width, 9.5)
    top = headline(figure, f"The price at home: {view.title}", view.note())
    top = _hazard_row(figure, pair, events, top, left, width - left - right)
    top = _public_row(figure, pair, events, top + 0.22, left, width - left - right)
    items: list[tuple[Draw, str]] = [(line_sample(INK, 1.8), "median" if view.count > 1 else "the one world")]
    if view.count > 1:
        items += [
            (block_sample(mix(INK, BAND_50)), "50 % of worlds in each month"),
            (block_sample(mix(INK, BAND_90)), "90 % (a single world may leave it)"),
        ]
    if pair.baseline is not None:
        items.append((line_sample(INK, 0.9, (0, (4, 2))), pair.label))
    top += draw_key(figure, 0.15, top, width - 0.3, items)
    for line in notes:
        inch_text(figure, 0.15, top + 0.02, line, fontsize=TINY, color=MUTED)
        top += 0.21
    figure_sentence(figure, regime_sentence(pair), used=top)
    return figure


def _title(figure: Figure, left: float, top: float, text: str, note: str = "") -> None:
    inch_text(figure, left, top, text, fontsize=BODY, fontweight="bold")
    if note:
        inch_text(figure, left, top + 0.23, note, fontsize=TINY, color=MUTED)


_PANEL_TOP = 0.76  # title, note and event numbers above a panel
_PANEL = 1.75


def _hazard_row(figure: Figure, pair: Pair, events: Sequence[Event], top: float, left: float, room: float) -> float:
    """Three hazards on one shared axis, and the share of worlds in which office was lost."""
    view = pair.run
    gap, lost_gap = 0.2, 1.1
    panel = (room - 2 * gap - lost_gap) / 4
    bands = {cause: quantiles(view.column(f"hazard_{cause}")) for cause in CAUSES}
    ceiling = max(
        (
            float(np.nanmax(b))
            for b in (*bands.values(), *(pair.column(f"hazard_{c}") for c in CAUSES))
            if np.isfinite(b).any()
        ),
        default=0.0,
    )
    ceiling = max(ceiling * 1.04, 1e-6)
    for place, cause in enumerate(CAUSES):
        x0 = left + place * (panel + gap)
        note = "chance a month of losing office" if place == 0 else ""
        _title(figure, x0, top, CAUSE_TITLES[cause], note)
        axes = inch_axes(figure, x0, top + _PANEL_TOP, panel, _PANEL)
        axes.set_label(f"hazard {cause}")
        draw_bands(axes, view.x, bands[cause], CAUSES[cause].color, spread=view.count > 1)
        if pair.baseline is not None:
            draw_baseline(axes, view.x, pair.column(f"hazard_{cause}"))
        axes.set_ylim(0, ceiling)
        ticks = nice_ticks(ceiling)
        axes.set_yticks(ticks, [percent(t) for t in ticks] if place == 0 else [""] * len(ticks))
        quiet(axes, grid="y")
        zero_line(axes)
        month_axis(axes, view.x, most=3)
        event_ticks(axes, events, panel)
        if place == 2:
            _annual_reading(axes, ticks, panel)
    x0 = left + 3 * (panel + gap) - gap + lost_gap
    _title(figure, x0, top, "Office lost", "share of worlds, first loss by cause")
    axes = inch_axes(figure, x0, top + _PANEL_TOP, panel, _PANEL)
    axes.set_label("office lost")
    _office_panel(axes, view, panel)
    return top + _PANEL_TOP + _PANEL + 0.34


def _annual_reading(axes: Axes, ticks: Sequence[float], width: float) -> None:
    """The same ticks read as a chance a year, in the right margin."""
    for tick in ticks:
        axes.text(
            1 + 0.06 / width,
            tick,
            percent(float(annual(tick))),
            transform=axes.get_yaxis_transform(),
            fontsize=SMALL,
            color=MUTED,
            va="center",
            gid="annual",
        )
    axes.annotate(
        "a year",
        (1, 1),
        (4, 12),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=TINY,
        color=MUTED,
        gid="annual-name",
        annotation_clip=False,
    )


def _office_panel(axes: Axes, view: View, width: float) -> None:
    """Stacked shares: causes exclude each other, so the top edge is the share that lost office at all."""
    shares = {cause: path for cause, path in office_lost(view).items() if path.any()}
    x = view.x if len(view.x) > 1 else np.array([view.x[0] - 0.3, view.x[0] + 0.3])
    base = np.zeros(len(x))
    middles, labels = [], []
    for cause, path in shares.items():
        look = CAUSES.get(cause, _OTHER)
        path = path if len(view.x) > 1 else np.repeat(path, 2)
        axes.fill_between(
            x,
            base,
            base + path,
            step="post" if len(view.x) > 1 else None,
            color=mix(look.color, 0.6),
            linewidth=0,
            gid=f"lost {cause}",
        )
        axes.step(x, base + path, where="post", color=look.color, linewidth=1.2)
        middles.append(float(base[-1] + path[-1] / 2))
        labels.append(f"{cause} {percent(float(path[-1]))}")
        base = base + path
    ceiling = float(min(1.0, max(0.05, base[-1] * 1.08 if len(base) else 0.05)))
    axes.set_ylim(0, ceiling)
    ticks = nice_ticks(ceiling)
    axes.set_yticks(ticks, [percent(t) for t in ticks])
    quiet(axes, grid="y")
    zero_line(axes)
    month_axis(axes, view.x, most=3)
    places = apart(middles, ceiling * 0.19 / _PANEL, 0.0, ceiling)
    for place, label in zip(places, labels, strict=True):
        axes.text(
            1 + 0.06 / width,
            float(place),
            label,
            transform=axes.get_yaxis_transform(),
            fontsize=TINY,
            va="center",
            gid="lost-label",
        )
    if not shares:
        axes.text(0.5, 0.5, "none lost office", transform=axes.transAxes, ha="center", color=MUTED, fontsize=SMALL)


def _public_row(figure: Figure, pair: Pair, events: Sequence[Event], top: float, left: float, room: float) -> float:
    """Approval, grievance shown and private, and protest."""
    view = pair.run
    gaps = (0.0, 0.85, 2.25)  # room for labels and ticks to the left of each panel, adding up
    panel = (room - gaps[-1]) / 3
    protest = quantiles(view.column("protest"))
    known = [b for b in (protest, pair.column("protest")) if np.isfinite(b).any()]
    ceiling = min(1.0, max(0.01, max((float(np.nanmax(b)) for b in known), default=0.0) * 1.06))
    panels: list[tuple[str, str, list[tuple[str, str, str]], float]] = [
        ("Approval", "0 to 1", [("approval", BLUE, "")], 1.0),
        (
            "Grievance",
            "0 to 1; what is felt, what is shown",
            [("grievance", VERMILION, "private"), ("shown_grievance", BLUE, "shown")],
            1.0,
        ),
        (
            "Protest",
            "share of citizens, peak week of the month",
            [("protest", CAUSES["mass"].color, "")],
            ceiling,
        ),
    ]
    for place, (title, note, columns, high) in enumerate(panels):
        x0 = left + place * panel + gaps[place]
        _title(figure, x0, top, title, note)
        axes = inch_axes(figure, x0, top + _PANEL_TOP, panel, _PANEL)
        axes.set_label(title.lower())
        ends, labels = [], []
        for column, color, label in columns:
            values = protest if column == "protest" else quantiles(view.column(column))
            dash = (0.0, (3.0, 1.2)) if column == "shown_grievance" else "-"
            draw_bands(axes, view.x, values, color, dash=dash, spread=view.count > 1)  # type: ignore[arg-type]
            if pair.baseline is not None:
                draw_baseline(axes, view.x, pair.column(column))
            if np.isfinite(values[2, -1]):
                ends.append(float(values[2, -1]))
                value = percent(ends[-1]) if column == "protest" else number(ends[-1])
                labels.append(f"{value} {label}".strip())
        axes.set_ylim(0, high)
        ticks = nice_ticks(high) if title == "Protest" else [0.0, 0.5, 1.0]
        axes.set_yticks(ticks, [percent(t) if title == "Protest" else f"{t:g}" for t in ticks])
        quiet(axes, grid="y")
        zero_line(axes)
        month_axis(axes, view.x, most=4)
        event_ticks(axes, events, panel)
        for place_y, label in zip(apart(ends, high * 0.19 / _PANEL, 0.0, high), labels, strict=True):
            axes.text(
                1 + 0.06 / panel,
                float(place_y),
                label,
                transform=axes.get_yaxis_transform(),
                fontsize=SMALL,
                va="center",
                gid="end-label",
            )
    return top + _PANEL_TOP + _PANEL + 0.42


def regime_sentence(pair: Pair) -> str:
    """When the danger peaked and what it came from, and in how many worlds office was lost."""
    view = pair.run
    medians = {c: quantiles(view.column(f"hazard_{c}"), (0.5,))[0] for c in CAUSES}
    known = {c: m for c, m in medians.items() if np.isfinite(m).any()}
    parts = []
    if known:
        cause = max(known, key=lambda c: float(np.nanmax(known[c])))
        month = int(np.nanargmax(known[cause]))
        peak = float(known[cause][month])
        kind = "median hazard" if view.count > 1 else "hazard"
        parts.append(
            f"The highest {kind} is {CAUSE_TITLES[cause].lower()} in {month_name(view.x[month])}: "
            f"{percent(peak)} a month ({percent(float(annual(peak)))} a year if it stayed there)"
        )
    shares = office_lost(view)
    counts = {c: round(float(p[-1]) * view.count) for c, p in shares.items() if len(p)}
    total = sum(counts.values())
    causes = ", ".join(f"{c} {n}" for c, n in counts.items() if n)
    end = month_name(view.x[-1])
    if view.count == 1:
        told = (
            f"the president loses office ({next(c for c, n in counts.items() if n)})"
            if total
            else (f"the president keeps office to {end}")
        )
        parts.append(told)
    else:
        lost = f"the president loses office in {of_worlds(total, view.count)} by {end}"
        parts.append(lost + (f" ({causes})" if total else ""))
    return "; ".join(parts)[0].upper() + "; ".join(parts)[1:] + "."
