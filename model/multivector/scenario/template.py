"""The commented beginning of a new scenario, which checks clean and runs as it stands."""

from __future__ import annotations

import re

__all__ = ["new_scenario_text"]

_TEXT = """\
# {title}: a scenario for multivector.
# Check it:  multivector scenarios check {name}.yaml
# Run it:    multivector run ./{name}.yaml
# Anything that you leave out is inherited from the scenario under `extends`.

schema: 1
title: {title}
summary: >-
  Say in one paragraph, for a student, what happens in this world and what to look for.
extends: baseline-2019

# First and last month, always as YYYY-MM. Where things stand at the start comes from dated records.
start: 2019-03
end: 2023-12

powers:
  russia:
    # 0 is none, 1 is the most. Straight lines between dated points; a plain number is constant.
    # One path fills all three domains (politics, economy, security).
    pressure: {{2019-03: 0.3, 2020-06: 0.6, 2022-01: 0.4}}
  eu:
    # Only the domains that you name change.
    engagement: {{economy: 0.8}}
  # To add a power, give its name, capability, engagement and ties. To drop one, write `us: null`.

timeline:
  # Something that happens. Kinds: {kinds}.
  - {{date: 2020-03, event: sanctions, on: russia, severity: 0.6, months: 24}}
  # A question that the president must settle: two to six options in order, from one end to the other.
  - date: 2020-09
    dossier: join-the-new-route
    title: Join the new trade route
    domain: economy
    options: [decline, study it, join in part, join fully]
    # Option numbers that others wish (2.5 lies between the second and the third). Wishes that you leave out
    # follow from interests.
    wishes: {{russia: 1, eu: 4, china: 3}}
    # How much they care, 0 to 1.
    salience: {{russia: 0.6, eu: 0.5, public: 0.2}}

# Numbers of the model that differ from their defaults, by dotted name, such as {{{parameter}}}.
parameters: {{}}

# Everything is on unless you switch it off, such as {{trial_balloon: false}}.
mechanisms: {{}}

# Where facts come from. An entry names its source by key: `source: KEY`.
sources: {{}}
"""


def new_scenario_text(name: str) -> str:
    """Return a commented scenario that extends `baseline-2019`, titled after `name` (a file name's stem).

    Raises ValueError when the name is not made of small letters, digits and hyphens.
    """
    from multivector.scenario.events import EVENT_KINDS
    from multivector.scenario.records import parameter_records

    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name, re.ASCII):
        raise ValueError(f"a scenario's name is made of small letters, digits and hyphens, not {name!r}")
    words = name.replace("-", " ")
    title = f"{words[:1].upper()}{words[1:]}"
    if not title[0].isalpha() or title.lower() in (
        "no",
        "yes",
        "on",
        "off",
        "y",
        "n",
        "true",
        "false",
        "null",
    ):
        title = f'"{title}"'
    records = parameter_records()
    record = records.get("decision.rationality") or next(iter(records.values()))
    parameter = f"{record.path}: {record.default:g}"
    return _TEXT.format(name=name, title=title, kinds=", ".join(EVENT_KINDS), parameter=parameter)
