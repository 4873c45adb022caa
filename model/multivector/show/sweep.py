"""What a change does to the fan, directly and through decisions; and scenarios side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multivector.lab.measures import MEASURED, outcome_words
from multivector.show.marks import (
    BAND_90,
    Draw,
    apart,
    block_sample,
    draw_key,
    line_sample,
    nice_ticks,
    zero_line,
)
from multivector.show.style import (
    BLUE,
    BODY,
    FAINT,
    GHOST,
    INK,
    MUTED,
    SMALL,
    TINY,
    Dash,
    Look,
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
    power_looks,
    printable,
    quiet,
    text_width,
    wrap,
)
from multivector.show.view import drawing
from multivector.show.words import digits_for, plural, signed, the

PARTS: dict[str, tuple[str, str, Dash, str]] = {
    "total": ("total", "", "-", "o"),
    "direct": ("direct: the same decisions replayed", INK, (0, (5, 1.6)), "s"),
    "decided": ("decided: the president’s response", MUTED, (0, (1.2, 1.2)), "D"),
}
"""The parts of a shift: words, colour (the total takes the power's), line style, marker."""

DEFAULT_OUTCOMES = (
    "total_engagement",
    "openness",
    "dependence",
    "autonomy",
    "approval",
    "protest",
    "hazard_annual",
    "hazard",
    "congruence_public",
    "congruence_informal",
    "congruence_formal",
)
"""What `plot_compare` shows unless told otherwise: those of them that the table has."""


def outcome_label(name: str, names: Mapping[str, str] | None = None) -> str:
    """What people call an outcome, `tie.russia.politics` included; the first letter is a capital."""
    if name.startswith("tie.") and name.count(".") == 2:
        _, power, domain = name.split(".")
        label = f"tie with {the((names or {}).get(power, power.capitalize()))}, {domain}"
    else:
        label = outcome_words(name) if name in MEASURED else name.replace("_", " ")
    label = printable(label)
    return label[:1].upper() + label[1:]


@drawing
def plot_split_sweep(
    table: pd.DataFrame,
    names: Mapping[str, str] | None = None,
    note: str = "",
    title: str = "What pressure does",
    axis: str = "pressure (0 to 1)",
) -> Figure:
    """Small multiples of a sweep whose shifts are split: columns = what is varied, rows = outcomes.

    Args:
        table: columns factor (a power's id, or the name of what is varied), value, outcome, part (total, direct,
            decided), median, p5, p95: shifts against the same worlds without the change.
        names: display names of the factors and powers.
        note: what varies (`100 worlds: chance only`).
        title: the figure's title.
        axis: what the values are.
    """
    parts = [p for p in PARTS if (table["part"] == p).any()] if len(table) else []
    if not parts:
        return empty_figure(title, note)
    powers = list(dict.fromkeys(table["factor"].astype(str)))
    outcomes = list(dict.fromkeys(table["outcome"].astype(str)))
    looks = power_looks(powers)
    called = {p: printable((names or {}).get(p, p.capitalize())) for p in powers}
    left, gap, right, height, row_gap = 0.85, 0.22, 0.95, 1.45, 0.62
    panel = float(np.clip((10.6 - left - right + gap) / len(powers) - gap, 1.05, 3.2))
    width = max(left + len(powers) * (panel + gap) - gap + right, 7.6)
    figure = new_figure(width, 3.2 + len(outcomes) * (height + row_gap))
    said = f"{note.rstrip('.')}. " if note else ""
    top = headline(
        figure,
        title,
        f"{said}Columns: what is varied, one at a time. Shift of each outcome against the same worlds at the base "
        "value; axes are shared along a row.",
    )
    for place, power in enumerate(powers):
        x0 = left + place * (panel + gap)
        inch_marker(figure, x0 + 0.08, top + 0.11, looks[power])
        size = fitting_size(list(called.values()), panel + gap - 0.28, "bold")
        label = fit(called[power], panel + gap - 0.28, size, "bold")
        inch_text(figure, x0 + 0.2, top + 0.11, label, fontsize=size, fontweight="bold", va="center_baseline")
    top += 0.36
    for outcome in outcomes:
        mine = table[table["outcome"] == outcome]
        inch_text(figure, left, top, outcome_label(outcome, names), fontsize=SMALL, color=MUTED)
        top += 0.28
        bounds = mine[["median", "p5", "p95"]].to_numpy(dtype=float)
        low, high = float(np.nanmin(bounds, initial=0.0)), float(np.nanmax(bounds, initial=0.0))
        room = max(high - low, 1e-6)
        limits = (low - 0.06 * room, high + 0.06 * room)
        for place, power in enumerate(powers):
            x0 = left + place * (panel + gap)
            axes = inch_axes(figure, x0, top, panel, height)
            axes.set_label(f"sweep {power} {outcome}")
            ends = _sweep_panel(axes, mine[mine["factor"] == power], parts, looks[power])
            axes.set_ylim(*limits)
            _signed_ticks(axes, room, limits, labels=place == 0)
            _value_axis(axes, table[table["factor"] == power], labels=outcome == outcomes[-1])
            quiet(axes, grid="y")
            zero_line(axes)
            if place == len(powers) - 1:
                spots = apart([v for _, v in ends], 0.17 * (limits[1] - limits[0]) / height, *limits)
                for (name, _), spot in zip(ends, spots, strict=True):
                    axes.text(
                        1 + 0.08 / panel,
                        float(spot),
                        name,
                        transform=axes.get_yaxis_transform(),
                        va="center",
                        fontsize=SMALL,
                        gid="part-label",
                    )
        top += height + row_gap - 0.28
    inch_text(figure, left, top - 0.02, axis, color=MUTED)
    top += 0.28
    items: list[tuple[Draw, str]] = []
    for part in parts:
        words, color, dash, marker = PARTS[part]
        items.append((line_sample(color or BLUE, 1.8 if part == "total" else 1.3, dash, marker), words))
    if "total" in parts:
        items.append((block_sample(mix(BLUE, BAND_90)), "90 % of worlds (total)"))
    if len(parts) > 1:
        items.append((line_sample(GHOST, 0.9), "thin bars: 90 % of worlds (parts)"))
    top += draw_key(figure, 0.15, top, width - 0.3, items)
    figure_sentence(figure, sweep_sentence(table, called, names), used=top)
    return figure


def _sweep_panel(axes: Axes, table: pd.DataFrame, parts: Sequence[str], look: Look) -> list[tuple[str, float]]:
    """The lines of one panel; returns (part, last median) for direct labels."""
    ends: list[tuple[str, float]] = []
    for place, part in enumerate(parts):
        mine = table[table["part"] == part].sort_values("value")
        if not len(mine):
            continue
        x, middle, low, high = (mine[c].to_numpy(dtype=float) for c in ("value", "median", "p5", "p95"))
        _, own, dash, marker = PARTS[part]
        if part == "total":
            axes.fill_between(x, low, high, color=mix(look.color, BAND_90), linewidth=0, zorder=1, gid="band90")
        else:
            axes.vlines(
                x + 0.008 * (place - 1.5),
                low,
                high,
                color=mix(own, 0.6),
                linewidth=0.9,
                zorder=1.5,
                gid=f"spread {part}",
            )
        axes.plot(
            x,
            middle,
            color=own or look.color,
            linestyle=dash,
            marker=marker if own else look.marker,
            markersize=3.5 if own else 4.5,
            linewidth=1.8 if not own else 1.3,
            zorder=3 if not own else 2.5,
            gid=f"median {part}",
        )
        if np.isfinite(middle[-1]):
            ends.append((part, float(middle[-1])))
    return ends


def _signed_ticks(axes: Axes, room: float, limits: tuple[float, float], labels: bool) -> None:
    steps = nice_ticks(room, 4)
    size = steps[1] if len(steps) > 1 else room
    ticks = np.arange(np.ceil(limits[0] / size), np.floor(limits[1] / size) + 1) * size
    texts = ["0" if t == 0 else f"{t:+g}".replace("-", "−") for t in np.round(ticks, 12) + 0.0]
    axes.set_yticks(ticks, texts if labels else [""] * len(ticks))


def _value_axis(axes: Axes, table: pd.DataFrame, labels: bool) -> None:
    values = table["value"].to_numpy(dtype=float)
    low, high = float(values.min()), float(values.max())
    pad = 0.05 * (high - low) if high > low else 0.1
    axes.set_xlim(low - pad, high + pad)
    ticks = np.unique(np.round([low, (low + high) / 2, high], 6))
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks] if labels else [""] * len(ticks))


