"""Figures of a calibration: what the record informs (prior against posterior), and what the posterior predicts."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from multivector.show.style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    MUTED,
    TINY,
    VERMILION,
    figure_sentence,
    fit,
    headline,
    inch_axes,
    look,
    mix,
    new_figure,
    quiet,
)

__all__ = ["plot_identifiability", "plot_predictive"]

_WIDTH, _NAMES, _ROW, _TAIL = 9.0, 3.5, 0.42, 1.5


def plot_identifiability(whole: dict[str, Any]) -> Figure:
    """Posterior median and 90 % interval of each parameter within its prior, 0 to 1 being the prior's ends."""
    rows = sorted(whole["parameters"].items(), key=lambda item: item[1]["width_ratio"])
    with look():
        figure = new_figure(_WIDTH, 1.6 + _ROW * len(rows))
        note = "Line: 90 % interval of the posterior; band: the prior's; cross: the record's default."
        top = headline(figure, "What the record says about the parameters", note)
        tall = _ROW * len(rows)
        axes = inch_axes(figure, _NAMES, top, _WIDTH - _NAMES - _TAIL, tall)
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_yticks(range(len(rows)))
        axes.set_yticklabels([fit(f"{one['name']} ({path})", _NAMES - 0.3, TINY) for path, one in rows], fontsize=TINY)
        axes.set_xticks([0.0, 0.5, 1.0])
        axes.set_xticklabels(["low end of the prior", "", "high end"])
        quiet(axes, size=TINY)
        for place, (_, one) in enumerate(rows):
            low, high = one["prior"]
            at = [(one[key] - low) / (high - low) for key in ("low", "median", "high", "default")]
            tone = BLUE if one["informed"] else MUTED
            axes.barh(place, 0.9, left=0.05, height=0.7, color=mix(FAINT, 0.5), linewidth=0, zorder=0)
            axes.plot([at[0], at[2]], [place] * 2, color=tone, linewidth=2.0)
            axes.plot(at[1], place, marker="o", markersize=5.5, color=tone)
            axes.plot(at[3], place, marker="x", markersize=5.0, color=INK)
            word = "informed" if one["informed"] else "not informed"
            text = f"{one['width_ratio']:.0%}, {word}"
            axes.text(1.04, place, text, va="center", fontsize=TINY, color=tone, clip_on=False)
        informed = sum(bool(one["informed"]) for _, one in rows)
        said = f"{informed} of {len(rows)} parameters are informed: the record clearly narrows their 90 % interval."
        figure_sentence(figure, said, used=top + tall + 0.35)
    return figure


def _tone(one: dict[str, Any]) -> str:
    if one["left_out"] is not None:
        return MUTED
    return GREEN if one["reproduced"] else VERMILION


def plot_predictive(whole: dict[str, Any]) -> Figure:
    """Each statistic on record (diamond, with its error) beside what worlds of the posterior give (90 % line)."""
    rows = list(whole["statistics"].items())
    with look():
        figure = new_figure(_WIDTH, 1.6 + _ROW * len(rows))
        note = "Logits (of a spread: its logarithm). Line: 90 % of the worlds; diamond: the record ± 1.6 errors."
        top = headline(figure, "What the calibrated model gives, and what was observed", note)
        tall = _ROW * len(rows)
        axes = inch_axes(figure, _NAMES, top, _WIDTH - _NAMES - _TAIL, tall)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_yticks(range(len(rows)))
        axes.set_yticklabels([fit(name, _NAMES - 0.3, TINY) for name, _ in rows], fontsize=TINY)
        quiet(axes, size=TINY)
        axes.axvline(0.0, color=FAINT, linewidth=1.0)
        for place, (_, one) in enumerate(rows):
            tone = _tone(one)
            axes.plot([one["low"], one["high"]], [place + 0.12] * 2, color=BLUE, linewidth=2.0)
            axes.plot(one["median"], place + 0.12, marker="o", markersize=5.0, color=BLUE)
            slack = 1.645 * one["error"]
            axes.errorbar(one["record"], place - 0.14, xerr=slack, fmt="D", color=tone, markersize=4.5, linewidth=1.0)
        axes.margins(x=0.08)
        for place, (_, one) in enumerate(rows):
            word = "reproduced" if one["reproduced"] else "not reproduced"
            word = word if one["left_out"] is None else "not fitted"
            tone = _tone(one)
            right = axes.get_xlim()[1]
            axes.text(right, place, f"  {word}", va="center", fontsize=TINY, color=mix(tone, 0.8, INK), clip_on=False)
        fitted = [one for _, one in rows if one["left_out"] is None]
        good, rest = (sum(bool(one["reproduced"]) for one in some) for some in (fitted, [one for _, one in rows]))
        said = f"{good} of {len(fitted)} fitted statistics are reproduced"
        left = len(rows) - len(fitted)
        said += f", and {rest - good} of {left} that are left out." if left else "."
        figure_sentence(figure, said, used=top + tall + 0.35)
    return figure
