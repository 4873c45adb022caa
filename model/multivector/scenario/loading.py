"""From a name or a file to a resolved scenario, with every problem found in one pass.

Steps: read the file and its ancestors → bring older schemas up to date → lay the files over one another →
apply `--set` → take out references to what was dropped → check shape (schema) and fit (checks) → build the
`Scenario`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from multivector.scenario.catalogue import find_scenario, is_path
from multivector.scenario.checks import check_tree, doubtful_values, month_of
from multivector.scenario.errors import Problem, ScenarioErrors, nearest
from multivector.scenario.files import shown, text_of
from multivector.scenario.mechanisms import MECHANISMS
from multivector.scenario.migration import CURRENT, migrate, refuse_schema, schema_number
from multivector.scenario.overlays import Fold, fold, name_entries, prune, title_entries
from multivector.scenario.overrides import apply_arguments, apply_sets
from multivector.scenario.records import full_values
from multivector.scenario.references import known_names
from multivector.scenario.scenario import Scenario
from multivector.scenario.schema import ScenarioDocument
from multivector.scenario.translate import problems_of
from multivector.scenario.tree import Node, from_plain, parse

__all__ = ["check", "load_scenario", "scenario_from_dict"]

_MAX_ANCESTORS = 20


@dataclass
class _Loaded:
    """Everything found about one scenario before it is built."""

    name: str
    result: Fold
    document: ScenarioDocument | None = None
    abstract: bool = False
    complete: bool = True
    lineage: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    order: list[str] = field(default_factory=list)


def load_scenario(
    name_or_path: str | os.PathLike[str],
    *,
    sets: Sequence[str] = (),
    start: str | None = None,
    end: str | None = None,
    months: int | None = None,
    citizens: int | None = None,
) -> Scenario:
    """Load a packaged scenario by name, or a file by its path (with `/` or `.yaml`).

    Parameters
    ----------
    name_or_path : `ukraine-war-2022`, `./my.yaml` or a path object.
    sets : expressions such as `powers.russia.pressure=0.8`, `doctrine.balance*=0.5`,
    `powers.us.interest+=0.1`. start, end, months, citizens : replace what the file says; `months` counts from
    the start.

    Raises ScenarioErrors with every problem found; an abstract scenario is refused too.
    """
    loaded = _load(name_or_path, sets, start=start, end=end, months=months, citizens=citizens)
    return _built(loaded)


def check(name_or_path: str | os.PathLike[str]) -> tuple[list[Problem], list[Problem]]:
    """Return (errors, warnings) of a scenario; an abstract one may lack keys. Nothing is raised."""
    try:
        loaded = _load(name_or_path, ())
    except ScenarioErrors as errors:
        return errors.problems, []
    return loaded.problems, loaded.warnings


def scenario_from_dict(data: dict[str, Any], *, name: str = "scenario", sets: Sequence[str] = ()) -> Scenario:
    """Build a scenario from plain data in the shape of a scenario file (`extends` finds packaged ones).

    Raises ScenarioErrors.
    """
    file = f"<{name}>"
    loaded = _Loaded(name, Fold(Node({}, file)))
    _resolve(loaded, from_plain(data, file), file, FilePath.cwd(), [])
    _finish(loaded, sets, {})
    return _built(loaded)


def _load(name_or_path: str | os.PathLike[str], sets: Sequence[str], **arguments: Any) -> _Loaded:
    given = os.fspath(name_or_path)
    by_path = isinstance(name_or_path, os.PathLike) or is_path(given)
    path = FilePath(given) if by_path else find_scenario(given)
    loaded = _Loaded(path.name.removesuffix(".yaml").removesuffix(".yml"), Fold(Node({}, shown(path))))
    tree = _read(path, loaded)
    if tree is not None:
        _resolve(loaded, tree, shown(path), path.parent, [path.resolve()])
    _finish(loaded, sets, arguments)
    return loaded


def _built(loaded: _Loaded) -> Scenario:
    problems = list(loaded.problems)
    if not problems and loaded.abstract:
        file = loaded.result.tree.file
        message = "this scenario is abstract: it is only there to be extended, and cannot be run"
        problems.append(Problem(file, loaded.result.tree.mapping["abstract"].place, "abstract", message))
    if problems or loaded.document is None:
        raise ScenarioErrors(problems)
    document = loaded.document
    values: dict[str, Any] = {name: getattr(document, name) for name in type(document).model_fields}
    inside = [entry for entry in document.timeline if document.start <= entry.date <= document.end]
    values.update(
        timeline=tuple(sorted(inside, key=lambda entry: entry.date)),
        mechanisms={name: document.mechanisms.get(name, True) for name in MECHANISMS},
        extends=None,
        remove=(),
        abstract=False,
        id=loaded.name,
        lineage=tuple(loaded.lineage),
        changes=tuple(loaded.result.changes),
        warnings=tuple(loaded.warnings),
        parameter_values=full_values(document.parameters),
    )
    return Scenario.model_construct(**values)


def _read(path: FilePath, loaded: _Loaded) -> Node | None:
    """Read one file into a tree of today's schema, or None; what is wrong is noted."""
    file = shown(path)
    loaded.order.append(file)

    try:
        return _understood(text_of(path, file), file, loaded)
    except ScenarioErrors as errors:
        loaded.problems.extend(errors.problems)
        return None


