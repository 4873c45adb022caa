"""Variants of shipped scenarios: what an observable asks to be run, as plain data.

A variant is a scenario with `--set` expressions, timeline entries added or removed, switches off and decisions
forced. `Shelf` resolves variants; equal content has an equal key, whatever was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from multivector.lab.errors import LabError
from multivector.scenario import Scenario, load_scenario
from multivector.scenario.loading import scenario_from_dict
from multivector.scenario.paths import DOMAINS, Path

__all__ = ["Forced", "Key", "Shelf", "Unready", "Variant", "held", "path_of", "scaled"]

_FOREVER = "9999-12"


class Unready(LabError):
    """A variant that cannot be made: its scenario does not exist, or is not in a state to be varied so."""


@dataclass(frozen=True)
class Forced:
    """Decisions that are not the president's: `option` (1 is the first, -1 the last) in every case that matches.

    dossier : the name of a scripted dossier, or empty for every case of `kind` ("routine": powers' demands).
    balloon : the option is only announced; what follows is the president's.
    """

    option: int
    dossier: str = ""
    kind: str = ""
    balloon: bool = False


@dataclass(frozen=True)
class Variant:
    """What to run; see the module's docstring. `add` holds timeline entries as JSON, `remove` their ids.

    With `forced` decisions, all others repeat those of the same variant run freely.
    """

    scenario: str
    sets: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    months: int | None = None
    off: tuple[str, ...] = ()
    influence: tuple[str, ...] = ()
    forced: tuple[Forced, ...] = ()

    def set(self, *sets: str) -> Variant:
        """With more `--set` expressions."""
        return replace(self, sets=(*self.sets, *sets))

    def plus(self, **entry: Any) -> Variant:
        """With one more timeline entry (`with_` stands for `with`)."""
        plain = {key.rstrip("_"): value for key, value in entry.items()}
        return replace(self, add=(*self.add, json.dumps(plain, sort_keys=True)))

    def minus(self, *ids: str) -> Variant:
        """Without timeline entries."""
        return replace(self, remove=(*self.remove, *ids))

    def force(self, *forced: Forced) -> Variant:
        """With decisions forced."""
        return replace(self, forced=(*self.forced, *forced))

    def switched(self, *off: str) -> Variant:
        """With switches off."""
        return replace(self, off=tuple(sorted({*self.off, *off})))


Key = tuple[str, tuple[str, ...], tuple[Forced, ...]]
"""(hash of the scenario without its end, switches off, forced decisions): equal keys are one run."""


@dataclass
class Shelf:
    """Loads scenarios and resolves variants.

    Parameters
    ----------
    citizens : citizens of every world, None for what the scenarios say.
    parameters : values of parameters for every variant; what a scenario or variant states itself stands.
    inert : an observable whose counter-test has no switch makes its null variants when this is True.
    """

    citizens: int | None = None
    parameters: dict[str, float] = field(default_factory=dict)
    inert: bool = False
    _resolved: dict[Variant, tuple[Scenario, str]] = field(default_factory=dict)

    def load(self, name: str) -> Scenario:
        """A shipped scenario as it stands. Raises Unready where there is none."""
        return _shipped(name)

    def resolve(self, variant: Variant) -> tuple[Scenario, Key, int]:
        """The scenario that a variant means, the key of its run, and its months. Raises Unready."""
        plain = replace(variant, off=(), influence=(), forced=())
        if plain not in self._resolved:
            made = self._made(plain)
            self._resolved[plain] = (made, made.model_copy(update={"end": _FOREVER}).hash)
        scenario, key = self._resolved[plain]
        months = int(scenario.months) if variant.months is None else variant.months
        if variant.off:
            off = dict.fromkeys(variant.off, False)
            scenario = scenario.model_copy(update={"mechanisms": {**scenario.mechanisms, **off}})
        return scenario, (key, variant.off, variant.forced), months

    def _made(self, variant: Variant) -> Scenario:
        base = self.load(variant.scenario)
        data = base.to_dict()
        known = [entry["id"] for entry in data.get("timeline", [])]
        for name in variant.remove:
            if name not in known:
                raise Unready(f"{variant.scenario} has no timeline entry '{name}'")
        kept = [entry for entry in data.get("timeline", []) if entry["id"] not in variant.remove]
        data["timeline"] = [*kept, *(json.loads(entry) for entry in variant.add)]
        if variant.months is not None and variant.months > base.months:
            data["end"] = base.date_at(variant.months - 1)
        if self.citizens is not None:
            data["citizens"] = self.citizens
        try:
            made = scenario_from_dict(data, name=variant.scenario, sets=variant.sets)
        except Exception as error:
            listed = getattr(error, "problems", None)
            said = "; ".join(f"{one.key}: {one.message}" for one in listed) if listed else str(error)
            raise Unready(f"a variant of {variant.scenario} cannot be made: {said}") from error
        values = {**made.parameter_values, **self.parameters, **made.parameters}
        return made.model_copy(update={"parameter_values": values}) if self.parameters else made

    def parameter(self, scenario: Scenario, path: str) -> float:
        """The value that a parameter has in the variants of a scenario that do not state it."""
        return float({**scenario.parameter_values, **self.parameters, **scenario.parameters}[path])


@lru_cache(maxsize=64)
def _shipped(name: str) -> Scenario:
    from multivector.scenario.errors import ScenarioErrors

    try:
        return load_scenario(name)
    except ScenarioErrors as errors:
        raise Unready(f"scenario {name}: {errors.problems[0].message}") from errors


# --- expressions for `--set` ----------------------------------------------------------------------------------


def path_of(scenario: Scenario, power: str, name: str, domain: str | None = None) -> Path:
    """A dated path of a power: `interest`, `credibility`, or of one domain `engagement`, `pressure`, `ties`."""
    whole = getattr(scenario.powers[power], name)
    path: Path = whole if domain is None else whole.domain(domain)
    return path


def scaled(
    scenario: Scenario, powers: Sequence[str], factor: float, name: str = "engagement", *, later: bool = False
) -> list[str]:
    """Expressions that multiply a path of some powers, at every date and in every domain, capped at 1.

    With `later` the value at the start stays: the change comes with the second month.
    """
    found = []
    for power in powers:
        domains: Sequence[str | None] = (None,) if name in ("interest", "credibility") else DOMAINS
        for domain in domains:
            path = path_of(scenario, power, name, domain)
            plain = _times(path.plain(), factor)
            if later:
                second = scenario.date_at(1)
                after = (
                    {date: value for date, value in plain.items() if date > second} if isinstance(plain, dict) else {}
                )
                plain = {scenario.start: path.at(scenario.start), second: _times(path.at(second), factor), **after}
            place = f"powers.{power}.{name}" + (f".{domain}" if domain else "")
            found.append(f"{place}={_yaml(plain)}")
    return found


def held(scenario: Scenario, powers: Sequence[str], *names: str) -> list[str]:
    """Expressions that hold paths of some powers at their value at the start."""
    found = []
    for power in powers:
        for name in names:
            domains: Sequence[str | None] = (None,) if name in ("interest", "credibility") else DOMAINS
            for domain in domains:
                value = path_of(scenario, power, name, domain).at(scenario.start)
                found.append(f"powers.{power}.{name}" + (f".{domain}" if domain else "") + f"={value!r}")
    return found


def _times(plain: Any, factor: float) -> Any:
    if isinstance(plain, dict):
        return {key: _times(value, factor) for key, value in plain.items()}
    return min(round(float(plain) * factor, 6), 1.0)


def _yaml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {inner!r}" for key, inner in value.items()) + "}"
    return repr(value)
