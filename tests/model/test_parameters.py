"""Every number of the model is a record, and every record moves something."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import pytest
from readings import reading, strength

import multivector
from multivector.parameters import Parameters, Record, RecordError, load_records
from multivector.parameters.records import make_record
from multivector.scenario import list_scenarios
from tests.model.runs import ensemble

PACKAGE = Path(multivector.__file__).parent
RECORDS = load_records()

#: Literals that are arithmetic, not assumptions: identities, halves, indices and the calendar.
ARITHMETIC = {0, 1, 2, -1, 0.5}
CALENDAR = {12}
#: 1 / k! for k = 3..13, ln 2 in two parts and its inverse, a rounding constant, exponent bits, the range of a double.
EXPONENTIAL = (
    1.4286068203094173e-06, 0.693145751953125, 1.4426950408889634, 1.5, 6.0, 24.0, 52, 120.0, 700.0, 720.0, 1023.0,
    5040.0, 40320.0, 362880.0, 3628800.0, 39916800.0, 479001600.0, 6227020800.0,
)  # fmt: skip
#: Numbers that a module may hold besides, with the reason.
ALLOWED = {
    "agents/cast.py": {4: "three domains and the domestic one", 3: "kinds of domestic actors"},
    "agents/elites.py": {10: "far future", 9: "far future"},
    "agents/public.py": {4: "weeks in a month"},
    "politics/state.py": {4: "slots for issues: a memory layout, documented there"},
    "politics/dossiers.py": {3: "states of a dossier"},
    "politics/decision.py": {3: "hazards", 4: "the place of a part", 5: "the place of a part"},
    "politics/hazards.py": {3: "places in a line", 4: "places in a line"},
    "politics/compiled.py": {3: "places in a line", 4: "places in a line"},
    "politics/elections.py": {1e-6: "the log of a following of nothing"},
    "politics/positions.py": {3: "places of the three general interests"},
    "politics/settlement.py": {100: "steps of the axis", 1e-9: "a half, but for rounding"},
    "politics/scalars.py": {
        **dict.fromkeys(EXPONENTIAL, "the exponential function: its series and the bits of a double"),
        **dict.fromkeys((3, 4, 5, 6, 7, 8), "eight sums side by side, as numpy's"),
    },
    "politics/beliefs.py": dict.fromkeys((3, 4, 5, 6), "places in what is believed"),
    "politics/terms.py": {1e-5: "a small step", 3: "a logistic's variance"},
    "politics/mobilisation.py": {3: "nodes; a logistic's variance", 1e-5: "a small step"},
    "model.py": {7: "default seed", 0x7FFFFFFF: "Mesa's seed has 31 bits", 5: "YYYY-MM", 3: "draws in a call"},
    "outcomes.py": {3: "tie, engagement, pressure"},
    "tables.py": {3: "axes", 4: "axes", 5: "column of an event"},
}  # fmt: skip


def model_files() -> list[Path]:
    files = [*PACKAGE.glob("politics/*.py"), *PACKAGE.glob("agents/*.py")]
    return sorted([*files, *(PACKAGE / n for n in ("model.py", "outcomes.py", "tables.py", "numerics.py"))])


@pytest.mark.parametrize("file", model_files(), ids=lambda f: f.relative_to(PACKAGE).as_posix())
def test_no_number_of_the_model_hides_in_code(file: Path) -> None:
    name = file.relative_to(PACKAGE).as_posix()
    allowed = ARITHMETIC | CALENDAR | set(ALLOWED.get(name, {}))
    found = {
        (node.lineno, node.value)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
        and node.value not in allowed
    }
    assert not found


def test_rules_know_no_country_and_no_date() -> None:
    known = {s.name for s in list_scenarios()}
    names = {
        "russia",
        "china",
        "kazakh",
        "turkiye",
        "ukraine",
        "tokayev",
        "nazarbayev",
        "2022",
        "2019",
        "2014",
    }
    for file in model_files():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not _is_docstring(file, node):
                text = node.value.lower()
                if text in known:  # a default scenario's name
                    continue
                assert not any(name in text for name in names), f"{file.name}:{node.lineno}"


def _is_docstring(file: Path, node: ast.Constant) -> bool:
    return "\n" in str(node.value) or str(node.value).endswith(".")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unit": None}, "`unit` is missing"),
        ({"colour": 1}, "unknown key `colour`"),
        ({"assumption": None}, "either `source` or `assumption`"),
        ({"source": "a book"}, "either `source` or `assumption`"),
        ({"default": True}, "must be a number"),
        ({"default": 9.0}, "must lie in the range"),
        ({"range": [0.9, 1.1]}, "narrower than half the default"),
        ({"range": [0.5, 1.6], "natural_range": [0, 1.5]}, "natural range"),
    ],
)
def test_a_record_that_breaks_a_rule_is_refused(change: dict[str, object], message: str) -> None:
    raw: dict[str, object] = {
        "name": "n", "description": "d", "unit": "u", "default": 1.0, "range": [0.5, 1.5], "assumption": "why",
        "mechanism": "m", "shows_in": {"scenario": "s", "outcome": "o"},
    }  # fmt: skip
    assert isinstance(make_record("a.b", raw), Record)
    changed = {k: v for k, v in {**raw, **change}.items() if v is not None}
    with pytest.raises(RecordError, match=message):
        make_record("a.b", changed)


def test_parameters_are_read_by_group_and_name() -> None:
    p = Parameters({"decision.rationality": 33})
    assert p.decision.rationality == 33
    assert p.elite.slope == RECORDS["elite.slope"].default
    with pytest.raises(KeyError):
        Parameters({"decision.rationalty": 1})
    with pytest.raises(AttributeError):
        _ = p.decission


def test_the_code_uses_every_record_and_only_records() -> None:
    text = "\n".join(f.read_text(encoding="utf-8") for f in model_files())
    for path, group in itertools.groupby(RECORDS):
        assert list(group) == [path]
        assert f"p.{path}" in text, path


@pytest.mark.parametrize("path", RECORDS)
def test_every_parameter_moves_an_outcome_beyond_paired_noise(path: str) -> None:
    """Low against high end of the range in the same worlds: the mean difference is over three standard errors."""
    record = RECORDS[path]
    low, high = (
        reading(
            ensemble(record.scenario, f"parameters.{path}={value!r}", months=record.months, worlds=record.worlds),
            record.outcome,
        )
        for value in (record.low, record.high)
    )
    assert strength(low, high) > 3
