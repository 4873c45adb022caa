"""The JSON Schema of scenario files, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from multivector.scenario.events import EVENT_KINDS
from multivector.scenario.mechanisms import MECHANISM_NOTES
from multivector.scenario.records import parameter_records
from multivector.scenario.schema import ScenarioDocument

__all__ = ["json_schema"]

_ID = "^[a-z][a-z0-9_]*$"
_SLUG = "^[a-z0-9][a-z0-9-]*$"
_NAMED_PARTS = {
    "ScenarioDocument": ("powers", "advisers", "formal", "informal"),
    "Public": ("language_groups",),
    "Economy": ("sectors",),
}
_ENTRIES = ("Event", "Dossier", "Election")


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scenario file, with a description for every key.

    An extending file may say as little as it likes, so that only `schema` and `title` are required, and
    `null` (which drops something inherited) is allowed for powers, actors, groups and sectors.
    """
    schema = ScenarioDocument.model_json_schema(by_alias=True)
    definitions: dict[str, Any] = schema["$defs"]
    for name, part in {**definitions, "ScenarioDocument": schema}.items():
        if name not in _ENTRIES:
            part.pop("required", None)
        for field in part["properties"].values():
            if "$ref" in field and "description" not in field:
                field["description"] = definitions[field["$ref"].rsplit("/", 1)[-1]].get("description", "")
        for key in _NAMED_PARTS.get(name, ()):
            holder = part["properties"][key]
            holder["propertyNames"] = {"pattern": _ID}
            holder["additionalProperties"] = {"anyOf": [holder["additionalProperties"], {"type": "null"}]}
    _describe_entries(definitions)
    properties = schema["properties"]
    properties["parameters"] = _parameters(properties["parameters"].get("description", ""))
    properties["mechanisms"] = {
        "type": "object",
        "description": properties["mechanisms"].get("description", ""),
        "properties": {name: {"type": "boolean", "description": note} for name, note in MECHANISM_NOTES.items()},
        "additionalProperties": False,
    }
    schema["required"] = ["schema", "title"]
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "multivector scenario"
    return schema


def _describe_entries(definitions: dict[str, Any]) -> None:
    """Say which keys each kind of event needs, and how long the lists of a dossier are."""
    event, dossier, election = (definitions[name] for name in _ENTRIES)
    kinds = event["properties"]["event"]
    kinds["description"] = "Kind of event. " + " ".join(f"{name}: {kind.note}" for name, kind in EVENT_KINDS.items())
    event["allOf"] = [
        {
            "if": {"properties": {"event": {"const": name}}, "required": ["event"]},
            "then": {"required": list(kind.required)},
        }
        for name, kind in EVENT_KINDS.items()
        if kind.required
    ]
    for part in (event, dossier, election):
        part["properties"]["id"]["pattern"] = _SLUG
    dossier["properties"]["dossier"]["pattern"] = _SLUG
    election["properties"]["election"]["pattern"] = _SLUG
    dossier["properties"]["options"].update(minItems=2, maxItems=6, uniqueItems=True)


def _parameters(description: str) -> dict[str, Any]:
    """Describe every parameter, by its dotted name, with its range; the nested form is left open."""
    known = {
        path: {
            "type": "integer" if record.integer else "number",
            "minimum": record.allowed[0],
            "maximum": record.allowed[1],
            "default": record.default,
            "description": f"{record.name} ({record.unit}). {record.description}",
        }
        for path, record in parameter_records().items()
    }
    return {
        "type": "object",
        "description": description,
        "properties": known,
        "additionalProperties": {"type": "object"},
    }
