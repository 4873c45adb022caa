"""`multivector lesson` and `multivector lesson-score`: one file for a class, and what the class learnt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multivector.cli import options
from multivector.cli.problems import DONE, FAILED, INTERRUPTED, Refused
from multivector.cli.talk import Talk

if TYPE_CHECKING:
    from multivector.teach.paths import Plan
    from multivector.teach.schema import LessonFile

__all__ = ["lesson", "lesson_score"]

_LANGUAGES = ("en", "ru", "kk")


def _names(incomplete: str) -> list[str]:
    from multivector.teach.schema import list_lessons

    return [name for name in (*list_lessons(), *options.scenario_names("")) if name.startswith(incomplete)]


def lesson(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="SCENARIO|LESSON",
            help="A ready lesson, a lesson file, or a scenario; without one, the ready lessons are listed.",
            show_default=False,
            autocompletion=_names,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="HTML file instead of NAME.html; kit and slides stand beside it.",
            metavar="FILE",
        ),
    ] = None,
    language: Annotated[
        str,
        typer.Option(
            "--language",
            "-l",
            help="en, ru or kk.",
            metavar="LANG",
        ),
    ] = "en",
    check: Annotated[
        bool, typer.Option("--check", help="Only run what the lesson asks to try, and say what holds; write nothing.")
    ] = False,
    kit: Annotated[bool, typer.Option("--kit/--no-kit", help="Write the teacher's kit and slides, too.")] = True,
    citizens: options.Citizens = None,
    months: options.Months = None,
    workers: Annotated[int, typer.Option("--workers", help="Processes that run the paths.", metavar="N")] = 1,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Make a lesson: one HTML file for a class, without network or server.

    Finished paths are kept under runs/: a stopped command goes on where it was, and another language costs nothing.
    """
    talk = Talk(json, options.verbosity(verbose, quiet))
    options.check_counts(months=months, citizens=citizens)
    if language not in _LANGUAGES:
        raise Refused(f"--language must be one of {', '.join(_LANGUAGES)}, not {language}", key="--language")
    if not 1 <= workers <= 256:
        raise Refused(f"--workers must be 1 to 256, not {workers}", key="--workers")
    if name is None:
        return _list(talk)
    from multivector.teach.page import environment
    from multivector.teach.paths import plan_lesson
    from multivector.teach.wording import in_language

    if not check:
        environment()  # what is missing is told before anything is run
        _check_out(out)
    file = in_language(_found(name), language)
    if file.lesson.language != language:
        said = f"{file.name}: its own texts are in `{file.lesson.language}` only; "
        talk.note(f"{said}{file.name}.{language}.yaml beside it would hold them")
    plan = plan_lesson(file, citizens=citizens, months=months)
    return _check(plan, talk, workers) if check else _make(plan, talk, out, language, workers, kit=kit)


def _list(talk: Talk) -> int:
    from multivector.teach.schema import list_lessons, load_lesson

    rows = [
        {"name": key, "title": (one := load_lesson(path).lesson).title, "question": one.question}
        for key, path in list_lessons().items()
    ]
    talk.text("\n".join(f"{row['name']}\n    {row['title']}: {row['question']}" for row in rows))
    talk.document({"schema": 1, "lessons": rows})
    return DONE


def _check_out(out: Path | None) -> None:
    if out is not None and out.is_dir():
        raise Refused(
            f"{out.as_posix()} is a folder, not a file", key="--out", suggestion=f"{(out / 'lesson.html').as_posix()}"
        )


def _found(name: str) -> LessonFile:
    """A ready lesson by its name, a lesson file, or a scenario that a lesson is made of."""
    from multivector.scenario import ScenarioErrors, load_scenario
    from multivector.scenario.catalogue import is_path
    from multivector.teach.auto import lesson_of
    from multivector.teach.schema import is_lesson, list_lessons, load_lesson

    ready = list_lessons()
    if name in ready:
        return load_lesson(ready[name])
    path = Path(name)
    if is_path(name) and (not path.is_file() or is_lesson(path)):
        return load_lesson(path)
    try:
        scenario = load_scenario(name)
    except ScenarioErrors as errors:
        if is_path(name) or len(errors.problems) != 1 or errors.problems[0].line is not None:
            raise
        from multivector.scenario.catalogue import list_scenarios
        from multivector.scenario.errors import nearest

        hint = nearest(name, [*ready, *(one.name for one in list_scenarios())])
        said = f"there is no lesson and no scenario `{name}`"
        raise Refused(said, key="SCENARIO|LESSON", suggestion=hint or "multivector lesson") from None
    return lesson_of(scenario, name, Path())


