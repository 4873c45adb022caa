"""The war next door, once for every test that looks at it."""

from __future__ import annotations

import pytest

from multivector.ensemble import Ensemble
from tests.model.runs import ensemble


@pytest.fixture(scope="session")
def war() -> Ensemble:
    return ensemble("ukraine-war-2022")
