from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from multivector.streams import Streams


@given(st.integers(0, 2**63), st.integers(0, 10_000), st.integers(0, 1200))
def test_a_world_draws_the_same_alone_and_in_company(seed: int, world: int, month: int) -> None:
    alone = Streams(seed, [world]).uniform("x", month, 3, 4)
    company = Streams(seed, [0, world, 77]).uniform("x", month, 3, 4)
    assert (alone[0] == company[1]).all()
    chosen = Streams(seed, [0, world, 77]).uniform("x", month, 3, 4, rows=np.array([1]))
    assert (alone == chosen).all()


def test_draws_differ_by_process_month_slot_and_world_and_look_uniform() -> None:
    streams = Streams(7, range(2000))
    base = streams.uniform("a", 1, 0, 4)
    for other in (
        streams.uniform("b", 1, 0, 4),
        streams.uniform("a", 2, 0, 4),
        streams.uniform("a", 1, 1, 4),
    ):
        assert abs(np.corrcoef(base.ravel(), other.ravel())[0, 1]) < 0.05
    assert abs(base.mean() - 0.5) < 0.01 and abs(base.std() - np.sqrt(1 / 12)) < 0.01
    assert abs(np.corrcoef(base[:-1, 0], base[1:, 0])[0, 1]) < 0.08
    normal = streams.normal("n", 0, 0, 4)
    assert abs(normal.mean()) < 0.05 and abs(normal.std() - 1) < 0.03
