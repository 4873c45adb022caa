"""What is packaged, migration, the JSON Schema, the template, and imports that stay light."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from multivector.scenario import (
    ScenarioErrors,
    check,
    find_scenario,
    json_schema,
    list_scenarios,
    load_scenario,
    migrate,
    new_scenario_text,
)
from multivector.scenario.catalogue import _top_level

SHIPPED = [info.name for info in list_scenarios()]


def test_at_least_eight_are_shipped() -> None:
    asked = {"baseline-2019", "crimea-2014", "western-withdrawal-2021", "january-2022", "ukraine-war-2022"}
    asked |= {"khorgos-closure", "pipeline-cutoff", "great-power-thaw"}
    asked |= {"hard-currency-1992", "osce-bid-2003", "land-protests-2016", "xinjiang-2017", "succession-2019"}
    asked |= {"relocators-2022", "sole-rule-2022", "visa-free-china-2023", "earthquake-aid-2023"}
    asked |= {"new-asian-partners", "central-asian-neighbours"}
    asked |= {f"pressure-{who}" for who in ("none", "russia", "china", "west", "all")}
    assert asked <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped(name: str, tmp_path) -> None:
    errors, _ = check(name)
    assert not errors, "\n".join(map(str, errors))
    info = next(info for info in list_scenarios() if info.name == name)
    assert info.title and info.summary and info.path == find_scenario(name)
    if info.abstract:
        with pytest.raises(ScenarioErrors, match="abstract"):
            load_scenario(name)
        return
    scenario = load_scenario(name)
    assert (scenario.title, scenario.summary) == (info.title, info.summary)
    (tmp_path / "again.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
    assert load_scenario(tmp_path / "again.yaml").hash == scenario.hash


def test_the_pressure_family_differs_only_in_pressure() -> None:
    base = load_scenario("baseline-2019").to_dict()
    for who in ("none", "russia", "china", "west", "all"):
        other = load_scenario(f"pressure-{who}").to_dict()
        assert other["powers"] != base["powers"]
        for data in (base, other):
            data.pop("title")
            data.pop("summary", None)
            data.pop("sources", None)
            for power in data["powers"].values():
                for key in ("pressure", "notes", "source", "sources"):
                    power.pop(key, None)
        assert other == base
        base = load_scenario("baseline-2019").to_dict()


@pytest.mark.parametrize(
    ("name", "pair", "added"),
    [
        ("new-asian-partners", "baseline-2019", {"india", "japan"}),
        ("central-asian-neighbours", "western-withdrawal-2021", {"neighbours"}),
    ],
)
def test_a_matched_pair_differs_only_in_the_added_powers(name: str, pair: str, added: set[str]) -> None:
    def without_added(value: object) -> object:
        if isinstance(value, dict):
            kept = {key: without_added(inner) for key, inner in value.items() if key not in added}
            return {key: inner for key, inner in kept.items() if inner != {}}
        return value

    plain, wider = load_scenario(pair).to_dict(), load_scenario(name).to_dict()
    assert set(wider["powers"]) - set(plain["powers"]) == added
    ids = {entry["id"] for entry in plain["timeline"]}
    for entry in wider["timeline"]:
        if entry["id"] not in ids:
            assert entry.get("with") in added or set(entry.get("wishes", ())) <= added, entry["id"]
    wider["timeline"] = [entry for entry in wider["timeline"] if entry["id"] in ids]
    for data in (plain, wider):
        for key in ("title", "summary", "sources"):
            data.pop(key, None)
    assert without_added(wider) == without_added(plain)


def test_unknown_name() -> None:
    with pytest.raises(ScenarioErrors) as caught:
        find_scenario("ukraine-war-2020")
    assert caught.value.problems[0].suggestion == "ukraine-war-2022"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("title: Plain words  # a remark\nx: 1\n", "Plain words"),
        ('x: 1\ntitle: "Quoted: \\"well\\""\n', 'Quoted: "well"'),
        ("title: 'It''s'\n", "It's"),
        ("title: >-\n  Folded\n  words\n\nx: 1\n", "Folded words"),
        ("title: Two\n  lines\nx: 1\n", "Two lines"),
        ("other: 1\n", ""),
    ],
)
def test_light_reading(text: str, title: str) -> None:
    assert _top_level(text, "title") == title


def test_listing_is_light() -> None:
    code = (
        "import sys; from multivector.scenario import list_scenarios, ScenarioErrors; list_scenarios();"
        "heavy = {'pydantic', 'ruamel.yaml', 'numpy', 'pandas'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


OLD = """\
# the first draft   (schema 0)
schema: 0   # old
title: Old
extends: minimal
start: 2020-02
months: 6   # half a year
great_powers:
  north: {pressure: 0.2}
