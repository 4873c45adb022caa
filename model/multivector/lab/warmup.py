"""Compiling once, on two cores: a helper process compiles the decision rule while this one compiles the rest.

numba compiles one function at a time in a process; the rule is half of the work, and what follows from decisions and
months goes with the other half. Both put what they make in the same cache, where the other finds it. Whatever happens
to the helper, nothing is lost but time: what is not in the cache is compiled where it is needed.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np

from multivector.agents.president import President
from multivector.caching import is_fresh
from multivector.lab.execution import cores
from multivector.model import MultivectorModel
from multivector.politics.cases import Case
from multivector.politics.consequences import settle
from multivector.politics.positions import Positions
from multivector.politics.terms import judge
from multivector.scenario import Scenario, load_scenario

__all__ = ["compile_rule", "is_compiled", "warm_up"]

_CITIZENS, _SCENARIO = 64, "baseline-2019"
_HELPER = "from multivector.lab.warmup import compile_rule; compile_rule()"
_log = logging.getLogger("multivector.warmup")


class _Pondering(President):
    """A president who decides and carries nothing out: that is compiled elsewhere."""

    def _carry_out(self, *decision: Any) -> None:
        pass


class _Alone(MultivectorModel):
    """A model without a public: its citizens' kernels are compiled elsewhere."""

    def _people_the_stage(self, threads: int | None) -> None:
        self.president = _Pondering(self)
        self.elder = None


def is_compiled() -> bool:
    """Whether the decision rule, half of all there is to compile, is in the cache as it stands in the source."""
    return is_fresh(judge)


def compile_rule() -> None:
    """Compile what the president needs to decide, by a decision in a model without a public."""
    model = _Alone(load_scenario(_SCENARIO, months=12), rng=1, worlds=2, collect=False)
    while model.month < model.months:
        model.world_turns()
        model.powers_act()
        model.dossiers_open()
        for case in model.agenda.cases(model.state, model.month):
            shape = (len(case.rows), len(model.cast.actors))
            model.president.decide(case, Positions(np.full(shape, 0.5), np.full(shape, 0.5), np.zeros(shape)))
            return
        model.month += 1


def warm_up(scenario: Scenario) -> bool:
    """Compile what is not compiled yet for a scenario's kind of world; returns whether there was anything to do.

    Worker processes, and computers with one core, compile as they go instead.
    """
    if is_compiled() or cores() < 2 or multiprocessing.parent_process() is not None:
        return False
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    helper = subprocess.Popen(
        [sys.executable, "-c", _HELPER],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _compile_rest(scenario)
        if helper.wait() != 0:
            _log.info("the helper that compiles ahead failed (%d); this process compiles all", helper.returncode)
    finally:
        if helper.poll() is None:
            helper.kill()
            helper.wait()
    return True


def _compile_rest(scenario: Scenario) -> None:
    """Compile the public, what actors do and what follows, by a month of a small world with a blind decision."""
    small = scenario.model_copy(update={"citizens": min(_CITIZENS, int(scenario.citizens))})
    model = MultivectorModel(small, rng=1, worlds=2, collect=False)
    while model.month < model.months:
        model.world_turns()
        model.powers_act()
        model.dossiers_open()
        model.actors_take_positions()
        if model.month == 0:
            model.public_speaks()
        if model.docket:
            _carry_out_blindly(model.docket[0][0], model)
            model.consequences_follow()
            return
        model.month += 1


def _carry_out_blindly(case: Case, model: MultivectorModel) -> None:
    """Settle a case on its first option in all worlds, appraised as nothing to anybody."""
    rows, ends = len(case.rows), case.options + 1
    powers, actors = len(model.cast.powers), len(model.cast.actors)
    to_powers, nothing = np.zeros((rows, ends, powers)), np.zeros(rows)
    appraisal: Any = SimpleNamespace(
        gain=to_powers, step=to_powers, offence=to_powers,
        loss=np.zeros((rows, actors, ends)), treasury=np.zeros((rows, ends)),
    )  # fmt: skip
    belief: Any = SimpleNamespace(salience=nothing, slope=np.zeros((rows, powers)), intercept=nothing)
    first = np.zeros(rows, dtype=np.int64)
    settle(case, np.arange(rows), first, first, appraisal, belief, model.cast, model.state, model.p, model.on)
