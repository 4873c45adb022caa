"""Every lever of a scenario, as plain data: decisions, the line of policy, powers, mechanisms, parameters.

A lever is moved by one `--set` expression; one that is not moved adds nothing, so that the scenario stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multivector.scenario import Scenario

__all__ = ["briefing", "levers_of"]

_FACTORS = (("interest", "interest"), ("pressure", "pressure"), ("engagement", "engagement"))


def levers_of(scenario: Scenario) -> list[dict[str, Any]]:
    """Groups of levers in the order of the desk: {id, levers: [{id, kind, title, help, set, ...}]}."""
    return [
        {"id": "decisions", "levers": _decisions(scenario)},
        {"id": "doctrine", "levers": _doctrine(scenario)},
        {"id": "powers", "levers": _powers(scenario)},
        {"id": "mechanisms", "levers": _mechanisms(scenario)},
        {"id": "parameters", "levers": _parameters(scenario)},
    ]


def _decisions(scenario: Scenario) -> list[dict[str, Any]]:
    from multivector.scenario.schema import Dossier

    return [
        {
            "id": f"timeline.{entry.id}.decided",
            "kind": "choice",
            "title": entry.title or entry.dossier.replace("-", " "),
            "date": entry.date,
            "dossier": entry.dossier,
            "options": list(entry.options),
            "briefing": briefing(scenario, entry),
            "value": entry.decided or 0,
        }
        for entry in scenario.timeline
        if isinstance(entry, Dossier)
    ]


def briefing(scenario: Scenario, entry: Any) -> list[dict[str, Any]]:
    """What each constituency wants of a dossier, as far as positions are coded, the keenest first; no odds."""
    groups = (scenario.powers, scenario.formal, scenario.informal)
    named = {name: str(one.name) for group in groups for name, one in group.items()}
    found = [
        {"id": who, "name": named.get(who, ""), "wish": float(wish), "salience": float(entry.salience.get(who, 0.0))}
        for who, wish in entry.wishes.items()
    ]
    cares = [
        {"id": who, "name": named.get(who, ""), "wish": None, "salience": float(salience)}
        for who, salience in entry.salience.items()
        if who not in entry.wishes
    ]
    return sorted([*found, *cares], key=lambda one: -one["salience"])


def _doctrine(scenario: Scenario) -> list[dict[str, Any]]:
    return [
        _number(f"doctrine.{name}", name, 0.0, high, 0.05, getattr(scenario.doctrine, name).initial)
        for name, high in (("listening", 1.0), ("balance", 3.0), ("sovereignty", 3.0))
    ]


def _number(path: str, title: str, low: float, high: float, step: float, value: float, **more: Any) -> dict[str, Any]:
    return {
        "id": path,
        "kind": "number",
        "title": title,
        "low": low,
        "high": high,
        "step": step,
        "value": round(float(value), 6),
        "operator": "=",
        "help": "",
        **more,
    }


def _powers(scenario: Scenario) -> list[dict[str, Any]]:
    return [
        _number(f"powers.{name}.{key}", title, 0.0, 1.0, 0.05, 1.0, operator="*=", power=name, name=power.name)
        for name, power in scenario.powers.items()
        for key, title in _FACTORS
    ]


def _mechanisms(scenario: Scenario) -> list[dict[str, Any]]:
    from multivector.scenario.mechanisms import MECHANISM_NOTES

    return [
        {"id": f"mechanisms.{name}", "kind": "switch", "title": name, "help": MECHANISM_NOTES[name], "value": on}
        for name, on in scenario.mechanisms.items()
    ]


def _parameters(scenario: Scenario) -> list[dict[str, Any]]:
    from multivector.scenario.records import parameter_records

    return [
        _number(
            f"parameters.{path}",
            record.name,
            record.low,
            record.high,
            1.0 if record.integer else (record.high - record.low) / 40 or 0.01,
            scenario.parameter_values[path],
            help=f"{record.description} ({record.unit})",
            basis=record.basis,
        )
        for path, record in parameter_records().items()
    ]
