"""Verdicts: does the whole 90 % interval of the mean clear the threshold, and does it still without the mechanism?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from multivector.lab.compare import paired_interval
from multivector.lab.validation.patterns import Pattern
from multivector.numerics import Floats

__all__ = ["Finding", "Judgement", "Verdict", "find", "judge"]

Verdict = Literal["passed", "failed", "undecided"]


@dataclass(frozen=True)
class Finding:
    """An observable in one arm: mean over worlds with its 90 % interval, worlds that have a value, and the verdict.

    `trouble` says why there is no value, where there is none.
    """

    value: float
    low: float
    high: float
    worlds: int
    verdict: Verdict
    trouble: str = ""

    @property
    def passed(self) -> bool:
        """Whether the whole interval clears the threshold."""
        return self.verdict == "passed"

    @classmethod
    def missing(cls, trouble: str) -> Finding:
        """No value, and why."""
        nothing = float("nan")
        return cls(nothing, nothing, nothing, 0, "failed", trouble)


def find(values: Floats, pattern: Pattern, seed: int = 0, key: str = "") -> Finding:
    """Judge one arm's values, (W,), one a world, NaN where a world has nothing to say."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return Finding.missing("no world has a value")
    low, high = paired_interval(known, key=key or pattern.id, seed=seed)
    mean = float(known.mean())
    if known.size == 1:
        low = high = mean
    return Finding(mean, low, high, int(known.size), _verdict(low, high, pattern))


def _verdict(low: float, high: float, pattern: Pattern) -> Verdict:
    floor = -np.inf if pattern.above is None else pattern.above
    ceiling = np.inf if pattern.below is None else pattern.below
    if low > floor and high < ceiling:
        return "passed"
    # on the very threshold is not clear of it
    return "failed" if high <= floor or low >= ceiling else "undecided"


@dataclass(frozen=True)
class Judgement:
    """A pattern's findings: with everything on, in each counter-test, under the placebo, and without the taste.

    Attributes
    ----------
    off : counter-tests, (what is off, finding) each.
    placebo, bland : None where not run; `bland` is the finding with the taste for balance at 0.
    """

    pattern: Pattern
    on: Finding
    off: tuple[tuple[str, Finding], ...]
    placebo: Finding | None = None
    bland: Finding | None = None

    @property
    def passed_off(self) -> bool:
        """Whether the pattern passes in any counter-test."""
        return any(finding.passed for _, finding in self.off)

    @property
    def worst(self) -> Finding:
        """The counter-test that comes nearest to passing: one that passes, else the one nearest to the threshold."""
        findings = [finding for _, finding in self.off]
        if not findings:
            return Finding.missing("no counter-test was run")
        return min(findings, key=lambda one: (not one.passed, one.verdict == "failed", self._short_by(one)))

    def _short_by(self, finding: Finding) -> float:
        """How far the mean is from where the pattern would hold."""
        if not np.isfinite(finding.value):
            return float("inf")
        floor, ceiling = self.pattern.above, self.pattern.below
        under = 0.0 if floor is None else max(floor - finding.value, 0.0)
        over = 0.0 if ceiling is None else max(finding.value - ceiling, 0.0)
        return under + over

    @property
    def counts(self) -> bool:
        """Passed, and in no counter-test passed."""
        return self.on.passed and not self.passed_off

    @property
    def placebo_stands(self) -> bool:
        """Whether the pattern stands without an unrelated mechanism (True where that was not run)."""
        return self.placebo is None or self.placebo.passed

    @property
    def is_taste(self) -> bool:
        """Whether it passes only by the doctrine's taste for balance."""
        return self.on.passed and self.bland is not None and not self.bland.passed

    @property
    def word(self) -> str:
        """The verdict in a word or two, for tables."""
        if self.counts:
            return "taste, not emergence" if self.is_taste else "counts"
        if self.on.passed:
            return "proves nothing"
        if self.on.trouble:
            return "no value"
        return self.on.verdict


def judge(pattern: Pattern, arms: dict[str, Finding]) -> Judgement:
    """Put the findings of a pattern's arms (see `bench.arms_of`) together."""
    off = tuple((name.removeprefix("off: "), one) for name, one in arms.items() if name.startswith("off: "))
    return Judgement(pattern, arms["on"], off, arms.get("placebo"), arms.get("taste"))
