"""The model as a model of the EMA Workbench: its own sampler and evaluator run it."""

from __future__ import annotations

import warnings

import pytest

from multivector.lab.ema import ema_model
from multivector.scenario import ScenarioErrors

SMALL = {"worlds": 4, "months": 2, "citizens": 20}


@pytest.mark.slow
def test_the_workbench_runs_its_own_samples() -> None:
    pytest.importorskip("ema_workbench")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ema_workbench import SequentialEvaluator, perform_experiments

        model = ema_model(
            "baseline-2019",
            uncertainties={"powers.russia.pressure": (0.1, 0.9)},
            levers={"mechanisms.trial_balloon": [True, False], "doctrine.balance": (0, 3)},
            outcomes=("autonomy", "office_lost"),
            **SMALL,
        )
        with SequentialEvaluator(model) as evaluator:
            experiments, outcomes = perform_experiments(model, scenarios=3, policies=2, evaluator=evaluator)
    assert len(experiments) == 6 and outcomes["autonomy"].shape == (6,)
    assert experiments["powers_russia_pressure"].between(0.1, 0.9).all()
    pressed = experiments["powers_russia_pressure"].astype(float).to_numpy()
    calm, hard = outcomes["autonomy"][pressed.argmin()], outcomes["autonomy"][pressed.argmax()]
    assert hard < calm  # what pressure does in the model, it does through the workbench


@pytest.mark.slow
def test_wrong_names_are_refused_before_anything_runs() -> None:
    pytest.importorskip("ema_workbench")
    with pytest.raises(ValueError, match="did you mean autonomy"):
        ema_model("baseline-2019", uncertainties={"powers.russia.pressure": (0, 1)}, outcomes=("autonomi",), **SMALL)
    with pytest.raises(ScenarioErrors):
        ema_model("baseline-2019", uncertainties={"powers.rusia.pressure": (0, 1)}, outcomes=("autonomy",), **SMALL)
