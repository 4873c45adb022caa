"""The pressure sweep: every power, every level, two parts that make the total."""

from __future__ import annotations

import pytest

from multivector.lab.errors import LabError
from multivector.lab.sweep import pressure_sweep, sweep_lines
from multivector.scenario import Scenario


def test_a_sweep_splits_every_step(scenario: Scenario) -> None:
    seen: list[tuple[int, int]] = []
    table = pressure_sweep(
        scenario,
        powers=["russia", "china"],
        levels=[0.9, 0.1, 0.5],
        worlds=6,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert {"power", "pressure", "outcome", "part", "median", "p5", "p95"} <= set(table.columns)
    assert list(dict.fromkeys(table["power"])) == ["russia", "china"]
    wide = table.pivot_table(index=["power", "pressure", "outcome"], columns="part", values="mean")
    assert (wide["direct"] + wide["decided"] - wide["total"]).abs().max() < 1e-12
    assert (wide.xs(0.1, level="pressure") == 0).all().all()
    assert (wide.xs((0.9, "autonomy"), level=("pressure", "outcome"))["total"] < 0).all()
    assert seen[-1][0] == seen[-1][1] == 2 * 5 * 6 * 8
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    lines = sweep_lines(table, scenario)
    assert len(lines) == 2 and lines[0].startswith("Russia from 0.1 to 0.9: total engagement")


def test_a_sweep_refuses_what_means_nothing(scenario: Scenario) -> None:
    with pytest.raises(LabError, match="two different pressures"):
        pressure_sweep(scenario, levels=[0.5, 0.5])
    with pytest.raises(LabError, match="there is no power 'rusia'"):
        pressure_sweep(scenario, powers=["rusia"])