def _understood(text: str, file: str, loaded: _Loaded) -> Node | None:
    """Parse a file's text and bring it to today's schema."""
    tree, problems = parse(text, file)
    loaded.problems.extend(problems)
    if tree is None or tree.value is None:
        if not problems:
            loaded.problems.append(Problem(file, 1, "", "the file is empty; `multivector scenarios new` gives a start"))
        return None
    if not isinstance(tree.value, dict):
        loaded.problems.append(Problem(file, tree.line, "", "a scenario is a mapping (key: value) at its top level"))
        return None
    refused = refuse_schema(tree, file)
    if refused is not None:
        loaded.problems.append(refused)
        newer = schema_number(tree)
        # what a newer schema means cannot be judged; a missing number is one problem among others
        return None if newer is not None and newer > CURRENT else _with_schema(tree)
    number = schema_number(tree)
    if number == CURRENT:
        return tree
    try:
        migrated, more = parse(migrate(text, file), file)
    except ScenarioErrors as errors:
        loaded.problems.extend(errors.problems)
        return None
    message = f"written in schema {number}, read as schema {CURRENT}; `scenarios migrate` rewrites it"
    loaded.warnings.append(Problem(file, tree.mapping["schema"].place, "schema", message))
    loaded.problems.extend(problem for problem in more if problem not in problems)
    return migrated


def _with_schema(tree: Node) -> Node:
    """Return the tree as if it stated today's schema, so that the rest can be checked."""
    return tree.with_value({**tree.mapping, "schema": Node(CURRENT, tree.file, tree.line)})


def _resolve(loaded: _Loaded, tree: Node, file: str, folder: FilePath, chain: list[FilePath]) -> None:
    """Lay the tree over its ancestors, which are read first."""
    trees = [_flat_parameters(name_entries(tree, loaded.problems), loaded.problems)]
    broken = False
    while True:
        extends = trees[-1].get("extends")
        if extends is None or extends.value is None:
            break
        if not isinstance(extends.value, str) or not extends.value.strip():
            broken = True  # the schema says what is wrong with it
            break
        path = _parent(extends.value, folder, chain)
        wrong = None
        if path is None:
            wrong = Problem(file, extends.place, "extends", f"there is no scenario `{extends.value}` to extend")
            wrong = Problem(wrong.file, wrong.line, wrong.key, wrong.message, _near_parent(extends.value, folder))
        elif path.resolve() in chain:
            names = [step.stem for step in [*chain[chain.index(path.resolve()) :], path]]
            wrong = Problem(file, extends.place, "extends", f"extends in a circle: {' -> '.join(names)}")
        elif len(chain) >= _MAX_ANCESTORS:
            wrong = Problem(file, extends.place, "extends", f"more than {_MAX_ANCESTORS} scenarios extend one another")
        if wrong is not None or path is None:
            loaded.problems.extend([wrong] if wrong is not None else [])
            broken = True
            break
        parent = _read(path, loaded)
        if parent is None:
            broken = True
            break
        chain.append(path.resolve())
        loaded.lineage.append(path.stem)
        trees.append(_flat_parameters(name_entries(parent, loaded.problems), loaded.problems))
        file, folder = shown(path), path.parent
    loaded.abstract = _flag(trees[0].get("abstract"))
    loaded.result = Fold(Node({}, trees[-1].file))
    for child in reversed(trees):
        loaded.result = fold(loaded.result, child)
    loaded.complete = not broken


def _flag(node: Node | None) -> bool:
    return node is not None and node.value is True


