"""A lesson's own texts in another language: a file `NAME.LANG.yaml` beside `NAME.yaml` with the same shape.

It holds texts only. Numbers, dates, changes and costs stay in the lesson, so that every language has the same paths,
the same world code and the same finished runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from multivector.scenario.errors import Problem, nearest
from multivector.scenario.files import shown, text_of
from multivector.scenario.translate import problem_at
from multivector.scenario.tree import Node, parse
from multivector.teach.schema import (
    Aim,
    Belief,
    Debrief,
    Demand,
    Happening,
    Info,
    Item,
    Lesson,
    LessonErrors,
    LessonFile,
    Lever,
    Minute,
    Role,
    Round,
    Shock,
    Stop,
    Try,
)  # fmt: skip

__all__ = ["in_language", "texts_of"]

_TEXTS: dict[type[BaseModel], tuple[str, ...]] = {
    Lesson: ("title", "question", "hook", "briefing"),
    Aim: ("name", "note"),
    Lever: ("title", "question", "help"),
    Belief: ("title", "question", "help"),
    Stop: ("name", "note"),
    Round: ("title", "briefing"),
    Demand: ("who", "text"),
    Shock: (),
    Happening: ("title", "text"),
    Try: ("text",),
    Item: ("question", "options", "why"),
    Role: ("office", "plain", "full", "watches"),
    Minute: ("teacher", "students"),
    Info: ("what", "how", "use", "notice", "extend", "limits"),
    Debrief: ("happened", "why", "so_what"),
}
"""What is said in words, by part of a lesson."""
Loc = tuple[str | int, ...]


def in_language(file: LessonFile, language: str) -> LessonFile:
    """The lesson in another language, or as it is where nobody has written it in that language.

    Raises
    ------
    LessonErrors : the file of that language lacks a text, has one too many, or cannot be read; each at its line.
    """
    path = file.folder / f"{file.name}.{language}.yaml"
    if language == file.lesson.language or file.tree is None or not path.is_file():
        return file
    name = shown(path)
    tree, found = parse(text_of(path, name, LessonErrors), name)
    if tree is None or not tree.mapping or found:
        raise LessonErrors(found or [Problem(name, 1, "", "the texts of a lesson are a mapping (key: value)")])
    reader = _Reader(tree)
    lesson = reader.said(file.lesson, tree, ())
    if reader.problems:
        raise LessonErrors(reader.problems)
    known = {**_renamed(file.lesson, lesson), "language": language}
    return LessonFile(file.name, lesson.model_copy(update=known), file.folder, file.tree)


def texts_of(record: BaseModel, loc: Loc = ()) -> Iterator[tuple[Loc, str]]:
    """Every text of a lesson that a translation has to say, with its place."""
    for key, value in _parts(record):
        for place, one in _spread(value, (*loc, key)):
            if isinstance(one, BaseModel):
                yield from texts_of(one, place)
            elif one:
                yield place, str(one)


def _parts(record: BaseModel) -> Iterator[tuple[str, Any]]:
    """Keys of a record that hold texts, or records that may."""
    for name, info in type(record).model_fields.items():
        value = getattr(record, name)
        if name in _TEXTS[type(record)] or _holds_records(value):
            yield info.alias or name, value


def _spread(value: Any, loc: Loc) -> Iterator[tuple[Loc, Any]]:
    if isinstance(value, dict):
        yield from (((*loc, key), one) for key, one in value.items())
    elif isinstance(value, tuple):
        yield from (((*loc, index), one) for index, one in enumerate(value))
    else:
        yield loc, value


def _holds_records(value: Any) -> bool:
    inner = [*value.values()] if isinstance(value, dict) else [*value] if isinstance(value, tuple) else [value]
    return any(type(one) in _TEXTS for one in inner)


class _Reader:
    """Puts the texts of a tree into a lesson's records and collects what does not fit."""

    def __init__(self, tree: Node) -> None:
        self.tree = tree
        self.problems: list[Problem] = []

    def said(self, record: Any, node: Node, loc: Loc) -> Any:
        parts = {key: value for key, value in _parts(record) if value not in (None, (), {})}
        for key in node.mapping.keys() - parts.keys():
            hint = nearest(key, parts)
            self.problems.append(problem_at(self.tree, (*loc, key), "there is no such text here", hint, at_key=True))
        by_alias = {info.alias or name: name for name, info in type(record).model_fields.items()}
        found = {by_alias[key]: self._value(value, node.get(key), (*loc, key)) for key, value in parts.items()}
        return record.model_copy(update=found)

    def _value(self, value: Any, node: Node | None, loc: Loc) -> Any:
        if node is None:
            self._wrong(loc, f"the key `{loc[-1]}` is missing")
            return value
        if isinstance(value, dict):
            return {key: self._value(one, node.get(key), (*loc, key)) for key, one in value.items()}
        if isinstance(value, tuple):
            if len(node.items) != len(value):
                self._wrong(loc, f"must be a list of {len(value)}, as in the lesson, not of {len(node.items)}")
                return value
            return tuple(self._value(one, node.items[at], (*loc, at)) for at, one in enumerate(value))
        if isinstance(value, BaseModel):
            return self.said(value, node, loc)
        if not isinstance(node.value, str) or not node.value.strip():
            self._wrong(loc, "must be a text" if node.value is not None else "is empty")
            return value
        return node.value.strip()

    def _wrong(self, loc: Loc, message: str) -> None:
        self.problems.append(problem_at(self.tree, loc, message))


def _renamed(old: Lesson, new: Lesson) -> dict[str, Any]:
    """Tries name stops by what the button says: by what it says now."""

    def names(before: Any, after: Any) -> dict[str, str]:
        return {one.name: other.name for one, other in zip(before.stops, after.stops, strict=True)}

    levers = {key: names(lever, new.levers[key]) for key, lever in old.levers.items()}
    beliefs = {} if old.belief is None else names(old.belief, new.belief)

    def choice(lever: str, said: Any) -> Any:
        return [levers[lever][one] for one in said] if isinstance(said, list) else levers[lever][said]

    tries = tuple(
        one.model_copy(
            update={
                "choose": {key: choice(key, said) for key, said in one.choose.items()},
                "belief": None if one.belief is None else beliefs[one.belief],
            }
        )
        for one in new.tries
    )
    return {"tries": tries}
