"""The fan: its bands, lines, marks and sentences are true to the tables."""

from __future__ import annotations

import re

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from multivector.show.emblem import plot_emblem
from multivector.show.fan import plot_fan
from multivector.show.reading import sample_worlds
from multivector.show.rows import plot_rows
from multivector.show.style import BLUE, VERMILION, mix, sentence_of
from multivector.show.view import DOMAINS, Pair, View, quantiles
from synthetic import SyntheticRun, synthetic_ensemble


def panel(figure: Figure, label: str) -> Axes:
    return next(a for a in figure.axes if a.get_label() == label)


def artists(axes: Axes, gid: str) -> list:
    return [a for a in axes.get_children() if a.get_gid() == gid]


def test_panels_hold_the_quantiles_of_the_table(run: SyntheticRun, view: View, base: View) -> None:
    figure = plot_fan(view, base)
    panels = [a for a in figure.axes if a.get_label() not in ("key", "")]
    assert len(panels) == 15
    table = run.tables["ties"]
    for label, color in (("russia politics", VERMILION), ("eu security", BLUE)):
        power, domain = label.split()
        mine = table[(table["power"] == power) & (table["domain"] == domain)]
        axes = panel(figure, label)
        line = artists(axes, "median")[0]
        expected = mine.groupby("month")["tie"].median().to_numpy()
        np.testing.assert_allclose(line.get_ydata(), expected)
        assert to_hex(line.get_color()) == color.lower()
        for gid, low, high, share in (("band90", 0.05, 0.95, 0.22), ("band50", 0.25, 0.75, 0.5)):
            band = artists(axes, gid)[0]
            edges = band.get_paths()[0].vertices
            for month in (0, 30, 59):
                x = view.x[month]
                here = edges[np.isclose(edges[:, 0], x), 1]
                values = mine[mine["month"] == month]["tie"].quantile([low, high]).to_numpy()
                np.testing.assert_allclose([here.min(), here.max()], values)
                assert here.min() <= expected[month] <= here.max()
            assert to_hex(band.get_facecolor()[0]) == mix(color, share)
        assert axes.get_ylim() == (0, 1)
        assert artists(axes, "zero")


def test_the_baseline_is_drawn_in_every_panel(view: View, base: View) -> None:
    figure = plot_fan(view, base)
    expected = np.median(base.ties, axis=0)
    for p, power in enumerate(view.powers):
        for d, domain in enumerate(DOMAINS):
            line = artists(panel(figure, f"{power} {domain}"), "baseline")[0]
            np.testing.assert_allclose(line.get_ydata(), expected[:, p, d])


def test_without_a_baseline_the_start_is_the_reference(view: View) -> None:
    line = artists(panel(plot_fan(view), "china economy"), "baseline")[0]
    start = float(np.median(view.ties[:, 0, 1, 1]))
    np.testing.assert_allclose(line.get_ydata(), start)
    assert "its start" in sentence_of(plot_fan(view))


def test_the_sentence_counts_worlds_truly(run: SyntheticRun, baseline: SyntheticRun, view: View) -> None:
    sentence = sentence_of(plot_fan(view, View(baseline)))
    match = re.search(
        r"political tie with Russia falls from (\S+) to (\S+) by Dec 2026, (\S+) below .*; in (.*) it ends",
        sentence,
    )
    assert match, sentence
    ends = []
    for tables in (run.tables["ties"], baseline.tables["ties"]):
        mine = tables[(tables["power"] == "russia") & (tables["domain"] == "politics")]
        ends.append(mine[mine["month"] == 59].set_index("world")["tie"])
        if len(ends) == 1:
            assert match[1] == f"{mine[mine['month'] == 0]['tie'].median():.2f}"
    assert match[2] == f"{ends[0].median():.2f}"
    assert match[3] == f"{ends[1].median() - ends[0].median():.2f}"
    count = int((ends[0] < ends[1]).sum())
    assert match[4] == ("all 24 worlds" if count == 24 else f"{count} of 24 worlds")


def test_unpaired_baselines_are_compared_by_their_median(view: View) -> None:
    other = View(synthetic_ensemble(24, shock=0.0, seed=8))
    pair = Pair(view, other)
    assert not pair.paired
    np.testing.assert_allclose(
        pair.shift(59, 0, 0), view.ties[:, 59, 0, 0] - np.median(other.ties[:, 59, 0, 0]), rtol=1e-12
    )


