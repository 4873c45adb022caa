"""Patterns as data, and verdicts: whole intervals against thresholds, counter-tests, placebo."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.lab.errors import LabError
from multivector.lab.validation.bench import all_observables, arms_of
from multivector.lab.validation.judge import Finding, find, judge
from multivector.lab.validation.patterns import Pattern, chosen_patterns, load_left_out, load_patterns, read_patterns
from multivector.lab.validation.report import document, load_remarks, number, row_of

RAW: dict[str, Any] = {
    "claim": "A claim.",
    "scenarios": ["baseline-2019"],
    "observable": "A number.",
    "above": 0.1,
    "why": "Because.",
    "off": ["clout"],
    "placebo": "visits",
}


def pattern(**changes: Any) -> Pattern:
    return Pattern.model_validate({"id": "N1", **RAW, **changes})


# --- the file -------------------------------------------------------------------------------------------------


def test_the_shipped_patterns_are_whole() -> None:
    patterns = load_patterns()
    claims = [
        f"{letter}{number}"
        for letter, last in zip("NSBLK", (17, 9, 9, 9, 8), strict=True)
        for number in range(1, last + 1)
    ]
    assert set(claims) <= set(patterns)
    assert set(all_observables()) == set(patterns)
    assert {one.id for one in patterns.values() if one.taste} == {"S3", "S4", "S5"} | (
        {"N9"} & {n for n, p in patterns.items() if p.taste}
    )
    load_remarks()


def test_no_stylised_fact_is_passed_over() -> None:
    """The collection has SF01 to SF29 and the odd numbers from SF31 on: each is a pattern, or says why not."""
    patterns, left_out = load_patterns(), load_left_out()
    facts = {f"SF{number:02d}" for number in (*range(1, 30), *range(31, 60, 2))}
    assert {name for name in patterns if name.startswith("SF")} | set(left_out) == facts
    assert not set(patterns) & set(left_out)
    assert all(set(fact.carried) <= set(patterns) for fact in left_out.values())


def test_asking_for_a_fact_left_out_says_why() -> None:
    with pytest.raises(LabError, match="SF02 is no pattern of its own: the same observable") as caught:
        chosen_patterns(["sf02"])
    assert caught.value.suggestion == "N7" and caught.value.key == "--claim"
    with pytest.raises(LabError, match="no age") as caught:
        chosen_patterns(["SF59"])
    assert caught.value.suggestion is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"off": ["clot"]}, "nearest: clout"),
        ({"placebo": "clout"}, "one of the switches"),
        ({"above": None}, "give a threshold"),
        ({"below": 0.05}, "must be less"),
        ({"off": []}, "off"),
        ({"more": 1}, "Extra inputs"),
    ],
)
def test_a_wrong_pattern_is_refused(changes: dict[str, Any], said: str) -> None:
    content = {"N1": {**RAW, **changes}, "n2": RAW}
    if changes == {"off": []}:
        content["N1"]["off"] = [[]]
    with pytest.raises(LabError, match=r"N1: .*") as caught:
        read_patterns(content)
    assert "n2" in str(caught.value)  # both are told at once
    if said != "off":
        assert said in str(caught.value)


def test_counter_tests_and_arms() -> None:
    assert pattern().counter_tests == (("clout",),)
    two = pattern(off=[["clout", "lobbying"], ["delay"]])
    assert two.mechanism == "clout + lobbying; delay"
    assert [arm.name for arm in arms_of(two)] == ["on", "off: clout + lobbying", "off: delay", "placebo"]
    inert = pattern(off={"none": "the powers inert"}, taste=True)
    arms = arms_of(inert)
    assert [arm.name for arm in arms] == ["on", "off: the powers inert", "placebo", "taste"] and arms[1].inert
    assert [arm.name for arm in arms_of(two, ("on",))] == ["on"]


def test_ids_are_found_and_missed() -> None:
    assert [one.id for one in chosen_patterns(["n9,S1", "N9"])] == ["N9", "S1"]
    assert len(chosen_patterns(None)) == len(load_patterns())
    with pytest.raises(LabError) as caught:
        chosen_patterns(["SF1"])
    assert caught.value.key == "--claim" and caught.value.suggestion == "SF01" and caught.value.code == 2


# --- verdicts -------------------------------------------------------------------------------------------------

values = st.lists(st.floats(-1, 1, allow_nan=False), min_size=3, max_size=40).map(np.array)


@settings(deadline=None)
@given(values, st.floats(-1, 1), st.floats(0.01, 1))
def test_a_verdict_is_where_the_whole_interval_lies(found: Any, floor: float, width: float) -> None:
    band = pattern(above=floor, below=floor + width)
    finding = find(found, band)
    assert finding.low <= finding.value + 1e-9 and finding.value - 1e-9 <= finding.high
    inside = finding.low > floor and finding.high < floor + width
    outside = finding.high <= floor or finding.low >= floor + width
    assert finding.verdict == ("passed" if inside else "failed" if outside else "undecided")
    assert finding.passed is inside


@settings(deadline=None)
@given(values, st.floats(-1, 1))
def test_below_is_above_turned_round(found: Any, edge: float) -> None:
    high, low = find(found, pattern(above=edge)), find(-found, pattern(above=None, below=-edge))
    assert high.value == pytest.approx(-low.value)
    if min(abs(high.low - edge), abs(high.high - edge), abs(low.low + edge), abs(low.high + edge)) > 0.05:
        assert high.verdict == low.verdict


def test_worlds_with_nothing_to_say_are_left_out() -> None:
    finding = find(np.array([np.nan, 0.4, 0.6, np.nan]), pattern())
    assert finding.worlds == 2 and finding.value == pytest.approx(0.5)
    nobody = find(np.full(5, np.nan), pattern())
    assert nobody.verdict == "failed" and nobody.trouble and math.isnan(nobody.value)


def test_a_value_on_the_threshold_is_not_clear_of_it() -> None:
    assert find(np.full(9, 0.1), pattern()).verdict == "failed"
    assert find(np.full(9, 0.1 + 1e-9), pattern()).verdict == "passed"


def said(verdict: str, value: float = 0.0) -> Finding:
    return Finding(value, value, value, 9, verdict)  # type: ignore[arg-type]


@given(
    st.sampled_from(["passed", "failed", "undecided"]),
    st.lists(st.sampled_from(["passed", "failed", "undecided"]), min_size=1, max_size=3),
    st.sampled_from(["passed", "failed", "undecided", None]),
)
def test_what_counts(on: str, offs: list[str], placebo: str | None) -> None:
    arms = {"on": said(on), **{f"off: {i}": said(one) for i, one in enumerate(offs)}}
    if placebo:
        arms["placebo"] = said(placebo)
    judgement = judge(pattern(), arms)
    assert judgement.counts == (on == "passed" and "passed" not in offs)
    row = row_of(judgement)
    assert row["counts"] == (row["passed"] and not row["passed_off"])
    assert row["placebo_stands"] == (placebo in (None, "passed"))
    if on == "passed" and "passed" in offs:
        assert judgement.word == "proves nothing"


def test_the_counter_test_shown_is_the_one_nearest_to_passing() -> None:
    arms = {"on": said("passed", 0.3), "off: a": said("failed", -0.5), "off: b": said("failed", 0.05)}
    assert judge(pattern(), arms).worst.value == 0.05
    arms["off: c"] = said("passed", 0.2)
    assert judge(pattern(), arms).worst.value == 0.2
    missing = {"on": said("passed", 0.3), "off: a": Finding.missing("no world has a value")}
    assert judge(pattern(), missing).counts


def test_taste_is_named() -> None:
    arms = {"on": said("passed", 0.3), "off: a": said("failed"), "taste": said("failed")}
    judgement = judge(pattern(taste=True), arms)
    assert judgement.counts and judgement.is_taste and judgement.word == "taste, not emergence"


def test_the_document_sums_up() -> None:
    one = judge(pattern(), {"on": said("passed", 0.3), "off: a": said("failed")})
    other = judge(pattern(id="N2"), {"on": Finding.missing("nothing"), "off: a": said("undecided")})
    whole = document([one, other], worlds=9, seed=7)
    assert (whole["counted"], whole["total"]) == (1, 2)
    keys = {
        "id",
        "claim",
        "observable",
        "value",
        "interval",
        "threshold",
        "passed",
        "mechanism",
        "value_off",
        "passed_off",
    }
    for row in whole["patterns"]:
        assert {*keys, "counts"} <= set(row)
    assert [fact["id"] for fact in whole["left_out"]] == list(load_left_out())
    assert whole["patterns"][1]["value"] is None and whole["patterns"][1]["interval"] == [None, None]


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (0.12345, "0.123"), (-0.0, "0.000"), (2e-5, "2.0e-05")])
def test_numbers_for_people(value: float | None, text: str) -> None:
    assert number(value) == text
