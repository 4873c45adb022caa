"""A lesson made out of a bare scenario: its own dossiers become the levers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multivector.scenario.schema import Dossier
from multivector.teach.schema import Lesson, LessonFile

if TYPE_CHECKING:
    from pathlib import Path

    from multivector.scenario import Scenario

__all__ = ["lesson_of"]

_MOST_LEVERS = 2
_COST = 3


def lesson_of(scenario: Scenario, name: str, folder: Path, *, seed: int = 7) -> LessonFile:
    """A free-play lesson on a scenario: one round at its start, the doctrine of listening, and its gravest dossiers.

    A dossier's gravity is the sum of all saliences stated for it. Costs are three points for every lever moved, so
    that not everything can be decided at once.
    """
    grave = sorted(
        (entry for entry in scenario.timeline if isinstance(entry, Dossier)),
        key=lambda entry: -sum(entry.salience.values()),
    )[:_MOST_LEVERS]
    chosen = sorted(grave, key=lambda entry: entry.date)
    levers: dict[str, Any] = {
        "listening": {
            "title": "Listening at home",
            "question": "How far does the office bind itself to hear the public?",
            "path": "doctrine.listening",
            "stops": [
                {"name": "as in the scenario"},
                {"name": "not at all", "value": 0.0, "cost": 1},
                {"name": "in full", "value": 1.0, "cost": _COST},
            ],
        }
    }
    for entry in chosen:
        levers[entry.id.replace("-", "_")] = {
            "title": entry.title or entry.dossier.replace("-", " "),
            "question": f"On the table in {entry.date}.",
            "stops": [
                {"name": "leave it to the model's president"},
                *(
                    {"name": option, "cost": _COST, "set": [f"timeline.{entry.id}.decided={number}"]}
                    for number, option in enumerate(entry.options, 1)
                ),
            ][:6],
        }
    data = {
        "schema": 1,
        "title": scenario.title,
        "question": "Which decisions would you take out of the president's hands, and what does each cost?",
        "hook": "Every option on the table disappoints somebody. Decide some questions yourself, leave the others.",
        "briefing": scenario.summary or scenario.title,
        "scenario": name,
        "seed": seed,
        "aims": [
            {"measure": "autonomy", "name": "Room to refuse", "note": "0 none, 1 full: how far giants can be refused"},
            {"measure": "approval", "name": "Public approval", "note": "0 none, 1 full: one minus mean grievance"},
            {"measure": "elite_loyalty", "name": "Loyalty of elites", "note": "0 none, 1 full, weighed by clout"},
        ],
        "levers": levers,
        "rounds": [
            {
                "date": scenario.start,
                "title": scenario.title,
                "briefing": "Decide what you will, within ten points of political capital.",
                "levers": list(levers),
            }
        ],
        "belief": {
            "title": "What do you believe about the public?",
            "question": "Can the public be heard at all?",
            "stops": [
                {"name": "its anger reaches the president"},
                {"name": "it does not", "set": ["mechanisms.public_voice=false"]},
            ],
        },
    }
    return LessonFile(name, Lesson.model_validate(data), folder)
