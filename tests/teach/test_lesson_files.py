"""Lesson files: what is refused and how it is told, paths and their budget, words in three languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from multivector.scenario import load_scenario, scenario_from_dict
from multivector.teach.auto import lesson_of
from multivector.teach.paths import MAX_LEAVES, Leaf, leaf_yaml, plan_lesson
from multivector.teach.schema import LANGUAGES, LessonErrors, list_lessons, load_lesson
from multivector.teach.texts import names, places, texts
from multivector.teach.tries import leaf_of_try
from multivector.teach.wording import in_language, texts_of
from tests.teach.lessons import SMALL, small


@pytest.mark.parametrize("name", sorted(list_lessons()))
def test_a_ready_lesson_is_whole(name: str) -> None:
    file = load_lesson(list_lessons()[name])
    plan = plan_lesson(file)
    lesson = file.lesson
    assert len(plan.leaves) <= MAX_LEAVES
    assert 3 <= len(lesson.levers) <= 5
    assert 2 <= len(lesson.rounds) <= 4
    assert len(lesson.aims) == 3
    assert 6 <= len([item for item in lesson.items if not item.transfer]) <= 8
    assert [item for item in lesson.items if item.transfer]
    assert all(len(item.options) == 4 for item in lesson.items)  # a comma without quotes would make more
    assert lesson.info and lesson.debrief and lesson.script and len(lesson.roles) >= 5 and len(lesson.tries) >= 4
    assert all(plan.cost(leaf.choices) <= lesson.capital for leaf in plan.leaves)
    assert all(leaf_of_try(plan, one) in plan.leaves for one in lesson.tries)
    assert any(shock is not None for shock in plan.shocks)


@pytest.mark.parametrize("name", sorted(list_lessons()))
def test_roles_are_offices(name: str) -> None:
    """No living person is named where students speak in somebody's name."""
    lesson = load_lesson(list_lessons()[name]).lesson
    said = " ".join(f"{role.office} {role.plain} {role.full}" for role in lesson.roles).lower()
    for person in ("tokayev", "nazarbayev", "putin", "xi jinping", "biden", "trump", "erdogan", "macron"):
        assert person not in said


def test_a_slip_gets_file_line_and_the_nearest_right_key() -> None:
    with pytest.raises(LessonErrors) as caught:
        small(a="capital: 6 => captial: 6", b="levers: [land] => levers: [lnad]")
    first = caught.value.problems[0]
    assert (first.file, first.key, first.suggestion) == ("small.yaml", "captial", "capital")
    assert first.line == SMALL.splitlines().index("capital: 6") + 1


def test_what_does_not_fit_together_is_told_in_one_pass() -> None:
    with pytest.raises(LessonErrors) as caught:
        small(a="levers: [land] => levers: [lnad]", b="choose: {land: ban leases} => choose: {land: ban lease}")
    told = {problem.suggestion for problem in caught.value.problems}
    assert {"land", "ban leases"} <= told


def test_a_change_that_cannot_be_made_is_told_at_its_line() -> None:
    with pytest.raises(LessonErrors) as caught:
        plan_lesson(small(a="timeline.land-code.decided=4 => timeline.land-cod.decided=4"))
    (problem,) = caught.value.problems
    assert problem.suggestion == "land-code"
    assert problem.line is not None and "land-cod.decided" in problem.message


def test_a_path_that_is_not_dated_is_refused() -> None:
    with pytest.raises(LessonErrors, match="not dated"):
        plan_lesson(small(a="path: doctrine.listening => path: citizens"))


def test_over_the_budget_the_sizes_are_named() -> None:
    stops = "\n".join(f"      - {{name: s{n}, value: 0.{n}}}" for n in range(1, 6))
    more = "\n".join(
        f"  l{n}:\n    title: L{n}\n    path: doctrine.balance\n    stops:\n      - {{name: none}}\n{stops}"
        for n in range(3)
    )
    text = SMALL.replace("rounds:\n", f"{more}\nrounds:\n").replace(
        "levers: [listening]", "levers: [listening, l0, l1, l2]"
    )
    from pathlib import Path

    from multivector.teach.schema import read_lesson

    with pytest.raises(LessonErrors, match=r"2 × 6 × 6 × 6 stops in round 2 = 1,728 paths.*729 are allowed"):
        plan_lesson(read_lesson(text, "big.yaml", "big", Path()))


def test_only_what_capital_pays_for_is_a_path() -> None:
    keys = [leaf.key for leaf in plan_lesson(small()).leaves]
    assert keys == ["0:0.0", "0:0.1", "0:1.0", "0:1.1", "1:0.0", "1:0.1", "1:1.0", "1:1.1"]
    poor = [leaf.key for leaf in plan_lesson(small(a="capital: 6 => capital: 5")).leaves]
    assert "0:1.1" not in poor and "0:1.0" in poor


def test_a_path_is_a_scenario_of_its_own() -> None:
    plan = plan_lesson(small())
    leaf = Leaf(0, ((1,), (1,)))
    scenario = plan.scenario(leaf)
    assert next(entry for entry in scenario.timeline if entry.id == "land-code").decided == 4  # type: ignore[union-attr]
    listening = scenario.doctrine.listening
    assert [listening.at(date) for date in ("2016-05", "2016-06", "2016-08")] == [0.0, 1.0, 1.0]
    assert "decided: 4" in leaf_yaml(plan, leaf)


