"""The kernels are compiled once, before the workers start: each would compile them all for itself otherwise."""

from __future__ import annotations

import pytest

from tests.browser import browser  # noqa: F401 - a fixture of every folder


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workerinput") or config.option.collectonly or config.getoption("dist", "no") == "no":
        return
    from multivector.lab.warmup import warm_up
    from multivector.scenario import load_scenario

    warm_up(load_scenario("baseline-2019", months=6, citizens=64))
