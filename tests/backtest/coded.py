"""Coded issues made up for tests."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from multivector.lab.backtest.issues import Issue, bundle
from multivector.politics.settlement import Coefficients, settle

EVIDENCE = Path(__file__).resolve().parents[2].parent / "shared" / "evidence"


def issue(
    position: list[float], salience: list[float] | None = None, power: list[float] | None = None, **more: object
) -> Issue:
    count = len(position)
    given = {"name": "i", "proposal": "p", "reference": np.nan, "outcome": 50.0, **more}
    return Issue(
        actors=tuple(f"a{k}" for k in range(count)), position=np.array(position, dtype=float),
        salience=np.array(salience or [1.0] * count), power=np.array(power or [1.0] * count), **given,
    )  # fmt: skip


def random_issues(count: int, seed: int = 5, how: Coefficients | None = None) -> list[Issue]:
    """Two issues a proposal; the outcome is drawn from the settlement."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        actors = int(rng.integers(3, 9))
        one = issue(
            rng.choice(np.arange(0, 101, 10), size=actors).tolist(), rng.uniform(0.2, 1.0, actors).tolist(),
            rng.uniform(1, 10, actors).tolist(), name=f"made{number}", proposal=f"p{number // 2}",
            reference=float(rng.choice([0.0, 50.0, np.nan])),
        )  # fmt: skip
        data = bundle([one])
        chance = settle(data.position, data.force, data.reference, how or Coefficients(0.7, 4.0, 4.0))[0]
        found.append(Issue(**{**vars(one), "outcome": float(rng.choice(101, p=chance / chance.sum()))}))
    return found


def write(path: Path, issues: list[Issue]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["issue", "proposal", "actor", "position", "salience", "power", "reference_point", "outcome"])
        for one in issues:
            quo = "" if np.isnan(one.reference) else f"{one.reference:g}"
            for k, actor in enumerate(one.actors):
                writer.writerow(
                    [one.name, one.proposal, actor, f"{one.position[k]:g}", f"{100 * one.salience[k]:.6g}",
                     f"{one.power[k]:.6g}", quo, f"{one.outcome:g}"]
                )  # fmt: skip
    return path
