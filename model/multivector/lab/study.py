"""Studies: the schema of study files, and reading them with every problem found in one pass.

A study is a YAML file with `schema: 1` and a `kind`. All kinds share scenarios, worlds, seeds and `set`; each adds its
own keys. The kinds are in `kinds.KINDS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from multivector.lab.designs import DESIGNS, Factor, Point
from multivector.lab.kinds import KINDS
from multivector.lab.measures import MEASURED, OUTCOMES
from multivector.scenario import Problem, Scenario, ScenarioErrors, load_scenario
from multivector.scenario.catalogue import is_path
from multivector.scenario.errors import nearest
from multivector.scenario.fields import Flag, Text, listed, number, one_of, refusal, whole
from multivector.scenario.files import shown, text_of
from multivector.scenario.schema import MAX_CITIZENS, MAX_MONTHS, Record
from multivector.scenario.translate import locate, problem_at, problems_of
from multivector.scenario.tree import Node, parse

__all__ = [
    "SCHEMA",
    "BatchStudy",
    "Condition",
    "Design",
    "FactorForm",
    "PointsStudy",
    "Study",
    "StudyErrors",
    "StudyFile",
    "load_member",
    "load_study",
    "read_factor",
]

SCHEMA = 1
TABLES = ("worlds", "ties", "attitudes", "assembly", "decisions", "actions", "wishes", "events")
Points = tuple[list[Factor], list[Point], list[float]]
"""Factors, points, and each point's weight."""
MAX_WORLDS, MAX_POINTS = 1_000_000, 1_000_000
_ANY = float("inf")


class StudyErrors(ScenarioErrors):
    """A study cannot be used; `problems` lists everything that is wrong with it."""

    thing = "study"


def read_factor(value: Any) -> Any:
    """A factor's short forms: a list of levels, or `range` for the range of the parameter's record."""
    if isinstance(value, list):
        return {"levels": value}
    if value == "range":
        return {}
    if not isinstance(value, dict):
        raise refusal("must be a list of levels, `range` (the parameter record's own), or {low: .., high: ..}")
    return value


def _points(value: Any) -> Any:
    """How many points, or the points themselves."""
    if isinstance(value, list):
        for place, point in enumerate(value, 1):
            if not isinstance(point, dict) or not point:
                raise refusal(f"point {place} must be a mapping {{path: value}}")
        return value
    return whole(1, MAX_POINTS).read(value, None)  # type: ignore[arg-type]  # it needs no context


def _baseline(value: Any) -> Any:
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, dict) and value:
        return value
    raise refusal("must be a scenario, or a mapping {factor: value} of what the others are compared with")


class FactorForm(Record):
    """What a design varies, in full."""

    levels: tuple[Any, ...] = Field(default=(), description="The values, in order: numbers, true/false, texts.")
    low: Annotated[float, number(-_ANY, _ANY)] | None = Field(default=None, description="Lower end of the range.")
    high: Annotated[float, number(-_ANY, _ANY)] | None = Field(default=None, description="Upper end of the range.")
    scale: Annotated[str, one_of(("linear", "log"))] = Field(default="linear", description="Scale of the range.")
    paths: Annotated[tuple[Text, ...], BeforeValidator(listed)] = Field(
        default=(), description="Paths that are set together, where the factor's name is no path itself."
    )


class Condition(Record):
    """A condition of a world."""

    outcome: Annotated[str, one_of(MEASURED)] = Field(description="Outcome at the end, NAME_mean, or office_lost.")
    below: Annotated[float, number(-_ANY, _ANY)] | None = Field(
        default=None, description="A world shows it below this."
    )
    above: Annotated[float, number(-_ANY, _ANY)] | None = Field(
        default=None, description="A world shows it above this."
    )


class Design(Record):
    """Which points of the factors are run."""

    kind: Annotated[str, one_of(tuple(DESIGNS))] = Field(default="scenarios", description="Kind of design.")
    factors: dict[str, Annotated[FactorForm, BeforeValidator(read_factor)]] = Field(
        default={}, description="Path (or name, with `paths`) → levels, `range`, or {low, high, scale}."
    )
    points: Annotated[Any, BeforeValidator(_points)] = Field(
        default=None, description="How many points are sampled or drawn; for `list`, the points themselves."
    )
    seed: Annotated[int, whole(0, 2**63 - 1)] = Field(default=0, description="Seed of the sampler.")
    file: Text | None = Field(default=None, description="CSV or Parquet file of draws; its columns are paths.")
    weight: Text | None = Field(default=None, description="Column of the file that holds the draws' weights.")


