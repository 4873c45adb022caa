# ruff: noqa: E501 - tables of cases read best one to a line
"""Overlays: package defaults < extends < the scenario < --set."""

from __future__ import annotations

import pytest

from multivector.scenario import ScenarioErrors, load_scenario


def test_a_path_replaces_the_parents_path(desk) -> None:
    north = desk.load("powers: {north: {pressure: {2020-01: 0.1, 2020-12: 0.9}}}\n").powers["north"]
    for domain in ("politics", "economy", "security"):
        assert north.pressure.domain(domain).plain() == {"2020-01": 0.1, "2020-12": 0.9}
    assert north.name == "North"


def test_domains_merge(desk) -> None:
    scenario = desk.load("powers: {north: {engagement: {politics: 0.3}, pressure: {security: 0.9}}}\n")
    north = scenario.powers["north"]
    assert north.engagement.plain() == {"politics": 0.3, "economy": 0.7, "security": 0.9}
    assert north.pressure.plain() == {"politics": 0.4, "economy": 0.4, "security": 0.9}
    assert "powers.north.pressure.security: 0.4 -> 0.9" in scenario.changes


def test_a_number_replaces_all_domains(desk) -> None:
    assert desk.load("powers: {north: {engagement: 0.5}}\n").powers["north"].engagement.plain() == 0.5


def test_domains_merge_over_a_dated_path(desk) -> None:
    desk.child("powers: {west: {engagement: {2020-01: 0.2, 2021-01: 0.4}}}\n", "parent.yaml")
    path = desk.write(
        "grandchild.yaml",
        "schema: 1\ntitle: G\nextends: parent\npowers: {west: {engagement: {economy: 0.9}}}\n",
    )
    scenario = load_scenario(path)
    engagement = scenario.powers["west"].engagement
    assert engagement.domain("economy").plain() == 0.9
    assert engagement.domain("security").plain() == {"2020-01": 0.2, "2021-01": 0.4}
    assert scenario.lineage == ("parent", "minimal")


def test_groups_merge_and_a_new_group_may_come(desk) -> None:
    text = """\
public:
  language_groups:
    kazakh: {share: 0.5}
    english: {name: English-language media, share: 0.1}
powers:
  north: {affinity: {english: -0.5}}
  west: {affinity: 0.3}
"""
    scenario = desk.load(text)
    affinity = {group: path.initial for group, path in scenario.powers["north"].affinity.items()}
    assert affinity == {"kazakh": 0.2, "russian": pytest.approx(0.48), "english": -0.5}
    assert {group: path.initial for group, path in scenario.powers["west"].affinity.items()} == {
        "kazakh": 0.3,
        "russian": 0.3,
        "english": 0.3,
    }
    assert list(scenario.public.language_groups) == ["kazakh", "russian", "english"]


def test_timeline_appends_replaces_removes_and_sorts(desk) -> None:
    text = """\
timeline:
  - {date: 2021-06, event: reform}
  - {id: storm, date: 2021-01, event: war, by: west}
  - {date: 2020-02, event: doubt, severity: 0.2}
remove: [bridge]
"""
    scenario = desk.load(text)
    assert [(entry.id, entry.date) for entry in scenario.timeline] == [
        ("doubt-2020-02", "2020-02"),
        ("sanctions-north-2020-05", "2020-05"),
        ("storm", "2021-01"),
        ("reform-2021-06", "2021-06"),
    ]
    assert {"timeline.storm: replaced", "timeline.bridge: removed"} <= set(scenario.changes)


def test_entries_get_ids_and_titles(desk) -> None:
    scenario = desk.load("timeline:\n  - {date: 2020-09, event: reform}\n  - {date: 2020-09, event: reform}\n")
    assert [entry.id for entry in scenario.timeline][-2:] == ["reform-2020-09", "reform-2020-09-2"]
    titles = {entry.id: entry.title for entry in scenario.timeline}
    assert titles["storm"] == "War by North"
    assert titles["bridge"] == "Build the bridge"


