"""Everything that a lesson's page needs, as one plain document; the page adds nothing to it but words."""

from __future__ import annotations

import re
from typing import Any

from multivector import __version__
from multivector.scenario.schema import Dossier
from multivector.teach.grid import Grid, eves
from multivector.teach.pack import pack
from multivector.teach.paths import Leaf, Plan
from multivector.teach.reasons import MOST, reasons, rules_by_part
from multivector.teach.schema import FUTURES, LESS_IS_BETTER
from multivector.teach.tries import measure_tries

__all__ = ["FORMAT", "document_of", "forced_by", "measure_name"]

FORMAT = 1
"""Number of the document's shape; docs/lesson.md describes it."""

_DECIDED = re.compile(r"timeline\.([^.=]+)\.decided=(\d+)")
PERCENT = ("protest", "hazard", "hazard_elite", "hazard_mass", "hazard_outside")
"""Measures told in percent."""


def document_of(grid: Grid) -> dict[str, Any]:
    """The page's document: texts, levers, rounds, packed values, and why every path differs. JSON-safe."""
    plan = grid.plan
    lesson, base = plan.file.lesson, plan.base
    packed = pack(grid.values)
    dossiers = _dossiers(grid)
    places = [grid.steps.index(month) for month in eves(plan)]
    aims = [
        {
            "id": aim.measure,
            "name": aim.name,
            "note": aim.note or "",
            "good": aim.good,
            "line": aim.line,
            "predict": aim.predict,
        }
        for aim in lesson.aims
    ]
    return {
        "format": FORMAT,
        "version": __version__,
        "code": plan.code,
        "seed": lesson.seed,
        "futures": FUTURES,
        "citizens": plan.citizens,
        "contentLanguage": lesson.language,
        "name": plan.file.name,
        "title": lesson.title,
        "question": lesson.question,
        "hook": lesson.hook,
        "briefing": lesson.briefing,
        "scenario": {"id": lesson.scenario, "title": base.title, "start": base.start, "end": base.end},
        "dates": [base.date_at(month) for month in grid.steps],
        "series": [
            {
                "id": name,
                "low": low,
                "high": high,
                "good": -1 if name in LESS_IS_BETTER else 1,
                "percent": name in PERCENT,
            }
            for name, low, high in zip(grid.names, packed.low, packed.high, strict=True)
        ],
        "powers": _powers(plan),
        "aims": aims,
        "capital": lesson.capital,
        "levers": {name: _lever(lever) for name, lever in lesson.levers.items()},
        "belief": None if lesson.belief is None else _lever(lesson.belief),
        "rounds": [
            {
                "date": one.date,
                "step": place,
                "until": (*places, len(grid.steps) - 1)[number + 1],
                "title": one.title,
                "briefing": one.briefing,
                "levers": list(one.levers),
                "demand": None if one.demand is None else one.demand.model_dump(),
                "shock": None if shock is None else {"title": shock.title, "text": shock.text},
            }
            for number, (one, place, shock) in enumerate(zip(lesson.rounds, places, plan.shocks, strict=True))
        ],
        "leaves": [leaf.key for leaf in plan.leaves],
        "shape": list(packed.shape),
        "values": packed.text,
        "word": packed.word,
        "dossiers": dossiers,
        "who": _names(plan),
        "rules": rules_by_part(),
        "reasons": [_reasons(grid, leaf, [d["id"] for d in dossiers]) for leaf in plan.leaves],
        "tension": grid.tension,
        "lost": [facts["lost"] for facts in grid.facts],
        "info": None if lesson.info is None else lesson.info.model_dump(),
        "tries": [
            {"text": one.claim.text, "futures": one.futures, "share": one.claim.share, "held": one.held}
            for one in measure_tries(grid)
        ],
        "sources": dict(base.sources),
        "items": [item.model_dump() for item in lesson.items],
        "debrief": None if lesson.debrief is None else lesson.debrief.model_dump(),
    }


def _lever(lever: Any) -> dict[str, Any]:
    return {
        "title": lever.title,
        "question": lever.question or "",
        "help": lever.help or "",
        "stops": [{"name": stop.name, "cost": stop.cost, "note": stop.note or ""} for stop in lever.stops],
    }


def _powers(plan: Plan) -> list[dict[str, Any]]:
    """Names, colours and line styles as in every figure of the project."""
    from multivector.show.style import power_looks

    looks = power_looks(list(plan.base.powers))
    found = []
    for name, power in plan.base.powers.items():
        look = looks[name]
        dash = "" if isinstance(look.dash, str) else " ".join(f"{part:g}" for part in look.dash[1])
        found.append({"id": name, "name": power.name, "color": look.color, "dash": dash})
    return found


def _names(plan: Plan) -> dict[str, str]:
    """Constituency → display name."""
    base = plan.base
    groups = (base.powers, base.formal, base.informal)
    named = {name: str(one.name) for group in groups for name, one in group.items()}
    return {**named, "public": "the public", "elder": "the elder"}


def _dossiers(grid: Grid) -> list[dict[str, Any]]:
    """Every dossier that arose in some path: id, title, options."""
    found: dict[str, dict[str, Any]] = {}
    for facts in grid.facts:
        for name, one in facts["dossiers"].items():
            if name not in found or len(one["options"]) > len(found[name]["options"]):
                found[name] = {"id": name, "title": one["title"], "options": one["options"]}
    return [found[name] for name in sorted(found)]


def forced_by(plan: Plan, leaf: Leaf) -> dict[str, int]:
    """Dossier → option that a path itself decides."""
    names = {entry.id: entry.dossier for entry in plan.base.timeline if isinstance(entry, Dossier)}
    found = {}
    for expression in plan.sets(leaf):
        match = _DECIDED.match(expression)
        if match and match[1] in names:
            found[names[match[1]]] = int(match[2])
    return found


def _reasons(grid: Grid, leaf: Leaf, order: list[str]) -> dict[str, Any]:
    """Why a path differs from its policy baseline, in short keys: hundreds of these are in a page."""
    plan = grid.plan
    base = plan.policy_baseline(leaf)
    if leaf == base:
        return {"n": 0, "d": []}
    told = reasons(grid.facts[grid.at(base)], grid.facts[grid.at(leaf)], forced_by(plan, leaf))
    own = [one for one in told if one["own"]]
    others = [one for one in told if not one["own"]][:MOST]
    rows = [
        [
            order.index(one["dossier"]), one["date"], one["changed"], one["of"], *one["was"], *one["now"],
            int(one["own"]), one["rule"], one["by"], one["who"],
        ]
        for one in [*own, *others]
    ]  # fmt: skip
    return {"n": len(told), "d": rows}


def measure_name(measure: str, plan: Plan) -> str:
    """A measure's name in plain words."""
    from multivector.lab.measures import OUTCOMES

    if measure.startswith("tie."):
        return f"the tie to {plan.base.powers[measure.removeprefix('tie.')].name}"
    return OUTCOMES.get(measure, measure.replace("_", " "))
