"""What is fitted for the backtest of issues: our three coefficients and the rivals' spreads; the fit that ships."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest.dressing import Spread
from multivector.lab.backtest.issues import Bundle, Issue
from multivector.lab.store import replacing
from multivector.politics.settlement import Coefficients, settle, spread_of

__all__ = ["Fit", "fit_coefficients", "folds_of", "shipped_fit", "write_fit"]

Floats = NDArray[np.float64]
_FILE = "issues_fit.yaml"
#: Start and centre of the weak prior: an even chance, and appeal that falls to a twentieth over the axis.
_START = np.array([0.0, np.log(3.0), np.log(3.0)])
_PRIOR_SD = 2.0


@dataclass(frozen=True)
class Fit:
    """Coefficients of ours, spreads of rivals by name, and where they come from."""

    coefficients: Coefficients
    spreads: dict[str, Spread]
    sha256: str = ""
    issues: frozenset[str] = field(default_factory=frozenset)


def _coefficients(free: Floats) -> Coefficients:
    return Coefficients(float(1.0 / (1.0 + np.exp(-free[0]))), float(np.exp(free[1])), float(np.exp(free[2])))


def fit_coefficients(data: Bundle, outcome: Floats, centre: Floats | None = None) -> Coefficients:
    """Our coefficients by penalised maximum likelihood of the outcomes (n,), 0..100.

    On free scales (log odds, logs) with a weak normal prior, which holds them where few issues say little. `centre`
    (n,), 0..1, replaces the compromise: what a rival would do with our way to spread around its point.
    """
    from scipy.optimize import minimize

    came = np.rint(outcome).astype(np.int64)
    rows = np.arange(len(came))

    def loss(free: Floats) -> float:
        how = _coefficients(free)
        if centre is None:
            probability = settle(data.position, data.force, data.reference, how)
        else:
            probability = spread_of(data.position, data.force, data.reference, centre, how)
        prior = 0.5 * (((free - _START) / _PRIOR_SD) ** 2).sum()
        return float(-np.log(np.maximum(probability[rows, came], 1e-300)).sum() + prior)

    bounds = [(-6.0, 6.0), (np.log(0.02), np.log(60.0)), (np.log(0.02), np.log(60.0))]
    found = minimize(loss, _START, method="L-BFGS-B", bounds=bounds)
    return _coefficients(np.asarray(found.x))


def folds_of(proposal: NDArray[np.str_], most: int = 10, seed: int = 7) -> NDArray[np.int64]:
    """A fold for each issue, (n,): whole proposals, spread evenly by chance (a fixed one)."""
    names, member = np.unique(proposal, return_inverse=True)
    fold = np.arange(len(names)) % min(most, len(names))
    return np.asarray(np.random.Generator(np.random.Philox(seed)).permutation(fold)[member])


def shipped_fit() -> Fit:
    """The fit that ships with the package (`issues_fit.yaml`)."""
    from ruamel.yaml import YAML

    text = (resources.files("multivector.lab.backtest") / _FILE).read_text(encoding="utf-8")
    raw = YAML(typ="safe", pure=True).load(text)
    return Fit(
        Coefficients(**raw["coefficients"]),
        {name: Spread(one["shape"], float(one["scale"])) for name, one in raw["spreads"].items()},
        raw["sha256"],
        frozenset(raw["issues"]),
    )


def write_fit(path: Path, fit: Fit, issues: Sequence[Issue]) -> None:
    """Write a fit as YAML, all at once."""
    from ruamel.yaml import YAML

    document: dict[str, Any] = {
        "sha256": fit.sha256,
        "n": len(issues),
        "proposals": len({one.proposal for one in issues}),
        "coefficients": {name: float(f"{value:.4g}") for name, value in fit.coefficients._asdict().items()},
        "spreads": {name: {"shape": one.shape, "scale": one.scale} for name, one in fit.spreads.items()},
        "issues": sorted(one.name for one in issues),
    }
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 118
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("# Written by `multivector backtest issues FILE --write-fit FIT`: what was fitted, and on what.\n")
        stream.write("# The records of the group `settlement` hold the same coefficients.\n")
        yaml.dump(document, stream)
