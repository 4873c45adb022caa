"""The bench: plans which runs the chosen patterns need, makes each once, and hands them to the observables.

An observable is a generator: it yields the variants that it needs, gets their readings back and returns one number a
world. So the whole plan is known before anything runs; equal variants are one run, shorter runs are cut out of longer
ones, and a run is let go when nobody needs it any more. World k draws the same numbers in every run of a seed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multivector.lab.errors import LabError
from multivector.lab.execution import executor_for
from multivector.lab.validation.judge import Finding, Judgement, find, judge
from multivector.lab.validation.patterns import NoSwitch, Pattern
from multivector.lab.validation.variants import Forced, Key, Shelf, Unready, Variant
from multivector.numerics import Floats

if TYPE_CHECKING:
    from multivector.lab.validation.reading import Reading
    from multivector.politics.cases import Case
    from multivector.scenario import Scenario

__all__ = ["BLAND", "OBSERVABLES", "Bench", "Job", "Observable", "Observe", "arms_of", "observable", "run_job"]

Observe = Generator[Sequence[Variant], "Sequence[Reading]", Floats]
"""What an observable's function returns: yields variants once, gets their readings, returns values (W,)."""
Observable = Callable[[Shelf], Observe]

OBSERVABLES: dict[str, Observable] = {}
"""Pattern id → its observable; filled by the modules `observables_*`."""

BLAND = "balance_taste"
"""The switch of the taste for balance."""

ARMS = ("on", "off", "placebo", "taste")
_BLOCK = 256
_log = logging.getLogger("multivector.validate")


def observable(name: str) -> Callable[[Observable], Observable]:
    """Register the observable of a pattern."""

    def register(function: Observable) -> Observable:
        if name in OBSERVABLES:
            raise ValueError(f"the pattern {name} has two observables")
        OBSERVABLES[name] = function
        return function

    return register


def all_observables() -> dict[str, Observable]:
    """The registry with every module loaded."""
    from multivector.lab.validation import (  # noqa: F401
        observables_deciding,
        observables_elections,
        observables_fan,
        observables_history,
        observables_powers,
        observables_process,
    )

    return OBSERVABLES


# --- one run --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """One run as plain data: it can be sent to another process."""

    scenario: Scenario
    months: int
    worlds: tuple[int, ...]
    seed: int
    influence: tuple[str, ...] = ()
    forced: tuple[Forced, ...] = ()
    threads: int | None = None


