"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multivector.cli.problems import Refused

__all__ = [
    "DEFAULT_SEED",
    "DEFAULT_WORLDS",
    "Citizens",
    "Force",
    "Json",
    "Months",
    "Name",
    "NoPlots",
    "Out",
    "ParameterSet",
    "Profiled",
    "Quiet",
    "Seed",
    "Sets",
    "Threads",
    "Verbose",
    "Worlds",
    "check_counts",
    "check_folder",
    "expressions",
    "scenario_names",
    "verbosity",
]

DEFAULT_WORLDS = 200
DEFAULT_SEED = 7
_MOST_WORLDS = 1_000_000
_MOST_SEED = 2**63 - 1


def scenario_names(incomplete: str) -> list[str]:
    """Names of packaged scenarios that begin so, for shell completion."""
    from multivector.scenario import list_scenarios

    return [one.name for one in list_scenarios() if one.name.startswith(incomplete) and not one.abstract]


Name = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="A scenario name or YAML file.",
        show_default=False,
        autocompletion=scenario_names,
    ),
]
Worlds = Annotated[int, typer.Option("--worlds", "-w", help="How many parallel worlds.", metavar="N")]
Seed = Annotated[
    int, typer.Option("--seed", "-s", help="Master seed; the same seed gives the same tables.", metavar="S")
]
Months = Annotated[
    int | None,
    typer.Option("--months", "-m", help="Months to run instead of the scenario's end.", metavar="M"),
]
Citizens = Annotated[int | None, typer.Option("--citizens", help="Citizens of each world.", metavar="N")]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Change the scenario: path=value replaces, path*=v and path+=v transform. May be repeated.",
        metavar="PATH=VALUE",
    ),
]
ParameterSet = Annotated[
    str | None,
    typer.Option(
        "--parameters",
        help="A named parameter set, or its YAML file; what --set says comes on top.",
        metavar="NAME",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None, typer.Option("--out", "-o", help="Folder to write instead of runs/NAME-HASH.", metavar="DIR")
]
Force = Annotated[bool, typer.Option("--force", help="Run again, and replace what is in the folder.")]
NoPlots = Annotated[bool, typer.Option("--no-plots", help="Tables only: no baseline, no figures.")]
Threads = Annotated[int | None, typer.Option("--threads", help="Threads of the compiled kernels.", metavar="N")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]
Profiled = Annotated[bool, typer.Option("--profile", help="Say where the time goes, by phase.")]
Verbose = Annotated[
    int, typer.Option("--verbose", "-v", count=True, show_default=False, help="Say more (twice: everything).")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes: the result, and errors.")]


def verbosity(verbose: int, quiet: bool) -> int:
    """One number for -v and -q; both together contradict each other."""
    if verbose and quiet:
        raise Refused("--verbose and --quiet contradict each other", key="--quiet")
    return -1 if quiet else verbose


def check_counts(
    *,
    worlds: int | None = None,
    seed: int | None = None,
    months: int | None = None,
    citizens: int | None = None,
    threads: int | None = None,
) -> None:
    """Refuse counts that mean nothing, all in one message each.

    The bounds are said here rather than by typer, so that every message names the option and the bounds.
    """
    found: list[Refused] = []
    for value, key, low, high in (
        (worlds, "--worlds", 1, _MOST_WORLDS),
        (seed, "--seed", 0, _MOST_SEED),
        (months, "--months", 1, 1200),
        (citizens, "--citizens", 1, 1_000_000),
        (threads, "--threads", 1, 1024),
    ):
        if value is not None and not low <= value <= high:
            found.append(Refused(f"{key} must be {low} to {high}, not {value}", key=key))
    if found:
        first = found[0]
        first.problems = [one for refused in found for one in refused.problems]
        raise first


def expressions(parameters: str | None, sets: list[str] | None) -> list[str]:
    """What --parameters and --set change, in order: the named set first."""
    if parameters is None:
        return list(sets or ())
    from multivector.lab.parameter_sets import set_expressions

    return [*set_expressions(parameters), *(sets or ())]


def check_folder(out: Path | None, key: str = "--out") -> None:
    """Refuse a file where a folder is to be written; `key` is the option that names it."""
    if out is not None and out.exists() and not out.is_dir():
        raise Refused(f"{out.as_posix()} is a file, not a folder", key=key, suggestion="name a folder")
