"""The validation as a document: rows of the table, sums, remarks; everything that is shown is made from it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from multivector import __version__
from multivector.lab.errors import LabError
from multivector.lab.summary import plain
from multivector.lab.validation.judge import Finding, Judgement
from multivector.lab.validation.patterns import load_left_out, load_patterns

__all__ = [
    "between",
    "by_clearance",
    "document",
    "driver_words",
    "left_out_words",
    "load_remarks",
    "number",
    "row_of",
    "sentences",
    "threshold_words",
]


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "value": finding.value,
        "interval": [finding.low, finding.high],
        "passed": finding.passed,
        "verdict": finding.verdict,
        "worlds": finding.worlds,
        "trouble": finding.trouble or None,
    }


def row_of(judgement: Judgement) -> dict[str, Any]:
    """One pattern as plain data: what it claims, what was found with and without its mechanism, whether it counts."""
    pattern, on, worst = judgement.pattern, judgement.on, judgement.worst
    return {
        "id": pattern.id,
        "claim": pattern.claim,
        "observable": pattern.observable,
        "value": on.value,
        "interval": [on.low, on.high],
        "threshold": {"above": pattern.above, "below": pattern.below},
        "passed": on.passed,
        "mechanism": pattern.mechanism,
        "value_off": worst.value,
        "passed_off": judgement.passed_off,
        "counts": judgement.counts,
        "verdict": on.verdict,
        "undecided": on.verdict == "undecided",
        "interval_off": [worst.low, worst.high],
        "undecided_off": any(one.verdict == "undecided" for _, one in judgement.off),
        "word": judgement.word,
        "worlds": on.worlds,
        "scenarios": list(pattern.scenarios),
        "why": pattern.why,
        "trouble": on.trouble or None,
        "counter_tests": [{"off": name, **_finding(one)} for name, one in judgement.off],
        "placebo": None if judgement.placebo is None else {"off": pattern.placebo, **_finding(judgement.placebo)},
        "placebo_stands": judgement.placebo_stands,
        "without_taste": None if judgement.bland is None else _finding(judgement.bland),
        "taste": judgement.is_taste,
    }


def document(judgements: Sequence[Judgement], **about: Any) -> dict[str, Any]:
    """The whole validation as one JSON document: `patterns`, `counted`, `total`, and what was run (`about`)."""
    rows = [row_of(one) for one in judgements]
    whole = {
        "schema": 1,
        "version": __version__,
        **about,
        "patterns": rows,
        "counted": sum(row["counts"] for row in rows),
        "total": len(rows),
        "undecided": [row["id"] for row in rows if row["undecided"]],
        "proves_nothing": [row["id"] for row in rows if row["passed"] and row["passed_off"]],
        "placebo_breaks": [row["id"] for row in rows if row["counts"] and not row["placebo_stands"]],
        "taste": [row["id"] for row in rows if row["taste"]],
        "left_out": [fact.model_dump(mode="json") for fact in load_left_out().values()],
    }
    result: dict[str, Any] = plain(whole)
    return result


def number(value: float | None) -> str:
    """A value for people: three digits that mean something, a dash where there is none."""
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 0.0005:
        return f"{value:.3f}".replace("-0.000", "0.000")
    return f"{value:.1e}"


def between(value: float | None, interval: Sequence[float | None]) -> str:
    """A value with its interval for people."""
    if value is None:
        return "–"
    return f"{number(value)} [{number(interval[0])}, {number(interval[1])}]"


def threshold_words(threshold: dict[str, float | None]) -> str:
    """A threshold for people."""
    parts = [
        f"{sign} {threshold[key]:g}" for key, sign in (("above", ">"), ("below", "<")) if threshold[key] is not None
    ]
    return " and ".join(parts)


def sentences(whole: dict[str, Any]) -> list[str]:
    """The sums in plain English."""
    said = [f"{whole['counted']} of {whole['total']} patterns count: they hold, and break without their mechanism."]
    rows = whole["patterns"]
    for words, ids in (
        ("Failed (the interval lies on the wrong side of the threshold)", _named(rows, "failed")),
        ("Prove nothing: they hold without their mechanism too", whole["proves_nothing"]),
        ("Statistically undecided: the interval covers the threshold", whole["undecided"]),
        ("No value", [row["id"] for row in rows if row["trouble"]]),
        ("Among those that count, break when an unrelated mechanism is off", whole["placebo_breaks"]),
        ("Among those that count, only by the doctrine's taste for balance: taste, not emergence", whole["taste"]),
    ):
        if ids:
            said.append(f"{words}: {len(ids)} ({', '.join(ids)}).")
    return said


def _named(rows: Sequence[dict[str, Any]], word: str) -> list[str]:
    return [row["id"] for row in rows if row["word"] == word]


def by_clearance(rows: Sequence[dict[str, Any]], held: Sequence[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """Shares of other parameter sets in which patterns count: those at least twice above their threshold, and the rest.

    `rows` are patterns of the table, of which those count here that count there and must exceed a number; `held` are
    patterns of a robustness run.
    """
    shares = {row["id"]: row["share_counts"] for row in held}
    clear: list[float] = []
    near: list[float] = []
    for row in rows:
        floor = row["threshold"]["above"]
        if row["counts"] and floor and row["id"] in shares:
            (clear if row["value"] >= 2.0 * floor else near).append(shares[row["id"]])
    return clear, near


def driver_words(drivers: Sequence[dict[str, Any]]) -> str:
    """What a pattern hangs on, for people: parameters with the sign of their rank correlation."""
    return ", ".join(f"{one['parameter']} {one['rho']:+.2f}".replace("-", "−") for one in drivers) or "–"


def left_out_words(fact: dict[str, Any]) -> str:
    """Why a stylised fact is no pattern of its own, in words for people: what carries it, and the reason."""
    carried = fact["carried"]
    return f"carried by {', '.join(carried)}: {fact['why']}" if carried else str(fact["why"])


@cache
def load_remarks() -> tuple[dict[str, str], tuple[dict[str, str], ...]]:
    """Remarks on patterns by id, and later changes of patterns in order of date. Raises LabError."""
    from ruamel.yaml import YAML

    text = (resources.files("multivector.lab.validation") / "remarks.yaml").read_text(encoding="utf-8")
    content = YAML(typ="safe", pure=True).load(text) or {}
    remarks = {str(name): " ".join(str(said).split()) for name, said in (content.get("remarks") or {}).items()}
    changes = tuple({key: str(value) for key, value in one.items()} for one in content.get("changes") or ())
    known = load_patterns()
    for name in (*remarks, *(one.get("pattern", "") for one in changes)):
        if name not in known:
            raise LabError(f"remarks.yaml: there is no pattern '{name}'")
    for one in changes:
        if set(one) != {"date", "pattern", "was", "now", "why"}:
            raise LabError(f"remarks.yaml: a change says date, pattern, was, now and why, not {', '.join(one)}")
    return remarks, changes
