"""Blocks, Ctrl-C, failures and provenance of a run."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import multivector
from multivector import model
from multivector.ensemble import TABLES, Ensemble
from multivector.lab.errors import RunFailed
from multivector.lab.provenance import command_line, git_commit, scrubbed_traceback
from multivector.lab.run import LANES, Run, blocks_of, execute, run_scenario, simulate
from multivector.scenario import Scenario

real = model.simulate_block


def patch(monkeypatch: pytest.MonkeyPatch, before: Callable[[Sequence[int]], None]) -> None:
    """Let the model run, after `before` has seen (and perhaps refused) the block."""

    def block(scenario: Scenario, *, worlds: Sequence[int], **rest: Any) -> Ensemble:
        before(worlds)
        return real(scenario, worlds=worlds, **rest)

    monkeypatch.setattr(model, "simulate_block", block)


def world_rows(table: pd.DataFrame, worlds: Sequence[int]) -> pd.DataFrame:
    """A table's rows of some worlds, with categories as plain text."""
    rows = table[table["world"].isin(list(worlds))].reset_index(drop=True)
    text = {name: "str" for name, kind in rows.dtypes.items() if isinstance(kind, pd.CategoricalDtype)}
    return rows.astype(text)


@given(st.sets(st.integers(0, 500), min_size=1, max_size=120), st.integers(1, 5))
def test_blocks_hold_every_world_once_and_split_no_lane_group(worlds: set[int], groups: int) -> None:
    blocks = blocks_of(list(worlds), groups * LANES)
    assert [world for block in blocks for world in block] == sorted(worlds)
    assert all(len(block) <= groups * LANES for block in blocks)
    seen = [{world // LANES for world in block} for block in blocks]
    assert sum(len(one) for one in seen) == len(set().union(*seen))


@pytest.mark.parametrize("block", [0, 8, -16, 17])
def test_a_block_is_a_multiple_of_the_lanes(block: int) -> None:
    with pytest.raises(ValueError, match="multiple of 16"):
        blocks_of([0], block)


def test_blocks_do_not_change_a_table(scenario: Scenario, ensemble: Ensemble) -> None:
    blocked = execute(scenario, 20, 7, block=LANES).ensemble
    assert blocked.worlds == ensemble.worlds == tuple(range(20))
    for name in TABLES:
        assert_frame_equal(world_rows(blocked.tables[name], range(20)), world_rows(ensemble.tables[name], range(20)))


def test_a_world_alone_is_the_world_in_company(scenario: Scenario, ensemble: Ensemble) -> None:
    alone = execute(scenario, [17], 7).ensemble
    assert alone.worlds == (17,)
    for name in TABLES:
        assert_frame_equal(world_rows(alone.tables[name], [17]), world_rows(ensemble.tables[name], [17]))


def test_progress_counts_world_months(scenario: Scenario) -> None:
    seen: list[tuple[int, int]] = []
    execute(scenario, 20, 7, block=LANES, progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (16, 160) and seen[-1] == (160, 160)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_ctrl_c_keeps_whole_blocks(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(worlds: Sequence[int]) -> None:
        if 16 in worlds:
            raise KeyboardInterrupt

    patch(monkeypatch, interrupt)
    run = execute(scenario, 40, 7, block=LANES)
    assert run.interrupted and run.ensemble.worlds == tuple(range(16))
    assert run.asked == tuple(range(40))
    assert run.ensemble.provenance["interrupted"] is True
    assert run_scenario(scenario, 40, 7, block=LANES).provenance["interrupted"] is True


def test_ctrl_c_in_the_first_block_keeps_nothing(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(worlds: Sequence[int]) -> None:
        raise KeyboardInterrupt

    patch(monkeypatch, interrupt)
    with pytest.raises(KeyboardInterrupt):
        execute(scenario, 4, 7)


def test_ctrl_c_while_worlds_of_a_failed_block_run_alone_drops_that_block(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(worlds: Sequence[int]) -> None:
        if list(worlds) == [18]:
            raise KeyboardInterrupt
        if 17 in worlds:
            raise ValueError("no")

    patch(monkeypatch, refuse)
    run = execute(scenario, 20, 7, block=LANES)
    assert run.interrupted and run.ensemble.worlds == tuple(range(16))
    assert not len(run.ensemble.failures)


def test_only_the_bad_world_of_a_block_is_lost(
    scenario: Scenario, ensemble: Ensemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(worlds: Sequence[int]) -> None:
        if 17 in worlds:
            raise ZeroDivisionError("world 17 is out of joint")

    patch(monkeypatch, refuse)
    run = execute(scenario, 20, 7, block=LANES)
    left = [world for world in range(20) if world != 17]
    assert run.ensemble.worlds == tuple(left)
    for name in TABLES:
        assert_frame_equal(world_rows(run.ensemble.tables[name], left), world_rows(ensemble.tables[name], left))
    failure = run.ensemble.failures.to_dict("records")
    assert len(failure) == 1
    row = failure[0]
    assert (row["world"], row["type"], row["seed"]) == (17, "ZeroDivisionError", 7)
    assert row["message"] == "world 17 is out of joint"
    assert "ZeroDivisionError: world 17 is out of joint" in row["traceback"]


def test_a_failure_names_the_phase_it_arose_in(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    from multivector.politics import ties

    def broken(*_: Any, **__: Any) -> None:
        raise FloatingPointError("too much")

    monkeypatch.setattr(ties, "move_income", broken)
    with pytest.raises(RunFailed, match=r"no world came through: 2 of 2 failed") as caught:
        execute(scenario, 2, 7)
    assert caught.value.code == 1
    assert list(caught.value.failures["stage"]) == ["consequences_follow"] * 2


@pytest.mark.parametrize(
    ("worlds", "seed", "message"),
    [
        (0, 7, "at least one world"),
        ([], 7, "at least one"),
        ([1, 1], 7, "twice"),
        ([-1], 7, "0 or more"),
        (1, -3, "seed"),
    ],
)
def test_counts_that_mean_nothing_are_refused(scenario: Scenario, worlds: Any, seed: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        execute(scenario, worlds, seed)


def test_simulate_is_the_way_in_from_python(ensemble: Ensemble, scenario: Scenario) -> None:
    found = multivector.simulate(scenario, worlds=[3], months=5)
    assert found.months == 5 and found.scenario.months == 5
    assert all(entry.date <= found.scenario.end for entry in found.scenario.timeline)
    first = world_rows(ensemble.tables["worlds"], [3]).head(5)
    assert_frame_equal(world_rows(found.tables["worlds"], [3]), first)
    with pytest.raises(ValueError, match="months"):
        simulate(scenario, worlds=1, months=0)


def test_provenance_has_what_is_needed_and_no_names(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run.provenance("multivector run x")
    for key in (
        "version",
        "git",
        "python",
        "libraries",
        "platform",
        "scenario_hash",
        "parameter_hash",
        "seed",
    ):
        assert key in found
    assert found["worlds"] == list(range(20)) and found["months"] == 8 and found["command"] == "multivector run x"
    assert set(found["libraries"]) == {"numpy", "numba", "mesa", "pandas", "scipy"}
    text = json.dumps(found)
    assert str(Path.home()) not in text and platform.node() not in text


def test_the_command_line_is_kept_without_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    there = tmp_path / "my.yaml"
    said = command_line(["run", str(there), "--out=/elsewhere/secret/place", "--seed", "3"])
    assert said == "multivector run my.yaml --out=.../place --seed 3"


def test_tracebacks_are_cut_to_the_package() -> None:
    try:
        blocks_of([0], 3)
    except ValueError as error:
        text = scrubbed_traceback(error)
    assert "multivector/lab/run.py" in text
    assert str(Path(multivector.__file__).resolve().parents[1]) not in text


def test_a_commit_is_only_ours(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    package = tmp_path / "lib" / "multivector"
    package.mkdir(parents=True)
    assert git_commit(package) is None
