"""The commented beginning of a new study, which runs as it stands."""

from __future__ import annotations

__all__ = ["new_study_text"]

_TEXT = """\
# A study for multivector: scenarios × a design × worlds.
# Look first:  multivector batch {file} --dry-run
# Run it:      multivector batch {file}
# Stop it as you like; the same command goes on.

schema: 1
kind: batch
title: Does pressure from Moscow narrow the fan?
summary: >-
  Say in a few lines what is varied, and what to look for.

# Names of packaged scenarios (multivector scenarios list), or files beside this one (./my-world.yaml).
scenarios: [baseline-2019]
# The same change to every scenario, as with --set.
# set: ["powers.us.interest*=0.5"]

worlds: 32          # of every run; world k has the same luck in all runs of one seed
seeds: [7]
months: 24          # leave out to run to each scenario's end
citizens: 300       # leave out for the scenario's own number

# What is varied: any path of a scenario. A path that ends in * or + multiplies, or adds to, what the scenario says.
design:
  kind: factorial   # or one-at-a-time, latin-hypercube, sobol, list, draws, scenarios
  factors:
    powers.russia.pressure: [0.1, 0.5, 0.9]
    mechanisms.trial_balloon: [true, false]
# Sampled designs take ranges, and how many points:
#   kind: sobol
#   points: 64
#   seed: 1
#   factors:
#     parameters.decision.rationality: range               # the range in the parameter's record
#     powers.russia.pressure*: {{low: 0.5, high: 1.5}}
#     coolness of the west: {{paths: [powers.eu.engagement*, powers.us.engagement*], low: 0.3, high: 1.0}}
# Draws, such as a posterior (columns = paths):
#   kind: draws
#   file: posterior.csv
#   weight: weight

# What every run is compared with, world by world: a scenario, or values of factors.
baseline: {{powers.russia.pressure: 0.1}}
# Split each shift: what the change does by itself, and what the president's decisions make of it.
split: false
# Full tables to keep besides each world's outcomes, such as [worlds, ties, decisions]. They are large.
keep: []
"""


def new_study_text(file: str, kind: str = "batch") -> str:
    """Return a commented study of a kind; `file` is how it is called in its own commands."""
    if kind == "batch":
        return _TEXT.format(file=file)
    from importlib import resources

    folder = resources.files("multivector.lab") / "templates"
    return (folder / f"{kind}.yaml").read_text(encoding="utf-8").replace("FILE", file)
