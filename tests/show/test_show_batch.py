"""Figures of a batch: legible whatever the number of panels, and true to the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from multivector.show.multiples import Line, plot_fans, plot_heat_map, plot_lines
from multivector.show.style import sentence_of

if TYPE_CHECKING:
    from conftest import Eyes

NAMES = {"russia": "Russia", "eu": "European Union", "turkiye": "Türkiye"}
DOMAINS = ("politics", "economy", "security")


def outcomes(shift: float, worlds: int = 30) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    ties = {
        f"tie.{power}.{domain}": np.clip(0.2 + 0.2 * n + shift * (power == "eu") + 0.05 * rng.normal(size=worlds), 0, 1)
        for n, power in enumerate(NAMES)
        for domain in DOMAINS
    }
    return pd.DataFrame({**ties, "autonomy": 0.5 + shift + 0.05 * rng.normal(size=worlds), "weight": 1.0})


@pytest.mark.parametrize("count", [1, 3, 12])
def test_many_panels_are_legible(count: int, eyes: Eyes) -> None:
    groups = {f"Scenario number {n}, with quite a long name": outcomes(0.02 * n) for n in range(count)}
    means = pd.DataFrame({name: table[["autonomy"]].mean() for name, table in groups.items()})
    spreads = pd.DataFrame({name: table[["autonomy"]].std() for name, table in groups.items()})
    levels = np.array([0.1, 0.5, 0.9])
    bands = {name: np.linspace(0.1, 0.9, 5)[:, None] * levels for name in ("autonomy", "hazard_annual")}
    one = [Line("a", f"factor {n}", levels, bands) for n in range(min(count, 6))]
    several = [Line(f"scenario {n}", "factor", levels, bands) for n in range(min(count, 6))]
    for figure in (
        plot_fans(groups, NAMES, "30 worlds: chance only"),
        plot_heat_map(means, spreads, NAMES),
        plot_lines(one, ["autonomy", "hazard_annual"]),
        plot_lines(several, ["autonomy"]),
    ):
        assert not eyes.faults(figure)


def test_the_fan_draws_quantiles_on_one_axis_and_says_what_differs() -> None:
    groups = {"calm": outcomes(0.0), "pressed": outcomes(-0.2)}
    figure = plot_fans(groups, NAMES)
    axes = {one.get_label(): one for one in figure.axes}
    assert axes["fan calm economy"].get_xlim() == axes["fan pressed economy"].get_xlim()
    medians = [line.get_xdata()[0] for line in axes["fan pressed economy"].lines if line.get_gid() == "median"]
    expected = [groups["pressed"][f"tie.{power}.economy"].median() for power in NAMES]
    assert medians == pytest.approx(expected)
    assert "tie with the European Union" in sentence_of(figure) and "pressed" in sentence_of(figure)


def test_the_heat_map_shows_numbers_and_measures_colour_by_luck() -> None:
    means = pd.DataFrame({"a": [0.5, 0.10], "b": [0.9, 0.101]}, index=["autonomy", "approval"])
    spreads = pd.DataFrame({"a": [0.05, 0.05], "b": [0.05, 0.05]}, index=["autonomy", "approval"])
    figure = plot_heat_map(means, spreads)
    axes = next(one for one in figure.axes if one.get_label() == "heat map")
    assert {"0.50", "0.90", "0.10"} <= {text.get_text() for text in axes.texts}
    strong = [patch.get_facecolor() for patch in axes.patches if patch.get_gid() == "cell autonomy"]
    weak = [patch.get_facecolor() for patch in axes.patches if patch.get_gid() == "cell approval"]
    assert min(min(color[:3]) for color in weak) > 0.95 > min(min(color[:3]) for color in strong)
    assert "autonomy: 0.50 in “a”, 0.90 in “b”; least in approval" in sentence_of(figure)


def test_lines_carry_both_bands_and_the_sentence_is_the_data() -> None:
    levels = np.array([0.0, 1.0])
    bands = {"autonomy": np.array([[0.1, 0.2], [0.2, 0.3], [0.3, 0.5], [0.4, 0.6], [0.5, 0.7]])}
    figure = plot_lines([Line("one", "pressure", levels, bands)], ["autonomy"])
    axes = next(one for one in figure.axes if one.get_label() == "lines pressure autonomy")
    assert {"band90", "band50"} <= {one.get_gid() for one in axes.collections}
    (line,) = [one for one in axes.lines if one.get_gid() == "median"]
    assert line.get_ydata().tolist() == [0.3, 0.5]
    assert "autonomy goes from 0.30 to 0.50 (median, +0.20)" in sentence_of(figure)
    assert sentence_of(plot_lines([], [])) == "There is nothing to draw."
