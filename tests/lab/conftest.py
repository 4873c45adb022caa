"""One small real run for the tests of the lab, made once."""

from __future__ import annotations

import pytest

from multivector.ensemble import Ensemble
from multivector.lab.run import Run, execute
from multivector.scenario import Scenario, load_scenario

WORLDS = 20


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    return load_scenario("ukraine-war-2022", months=8, citizens=40)


@pytest.fixture(scope="session")
def run(scenario: Scenario) -> Run:
    return execute(scenario, WORLDS, 7)


@pytest.fixture(scope="session")
def ensemble(run: Run) -> Ensemble:
    return run.ensemble


@pytest.fixture(scope="session")
def pressed(scenario: Scenario, run: Run) -> Ensemble:
    """The same worlds under much more pressure from Russia."""
    changed = scenario.with_sets(["powers.russia.pressure=0.95"])
    return execute(changed, WORLDS, 7).ensemble
