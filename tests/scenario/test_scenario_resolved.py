"""The resolved scenario: paths, hash, the file it writes, the world in which nothing changes."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from multivector.scenario import DOMAINS, MECHANISMS, DomainPaths, Path, load_scenario, scenario_from_dict
from multivector.scenario.errors import ScenarioErrors
from multivector.scenario.records import parameter_records


def test_path_between_points() -> None:
    path = Path.dated({"2020-03": 0.6, "2020-01": 0.2}, start="2020-01")
    assert path.at("2020-02") == pytest.approx(0.4)
    assert path.at(1) == pytest.approx(0.4)
    assert path.at("1999-01") == 0.2 and path.at("2050-01") == 0.6
    assert path.initial == 0.2
    values = path.values("2019-12", 5)
    assert values.dtype == np.float64
    assert values.tolist() == pytest.approx([0.2, 0.2, 0.4, 0.6, 0.6])
    assert path.values(2, 2).tolist() == pytest.approx([0.6, 0.6])
    assert path.held().plain() == 0.2
    assert path.plain() == {"2020-01": 0.2, "2020-03": 0.6}


def test_path_without_start_needs_dates() -> None:
    assert Path.constant(0.3).at(7) == 0.3
    with pytest.raises(ValueError, match="knows no start"):
        Path.dated({"2020-01": 0.1, "2021-01": 0.2}).at(3)
    with pytest.raises(ValueError, match="no month 13"):
        Path.dated({"2020-13": 0.1})
    with pytest.raises(ValueError, match="at least one point"):
        Path.dated({})


def test_domain_paths() -> None:
    paths = DomainPaths((Path.constant(0.1), Path.dated({"2020-01": 0.0, "2020-03": 1.0}), Path.constant(0.3)))
    assert paths.at("2020-02").tolist() == pytest.approx([0.1, 0.5, 0.3])
    assert paths.values("2020-01", 3).shape == (len(DOMAINS), 3)
    assert paths.domain("security").plain() == 0.3
    with pytest.raises(KeyError):
        paths.domain("culture")


def test_scenario_reads_like_its_file(desk) -> None:
    scenario = desk.load()
    assert (scenario.id, scenario.months, scenario.start) == ("child", 24, "2020-01")
    assert scenario.dates[0] == "2020-01" and scenario.dates[-1] == "2021-12"
    assert scenario.month_index("2020-03") == 2 and scenario.date_at(2) == "2020-03"
    assert scenario.powers["north"].capability == {"politics": 0.8, "economy": 0.6, "security": 0.9}
    assert scenario.powers["north"].engagement.domain("politics").at(0) == pytest.approx(0.65)
    assert scenario.offices.elder.in_place("2021-01") and not scenario.offices.elder.in_place("2021-02")
    assert set(scenario.mechanisms) == set(MECHANISMS) and all(scenario.mechanisms.values())
    war, sanctions, bridge = scenario.timeline
    assert (war.event, war.subject, sanctions.subject, sanctions.months) == ("war", "north", "north", 24)
    assert (bridge.dossier, bridge.middle, bridge.options) == (
        "build-the-bridge",
        2.0,
        ("refuse", "wait", "build"),
    )


def test_frozen(desk) -> None:
    scenario = desk.load()
    with pytest.raises(ValueError, match="frozen"):
        scenario.title = "x"
    with pytest.raises(ValueError, match="frozen"):
        scenario.powers["north"].name = "x"


def test_round_trip(desk) -> None:
    scenario = desk.load("mechanisms: {delay: false}\n", sets=["powers.north.pressure*=0.33333"])
    again = load_scenario(desk.write("again.yaml", scenario.to_yaml()))
    assert (again.hash, again.to_dict(), again.warnings) == (scenario.hash, scenario.to_dict(), ())
    full = load_scenario(desk.write("full.yaml", scenario.to_yaml(all_parameters=True)))
    assert full.hash == scenario.hash and full.parameters == scenario.parameter_values
    assert scenario_from_dict(scenario.to_dict()).hash == scenario.hash


@pytest.mark.parametrize(
    "title",
    ["no", "a: b", "1e3", "2020-01", "ünï – «cödé»", '"q"', "x\ty", "#x", "- y", "a\u2028b", "Qazaqstan 🦅"],
)
def test_any_title_survives(desk, title: str) -> None:
    data = {**desk.load().to_dict(), "title": title}
    scenario = scenario_from_dict(data)
    assert load_scenario(desk.write("again.yaml", scenario.to_yaml())).title == title


@pytest.mark.parametrize("number", [1e-7, 1 / 3, 0.1 + 0.2, 1e-300, 5e-324, 1.0])
def test_any_number_survives(desk, number: float) -> None:
    data = desk.load().to_dict()
    data["powers"]["north"]["pressure"] = number
    scenario = load_scenario(desk.write("again.yaml", scenario_from_dict(data).to_yaml()))
    assert scenario.powers["north"].pressure.domain("economy").initial == number


def test_pickle_and_copy(desk) -> None:
    scenario = desk.load()
    for other in (pickle.loads(pickle.dumps(scenario)), copy.deepcopy(scenario)):
        assert other == scenario and other.hash == scenario.hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: A small country", "title: Another"),
        ("summary: Two", "summary: Three"),
        ("Kassenova 2019", "Kassenova, 2019"),
        ("citizens: 200", "citizens: 200\nnotes: Hm."),
        ("severity: 0.9, source: K19", "severity: 0.9"),
        ("rivalry: {west: 0.9}\n    transit: {west: 0.5}", "transit: {west: 0.5}\n    rivalry: {west: 0.9}"),
        ("{kazakh: 0.2, russian", "{kazakh: {2020-01: 0.2, 2021-01: 0.9}, russian"),
        ("stakes: {north: 0.4}", "stakes: {north: 0.40}"),
    ],
)
def test_hash_knows_what_cannot_matter(desk, old: str, new: str) -> None:
    assert load_scenario(desk.edited(old, new)).hash == load_scenario(desk.folder / "minimal.yaml").hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("citizens: 200", "citizens: 201"),
        ("end: 2021-12", "end: 2021-11"),
        ("pressure: 0.4", "pressure: 0.41"),
        ("economy: 0.6, security: 0.9}\n    rivalry", "economy: 0.61, security: 0.9}\n    rivalry"),
        ("severity: 0.9", "severity: 0.8"),
        ("[refuse, wait, build]", "[refuse, wait long, build]"),
        ("sources:\n", "mechanisms: {media: false}\nsources:\n"),
        ("until: 2021-02", "until: 2021-03"),
    ],
)
def test_hash_knows_what_matters(desk, old: str, new: str) -> None:
    assert load_scenario(desk.edited(old, new)).hash != load_scenario(desk.folder / "minimal.yaml").hash


def test_held(desk) -> None:
    scenario = desk.load("start: 2020-07\n")
    held = scenario.held()
    assert held.timeline == () and held.months == scenario.months
    north = held.powers["north"]
    assert north.engagement.domain("politics").plain() == scenario.powers["north"].engagement.domain("politics").initial
    assert held.powers["west"].interest.plain() == pytest.approx(0.7)
    assert held.doctrine.listening.plain() == 1.0
    assert held.offices.elder.until is None and held.offices.elder.veto
    assert north.ties.initial.tolist() == scenario.powers["north"].ties.initial.tolist()
    assert held.hash != scenario.hash and held.held().hash == held.hash
    assert load_scenario(desk.write("held.yaml", held.to_yaml())).hash == held.hash
    assert desk.load("start: 2021-06\n").held().offices.elder is None


def test_a_value_outside_the_range_may_be_set_with_a_warning() -> None:
    record = parameter_records()["unrest.threshold_mean"]
    assert record.allowed[0] < 0.7 < record.low
    scenario = load_scenario("baseline-2019", sets=["parameters.unrest.threshold_mean=0.7"])
    (warning,) = scenario.warnings
    assert "1.09 to 1.194" in warning.message and "January 2022" in warning.message
    assert load_scenario("baseline-2019", sets=["parameters.unrest.threshold_mean=1.1"]).warnings == ()
    (warning,) = load_scenario("baseline-2019", sets=["parameters.decision.rationality=0"]).warnings
    assert warning.message.endswith("no study draws it")
    with pytest.raises(ScenarioErrors, match="outside the range"):
        load_scenario("baseline-2019", sets=["parameters.unrest.threshold_mean=0.5"])
