"""`multivector run`: scenarios in, run folders with tables, a summary and figures out."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multivector.cli import options
from multivector.cli.problems import DONE, FAILED, INTERRUPTED, Refused
from multivector.cli.talk import Talk
from multivector.lab.profiling import Profile

if TYPE_CHECKING:
    from rich.table import Table

    from multivector.ensemble import Ensemble
    from multivector.lab.store import StoredRun
    from multivector.scenario import Scenario

__all__ = ["Job", "figures", "make", "prepare", "run"]

_log = logging.getLogger("multivector.cli")


@dataclass(frozen=True)
class Job:
    """One scenario to be run, with its place: all that can be refused has been checked."""

    scenario: Scenario
    worlds: tuple[int, ...]
    seed: int
    key: str
    target: Path
    stored: StoredRun | None

    @property
    def name(self) -> str:
        """How the job is called in progress and messages."""
        return str(self.scenario.id)


def run(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO",
            help="Scenario names, YAML files, or folders of them.",
            show_default=False,
            autocompletion=options.scenario_names,
        ),
    ],
    worlds: options.Worlds = options.DEFAULT_WORLDS,
    world: Annotated[
        list[int] | None,
        typer.Option("--world", help="Run only this world id; may be repeated.", metavar="K"),
    ] = None,
    seed: options.Seed = options.DEFAULT_SEED,
    months: options.Months = None,
    citizens: options.Citizens = None,
    parameters: options.ParameterSet = None,
    sets: options.Sets = None,
    out: options.Out = None,
    force: options.Force = False,
    no_plots: options.NoPlots = False,
    threads: options.Threads = None,
    profile: options.Profiled = False,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Run scenarios: tables, a summary, figures.

    Several make one batch with a comparison. The same input finds the finished run again; another input gets
    another folder.
    """
    talk = Talk(json, options.verbosity(verbose, quiet))
    options.check_counts(worlds=worlds, seed=seed, months=months, citizens=citizens, threads=threads)
    ids = _worlds(worlds, world)
    clock = Profile()
    with clock.phase("scenario"):
        scenarios = load(names, options.expressions(parameters, sets), months, citizens, talk)
    if profile and len(scenarios) > 1:
        raise Refused("--profile takes one scenario", key="--profile", suggestion="name one")
    batch = len(scenarios) > 1
    jobs = [prepare(scenario, ids, seed, out, batch=batch, force=force) for scenario in scenarios]
    if batch:
        from multivector.cli.several import check_comparison, run_several

        if out is not None:
            check_comparison(out, [job.key for job in jobs], force=force)
        return run_several(jobs, talk, out=out, plots=not no_plots, threads=threads)
    return _single(jobs[0], talk, plots=not no_plots, threads=threads, profile=clock if profile else None)


def _worlds(count: int, chosen: list[int] | None) -> tuple[int, ...]:
    if not chosen:
        return tuple(range(count))
    for world in chosen:
        if world < 0:
            raise Refused(f"--world must be 0 or more, not {world}", key="--world")
    return tuple(sorted(set(chosen)))


def load(
    names: list[str], sets: list[str], months: int | None, citizens: int | None, talk: Talk, *, unique: bool = True
) -> list[Scenario]:
    """Resolve all scenarios; every problem of every one of them is reported in one pass.

    With `unique`, the same scenario under two names is taken once.
    """
    from multivector.scenario import ScenarioErrors, load_scenario

    found: list[Scenario] = []
    problems: list[Any] = []
    for name in _expanded(names):
        try:
            scenario = load_scenario(name, sets=sets, months=months, citizens=citizens)
        except ScenarioErrors as error:
            problems.extend(error.problems)
            continue
        for warning in scenario.warnings:
            talk.warn(str(warning))
        found.append(scenario)
    if problems:
        raise ScenarioErrors(problems)
    return list({scenario.hash: scenario for scenario in found}.values()) if unique else found


def _expanded(names: list[str]) -> list[str]:
    """Names, with each folder replaced by the scenario files in it that can be run."""
    from multivector.scenario.catalogue import glance, is_packaged

    found: list[str] = []
    for name in names:
        folder = Path(name)
        if is_packaged(name) or not folder.is_dir():
            found.append(name)
            continue
        files = [path for path in sorted(folder.glob("*.yaml")) if not glance(path).abstract]
        if not files:
            raise Refused(f"there is no scenario file (*.yaml) to run in {folder.as_posix()}", key="SCENARIO")
        found.extend(str(path) for path in files)
    return found


def prepare(
    scenario: Scenario, worlds: tuple[int, ...], seed: int, out: Path | None, *, batch: bool, force: bool
) -> Job:
    """Find a run's place and what stands there. Raises StoreError where it may not be written."""
    from multivector.lab import store

    key = store.run_key(scenario, seed, worlds)
    if out is None:
        target = store.default_folder(scenario, key)
    else:
        options.check_folder(out)
        target = out / store.folder_name(scenario.id, key) if batch else out
    return Job(scenario, worlds, seed, key, target, store.check_target(target, key, force=force))


