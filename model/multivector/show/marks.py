"""Marks that several charts share: month axes, bands, keys, event ticks, labels that keep apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from multivector.show.style import (
    FAINT,
    GHOST,
    INK,
    MUTED,
    SMALL,
    TINY,
    Dash,
    fit,
    inch_axes,
    mix,
    printable,
    quiet,
    text_width,
)
from multivector.show.view import Array, View, field_of
from multivector.show.words import month_name, month_number

BAND_90, BAND_50 = 0.22, 0.5
"""Share of the colour in the two bands: far enough apart to tell in grey."""


def apart(places: Sequence[float], gap: float, low: float, high: float) -> Array:
    """Places moved as little as possible so that neighbours are `gap` apart and all lie in low..high.

    The order is kept. If they cannot fit, they share the room evenly.
    """
    count = len(places)
    if count == 0:
        return np.zeros(0)
    if (count - 1) * gap >= high - low:
        order = np.argsort(np.asarray(places), kind="stable")
        out = np.empty(count)
        out[order] = np.linspace(low, high, count) if count > 1 else np.clip(places, low, high)
        return out
    order = np.argsort(np.asarray(places, dtype=float), kind="stable")
    # blocks of labels that touch: each sits at the mean of what its members want (pool adjacent violators)
    blocks: list[list[float]] = []  # [sum of wanted first places, number of members]
    for rank, index in enumerate(order):
        blocks.append([float(places[index]) - rank * gap, 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            last = blocks.pop()
            blocks[-1] = [blocks[-1][0] + last[0], blocks[-1][1] + last[1]]
    level = np.concatenate([np.full(int(n), total / n) for total, n in blocks])
    level = np.clip(level, low, high - (count - 1) * gap)
    out = np.empty(count)
    out[order] = level + np.arange(count) * gap
    return out


def nice_ticks(ceiling: float, most: int = 4) -> list[float]:
    """Round ticks from 0 up to `ceiling`, at most `most` steps."""
    if not np.isfinite(ceiling) or ceiling <= 0:
        return [0.0]
    raw = ceiling / most
    scale = 10 ** np.floor(np.log10(raw))
    step = next(float(m * scale) for m in (1, 2, 2.5, 5, 10) if m * scale >= raw * (1 - 1e-9))
    return [round(i * step, 12) for i in range(int(ceiling / step + 1e-9) + 1)]


def month_axis(axes: Axes, x: Array, labels: bool = True, size: float = SMALL, most: int = 4) -> None:
    """Ticks in months since January 1970: years on long spans, named months on short ones; at most `most`."""
    first, last = float(x[0]), float(x[-1])
    margin = 0.5 if len(x) == 1 else 0.0
    axes.set_xlim(first - margin, last + margin)
    span = round(last - first) + 1
    if span >= 24:
        years = np.arange(np.ceil(first / 12), np.floor(last / 12) + 1).astype(int)
        step = next((s for s in (1, 2, 3, 4, 5, 10, 20, 50) if len(years[::s]) <= most), 100)
        years = years[::step] if step < 5 else years[(1970 + years) % step == 0]
        years = years[12 * years <= first + 0.9 * (last - first)]
        axes.set_xticks(12.0 * years if labels else [], [str(1970 + y) for y in years] if labels else [])
    else:
        step = next(s for s in (1, 2, 3, 4, 6, 12) if -(-span // s) <= max(2, most - 1) or s == 12)
        ticks = np.arange(first, last + 1, step)
        # a label at the right edge would run into the next panel's first
        ticks = ticks[(ticks == first) | (ticks <= first + 0.85 * (last - first))]
        names = [month_name(t).replace(" ", "\n") for t in ticks]
        axes.set_xticks(ticks if labels else [], names if labels else [])
    if labels:
        axes.tick_params(axis="x", labelsize=size, pad=7)


def draw_bands(
    axes: Axes,
    x: Array,
    bands: Array,
    color: str,
    *,
    dash: Dash = "-",
    width: float = 1.8,
    spread: bool = True,
) -> None:
    """The 90 % band, the 50 % band and the median of `bands` (5, months). One month becomes a block."""
    if len(x) == 1:
        x, bands = np.array([x[0] - 0.3, x[0] + 0.3]), np.repeat(bands, 2, axis=1)
    if spread:
        axes.fill_between(x, bands[0], bands[4], color=mix(color, BAND_90), linewidth=0, gid="band90", zorder=1)
        axes.fill_between(x, bands[1], bands[3], color=mix(color, BAND_50), linewidth=0, gid="band50", zorder=1.2)
    axes.plot(x, bands[2], color=color, linestyle=dash, linewidth=width, gid="median", zorder=3)


def draw_baseline(axes: Axes, x: Array, values: Array) -> None:
    """The baseline: a thin dashed grey line, the same in every figure."""
    if len(x) == 1:
        x, values = np.array([x[0] - 0.5, x[0] + 0.5]), np.repeat(values, 2)
    axes.plot(x, values, color=INK, linestyle=(0, (4, 2)), linewidth=0.9, gid="baseline", zorder=2.5)


# -- events -------------------------------------------------------------------------------------------------

_WORDS = {
    "war": "War by {}",
    "sanctions": "Sanctions on {}",
    "threat": "Threat by {}",
    "rescue": "Rescue by {}",
    "aid": "Aid from {}",
    "border_closure": "Border with {} closed",
    "transit_cut": "Transit through {} cut",
    "route_opened": "New route with {}",
    "visit": "Visit with {}",
    "summit": "Summit with {}",
    "withdrawal": "{} withdraws",
    "quake": "Earthquake",
    "doubt": "Doubt about succession",
}


@dataclass(frozen=True)
class Event:
    """A dated event of the timeline with its label; `month` counts from January 1970."""

    month: int
    label: str
    severity: float


def events_of(view: View, most: int = 6) -> list[Event]:
    """The `most` severe events of the scenario's timeline inside the run, in order of date."""
    found = []
    for entry in field_of(view.scenario, "timeline", ()) or ():
        kind = field_of(entry, "event")
        if kind is None or not len(view.x):
            continue
        kind = str(getattr(kind, "value", kind))
        month = month_number(field_of(entry, "date"))
        if not view.x[0] <= month <= view.x[-1]:
            continue
        whom = next(
            (w for key in ("by", "on", "with", "with_", "through", "in_", "in") if (w := field_of(entry, key))),
            "",
        )
        name = view.names.get(str(whom), str(whom).replace("_", " "))
        default = _WORDS[kind].format(name or "a power") if kind in _WORDS else kind.replace("_", " ").capitalize()
        label = printable(field_of(entry, "title") or default)
        found.append(Event(month, label, float(field_of(entry, "severity", 0.5))))
    found.sort(key=lambda e: (-e.severity, e.month, e.label))
    return sorted(found[:most], key=lambda e: (e.month, -e.severity))