def sweep_sentence(table: pd.DataFrame, called: Mapping[str, str], names: Mapping[str, str] | None = None) -> str:
    """Per factor, the first outcome's shift at the highest value, split into its two parts."""
    first = str(table["outcome"].iloc[0])
    label = outcome_label(first, names)
    label = label[:1].lower() + label[1:]
    told = []
    for power, name in called.items():
        mine = table[(table["factor"] == power) & (table["outcome"] == first)]
        if not len(mine):
            continue
        high = float(mine["value"].max())
        at = mine[mine["value"] == high]
        middle = {str(part): float(m) for part, m in zip(at["part"], at["median"], strict=True)}
        if "total" not in middle:
            continue
        total = middle["total"]
        digits = digits_for(abs(total))
        text = f"{the(name)} at {high:g}: {signed(total, digits)}"
        if "direct" in middle and "decided" in middle:
            text += (
                f" ({signed(middle['direct'], digits)} directly, {signed(middle['decided'], digits)} through decisions)"
            )
        told.append((abs(total), text))
    told.sort(key=lambda item: -item[0])
    if not told:
        return "There is no total shift to read."
    more = f"; {plural(len(told) - 3, 'other')} less" if len(told) > 3 else ""
    medians = " Medians of parts need not add up exactly." if "(" in told[0][1] else ""
    return f"Median shift of {label} by what is varied: {'; '.join(text for _, text in told[:3])}{more}.{medians}"


