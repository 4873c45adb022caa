"""Boxes around the futures of interest: PRIM (EMA Workbench) and CART (scikit-learn), checked on futures left out.

Sources: Friedman and Fisher 1999 (PRIM); Bryant and Lempert 2010 (scenario discovery: coverage, density, quasi-p);
Breiman et al. 1984 (CART).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from multivector.lab.errors import LabError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Box", "Limit", "find_boxes", "workbench"]

_FOLDS = 5
_ANY_CASE = 1e-9
"""PRIM's threshold: cases are what reaches it, and every box does, since the choice among them is ours."""
_SIGNIFICANT = 0.05
"""Quasi-p above which a restriction is dropped."""


@dataclass(frozen=True)
class Limit:
    """One side of a box: a factor between `low` and `high` (None = open), or among `values`."""

    factor: str
    low: float | None = None
    high: float | None = None
    values: tuple[Any, ...] = ()
    p: float = 0.0


@dataclass(frozen=True)
class Box:
    """A region of the futures.

    Attributes
    ----------
    limits : what restricts it.
    coverage : share of all futures of interest that lie in it.
    density : share of its futures that are of interest.
    mass : share of all futures that lie in it.
    coverage_out, density_out : the same on futures that boxes of the same recipe had not seen (mean of 5 folds); NaN
        where no fold had a box.
    kept : factor → share of the folds whose box restricts it too.
    """

    method: str
    limits: tuple[Limit, ...]
    coverage: float
    density: float
    mass: float
    coverage_out: float = float("nan")
    density_out: float = float("nan")
    kept: Mapping[str, float] = field(default_factory=dict)

    def holds(self, x: pd.DataFrame) -> NDArray[np.bool_]:
        """Which futures lie in it, mask (futures,), of a frame with a row a future and a column a factor."""
        found = np.ones(len(x), dtype=bool)
        for limit in self.limits:
            column = x[limit.factor]
            if limit.values:
                found &= column.isin(limit.values).to_numpy()
            else:
                numbers = column.to_numpy(dtype=np.float64)
                found &= numbers >= (-np.inf if limit.low is None else limit.low)
                found &= numbers <= (np.inf if limit.high is None else limit.high)
        return found


def workbench(module: str) -> Any:
    """A module of the EMA Workbench. Raises LabError with the command that installs it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it names optional parts that are not installed
            return import_module(f"ema_workbench.{module}")
    except ImportError:
        raise LabError(
            "scenario discovery needs the EMA Workbench, which is not installed",
            suggestion="pip install 'multivector[lab]'",
        ) from None


def find_boxes(
    x: pd.DataFrame,
    y: NDArray[np.bool_],
    *,
    method: str = "prim",
    density: float = 0.75,
    smallest: float = 0.05,
    most: int = 2,
) -> list[Box]:
    """Boxes that hold many futures of interest and few others, best first.

    Parameters
    ----------
    x : futures by factor; switches and names as they are.
    y : which futures are of interest.
    density : what a box should reach; among PRIM's boxes that do, the best in coverage and density is taken.
    smallest : smallest mass of a box.
    most : most boxes of PRIM; CART gives every leaf that reaches half of the way from the base rate to `density`.
    """
    if not 0 < int(y.sum()) < len(y):
        return []
    finder = _prim if method == "prim" else _cart
    boxes = finder(x, y, density, smallest, most)
    if not boxes:
        return []
    return _checked(boxes, x, y, lambda a, b: finder(a, b, density, smallest, most))


def _told(x: pd.DataFrame) -> pd.DataFrame:
    """Factors as the workbench takes them: what is no number is a category."""
    import pandas as pd

    x = x.reset_index(drop=True)
    names = [name for name in x if x[name].dtype == bool or not pd.api.types.is_numeric_dtype(x[name])]
    return x.astype(dict.fromkeys(names, "category"))


def _prim(x: pd.DataFrame, y: NDArray[np.bool_], density: float, smallest: float, most: int) -> list[Box]:
    prim = workbench("analysis.prim")
    told = _told(x)
    found: list[Box] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = prim.Prim(told, np.asarray(y), threshold=_ANY_CASE, peel_alpha=0.05, mass_min=smallest)
        for _ in range(most):
            if not np.asarray(y)[search.yi_remaining].any():
                break
            peeled = search.find_box()
            if peeled is None or len(peeled.peeling_trajectory) < 2:
                break
            box = _measured("prim", _limits_of(peeled, _chosen(peeled, density)), x, y)
            lift = box.density - float(np.mean(y))
            if not box.limits or lift < 0.5 * (density - float(np.mean(y))):
                break
            found.append(box)
    return found


def _chosen(peeled: Any, density: float) -> int:
    """The place on PRIM's trajectory that is best in coverage and density together (F1), among the dense ones."""
    path = peeled.peeling_trajectory
    dense = path[path["density"] >= density]
    path = dense if len(dense) else path
    both = 2 * path["coverage"] * path["density"] / (path["coverage"] + path["density"]).clip(lower=1e-9)
    return int(path["id"].iloc[int(np.argmax(both.to_numpy()))])


def _limits_of(peeled: Any, place: int) -> tuple[Limit, ...]:
    box, whole = peeled.box_lims[place], peeled.box_lims[0]
    p = peeled.qp[place]
    peeled.select(place)
    return _limits(box, whole, {name: max(one for one in values) for name, values in p.items()})