def test_a_dropped_power_goes_with_its_references(desk) -> None:
    scenario = desk.load("powers: {north: null}\n")
    assert list(scenario.powers) == ["west"]
    assert [entry.id for entry in scenario.timeline] == ["bridge"]
    assert "north" not in scenario.timeline[0].wishes
    assert scenario.offices.elder.stakes == {}
    assert scenario.stocks.obligation == {}
    assert {"powers.north: dropped", "timeline.storm: dropped with north"} <= set(scenario.changes)


def test_a_dropped_power_cannot_be_named_again(desk) -> None:
    path = desk.child("powers: {north: null}\ntimeline:\n  - {date: 2020-09, event: war, by: north}\n")
    assert desk.problem(path).key == "timeline.war-north-2020-09.by"
    desk.child("powers: {north: null}\n", "parent.yaml")
    path = desk.write(
        "grandchild.yaml",
        "schema: 1\ntitle: G\nextends: parent\npowers: {west: {rivalry: {north: 1}}}\n",
    )
    assert desk.problem(path).key == "powers.west.rivalry.north"


@pytest.mark.parametrize(
    "text",
    [
        "formal: {ministry: null}",
        "informal: {oil: null}",
        "economy: {sectors: {oil_gas: null}}",
        "offices: {elder: null}",
    ],
)
def test_anything_named_can_be_dropped(desk, text: str) -> None:
    scenario = desk.load(text + "\n")
    assert any(change.endswith(": dropped") for change in scenario.changes)


def test_nothing_to_drop(desk) -> None:
    problem = desk.problem(desk.child("powers: {nort: null}\n"))
    assert (problem.key, problem.suggestion) == ("powers.nort", "north")
    assert "nothing of this name is" in problem.message


def test_own_keys_are_not_inherited(desk) -> None:
    scenario = desk.load()
    assert (scenario.title, scenario.summary) == ("Child", None)
    path = desk.write("untitled.yaml", "schema: 1\nextends: minimal\n")
    assert desk.problem(path).key == "title"


def test_problems_name_the_file_they_are_in(desk) -> None:
    text = desk.minimal.replace("pressure: 0.4", "pressure: 4").replace("rivalry: {west: 0.9}", "rivalry: {wst: 1}")
    desk.write("parent.yaml", text)
    path = desk.write("c.yaml", "schema: 1\ntitle: C\nextends: parent\npowers: {west: {values: 2}}\n")
    found = [(problem.file, problem.key) for problem in desk.problems(path)]
    assert found == [
        ("c.yaml", "powers.west.values"),
        ("parent.yaml", "powers.north.pressure"),
        ("parent.yaml", "powers.north.rivalry.wst"),
    ]


def test_missing_parent(desk) -> None:
    path = desk.write("c.yaml", "schema: 1\ntitle: C\nextends: minimel\npowers: {west: {valus: 1}}\n")
    found = [(problem.key, problem.message, problem.suggestion) for problem in desk.problems(path)]
    assert found == [
        ("extends", "there is no scenario `minimel` to extend", "minimal"),
        ("powers.west.valus", "unknown key", "values"),
    ]


def test_circles(desk) -> None:
    for name, parent in (("a", "b"), ("b", "c"), ("c", "a"), ("own", "own")):
        desk.write(f"{name}.yaml", f"schema: 1\ntitle: T\nextends: {parent}\n")
    problem = desk.problem(desk.folder / "a.yaml")
    assert problem.message == "extends in a circle: a -> b -> c -> a"
    assert (problem.file, problem.line, problem.key) == ("c.yaml", 3, "extends")
    assert desk.problem(desk.folder / "own.yaml").message == "extends in a circle: own -> own"


def test_a_long_chain_is_refused(desk) -> None:
    for number in range(25):
        desk.write(f"s{number}.yaml", f"schema: 1\ntitle: T\nextends: s{number + 1}\n")
    assert desk.problem(desk.folder / "s0.yaml").message == "more than 20 scenarios extend one another"


