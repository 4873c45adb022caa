from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.kernels.network import language_blocks, small_world


def edges(ptr: np.ndarray, idx: np.ndarray) -> set[tuple[int, int]]:
    return {(i, int(j)) for i in range(ptr.size - 1) for j in idx[ptr[i] : ptr[i + 1]]}


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 60),
    degree=st.integers(0, 14),
    rewire=st.sampled_from([0.0, 0.1, 1.0]),
    key=st.integers(0, 2**64 - 1),
)
def test_network_is_simple_and_undirected(n: int, degree: int, rewire: float, key: int) -> None:
    ptr, idx = small_world(n, degree, rewire, key)
    assert ptr.dtype == idx.dtype == np.int32 and ptr.size == n + 1 and ptr[-1] == idx.size
    pairs = edges(ptr, idx)
    assert len(pairs) == idx.size, "no tie twice"
    assert all(i != j and 0 <= j < n for i, j in pairs), "no self loop"
    assert pairs == {(j, i) for i, j in pairs}, "every tie both ways"
    assert all((np.diff(idx[ptr[i] : ptr[i + 1]]) > 0).all() for i in range(n)), "neighbours ascend"
    expected = n * min(degree, n - 1)
    assert abs(idx.size - expected) <= 1, "mean degree as asked"


@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_citizens_all_know_each_other(n: int) -> None:
    ptr, _ = small_world(n, 10, 0.1, 3)
    assert (np.diff(ptr) == n - 1).all()


def test_rewiring_share_and_determinism() -> None:
    n, degree = 5000, 10
    ptr, idx = small_world(n, degree, 0.1, 42)
    gap = np.abs(np.repeat(np.arange(n), np.diff(ptr)) - idx)
    far = (np.minimum(gap, n - gap) > degree // 2).mean()
    assert far == pytest.approx(0.1, abs=0.01)
    again = small_world(n, degree, 0.1, 42)
    assert (ptr == again[0]).all() and (idx == again[1]).all()
    assert not np.array_equal(idx, small_world(n, degree, 0.1, 43)[1])
    assert np.diff(ptr).min() >= degree // 2, "everybody keeps the ties of one side"


@pytest.mark.parametrize("bad", [(0, 4, 0.1), (5, -1, 0.1), (5, 2, 1.5), (1_000_000, 4000, 0.1)])
def test_network_refuses_bad_sizes(bad: tuple[int, int, float]) -> None:
    with pytest.raises(ValueError, match=r"citizens|network"):
        small_world(*bad, 1)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 400),
    weights=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5).filter(lambda w: sum(w) > 0.1),
    block=st.floats(1.0, 60.0),
    key=st.integers(0, 2**64 - 1),
)
def test_language_groups_have_their_shares(n: int, weights: list[float], block: float, key: int) -> None:
    shares = np.array(weights) / sum(weights)
    language = language_blocks(n, shares, block, key)
    assert language.shape == (n,) and language.dtype == np.int8
    sizes = np.bincount(language, minlength=shares.size)
    assert sizes.size == shares.size and (np.abs(sizes - shares * n) < 1.0 + 1e-6).all()
    assert (language == language_blocks(n, shares, block, key)).all()


def test_neighbours_mostly_share_a_language() -> None:
    n, block = 20_000, 50
    language = language_blocks(n, np.array([0.5, 0.5]), block, 9)
    runs = 1 + np.count_nonzero(np.diff(language))
    assert n / runs == pytest.approx(2 * block, rel=0.15), "two blocks in a row join half of the time"
    ptr, idx = small_world(n, 10, 0.1, 9)
    same = (np.repeat(language, np.diff(ptr)) == language[idx]).mean()
    assert same > 0.85


@pytest.mark.parametrize("shares", [[0.5, 0.4], [-0.5, 1.5], [[1.0]]])
def test_language_refuses_bad_shares(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="shares"):
        language_blocks(10, np.array(shares), 5, 1)