def _run(plan: Plan, talk: Talk, workers: int) -> Any:
    from multivector.cli.info import announce_compiling
    from multivector.lab.execution import executor_for
    from multivector.teach.grid import run_lesson, work_folder

    announce_compiling(talk)
    with talk.progress(plan.file.name, "paths") as tick:
        return run_lesson(plan, executor=executor_for(workers), folder=work_folder(plan), progress=tick)


def _check(plan: Plan, talk: Talk, workers: int) -> int:
    from multivector.teach.tries import measure_tries, plan_of_tries

    tried = plan_of_tries(plan)
    if not tried.leaves:
        raise Refused("this lesson asks for nothing to try", key="SCENARIO|LESSON")
    rows = [
        {
            "text": one.claim.text,
            "claimed": one.claim.share,
            "futures": one.futures,
            "of": 20,
            "median": one.median,
            "held": one.held,
        }
        for one in measure_tries(_run(tried, talk, workers))
    ]
    for row in rows:
        mark = "holds" if row["held"] else "FAILS"
        talk.text(f"{mark}: in {row['futures']} of {row['of']} futures (claimed {row['claimed']:.0%}): {row['text']}")
    talk.document({"schema": 1, "lesson": plan.file.name, "code": plan.code, "tries": rows})
    return DONE if all(row["held"] for row in rows) else FAILED


def _make(plan: Plan, talk: Talk, out: Path | None, language: str, workers: int, *, kit: bool) -> int:
    from multivector.teach.document import document_of
    from multivector.teach.kit import kit_page
    from multivector.teach.page import lesson_page, write_page
    from multivector.teach.slides import slides_page

    target = out or Path(f"{plan.file.name}.html")
    talk.note(
        f"{plan.file.name}: {len(plan.leaves)} paths of {len(plan.worlds)} futures, "
        f"{plan.base.months} months, world {plan.code}"
    )
    try:
        grid = _run(plan, talk, workers)
    except KeyboardInterrupt:
        talk.note("interrupted: the finished paths are kept; the same command goes on from there")
        return INTERRUPTED
    size = write_page(target, lesson_page(document_of(grid), language))
    files = {"lesson": target.as_posix(), "bytes": size}
    if kit:
        beside = target.with_name(f"{target.stem}-kit.html")
        write_page(beside, kit_page(grid, language))
        slides = target.with_name(f"{target.stem}-slides.html")
        write_page(slides, slides_page(grid, language))
        files.update(kit=beside.as_posix(), slides=slides.as_posix())
    talk.text(
        f"{target.as_posix()}  ({size / 1e6:.2f} MB, open it by double click)"
        + (f"\n{files['kit']}  (teacher's kit)\n{files['slides']}  (slides)" if kit else "")
    )
    about = {"name": plan.file.name, "code": plan.code, "paths": len(plan.leaves), "language": language}
    talk.document({"schema": 1, **about, **files})
    return DONE


def lesson_score(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Text file with one line of answers a person.")],
    name: Annotated[
        str, typer.Option("--lesson", help="The lesson that they are of.", metavar="LESSON", autocompletion=_names)
    ],
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> int:
    """Score answers before and after a lesson: the class's gain with an interval, and its calibration."""
    from multivector.scenario.files import shown, text_of
    from multivector.teach.score import read_sheets, score

    talk = Talk(json, -1 if quiet else 0)
    items = _found(name).lesson.items
    if not items:
        raise Refused(f"the lesson {name} has no questions", key="--lesson")
    reading = read_sheets(text_of(file, shown(file), what="list of answers"), len(items))
    for number, why in reading.wrong:
        talk.warn(f"{shown(file)}:{number}: {why}")
    if not reading.sheets:
        raise Refused(f"there is no line of answers in {shown(file)}", key="FILE")
    found = score(reading.sheets, items)
    gain, moved = found["gain"], found["transfer"]
    people = found["people"]
    talk.text(
        f"before: {_percent(found['pre'])} right ({people['pre']} people); "
        f"after: {_percent(found['post'])} ({people['post']})"
    )
    talk.text(f"gain of the {gain['people']} who answered both: {_interval(gain)}; transfer: {_interval(moved)}")
    for number, item in enumerate(found["items"], 1):
        talk.text(f"{number:2d}. {_percent(item['pre'])} -> {_percent(item['post'])}  {item['item']}")
    talk.document({"schema": 1, **found, "wrong": [{"line": number, "message": why} for number, why in reading.wrong]})
    return DONE


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _interval(gain: dict[str, Any]) -> str:
    if gain["mean"] is None:
        return "-"
    band = "" if gain["low"] is None else f" (90 % interval {100 * gain['low']:+.0f} to {100 * gain['high']:+.0f})"
    return f"{100 * gain['mean']:+.0f} points{band}"