def _limits(box: pd.DataFrame, whole: pd.DataFrame, p: Mapping[str, float]) -> tuple[Limit, ...]:
    """The restrictions of a box beside the whole, the insignificant ones left out."""
    found = []
    for name in box.columns:
        low, high = box[name].iloc[0], box[name].iloc[1]
        chance = max(float(p.get(name, 0.0)), 0.0)
        if isinstance(low, set):
            if low != whole[name].iloc[0] and chance <= _SIGNIFICANT:
                found.append(Limit(str(name), values=tuple(sorted(low, key=str)), p=chance))
            continue
        below, above = float(low) > float(whole[name].iloc[0]), float(high) < float(whole[name].iloc[1])
        if (below or above) and chance <= _SIGNIFICANT:
            found.append(Limit(str(name), float(low) if below else None, float(high) if above else None, p=chance))
    return tuple(found)


def _cart(x: pd.DataFrame, y: NDArray[np.bool_], density: float, smallest: float, most: int) -> list[Box]:
    tree = _tree(x, y, smallest)
    base = float(np.mean(y))
    bar = base + 0.5 * (density - base)
    found = [_measured("cart", limits, x, y) for limits in tree if limits]
    return sorted((box for box in found if box.density >= bar), key=lambda box: -box.coverage)


def _tree(x: pd.DataFrame, y: NDArray[np.bool_], smallest: float) -> list[tuple[Limit, ...]]:
    """The leaves of a classification tree as limits; a name or switch is split into one column per value."""
    import pandas as pd

    try:
        from sklearn.tree import DecisionTreeClassifier
    except ImportError:
        raise LabError(
            "CART needs scikit-learn, which is not installed", suggestion="pip install 'multivector[lab]'"
        ) from None
    told = _told(x)
    columns: list[tuple[str, Any]] = []
    parts = []
    for name in told:
        if isinstance(told[name].dtype, pd.CategoricalDtype):
            for value in told[name].cat.categories:
                columns.append((str(name), value))
                parts.append((told[name] == value).to_numpy(dtype=np.float64))
        else:
            columns.append((str(name), None))
            parts.append(told[name].to_numpy(dtype=np.float64))
    model = DecisionTreeClassifier(min_samples_leaf=max(2, int(smallest * len(x))), random_state=0)
    tree = model.fit(np.column_stack(parts), y).tree_
    found: list[tuple[Limit, ...]] = []

    def walk(node: int, bounds: dict[int, tuple[float | None, float | None]]) -> None:
        left, right, column = tree.children_left[node], tree.children_right[node], int(tree.feature[node])
        if left == right:
            found.append(_leaf(columns, bounds, told))
            return
        low, high = bounds.get(column, (None, None))
        split = float(tree.threshold[node])
        walk(left, {**bounds, column: (low, split)})
        walk(right, {**bounds, column: (split, high)})

    walk(0, {})
    return found


def _leaf(
    columns: Sequence[tuple[str, Any]], bounds: Mapping[int, tuple[float | None, float | None]], told: pd.DataFrame
) -> tuple[Limit, ...]:
    limits = []
    allowed: dict[str, list[Any]] = {}
    for place, (low, high) in bounds.items():
        name, value = columns[place]
        if value is None:
            limits.append(Limit(name, low, high))
            continue
        left = allowed.setdefault(name, list(told[name].cat.categories))
        if low is not None:  # it is this value
            allowed[name] = [value]
        elif value in left:
            left.remove(value)
    return (*limits, *(Limit(name, values=tuple(values)) for name, values in allowed.items()))


def _measured(method: str, limits: tuple[Limit, ...], x: pd.DataFrame, y: NDArray[np.bool_]) -> Box:
    box = Box(method, limits, 0.0, 0.0, 0.0)
    inside = box.holds(x)
    hits = int((inside & y).sum())
    return replace(
        box, coverage=hits / max(int(y.sum()), 1), density=hits / max(int(inside.sum()), 1), mass=float(inside.mean())
    )


def _checked(boxes: list[Box], x: pd.DataFrame, y: NDArray[np.bool_], again: Any) -> list[Box]:
    """The boxes with what the same recipe does on futures that it has not seen (the first box of each fold)."""
    order = np.random.default_rng(0).permutation(len(x))
    scores: list[tuple[float, float]] = []
    seen: list[set[str]] = []
    for fold in range(_FOLDS):
        out = np.zeros(len(x), dtype=bool)
        out[order[fold::_FOLDS]] = True
        if not y[~out].any() or y[~out].all():
            continue
        found: Sequence[Box] = again(x[~out].reset_index(drop=True), y[~out])
        if not found:
            continue
        seen.append({limit.factor for limit in found[0].limits})
        if y[out].any():
            box = _measured(found[0].method, found[0].limits, x[out].reset_index(drop=True), y[out])
            scores.append((box.coverage, box.density))
    first = boxes[0]
    kept = {limit.factor: sum(limit.factor in one for one in seen) / _FOLDS for limit in first.limits}
    if scores:
        coverage, density = (float(np.mean([score[place] for score in scores])) for place in (0, 1))
        first = replace(first, coverage_out=coverage, density_out=density, kept=kept)
    return [first, *boxes[1:]]