def test_extends_by_path_and_beside_first(desk, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = desk.folder / "packaged"
    packaged.mkdir()
    monkeypatch.setattr("multivector.scenario.catalogue.shipped_folder", lambda: packaged)
    (packaged / "minimal.yaml").write_text(desk.minimal.replace("citizens: 200", "citizens: 300"), encoding="utf-8")
    (packaged / "other.yaml").write_text(desk.minimal.replace("citizens: 200", "citizens: 400"), encoding="utf-8")
    assert desk.load().citizens == 200
    assert load_scenario("minimal").citizens == 300
    other = desk.write("x.yaml", "schema: 1\ntitle: X\nextends: other\n")
    assert load_scenario(other).citizens == 400
    # a file may carry the name of the packaged scenario that it builds on
    same = desk.write("other.yaml", "schema: 1\ntitle: X\nextends: other\nend: 2021-06\n")
    assert load_scenario(same).citizens == 400
    (desk.folder / "sub").mkdir()
    below = desk.write("sub/y.yaml", "schema: 1\ntitle: Y\nextends: ../minimal.yaml\n")
    assert load_scenario(below).citizens == 200


def test_abstract(desk) -> None:
    from multivector.scenario import check

    text = desk.minimal.replace("schema: 1", "schema: 1\nabstract: true")
    text = text.replace("start: 2020-01\nend: 2021-12\n", "").replace("    name: North\n", "")
    path = desk.write("country.yaml", text)
    assert check(path) == ([], [])
    assert "abstract" in desk.problem(path).message
    child = desk.write(
        "episode.yaml",
        "schema: 1\ntitle: E\nextends: country\nstart: 2020-01\nend: 2020-06\npowers: {north: {name: N}}\n",
    )
    assert load_scenario(child).months == 6
    incomplete = desk.write("short.yaml", "schema: 1\ntitle: E\nextends: country\nstart: 2020-01\n")
    assert {problem.key for problem in desk.problems(incomplete)} == {"end", "powers.north.name"}
    broken = desk.write("country.yaml", text.replace("pressure: 0.4", "presure: 0.4"))
    assert [problem.key for problem in check(broken)[0]] == ["powers.north.presure"]


def test_entries_outside_are_warned_of(desk) -> None:
    path = desk.child("start: 2020-04\ntimeline:\n  - {date: 2022-05, event: reform}\n")
    warnings = desk.warnings(path)
    assert [str(warning) for warning in warnings] == [
        "child.yaml: timeline: 1 entry lies before the start and has no effect: storm",
        "child.yaml:6: timeline.reform-2022-05.date: 2022-05 lies after the end: the entry has no effect",
    ]
    scenario = load_scenario(path)
    assert scenario.warnings == tuple(warnings)
    assert [entry.id for entry in scenario.timeline] == ["sanctions-north-2020-05", "bridge"]


def test_what_the_command_line_leaves_out_is_counted(desk) -> None:
    scenario = load_scenario(desk.folder / "minimal.yaml", months=4)
    assert [str(warning) for warning in scenario.warnings] == [
        "minimal.yaml: timeline: 2 entries lie after the end and have no effect: sanctions-north-2020-05, bridge",
    ]


def test_records_are_read_at_the_childs_start(desk) -> None:
    scenario = desk.load("start: 2021-01\n")
    assert scenario.stocks.grievance.initial == 0.4
    assert scenario.powers["north"].ties.initial.tolist() == [0.6, 0.6, 0.9]
    assert desk.load().stocks.grievance.initial == pytest.approx(0.3)


SETS = [
    ("powers.north.pressure=0.8", lambda s: s.powers["north"].pressure.plain(), 0.8),
    ("powers.north.pressure.security=0.9", lambda s: s.powers["north"].pressure.plain(), {"politics": 0.4, "economy": 0.4, "security": 0.9}),
    ("powers.west.pressure.security=0.9", lambda s: s.powers["west"].pressure.plain(), {"politics": 0.0, "economy": 0.0, "security": 0.9}),
    ("powers.north.pressure={2020-01: 0.1, 2021-01: 0.3}", lambda s: s.powers["north"].pressure.plain(), {"2020-01": 0.1, "2021-01": 0.3}),
    ("powers.north.engagement*=0.5", lambda s: s.powers["north"].engagement.plain(), {"politics": {"2019-01": 0.4, "2021-01": 0.25}, "economy": 0.35, "security": 0.45}),
    ("powers.north.engagement.politics+=0.1", lambda s: s.powers["north"].engagement.domain("politics").plain(), {"2019-01": 0.9, "2021-01": 0.6}),
    ("powers.north.engagement.politics.2021-01=0.7", lambda s: s.powers["north"].engagement.domain("politics").plain(), {"2019-01": 0.8, "2021-01": 0.7}),
    ("powers.west.interest+=0.1", lambda s: s.powers["west"].interest.plain(), {"2020-01": 0.6, "2021-01": 1.0}),
    ("powers.north.interest*=0.5", lambda s: s.powers["north"].interest.plain(), 0.5),
    ("powers.north.affinity.kazakh+=0.1", lambda s: s.powers["north"].affinity["kazakh"].initial, 0.3),
    ("powers.west.affinity.russian=-1", lambda s: s.powers["west"].affinity["russian"].initial, -1.0),
    ("powers.west.rivalry.north+=0.25", lambda s: s.powers["west"].rivalry, {"north": 0.25}),
    ("doctrine.balance*=0.5", lambda s: s.doctrine.balance.plain(), 0.5),
    ("mechanisms.trial_balloon=false", lambda s: s.mechanism("trial_balloon"), False),
    ("citizens*=2", lambda s: s.citizens, 400),
    ("timeline.storm.severity=0.1", lambda s: s.timeline[0].severity, 0.1),
    ("timeline.bridge.options.2=hold on", lambda s: s.timeline[2].options[1], "hold on"),
    ("timeline=[]", lambda s: s.timeline, ()),
    ("powers.north=null", lambda s: list(s.powers), ["west"]),
    ("powers.east={name: East, capability: 0.2, engagement: 0.1, ties: 0.1}", lambda s: s.powers["east"].name, "East"),
    ("offices.elder=null", lambda s: s.offices.elder, None),
    (" powers.north.pressure *= 0.5 ", lambda s: s.powers["north"].pressure.plain(), 0.2),
    ("informal.oil.sector=null", lambda s: s.informal["oil"].sector, None),
    ("end=2020-12", lambda s: s.months, 12),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "read", "expected"), SETS, ids=[case[0] for case in SETS])
