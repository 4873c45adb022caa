"""`multivector compare`: runs or scenarios against each other, world by world."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from multivector.cli import options
from multivector.cli.problems import Refused
from multivector.cli.talk import Talk

if TYPE_CHECKING:
    import pandas as pd

    from multivector.lab.store import StoredRun
    from multivector.scenario import Scenario

__all__ = ["compare"]


def compare(
    references: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN",
            help="Run folders, `latest`, or scenarios; the first is the base.",
            show_default=False,
        ),
    ],
    worlds: options.Worlds = options.DEFAULT_WORLDS,
    seed: options.Seed = options.DEFAULT_SEED,
    months: options.Months = None,
    citizens: options.Citizens = None,
    parameters: options.ParameterSet = None,
    sets: options.Sets = None,
    split: Annotated[
        bool,
        typer.Option("--split", help="Split each shift: direct, and decided by the president (runs again)."),
    ] = False,
    out: options.Out = None,
    force: Annotated[bool, typer.Option("--force", help="Replace another comparison in the folder.")] = False,
    no_plots: options.NoPlots = False,
    threads: options.Threads = None,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Compare runs world by world.

    On common random numbers: paired differences with 90 % intervals, and the noise that pairing removed.

    A scenario that has not been run is run first, with --worlds, --seed, --months, --citizens and --set.
    """
    from multivector.cli.documents import comparison_document
    from multivector.cli.run import guarded, load
    from multivector.cli.several import (
        check_comparison,
        compare_runs,
        comparison_folder,
        draw_comparison,
        save_comparison,
    )
    from multivector.cli.view import comparison_view

    talk = Talk(json, options.verbosity(verbose, quiet))
    options.check_counts(worlds=worlds, seed=seed, months=months, citizens=citizens, threads=threads)
    if len(references) < 2:
        raise Refused("compare needs two runs or scenarios at least", key="RUN")
    options.check_folder(out)

    def check(keys: list[str]) -> None:
        if out is not None:
            check_comparison(out, keys, force=force)

    def resolve(named: list[str]) -> list[Scenario]:
        return load(named, options.expressions(parameters, sets), months, citizens, talk, unique=False)

    runs = _runs(references, worlds, seed, resolve, talk, threads, check)
    if any(stored.interrupted for stored in runs):
        talk.note("a run that was interrupted is compared by the worlds it kept")
    table, labels, notes = compare_runs(runs)
    parts = _split(runs, labels, talk, threads) if split else None
    folder = comparison_folder(runs, out)
    save_comparison(folder, runs, labels, table, parts)
    talk.show(*comparison_view(runs, labels, table, notes, parts))
    talk.document(comparison_document(runs, labels, table, notes, folder, parts))
    code = 0 if no_plots else guarded(lambda: draw_comparison(folder, labels, table), talk)
    talk.note(f"comparison: {folder.as_posix()}")
    return code


def _runs(
    references: list[str],
    worlds: int,
    seed: int,
    resolve: Callable[[list[str]], list[Scenario]],
    talk: Talk,
    threads: int | None,
    check: Callable[[list[str]], None],
) -> list[StoredRun]:
    """Open what is a run, and run what is a scenario. Everything is resolved and checked before anything is run."""
    from multivector.cli.run import make, prepare
    from multivector.lab import store
    from multivector.lab.compare import Drawn, common_worlds
    from multivector.scenario.catalogue import is_packaged

    opened: dict[str, StoredRun] = {}
    for reference in dict.fromkeys(references):
        folder = Path(reference).is_dir() and not is_packaged(reference)
        if reference == "latest" or _is_run(reference) or folder or _like_a_folder(reference):
            opened[reference] = store.open_run(reference)  # says so where it is no run folder
    named = [reference for reference in dict.fromkeys(references) if reference not in opened]
    jobs = {
        reference: prepare(scenario, tuple(range(worlds)), seed, None, batch=True, force=False)
        for reference, scenario in zip(named, resolve(named), strict=True)
    }
    drawn = {name: Drawn(job.name, job.seed, job.worlds) for name, job in jobs.items()}
    for name, there in opened.items():
        drawn[name] = Drawn(there.summary["scenario"], there.provenance["seed"], there.provenance["worlds"])
    for reference in references[1:]:
        common_worlds(drawn[references[0]], drawn[reference])
    check([(opened[name] if name in opened else jobs[name]).key for name in references])
    for reference, job in jobs.items():
        stored = make(job, talk, threads=threads)
        if stored.interrupted:
            raise KeyboardInterrupt(f"interrupted: {stored.summary['worlds']} worlds of {job.name} are kept")
        opened[reference] = stored
    return [opened[reference] for reference in references]


def _like_a_folder(reference: str) -> bool:
    """Whether a reference that is not there can only have meant a run folder."""
    return ("/" in reference or "\\" in reference) and not reference.lower().endswith((".yaml", ".yml"))


def _is_run(reference: str) -> bool:
    from multivector.lab import store
    from multivector.scenario.catalogue import is_packaged

    if is_packaged(reference):
        return False
    return store.is_run(Path(reference)) or ("/" not in reference and store.is_run(store.ROOT / reference))


def _split(runs: list[StoredRun], labels: list[str], talk: Talk, threads: int | None) -> pd.DataFrame:
    """Direct and decided part of every shift from the first run."""
    import pandas as pd

    from multivector.lab.decompose import split

    base = runs[0].ensemble()
    tables = []
    for stored, label in zip(runs[1:], labels[1:], strict=True):
        changed = stored.ensemble()
        with talk.progress(f"{label}, decisions of {labels[0]}") as tick:
            _, _, table = split(base, changed.scenario, changed=changed, progress=tick, threads=threads)
        about = {"scenario": changed.scenario.id, "run": stored.key, "label": label}
        tables.append(table.assign(**about)[[*about, *table.columns]])
    return pd.concat(tables, ignore_index=True)
