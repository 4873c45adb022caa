"""The lesson file: its schema, and reading it with every problem found in one pass.

A lesson is YAML with `schema: 1`. It names a scenario, three to five levers with a few stops each, the rounds in which
they can be moved, three aims, and the texts of the class. Decisions are timed changes of the scenario, so that every
path through a lesson is a scenario that can be run by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from multivector.scenario.errors import Problem, ScenarioErrors, nearest
from multivector.scenario.fields import Flag, Month, Text, listed, number, one_of, refusal, whole
from multivector.scenario.files import shown, text_of
from multivector.scenario.schema import Record
from multivector.scenario.translate import problem_at, problems_of
from multivector.scenario.tree import Node, parse

__all__ = [
    "FUTURES",
    "LANGUAGES",
    "SCHEMA",
    "Aim",
    "Belief",
    "Item",
    "Lesson",
    "LessonErrors",
    "LessonFile",
    "Lever",
    "Round",
    "Shock",
    "Stop",
    "Try",
    "is_lesson",
    "list_lessons",
    "load_lesson",
    "read_lesson",
]

SCHEMA = 1
LANGUAGES = ("en", "ru", "kk")
FUTURES = 20
"""Futures of every path: as many as the dots that a class counts."""
MEASURES = (
    "autonomy", "approval", "elite_loyalty", "total_engagement", "openness", "dependence", "income", "protest",
    "grievance", "reform", "repression", "hazard", "hazard_elite", "hazard_mass", "hazard_outside",
    "congruence_public", "congruence_informal", "congruence_formal",
)  # fmt: skip
"""What an aim can be: columns of the table `worlds`; a tie is `tie.POWER`."""
LESS_IS_BETTER = (
    "dependence", "protest", "grievance", "repression", "hazard", "hazard_elite", "hazard_mass", "hazard_outside",
)  # fmt: skip


class LessonErrors(ScenarioErrors):
    """A lesson cannot be used; `problems` lists everything that is wrong with it."""

    thing = "lesson"


Sets = Annotated[tuple[Text, ...], BeforeValidator(listed)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(listed)]


def _measure(value: Any) -> Any:
    if not isinstance(value, str):
        raise refusal("must be the name of a measure")
    if value in MEASURES or (value.startswith("tie.") and value.count(".") == 1):
        return value
    hint = nearest(value, MEASURES)
    raise refusal(
        f"there is no measure `{value}`" + ("" if hint else f"; there is {', '.join(MEASURES)}, tie.POWER"), hint
    )


Measure = Annotated[str, BeforeValidator(_measure)]


class Stop(Record):
    """One setting of a lever."""

    name: Text = Field(description="What the button says.")
    cost: Annotated[int, whole(0, 100)] = Field(default=0, description="Political capital that it takes, in points.")
    value: Annotated[float, number(-1e9, 1e9)] | None = Field(
        default=None, description="Value of the lever's `path` from the round's date on; none: as it was."
    )
    set: Sets = Field(default=(), description="Changes of the scenario, as with --set.")
    note: Text | None = Field(default=None, description="What it means, in a sentence.")


class Lever(Record):
    """Something that the president's office can decide."""

    title: Text = Field(description="Name of the lever.")
    question: Text | None = Field(default=None, description="The question that it answers.")
    help: Text | None = Field(default=None, description="How it works, in no code words.")
    path: Text | None = Field(default=None, description="Dated path that `value` changes, such as doctrine.listening.")
    stops: tuple[Stop, ...] = Field(description="Settings; the first is the policy baseline and costs nothing.")


class Belief(Record):
    """An assumption about the world that a class can change; it costs no capital."""

    title: Text = Field(description="Name of the assumption.")
    question: Text | None = Field(default=None, description="The question that it answers.")
    help: Text | None = Field(default=None, description="What the assumption means.")
    stops: tuple[Stop, ...] = Field(description="Settings; the first is the model's default.")


class Happening(Record):
    """One of the shocks that may be drawn."""

    title: Text = Field(description="Headline.")
    text: Text = Field(description="What the class hears.")
    timeline: tuple[dict[str, Any], ...] = Field(default=(), description="Entries of the scenario's timeline.")
    set: Sets = Field(default=(), description="Changes of the scenario, as with --set.")


