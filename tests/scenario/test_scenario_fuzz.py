"""However a scenario file is spoilt, it is either a scenario or refused with ScenarioErrors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.scenario import Scenario, ScenarioErrors, load_scenario, scenario_from_dict
from multivector.scenario.tree import parse

PARENT = str(Path(__file__).parent / "data" / "minimal.yaml")
TEXT = Path(PARENT).read_text(encoding="utf-8")
TREE: dict[str, Any] = parse(TEXT, "minimal.yaml")[0].plain()  # type: ignore[union-attr]

WORDS = [
    "north",
    "west",
    "oil",
    "public",
    "2020-01",
    "2020-13",
    "2022-01-15",
    "NO",
    "1e3",
    "010",
    "10:30",
    "",
    "a.b",
]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**19),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(max_size=5),
)
KEYS = st.sampled_from([*WORDS, "id", "date", "event", "dossier", "source", "months", "economy", "kazakh"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)


def holders(data: Any) -> list[Any]:
    """Return every dict and list inside plain data."""
    found = [data] if isinstance(data, (dict, list)) else []
    for inner in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        found.extend(holders(inner))
    return found


def copied(data: Any) -> Any:
    """Copy plain data deeply."""
    if isinstance(data, dict):
        return {key: copied(inner) for key, inner in data.items()}
    return [copied(inner) for inner in data] if isinstance(data, list) else data


def judged(scenario: Scenario) -> None:
    """What is accepted must hold its promises."""
    assert scenario_from_dict(scenario.to_dict()).hash == scenario.hash
    assert scenario.held().months == scenario.months >= 1


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_values(data: st.DataObject) -> None:
    tree = copied(TREE)
    for _ in range(data.draw(st.integers(1, 3))):
        holder = data.draw(st.sampled_from(holders(tree)))
        if isinstance(holder, dict):
            key = data.draw(st.sampled_from(sorted(holder)) | KEYS) if holder else data.draw(KEYS)
            if key in holder and data.draw(st.booleans()):
                del holder[key]
            else:
                holder[key] = data.draw(VALUES)
        else:
            holder.insert(data.draw(st.integers(0, len(holder))), data.draw(VALUES))
    try:
        judged(scenario_from_dict(tree))
    except ScenarioErrors as errors:
        assert errors.problems and all(problem.message for problem in errors.problems)
        assert str(errors)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_mutated_overlay(data: st.DataObject) -> None:
    over: dict[str, Any] = {"schema": 1, "title": "Child", "extends": PARENT}
    for key in data.draw(st.lists(st.sampled_from(sorted(TREE)), max_size=3)):
        over.setdefault(key, copied(TREE[key]))
    for _ in range(data.draw(st.integers(1, 3))):
        holder = data.draw(st.sampled_from(holders(over)))
        if isinstance(holder, dict):
            key = data.draw(
                (st.sampled_from(sorted(holder)) if holder else KEYS) | KEYS | st.sampled_from(sorted(TREE))
            )
            holder[key] = data.draw(VALUES)
        else:
            holder.append(data.draw(VALUES))
    try:
        judged(scenario_from_dict(over))
    except ScenarioErrors as errors:
        assert errors.problems


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_mutated_text(tmp_path_factory: Any, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(TEXT)))
    stop = min(len(TEXT), start + data.draw(st.integers(0, 30)))
    piece = data.draw(
        st.text(max_size=6) | st.sampled_from(["\n", "\t", "{", "}", "[", "&a ", "*a", "!!x ", "? ", "---\n", "<<: "])
    )
    path = tmp_path_factory.getbasetemp() / "mutated.yaml"
    path.write_text(TEXT[:start] + piece + TEXT[stop:], encoding="utf-8", errors="replace", newline="")
    try:
        judged(load_scenario(path))
    except ScenarioErrors as errors:
        assert errors.problems


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(TREE)) | KEYS,
    st.lists(KEYS, max_size=3),
    st.sampled_from(["=", "*=", "+=", ""]),
    st.text(max_size=8) | st.sampled_from(WORDS),
)
def test_any_set(head: str, rest: list[str], operator: str, value: str) -> None:
    try:
        judged(scenario_from_dict(copied(TREE), sets=[".".join([head, *rest]) + operator + value]))
    except ScenarioErrors as errors:
        assert errors.problems


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes(content: bytes) -> None:
    text = content.decode("utf-8", errors="replace")
    node, problems = parse(text, "x")
    assert all(one.file == "x" and one.message for one in problems)
    if node is not None and not problems:  # what is plain reads as the same again
        again, wrong = parse(json.dumps(node.plain(), ensure_ascii=False, default=str), "y")
        assert again is not None and not wrong
