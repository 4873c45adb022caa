"""A lesson small enough for a test: eight paths, eight months, sixty citizens."""

from __future__ import annotations

from pathlib import Path

from multivector.teach.schema import LessonFile, read_lesson

SMALL = """\
schema: 1
title: A small lesson
question: Yield or not?
hook: Crowds gather. You must answer.
briefing: You run the office.
scenario: land-protests-2016
world: {end: 2016-08, citizens: 60}
every: 1
capital: 6
aims:
  - {measure: approval, name: Public approval}
  - {measure: elite_loyalty, name: Loyalty of elites}
levers:
  land:
    title: The land code
    stops:
      - {name: leave it}
      - {name: ban leases, cost: 4, set: timeline.land-code.decided=4}
  listening:
    title: Promise to listen
    path: doctrine.listening
    stops:
      - {name: no promise}
      - {name: promise, cost: 2, value: 1.0}
rounds:
  - {date: 2016-04, title: Rallies, briefing: Decide., levers: [land]}
  - {date: 2016-06, title: Afterwards, briefing: Decide again., levers: [listening]}
belief:
  title: Is anger hidden?
  stops:
    - {name: by some}
    - {name: by nobody, set: mechanisms.concealment=false}
try:
  - {text: Ban and watch., choose: {land: ban leases}, measure: approval, direction: up, share: 0.4}
items:
  - {question: One?, options: [a, b], answer: 1, why: Because.}
  - {question: Two?, options: [a, b, c], answer: 3, why: So., transfer: true}
"""


def small(**changes: str) -> LessonFile:
    """The small lesson with some texts replaced: old -> new is written old=new with old as a whole line's start."""
    text = SMALL
    for new in changes.values():
        old, _, after = new.partition(" => ")
        assert old in text, old
        text = text.replace(old, after)
    return read_lesson(text, "small.yaml", "small", Path())
