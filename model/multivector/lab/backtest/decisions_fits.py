"""Fitted coefficients as data: those that ship with the package, and those fitted again to another file.

The shipped file says what it was fitted to (sha256) and on which history; for each case of that file it also holds
the coefficients fitted without it. A case that is met again is forecast with those, whatever outcome the file at hand
gives it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from multivector.lab.backtest.decisions_data import CodedDecisions
from multivector.lab.backtest.decisions_fit import PRIOR_SD, Fit, fit_coefficients
from multivector.lab.backtest.decisions_history import History
from multivector.lab.backtest.decisions_models import VIEWS, ForecastModel, forecast_models, seen_in
from multivector.lab.backtest.decisions_rivals import modal_options
from multivector.lab.errors import LabError
from multivector.lab.store import explained, write_json

__all__ = ["Fits", "fit_all", "shipped_fits"]

_SHIPPED = "decisions_fit.json"
_DIGITS = 6


@dataclass
class Fits:
    """Fits by view and model, the modal options, and what they were made from."""

    about: dict[str, Any]
    modal_whole: dict[int, float]
    modal_without: dict[str, dict[int, float]]
    fits: dict[str, dict[str, Fit]] = field(default_factory=dict)

    def modal(self, fingerprint: str, options: int) -> float:
        """The modal option for a case, an option number: without its own outcome; the middle where none is known."""
        known = self.modal_without.get(fingerprint, self.modal_whole)
        return known.get(options, (options + 1) / 2.0)

    def of(self, view: str, model: str) -> Fit:
        """The fit of a model under a view. Raises LabError where there is none."""
        found = self.fits.get(view, {}).get(model)
        if found is None:
            raise LabError(f"there are no fitted coefficients of `{model}`", key="--refit", suggestion="use --refit")
        return found

    def plain(self, models: Sequence[ForecastModel]) -> dict[str, Any]:
        """The form on disk: numbers by the names of coefficients."""
        names = {model.name: [one.name for one in model.coefficients] for model in models}

        return {
            "about": self.about,
            "modal": {
                "whole": {str(k): v for k, v in sorted(self.modal_whole.items())},
                "without": {m: {str(k): v for k, v in sorted(one.items())} for m, one in self.modal_without.items()},
            },
            "fits": {
                view: {
                    name: {
                        "coefficients": names[name],
                        "whole": list(fit.whole),
                        "without": {mark: list(values) for mark, values in fit.without.items()},
                    }
                    for name, fit in by_model.items()
                }
                for view, by_model in self.fits.items()
            },
        }

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Fits:
        """From the form on disk."""
        modal = raw["modal"]
        return cls(
            about=raw["about"],
            modal_whole={int(k): float(v) for k, v in modal["whole"].items()},
            modal_without={m: {int(k): float(v) for k, v in one.items()} for m, one in modal["without"].items()},
            fits={
                view: {
                    name: Fit(tuple(one["whole"]), {mark: tuple(v) for mark, v in one["without"].items()})
                    for name, one in by_model.items()
                }
                for view, by_model in raw["fits"].items()
            },
        )


def shipped_fits() -> Fits:
    """The coefficients that ship with the package."""
    text = (resources.files("multivector.lab.backtest") / _SHIPPED).read_text(encoding="utf-8")
    return Fits.read(json.loads(text))


def fit_all(
    data: CodedDecisions,
    history: History,
    *,
    save: Path | None = None,
    only: Sequence[str] | None = None,
    views: Sequence[str] = tuple(VIEWS),
    about: dict[str, Any] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Fits:
    """Fit every model (or `only` some) under every view, to all cases and to all but one.

    With `save`, the file is written after every fit, and what it holds from the same data and history is not fitted
    again. `progress` is called with fits done, fits to do, and what is being fitted.
    """
    marks = [case.fingerprint for case in data.cases]
    about = {
        "fitted_on_sha256": data.sha256,
        "cases": len(data.cases),
        "history": history.scenario.id,
        "history_hash": history.scenario.hash,
        "worlds": history.worlds,
        "prior_sd": PRIOR_SD,
        **(about or {}),
    }
    fits = _begun(save, about) or Fits(
        about,
        modal_options(data.cases, data.outcome),
        {mark: _modal_without(data, i) for i, mark in enumerate(marks)},
    )
    every = forecast_models(history, fits.modal)
    models = [model for model in every if only is None or model.name in only]
    total, done = len(views) * len(models), 0
    for view in views:
        cases = [seen_in(view, case) for case in data.cases]
        of_view = fits.fits.setdefault(view, {})
        for model in models:
            said = f"{model.title}, {view.replace('_', ' ')}"

            def tick(left_out: int, cases_: int, so_far: int = done, said: str = said) -> None:
                if progress is not None:
                    progress(so_far * cases_ + left_out, total * cases_, said)

            tick(0, len(cases))
            if model.name not in of_view:
                bound = model.bind(cases, marks)
                fit = fit_coefficients(model.coefficients, bound, data.outcome, marks, progress=tick)
                of_view[model.name] = _rounded(fit)
                if save is not None:
                    with explained(save, "--save"):
                        write_json(save, fits.plain(every))
            done += 1
    if progress is not None:
        progress(total * len(marks), total * len(marks), "")
    return fits


def _rounded(fit: Fit) -> Fit:
    """The fit as it is kept on disk: a run that goes on gives what one without a stop gives."""

    def short(values: Sequence[float]) -> tuple[float, ...]:
        return tuple(float(f"{value:.{_DIGITS}g}") for value in values)

    return Fit(short(fit.whole), {mark: short(values) for mark, values in fit.without.items()})


def _modal_without(data: CodedDecisions, i: int) -> dict[int, float]:
    keep = [j for j in range(len(data.cases)) if j != i]
    return modal_options([data.cases[j] for j in keep], [data.outcome[j] for j in keep])


def _begun(save: Path | None, about: dict[str, Any]) -> Fits | None:
    """Fits of an earlier, unfinished run of the same; None if there are none."""
    if save is None or not save.is_file():
        return None
    try:
        begun = Fits.read(json.loads(save.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise LabError(
            f"{save.as_posix()} is not a file of fits", file=save.as_posix(), key="--save", suggestion="name a new file"
        ) from None
    if begun.about != about:
        raise LabError(
            f"{save.as_posix()} holds fits to other data or another history",
            file=save.as_posix(), key="--save", suggestion="name a new file",
        )  # fmt: skip
    return begun
