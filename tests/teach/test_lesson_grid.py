"""Running a lesson: the same numbers everywhere, what is finished is kept, and reasons that follow the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from multivector.lab.errors import LabError
from multivector.lab.execution import InProcess
from multivector.teach.document import document_of
from multivector.teach.grid import Grid, LeafJob, jobs_of, run_leaf, run_lesson
from multivector.teach.notes import answer_notes
from multivector.teach.pack import LEVELS, pack, unpack
from multivector.teach.paths import Leaf, plan_lesson
from multivector.teach.reasons import actors_moved, reasons
from multivector.teach.tries import measure_tries
from tests.teach.lessons import small

BAN, NONE = Leaf(0, ((1,), (0,))), Leaf(0, ((0,), (0,)))


@settings(max_examples=40, deadline=None)
@given(arrays(np.float64, (2, 3, 4, 5), elements=st.floats(-1e6, 1e6)))
def test_packing_loses_half_a_level_at_most(values: np.ndarray) -> None:
    back = unpack(pack(values))
    span = values.max(axis=(0, 2, 3)) - values.min(axis=(0, 2, 3))
    off = np.abs(back - values).max(axis=(0, 2, 3))
    assert (off <= span * (0.5 / LEVELS) * 1.0001 + 1e-9).all()


def test_packing_refuses_what_no_page_can_show() -> None:
    with pytest.raises(ValueError, match="finite"):
        pack(np.full((1, 1, 1, 1), np.nan))


def test_a_path_alone_has_the_same_numbers(grid: Grid) -> None:
    """Another machine that runs one path arrives at the same bits: luck is common, and nothing else gets in."""
    _, _, jobs = jobs_of(grid.plan)
    job = next(job for job in jobs if job.key == BAN.key)
    alone = run_leaf(job)
    assert alone.values is not None
    np.testing.assert_array_equal(alone.values, grid.values[grid.at(BAN)])
    assert alone.facts == grid.facts[grid.at(BAN)]


def test_paths_are_alike_until_they_part(grid: Grid) -> None:
    before = [step for step, month in enumerate(grid.steps) if month < 3]  # the ban falls in the fourth month
    np.testing.assert_array_equal(grid.values[grid.at(BAN)][..., before], grid.values[grid.at(NONE)][..., before])
    assert np.any(grid.paired(BAN, NONE, "approval") != 0)


def test_the_path_decides_what_it_says(grid: Grid) -> None:
    assert grid.facts[grid.at(BAN)]["dossiers"]["land-code"]["taken"] == [4] * 20
    assert set(grid.facts[grid.at(NONE)]["dossiers"]["land-code"]["taken"]) != {4}


class _Counting(InProcess):
    """Runs what it is given and stops after some paths, as Ctrl-C would."""

    def __init__(self, stop: int = 10**9) -> None:
        self.ran: list[str] = []
        self.stop = stop

    def map(self, work: Any, items: Any) -> Any:
        for done in super().map(work, items):
            if len(self.ran) == self.stop:
                raise KeyboardInterrupt
            self.ran.append(done.item.key)
            yield done


def test_a_stopped_lesson_goes_on_where_it_was(tmp_path: Path, grid: Grid) -> None:
    first, second = _Counting(stop=3), _Counting()
    with pytest.raises(KeyboardInterrupt):
        run_lesson(grid.plan, executor=first, folder=tmp_path)
    (tmp_path / "path-1-1_1.npz").write_bytes(b"cut off")  # what a crash may leave
    again = run_lesson(grid.plan, executor=second, folder=tmp_path)
    assert len(first.ran) == 3 and not set(first.ran) & set(second.ran)
    np.testing.assert_array_equal(again.values, grid.values)
    assert again.facts == grid.facts
    assert not list(tmp_path.glob(".*.part"))


def test_a_path_that_fails_is_told_with_its_name(grid: Grid) -> None:
    class Broken(InProcess):
        def map(self, work: Any, items: Any) -> Any:
            for item in items:
                broken = LeafJob(item.key, {**item.document, "start": "x"}, *list(vars(item).values())[2:])
                yield from super().map(work, [broken])

    with pytest.raises(LabError, match=r"path 0:0\.0 of the lesson failed"):
        run_lesson(grid.plan, executor=Broken())


def _told(grid: Grid) -> list[dict[str, Any]]:
    return reasons(grid.facts[grid.at(NONE)], grid.facts[grid.at(BAN)], {"land-code": 4})


def test_reasons_count_what_the_logs_hold(grid: Grid) -> None:
    told = _told(grid)
    own = told[0]
    before = grid.facts[grid.at(NONE)]["dossiers"]["land-code"]["taken"]
    assert own["own"] and own["dossier"] == "land-code" and own["now"] == [4, 20]
    assert own["changed"] == sum(option != 4 for option in before)
    assert own["was"][1] == before.count(own["was"][0])


def test_reasons_of_a_path_against_itself_are_none(grid: Grid) -> None:
    facts = grid.facts[grid.at(BAN)]
    assert reasons(facts, facts, {}) == []


def test_another_mechanism_gives_other_reasons(grid: Grid) -> None:
    """What explains a change is read from the run: with the decision rule off the trace is another one."""
    other = run_lesson(plan_lesson(small(a="every: 1 => every: 1\nset: [mechanisms.survival_rule=false]")))
    assert _told(other) != _told(grid)
    page, page_other = (document_of(one)["reasons"] for one in (grid, other))
    assert page != page_other


def test_what_left_the_baseline_is_what_differs(grid: Grid) -> None:
    base, path = grid.values[grid.at(NONE)], grid.values[grid.at(BAN)]
    moved = {one["series"]: one for one in actors_moved(base, path, grid.names, grid.steps)}
    one = moved["approval"]
    change = (path - base)[grid.names.index("approval"), :, -1]
    assert one["median"] == pytest.approx(float(np.median(change)))
    assert one["futures"] == int((np.sign(change) == np.sign(one["median"])).sum())
    assert grid.steps[one["since"]] >= 3


def test_tries_and_notes_count_the_same_futures(grid: Grid) -> None:
    (tried,) = measure_tries(grid)
    row = next(row for row in answer_notes(grid) if row["stop"] == "ban leases")
    assert row["aims"][0]["median"] == pytest.approx(tried.median)
    assert {row["stop"] for row in answer_notes(grid)} == {"ban leases", "promise", "by nobody"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["when-the-street-speaks", "who-do-you-disappoint", "the-fan-and-the-giants"])
def test_every_try_of_a_ready_lesson_holds(name: str) -> None:
    from multivector.teach.schema import list_lessons, load_lesson
    from multivector.teach.tries import plan_of_tries

    plan = plan_of_tries(plan_lesson(load_lesson(list_lessons()[name])))
    for one in measure_tries(run_lesson(plan)):
        assert one.held, f"{one.claim.text}: {one.futures} of 20 futures, {one.claim.share:.0%} claimed"
