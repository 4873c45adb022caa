"""`kind: sensitivity`: a Morris screen of many factors, or Sobol' indices of a few groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from multivector.lab.designs import Factor, scale
from multivector.lab.measures import MEASURED
from multivector.lab.sensitivity.space import Space, design_of
from multivector.lab.study import FactorForm, Points, PointsStudy, read_factor
from multivector.scenario import Problem, Scenario
from multivector.scenario.errors import nearest
from multivector.scenario.fields import Text, listed, one_of, whole
from multivector.scenario.mechanisms import MECHANISMS
from multivector.scenario.records import parameter_records
from multivector.scenario.translate import problem_at
from multivector.scenario.tree import Node

__all__ = ["MOST_GROUPS", "USUAL_OUTCOMES", "SensitivityStudy"]

MOST_GROUPS = 12
"""Groups of a Sobol' study: its cost is points × (groups + 2)."""
USUAL_OUTCOMES = ("total_engagement", "openness", "autonomy", "income", "congruence_public_mean", "hazard_annual")
_METHODS = ("morris", "sobol")


class SensitivityStudy(PointsStudy):
    """`kind: sensitivity`."""

    outcomes: Annotated[tuple[Annotated[str, one_of(MEASURED)], ...], BeforeValidator(listed)] = Field(
        default=(),
        description="Outcomes that are analysed: at the end, NAME_mean, or office_lost.",
    )
    method: Annotated[str, one_of(_METHODS)] = Field(
        default="morris", description="morris: screen many factors; sobol: shares of variance of a few groups."
    )
    vary: Annotated[tuple[Text, ...], BeforeValidator(listed)] = Field(
        default=(), description="Parameter records that vary over their ranges: `all`, paths, patterns such as mass.*"
    )
    switches: Annotated[tuple[Text, ...], BeforeValidator(listed)] = Field(
        default=(), description="Mechanisms that are on or off: `all`, names, patterns."
    )
    factors: dict[str, Annotated[FactorForm, BeforeValidator(read_factor)]] = Field(
        default={}, description="What else varies, as in a batch's design."
    )
    groups: dict[str, Annotated[tuple[Text, ...], BeforeValidator(listed)]] = Field(
        default={}, description="Name → factors (or patterns) that count as one; the rest stand alone."
    )
    trajectories: Annotated[int, whole(2, 1000)] = Field(default=10, description="Morris: trajectories.")
    levels: Annotated[int, whole(2, 100)] = Field(default=4, description="Morris: levels of the grid; even.")
    points: Annotated[int, whole(4, 2**16)] = Field(default=64, description="Sobol': base points, a power of two.")
    second_order: bool = Field(default=False, description="Sobol': indices of pairs too; doubles the cost.")
    seed: Annotated[int, whole(0, 2**32 - 1)] = Field(default=1, description="Seed of the sampler.")

    @property
    def design_kind(self) -> str:
        """The method's own sample."""
        return f"{self.method} sample"

    @property
    def shown(self) -> tuple[str, ...]:
        """The outcomes that are analysed."""
        return self.outcomes or USUAL_OUTCOMES

    @property
    def settings(self) -> dict[str, Any]:
        """Method, sizes and groups."""
        return {
            "method": self.method,
            "trajectories": self.trajectories,
            "levels": self.levels,
            "points": self.points,
            "second_order": self.second_order,
            "seed": self.seed,
            "outcomes": list(self.shown),
        }

    def space(self) -> tuple[list[Factor], Space]:
        """The factors and their groups."""
        factors = _factors(self.vary, self.switches, self.factors)
        groups = _grouped([factor.name for factor in factors], self.groups)
        return factors, Space(tuple(factor.name for factor in factors), groups if self.groups else None)

    def points_of(self, scenarios: Mapping[str, Scenario], folder: Path) -> Points:
        """The method's points, in its order."""
        factors, space = self.space()
        rows = design_of(space, self)
        points = scale(factors, rows)
        return factors, points, [1.0] * len(points)

    @classmethod
    def examine(cls, tree: Node, scenarios: Mapping[str, Scenario], folder: Path) -> list[Problem]:
        """Check names and patterns, groups, the method's numbers, and that scenarios take both ends of every factor."""
        from multivector.lab.factors import tried_factors

        plain = tree.plain() if isinstance(tree.value, dict) else {}
        problems: list[Problem] = []
        _check_patterns(tree, "vary", plain, list(parameter_records()), problems)
        _check_patterns(tree, "switches", plain, list(MECHANISMS), problems)
        forms = _forms(plain.get("factors"))
        try:
            factors = _factors(_texts(plain.get("vary")), _texts(plain.get("switches")), forms)
        except ValueError as error:
            name, message, suggestion = error.args
            problems.append(problem_at(tree, ("factors", name), message, suggestion))
            return problems
        names = [factor.name for factor in factors]
        if not names and not problems:
            problems.append(problem_at(tree, (), "nothing varies: give `vary`, `switches` or `factors`"))
        _check_groups(tree, plain, names, problems)
        if not problems:
            problems += tried_factors(tree, factors, scenarios)
        return problems


