"""Reference pages, made from the records and the code: each function returns the Markdown of one page."""

from __future__ import annotations

import itertools
import pkgutil
from collections.abc import Iterable, Iterator
from typing import Any, get_args

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import multivector
from multivector.cli.app import app
from multivector.model import PHASES, MultivectorModel
from multivector.parameters import load_records
from multivector.scenario import list_scenarios
from multivector.scenario.events import EVENT_KINDS
from multivector.scenario.mechanisms import MECHANISM_CLAIMS, MECHANISM_NOTES
from multivector.scenario.roles import FORMAL_ROLES
from multivector.scenario.schema import ScenarioDocument

__all__ = ["api", "commands", "mechanisms", "packages", "parameters", "phases", "scenarios", "schema"]


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split()).replace("<", "&lt;")


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    names = list(head)
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def parameters() -> str:
    """Every parameter record: default, range, unit, basis."""
    records = list(load_records().values())
    parts = [
        "# Parameters\n",
        f"{len(records)} numbers of the model, each a record under "
        "`model/multivector/parameters/tree/`. The range is the prior that "
        "studies draw from. *Basis* is the source, or the word assumption with its reason. A test "
        "moves each over its range and "
        "asks that an outcome of the named scenario moves beyond paired noise. Change one with "
        "`--set parameters.GROUP.NAME=VALUE`, or under `parameters:` in a scenario.\n",
    ]
    for group, found in itertools.groupby(records, key=lambda record: record.path.split(".")[0]):
        parts.append(f"## {group}\n")
        for record in found:
            parts.append(f"### `{record.path}` {{ #{record.path} }}\n")
            parts.append(f"{_cell(record.description)}\n")
            parts.append(
                table(
                    ("default", "range", "unit", "mechanism", "shows in"),
                    [
                        (
                            f"{record.default:g}",
                            f"{record.low:g} … {record.high:g}",
                            record.unit,
                            record.mechanism,
                            f"`{record.scenario}`: {record.outcome}",
                        )
                    ],
                )
            )
            parts.append(
                f"*{'Source' if record.source else 'Assumption'}:* {_cell(record.source or record.assumption)}\n"
            )
    return "\n".join(parts)


def mechanisms() -> str:
    """Every switch with what it does and the claims that it carries."""
    rows = [(f"`{name}`", note, ", ".join(MECHANISM_CLAIMS.get(name, ()))) for name, note in MECHANISM_NOTES.items()]
    return (
        "# Mechanisms and their switches\n\nEverything is on unless a scenario says otherwise: "
        "`mechanisms: {trial_balloon: false}`, or "
        "`--set mechanisms.trial_balloon=false`. What a switch turns off leaves every other random "
        "draw as it was. The IDs are claims of "
        "the sources; [validation](../validation.md) shows each with its mechanism on and off.\n\n"
        + table(("switch", "what the mechanism does", "claims"), rows)
    )


def phases() -> str:
    """The phases of a month."""
    rows = [
        (str(n), f"`{name}`", said, (getattr(MultivectorModel, name).__doc__ or "").strip().split("\n")[0])
        for n, (name, said) in enumerate(PHASES, 1)
    ]
    return (
        "# A month, phase by phase\n\n`multivector.model.PHASES`, in order; each is a method of `MultivectorModel`.\n\n"
        + table(("", "phase", "what happens", "in the code"), rows)
    )


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _tree(root: type[BaseModel]) -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []
    waiting = [root]
    while waiting:
        model = waiting.pop(0)
        if model in found:
            continue
        found.append(model)
        for field in model.model_fields.values():
            waiting.extend(_models(field.annotation))
    return found


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    return "" if value in (None, (), {}, []) else f"`{value}`"[:60]