def test_sample_worlds_follow_their_rules(view: View) -> None:
    picks = sample_worlds(view)
    assert list(picks) == ["typical", "most open", "most closed", "most different"]
    assert len(set(picks.values())) == 4
    gap = np.sqrt(((view.ties - view.tie_bands[2]) ** 2).mean(axis=(1, 2, 3)))
    assert picks["typical"] == int(gap.argmin())
    total = view.column("total_engagement")[:, -12:].mean(axis=1)
    assert total[picks["most open"]] == pytest.approx(max(np.delete(total, picks["typical"])))
    assert picks["most different"] in np.argsort(-gap)[:4]
    drawn = panel(plot_fan(view), "russia politics")
    for name, world in picks.items():
        line = artists(drawn, f"world {name}")[0]
        np.testing.assert_array_equal(line.get_ydata(), view.ties[world, :, 0, 0])


def test_events_are_the_six_most_severe_and_numbered_in_order(view: View) -> None:
    figure = plot_fan(view)
    numbers = artists(panel(figure, "russia politics"), "event-number")
    assert [t.get_text() for t in numbers] == list("123456")
    words = " ".join(t.get_text() for t in figure.texts)
    assert "1 January unrest (Jan 2022)" in words
    assert "Visit" not in words  # the least severe
    assert "Recognise" not in words  # a dossier is no event
    assert not artists(panel(figure, "russia economy"), "event-number")


def test_one_domain_and_bad_requests(view: View) -> None:
    figure = plot_fan(view, domain="security")
    assert {a.get_label().split()[1] for a in figure.axes if a.get_label() != "key"} == {"security"}
    assert "security tie" in sentence_of(figure)
    with pytest.raises(ValueError, match="unknown domain 'trade'"):
        plot_fan(view, domain="trade")
    with pytest.raises(ValueError, match="2031-01 is outside the run"):
        plot_rows(view, date="2031-01")


def test_rows_are_sorted_and_hold_the_quantiles(view: View, base: View) -> None:
    figure = plot_rows(view, base, date="2024-06")
    month = view.month_index("2024-06")
    for d, domain in enumerate(DOMAINS):
        axes = panel(figure, f"rows {domain}")
        medians = [float(a.get_xdata()[0]) for a in artists(axes, "median")]
        assert medians == sorted(medians, reverse=True)
        np.testing.assert_allclose(sorted(medians), np.sort(np.median(view.ties[:, month, :, d], axis=0)))
        order = np.argsort(-view.tie_bands[2, month, :, d])
        for gid, low, high in (("band90", 0, 4), ("band50", 1, 3)):
            for row, bar in enumerate(artists(axes, gid)):
                bands = view.tie_bands[:, month, order[row], d]
                np.testing.assert_allclose(bar.get_xdata(), bands[[low, high]])
        ticks = [float(a.get_xdata()[0]) for a in artists(axes, "baseline")]
        np.testing.assert_allclose(ticks, np.median(base.ties[:, month, :, d], axis=0)[order])
        assert axes.get_xlim() == (0, 1)
    assert "Jun 2024" in sentence_of(figure)


def test_rows_sentence_counts_the_closest_partner(view: View) -> None:
    sentence = sentence_of(plot_rows(view))
    wins = (view.ties[:, -1, :, 2].argmax(axis=1) == 0).sum()
    expected = "all 24 worlds" if wins == 24 else f"{wins} of 24 worlds"
    assert f"Russia in security ({expected})" in sentence


def test_emblem_keeps_the_order_has_no_area_and_sends_readers_to_the_rows(view: View) -> None:
    figure = plot_emblem(view)
    axes = panel(figure, "emblem politics")
    arrows = artists(axes, "arrow")
    tips = np.array([a.xy for a in arrows])
    np.testing.assert_allclose(np.hypot(*tips.T), np.median(view.ties[:, -1, :, 0], axis=0))
    assert np.all(np.diff(np.arctan2(tips[:, 1], tips[:, 0])) < 0)  # fixed order, from the left
    assert not axes.collections
    assert any("read lengths in the rows" in t.get_text() for t in figure.texts)


def test_quantiles_ignore_nan_and_empty_worlds() -> None:
    values = np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]])
    assert quantiles(values, (0.5,)).tolist()[0][0] == 2.0
    assert np.isnan(quantiles(values, (0.5,))[0, 1])
    assert quantiles(np.zeros((0, 4))).shape == (5, 4)
