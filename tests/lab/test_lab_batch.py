"""Batches: the same tables however they are run, and whatever happens on the way."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from killing import double
from studies import go, plan

from multivector import model
from multivector.lab import parts as parts_module
from multivector.lab.batch import Outlook, outlook
from multivector.lab.compare import compare
from multivector.lab.decompose import decompose
from multivector.lab.errors import StoreError
from multivector.lab.execution import Done, InProcess, Processes
from multivector.lab.lock import locked
from multivector.lab.parts import Parts
from multivector.lab.results import open_batch
from multivector.lab.run import execute
from multivector.lab.tasks import Chunk, perform, run_id

OUTCOMES = "outcomes.parquet"


class Stopped(InProcess):
    """Ctrl-C after some chunks."""

    def __init__(self, after: int) -> None:
        self.after = after

    def map(self, work: Callable[[Any], Any], items: Iterable[Any]) -> Generator[Done[Any, Any], None, None]:
        for number, item in enumerate(items):
            if number == self.after:
                raise KeyboardInterrupt
            yield Done(item, work(item))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An undisturbed batch."""
    folder = tmp_path_factory.mktemp("whole")
    tally = go(plan(folder, split=True, keep="[events]"), folder / "out")
    assert (tally.finished, tally.failed, tally.interrupted) == (120, 0, False)
    return folder / "out"


def announced(*arguments: Any, **options: Any) -> Outlook:
    found: list[Outlook] = []
    go(*arguments, announce=found.append, **options)
    return found[0]


def test_tables_are_the_same_for_any_workers_and_block(whole: Path, tmp_path: Path) -> None:
    two = plan(tmp_path, split=True, keep="[events]")
    go(two, tmp_path / "coarse", block=48)
    go(two, tmp_path / "two", Processes(2), block=16)
    expected = (whole / OUTCOMES).read_bytes()
    events = open_batch(whole).table("events")
    for name in ("coarse", "two"):
        assert (tmp_path / name / OUTCOMES).read_bytes() == expected
        pd.testing.assert_frame_equal(open_batch(tmp_path / name).table("events"), events)


def test_design_and_outcomes_meet_by_the_hash_of_the_input(whole: Path) -> None:
    design, outcomes = pd.read_parquet(whole / "design.parquet"), pd.read_parquet(whole / OUTCOMES)
    assert set(outcomes["run"]) == set(design["run"]) and outcomes.groupby("run").size().eq(40).all()
    assert design["run"].str.fullmatch("[0-9a-f]{16}").all()
    run = design[design["powers.russia.pressure"].eq(0.9) & design["role"].eq("run")].iloc[0]
    scenario = plan(whole.parent).scenarios["baseline-2019"].with_sets(["powers.russia.pressure=0.9"])
    assert run["run"] == run_id(scenario.hash, 7)
    alone = execute(scenario, [3, 21], 7).ensemble.at_end().set_index("world")["autonomy"]
    mine = outcomes[outcomes["run"] == run["run"]].set_index("world")["autonomy"]
    assert mine[[3, 21]].tolist() == alone[[3, 21]].tolist()


def test_an_interrupted_batch_goes_on_where_it_was(whole: Path, tmp_path: Path) -> None:
    small = plan(tmp_path, split=True, keep="[events]")
    tally = go(small, tmp_path / "out", Stopped(2))
    assert tally.interrupted and tally.finished == 32
    assert len(pd.read_parquet(tmp_path / "out" / OUTCOMES)) == 32
    ahead = announced(small, tmp_path / "out", block=32)
    assert (ahead.reused, ahead.missing, ahead.changed) == (32, 88, False)
    assert (tmp_path / "out" / OUTCOMES).read_bytes() == (whole / OUTCOMES).read_bytes()
    assert announced(small, tmp_path / "out").missing == 0


def test_a_failing_world_is_a_row_and_the_batch_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = model.simulate_block

    def fails(scenario: Any, *, worlds: list[int], **rest: Any) -> Any:
        if 5 in worlds and scenario.powers["russia"].pressure.domain("economy").at(0) > 0.5:
            raise ZeroDivisionError("out of luck")
        return real(scenario, worlds=worlds, **rest)

    monkeypatch.setattr(model, "simulate_block", fails)
    small, folder = plan(tmp_path), tmp_path / "out"
    tally = go(small, folder)
    assert (tally.finished, tally.failed) == (79, 1)
    row = pd.read_parquet(folder / "failures.parquet").iloc[0]
    assert (row["world"], row["type"], row["message"], row["seed"]) == (5, "ZeroDivisionError", "out of luck", 7)
    assert row["run"] == small.ids[1] and row["stage"] and "out of luck" in row["traceback"]
    assert str(Path(model.__file__).parents[1]) not in row["traceback"]
    monkeypatch.undo()
    ahead = announced(small, folder)
    assert (ahead.retried, ahead.missing) == (1, 1)
    assert not (folder / "failures.parquet").exists() and len(pd.read_parquet(folder / OUTCOMES)) == 80


def test_a_run_that_cannot_be_resolved_fails_alone(tmp_path: Path) -> None:
    small = plan(tmp_path, worlds=2)
    good, bad = (small.task(run, [0, 1]) for run in small.runs)
    other = Chunk((good, type(bad)(bad.run, bad.scenario, bad.document, (), bad.seed, bad.worlds)))
    result = perform(other)
    assert result.finished == {good.run: (0, 1)} and result.failed == {bad.run: (0, 1)}