class _Forcing:
    """Repeats a free run's decisions, but for those that are forced; stands where a Replay stands."""

    def __init__(self, decisions: Any, forced: Sequence[Forced]) -> None:
        from multivector.politics.replay import Replay

        self._free, self._forced = Replay(decisions), forced

    def actions(
        self, case: Case, model: Any, announced: NDArray[np.int64], drawn: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
        """As `Replay.actions`."""
        from multivector.politics.cases import SETTLING_MOVES

        action, known, told = self._free.actions(case, model, announced, drawn)
        for one in self._forced:
            if (one.dossier and case.name == one.dossier) or (one.kind and case.kind == one.kind):
                option = one.option - 1 if one.option > 0 else case.options + one.option
                if not one.balloon:
                    action = np.full(len(action), option * len(SETTLING_MOVES), dtype=np.int64)
                    continue
                floats = case.may_announce & model.on("trial_balloon")
                action = np.where(floats, case.options * len(SETTLING_MOVES) + 1, drawn)
                told = np.where(floats, option, announced)
        return action, known, told


def run_job(job: Job, free: dict[int, Any] | None = None) -> Reading:
    """Make one run and read it: the only place where patterns touch the model.

    `free` : decisions of the run without forced ones, by first world of a block; filled here, and used where given.
    They may be those of a longer run.
    """
    from multivector.lab.run import _shortened
    from multivector.lab.validation.reading import Reading, read_run
    from multivector.model import MultivectorModel

    scenario = _shortened(job.scenario, job.months)
    free = {} if free is None else free

    def simulated(worlds: Sequence[int], replay: Any = None) -> MultivectorModel:
        model = MultivectorModel(
            scenario,
            worlds=worlds,
            rng=job.seed,
            threads=job.threads,
            collect=False,
            influence=job.influence,
            replay=replay,
        )
        while model.month < model.months:
            model.step()
        return model

    parts = []
    for first in range(0, len(job.worlds), _BLOCK):
        worlds = job.worlds[first : first + _BLOCK]
        if job.forced and first in free:
            model = simulated(worlds, _Forcing(free[first], job.forced))
            ensemble = model.ensemble()
        else:
            model = simulated(worlds)
            ensemble = model.ensemble()
            free.setdefault(first, ensemble["decisions"])
            if job.forced:
                model = simulated(worlds, _Forcing(free[first], job.forced))
                ensemble = model.ensemble()
        parts.append(read_run(ensemble, model))
    return Reading.join(parts)


# --- the plan -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arm:
    """A pattern under one treatment: what is switched off, or the null that stands in for a switch."""

    name: str
    off: tuple[str, ...] = ()
    inert: bool = False

    def treat(self, variant: Variant) -> Variant:
        """The variant under this treatment."""
        return variant.switched(*self.off)


def arms_of(pattern: Pattern, wanted: Iterable[str] = ARMS) -> list[Arm]:
    """The arms of a pattern, of the kinds wanted."""
    kinds, arms = set(wanted), []
    if "on" in kinds:
        arms.append(Arm("on"))
    if "off" in kinds:
        if isinstance(pattern.off, NoSwitch):
            arms.append(Arm(f"off: {pattern.off.none}", inert=True))
        else:
            arms += [Arm(f"off: {' + '.join(test)}", off=test) for test in pattern.counter_tests]
    if "placebo" in kinds:
        arms.append(Arm("placebo", off=(pattern.placebo,)))
    if "taste" in kinds and pattern.taste:
        arms.append(Arm("taste", off=(BLAND,)))
    return arms


@dataclass(eq=False)
class _Wait:
    """An observable in one arm that waits for its readings: (key, months) of each."""

    pattern: Pattern
    arm: Arm
    generator: Observe
    needs: list[tuple[Key, int]]


@dataclass(eq=False)
class _Need:
    """A run that is needed: as long as the longest that anybody asks for, with every influence asked for.

    `worlds` : times the worlds of the bench.
    """

    scenario: Scenario
    months: int
    influence: tuple[str, ...]
    forced: tuple[Forced, ...]
    waiting: int = 0
    worlds: int = 1


def bundles_of(needs: Mapping[Key, _Need]) -> list[tuple[Key, ...]]:
    """Runs that differ in forced decisions only go together: their free run is made once, by the longest of them."""
    found: dict[tuple[object, ...], list[Key]] = {}
    for key, need in needs.items():
        found.setdefault((key[0], key[1], need.worlds), []).append(key)
    return [tuple(sorted(keys, key=lambda key: (-needs[key].months, bool(key[2])))) for keys in found.values()]


def _cost(bundle: Sequence[_Need]) -> int:
    """World-months that a bundle simulates, per world of the bench."""
    longest = bundle[0]
    free = longest.months if longest.forced else 0
    return longest.worlds * (free + sum(need.months for need in bundle))


Progress = Callable[[int, int], None]


@dataclass
class Bench:
    """Runs what patterns need and judges them.

    Parameters
    ----------
    worlds, seed : worlds 0..n-1 of every run, and the master seed.
    citizens : of every world; None takes what each scenario says.
    workers : processes; 1 runs everything in this one.
    parameters : a parameter set for every run; what a scenario or variant states itself stands.
    arms : which kinds of arms to run, of ARMS.
    threads : threads of the kernels in each process; None for as many as there are cores, one where there are workers.
    progress : called with (world-months done, in all), both known from the plan.
    """

    worlds: int = 192
    seed: int = 7
    citizens: int | None = None
    workers: int = 1
    parameters: Mapping[str, float] | None = None
    arms: Sequence[str] = ARMS
    threads: int | None = None
    progress: Progress | None = None
    runs: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._shelf = Shelf(citizens=self.citizens, parameters=dict(self.parameters or {}))

    def judge(self, patterns: Sequence[Pattern]) -> list[Judgement]:
        """Run what the patterns need and return their judgements, in the same order."""
        found = self.findings(patterns)
        return [judge(pattern, found[pattern.id]) for pattern in patterns]

    def findings(self, patterns: Sequence[Pattern]) -> dict[str, dict[str, Finding]]:
        """Run what the patterns need; by pattern id, the finding of each arm by its name."""
        values = self.measure(patterns)
        found: dict[str, dict[str, Finding]] = {}
        for pattern in patterns:
            arms = found.setdefault(pattern.id, {})
            for arm in arms_of(pattern, self.arms):
                got = values[pattern.id, arm.name]
                arms[arm.name] = (
                    Finding.missing(got) if isinstance(got, str) else find(got, pattern, self.seed, pattern.id)
                )
        return found

    def measure(self, patterns: Sequence[Pattern]) -> dict[tuple[str, str], Floats | str]:
        """Values (W,) by pattern id and arm name; a text says why there are none."""
        results: dict[tuple[str, str], Floats | str] = {}
        waits, needs = self._plan(patterns, results)
        self.runs = len(needs)
        bundles = bundles_of(needs)
        total = sum(_cost([needs[key] for key in keys]) for keys in bundles) * self.worlds
        done, shelf = 0, dict[Key, "Reading | str"]()
        by_key: dict[Key, list[_Wait]] = {}
        for wait in waits:
            for key in dict.fromkeys(key for key, _ in wait.needs):
                by_key.setdefault(key, []).append(wait)
        planned = ((keys, tuple(self._job(needs[key]) for key in keys)) for keys in bundles)
        with closing(executor_for(self.workers).map(_attempt, planned)) as ended:
            for one in ended:
                keys = one.item[0]
                readings = one.result or [one.lost] * len(keys)
                shelf.update(zip(keys, readings, strict=True))
                done += _cost([needs[key] for key in keys]) * self.worlds
                for wait in dict.fromkeys(wait for key in keys for wait in by_key[key]):
                    if all(each in shelf for each, _ in wait.needs):
                        results[wait.pattern.id, wait.arm.name] = _finished(
                            wait, shelf, wait.pattern.worlds * self.worlds
                        )
                        for each in dict.fromkeys(each for each, _ in wait.needs):
                            needs[each].waiting -= 1
                            if not needs[each].waiting:
                                shelf[each] = ""  # let the arrays go; the key says that it was run
                if self.progress is not None:
                    self.progress(done, total)
        return results

    def _plan(
        self, patterns: Sequence[Pattern], results: dict[tuple[str, str], Floats | str]
    ) -> tuple[list[_Wait], dict[Key, _Need]]:
        observables = all_observables()
        waits: list[_Wait] = []
        needs: dict[Key, _Need] = {}
        for pattern in patterns:
            for arm in arms_of(pattern, self.arms):
                where = (pattern.id, arm.name)
                if pattern.id not in observables:
                    results[where] = "no observable is written for it"
                    continue
                try:
                    generator = observables[pattern.id](replace(self._shelf, inert=arm.inert))
                    variants = [arm.treat(variant) for variant in next(generator)]
                    resolved = [(variant, *self._shelf.resolve(variant)) for variant in variants]
                except Unready as error:
                    results[where] = error.message
                    continue
                wait = _Wait(pattern, arm, generator, [(key, months) for _, _, key, months in resolved])
                waits.append(wait)
                for variant, scenario, key, months in resolved:
                    need = needs.setdefault(key, _Need(scenario, months, (), variant.forced))
                    need.months = max(need.months, months)
                    need.worlds = max(need.worlds, pattern.worlds)
                    need.influence = tuple(dict.fromkeys([*need.influence, *variant.influence]))
                for key in dict.fromkeys(key for key, _ in wait.needs):
                    needs[key].waiting += 1
        return waits, needs

    def _job(self, need: _Need) -> Job:
        threads = 1 if self.workers > 1 else self.threads
        return Job(
            need.scenario,
            need.months,
            tuple(range(need.worlds * self.worlds)),
            self.seed,
            need.influence,
            need.forced,
            threads,
        )


def _finished(wait: _Wait, shelf: dict[Key, Reading | str], worlds: int) -> Floats | str:
    """Hand an observable its readings and take its values; what goes wrong is its own trouble only."""
    got: list[Reading] = []
    for key, months in wait.needs:
        reading = shelf[key]
        if isinstance(reading, str):
            return reading
        got.append(reading.cut(months).narrow(worlds))
    try:
        wait.generator.send(got)
    except StopIteration as stop:
        return np.asarray(stop.value, dtype=np.float64)
    except LabError as error:
        said = f"{error.message}; {error.suggestion}" if error.suggestion else error.message
        _log.warning("%s (%s): %s", wait.pattern.id, wait.arm.name, said)
        return said
    except (KeyError, IndexError, ValueError, ZeroDivisionError) as error:
        _log.warning("%s (%s): %s: %s", wait.pattern.id, wait.arm.name, type(error).__name__, error)
        _log.debug("where", exc_info=error)
        return f"{type(error).__name__}: {error}"
    return "the observable asked twice"


# --- executing ------------------------------------------------------------------------------------------------

_Bundle = tuple[tuple[Key, ...], tuple[Job, ...]]
_Results = list["Reading | str"]


def _attempt(bundle: _Bundle) -> _Results:
    """Run the jobs of a bundle; a run that fails is a result."""
    free: dict[int, Any] = {}
    results: _Results = []
    for job in bundle[1]:
        try:
            results.append(run_job(job, free))
        except Exception as error:
            _log.debug("a run of %s failed", job.scenario.id, exc_info=error)
            results.append(f"a run of {job.scenario.id} failed with {type(error).__name__}: {error}")
    return results
