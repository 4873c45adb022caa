"""The fan over time: small fan charts, one for each power and domain, on shared axes."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multivector.show.marks import (
    BAND_50,
    BAND_90,
    Draw,
    block_sample,
    draw_bands,
    draw_baseline,
    draw_key,
    event_lines,
    event_notes,
    event_ticks,
    events_of,
    key_height,
    line_sample,
    month_axis,
    unit_axis,
)
from multivector.show.reading import fan_sentence, sample_worlds
from multivector.show.style import (
    BODY,
    INK,
    MUTED,
    SMALL,
    TINY,
    Dash,
    empty_figure,
    figure_sentence,
    fit,
    fitting_size,
    headline,
    inch_axes,
    inch_marker,
    inch_text,
    mix,
    new_figure,
)
from multivector.show.view import DOMAINS, Pair, Source, View, drawing, pair_of
from multivector.show.words import number

SAMPLE_STYLES: dict[str, Dash] = {
    "typical": "-",
    "most open": (0, (5, 1.5, 1, 1.5)),
    "most closed": (0, (1, 1)),
    "most different": (0, (3, 1.2)),
}
"""The worlds shown one by one, and how they are drawn."""


@drawing
def plot_fan(run: Source, baseline: Source | None = None, domain: str | None = None, date: str | None = None) -> Figure:
    """The main picture over time: small fan charts on shared axes, rows = domains, columns = powers.

    Args:
        run: the ensemble.
        baseline: an ensemble to compare with; without it the value at the start is the reference.
        domain: one domain only.
        date: a month (`YYYY-MM`) to mark and to speak of in the sentence; the last one if None.

    Raises:
        ValueError: for an unknown domain, or a date outside the run.
    """
    pair = pair_of(run, baseline)
    view = pair.run
    domains = _domains(domain)
    if not view.count or not view.powers:
        return empty_figure(f"The fan: {view.title}", view.note())
    month = view.month_index(date)
    blocks = _blocks(len(view.powers))
    columns = len(blocks[0])
    left, gap, right = 1.32, 0.47, 0.55
    panel = float(np.clip((10.6 - left - right + gap) / columns - gap, 1.15, 5.0))
    width = max(left + columns * (panel + gap) - gap + right, 7.6)
    height = 1.12 if len(domains) > 1 else 1.9
    events = events_of(view)
    picks = sample_worlds(view)
    items = _fan_key(pair, bool(picks))
    notes = event_notes(events, width - 0.3)

    row_gap, top_room = 0.14, 0.64
    block_height = top_room + len(domains) * (height + row_gap) + 0.3
    head = 1.2
    foot = key_height(items, width - 0.3) + 0.2 * len(notes) + 0.1
    figure = new_figure(width, head + len(blocks) * block_height + foot)
    top = headline(figure, f"The fan: {view.title}", view.note("One panel per power and domain, all axes shared."))
    for block in blocks:
        for place, p in enumerate(block):
            x0 = left + place * (panel + gap)
            _power_name(figure, view, p, x0, top, panel + gap - 0.12)
            for row, d in enumerate(domains):
                y0 = top + top_room + row * (height + row_gap)
                axes = inch_axes(figure, x0, y0, panel, height)
                axes.set_label(f"{view.powers[p]} {DOMAINS[d]}")
                unit_axis(axes, labels=place == 0)
                month_axis(axes, view.x, labels=row == len(domains) - 1, most=max(2, int(panel / 0.44)))
                _fan_panel(axes, pair, p, d, picks)
                if row == 0:
                    event_ticks(axes, events, panel)
                else:
                    event_lines(axes, events)
                if date is not None:
                    axes.axvline(view.x[month], color=INK, linewidth=1.0, gid="date", zorder=0.7)
                if place == 0:
                    inch_text(figure, 0.15, y0 + height / 2, DOMAINS[d].capitalize(), fontsize=BODY, va="center")
        top += block_height
    top += draw_key(figure, 0.15, top, width - 0.3, items)
    for line in notes:
        inch_text(figure, 0.15, top + 0.02, line, fontsize=TINY, color=MUTED)
        top += 0.21
    figure_sentence(figure, fan_sentence(pair, month, domains), used=top)
    return figure


def _fan_panel(axes: Axes, pair: Pair, power: int, domain: int, picks: dict[str, int]) -> None:
    view = pair.run
    look = view.looks[view.powers[power]]
    bands = view.tie_bands[:, :, power, domain]
    draw_bands(axes, view.x, bands, look.color, spread=view.count > 1)
    draw_baseline(axes, view.x, pair.ties[:, power, domain])
    for name, world in picks.items():
        axes.plot(
            view.x,
            view.ties[world, :, power, domain],
            color=mix(look.color, 0.5, "#000000"),
            linewidth=0.55,
            linestyle=SAMPLE_STYLES[name],
            zorder=2,
            gid=f"world {name}",
        )
    end = float(bands[2, -1])
    if np.isfinite(end):
        axes.plot(
            [view.x[-1]],
            [end],
            marker=look.marker,
            color=look.color,
            markersize=4.5,
            clip_on=False,
            zorder=4,
            linestyle="",
            gid="end",
        )
        axes.annotate(
            number(end),
            (axes.get_xlim()[1], end),
            (6, 0),
            textcoords="offset points",
            fontsize=SMALL,
            va="center",
            ha="left",
            color=INK,
            annotation_clip=False,
        )


def _power_name(figure: Figure, view: View, power: int, left: float, top: float, room: float) -> None:
    """A power's marker and name over its column."""
    look = view.looks[view.powers[power]]
    inch_marker(figure, left + 0.08, top + 0.11, look)
    size = fitting_size(list(view.names.values()), room - 0.2, "bold")
    name = fit(view.names[view.powers[power]], room - 0.2, size, "bold")
    inch_text(figure, left + 0.2, top + 0.11, name, fontsize=size, fontweight="bold", va="center_baseline")


def _fan_key(pair: Pair, samples: bool) -> list[tuple[Draw, str]]:
    items: list[tuple[Draw, str]] = [(line_sample(INK, 1.8), "median" if pair.run.count > 1 else "the one world")]
    if pair.run.count > 1:
        items += [
            (block_sample(mix(INK, BAND_50)), "50 % of worlds in each month"),
            (block_sample(mix(INK, BAND_90)), "90 % (a single world may leave it)"),
        ]
    items.append((line_sample(INK, 0.9, (0, (4, 2))), pair.label))
    if samples:
        rules = {
            "typical": "world nearest to the median",
            "most open": "most open world (highest total engagement, last 12 months)",
            "most closed": "most closed (lowest)",
            "most different": "farthest from the median",
        }
        items += [(line_sample(INK, 0.8, SAMPLE_STYLES[name]), text) for name, text in rules.items()]
    return items


def _blocks(count: int, most: int = 6) -> list[list[int]]:
    """Powers split into rows of panels, as even as can be, at most `most` in each."""
    rows = max(1, -(-count // most))
    return [list(map(int, part)) for part in np.array_split(np.arange(count), rows) if len(part)]


def _domains(domain: str | None) -> list[int]:
    if domain is None:
        return list(range(len(DOMAINS)))
    if domain not in DOMAINS:
        raise ValueError(f"unknown domain {domain!r}: one of {', '.join(DOMAINS)}")
    return [DOMAINS.index(domain)]