class Study(Record):
    """What all kinds of study share."""

    schema_: Annotated[int, whole(SCHEMA, SCHEMA)] = Field(alias="schema", description="Number of this schema.")
    kind: Text = Field(description="Kind of study.")
    title: Text = Field(description="The question, in a line.")
    summary: Text | None = Field(default=None, description="What is varied and what to look for.")
    notes: Text | None = Field(default=None, description="Remarks for the reader.")
    scenarios: Annotated[tuple[Text, ...], BeforeValidator(listed), Field(min_length=1)] = Field(
        description="Scenario names, or files beside the study."
    )
    worlds: Annotated[int, whole(1, MAX_WORLDS)] = Field(default=100, description="Worlds of every run.")
    seeds: Annotated[tuple[Annotated[int, whole(0, 2**63 - 1)], ...], BeforeValidator(listed), Field(min_length=1)] = (
        Field(default=(7,), description="Master seeds; every run is made with each.")
    )
    months: Annotated[int, whole(1, MAX_MONTHS)] | None = Field(default=None, description="Months to run.")
    citizens: Annotated[int, whole(1, MAX_CITIZENS)] | None = Field(default=None, description="Citizens of a world.")
    parameters: Text | None = Field(
        default=None, description="Named parameter set, or its file beside the study; `set` comes on top."
    )
    set: Annotated[tuple[Text, ...], BeforeValidator(listed)] = Field(
        default=(), description="Changes to every scenario, as with --set: path=value, path*=v, path+=v."
    )

    @classmethod
    def examine(cls, tree: Node, scenarios: Mapping[str, Scenario], folder: Path) -> list[Problem]:
        """What is wrong beyond the shape; asked even where the shape is wrong, so that all is said at once."""
        return []


class PointsStudy(Study):
    """What can be run as a batch: scenarios × points × seeds, many worlds each. A kind says which points."""

    keep: Annotated[tuple[Annotated[str, one_of(TABLES)], ...], BeforeValidator(listed)] = Field(
        default=(), description="Full tables to keep besides the outcomes."
    )
    outcomes: Annotated[tuple[Annotated[str, one_of(tuple(OUTCOMES))], ...], BeforeValidator(listed)] = Field(
        default=(), description="Outcomes that figures and tables for people show; the usual ones if left out."
    )

    @property
    def design_kind(self) -> str:
        """The name of the design, as `lab.designs.DESIGNS` or another method's."""
        return self.kind

    @property
    def compared_with(self) -> Any:
        """The baseline: a scenario, {factor: value}, or None."""
        return None

    @property
    def splits(self) -> bool:
        """Whether the shifts from the baseline are split."""
        return False

    @property
    def settings(self) -> dict[str, Any]:
        """What the analysis of the finished batch needs to know, as plain data; it is stored with the batch."""
        return {}

    def points_of(self, scenarios: Mapping[str, Scenario], folder: Path) -> Points:
        """Factors, points and weights. `scenarios` are the study's, `folder` is where its files are looked for."""
        raise NotImplementedError


class BatchStudy(PointsStudy):
    """`kind: batch`: scenarios × design × seeds, many worlds each."""

    @classmethod
    def examine(cls, tree: Node, scenarios: Mapping[str, Scenario], folder: Path) -> list[Problem]:
        """Check the design against the scenarios, and the baseline."""
        from multivector.lab.factors import check_design

        return check_design(tree, scenarios, folder)

    design: Design = Field(default=Design(), description="Which points are run.")
    baseline: Annotated[Any, BeforeValidator(_baseline)] = Field(
        default=None, description="What every run is compared with: a scenario, or {factor: value}."
    )
    split: Flag = Field(default=False, description="Split each shift from the baseline: direct, and decided.")

    @property
    def design_kind(self) -> str:
        """The design's kind."""
        return str(self.design.kind)

    @property
    def compared_with(self) -> Any:
        """What the study names as its baseline."""
        return self.baseline

    @property
    def splits(self) -> bool:
        """Whether the study asks for it."""
        return bool(self.split)

    def points_of(self, scenarios: Mapping[str, Scenario], folder: Path) -> Points:
        """The points of the design."""
        from multivector.lab.factors import expand

        return expand(self.design, folder)


@dataclass(frozen=True)
class StudyFile:
    """A study that has been read and checked.

    Attributes
    ----------
    path, text, tree : the file, what it says, and where it says it.
    document : its content, by kind.
    scenarios : name in the study → resolved scenario, with `set`, `months` and `citizens` applied.
    """

    path: Path
    text: str
    tree: Node
    document: Study
    scenarios: dict[str, Scenario] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The study's name: its file's, or its folder's where the file is just called study.yaml."""
        stem = self.path.stem
        return self.path.resolve().parent.name if stem == "study" else stem

    @property
    def folder(self) -> Path:
        """Where the files that the study names are looked for."""
        return self.path.parent


