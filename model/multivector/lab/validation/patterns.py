"""The patterns, read and checked: ids, thresholds, counter-tests of switches that exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from multivector.lab.errors import LabError
from multivector.scenario.mechanisms import MECHANISMS

__all__ = ["LeftOut", "NoSwitch", "Pattern", "chosen_patterns", "load_left_out", "load_patterns", "read_patterns"]


def _listed(value: Any) -> Any:
    """A single list of switches is one counter-test."""
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return [value]
    return value


class NoSwitch(BaseModel):
    """What stands in for a switch in a counter-test."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    none: str = Field(min_length=1)


class Pattern(BaseModel):
    """One pattern. `off` lists counter-tests, each the switches that go off together, or what stands in for them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Z]{1,2}[0-9]{1,2}$")
    claim: str = Field(min_length=1)
    scenarios: tuple[str, ...] = Field(min_length=1)
    observable: str = Field(min_length=1)
    above: float | None = None
    below: float | None = None
    why: str = Field(min_length=1)
    off: NoSwitch | Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_listed)]
    placebo: str
    taste: bool = False
    worlds: int = Field(default=1, ge=1, le=8)  # times the worlds of the bench, where chance is large

    @model_validator(mode="after")
    def _makes_sense(self) -> Pattern:
        if self.above is None and self.below is None:
            raise ValueError("give a threshold: `above`, `below` or both")
        if self.above is not None and self.below is not None and not self.above < self.below:
            raise ValueError(f"`above` ({self.above}) must be less than `below` ({self.below})")
        for name in (*self.switches, self.placebo):
            if name not in MECHANISMS:
                near = get_close_matches(name, MECHANISMS, n=1)
                raise ValueError(f"there is no switch `{name}`" + (f"; nearest: {near[0]}" if near else ""))
        if self.placebo in self.switches:
            raise ValueError(f"the placebo `{self.placebo}` is one of the switches of the counter-test")
        if not isinstance(self.off, NoSwitch) and not all(self.off):
            raise ValueError("a counter-test names one switch at least")
        return self

    @property
    def counter_tests(self) -> tuple[tuple[str, ...], ...]:
        """Switches of each counter-test; one without switches where something stands in for them."""
        return ((),) if isinstance(self.off, NoSwitch) else self.off

    @property
    def switches(self) -> tuple[str, ...]:
        """All switches of the counter-tests."""
        return tuple(dict.fromkeys(name for test in self.counter_tests for name in test))

    @property
    def mechanism(self) -> str:
        """What goes off, in words: `a + b` together, `a; b` one after the other."""
        return self.off.none if isinstance(self.off, NoSwitch) else "; ".join(" + ".join(test) for test in self.off)

    @property
    def threshold(self) -> str:
        """The threshold in words."""
        parts = [
            f"> {self.above:g}" if self.above is not None else "",
            f"< {self.below:g}" if self.below is not None else "",
        ]
        return " and ".join(part for part in parts if part)

    @property
    def line(self) -> str:
        """The family letter of its id: claims of one source, or SF."""
        return self.id.rstrip("0123456789")


class LeftOut(BaseModel):
    """A stylised fact that is no pattern of its own: `carried` by other patterns, or not about the model's outputs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^SF[0-9]{2}$")
    claim: str = Field(min_length=1)
    carried: tuple[str, ...]
    why: str = Field(min_length=1)


def read_patterns(content: Any) -> dict[str, Pattern]:
    """Patterns by id from the content of `patterns.yaml`. Raises LabError with every problem found."""
    if not isinstance(content, dict) or not content:
        raise LabError("patterns are a mapping from id to pattern")
    found, problems = {}, []
    for name, raw in content.items():
        try:
            found[str(name)] = Pattern.model_validate({"id": str(name), **raw})
        except (ValidationError, TypeError) as error:
            said = "; ".join(one["msg"] for one in error.errors()) if isinstance(error, ValidationError) else str(error)
            problems.append(f"{name}: {said}")
    if problems:
        raise LabError("patterns.yaml: " + " | ".join(problems))
    return found


@cache
def load_patterns() -> dict[str, Pattern]:
    """The shipped patterns by id, in the file's order."""
    return read_patterns(_content("patterns.yaml"))


@cache
def load_left_out() -> dict[str, LeftOut]:
    """The stylised facts that were left out, by id, with the reason. Raises LabError for a wrong file."""
    content, found = _content("left_out.yaml"), {}
    for name, raw in content.items():
        try:
            one = LeftOut.model_validate({"id": str(name), **raw})
        except (ValidationError, TypeError) as error:
            raise LabError(f"left_out.yaml: {name}: {error}") from error
        unknown = [other for other in one.carried if other not in load_patterns()]
        if unknown or one.id in load_patterns():
            raise LabError(f"left_out.yaml: {name}: " + (f"there is no pattern {unknown[0]}" if unknown else "is one"))
        found[one.id] = one
    return found


def _content(file: str) -> Any:
    from ruamel.yaml import YAML

    text = (resources.files("multivector.lab.validation") / file).read_text(encoding="utf-8")
    return YAML(typ="safe", pure=True).load(text)


def _nearest(name: str, known: Mapping[str, Pattern]) -> str:
    """The id most likely meant: the same letters and number (SF1 is SF01), else the closest spelling."""
    letters = name.rstrip("0123456789")
    for other, pattern in known.items():
        if name[len(letters) :] and letters == pattern.line and int(name[len(letters) :]) == int(other[len(letters) :]):
            return other
    near = get_close_matches(name, known, n=1, cutoff=0.3)
    return near[0] if near else next(iter(known))


def chosen_patterns(claims: Sequence[str] | None) -> list[Pattern]:
    """The patterns of the ids asked for (upper or lower case), all for None. Raises LabError with the nearest id."""
    patterns = load_patterns()
    if not claims:
        return list(patterns.values())
    asked = [one.strip().upper() for text in claims for one in text.split(",") if one.strip()]
    if not asked:
        raise LabError("no pattern is named", key="--claim", suggestion=next(iter(patterns)))
    left_out = load_left_out()
    for name in asked:
        if name in left_out:
            fact = left_out[name]
            raise LabError(
                f"{name} is no pattern of its own: {fact.why}",
                key="--claim",
                suggestion=fact.carried[0] if fact.carried else None,
            )
        if name not in patterns:
            raise LabError(f"there is no pattern '{name}'", key="--claim", suggestion=_nearest(name, patterns))
    return [patterns[name] for name in dict.fromkeys(asked)]
