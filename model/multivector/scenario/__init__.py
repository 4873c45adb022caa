"""Scenarios: the schema of the YAML files, overlays, `--set`, friendly errors, and what is packaged.

Everything is imported when it is first used, so that listing scenarios and `--help` stay instant.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multivector.scenario.catalogue import ScenarioInfo, find_scenario, list_scenarios
    from multivector.scenario.editor import json_schema
    from multivector.scenario.errors import Problem, ScenarioErrors
    from multivector.scenario.loading import check, load_scenario, scenario_from_dict
    from multivector.scenario.mechanisms import MECHANISM_NOTES, MECHANISMS
    from multivector.scenario.migration import migrate
    from multivector.scenario.paths import DOMAINS, DomainPaths, Path
    from multivector.scenario.scenario import Scenario
    from multivector.scenario.schema import Dossier, Event
    from multivector.scenario.template import new_scenario_text

_HOME = {
    "DOMAINS": "paths",
    "Dossier": "schema",
    "DomainPaths": "paths",
    "Event": "schema",
    "MECHANISMS": "mechanisms",
    "MECHANISM_NOTES": "mechanisms",
    "Path": "paths",
    "Problem": "errors",
    "Scenario": "scenario",
    "ScenarioErrors": "errors",
    "ScenarioInfo": "catalogue",
    "check": "loading",
    "find_scenario": "catalogue",
    "json_schema": "editor",
    "list_scenarios": "catalogue",
    "load_scenario": "loading",
    "migrate": "migration",
    "new_scenario_text": "template",
    "scenario_from_dict": "loading",
}

__all__ = [
    "DOMAINS",
    "MECHANISMS",
    "MECHANISM_NOTES",
    "DomainPaths",
    "Dossier",
    "Event",
    "Path",
    "Problem",
    "Scenario",
    "ScenarioErrors",
    "ScenarioInfo",
    "check",
    "find_scenario",
    "json_schema",
    "list_scenarios",
    "load_scenario",
    "migrate",
    "new_scenario_text",
    "scenario_from_dict",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