def schema() -> str:
    """Every key of a scenario file."""
    parts = [
        "# The scenario file\n",
        "Keys by part. Unknown keys are errors, with file, line and the nearest right key. A *dated* "
        "value is a number, or points in "
        "time with straight lines between them: `{2022-01: 0.4, 2022-03: 0.8}`. `multivector "
        "scenarios schema` prints the JSON Schema for "
        "editors. Precedence: package defaults < `extends` < scenario < `--set`.\n",
    ]
    for model in _tree(ScenarioDocument):
        parts.append(f"## {model.__name__}\n")
        parts.append(f"{(model.__doc__ or '').strip().splitlines()[0]}\n")
        rows = []
        for name, field in model.model_fields.items():
            inner = " ".join(f"[{one.__name__}](#{one.__name__.lower()})" for one in _models(field.annotation))
            said = _cell(field.description or "")
            rows.append((f"`{field.alias or name}`", f"{said} {('→ ' + inner) if inner else ''}", _default(field)))
        parts.append(table(("key", "what", "default"), rows))
    parts.append("## Kinds of event { #event-kinds }\n")
    parts.append(
        table(
            ("event", "what happens", "needs", "may have"),
            [
                (f"`{name}`", kind.note, ", ".join(kind.required), ", ".join(kind.optional))
                for name, kind in EVENT_KINDS.items()
            ],
        )
    )
    parts.append("## Roles of formal actors { #roles }\n")
    parts.append(
        table(
            ("role", "what it does beyond wishing", "can be dismissed"),
            [(f"`{name}`", role.note, "yes" if role.dismissible else "no") for name, role in FORMAL_ROLES.items()],
        )
    )
    return "\n".join(parts)


def scenarios() -> str:
    """The packaged scenarios."""
    rows = [(f"`{one.name}`", one.title, one.summary) for one in list_scenarios() if not one.abstract]
    return (
        "# Packaged scenarios\n\n`multivector run NAME`; `multivector scenarios show NAME` prints "
        "the resolved file. Where the figures come "
        "from: [sources](../scenario-sources.md).\n\n" + table(("name", "title", "what it asks"), rows)
    )


def _walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    if children := getattr(command, "commands", None):
        for child, inner in children.items():
            yield from _walk(inner, f"{name} {child}")
    else:
        yield name, command


def commands() -> str:
    """Every command with its arguments and options."""
    parts = [
        "# Commands\n",
        "Exit codes: 0 done, 1 failed, 2 bad input, 130 interrupted. With `--json` one document on "
        "standard output and nothing else "
        "([shapes](../json.md)); progress and notes go to standard error.\n",
    ]
    for name, command in _walk(typer.main.get_command(app), "multivector"):
        if command.hidden:
            continue
        parts.append(f"## {name}\n")
        parts.append(f"{(command.help or '').strip()}\n")
        rows = []
        for parameter in command.params:
            shown = ", ".join(f"`{one}`" for one in parameter.opts)
            if parameter.param_type_name == "argument":
                shown = f"`{parameter.metavar or parameter.name.upper()}`"
            elif parameter.metavar:
                shown += f" {parameter.metavar}"
            default = parameter.default
            said = "" if default in (None, False, [], ()) or callable(default) else f"`{default}`"
            rows.append((shown, getattr(parameter, "help", "") or "", said))
        parts.append(table(("option", "what", "default"), rows))
    return "\n".join(parts)


def packages() -> dict[str, list[str]]:
    """Package → its modules that are documented: all that are importable and public."""
    found: dict[str, list[str]] = {"multivector": ["multivector"]}
    for module in pkgutil.walk_packages(multivector.__path__, "multivector."):
        if any(part.startswith("_") for part in module.name.split(".")[1:]):
            continue
        package = ".".join(module.name.split(".")[:2]) if module.name.count(".") > 1 or module.ispkg else "multivector"
        found.setdefault(package, []).append(module.name)
    return found


def api(package: str, modules: list[str]) -> str:
    """One package's public names, read from docstrings by mkdocstrings."""
    return f"# {package}\n\n" + "\n\n".join(f"::: {name}" for name in modules) + "\n"
