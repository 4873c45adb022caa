"""Nothing of one command's logging is left for the next test."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _quiet_log() -> Iterator[None]:
    yield
    root = logging.getLogger("multivector")
    for handler in list(root.handlers):
        root.removeHandler(handler)
    root.propagate = True