def test_a_lever_moved_twice_steps_twice() -> None:
    file = small(
        a="levers: [land] => levers: [land, listening]",
        b="{name: promise, cost: 2, value: 1.0} => {name: promise, value: 1.0}\n      - {name: half, value: 0.5}",
    )
    plan = plan_lesson(file)
    path = plan.scenario(Leaf(0, ((0, 1), (2,)))).doctrine.listening
    assert [path.at(date) for date in ("2016-03", "2016-04", "2016-05", "2016-06")] == [0.0, 1.0, 1.0, 0.5]
    kept = plan.scenario(Leaf(0, ((0, 1), (0,)))).doctrine.listening
    assert [kept.at(date) for date in ("2016-03", "2016-06")] == [0.0, 1.0]


def test_the_world_code_stands_for_everything_that_matters() -> None:
    code = plan_lesson(small()).code
    assert len(code) == 6 and code == plan_lesson(small()).code
    assert code == plan_lesson(small(a="title: A small lesson => title: Another title")).code
    assert code != plan_lesson(small(a="every: 1 => every: 1\nseed: 8")).code
    assert code != plan_lesson(small(a="value: 1.0 => value: 0.9")).code


def test_a_bare_scenario_makes_a_lesson() -> None:
    plan = plan_lesson(
        lesson_of(load_scenario("ukraine-war-2022"), "ukraine-war-2022", list_lessons()["who-do-you-disappoint"].parent)
    )
    assert 1 < len(plan.leaves) <= MAX_LEAVES
    assert plan.base.hash == load_scenario("ukraine-war-2022").hash


def test_a_decided_option_outside_the_options_is_refused() -> None:
    from multivector.scenario import ScenarioErrors

    data = load_scenario("land-protests-2016").to_dict()
    with pytest.raises(ScenarioErrors, match="outside the option numbers 1 to 4"):
        scenario_from_dict(data, sets=["timeline.land-code.decided=5"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_complete_in_every_language(language: str) -> None:
    english, other = texts("en"), texts(language)
    assert list(other) == list(english)
    for key, text in english.items():
        assert bool(other[key]) == bool(text), key
        assert places(other[key]) == places(text), key
    assert len(other["months"].split()) == 12


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
@pytest.mark.parametrize("name", sorted(list_lessons()))
def test_a_ready_lesson_speaks_every_language(name: str, language: str) -> None:
    """Roles, script, levers, questions: no text is left in English, and the paths stay the same."""
    file = load_lesson(list_lessons()[name])
    other = in_language(file, language)
    assert other.lesson.language == language
    english, said = dict(texts_of(file.lesson)), dict(texts_of(other.lesson))
    assert list(english) == list(said) and len(said) > 100
    for place, text in said.items():
        assert re.search("[а-яё]", text, re.IGNORECASE), place
        assert text != english[place], place
    plan, translated = plan_lesson(file), plan_lesson(other)
    assert translated.code == plan.code
    assert [leaf_of_try(translated, one) for one in other.lesson.tries] == [
        leaf_of_try(plan, one) for one in file.lesson.tries
    ]


def test_a_translation_with_holes_is_told_at_its_lines(tmp_path: Path) -> None:
    lesson = tmp_path / "mine.yaml"
    lesson.write_text(SMALL, encoding="utf-8")
    (tmp_path / "mine.kk.yaml").write_text(
        "title: Сабақ\nquestoin: Көну ме?\nhook: Жиын.\nbriefing:\naims: [{name: Қолдау}]\n", encoding="utf-8"
    )
    with pytest.raises(LessonErrors) as caught:
        in_language(load_lesson(lesson), "kk")
    told = {problem.key: problem for problem in caught.value.problems}
    assert told["questoin"].suggestion == "question" and told["questoin"].line == 2
    assert "missing" in told["question"].message and "empty" in told["briefing"].message
    assert "list of 2" in told["aims"].message and "missing" in told["levers"].message
    assert in_language(load_lesson(lesson), "ru").lesson.language == "en"


def test_names_of_ready_scenarios_are_translated() -> None:
    """Every power and every question of the scenarios that lessons and rounds use."""
    from multivector.app.pages import campaign
    from multivector.scenario.schema import Dossier

    used = {load_lesson(path).lesson.scenario for path in list_lessons().values()}
    known = names("kk")
    assert names("en") == {} and known.keys() == names("ru").keys() and all(known.values())
    for scenario in map(load_scenario, used | {one["scenario"] for one in campaign()["rounds"]}):
        found = [power.name for power in scenario.powers.values()]
        found += [one.name for one in (*scenario.formal.values(), *scenario.informal.values())]
        for entry in scenario.timeline:
            if isinstance(entry, Dossier) and scenario.id in used:
                found += [entry.title, *entry.options]
        assert [name for name in found if name not in known] == []
    for name, said in (*known.items(), *names("ru").items()):
        assert re.search("[а-яё]", said, re.IGNORECASE), name