def load_study(path: str | Path) -> StudyFile:
    """Read a study file of any kind.

    Raises
    ------
    StudyErrors : with every problem of the file, of its scenarios, and of `set`, each at its line.
    """
    path = Path(path)
    file = shown(path)
    text = text_of(path, file, StudyErrors)
    tree, found = parse(text, file)
    problems = list(found)
    if tree is None or not isinstance(tree.value, dict):
        if not problems:
            empty = tree is None or tree.value is None
            what = "the file is empty; `multivector batch FILE.yaml --new` gives a start"
            problems.append(
                Problem(file, 1, "", what if empty else "a study is a mapping (key: value) at its top level")
            )
        raise StudyErrors(problems)
    model = _schema_of(tree, problems)
    document: Study | None = None
    if model is not None:
        try:
            document = model.model_validate(tree.plain())
        except ValidationError as error:
            problems += problems_of(error, model, tree, whole=True)
    scenarios = _scenarios(tree, path.parent, problems)
    if model is not None:
        problems += model.examine(tree, scenarios, path.parent)
    if problems or document is None:
        raise StudyErrors(problems)
    return StudyFile(path, text, tree, document, scenarios)


def _schema_of(tree: Node, problems: list[Problem]) -> type[Study] | None:
    """The class that reads the study's kind; what is wrong with `kind` or `schema` is noted."""
    kind = tree.get("kind")
    if kind is None:
        known = ", ".join(KINDS)
        problems.append(Problem(tree.file, tree.line, "kind", f"the key `kind` is missing; there is {known}"))
        return None
    if not isinstance(kind.value, str) or kind.value not in KINDS:
        hint = nearest(str(kind.value), KINDS)
        known = "" if hint else f"; there is {', '.join(KINDS)}"
        problems.append(problem_at(tree, ("kind",), f"there is no kind of study `{kind.plain()}`{known}", hint))
        return None
    module, _, name = KINDS[kind.value].schema.partition(":")
    found: type[Study] = getattr(import_module(module), name)
    return found


def _scenarios(tree: Node, folder: Path, problems: list[Problem]) -> dict[str, Scenario]:
    """The study's scenarios, resolved; what is wrong with one is noted at its line."""
    named = tree.get("scenarios")
    if named is None:
        return {}
    places: list[tuple[str | int, ...]] = [("scenarios", number) for number, _ in enumerate(named.items)]
    found: dict[str, Scenario] = {}
    ids: dict[str, str] = {}
    for place in places or [("scenarios",)]:
        name = locate(tree, place).value
        if not isinstance(name, str) or not name.strip():
            continue  # the schema says so
        scenario = load_member(tree, place, name, folder, problems)
        if scenario is None:
            continue
        if name in found:
            problems.append(problem_at(tree, place, f"the scenario `{name}` is named twice"))
        elif scenario.id in ids:
            problems.append(problem_at(tree, place, f"`{name}` and `{ids[scenario.id]}` are both called {scenario.id}"))
        found[name] = scenario
        ids.setdefault(scenario.id, name)
    return found


def load_member(
    tree: Node, place: Sequence[str | int], name: str, folder: Path, problems: list[Problem]
) -> Scenario | None:
    """A scenario that a study names, with the study's `set`, `months` and `citizens`; None where something is wrong."""
    reference: str | Path = folder / name if is_path(name) else name
    numbers = {key: _number(tree, key, most) for key, most in (("months", MAX_MONTHS), ("citizens", MAX_CITIZENS))}
    sets = [*_named_set(tree, folder, problems), *_sets(tree)]
    try:
        return load_scenario(reference, sets=sets, **numbers)  # type: ignore[arg-type]
    except ScenarioErrors as errors:
        for one in errors.problems:
            if one.file == "--set":
                problems.append(problem_at(tree, ("set",), f"{name}: {one.key}: {one.message}", one.suggestion))
            elif one.line is None:  # there is no such scenario
                problems.append(problem_at(tree, place, one.message, one.suggestion))
            else:
                problems.append(one)
    return None


def _number(tree: Node, key: str, most: int) -> int | None:
    node = tree.get(key)
    value = None if node is None else node.value
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most else None


def _named_set(tree: Node, folder: Path, problems: list[Problem]) -> list[str]:
    """The `set` expressions of the study's named parameter set; what is wrong with it is noted once, at its line."""
    from multivector.lab.errors import LabError
    from multivector.lab.parameter_sets import set_expressions

    node = tree.get("parameters")
    if node is None or not isinstance(node.value, str) or not node.value.strip():
        return []  # the schema says so
    try:
        return set_expressions(str(folder / node.value) if is_path(node.value) else node.value)
    except LabError as error:
        found = problem_at(tree, ("parameters",), error.message, error.suggestion or "")
        if found not in problems:
            problems.append(found)
        return []


def _sets(tree: Node) -> list[str]:
    node = tree.get("set")
    values = [] if node is None else [item.value for item in node.items] or [node.value]
    return [value for value in values if isinstance(value, str)]