def _texts(value: Any) -> tuple[str, ...]:
    value = listed(value)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, (list, tuple)) else ()


def _forms(value: Any) -> dict[str, FactorForm]:
    """The factors that can be read; the schema says what is wrong with the others."""
    found = {}
    for name, form in value.items() if isinstance(value, dict) else ():
        try:
            found[str(name)] = FactorForm.model_validate(read_factor(form))
        except (ValidationError, PydanticCustomError):
            continue
    return found


def _matching(patterns: Sequence[str], known: Sequence[str]) -> list[str]:
    """The known names that a pattern means, in their own order."""
    return [name for name in known if any(one == "all" or fnmatchcase(name, one) for one in patterns)]


def _factors(parameters: Sequence[str], switches: Sequence[str], forms: Mapping[str, FactorForm]) -> list[Factor]:
    """What varies. Raises ValueError(name, message, suggestion)."""
    from multivector.lab.factors import made_factor

    records = parameter_records()
    found = [made_factor(f"parameters.{path}", FactorForm()) for path in _matching(parameters, list(records))]
    found += [
        Factor(f"mechanisms.{name}", (f"mechanisms.{name}",), (False, True)) for name in _matching(switches, MECHANISMS)
    ]
    for name, form in forms.items():
        try:
            found.append(made_factor(name, form))
        except ValueError as error:
            raise ValueError(name, *error.args) from None
    return found


def _short(name: str) -> str:
    return name.removeprefix("parameters.").removeprefix("mechanisms.")


def _grouped(names: Sequence[str], groups: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The group of every factor: the first that names it, else itself."""
    return tuple(
        next(
            (
                group
                for group, patterns in groups.items()
                if any(fnmatchcase(name, one) or fnmatchcase(_short(name), one) for one in patterns)
            ),
            name,
        )
        for name in names
    )


def _check_patterns(
    tree: Node, key: str, plain: Mapping[str, Any], known: Sequence[str], problems: list[Problem]
) -> None:
    near = [*known, *dict.fromkeys(f"{name.split('.')[0]}.*" for name in known if "." in name)]
    for number, pattern in enumerate(_texts(plain.get(key))):
        if not _matching([pattern], known):
            node = tree.get(key)
            place: tuple[str | int, ...] = (key, number) if node is not None and node.items else (key,)
            what = "a parameter" if key == "vary" else "a mechanism"
            problems.append(problem_at(tree, place, f"`{pattern}` names no {what[2:]}", nearest(pattern, near)))


def _check_groups(tree: Node, plain: Mapping[str, Any], names: Sequence[str], problems: list[Problem]) -> None:
    groups = plain.get("groups")
    groups = {str(name): _texts(value) for name, value in groups.items()} if isinstance(groups, dict) else {}
    for group, patterns in groups.items():
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) or fnmatchcase(_short(name), pattern) for name in names):
                message = f"`{pattern}` names nothing that varies"
                problems.append(
                    problem_at(tree, ("groups", group), message, nearest(pattern, list(map(_short, names))))
                )
    method = plain.get("method", "morris")
    count = len(set(_grouped(names, groups)))
    if method == "sobol" and count > MOST_GROUPS:
        message = (
            f"{count} groups and single factors; Sobol' takes at most {MOST_GROUPS}: "
            "screen with morris first, and put the rest into `groups`"
        )
        problems.append(problem_at(tree, ("groups" if groups else "method",), message))
    points = plain.get("points")
    if method == "sobol" and isinstance(points, int) and points > 0 and points & (points - 1):
        near = 2 ** (points.bit_length() - 1)
        problems.append(problem_at(tree, ("points",), "Sobol' points are a power of two", str(near)))
    levels = plain.get("levels")
    if isinstance(levels, int) and levels % 2:
        problems.append(problem_at(tree, ("levels",), "the levels of a Morris grid are even", str(levels + 1)))
    for key, due in (("trajectories", "morris"), ("levels", "morris"), ("points", "sobol"), ("second_order", "sobol")):
        if key in plain and method in _METHODS and method != due:
            problems.append(problem_at(tree, (key,), f"`{key}` belongs to the method {due}", at_key=True))
    if count == 1 and names:
        problems.append(problem_at(tree, (), "one factor or group alone has nothing to share the variance with"))