class Shock(Record):
    """Something that hits every team alike: one of `draw`, by the seed."""

    draw: tuple[Happening, ...] = Field(description="The candidates.")


class Demand(Record):
    """A rival's demand that is read aloud in a round."""

    who: Text = Field(description="The office or power that demands.")
    text: Text = Field(description="What it demands and what it hints at.")


class Round(Record):
    """A moment of decision."""

    date: Month = Field(description="When the decisions take effect.")
    title: Text = Field(description="Headline.")
    briefing: Text = Field(description="What the president's office knows.")
    levers: tuple[Text, ...] = Field(description="Ids of the levers on the table.")
    demand: Demand | None = Field(default=None, description="A demand that comes with it.")
    shock: Shock | None = Field(default=None, description="A shock that comes with it.")


class Aim(Record):
    """An outcome that a class watches."""

    measure: Measure = Field(description="Column of the table `worlds`, or tie.POWER (mean over domains).")
    name: Text = Field(description="Its name for students.")
    note: Text | None = Field(default=None, description="What it means and in which unit.")
    line: Annotated[float, number(-1e9, 1e9)] | None = Field(
        default=None, description="A level to count futures against; default: the baseline's median in that month."
    )
    predict: Flag = Field(default=True, description="Whether students predict it.")

    @property
    def good(self) -> int:
        """+1 where more is better for the office, -1 where less is."""
        return -1 if self.measure in LESS_IS_BETTER else 1


class Try(Record):
    """Something to try, with the effect that it is claimed to have; a test runs it."""

    text: Text = Field(description="What to do and what to watch.")
    choose: dict[str, Any] = Field(default={}, description="Lever → name of a stop, or a list of them by round.")
    belief: Text | None = Field(default=None, description="Name of an assumption's stop.")
    against: Text = Field(default="policy", description="Compared with: `policy` (status quo) or `belief` (default).")
    measure: Measure = Field(description="What moves.")
    direction: Annotated[str, one_of(("up", "down", "same"))] = Field(description="Which way.")
    share: Annotated[float, number(0, 1)] = Field(description="In at least this share of futures.")
    when: Annotated[str, one_of(("end", "mean"))] = Field(
        default="end", description="At the end, or the mean of all months."
    )


class Item(Record):
    """A question that is asked before and after."""

    question: Text = Field(description="The question.")
    options: tuple[Text, ...] = Field(description="Answers.")
    answer: Annotated[int, whole(1, 9)] = Field(description="Number of the right one.")
    transfer: Flag = Field(default=False, description="Whether it asks about another state than the lesson's.")
    why: Text = Field(description="Why it is right.")


class Role(Record):
    """A part at the table: an office, never a living person."""

    office: Text = Field(description="Whose part it is.")
    plain: Text = Field(description="The card in plain words.")
    full: Text = Field(description="The card for readers who want more.")
    watches: Text = Field(description="What this part looks at.")


class Minute(Record):
    """A row of the script."""

    minutes: Text = Field(description="From-to.")
    teacher: Text = Field(description="What the teacher does.")
    students: Text = Field(description="What students do.")


class Info(Record):
    """The info page, under headings that are always the same."""

    what: Text = Field(description="What is it?")
    how: Text = Field(description="How does it work, in no code words?")
    use: Text = Field(description="How to use it.")
    notice: Texts = Field(description="Things to notice.")
    extend: Texts = Field(description="Things to extend.")
    limits: Texts = Field(description="Limits and misuse.")
    sources: Texts = Field(default=(), description="Sources beyond the scenario's own.")


class Debrief(Record):
    """Three passes after the game: feelings and facts, mechanism, meaning."""

    happened: Texts = Field(description="What happened?")
    why: Texts = Field(description="Why?")
    so_what: Texts = Field(description="So what?")