def event_ticks(axes: Axes, events: Sequence[Event], width: float, rise: float = 0.2) -> None:
    """Numbered ticks above axes that are `width` inches wide; numbers keep apart, lines lead to the month.

    Args:
        rise: inches between the top of the axes and the numbers.
    """
    if not events:
        return
    event_lines(axes, events)
    low, high = axes.get_xlim()
    height = float(axes.figure.get_size_inches()[1]) * axes.get_position().height  # type: ignore[union-attr]
    scale = (high - low) / width
    size = TINY
    places = apart([float(e.month) for e in events], 1.45 * size / 72 * 0.62 * scale * 1.25, low, high)
    top = 1 + rise / height
    bend, tip = 1 + 0.03 / height, top - 0.015 / height
    axes.add_collection(
        LineCollection(
            [[(e.month, 1.0), (e.month, bend), (p, tip)] for e, p in zip(events, places, strict=True)],
            transform=axes.get_xaxis_transform(),
            clip_on=False,
            colors=MUTED,
            linewidths=0.6,
            gid="event-leader",
        ),
        autolim=False,
    )
    for number, place in enumerate(places, start=1):
        axes.text(
            place,
            top,
            str(number),
            transform=axes.get_xaxis_transform(),
            fontsize=size,
            color=MUTED,
            ha="center",
            va="bottom",
            gid="event-number",
        )


def event_lines(axes: Axes, events: Sequence[Event]) -> None:
    """Faint vertical lines at the events."""
    guide_lines(axes, [e.month for e in events], vertical=True, color=mix(MUTED, 0.55), gid="event")


def guide_lines(
    axes: Axes, places: Sequence[float], *, vertical: bool = False, color: str = FAINT, gid: str = "guide"
) -> None:
    """Thin lines right across the axes at data places: one artist, however many they are."""
    edge = axes.get_xaxis_transform() if vertical else axes.get_yaxis_transform()
    ends = [[(p, 0), (p, 1)] if vertical else [(0, p), (1, p)] for p in places]
    lines = LineCollection(ends, transform=edge, colors=color, linewidths=0.6, zorder=0.5, gid=gid)
    axes.add_collection(lines, autolim=False)