def _parent(said: str, folder: FilePath, chain: list[FilePath]) -> FilePath | None:
    """Return the file that `extends` means: beside the file first, then among the packaged ones."""
    if is_path(said):
        path = folder / said
        return path if path.is_file() else None
    beside = [folder / f"{said}{suffix}" for suffix in (".yaml", ".yml")]
    found = next((path for path in beside if path.is_file()), None)
    # a file may carry the name of the packaged scenario that it builds on
    if found is not None and not (chain and found.resolve() == chain[-1]):
        return found
    try:
        return find_scenario(said)
    except ScenarioErrors:
        return found


def _near_parent(said: str, folder: FilePath) -> str:
    from multivector.scenario.catalogue import list_scenarios

    beside = [path.stem for path in folder.glob("*.yaml")] if folder.is_dir() else []
    return nearest(FilePath(said).stem, [*beside, *(info.name for info in list_scenarios())])


def _flat_parameters(tree: Node, problems: list[Problem]) -> Node:
    """Write nested parameters (`decision: {rationality: 3}`) in dotted form."""
    holder = tree.get("parameters")
    if holder is None or not isinstance(holder.value, dict):
        return tree
    flat: dict[str, Node] = {}

    def flatten(prefix: str, node: Node) -> None:
        for key, child in node.mapping.items():
            name = f"{prefix}{key}"
            if isinstance(child.value, dict) and child.value:
                flatten(f"{name}.", child)
            elif name in flat:
                message = f"the parameter is given twice (first on line {flat[name].key_line})"
                problems.append(Problem(child.file, child.key_line, f"parameters.{name}", message))
            else:
                flat[name] = child

    flatten("", holder)
    return tree.with_value({**tree.mapping, "parameters": holder.with_value(dict(flat))})


def _finish(loaded: _Loaded, sets: Sequence[str], arguments: dict[str, Any]) -> None:
    """Apply `--set`, then check the whole and put the problems in order."""
    result = loaded.result
    if result.tree.mapping:
        apply_sets(result, sets)
        options = {key: arguments.get(key) for key in ("start", "end", "months", "citizens")}
        apply_arguments(result, **options)
        result.tree = _flat_parameters(name_entries(result.tree, result.problems), result.problems)
        prune(result)
        result.tree = title_entries(result.tree)
        loaded.problems.extend(result.problems)
        loaded.problems.extend(_shape(loaded, whole=loaded.complete and not loaded.abstract))
        loaded.problems.extend(check_tree(result.tree, whole=loaded.complete))
        loaded.warnings.extend(_outside(result.tree))
        loaded.warnings.extend(doubtful_values(result.tree))
    loaded.problems = _ordered(loaded.problems, loaded.order)
    loaded.warnings = _ordered(loaded.warnings, loaded.order)


def _shape(loaded: _Loaded, *, whole: bool) -> list[Problem]:
    tree = loaded.result.tree
    start = tree.get("start")
    context = {"groups": known_names(tree)["group"], "start": start.value if start is not None else None}
    try:
        loaded.document = ScenarioDocument.model_validate(tree.plain(), context=context)
    except ValidationError as error:
        return problems_of(error, ScenarioDocument, tree, whole=whole)
    return []


def _outside(tree: Node) -> list[Problem]:
    """Warn of timeline entries outside start..end.

    Each of the scenario's own is named with its line. Inherited ones are counted in one line, and so are all
    that a start or an end from the command line leaves out.
    """
    start, end, timeline = month_of(tree.get("start")), month_of(tree.get("end")), tree.get("timeline")
    if start is None or end is None or timeline is None:
        return []
    warnings: list[Problem] = []
    counted: dict[str, list[str]] = {}
    for entry in timeline.items:
        date = month_of(entry.get("date"))
        if date is None or start <= date <= end:
            continue
        side, edge = ("before the start", "start") if date < start else ("after the end", "end")
        name = str(entry.mapping["id"].value) if "id" in entry.mapping else ""
        if entry.file == tree.file and not tree.mapping[edge].file.startswith("--"):
            at = entry.mapping["date"]
            message = f"{at.value} lies {side}: the entry has no effect"
            warnings.append(Problem(entry.file, at.place, f"timeline.{name}.date", message))
        else:
            counted.setdefault(side, []).append(name)
    for side, names in counted.items():
        listed = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        entries = "1 entry lies" if len(names) == 1 else f"{len(names)} entries lie"
        message = f"{entries} {side} and {'has' if len(names) == 1 else 'have'} no effect: {listed}"
        warnings.append(Problem(tree.file, None, "timeline", message))
    return warnings


def _ordered(problems: list[Problem], order: list[str]) -> list[Problem]:
    """Drop repetitions and sort by file (the scenario's own first), then by line."""
    rank = {file: index for index, file in enumerate(order)}
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda problem: (rank.get(problem.file, len(rank)), problem.line or 0))
