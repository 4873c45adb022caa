"""`multivector scenarios`: list, show, check, schema, new, migrate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multivector.cli import options
from multivector.cli.problems import BAD_INPUT, DONE, Refused, from_scenario, report
from multivector.cli.talk import Talk

if TYPE_CHECKING:
    from multivector.scenario import Scenario

__all__ = ["app"]

app = typer.Typer(
    name="scenarios",
    help="See, check and write scenarios.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command("list")
def list_all(json: options.Json = False, verbose: options.Verbose = 0, quiet: options.Quiet = False) -> int:
    """List the packaged scenarios."""
    from multivector.scenario import list_scenarios

    talk = Talk(json, options.verbosity(verbose, quiet))
    found = list_scenarios()
    if json:
        rows = [
            {
                "name": one.name,
                "title": one.title,
                "summary": one.summary,
                "abstract": one.abstract,
                "path": str(one.path),
            }
            for one in found
        ]
        talk.document({"schema": 1, "scenarios": rows})
        return DONE
    from rich.table import Table
    from rich.text import Text

    table = Table("name", "title", box=None, pad_edge=False, header_style="bold")
    for one in found:
        if not one.abstract:
            table.add_row(Text(one.name), Text(one.title))
    hidden = [one.name for one in found if one.abstract]
    talk.show(table)
    if hidden:
        talk.show(Text(f"\nOnly to be extended: {', '.join(hidden)}"))
    return DONE


@app.command("show")
def show(
    name: options.Name,
    parameters: options.ParameterSet = None,
    sets: options.Sets = None,
    resolved: Annotated[bool, typer.Option("--resolved", help="Print the whole resolved YAML.")] = False,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Show a scenario: its summary, powers and timeline, or all of it resolved.

    Of a scenario that is only there to be extended, the file as it is written.
    """
    talk = Talk(json, options.verbosity(verbose, quiet))
    sets = options.expressions(parameters, sets)
    if not sets and _show_abstract(name, talk):
        return DONE
    scenario = _load(name, sets, talk)
    if json:
        talk.document({"schema": 1, "id": scenario.id, "hash": scenario.hash, "scenario": scenario.to_dict()})
    elif resolved:
        talk.text(scenario.to_yaml())
    else:
        from multivector.cli.view import scenario_view

        talk.show(*scenario_view(scenario))
    return DONE


@app.command("check")
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Scenario files or names.", show_default=False)],
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Check scenarios and report every error and warning, with file and line."""
    from multivector.scenario import check as checked

    talk = Talk(json, options.verbosity(verbose, quiet))
    errors: list[dict[str, Any]] = []
    warnings: list[dict[str, Any]] = []
    fine = []
    for name in files:
        wrong, doubtful = checked(name)
        errors.extend(from_scenario(one) for one in wrong)
        warnings.extend(from_scenario(one) for one in doubtful)
        for warning in doubtful:
            talk.warn(str(warning))
        if not wrong:
            fine.append(name)
    if errors:
        return report(errors, json=json, code=BAD_INPUT)
    for name in fine:
        talk.show(f"{name}: fine")
    talk.document({"schema": 1, "checked": fine, "warnings": warnings})
    return DONE


@app.command("schema")
def schema() -> int:
    """Print the JSON Schema of scenario files, for editors."""
    from multivector.scenario import json_schema

    Talk(json=True).document(json_schema())
    return DONE


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new scenario.", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write (NAME.yaml).", metavar="FILE")] = None,
    quiet: options.Quiet = False,
) -> int:
    """Write a commented scenario to start from."""
    import re

    from multivector.scenario import new_scenario_text

    talk = Talk(verbosity=options.verbosity(0, quiet))
    stem = name.removesuffix(".yaml")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", stem):
        slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")
        raise Refused(
            f"a scenario name has small letters, digits and hyphens, not '{name}'",
            key="NAME",
            suggestion=slug or None,
        )
    path = out or Path(f"{stem}.yaml")
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(new_scenario_text(stem))
    except FileExistsError as error:
        raise Refused(f"{path.as_posix()} exists; it is left as it is", key="NAME") from error
    except OSError as error:
        raise Refused(f"{path.as_posix()} cannot be written: {error.strerror}", key="--out") from error
    talk.show(f"{path.as_posix()} is written; check it with: multivector scenarios check {path.as_posix()}")
    return DONE


@app.command("migrate")
def migrate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The scenario file to bring up to date.")],
    quiet: options.Quiet = False,
) -> int:
    """Rewrite an older scenario file in the present schema."""
    from multivector.scenario import migrate as migrated

    talk = Talk(verbosity=options.verbosity(0, quiet))
    try:
        before = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise Refused(f"{file.as_posix()} cannot be read: {why}", key="FILE") from error
    after = migrated(before, file.as_posix())
    if after == before:
        talk.show(f"{file.as_posix()} is up to date")
        return DONE
    part = file.with_name(f".{file.name}.part")
    part.write_text(after, encoding="utf-8", newline="\n")
    part.replace(file)
    talk.show(f"{file.as_posix()} is brought up to date")
    return DONE


def _show_abstract(name: str, talk: Talk) -> bool:
    """Show the file of a scenario that is abstract and sound; False for any other, which is to be loaded."""
    from multivector.scenario import check as checked
    from multivector.scenario.catalogue import find_scenario, glance, is_path
    from multivector.scenario.tree import parse

    path = Path(name) if is_path(name) else find_scenario(name)
    if not glance(path).abstract or checked(name)[0]:
        return False
    text = path.read_text(encoding="utf-8-sig")
    talk.note(f"{path.stem} is only there to be extended; this is its file as written")
    talk.text(text)
    tree = parse(text, str(path))[0]
    talk.document({"schema": 1, "id": path.stem, "hash": None, "scenario": None if tree is None else tree.plain()})
    return True


def _load(name: str, sets: list[str], talk: Talk) -> Scenario:
    from multivector.scenario import load_scenario

    scenario = load_scenario(name, sets=sets)
    for warning in scenario.warnings:
        talk.warn(str(warning))
    return scenario