@drawing
def plot_compare(
    table: pd.DataFrame,
    outcomes: Sequence[str] | None = None,
    names: Mapping[str, str] | None = None,
    note: str = "",
    when: str = "end",
) -> Figure:
    """Outcomes x scenarios: paired mean differences with 90 % intervals, each row on its own scale.

    Args:
        table: columns outcome, difference, low, high, and if there are any: scenario, base_scenario, when,
            noise_removed, worlds (as `lab.compare` makes it).
        outcomes: which to show, in order; the usual ones if None.
        names: display names of powers and scenarios.
        note: what varies.
        when: "end" or "run", if the table has both.
    """
    mine = table[table["when"] == when] if "when" in table and (table["when"] == when).any() else table
    there = list(dict.fromkeys(mine["outcome"].astype(str))) if len(mine) else []
    chosen = [o for o in (outcomes or DEFAULT_OUTCOMES) if o in there] or there[:12]
    if "hazard_annual" in chosen and outcomes is None:
        chosen = [o for o in chosen if o != "hazard"]
    if not chosen:
        return empty_figure("Scenarios compared", note, "There is nothing to compare.")
    mine = mine.assign(scenario=mine["scenario"].astype(str) if "scenario" in mine else "changed")
    scenarios = list(dict.fromkeys(mine["scenario"]))
    base = str(mine["base_scenario"].iloc[0]) if "base_scenario" in mine else "the base"
    labels = [fit(outcome_label(o, names), 3.1, SMALL) for o in chosen]
    left = max(text_width(v, SMALL) for v in labels) + 0.45
    cell = float(np.clip((10.6 - left) / len(scenarios), 1.75, 3.2))
    width = max(left + cell * len(scenarios) + 0.15, 7.6)
    figure = new_figure(width, 3.0 + 0.46 * len(chosen))
    worlds = int(mine["worlds"].max()) if "worlds" in mine and len(mine) else 0
    said = (
        f"{note.rstrip('.')}. " if note else f"{plural(worlds, 'world')}, paired by random numbers. " if worlds else ""
    )
    moment = "in the last month" if when == "end" else "mean over the run"
    top = headline(
        figure,
        f"Against {printable((names or {}).get(base, base))}",
        f"{said}Mean difference ({moment}) with its 90 % interval. Each row has its own scale, centred on "
        "no change: compare along rows, not between them.",
    )
    heads = [wrap((names or {}).get(s, s), cell - 0.2, BODY, "bold", lines=3) for s in scenarios]
    deep = max(len(h) for h in heads)
    height = 0.46 * len(chosen)
    for place, lines in enumerate(heads):
        for n, line in enumerate(lines):
            inch_text(
                figure,
                left + place * cell,
                top + 0.22 * (n + deep - len(lines)),
                line,
                fontsize=BODY,
                fontweight="bold",
            )
    top += 0.22 * deep + 0.1
    plot = cell - 0.85
    for place, scenario in enumerate(scenarios):
        axes = inch_axes(figure, left + place * cell, top, plot, height)
        axes.set_label(f"compare {scenario}")
        for row, outcome in enumerate(chosen):
            rows = mine[mine["outcome"] == outcome]
            scale = float(np.nanmax(np.abs(rows[["difference", "low", "high"]].to_numpy(dtype=float)), initial=0.0))
            _difference(axes, row, rows[rows["scenario"] == scenario], scale, plot)
            if place == 0:
                axes.text(
                    -0.15 / plot,
                    row,
                    labels[row],
                    transform=axes.get_yaxis_transform(),
                    ha="right",
                    va="center_baseline",
                    fontsize=SMALL,
                )
        axes.set_xlim(-1.06, 1.06)
        axes.set_ylim(len(chosen) - 0.5, -0.5)
        axes.set_xticks([])
        axes.set_yticks([])
        quiet(axes)
        zero_line(axes, vertical=True)
    top += height + 0.1
    items: list[tuple[Draw, str]] = [
        (line_sample(BLUE, 2.4, "-", "o"), "interval without zero"),
        (line_sample(GHOST, 2.4, "-", "o"), "interval with zero"),
    ]
    if "noise_removed" in mine:
        items.append((_percent_sample, "share of the noise that pairing removed"))
    top += draw_key(figure, 0.15, top, width - 0.3, items)
    figure_sentence(figure, compare_sentence(mine[mine["outcome"].isin(chosen)], names), used=top)
    return figure


