"""Measures of robustness on tables that can be reckoned by hand, tipping lines that are planted, and boxes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from multivector.lab.cube import Cube
from multivector.lab.discovery.analysis import counted
from multivector.lab.discovery.boxes import find_boxes
from multivector.lab.discovery.study import Interest
from multivector.lab.pressure.lines import FINE, tipping_line
from multivector.lab.robust.analysis import judged
from multivector.lab.robust.measures import best_share, nondominated, regret, share_interval
from multivector.lab.robust.study import Objective, known_doctrines
from multivector.scenario import load_scenario


def test_regret_is_what_the_best_of_the_same_future_has_more() -> None:
    value = np.array([[1.0, 3.0, 2.0], [5.0, 5.0, 4.0]])
    assert regret(value, "more").tolist() == [[2, 0, 1], [0, 0, 1]]
    assert regret(value, "less").tolist() == [[0, 2, 1], [1, 1, 0]]
    assert best_share(value, "more").tolist() == [0.5, 1.0, 0.0]


def test_nondominated_keeps_ties_and_drops_the_beaten() -> None:
    values = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.0], [1.0, 0.0]])
    assert nondominated(values).tolist() == [True, True, False, True]


def test_a_doctrine_is_judged_on_every_objective_at_once() -> None:
    # two futures, two doctrines; points are future by future
    cube = Cube(
        "s",
        "S",
        {"autonomy": np.array([[0.5], [0.9], [0.6], [0.2]]), "office_lost": np.array([[0.0], [1.0], [0.0], [0.0]])},
        pd.DataFrame(),
    )
    wanted = {
        "autonomy": Objective(outcome="autonomy", enough=0.55),
        "survival": Objective(outcome="office_lost", better="less", enough=0.5),
    }
    found = judged(cube, ("as it is", "other"), wanted)
    assert found.all_met.tolist() == [[False, False], [True, False]]
    assert found.regret["autonomy"].round(3).tolist() == [[0.571, 0.0], [0.0, 0.571]]
    assert found.worst_regret.round(3).tolist() == [0.571, 1.0]
    assert found.pareto[0]  # as autonomous on average, and never out of office


def test_share_interval_holds_the_share_and_is_the_same_each_time() -> None:
    holds = np.arange(40) % 4 == 0
    low, high = share_interval(holds)
    assert low < 0.25 < high and share_interval(holds) == (low, high)


def test_every_packaged_doctrine_is_taken_by_a_scenario() -> None:
    from multivector.lab.designs import Factor
    from multivector.lab.factors import expressions

    base = load_scenario("baseline-2019")
    for name, (summary, sets) in known_doctrines().items():
        factors = [Factor(path, (path,)) for path in sets]
        changed = base.with_sets(expressions(factors, sets))
        assert summary and (changed.hash != base.hash) == bool(sets), name


def planted(sharp: float, seed: int = 0) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 9), indexing="ij")
    chance = 1 / (1 + np.exp(-(x - (0.7 - 0.4 * y)) / sharp))
    return np.random.default_rng(seed).random(64)[None, None, :] < chance[:, :, None]


@pytest.mark.parametrize("sharp", [0.01, 0.05, 0.12])
def test_a_planted_tipping_line_is_found_with_its_interval(sharp: float) -> None:
    line = tipping_line(planted(sharp), resamples=60)
    for share in (0.0, 0.5, 1.0):
        row, known = round(share * (FINE - 1)), 0.7 - 0.4 * share
        assert line.at[row] == pytest.approx(known, abs=0.05)
        assert line.low[row] - 0.03 <= known <= line.high[row] + 0.03
    assert line.crossing == 1.0 and line.lines and line.misfit < 0.08
    # from a quarter to three quarters of a logistic curve it takes 2 ln 3 of its scale
    assert line.width == pytest.approx(2 * np.log(3) * sharp, abs=0.09)


def test_no_line_where_nothing_tips() -> None:
    line = tipping_line(np.zeros((5, 5, 8), dtype=bool), resamples=10)
    assert line.lines == () and line.crossing == 0 and np.isnan(line.at).all()


def test_futures_count_by_share_or_as_the_worst() -> None:
    values = np.array([[0.1, 0.9], [0.1, 0.2], [0.9, 0.9], [0.3, 0.1]])
    share, counts = counted(values, Interest(outcome="autonomy", below=0.5))
    assert share.tolist() == [0.5, 1.0, 0.0, 1.0] and counts.tolist() == [True, True, False, True]
    _, counts = counted(values, Interest(outcome="autonomy", below=0.5, worst=0.25))
    assert counts.tolist() == [False, True, False, False]  # of two alike, the one with the lower mean
    _, counts = counted(values, Interest(outcome="autonomy", below=0.0, worst=0.25))
    assert not counts.any()  # what comes nowhere has no worst futures


def futures(count: int = 400) -> tuple[pd.DataFrame, np.ndarray]:
    draw = np.random.default_rng(0)
    x = pd.DataFrame(draw.random((count, 4)), columns=["a", "b", "c", "d"])
    x["sw"] = draw.random(count) < 0.5
    inside = ((x.a > 0.6) & (x.b < 0.5) & x.sw).to_numpy()
    return x, inside ^ (draw.random(count) < 0.03)


@pytest.mark.parametrize(
    "method",
    ["cart", pytest.param("prim", marks=pytest.mark.slow)],  # the EMA Workbench takes many seconds to import
)
def test_a_planted_box_is_found(method: str) -> None:
    if method == "prim":
        pytest.importorskip("ema_workbench")
    x, y = futures()
    boxes = find_boxes(x, y, method=method)
    first = {limit.factor: limit for limit in boxes[0].limits}
    assert set(first) == {"a", "b", "sw"} and first["sw"].values == (True,)
    assert first["b"].low is None and first["b"].high == pytest.approx(0.5, abs=0.07)
    assert boxes[0].density > 0.75 and boxes[0].density_out > 0.6
    assert all(share >= 0.8 for share in boxes[0].kept.values())
    if method == "prim":
        assert first["a"].low == pytest.approx(0.6, abs=0.05) and first["a"].high is None
        assert boxes[0].coverage > 0.75
    else:  # a tree may cut the box in two
        assert sum(box.coverage for box in boxes) > 0.75
    assert boxes[0].density == pytest.approx(y[boxes[0].holds(x)].mean())


def test_no_box_is_drawn_around_chance() -> None:
    x, _ = futures(200)
    noise = np.random.default_rng(9).random(200) < 0.3
    assert not find_boxes(x, noise, method="cart", smallest=0.2)
    assert find_boxes(x, np.zeros(200, dtype=bool)) == []
