"""Regime, trade-off, why, listening, tension, sweep, comparison: artists and sentences match the tables."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multivector.show.case import action_rows, constituencies, cost_rows, find_case
from multivector.show.listening import congruences, listening_month, plot_listening
from multivector.show.regime import office_lost, plot_regime
from multivector.show.style import sentence_of
from multivector.show.sweep import plot_compare, plot_split_sweep
from multivector.show.tension import plot_tension, tensions
from multivector.show.tradeoff import not_dominated, plot_tradeoff
from multivector.show.view import View
from multivector.show.why import plot_why
from synthetic import SyntheticRun, synthetic_ensemble, synthetic_scenario


def panel(figure: Figure, label: str) -> Axes:
    return next(a for a in figure.axes if a.get_label() == label)


def artists(axes: Axes, gid: str) -> list:
    return [a for a in axes.get_children() if a.get_gid() == gid]


# -- regime -------------------------------------------------------------------------------------------------


def test_office_lost_counts_first_losses_only(run: SyntheticRun, view: View) -> None:
    shares = office_lost(view)
    first = run.tables["worlds"].query("lost != ''").drop_duplicates("world")
    for cause, path in shares.items():
        assert path[-1] == pytest.approx((first["lost"] == cause).sum() / 24)
        assert np.all(np.diff(path) >= 0)
    total = sum(float(p[-1]) for p in shares.values())
    assert total == pytest.approx(len(first) / 24)
    assert f"loses office in {len(first)} of 24 worlds" in sentence_of(plot_regime(view))


def test_hazards_share_an_axis_in_months_with_a_yearly_reading(view: View, base: View) -> None:
    figure = plot_regime(view, base)
    axes = [panel(figure, f"hazard {c}") for c in ("elite", "mass", "outside")]
    assert len({a.get_ylim() for a in axes}) == 1
    assert axes[0].get_ylim()[0] == 0
    words = [t.get_text() for t in figure.texts]
    assert "chance a month of losing office" in words
    yearly = artists(axes[2], "annual")
    ticks = axes[0].get_yticks()
    assert len(yearly) == len(ticks)
    assert yearly[1].get_text() == f"{100 * (1 - (1 - ticks[1]) ** 12):.1f} %"
    line = artists(axes[1], "baseline")[0]
    np.testing.assert_allclose(line.get_ydata(), np.median(base.column("hazard_mass"), axis=0))


# -- trade-off ----------------------------------------------------------------------------------------------


def test_not_dominated_is_judged_world_by_world() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.random(60).round(1), rng.random(60).round(1)
    x[3] = np.nan
    beaten = [
        any((x[j] >= x[i]) and (y[j] >= y[i]) and (x[j] > x[i] or y[j] > y[i]) for j in range(60)) for i in range(60)
    ]
    expected = ~np.array(beaten) & np.isfinite(x)
    np.testing.assert_array_equal(not_dominated(x, y), expected)


def test_tradeoff_shows_every_world_and_the_ghosts(view: View, base: View) -> None:
    figure = plot_tradeoff(view, base)
    axes = panel(figure, "trade-off")
    dots = sum(len(a.get_xdata()) for gid in ("worlds", "worlds lost") for a in artists(axes, gid))
    assert dots == 24
    assert len(artists(axes, "ghosts")[0].get_xdata()) == 24
    lost = artists(axes, "worlds lost")[0].get_xdata()
    assert len(lost) == int((view.column("president")[:, -1] > 0).sum())
    best = not_dominated(view.column("autonomy")[:, -1], view.column("approval")[:, -1])
    assert len(artists(axes, "not dominated")[0].get_xdata()) == best.sum()
    words = [t.get_text() for t in axes.texts]
    assert "autonomy (better →)" in words
    assert "approval (better ↑)" in words
    assert f"{best.sum()} of 24 worlds" in sentence_of(figure)


def test_tradeoff_sentence_says_what_was_given_up(view: View, base: View) -> None:
    sentence = sentence_of(plot_tradeoff(view, base))
    gain, loss = (
        float(np.median(view.column(c)[:, -1]) - np.median(base.column(c)[:, -1])) for c in ("autonomy", "approval")
    )
    assert f"gain {gain:.2f} of autonomy and give up {-loss:.2f} of approval" in sentence


def test_less_of_a_hazard_is_better_and_bad_aims_are_named(view: View) -> None:
    axes = panel(plot_tradeoff(view, x="dependence", y="protest", when="year"), "trade-off")
    words = [t.get_text() for t in axes.texts]
    assert "largest dependence (← better)" in words
    assert any("(better ↓)" in w for w in words)
    with pytest.raises(ValueError, match="unknown outcome 'aproval': one of"):
        plot_tradeoff(view, x="aproval")
    with pytest.raises(ValueError, match="'end' or 'year'"):
        plot_tradeoff(view, when="now")


# -- why ----------------------------------------------------------------------------------------------------


def test_why_probabilities_sum_to_one_and_costs_add_up(run: SyntheticRun, view: View) -> None:
    case = find_case(view, "recognise-republics")
    assert case is not None
    assert case.arose == 24
    rows, chance = action_rows(case)
    assert rows[:4] == ["recognise both", "avoid the question", "refuse openly", "condemn Russia"]
    assert sum(float(part.sum()) for part in chance.values()) == pytest.approx(1)
    actions = run.tables["actions"]
    mine = actions[actions["decision"].str.startswith("recognise-republics@")]
    plain = mine[mine["move"] == "settle"].groupby("option")["cost"].mean().to_numpy()
    np.testing.assert_allclose(cost_rows(case)[:4].sum(axis=1), plain)
    figure = plot_why(view, "recognise-republics")
    sums = artists(panel(figure, "costs"), "cost-sum")[0].get_xdata()
    np.testing.assert_allclose(sums[:4], plain)
    bars = [b for b in panel(figure, "probabilities").patches if b.get_gid() == "chance delay"]
    delay = mine[mine["move"] == "delay"]["probability"].mean()
    assert max(b.get_width() for b in bars) == pytest.approx(delay)


def test_why_rows_are_the_mean_wishes_and_weights(run: SyntheticRun, view: View) -> None:
    case = find_case(view, "foreign-troops")
    assert case is not None
    table = constituencies(case)
    wishes = run.tables["wishes"]
    mine = wishes[wishes["decision"].str.startswith("foreign-troops@")]
    public = mine[mine["constituency"] == "public"]
    assert table.loc["public", "wish"] == pytest.approx(public["wish"].mean())
    assert table.loc["public", "weight"] == pytest.approx(public["weight"].mean())
    assert table["weight"].is_monotonic_decreasing
    figure = plot_why(view, "foreign-troops")
    widths = [b.get_width() for b in panel(figure, "weights").patches if b.get_gid() == "weight"]
    np.testing.assert_allclose(widths, table["weight"])
    chosen = run.tables["decisions"].query("dossier == 'foreign-troops' and option == 2")
    texts = [t.get_text() for t in panel(figure, "wishes").texts]
    assert f"chosen in {len(chosen)}" in texts


def test_a_constituency_without_a_wish_is_not_in_the_balance(view: View) -> None:
    silent = synthetic_ensemble(6)
    wishes = silent.tables["wishes"]
    wishes.loc[wishes["constituency"] == "china", ["wish", "salience"]] = [np.nan, 0.0]
    case = find_case(View(silent), "foreign-troops")
    assert case is not None
    assert "china" not in constituencies(case).index
    assert "public" in constituencies(case).index
    assert sentence_of(plot_why(silent, "foreign-troops"))


def test_the_default_case_is_the_scripted_dossier_with_most_spread(run: SyntheticRun, view: View) -> None:
    case = find_case(view)
    assert case is not None
    decisions = run.tables["decisions"]
    first = decisions[decisions["kind"] == "scripted"].sort_values("month").drop_duplicates(["world", "dossier"])
    spread = {
        name: 1 - (rows["option"].value_counts(normalize=True) ** 2).sum()
        for name, rows in first[first["option"] > 0].groupby("dossier")
    }
    assert case.decisions["dossier"].iloc[0] == max(spread, key=lambda n: spread[n])


def test_why_by_decision_and_unknown_ones(view: View) -> None:
    figure = plot_why(view, decision="foreign-troops@2022-01")
    assert "Ask the alliance for troops" in figure.texts[0].get_text()
    with pytest.raises(ValueError, match="nothing-here never arose; dossiers that did: "):
        plot_why(view, "nothing-here")


# -- listening ----------------------------------------------------------------------------------------------


def test_the_doctrine_is_dated_by_half_its_maximum() -> None:
    assert listening_month(synthetic_scenario(listening=8)) == 8
    assert listening_month(synthetic_scenario(listening=None)) is None
    assert listening_month(synthetic_scenario(listening=0)) is None  # in force from the start


def test_listening_counts_and_means(run: SyntheticRun, view: View) -> None:
    month, found = congruences(view)
    assert month == 8
    decisions = run.tables["decisions"].query("option > 0")
    foreign = decisions[decisions["domain"] != "domestic"]
    before, after = foreign[foreign["month"] < 8], foreign[foreign["month"] >= 8]
    assert found["foreign", "before", "public"].decisions == len(before)
    assert found["foreign", "after", "formal"].decisions == len(after)
    means = after.groupby("world")["congruence_informal"].mean()
    np.testing.assert_allclose(found["foreign", "after", "informal"].by_world, means)
    figure = plot_listening(view)
    texts = [t.get_text() for t in figure.texts]
    assert any(f"{len(before)} decisions before, {len(after):,} after" == t for t in texts)
    shown = artists(panel(figure, "listening foreign"), "median")
    assert len(shown) == 6
    assert "not the doctrine’s effect alone" in sentence_of(figure)


def test_listening_without_a_doctrine_has_one_row_each() -> None:
    figure = plot_listening(synthetic_ensemble(6, listening=None))
    assert len(artists(panel(figure, "listening foreign"), "median")) == 3
    assert sentence_of(figure).startswith("Listening is not announced during this run")


# -- tension ------------------------------------------------------------------------------------------------


def test_tension_counts_clashes_by_hand() -> None:
    run = synthetic_ensemble(3, powers=("eu", "us"))
    found = tensions(View(run))
    decisions = run.tables["decisions"].query("option > 0").set_index(["world", "decision"])
    powers = run.tables["wishes"].query("kind == 'power'")
    wishes = powers.pivot_table("wish", ["world", "decision"], "constituency")
    joined = decisions.join(wishes)
    middle = (joined["n_options"] + 1) / 2
    clash = joined[(joined["eu"] - middle) * (joined["us"] - middle) < 0]
    a, b = (clash["option"] - clash["eu"]).abs(), (clash["option"] - clash["us"]).abs()
    nearer = (a < b).sum() + 0.5 * np.isclose(a, b).sum()
    assert found.clashes[:, 0, 1].sum() == len(clash) > 0
    assert found.share[0, 1] == pytest.approx(nearer / len(clash))
    assert found.share[0, 1] + found.share[1, 0] == pytest.approx(1)


def test_tension_grid_has_every_ordered_pair(view: View) -> None:
    figure = plot_tension(view)
    axes = panel(figure, "grid")
    assert len([p for p in axes.patches if (p.get_gid() or "").startswith("cell")]) == 20
    found = tensions(view)
    assert len(artists(axes, "share")) == np.isfinite(found.share).sum()
    overall = [float(a.get_xdata()[0]) for a in artists(panel(figure, "overall"), "overall")]
    np.testing.assert_allclose(overall, found.overall)
    match = re.search(r"in (\d+) % of them", sentence_of(figure))
    assert match
    assert int(match[1]) >= 50


# -- sweep and comparison -----------------------------------------------------------------------------------


@pytest.fixture
def sweep() -> pd.DataFrame:
    rows = [
        (power, x, outcome, part, m, m - 0.02, m + 0.02)
        for power, scale in (("russia", 0.4), ("eu", 0.1))
        for outcome in ("total_engagement", "tie.russia.politics")
        for x in (0.1, 0.5, 0.9)
        for part, m in (
            ("total", -scale * (x - 0.1)),
            ("direct", -1.5 * scale * (x - 0.1)),
            ("decided", 0.5 * scale * (x - 0.1)),
        )
    ]
    return pd.DataFrame(rows, columns=["factor", "value", "outcome", "part", "median", "p5", "p95"])


def test_sweep_draws_the_three_parts_on_shared_axes(sweep: pd.DataFrame) -> None:
    names = {"russia": "Russia", "eu": "European Union"}
    figure = plot_split_sweep(sweep, names, "20 worlds: chance only")
    axes = panel(figure, "sweep russia total_engagement")
    for part, last in (("total", -0.32), ("direct", -0.48), ("decided", 0.16)):
        line = artists(axes, f"median {part}")[0]
        assert line.get_ydata()[-1] == pytest.approx(last)
    assert axes.get_ylim() == panel(figure, "sweep eu total_engagement").get_ylim()
    assert axes.get_ylim()[0] < 0 < axes.get_ylim()[1]
    assert artists(axes, "zero")
    assert artists(axes, "band90")
    sentence = sentence_of(figure)
    assert "Russia at 0.9: −0.32 (−0.48 directly, +0.16 through decisions)" in sentence
    assert "Tie with Russia, politics" in [t.get_text() for t in figure.texts]


def test_compare_marks_intervals_that_leave_zero_out() -> None:
    table = pd.DataFrame(
        [
            ("approval", "pressure-russia", -0.1, -0.15, -0.05, 0.9),
            ("approval", "pressure-china", 0.02, -0.05, 0.09, 0.8),
            ("autonomy", "pressure-russia", 0.2, 0.1, 0.3, 0.7),
            ("autonomy", "pressure-china", float("nan"), float("nan"), float("nan"), float("nan")),
        ],
        columns=["outcome", "scenario", "difference", "low", "high", "noise_removed"],
    )
    figure = plot_compare(table)
    russia, china = panel(figure, "compare pressure-russia"), panel(figure, "compare pressure-china")
    colors = [a.get_color() for a in artists(russia, "difference") + artists(china, "difference")]
    assert colors[0] == colors[1] != colors[2]
    assert [t.get_text() for t in artists(russia, "number")] == ["+0.20", "−0.10"]
    assert "no value" in [t.get_text() for t in china.texts]
    sentence = sentence_of(figure)
    assert sentence.startswith("2 of 3 differences are clear of zero")
    assert "Pairing removed 80 % of the noise (median)" in sentence


def test_compare_of_two_runs_as_the_lab_makes_it(run: SyntheticRun, baseline: SyntheticRun) -> None:
    from multivector.lab.compare import compare

    figure = plot_compare(compare(baseline, run))  # type: ignore[arg-type]
    assert "clear of zero" in sentence_of(figure)
