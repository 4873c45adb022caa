"""Small studies for the tests of batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from multivector.lab.batch import Tally, run_batch
from multivector.lab.execution import Executor, InProcess
from multivector.lab.plan import Plan, plan_of
from multivector.lab.study import load_study

STUDY = """\
schema: 1
kind: batch
title: A small study
scenarios: [baseline-2019]
worlds: {worlds}
months: 3
citizens: 20
design:
  kind: factorial
  factors:
    powers.russia.pressure: {levels}
baseline: {{powers.russia.pressure: 0.1}}
split: {split}
keep: {keep}
"""


def plan(folder: Path, *, worlds: int = 40, levels: str = "[0.1, 0.9]", split: bool = False, keep: str = "[]") -> Plan:
    """The plan of a small study, written to a file in `folder`."""
    path = folder / "small.yaml"
    text = STUDY.format(worlds=worlds, levels=levels, split=str(split).lower(), keep=keep)
    path.write_text(text, encoding="utf-8")
    return plan_of(load_study(path))


def go(plan: Plan, folder: Path, executor: Executor | None = None, block: int = 16, **options: Any) -> Tally:
    """Run a plan in blocks of 16 in this process."""
    return run_batch(plan, folder, executor or InProcess(), block=block, **options)