class Lesson(Record):
    """A lesson file."""

    schema_: Annotated[int, whole(SCHEMA, SCHEMA)] = Field(alias="schema", description="Number of this schema.")
    title: Text = Field(description="Title.")
    question: Text = Field(description="The question of the lesson, in a line.")
    hook: Text = Field(description="The dilemma, in two sentences.")
    briefing: Text = Field(description="What everybody has to know, in a paragraph.")
    language: Annotated[str, one_of(LANGUAGES)] = Field(default="en", description="Language of these texts.")
    scenario: Text = Field(description="Scenario name, or file beside the lesson.")
    world: dict[str, Any] = Field(default={}, description="Changes to the scenario: an overlay of scenario keys.")
    set: Sets = Field(default=(), description="More changes, as with --set.")
    seed: Annotated[int, whole(0, 2**31 - 1)] = Field(default=7, description="Master seed: the same worlds for all.")
    every: Annotated[int, whole(1, 12)] = Field(default=3, description="Months between the points that are drawn.")
    capital: Annotated[int, whole(0, 100)] = Field(
        default=10, description="Political capital for all rounds, in points."
    )
    aims: tuple[Aim, ...] = Field(description="Two or three aims; the first two span the trade-off.")
    levers: dict[str, Lever] = Field(description="Three to five levers.")
    rounds: tuple[Round, ...] = Field(description="One to four rounds, in order.")
    belief: Belief | None = Field(default=None, description="An assumption to doubt.")
    tries: tuple[Try, ...] = Field(default=(), alias="try", description="Things to try, each with its claim.")
    info: Info | None = Field(default=None, description="The info page.")
    items: tuple[Item, ...] = Field(default=(), description="Questions asked before and after.")
    roles: tuple[Role, ...] = Field(default=(), description="Role cards.")
    script: tuple[Minute, ...] = Field(default=(), description="The lesson by the minute.")
    debrief: Debrief | None = Field(default=None, description="Questions after the game.")


@dataclass(frozen=True)
class LessonFile:
    """A lesson that has been read: its name, its content, and the folder its scenario file stands in."""

    name: str
    lesson: Lesson
    folder: Path
    tree: Node | None = None

    def problem(self, loc: tuple[str | int, ...], message: str, suggestion: str = "") -> Problem:
        """A problem at a place of the file (at no line for a lesson that was made from a scenario)."""
        if self.tree is None:
            return Problem(self.name, None, ".".join(map(str, loc)), message, suggestion)
        return problem_at(self.tree, loc, message, suggestion)


def packaged_folder() -> Path:
    """The folder of the ready lessons."""
    return Path(__file__).resolve().parent / "lessons"


def list_lessons() -> dict[str, Path]:
    """Name → file of every ready lesson, sorted; `NAME.LANG.yaml` holds a lesson's texts in another language."""
    return {file.stem: file for file in sorted(packaged_folder().glob("*.yaml")) if "." not in file.stem}


def is_lesson(path: Path) -> bool:
    """Whether a YAML file looks like a lesson rather than a scenario (unparsed: it has levers and rounds)."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return False
    heads = {line.split(":")[0] for line in text.splitlines() if line[:1].isalpha()}
    return bool(heads & {"levers", "rounds", "lever", "round"}) or {"aims", "scenario"} <= heads


def load_lesson(path: str | Path) -> LessonFile:
    """Read a lesson file. Raises LessonErrors with every problem, each at its line."""
    path = Path(path)
    file = shown(path)
    return read_lesson(text_of(path, file, LessonErrors), file, path.stem, path.parent)


def read_lesson(text: str, file: str, name: str, folder: Path) -> LessonFile:
    """Read a lesson's text, as `load_lesson` does; `file` is its name in messages."""
    tree, found = parse(text, file)
    problems = list(found)
    if tree is None or not isinstance(tree.value, dict):
        if not problems:
            problems.append(Problem(file, 1, "", "a lesson is a mapping (key: value) at its top level"))
        raise LessonErrors(problems)
    lesson = None
    try:
        lesson = Lesson.model_validate(tree.plain())
    except ValidationError as error:
        problems += problems_of(error, Lesson, tree, whole=True)
    if lesson is not None:
        problems += [problem_at(tree, loc, said, hint) for loc, said, hint in misfits(lesson)]
    if problems or lesson is None:
        raise LessonErrors(problems)
    return LessonFile(name, lesson, folder, tree)