def test_set(desk, expression: str, read, expected: object) -> None:
    path = desk.edited(", elder: 1}", "}") if expression == "offices.elder=null" else desk.folder / "minimal.yaml"
    scenario = load_scenario(path, sets=[expression])
    assert read(scenario) == pytest.approx(expected) if isinstance(expected, float) else read(scenario) == expected
    assert scenario.changes, "old -> new is logged"
    assert scenario.hash != load_scenario(path).hash


def test_set_is_logged_old_to_new(desk) -> None:
    scenario = desk.load(sets=["powers.north.pressure=0.8", "doctrine.balance*=0.5", "powers.west.interest+=0.1"])
    assert scenario.changes == (
        "powers.north.pressure: 0.4 -> 0.8",
        "doctrine.balance: 1.0 -> 0.5",
        "powers.west.interest: {2020-01: 0.5, 2021-01: 0.9} -> {2020-01: 0.6, 2021-01: 1.0}",
    )


BAD_SETS = [
    ("powers.north.pressure=1.4", "powers.north.pressure", "1.4 is outside the range from 0 to 1", ""),
    ("powers.west.interest+=0.2", "powers.west.interest.2021-01", "1.1 is outside", ""),
    ("powers.nort.pressure=0.8", "powers.nort.pressure", "there is no `powers.nort`", "north"),
    ("powers.nort=0.8", "powers.nort", "there is no `powers.nort`, and a new one needs a mapping", "north"),
    ("powers.north.presure=0.8", "powers.north.presure", "unknown key", "pressure"),
    ("powers.north.pressure.securty=0.8", "powers.north.pressure.securty", "unknown part of `powers.north.pressure`", "security"),
    ("power.north.pressure=0.8", "power.north.pressure", "there is no `power`", "powers"),
    ("powers.north.pressure=NO", "powers.north.pressure", "must be a number", ""),
    ("powers.north.pressure=true", "powers.north.pressure", "must be a number", ""),
    ("powers.north.pressure=", "powers.north.pressure", "has no value", ""),
    ("powers.north.pressure=[1", "powers.north.pressure", "not valid YAML", ""),
    ("powers.north.pressure*=much", "powers.north.pressure", "`*=` needs a number, not much", ""),
    ("powers.north.name*=2", "powers.north.name", "transforms numbers, and North is none", ""),
    ("powers.north.zeal*=2", "powers.north.zeal", "there is no number here", ""),
    ("powers.north.pressure", "", "is not of the form path=value", ""),
    ("powers..pressure=1", "powers..pressure", "empty part", ""),
    ("citizens.x=1", "citizens.x", "is a single value", ""),
    ("start=2020-13", "start", "no month 13", ""),
    ("schema=2", "schema", "belongs to the file", ""),
    ("extends=minimal", "extends", "belongs to the file", ""),
    ("mechanisms.trial_baloon=false", "mechanisms.trial_baloon", "unknown mechanism", "trial_balloon"),
    ("parameters.no.such=1", "parameters.no.such", "unknown parameter", ""),
    ("timeline.strom.severity=1", "timeline.strom.severity", "no timeline entry has the id `strom`", "storm"),
    ("timeline.bridge.options.9=x", "timeline.bridge.options.9", "a list has items 1 to 3", ""),
    ("powers.nort=null", "powers.nort", "nothing here to drop", "north"),
    ("powers=null", "powers", "the key `powers` is missing", ""),
    ("timeline.storm.by=nort", "timeline.storm.by", "unknown power", "north"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "key", "message", "suggestion"), BAD_SETS, ids=[c[0] for c in BAD_SETS])
