"""The fan: the ties to every power by domain, over time, at a date, and as an emblem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multivector.show.marks import (
    BAND_50,
    BAND_90,
    Draw,
    apart,
    block_sample,
    dot_sample,
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
    zero_line,
)
from multivector.show.style import (
    BODY,
    FAINT,
    INK,
    MUTED,
    SMALL,
    TINY,
    Dash,
    figure_sentence,
    fit,
    headline,
    inch_axes,
    inch_text,
    mix,
    new_figure,
    quiet,
    text_width,
)
from multivector.show.view import (
    ADJECTIVES,
    DOMAINS,
    Pair,
    Source,
    View,
    drawing,
    month_name,
    number,
    of_worlds,
    pair_of,
    plural,
    the,
)

SAMPLE_STYLES: dict[str, Dash] = {
    "typical": "-",
    "most open": (0, (5, 1.5, 1, 1.5)),
    "most closed": (0, (1, 1)),
    "most different": (0, (3, 1.2)),
}
"""The worlds shown one by one, and how they are drawn."""


def sample_worlds(view: View) -> dict[str, int]:
    """Rows of the worlds shown one by one, picked by rule and never by hand.

    typical: its ties lie nearest to the median ties (root mean square over months, powers and domains);
    most open and most closed: highest and lowest mean total engagement over the last 12 months (and not the
    effective number of vectors, which hardly moves and calls a world whose ties all halve as open as before);
    most different: its ties lie farthest from the median. No world is picked twice; one world gives none.
    """
    if view.count < 2 or not len(view.months):
        return {}
    gap = view.ties - view.tie_bands[2]
    count = np.maximum(np.isfinite(gap).sum(axis=(1, 2, 3)), 1)
    distance = np.sqrt(np.nansum(gap**2, axis=(1, 2, 3)) / count)
    total = view.column("total_engagement")[:, -12:]
    if not np.isfinite(total).any():
        total = np.nansum(view.ties[:, -12:], axis=(2, 3))
    level = np.nansum(total, axis=1) / np.maximum(np.isfinite(total).sum(axis=1), 1)
    picks: dict[str, int] = {}
    for name, order in (
        ("typical", np.argsort(distance, kind="stable")),
        ("most open", np.argsort(-level, kind="stable")),
        ("most closed", np.argsort(level, kind="stable")),
        ("most different", np.argsort(-distance, kind="stable")),
    ):
        free = [int(k) for k in order if int(k) not in picks.values()]
        if free:
            picks[name] = free[0]
    return picks


_PLACE = {"politics": "politics", "economy": "the economy", "security": "security"}


@dataclass(frozen=True)
class Move:
    """The largest shift of a median tie away from its reference at a month."""

    power: int
    domain: int
    start: float
    before: float
    after: float
    lower: int
    higher: int
    counted: int


def largest_move(pair: Pair, month: int, domains: Sequence[int]) -> Move | None:
    """The tie whose median is farthest from the baseline at `month`, and in how many worlds it is lower."""
    gap = pair.run.tie_bands[2][month] - pair.ties[month]
    gap = gap[:, list(domains)]
    if not np.isfinite(gap).any():
        return None
    power, column = np.unravel_index(int(np.nanargmax(np.abs(gap))), gap.shape)
    p, d = int(power), domains[int(column)]
    shift = pair.shift(month, p, d)
    known = shift[np.isfinite(shift)]
    return Move(
        p,
        d,
        float(pair.run.tie_bands[2, 0, p, d]),
        float(pair.ties[month, p, d]),
        float(pair.run.tie_bands[2][month, p, d]),
        int((known < 0).sum()),
        int((known > 0).sum()),
        len(known),
    )


def fan_sentence(pair: Pair, month: int, domains: Sequence[int]) -> str:
    """What the fan shows, from the data: the largest move, and in how many worlds it goes that way."""
    run = pair.run
    move = largest_move(pair, month, domains) if run.count else None
    if move is None:
        return "There is no tie to show."
    what = f"the {ADJECTIVES[DOMAINS[move.domain]]} tie with {the(run.names[run.powers[move.power]])}"
    date = month_name(run.x[month])
    if abs(move.after - move.before) < 0.005:
        return f"No tie has moved by {date}: every median is within 0.005 of {pair.name}."
    verb = _verb(move.start, move.after)
    values = (
        f"{verb} from {number(move.start)} to {number(move.after)}"
        if verb
        else f"stays at {number(move.after)}"
    )
    text = f"Largest move: {'the median of ' if run.count > 1 else ''}{what} {values} by {date}"
    side = "below" if move.after < move.before else "above"
    if pair.baseline is not None:
        text += f", {number(abs(move.after - move.before))} {side} {pair.name}"
    if run.count == 1:
        return f"{text}."
    hits = move.lower if side == "below" else move.higher
    against = "the same world of the baseline" if pair.paired else "it" if pair.baseline else "its start"
    return f"{text}; in {of_worlds(hits, move.counted)} it ends {side} {against}."


def _verb(before: float, after: float) -> str:
    if abs(after - before) < 0.005:
        return ""
    return "falls" if after < before else "rises"


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


@drawing
def plot_fan(
    run: Source, baseline: Source | None = None, domain: str | None = None, date: str | None = None
) -> Figure:
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
        return _empty("The fan", view)
    month = view.month_index(date)
    blocks = _blocks(len(view.powers))
    columns = len(blocks[0])
    left, gap, right = 1.32, 0.47, 0.55
    panel = float(np.clip((10.6 - left - right + gap) / columns - gap, 1.15, 3.4))
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
    top = headline(
        figure, f"The fan: {view.title}", view.note("One panel per power and domain, all axes shared.")
    )
    for block in blocks:
        for place, p in enumerate(block):
            x0 = left + place * (panel + gap)
            _power_name(figure, view, p, x0, top, panel + gap - 0.05)
            for row, d in enumerate(domains):
                y0 = top + top_room + row * (height + row_gap)
                axes = inch_axes(figure, x0, y0, panel, height)
                axes.set_label(f"{view.powers[p]} {DOMAINS[d]}")
                _fan_panel(axes, pair, p, d, picks)
                unit_axis(axes, labels=place == 0)
                month_axis(axes, view.x, labels=row == len(domains) - 1, most=max(2, int(panel / 0.44)))
                if row == 0:
                    event_ticks(axes, events, panel)
                else:
                    event_lines(axes, events)
                if date is not None:
                    axes.axvline(view.x[month], color=INK, linewidth=1.0, gid="date", zorder=0.7)
                if place == 0:
                    inch_text(
                        figure, 0.15, y0 + height / 2, DOMAINS[d].capitalize(), fontsize=BODY, va="center"
                    )
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
            color=mix(look.color, 0.35, "#000000"),
            linewidth=0.6,
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
            (view.x[-1], end),
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
    marker = inch_axes(figure, left, top + 0.02, 0.16, 0.18)
    marker.set_axis_off()
    marker.set_label("marker")
    marker.plot([0.5], [0.5], marker=look.marker, color=look.color, markersize=7, linestyle="", clip_on=False)
    marker.set_xlim(0, 1)
    marker.set_ylim(0, 1)
    name = fit(view.names[view.powers[power]], room - 0.2, BODY, "bold")
    inch_text(figure, left + 0.2, top + 0.11, name, fontsize=BODY, fontweight="bold", va="center_baseline")


def _fan_key(pair: Pair, samples: bool) -> list[tuple[Draw, str]]:
    items: list[tuple[Draw, str]] = [
        (line_sample(INK, 1.8), "median" if pair.run.count > 1 else "the one world")
    ]
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


def _empty(title: str, view: View) -> Figure:
    figure = new_figure(7.6, 1.0)
    headline(figure, f"{title}: {view.title}", view.note())
    figure_sentence(figure, "There is nothing to draw.")
    return figure


@drawing
def plot_rows(run: Source, baseline: Source | None = None, date: str | None = None) -> Figure:
    """The main picture at a date: interval rows, sorted by median within each domain, on one 0..1 axis.

    Args:
        run: the ensemble.
        baseline: an ensemble to compare with; without it the tick is the value at the start.
        date: a month (`YYYY-MM`); the last one if None.

    Raises:
        ValueError: for a date outside the run.
    """
    pair = pair_of(run, baseline)
    view = pair.run
    if not view.count or not view.powers:
        return _empty("The fan at a date", view)
    month = view.month_index(date)
    names = [fit(view.names[p], 2.2, BODY) for p in view.powers]
    left = max(text_width(n, BODY) for n in names) + 0.55
    plot, right, step = 5.2, 1.9, 0.32
    width = left + plot + right
    rows = len(view.powers)
    height = rows * step + 0.1
    items = _rows_key(pair)
    figure = new_figure(width, 1.6 + 3 * (height + 0.42) + 0.5 + key_height(items, width - 0.3))
    note = view.note("Rows are sorted by their median within each domain.")
    top = headline(figure, f"Ties in {month_name(view.x[month])}: {view.title}", note)
    for d, domain in enumerate(DOMAINS):
        inch_text(figure, 0.15, top, domain.capitalize(), fontsize=BODY, fontweight="bold")
        if d == 0:
            inch_text(
                figure,
                left + plot + 0.15,
                top + 0.02,
                "median (50 % of worlds)" if view.count > 1 else "tie",
                color=MUTED,
                fontsize=TINY,
            )
        top += 0.26
        axes = inch_axes(figure, left, top, plot, height)
        axes.set_label(f"rows {domain}")
        bands = view.tie_bands[:, month, :, d]
        order = np.argsort(-np.nan_to_num(bands[2], nan=-1.0), kind="stable")
        for row, p in enumerate(order):
            look = view.looks[view.powers[p]]
            axes.axhline(row, color=FAINT, linewidth=0.5, zorder=0.4)
            _interval(axes, row, bands[:, p], look.color, look.marker, view.count > 1)
            tick = float(pair.ties[month, p, d])
            if np.isfinite(tick):
                axes.plot(
                    [tick, tick],
                    [row - 0.36, row + 0.36],
                    color=INK,
                    linewidth=1.3,
                    zorder=3.5,
                    gid="baseline",
                )
            axes.text(
                -0.22 / plot,
                row,
                names[p],
                transform=axes.get_yaxis_transform(),
                ha="right",
                va="center_baseline",
                fontsize=BODY,
            )
            axes.plot(
                [-0.1 / plot],
                [row],
                transform=axes.get_yaxis_transform(),
                marker=look.marker,
                color=look.color,
                markersize=6.5,
                clip_on=False,
            )
            value = number(float(bands[2, p]))
            if view.count > 1 and np.isfinite(bands[:, p]).all():
                value += f" ({number(float(bands[1, p]))}–{number(float(bands[3, p]))})"
            axes.text(
                1 + 0.15 / plot,
                row,
                value,
                transform=axes.get_yaxis_transform(),
                va="center_baseline",
                fontsize=SMALL,
                color=MUTED,
            )
        axes.set_ylim(rows - 0.4, -0.6)
        axes.set_xlim(0, 1)
        axes.set_yticks([])
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"] if d == 2 else [""] * 5)
        quiet(axes, grid="x")
        zero_line(axes, vertical=True)
        top += height + 0.16
    inch_text(figure, left + plot / 2, top + 0.12, "tie (0 none, 1 closest)", color=MUTED, ha="center")
    top += 0.42
    top += draw_key(figure, 0.15, top, width - 0.3, items)
    figure_sentence(figure, rows_sentence(pair, month), used=top)
    return figure


def _interval(axes: Axes, row: float, bands: np.ndarray, color: str, marker: str, spread: bool) -> None:
    """A thin bar (90 %), a thick bar (50 %) and a dot (median)."""
    if spread:
        axes.plot(
            [bands[0], bands[4]], [row, row], color=mix(color, 0.55), linewidth=2.2, gid="band90", zorder=1
        )
        axes.plot([bands[1], bands[3]], [row, row], color=color, linewidth=6.5, gid="band50", zorder=1.5)
    axes.plot(
        [bands[2]],
        [row],
        color="white",
        marker=marker,
        markersize=6.5,
        markeredgecolor=INK,
        markeredgewidth=1.0,
        linestyle="",
        gid="median",
        zorder=4,
    )


def _rows_key(pair: Pair) -> list[tuple[Draw, str]]:
    items: list[tuple[Draw, str]] = [(dot_sample(INK, "o", filled=False), "median")]
    if pair.run.count > 1:
        items += [
            (line_sample(INK, 6.5), "50 % of worlds"),
            (line_sample(mix(INK, 0.55), 2.2), "90 % of worlds"),
        ]

    def tick(axes: Axes, x: float, y: float) -> None:
        axes.plot([x + 0.17, x + 0.17], [y - 0.08, y + 0.08], color=INK, linewidth=1.3)

    return [*items, (tick, pair.label)]


def rows_sentence(pair: Pair, month: int) -> str:
    """Which power is closest in each domain, and how sure that is."""
    view = pair.run
    parts = []
    for d, domain in enumerate(DOMAINS):
        ties = view.ties[:, month, :, d]
        known = np.isfinite(ties).all(axis=1)
        if not known.any():
            continue
        winners = np.argmax(ties[known], axis=1)
        best = int(np.bincount(winners, minlength=len(view.powers)).argmax())
        hits, whole = int((winners == best).sum()), int(known.sum())
        name = the(view.names[view.powers[best]])
        parts.append(
            f"{name} in {_PLACE[domain]}" + (f" ({of_worlds(hits, whole)})" if view.count > 1 else "")
        )
    if not parts or len(view.powers) < 2:
        return fan_sentence(pair, month, range(len(DOMAINS)))
    return f"The closest partner in {month_name(view.x[month])}: {', '.join(parts)}."


@drawing
def plot_emblem(run: Source, date: str | None = None, baseline: Source | None = None) -> Figure:
    """The arrow fan: an emblem, in fixed order, length = median tie, no area; lengths are read in the rows.

    Args:
        run: the ensemble.
        date: a month (`YYYY-MM`); the last one if None.
        baseline: its ticks cross the arrows; without it they stand at the value at the start.

    Raises:
        ValueError: for a date outside the run.
    """
    pair = pair_of(run, baseline)
    view = pair.run
    if not view.count or not view.powers:
        return _empty("The arrow fan", view)
    month = view.month_index(date)
    radius, above = 1.3, 0.3
    angles = np.linspace(180 - 14, 14, len(view.powers)) if len(view.powers) > 1 else np.array([90.0])
    ends = 1.09 * radius * np.abs(np.cos(np.radians(angles)))
    names = [fit(view.names[p], 1.25, TINY) for p in view.powers]
    side = max(float(e) + text_width(n, TINY) for e, n in zip(ends, names, strict=True)) - radius + 0.08
    width = 3 * 2 * (radius + side) + 0.3
    figure = new_figure(width, 1.4 + radius + above + 0.5)
    note = f"{view.note()} Emblem: angles mean nothing, read lengths in the rows."
    top = headline(figure, f"The arrow fan in {month_name(view.x[month])}: {view.title}", note)
    for d, domain in enumerate(DOMAINS):
        x0 = 0.15 + d * 2 * (radius + side)
        axes = inch_axes(figure, x0, top, 2 * (radius + side), radius + above + 0.4)
        axes.set_label(f"emblem {domain}")
        reach = 1 + side / radius
        axes.set_xlim(-reach, reach)
        axes.set_ylim(-0.4 / radius, 1 + above / radius)
        axes.set_axis_off()
        arc = np.radians(np.linspace(0, 180, 61))
        for level in (0.5, 1.0):
            axes.plot(level * np.cos(arc), level * np.sin(arc), color=FAINT, linewidth=0.7, zorder=0.3)
        _arrows(axes, pair, month, d, angles, names)
        axes.text(
            0, -0.13 / radius, domain.capitalize(), fontsize=BODY, fontweight="bold", ha="center", va="top"
        )
    figure_sentence(figure, emblem_sentence(pair, month), used=top + radius + above + 0.4)
    return figure


def _arrows(axes: Axes, pair: Pair, month: int, domain: int, angles: np.ndarray, names: list[str]) -> None:
    view = pair.run
    many = len(view.powers) > 6
    tips = np.column_stack([1.09 * np.cos(np.radians(angles)), 1.09 * np.sin(np.radians(angles))])
    for side in (-1, 1):  # names keep apart on each side
        mine = [i for i in range(len(angles)) if (np.cos(np.radians(angles[i])) < -1e-9) == (side < 0)]
        tips[mine, 1] = apart(tips[mine, 1].tolist(), 0.13 if many else 0.1, 0.0, 1.4)
    for p, power in enumerate(view.powers):
        look = view.looks[power]
        length = float(view.tie_bands[2, month, p, domain])
        way = np.array([np.cos(np.radians(angles[p])), np.sin(np.radians(angles[p]))])
        if np.isfinite(length):
            end = length * way
            axes.annotate(
                "",
                (float(end[0]), float(end[1])),
                (0, 0),
                zorder=2,
                gid="arrow",
                arrowprops={
                    "arrowstyle": "-|>,head_length=0.5,head_width=0.25",
                    "color": look.color,
                    "linewidth": 2.4,
                    "shrinkA": 0,
                    "shrinkB": 0,
                    "mutation_scale": 12,
                },
            )
        tick = float(pair.ties[month, p, domain])
        if np.isfinite(tick):
            across = 0.05 * np.array([-way[1], way[0]])
            ends = np.array([tick * way - across, tick * way + across])
            axes.plot(ends[:, 0], ends[:, 1], color=INK, linewidth=1.2, zorder=3, gid="baseline")
        align = "right" if way[0] < -0.2 else "left" if way[0] > 0.2 else "center"
        axes.text(
            tips[p, 0],
            tips[p, 1],
            names[p],
            fontsize=TINY,
            ha=align,
            va="center" if align != "center" else "bottom",
            color=INK,
        )


def emblem_sentence(pair: Pair, month: int) -> str:
    """The longest and the shortest arrow of each domain."""
    view = pair.run
    parts = []
    for d, domain in enumerate(DOMAINS):
        tie = view.tie_bands[2, month, :, d]
        if len(view.powers) > 1 and np.isfinite(tie).any():
            longest = view.names[view.powers[int(np.nanargmax(tie))]]
            parts.append(f"{the(longest)} in {_PLACE[domain]} ({number(float(np.nanmax(tie)))})")
    lead = (
        f"Each arrow is as long as the median tie of {plural(view.count, 'world')}; ticks mark {pair.name}."
    )
    return f"{lead} The longest: {', '.join(parts)}." if parts else lead
