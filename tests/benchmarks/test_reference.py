"""The benchmarks' reference workload is the model's own kernel, and the other libraries compute the same."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from numba import njit

from benchmarks import reference as ref
from benchmarks.limits import counts
from benchmarks.peers import PEERS, Missing, frames_seconds
from multivector.kernels.opinions import OFF, ON, opinions
from multivector.kernels.public import Citizens

STEPS, CITIZENS = 15, 1000


def test_what_is_not_compiled_is_what_has_a_number_of_zero() -> None:
    """The general form with the workload's numbers and the specialised form give the same bits."""
    general, special = ref.general(400, 20), ref.ReferenceCitizens.of(400, 20)
    for month in range(6):
        given = ref.inputs(20)
        a, b = general.step(month, given), special.step(month, given)
        for name in ("mean", "grievance", "protest"):
            assert np.array_equal(getattr(a, name), getattr(b, name)), name
    assert np.array_equal(general.attitudes(), special.attitudes())
    assert np.array_equal(general.grievances(), special.grievances())
    assert np.array_equal(general.voices(), special.voices())


def test_the_workload_runs_the_models_own_loops() -> None:
    own = {name for name in vars(ref.ReferenceCitizens) if not name.startswith("__")}
    assert own <= {"_lasting", "_speech", "_detail", "of"}, "it says what is compiled, and nothing else"
    assert ref.ReferenceCitizens.step is Citizens.step


def test_what_is_off_vanishes() -> None:
    """One source; with the mechanisms off, the machine code has lost their hashes."""
    multiplications = []
    for switch in (ON, OFF):
        citizens = ref.general(50, 1) if switch else ref.ReferenceCitizens.of(50, 1)
        citizens.step(0, ref.inputs(1))
        flags = tuple(len(t) for t in (citizens._lasting, citizens._detail))
        assert flags == (len(switch), len(switch))
        (signature,) = [s for s in opinions.signatures if len(s[-2]) == len(switch) and len(s[-5]) == ref.OPINIONS]
        fresh = njit(opinions.py_func)
        fresh.compile(signature)
        (text,) = fresh.inspect_llvm().values()
        multiplications.append(text.count("= mul <16 x i32>"))
    assert multiplications[1] * 2 <= multiplications[0] > 0


@pytest.fixture(scope="module")
def society() -> tuple[ref.Start, ref.Aggregates]:
    """A start, and the kernel's aggregates after STEPS steps from it."""
    public = ref.ReferenceCitizens.of(CITIZENS, 1)
    start = ref.start_of(public)
    return start, ref.aggregates(public, STEPS)


def assert_agrees(found: ref.Aggregates, kernel: ref.Aggregates, *, in_turn: bool = False) -> None:
    """Noise leaves 0.02 * sqrt(steps / citizens) in a mean. Those who move in turn see some of this step already."""
    assert found.opinions == pytest.approx(kernel.opinions, abs=0.025 if in_turn else 0.01)
    assert found.grievance == pytest.approx(kernel.grievance, abs=0.006 if in_turn else 0.003)
    assert found.protest == pytest.approx(kernel.protest, abs=0.06 if in_turn else 0.03)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(PEERS))
def test_peers_compute_the_same(name: str, society: tuple[ref.Start, ref.Aggregates]) -> None:
    start, kernel = society
    try:
        peer = PEERS[name](start)
    except Missing as missing:
        pytest.skip(str(missing))
    for _ in range(STEPS):
        peer.step()
    assert_agrees(peer.aggregates(), kernel, in_turn=name not in ("NumPy", "SciPy"))


@pytest.mark.slow
def test_mesa_frames_computes_the_same(society: tuple[ref.Start, ref.Aggregates]) -> None:
    start, kernel = society
    try:
        found = frames_seconds(start, sys.executable, STEPS - 1, 1)
    except Missing as missing:
        pytest.skip(str(missing))
    assert found["steps"] == STEPS
    assert_agrees(found["aggregates"], kernel)


def test_counts_grow_with_what_is_counted() -> None:
    small, large = counts(10.0, 5, 1), counts(20.0, 5, 1)
    assert large["instructions"] - small["instructions"] == 3 * 10 * 4, "five powers are three vectors of pairs"
    assert large["rows"] == 2 * small["rows"] and large["bytes"] > small["bytes"]
