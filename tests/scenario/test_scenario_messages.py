# ruff: noqa: E501 - a table of cases reads best one to a line
"""Each kind of bad input gives a clear message: file, line, key, what is wrong, and the nearest right one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from multivector.scenario import Problem, ScenarioErrors, check, load_scenario
from multivector.scenario.tree import scalar

# what is replaced, by what, the key named, a part of the message, the suggestion
SHAPES = [
    # unknown keys
    ("pressure: 0.4", "presure: 0.4", "powers.north.presure", "unknown key", "pressure"),
    ("citizens: 200", "citizens: 200\ncitizen: 3", "citizen", "unknown key", "citizens"),
    ("citizens: 200", "citizens: 200\nzzz: 3", "zzz", "the keys here are schema, title", ""),
    ("severity: 0.9", "severety: 0.9", "timeline.storm.severety", "unknown key", "severity"),
    ("{security: 0.9, economy", "{securty: 0.9, economy", "powers.north.engagement.securty", "unknown domain", "security"),
    # numbers and their impostors
    ("pressure: 0.4", "pressure: true", "powers.north.pressure", "not the flag `true`", ""),
    ("pressure: 0.4", "pressure: NO", "powers.north.pressure", "not the text `NO`", ""),
    ("pressure: 0.4", "pressure: '0.4'", "powers.north.pressure", "not the text `0.4`", "0.4"),
    ("pressure: 0.4", "pressure: 0,4", "powers.north.pressure", "not the text `0,4`", "0.4"),
    ("pressure: 0.4", "pressure: [0.4]", "powers.north.pressure", "not a list", ""),
    ("pressure: 0.4", "pressure: .nan", "powers.north.pressure", "finite", ""),
    ("pressure: 0.4", "pressure: .inf", "powers.north.pressure", "finite", ""),
    ("citizens: 200", "citizens: 1e3", "citizens", "must be a whole number from 1 to 1,000,000", "1000"),
    ("citizens: 200", "citizens: 010", "citizens", "not the text `010`", "10"),
    ("citizens: 200", "citizens: 10:30", "citizens", "not the text `10:30`", ""),
    ("citizens: 200", "citizens: 2.5", "citizens", "not the number 2.5", ""),
    ("citizens: 200", "citizens: 0", "citizens", "0 is outside the range from 1 to 1,000,000", ""),
    ("citizens: 200", "citizens: yes", "citizens", "not the text `yes`", ""),
    ("citizens: 200", "citizens:", "citizens", "not an empty value", ""),
    ("lean: 0.4", "lean: -2", "advisers.counsellor.lean", "-2 is outside the range from -1 to 1", ""),
    ("pressure: 0.4", "pressure: 1.4", "powers.north.pressure", "1.4 is outside the range from 0 to 1", ""),
    ("2021-01: 0.5}}", "2021-01: 1.5}}", "powers.north.engagement.politics.2021-01", "1.5 is outside", ""),
    ("months: 24", "months: 0", "timeline.sanctions-north-2020-05.months", "outside the range from 1", ""),
    ("capability: 0.7", "capability: {2020-01: 0.7}", "powers.west.capability", "not a dated path", ""),
    # flags, texts, lists, mappings
    ("veto: true", "veto: NO", "offices.elder.veto", "must be true or false", "false"),
    ("veto: true", "veto: yes", "offices.elder.veto", "must be true or false", "true"),
    ("title: A small country", "title: 2022", "title", "must be a text", '"2022"'),
    ("title: A small country", "title: ' '", "title", "must not be empty", ""),
    ("options: [refuse, wait, build]", "options: build", "timeline.bridge.options", "must be a list", ""),
    ("wishes: {north: 1, west: 3, formal: 2, public: 2.5, oil: 3, elder: 1}", "wishes: 3", "timeline.bridge.wishes", "must be a mapping", ""),
    ("role: diplomacy", "role: diplomat", "formal.ministry.role", "the text `diplomat` is not known here", "diplomacy"),
    ("domain: economy", "domain: economics", "timeline.bridge.domain", "the text `economics` is not known here", "economy"),
    ("event: war", "event: wars", "timeline.storm.event", "the text `wars` is not known here", "war"),
    ("sources:\n", "extends: 3\nsources:\n", "extends", "must be a text", '"3"'),
    # dates
    ("start: 2020-01", "start: 2020-13", "start", "there is no month 13", ""),
    ("start: 2020-01", "start: 2020-00", "start", "there is no month 00", ""),
    ("start: 2020-01", "start: 2020-01-15", "start", "dates are YYYY-MM", "2020-01"),
    ("start: 2020-01", "start: 2020-1", "start", "dates are YYYY-MM", "2020-01"),
    ("start: 2020-01", "start: 2020", "start", "dates are YYYY-MM", "2020-01"),
    ("start: 2020-01", "start: January", "start", "dates are YYYY-MM", ""),
    ("start: 2020-01", "start: 0220-01", "start", "outside 1900 to 2199", ""),
    ("{2020-01: 0.5, 2021-01: 0.9}", "{2020-01: 0.5, 2021-14: 0.9}", "powers.west.interest.2021-14", "no month 14", ""),
    ("{2020-01: 0.5, 2021-01: 0.9}", "{2020: 0.5}", "powers.west.interest.2020", "dates are YYYY-MM", "2020-01"),
    ("{2020-01: 0.5, 2021-01: 0.9}", "{}", "powers.west.interest", "at least one dated point", ""),
    ("end: 2021-12", "end: 2019-12", "end", "the end lies before the start (2020-01)", ""),
    ("end: 2021-12", "end: 2190-12", "end", "more than the 1,200 allowed", ""),
    ("until: 2021-02", "from: 2021-05, until: 2021-02", "offices.elder.until", "before the beginning", ""),
    ("due: 2020-08", "due: 2020-05", "timeline.bridge.due", "due before it opens", ""),
    # names that nothing has
    ("rivalry: {west: 0.9}", "rivalry: {wst: 0.9}", "powers.north.rivalry.wst", "unknown power `wst`", "west"),
    ("rivalry: {west: 0.9}", "rivalry: {north: 0.9}", "powers.north.rivalry.north", "for itself", ""),
    ("stakes: {west: 0.4}", "stakes: {zz: 0.4}", "formal.ministry.stakes.zz", "unknown power `zz`; there is north, west", ""),
    ("by: north", "by: nort", "timeline.storm.by", "unknown power `nort`", "north"),
    ("affinity: {kazakh: 0.2", "affinity: {kazak: 0.2", "powers.north.affinity.kazak", "unknown language group", "kazakh"),
    ("sector: oil_gas", "sector: oil", "informal.oil.sector", "unknown sector `oil`", "oil_gas"),
    ("holds_post: ministry", "holds_post: ministery", "informal.oil.holds_post", "unknown formal actor", "ministry"),
    ("rents: {oil_gas:", "rents: {oilgas:", "timeline.bridge.rents.oilgas", "unknown sector", "oil_gas"),
    ("public: 2.5, oil", "publc: 2.5, oil", "timeline.bridge.wishes.publc", "unknown power, actor or constituency", "public"),
    ("{id: storm, date: 2020-03, event: war, by: north,", "{id: storm, date: 2020-03, event: purge, actors: [oyl],", "timeline.storm.actors[1]", "unknown formal or informal actor", "oil"),
    ("source: K19}", "source: K91}", "timeline.storm.source", "unknown key of `sources` `K91`", "K19"),
    ("source: {ties: K19}", "source: {ties: [K19, L22]}", "powers.north.source.ties[2]", "unknown key of `sources`", ""),
    ("sources: [K19]", "sources: [K18]", "powers.west.sources[1]", "unknown key of `sources`", "K19"),
    ("sources:\n", "mechanisms: {trial_baloon: false}\nsources:\n", "mechanisms.trial_baloon", "unknown mechanism", "trial_balloon"),
    ("sources:\n", "mechanisms: {delay: NO}\nsources:\n", "mechanisms.delay", "must be true or false", "false"),
    # things that do not fit together
    ("share: 0.6", "share: 0.5", "public.language_groups", "must sum to 1; they sum to 0.9", ""),
    ("oil: 3, elder: 1", "oil: 4, elder: 1", "timeline.bridge.wishes.oil", "4 is outside the option numbers 1 to 3", ""),
    ("oil: 3, elder: 1", "oil: 0, elder: 1", "timeline.bridge.wishes.oil", "0 is outside the option numbers 1 to 3", ""),
    ("due: 2020-08", "status_quo: 3.5", "timeline.bridge.status_quo", "3.5 is outside the option numbers", ""),
    ("sovereignty: [0, 0, 0.2]", "sovereignty: [0, 0.2]", "timeline.bridge.sovereignty", "each of the 3 options, not 2", ""),
    ("rents: {oil_gas: [0, 0, 0.4]}", "rents: {oil_gas: [0]}", "timeline.bridge.rents.oil_gas", "each of the 3 options, not 1", ""),
    ("opening: [0, 0, 0.1]", "opening: [0, 0, 1.1]", "timeline.bridge.opening[3]", "1.1 is outside the range from -1 to 1", ""),
    ("options: [refuse, wait, build]", "options: [wait, build, wait]", "timeline.bridge.options", "two options have the same text", ""),
    ("options: [refuse, wait, build]", "options: [1, wait, build]", "timeline.bridge.options[1]", "must be a text", '"1"'),
    ("  - {date: 2020-05, event", "  - {id: storm, date: 2020-05, event", "timeline.storm.id", "used twice in this timeline (first on line", ""),
    ("id: storm", "id: Big Storm", "timeline.Big Storm.id", "small letters a-z, digits and -", "big-storm"),
    ("dossier: build-the-bridge", "dossier: Build it", "timeline.bridge.dossier", "small letters", "build-it"),
    ("date: 2020-05, event: sanctions", "date: 2020-05, evnt: sanctions", "timeline.2020-05", "needs the key `event` (something that happens), `dossier`", ""),
    ("dossier: build-the-bridge", "dosier: build-the-bridge", "timeline.bridge.dosier", "unknown key", "dossier"),
    ("event: war", "event: feast", "timeline.storm.event", "it must be one of: war, sanctions,", ""),
    ("event: war, by: north", "event: war", "timeline.storm", "`war` needs the key `by`", ""),
    ("event: war, by: north", "event: war, by: north, on: west", "timeline.storm.on", "`war` takes no `on`", ""),
    ("event: war, by: north", "event: unrest, sign: 1", "timeline.storm.sign", "`unrest` takes no `sign`", ""),
    ("event: war, by: north", "event: income_shock, sign: 0", "timeline.storm.sign", "must be -1 (a fall) or 1", ""),
    ("event: war, by: north", "event: purge, actors: []", "timeline.storm.actors", "names nobody", ""),
    ("  west:\n    name", "  West:\n    name", "powers.West", "ids are small letters", "west"),
    # what is missing
    ("title: A small country\n", "", "title", "the key `title` is missing", ""),
    ("start: 2020-01\n", "", "start", "the key `start` is missing", ""),
    ("    name: North\n", "", "powers.north.name", "the key `name` is missing", ""),
    ("  doubt: 0.2\n", "", "stocks.doubt", "the key `doubt` is missing", ""),
    ("{security: 0.9, economy: 0.7, ", "{security: 0.9, ", "powers.north.engagement.economy", "name all three domains", ""),
    ("date: 2020-03, ", "", "timeline.storm.date", "the key `date` is missing", ""),
    ("    domain: economy\n", "", "timeline.bridge.domain", "the key `domain` is missing", ""),
    # inheritance
    ("  west:\n", "  us:\n  west:\n", "powers.us", "is empty (null drops something inherited", ""),
    ("sources:\n", "remove: [storm]\nsources:\n", "remove[1]", "no inherited timeline entry has the id `storm`", ""),
]  # fmt: skip

NOISY = {"West": 7, "evnt": 2, "dosier": 2}
"""Cases in which one slip rightly gives more than one message."""


@pytest.mark.parametrize(("old", "new", "key", "message", "suggestion"), SHAPES)
def test_message(desk, old: str, new: str, key: str, message: str, suggestion: str) -> None:
    problems = desk.problems(desk.edited(old, new))
    fitting = [problem for problem in problems if problem.key == key and message in problem.message]
    assert fitting, "\n".join(map(str, problems))
    assert fitting[0].suggestion == suggestion
    assert fitting[0].file == "edited.yaml"
    assert fitting[0].line is not None and fitting[0].line >= 1
    expected = next((count for word, count in NOISY.items() if word in new), 1)
    assert len(problems) == expected, "\n".join(map(str, problems))


def test_lines_are_those_of_the_culprits(desk, line_of: Callable[[Path, str], int]) -> None:
    path = desk.edited("pressure: 0.4", "presure: 0.4")
    assert desk.problem(path).line == line_of(path, "presure")
    path = desk.edited(
        "    rents: {oil_gas: [0, 0, 0.4]}",
        "    rents:\n      oil_gas:\n        - 0\n        - 0\n        - 7",
    )
    assert desk.problem(path).line == line_of(path, "        - 7")


def test_all_errors_in_one_pass(desk) -> None:
    text = desk.minimal.replace("pressure: 0.4", "presure: 2").replace("share: 0.6", "share: NO")
    text = text.replace("by: north", "by: nort").replace("end: 2021-12", "end: 2021-13\nend: 2021-12")
    problems = desk.problems(desk.write("bad.yaml", text))
    keys = [problem.key for problem in problems]
    assert {"powers.north.presure", "public.language_groups.kazakh.share", "timeline.storm.by", "end"} <= set(keys)
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)


def test_duplicate_key(desk) -> None:
    problem = desk.problem(desk.edited("citizens: 200", "citizens: 200\ncitizens: 300"))
    assert (problem.key, problem.line) == ("citizens", 8)
    assert problem.message == "the key `citizens` is written twice (first on line 7)"
    problem = desk.problem(desk.edited("exposure: {north: 0.2}", "exposure: {north: 0.2, north: 0.3}"))
    assert problem.key == "public.language_groups.kazakh.exposure.north"


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", 1, "the file is empty"),
        (b"# only a comment\n", 1, "the file is empty"),
        (b"- a\n- b\n", 1, "a scenario is a mapping"),
        (b"just words\n", 1, "a scenario is a mapping"),
        (b"title: [open\n", 2, "this is not valid YAML"),
        (b"title: a\n\tx: b\n", 2, "this is not valid YAML"),
        (b"title: a\nsummary: \xff\xfe\n", 2, "not written in UTF-8"),
        (b"title: a\x01\n", 1, "this is not valid YAML"),
        (b"schema: 1\n---\nschema: 1\n", 2, "a second YAML document"),
        (b"a: &a [*a]\n", 1, "stands for nothing that is complete before it"),
        (b"a: *b\n", 1, "stands for nothing"),
        (b"? [a]\n: 1\n", 1, "a key must be a plain word"),
        (b"a: " + b"[" * 40 + b"]" * 40, 1, "nested too deeply"),
        (b"a: " + b"[" * 3000 + b"]" * 3000, 1, "nested too deeply"),
        (b"title: x\n" * 200_000, None, "larger than 1,000 kB"),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else None,
)
def test_unreadable_text(desk, content: bytes, line: int | None, message: str) -> None:
    path = desk.folder / "odd.yaml"
    path.write_bytes(content)
    problem = desk.problem(path)
    assert message in problem.message
    assert problem.line == line


def test_alias_bomb(desk) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for last, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{last}'] * 10)}]")
    assert "aliases and lists grow" in desk.problem(desk.write("bomb.yaml", "\n".join(lines))).message


def test_tags_and_merge_keys(desk) -> None:
    assert "tags such as" in desk.problem(desk.edited("citizens: 200", "citizens: !!int 200")).message
    text = "powers:\n  north: &north\n".join(desk.minimal.split("powers:\n  north:\n"))
    path = desk.write("merge.yaml", text.replace("  west:\n", "  west:\n    <<: *north\n"))
    assert desk.problem(path).message == "merge keys are not used in scenarios; use `extends`"


def test_aliases_are_allowed(desk) -> None:
    text = desk.minimal.replace("pressure: 0.4", "pressure: &p {2020-01: 0.4, 2020-06: 0.6}")
    path = desk.write("alias.yaml", text.replace("    interest: {2020-01: 0.5, 2021-01: 0.9}", "    pressure: *p"))
    scenario = load_scenario(path)
    assert scenario.powers["west"].pressure == scenario.powers["north"].pressure


def test_files_that_are_none(desk) -> None:
    problem = desk.problem(desk.folder / "minimel.yaml")
    assert (problem.message, problem.suggestion) == ("there is no such file", "minimal.yaml")
    assert desk.problem(desk.folder).message == "this is a folder; a scenario is a YAML file"
    with pytest.raises(ScenarioErrors, match="cannot be read"):
        load_scenario("x\0.yaml")
    with pytest.raises(ScenarioErrors, match="no packaged scenario `no-such-world`"):
        load_scenario("no-such-world")
    assert check("./nothing.yaml")[0][0].message == "there is no such file"


def test_a_misspelt_power_is_not_a_new_one(desk) -> None:
    timeline = "timeline:\n  - {date: 2020-07, event: threat, by: nort}\n"
    problems = desk.problems(desk.child(f"powers:\n  nort:\n    interest: 0.3\n{timeline}"))
    found = {(problem.key, problem.suggestion) for problem in problems}
    assert found == {("powers.nort", "north"), ("timeline.threat-nort-2020-07.by", "north")}
    first = next(problem for problem in problems if problem.key == "powers.nort")
    assert first.line == 5
    assert first.message == "unknown power `nort`; a new one needs name, capability, engagement, ties"
    away = desk.problems(desk.child("powers:\n  mars:\n    interest: 0.3\n"))
    assert {problem.message for problem in away} >= {"the key `name` is missing", "the key `ties` is missing"}


@pytest.mark.parametrize(
    ("written", "meant"), [("1e9", "1000000000"), ("5e-1", "0.5"), ("1e-7", "1.0e-07"), ("2e20", "2.0e+20")]
)
def test_a_suggested_number_is_read_as_one(desk, written: str, meant: str) -> None:
    problem = desk.problem(desk.edited("pressure: 0.4", f"pressure: {written}"))
    assert problem.suggestion == meant and isinstance(scalar(meant), (int, float))


def test_an_id_made_of_a_bad_name_is_not_a_second_problem(desk) -> None:
    entry = "{date: 2020-07, dossier: two words, domain: politics, options: [a, b]}"
    assert desk.problem(desk.child(f"timeline:\n  - {entry}\n")).suggestion == "two-words"


def test_schema_number(desk) -> None:
    assert "`schema` is missing" in desk.problem(desk.edited("schema: 1\n", "")).message
    newer = desk.problem(desk.edited("schema: 1", "schema: 7\nunheard_of: 1"))
    assert newer.message.startswith("the file is written in schema 7, and this version reads up to schema 1")
    assert "must be the number" in desk.problem(desk.edited("schema: 1", "schema: one")).message
    assert "must be the number" in desk.problem(desk.edited("schema: 1", "schema: true")).message
    assert "must be the number" in desk.problem(desk.edited("schema: 1", "schema: -1")).message


@pytest.mark.parametrize("count", [1, 7])
def test_number_of_options(desk, count: int) -> None:
    options = ", ".join(f"option {number}" for number in range(count))
    text = f"timeline:\n  - {{date: 2020-07, dossier: d, domain: politics, options: [{options}]}}\n"
    assert desk.problem(desk.child(text)).message == f"a dossier has 2 to 6 options, not {count}"


def test_dossier_that_opens_twice(desk) -> None:
    entry = "{date: 2020-07, dossier: d, domain: politics, options: [a, b]}"
    problem = desk.problem(desk.child(f"timeline:\n  - {entry}\n  - {entry}\n"))
    assert problem.message == "the dossier `d` opens twice in that month"


def test_event_and_dossier_at_once(desk) -> None:
    text = "timeline:\n  - {date: 2020-07, dossier: d, event: war, by: north, domain: politics, options: [a, b]}\n"
    keys = [problem.key for problem in desk.problems(desk.child(text))]
    assert "timeline.d-2020-07.event" in keys


def test_ids_are_used_once(desk) -> None:
    text = "informal:\n  north: {name: N, clout: 0.1, loyalty: 0.5}\n  public: {name: P, clout: 0.1, loyalty: 0.5}\n"
    messages = [problem.message for problem in desk.problems(desk.child(text))]
    assert messages == [
        "the id `north` is already that of `powers.north`; ids are used once",
        "the id `public` is already that of the constituency; ids are used once",
    ]


def test_elder_must_exist_to_wish(desk) -> None:
    path = desk.edited(
        "  elder: {title: First President, veto: true, until: 2021-02, stakes: {north: 0.4}, sovereignty: 0.5}\n",
        "",
    )
    assert desk.problem(path).key == "timeline.bridge.wishes.elder"


RECORDS = {
    "decision.rationality": SimpleNamespace(
        name="Rationality", default=2.0, low=0.5, high=8.0, allowed=(0.5, 8.0), integer=False
    ),
    "public.degree": SimpleNamespace(
        name="Degree", default=10.0, low=4.0, high=20.0, allowed=(4.0, 20.0), integer=True
    ),
}


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multivector.scenario.records.load_records", lambda: RECORDS)


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize(
    ("text", "key", "message", "suggestion"),
    [
        ("{decision.rationalty: 3}", "decision.rationalty", "unknown parameter", "decision.rationality"),
        ("{rationality: 3}", "rationality", "unknown parameter", "decision.rationality"),
        (
            "{decision: {rationality: 9}}",
            "decision.rationality",
            "9 is outside the range of Rationality (0.5 to 8)",
            "",
        ),
        ("{decision.rationality: NO}", "decision.rationality", "not the text `NO`", ""),
        ("{public.degree: 4.5}", "public.degree", "Degree is a whole number, not 4.5", ""),
        ("{decision.rationality: 1, decision: {rationality: 2}}", "decision.rationality", "given twice", ""),
    ],
)
def test_parameters(desk, text: str, key: str, message: str, suggestion: str) -> None:
    problem = desk.problem(desk.child(f"parameters: {text}\n"))
    assert problem.key == f"parameters.{key}"
    assert message in problem.message
    assert problem.suggestion == suggestion


@pytest.mark.usefixtures("records")
def test_parameter_values_are_complete(desk) -> None:
    scenario = desk.load("parameters: {decision: {rationality: 3}}\n")
    assert scenario.parameter_values == {"decision.rationality": 3.0, "public.degree": 10.0}
    assert scenario.parameters == {"decision.rationality": 3.0}
    assert scenario.hash != desk.load().hash


def test_text_of_the_exception() -> None:
    one = Problem("a.yaml", 3, "powers.x", "unknown key", "powers.y")
    assert str(one) == "a.yaml:3: powers.x: unknown key; did you mean `powers.y`?"
    assert str(ScenarioErrors([one])).splitlines() == ["1 problem in the scenario:", f"  {one}"]
    assert one.as_dict() == {
        "file": "a.yaml",
        "line": 3,
        "key": "powers.x",
        "message": "unknown key",
        "suggestion": "powers.y",
    }