timeline:
  - {date: 2020-04, type: reform}
"""


def test_migration_edits_only_what_changed() -> None:
    new = migrate(OLD)
    expected = OLD.replace("schema: 0 ", "schema: 1 ").replace("months: 6", "end: 2020-07")
    assert new == expected.replace("great_powers", "powers").replace("type:", "event:")
    assert migrate(new) == new


def test_an_older_file_is_read_with_a_warning(desk) -> None:
    path = desk.write("old.yaml", OLD)
    scenario = load_scenario(path)
    assert (scenario.end, scenario.powers["north"].pressure.plain()) == ("2020-07", 0.2)
    assert any(entry.id == "reform-2020-04" for entry in scenario.timeline)
    assert str(desk.warnings(path)[0]).startswith("old.yaml:2: schema: written in schema 0, read as schema 1")
    assert path.read_text(encoding="utf-8") == OLD


def test_errors_in_an_older_file_keep_their_lines(desk) -> None:
    problem = desk.problem(desk.write("old.yaml", OLD.replace("pressure: 0.2", "presure: 0.2")))
    assert (problem.line, problem.key) == (8, "powers.north.presure")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("months: 6", "months: six", "counts `months` from `start`"),
        ("start: 2020-02\n", "", "counts `months` from `start`"),
        ("months: 6", "months:\n  6", "cannot be migrated by itself"),
        ("schema: 0", "schema: 3", "written in schema 3"),
        ("schema: 0   # old\n", "", "`schema` is missing"),
        ("title: Old", "title: [", "not valid YAML"),
    ],
)
def test_what_cannot_be_migrated(desk, old: str, new: str, message: str) -> None:
    with pytest.raises(ScenarioErrors, match="problem") as caught:
        migrate(OLD.replace(old, new))
    assert message in str(caught.value)
    assert message in str(desk.problems(desk.write("old.yaml", OLD.replace(old, new)))[0])


def test_json_schema_describes_every_field() -> None:
    schema = json_schema()
    json.dumps(schema)
    assert schema["required"] == ["schema", "title"]
    assert "required" not in schema["$defs"]["Power"]
    for name, part in {**schema["$defs"], "top": schema}.items():
        for key, field in part["properties"].items():
            assert field.get("description"), f"{name}.{key} has no description"
    assert {"type": "null"} in schema["properties"]["powers"]["additionalProperties"]["anyOf"]
    assert "trial_balloon" in schema["properties"]["mechanisms"]["properties"]


def test_template_checks_clean(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("my-world", "no", "2030"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(new_scenario_text(name), encoding="utf-8")
        assert check(path) == ([], [])
        assert load_scenario(f"./{name}.yaml").lineage[0] == "baseline-2019"
        example = re.search(r"such as (\{decision\..*\})\.", path.read_text(encoding="utf-8"))
        path.write_text(
            path.read_text(encoding="utf-8").replace("parameters: {}", f"parameters: {example[1]}"),
            encoding="utf-8",
        )
        assert check(path) == ([], [])
    with pytest.raises(ValueError, match="small letters"):
        new_scenario_text("My World")