def test_bad_set(desk, expression: str, key: str, message: str, suggestion: str) -> None:
    problems = desk.problems(desk.folder / "minimal.yaml", sets=[expression])
    fitting = [problem for problem in problems if problem.key == key and message in problem.message]
    assert fitting, "\n".join(map(str, problems))
    assert fitting[0].suggestion == suggestion
    if expression != "powers=null":
        assert len(problems) == 1
        assert (fitting[0].file, fitting[0].line) == ("--set", None)


def test_all_bad_sets_in_one_pass(desk) -> None:
    problems = desk.problems(desk.child("citzens: 3\n"), sets=["powers.nort.pressure=1", "citizens=0", "x"])
    assert [(problem.file, problem.key) for problem in problems] == [
        ("child.yaml", "citzens"),
        ("--set", "powers.nort.pressure"),
        ("--set", ""),
        ("--set", "citizens"),
    ]


def test_arguments(desk) -> None:
    scenario = desk.load(start="2020-02", months=5, citizens=50)
    assert (scenario.start, scenario.end, scenario.months, scenario.citizens) == ("2020-02", "2020-06", 5, 50)
    assert "end: 2021-12 -> 2020-06" in scenario.changes
    assert desk.load(end="2020-02").months == 2
    path = desk.child("")
    assert desk.problem(path, months=0).file == "--months"
    assert desk.problem(path, months=3, end="2021-01").message == "give the end or the number of months, not both"
    assert desk.problem(path, citizens=0).file == "--citizens"
    assert desk.problem(path, start="2022-1").suggestion == "2022-01"
    assert desk.problem(path, start="2022-01").message == "the end lies before the start (2022-01)"


def test_with_sets(desk) -> None:
    base = desk.load()
    changed = base.with_sets(["powers.north.pressure=0.8"])
    assert changed.hash == desk.load(sets=["powers.north.pressure=0.8"]).hash
    assert (changed.id, changed.lineage) == (base.id, base.lineage)
    assert changed.changes == ("powers.north.pressure: 0.4 -> 0.8",)
    with pytest.raises(ScenarioErrors, match=r"--set: powers\.north\.pressure"):
        base.with_sets(["powers.north.pressure=8"])