def event_notes(events: Sequence[Event], width: float, size: float = TINY) -> list[str]:
    """The numbered events in lines of at most `width` inches: `1 January unrest (Jan 2022)   2 ...`."""
    rows: list[str] = []
    for number, event in enumerate(events, start=1):
        item = fit(f"{number} {event.label} ({month_name(event.month)})", width, size)
        if rows and text_width(f"{rows[-1]}    {item}", size) <= width:
            rows[-1] = f"{rows[-1]}    {item}"
        else:
            rows.append(item)
    return rows


# -- keys ---------------------------------------------------------------------------------------------------

Draw = Callable[[Axes, float, float], None]
"""Draws a sample 0.34 inches wide with its left end at (x, y), in inches."""
SAMPLE = 0.34


def line_sample(color: str, width: float, dash: Dash = "-", marker: str = "") -> Draw:
    """A key's sample of a line, with a marker in its middle if given."""

    def draw(axes: Axes, x: float, y: float) -> None:
        axes.add_line(Line2D([x, x + SAMPLE], [y, y], color=color, linewidth=width, linestyle=dash))
        if marker:
            axes.add_line(Line2D([x + SAMPLE / 2], [y], color=color, marker=marker, markersize=6, linestyle=""))

    return draw


def block_sample(color: str, hatch: str = "") -> Draw:
    """A key's sample of an area."""

    def draw(axes: Axes, x: float, y: float) -> None:
        edge = mix(color, 0.45, INK) if hatch else "none"
        axes.add_patch(
            Rectangle((x, y - 0.055), SAMPLE, 0.11, facecolor=color, edgecolor=edge, hatch=hatch, linewidth=0)
        )

    return draw


def dot_sample(color: str, marker: str, filled: bool = True, size: float = 6.5) -> Draw:
    """A key's sample of a dot."""

    def draw(axes: Axes, x: float, y: float) -> None:
        axes.add_line(
            Line2D(
                [x + SAMPLE / 2],
                [y],
                color=color,
                marker=marker,
                markersize=size,
                linestyle="",
                markerfacecolor=color if filled else "white",
                markeredgewidth=1.2,
            )
        )

    return draw


def key_height(items: Sequence[tuple[Draw, str]], width: float, size: float = SMALL) -> float:
    """Inches that a key of this width takes."""
    return len(_flow(items, width, size)) * 0.23 + 0.06


def _flow(items: Sequence[tuple[Draw, str]], width: float, size: float) -> list[list[tuple[float, Draw, str]]]:
    rows: list[list[tuple[float, Draw, str]]] = [[]]
    x = 0.0
    for draw, label in items:
        need = SAMPLE + 0.07 + text_width(label, size)
        if rows[-1] and x + need > width:
            rows.append([])
            x = 0.0
        rows[-1].append((x, draw, label))
        x += need + 0.26
    return rows


def draw_key(
    figure: Figure,
    left: float,
    top: float,
    width: float,
    items: Sequence[tuple[Draw, str]],
    size: float = SMALL,
) -> float:
    """A how-to-read line of samples and words, wrapped to `width` inches; returns the inches it took."""
    rows = _flow(items, width, size)
    height = key_height(items, width, size)
    axes = inch_axes(figure, left, top, width, height)
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    axes.set_label("key")
    for number, row in enumerate(rows):
        y = 0.23 * number + 0.13
        for x, draw, label in row:
            draw(axes, x, y)
            axes.text(x + SAMPLE + 0.07, y, label, fontsize=size, color=MUTED, va="center_baseline")
    return height


def unit_axis(axes: Axes, labels: bool = True, size: float = SMALL) -> None:
    """A vertical 0..1 axis with a visible zero line."""
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1] if labels else [], ["0", "0.5", "1"] if labels else [])
    quiet(axes, size=size)
    guide_lines(axes, [0.5, 1])
    zero_line(axes)


def zero_line(axes: Axes, vertical: bool = False) -> None:
    """The zero line, darker than the grid and drawn over the panel's edge so that it is never hidden."""
    draw: Any = axes.axvline if vertical else axes.axhline
    draw(0, color=GHOST, linewidth=1.0, zorder=0.8, clip_on=False, gid="zero")
