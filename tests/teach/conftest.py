"""The small lesson, run once."""

from __future__ import annotations

import pytest

from multivector.teach.grid import Grid, run_lesson
from multivector.teach.paths import plan_lesson
from tests.teach.lessons import small


@pytest.fixture(scope="session")
def grid() -> Grid:
    return run_lesson(plan_lesson(small()))