def _percent_sample(axes: Axes, x: float, y: float) -> None:
    axes.text(x + 0.17, y, "94 %", fontsize=TINY - 1, ha="center", va="center_baseline", color=MUTED)


def _difference(axes: Axes, row: int, rows: pd.DataFrame, scale: float, width: float) -> None:
    axes.axhline(row, color=FAINT, linewidth=0.5, zorder=0.4)
    if not len(rows) or not np.isfinite(float(rows["difference"].iloc[0])):
        axes.text(0, row, "no value", fontsize=TINY, color=MUTED, ha="center", va="center")
        return
    one = rows.iloc[0]
    middle, low, high = (float(one[c]) for c in ("difference", "low", "high"))
    size = scale if scale > 0 else 1.0
    color = BLUE if sure(middle, low, high) else GHOST
    if np.isfinite(low) and np.isfinite(high):
        axes.plot([low / size, high / size], [row, row], color=color, linewidth=2.4, zorder=2, gid="interval")
    axes.plot(
        [middle / size],
        [row],
        marker="o",
        markersize=6.5,
        color=color,
        markeredgecolor="white",
        markeredgewidth=0.8,
        linestyle="",
        zorder=3,
        gid="difference",
    )
    noise = float(one["noise_removed"]) if "noise_removed" in rows else float("nan")
    small = f"{100 * noise:.0f} %".replace("-", "−") if np.isfinite(noise) else ""
    axes.text(
        1 + 0.06 / width,
        row,
        signed(middle, digits_for(scale)),
        transform=axes.get_yaxis_transform(),
        va="bottom" if small else "center",
        fontsize=SMALL,
        color=INK,
        gid="number",
    )
    if small:
        axes.text(
            1 + 0.06 / width,
            row + 0.04,
            small,
            transform=axes.get_yaxis_transform(),
            va="top",
            fontsize=TINY - 1,
            color=MUTED,
            gid="noise",
        )


def sure(middle: float, low: float, high: float) -> bool:
    """Whether an interval leaves zero out."""
    return bool(np.isfinite([middle, low, high]).all() and (low > 0 or high < 0))


def compare_sentence(table: pd.DataFrame, names: Mapping[str, str] | None = None) -> str:
    """How many differences are clear of zero, which is the clearest, and what pairing was worth."""
    rows = table.dropna(subset=["difference"])
    clear = [sure(*(float(v) for v in r)) for r in rows[["difference", "low", "high"]].to_numpy(dtype=float)]
    verb = "is" if sum(clear) == 1 else "are"
    text = f"{sum(clear)} of {plural(len(rows), 'difference')} {verb} clear of zero"
    sharp = rows[np.array(clear, dtype=bool)] if len(rows) else rows
    if not len(sharp):
        return f"{text}: the scenarios cannot be told apart on these outcomes."
    half = (sharp["high"] - sharp["low"]).to_numpy(dtype=float) / 2
    best = sharp.iloc[int(np.argmax(np.abs(sharp["difference"].to_numpy(dtype=float)) / np.maximum(half, 1e-12)))]
    label = outcome_label(str(best["outcome"]), names)
    size = abs(float(best["difference"]))
    digits = digits_for(size)
    where = printable((names or {}).get(str(best["scenario"]), best["scenario"]))
    text += (
        f"; the clearest is {label[:1].lower()}{label[1:]} in {where}: "
        f"{signed(float(best['difference']), digits)} (90 % interval {signed(float(best['low']), digits)} to "
        f"{signed(float(best['high']), digits)})"
    )
    if "noise_removed" in rows and rows["noise_removed"].notna().any():
        noise = float(np.nanmedian(rows["noise_removed"].to_numpy(dtype=float)))
        text += f". Pairing removed {100 * noise:.0f} % of the noise (median)".replace("-", "−")
    return f"{text}."