def test_a_damaged_part_is_set_aside_and_run_again(whole: Path, tmp_path: Path) -> None:
    small, folder = plan(tmp_path, split=True, keep="[events]"), tmp_path / "out"
    go(small, folder)
    first, second, third = sorted((folder / "parts" / "outcomes").iterdir())[:3]
    first.write_bytes(first.read_bytes()[:-20])
    content = bytearray(second.read_bytes())
    middle = len(content) // 3
    content[middle : middle + 400] = bytes(255 - one for one in content[middle : middle + 400])
    second.write_bytes(bytes(content))
    (folder / "parts" / "events" / third.name).unlink()
    assert len(open_batch(folder).inventory.damaged) == 3
    ahead = announced(small, folder)
    assert len(ahead.damaged) == 3 and ahead.missing == 120 - ahead.reused >= 3 * 8
    aside = {path.name for path in (folder / "set-aside").iterdir()}
    assert {f"outcomes-{first.name}", f"events-{first.name}", f"outcomes-{third.name}"} <= aside
    assert (folder / OUTCOMES).read_bytes() == (whole / OUTCOMES).read_bytes()


def test_a_changed_study_reuses_what_is_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    go(plan(tmp_path), folder)
    wider = announced(plan(tmp_path, levels="[0.1, 0.5]", worlds=48), folder)
    assert (wider.changed, wider.reused, wider.missing, wider.unused) == (True, 40, 56, 1)
    assert len(pd.read_parquet(folder / OUTCOMES)) == 96
    back = announced(plan(tmp_path), folder)
    assert (back.reused, back.missing) == (80, 0)
    assert pd.read_parquet(folder / OUTCOMES).groupby("run").size().tolist() == [40, 40]
    more = announced(plan(tmp_path, keep="[ties]"), folder)
    assert (more.reused, more.missing) == (0, 80)
    assert len(open_batch(folder).table("ties")) == 80 * 3 * 5 * 3


def test_a_full_disk_keeps_what_is_finished(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small, folder = plan(tmp_path, split=True, keep="[events]"), tmp_path / "out"
    real, calls = os.fsync, []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) > 16:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(parts_module.os, "fsync", full)
    with pytest.raises(StoreError, match="the disk is full"):
        go(small, folder)
    monkeypatch.undo()
    kept, _ = Parts(folder).inventory(small.document.keep).count(small.ids)
    assert 0 < kept < 120 and not list(folder.rglob("*.part"))
    go(small, folder)
    assert (folder / OUTCOMES).read_bytes() == (whole / OUTCOMES).read_bytes()


def test_two_processes_do_not_write_into_one_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with locked(tmp_path / "out"), pytest.raises(StoreError, match=f"process {os.getpid()}.*is writing"):
        go(plan(tmp_path), tmp_path / "out")
    assert go(plan(tmp_path, worlds=2), tmp_path / "out").finished == 4


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0o500)
    with pytest.raises(StoreError, match="no permission"):
        go(plan(tmp_path), tmp_path / "shut" / "out")


def test_a_foreign_folder_is_left_as_it_is(tmp_path: Path) -> None:
    small = plan(tmp_path, worlds=2)
    with pytest.raises(StoreError, match="not a batch folder"):
        go(small, tmp_path)
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(StoreError, match="is a file"):
        go(small, tmp_path / "file")
    assert outlook(small, tmp_path / "nowhere").missing == 4


def test_comparison_and_split_are_those_of_single_runs(whole: Path) -> None:
    batch = open_batch(whole)
    scenario = plan(whole.parent).scenarios["baseline-2019"]
    low, high = (scenario.with_sets([f"powers.russia.pressure={level}"]) for level in (0.1, 0.9))
    base, changed = execute(low, 40, 7).ensemble, execute(high, 40, 7).ensemble
    expected = compare(base, changed).set_index(["outcome", "when"])
    found = batch.compared().set_index(["outcome", "when"]).loc[expected.index]
    pd.testing.assert_frame_equal(found[list(expected.columns)], expected)
    replayed = execute(high, 40, 7, replay=base).ensemble
    split = decompose(base, changed, replayed).set_index(["outcome", "part"])
    mine = batch.split().set_index(["outcome", "part"]).loc[split.index]
    pd.testing.assert_frame_equal(mine[list(split.columns)], split)


def test_a_baseline_scenario_is_added_and_compared_with(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(
        "schema: 1\nkind: batch\ntitle: Two\nscenarios: [ukraine-war-2022, pressure-none]\nworlds: 3\nmonths: 2\n"
        "citizens: 20\nseeds: [1, 2]\nbaseline: baseline-2019\n",
        encoding="utf-8",
    )
    from multivector.lab.plan import plan_of
    from multivector.lab.study import load_study

    small = plan_of(load_study(path))
    assert [run.role for run in small.runs] == ["run"] * 4 + ["baseline"] * 2
    go(small, tmp_path / "out")
    batch = open_batch(tmp_path / "out")
    found = batch.compared()
    assert set(found["base_scenario"]) == {"baseline-2019"} and set(found["seed"]) == {1, 2}
    assert batch.groups[0].label == "A war next door"


# -- executors ------------------------------------------------------------------------------------------------


def test_a_killed_worker_costs_its_own_item_only() -> None:
    found = {done.item: done for done in Processes(2).map(double, range(16))}
    assert {item: done.result for item, done in found.items() if item != 13} == {n: 2 * n for n in range(16) if n != 13}
    assert found[13].result is None and "worker process died" in found[13].lost


def test_executors_take_items_as_they_work() -> None:
    taken = 0

    def items() -> Iterable[int]:
        nonlocal taken
        for number in range(1, 10):
            taken += 1
            yield number

    running = InProcess().map(double, items())
    assert next(running).result == 2 and taken == 1
