"""The class is an ordinary Mesa model."""

from __future__ import annotations

import inspect

import mesa
import numpy as np
import pytest

from multivector.agents.adviser import Adviser
from multivector.agents.elites import Elder, FormalActor, InformalActor
from multivector.agents.power import Power
from multivector.agents.president import President
from multivector.agents.public import Public
from multivector.model import MultivectorModel
from tests.model.runs import scenario


def test_agents_by_type_and_views() -> None:
    model = MultivectorModel(scenario("january-2022"), worlds=3, rng=1)
    model.step()
    counts = {kind: len(agents) for kind, agents in model.agents_by_type.items()}
    setting = model.setting
    assert counts == {
        President: 1, Elder: 1, Public: 1, Adviser: len(setting.advisers), FormalActor: len(setting.formal),
        InformalActor: len(setting.informal), Power: len(setting.powers),
    }  # fmt: skip
    russia = next(p for p in model.agents_by_type[Power] if p.id == "russia")
    assert russia.tie.shape == (3, 3)
    russia.tie[:] = 0.25
    assert (model.state.tie[:, russia.row] == 0.25).all()
    family = next(a for a in model.agents_by_type[InformalActor] if a.id == "family")
    assert family.clout.shape == (3,)
    assert all(0 <= float(w.min()) <= float(w.max()) <= 1 for w in family.wishes.values())


def test_datacollector_face() -> None:
    model = MultivectorModel(scenario("baseline-2019"), worlds=4, rng=2)
    for _ in range(5):
        model.step()
    frame = model.datacollector.get_model_vars_dataframe()
    assert len(frame) == 5
    assert frame["openness"].iloc[-1] == pytest.approx(np.mean(model.measures["openness"]))
    own = mesa.DataCollector(model_reporters={"autonomy": lambda m: float(m.measures["autonomy"].mean())})
    own.collect(model)
    assert 0 <= own.get_model_vars_dataframe()["autonomy"].iloc[0] <= 1


def test_batch_run() -> None:
    setting = scenario("baseline-2019", months=6)
    seeds = [1, 2]
    if "rng" in inspect.signature(mesa.batch_run).parameters:
        rows = mesa.batch_run(
            MultivectorModel,
            parameters={"scenario": [setting]},
            rng=seeds,
            max_steps=6,
            display_progress=False,
        )
    else:
        rows = mesa.batch_run(
            MultivectorModel,
            parameters={"scenario": [setting], "rng": seeds},
            max_steps=6,
            display_progress=False,
        )
    assert len(rows) == len(seeds)
    last = [row["grievance"] for row in rows]
    assert last[0] != last[1]
    alone = MultivectorModel(setting, worlds=1, rng=1)
    while alone.running:
        alone.step()
    assert last[0] == alone.datacollector.get_model_vars_dataframe()["grievance"].iloc[-1]