def make(job: Job, talk: Talk, *, threads: int | None = None, profile: Profile | None = None) -> StoredRun:
    """Run a job and store it, or find it stored."""
    from multivector.cli.info import announce_compiling
    from multivector.lab import store
    from multivector.lab.errors import RunFailed
    from multivector.lab.provenance import command_line
    from multivector.lab.run import execute

    profile = profile or Profile()
    if job.stored is not None:
        talk.note(f"{job.name}: this input was run before: {job.target.as_posix()} is used (--force runs it again)")
        store.point_latest(job.stored.folder)
        return job.stored
    announce_compiling(talk)
    try:
        with store.write_folder(job.target) as part, talk.log_file(part / store.LOG):
            command = command_line()
            _log.info("%s", command)
            for change in job.scenario.changes:
                _log.info("%s", change)
            with talk.progress(job.name) as tick:
                done = execute(job.scenario, job.worlds, job.seed, threads=threads, progress=tick, profile=profile)
            with profile.phase("tables"):
                store.save_run(part, done, job.key, command)
    except RunFailed as error:
        log = store.save_failures(job.target, error.failures)
        raise RunFailed(f"{job.name}: {error.message}", error.failures, file=log) from error
    stored = store.open_run(job.target)
    store.point_latest(stored.folder)
    if count := stored.provenance["failures"]:
        talk.warn(f"{job.name}: {count} of {len(job.worlds)} worlds failed; see the table failures and the log")
    return stored


def _single(job: Job, talk: Talk, *, plots: bool, threads: int | None, profile: Profile | None = None) -> int:
    from multivector.cli.view import summary_view

    stored = make(job, talk, threads=threads, profile=profile)
    talk.show(*summary_view(stored))
    try:
        return _finish(job, stored, talk, plots=plots, threads=threads, profile=profile)
    finally:
        if profile is not None:
            talk.show(_profile_table(profile))


def _profile_table(profile: Profile) -> Table:
    """Seconds by phase, for people."""
    from rich.table import Table

    table = Table(title="Where the time went", title_justify="left", box=None, pad_edge=False)
    table.add_column("phase", no_wrap=True)
    for heading in ("seconds", "processor", "share"):
        table.add_column(heading, justify="right")
    table.add_column("what happens")
    for row in profile.rows():
        seconds, processor = f"{row['seconds']:.2f}", f"{row['processor_seconds']:.2f}"
        table.add_row(row["phase"].replace("_", " "), seconds, processor, f"{row['share']:.0%}", row["what"])
    return table


def _finish(
    job: Job, stored: StoredRun, talk: Talk, *, plots: bool, threads: int | None, profile: Profile | None
) -> int:
    """What follows the summary. The document comes at once, or last where it holds the profile."""
    from multivector.cli.documents import run_document

    def document() -> None:
        talk.document(run_document(stored, reused=job.stored is not None, profile=profile))

    if profile is None or stored.interrupted or not plots:
        document()
    if stored.interrupted:
        talk.note(f"interrupted: {stored.summary['worlds']} of {len(job.worlds)} worlds are kept, in whole blocks")
        return INTERRUPTED
    code = DONE
    if plots:
        code = guarded(lambda: figures(stored, talk, scenario=job.scenario, threads=threads, profile=profile), talk)
        document()
    what = "tables and figures" if plots and code == DONE else "tables"
    talk.note(f"{what}: {stored.folder.as_posix()}    why: multivector explain latest")
    return code


def guarded(step: Any, talk: Talk) -> int:
    """Do what follows the summary; its failure is said on stderr, so that stdout keeps its one document."""
    from multivector.cli import problems
    from multivector.cli.talk import debugging

    try:
        step()
    except KeyboardInterrupt:
        talk.note("interrupted: the tables are kept, the figures are not drawn (multivector plot latest)")
        return INTERRUPTED
    except Exception as error:
        problems.report_exception(error, json=False, debug=debugging())
        talk.note("the tables are kept; draw the figures with `multivector plot latest`")
        return FAILED
    return DONE


def figures(
    stored: StoredRun,
    talk: Talk,
    *,
    scenario: Scenario | None = None,
    threads: int | None = None,
    again: bool = False,
    profile: Profile | None = None,
) -> list[Path]:
    """Draw a stored run's figures, making its baseline first where there is none; returns the files."""
    from concurrent.futures import ThreadPoolExecutor

    from multivector.lab import store

    profile = profile or Profile()
    target = stored.folder / store.FIGURES
    there = sorted(target.glob("*.*")) if target.is_dir() else []
    if there and not again:
        return there
    with ThreadPoolExecutor(1) as beside:
        drawing = beside.submit(import_module, "multivector.show.figures")  # a slow import, made while worlds run
        ensemble = stored.ensemble()
        baseline = _baseline(stored, ensemble, talk, scenario, threads, profile)
        draw_all = drawing.result().draw_all
    with (
        profile.phase("figures"),
        talk.progress("figures", "figures") as tick,
        store.write_folder(target) as part,
    ):
        draw_all(ensemble, part, baseline=baseline, progress=tick)
    sys.stderr.flush()
    return sorted(target.glob("*.*"))


def _baseline(
    stored: StoredRun,
    ensemble: Ensemble,
    talk: Talk,
    scenario: Scenario | None,
    threads: int | None,
    profile: Profile,
) -> Ensemble:
    """A stored run's baseline: as it is kept, or made now and kept."""
    from multivector.lab import store
    from multivector.lab.run import execute

    baseline = stored.baseline()
    if baseline is None:
        held = (scenario or ensemble.scenario).held()
        with talk.progress(f"{stored.summary['scenario']}, baseline") as tick, profile.phase("baseline"):
            run = execute(held, ensemble.worlds, ensemble.seed, threads=threads, progress=tick)
        if run.interrupted:
            raise KeyboardInterrupt
        baseline = run.ensemble
        with store.write_folder(stored.folder / store.BASELINE) as part, profile.phase("baseline"):
            baseline.save(part)
    return baseline