Misfit = tuple[tuple[str | int, ...], str, str]


def misfits(lesson: Lesson) -> Iterator[Misfit]:
    """What the schema cannot see: counts, names that must be known, dates in order."""
    yield from _counts(lesson)
    yield from _levers(lesson)
    yield from _rounds(lesson)
    for index, item in enumerate(lesson.items):
        if item.answer > len(item.options):
            yield ("items", index, "answer"), f"there are only {len(item.options)} options", ""
    for index, one in enumerate(lesson.tries):
        yield from _try(lesson, index, one)


def _counts(lesson: Lesson) -> Iterator[Misfit]:
    for key, low, high, found in (
        ("levers", 1, 5, len(lesson.levers)),
        ("rounds", 1, 4, len(lesson.rounds)),
        ("aims", 2, 3, len(lesson.aims)),
    ):
        if not low <= found <= high:
            yield (key,), f"a lesson has {low} to {high} {key}, not {found}", ""


def _levers(lesson: Lesson) -> Iterator[Misfit]:
    holders: list[tuple[tuple[str | int, ...], Lever | Belief]] = [(("levers", k), v) for k, v in lesson.levers.items()]
    if lesson.belief is not None:
        holders.append((("belief",), lesson.belief))
    for loc, lever in holders:
        if not 2 <= len(lever.stops) <= 6:
            yield (*loc, "stops"), f"needs 2 to 6 stops, not {len(lever.stops)}", ""
        names = [stop.name for stop in lever.stops]
        if len(set(names)) < len(names):
            yield (*loc, "stops"), "two stops have the same name", ""
        if lever.stops and (lever.stops[0].cost or lever.stops[0].set or lever.stops[0].value is not None):
            yield (*loc, "stops", 0), "the first stop is the baseline: it changes nothing and costs nothing", ""
        for index, stop in enumerate(lever.stops[1:], 1):
            if not stop.set and stop.value is None:
                yield (*loc, "stops", index), "changes nothing: it needs `value` or `set`", ""
            if stop.value is not None and getattr(lever, "path", None) is None:
                yield (*loc, "stops", index, "value"), "needs the lever's `path`", ""


def _rounds(lesson: Lesson) -> Iterator[Misfit]:
    used: dict[str, int] = {}
    for index, one in enumerate(lesson.rounds):
        if index and one.date <= lesson.rounds[index - 1].date:
            yield ("rounds", index, "date"), "rounds come one after the other", ""
        for place, name in enumerate(one.levers):
            if name not in lesson.levers:
                hint = nearest(name, lesson.levers)
                yield ("rounds", index, "levers", place), f"there is no lever `{name}`", hint
                continue
            if name in used and any(stop.set for stop in lesson.levers[name].stops):
                said = f"`{name}` was on the table before; only a lever with `path` and `value` can be moved again"
                yield ("rounds", index, "levers", place), said, ""
            used[name] = index
        if not one.levers:
            yield ("rounds", index, "levers"), "a round needs a lever", ""
    for name in lesson.levers:
        if name not in used:
            yield ("levers", name), "is on the table in no round", ""


def _try(lesson: Lesson, index: int, one: Try) -> Iterator[Misfit]:
    for name, said in one.choose.items():
        if name not in lesson.levers:
            yield ("try", index, "choose", name), f"there is no lever `{name}`", nearest(name, lesson.levers)
            continue
        known = [stop.name for stop in lesson.levers[name].stops]
        for stop in said if isinstance(said, list) else [said]:
            if stop not in known:
                yield ("try", index, "choose", name), f"there is no stop `{stop}`", nearest(str(stop), known)
    if one.against not in ("policy", "belief"):
        yield (
            ("try", index, "against"),
            f"`{one.against}` is not known here",
            nearest(one.against, ("policy", "belief")),
        )
    beliefs = [stop.name for stop in lesson.belief.stops] if lesson.belief is not None else []
    if one.belief is not None and one.belief not in beliefs:
        yield ("try", index, "belief"), f"there is no assumption `{one.belief}`", nearest(one.belief, beliefs)
