"""The bench: plans, shared runs, forced decisions, readings; every observable gives one number a world."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.lab.run import execute, simulate
from multivector.lab.validation.bench import Bench, Job, arms_of, bundles_of, run_job
from multivector.lab.validation.judge import Finding
from multivector.lab.validation.patterns import load_patterns
from multivector.lab.validation.reading import Reading
from multivector.lab.validation.reckon import across, dossier_mean, pooled, ratio, scripted, smaller
from multivector.lab.validation.report import by_clearance, sentences
from multivector.lab.validation.robust import (
    Held,
    Judged,
    drivers,
    hypercube,
    robustness,
    robustness_document,
)
from multivector.lab.validation.street import street
from multivector.lab.validation.variants import Forced, Shelf, Unready, Variant, scaled
from multivector.parameters import load_records
from multivector.scenario import Scenario, load_scenario
from multivector.scenario.paths import DOMAINS

WORLDS, CITIZENS = 16, 50


def run(variant: Variant, worlds: int = 8, influence: tuple[str, ...] = ()) -> Reading:
    scenario, _, months = Shelf(citizens=CITIZENS).resolve(variant)
    return run_job(Job(scenario, months, tuple(range(worlds)), 7, influence, variant.forced, 1))


@pytest.fixture(scope="module")
def crimea() -> Reading:
    return run(Variant("crimea-2014", months=12), influence=("informal", "public", "parliament"))


# --- variants -------------------------------------------------------------------------------------------------


def test_equal_content_is_one_run() -> None:
    shelf = Shelf()
    plain = Variant("crimea-2014")
    same = plain.set("powers.russia.interest=1.0")
    assert shelf.resolve(plain)[1] == shelf.resolve(same)[1]
    assert shelf.resolve(plain)[1] == shelf.resolve(Variant("crimea-2014", months=5))[1]
    for other in (
        plain.set("powers.russia.interest=0.9"),
        plain.switched("visits"),
        plain.force(Forced(1, kind="routine")),
        plain.minus("crimea"),
    ):
        assert shelf.resolve(other)[1] != shelf.resolve(plain)[1]


def test_what_cannot_be_made_says_why() -> None:
    shelf = Shelf()
    with pytest.raises(Unready, match="scenario nowhere"):
        shelf.resolve(Variant("nowhere"))
    with pytest.raises(Unready, match="no timeline entry 'x'"):
        shelf.resolve(Variant("crimea-2014").minus("x"))
    with pytest.raises(Unready, match=r"powers\.rusia"):
        shelf.resolve(Variant("crimea-2014").set("powers.rusia.interest=1"))


def test_a_scaled_path_keeps_its_start_when_the_change_comes_later() -> None:
    name = "western-withdrawal-2021"
    scenario = load_scenario(name)
    for later in (False, True):
        changed = Shelf().resolve(Variant(name).set(*scaled(scenario, ["us"], 0.5, later=later)))[0]
        for domain in DOMAINS:
            was, is_ = (one.powers["us"].engagement.domain(domain) for one in (scenario, changed))
            assert is_.at(scenario.start) == pytest.approx(was.at(scenario.start) * (1.0 if later else 0.5))
            assert is_.at(scenario.end) == pytest.approx(was.at(scenario.end) * 0.5)


def test_a_parameter_set_gives_way_to_what_a_variant_states() -> None:
    shelf = Shelf(parameters={"decision.rationality": 7.0, "decision.horizon": 20.0})
    scenario = shelf.resolve(Variant("crimea-2014").set("parameters.decision.horizon=30"))[0]
    assert scenario.parameter_values["decision.rationality"] == 7.0
    assert scenario.parameter_values["decision.horizon"] == 30.0


# --- readings -------------------------------------------------------------------------------------------------


def test_a_reading_is_the_run(crimea: Reading) -> None:
    scenario = load_scenario("crimea-2014", months=12, citizens=CITIZENS)
    ensemble = simulate(scenario, 8, 7, influence=("informal", "public", "parliament"))
    table = ensemble["decisions"]
    frame = crimea.decisions
    assert (frame["month"].to_numpy() == table["month"].to_numpy()).all()
    assert list(frame["dossier"]) == list(table["dossier"])
    tie = ensemble["ties"].query("world == 3 and month == 5 and power == 'eu' and domain == 'security'")["tie"]
    assert crimea.tie[5, 3, crimea.powers.index("eu"), 2] == pytest.approx(float(tie.iloc[0]))
    # P(option) is a distribution over the options there are
    assert np.nansum(crimea.chance, axis=1) == pytest.approx(np.ones(len(frame)))
    assert (np.isfinite(crimea.chance).sum(axis=1) == frame["n_options"].to_numpy()).all()
    chosen = ensemble["actions"].merge(table, on=["world", "decision", "option", "move"], suffixes=("", "_d"))
    assert chosen["cost_elite"].sum() == pytest.approx(frame["elite_cost"].sum())


def test_agreement_in_votes_is_the_table() -> None:
    variant = Variant("new-asian-partners", months=2)
    reading = run(variant, 2)
    scenario = Shelf(citizens=CITIZENS).resolve(variant)[0]
    table = simulate(load_scenario("new-asian-partners", months=2, citizens=CITIZENS), 2, 7)["assembly"]
    voting = [power for power, one in scenario.powers.items() if one.assembly is not None]
    assert voting and len(voting) < len(scenario.powers)
    for index, power in enumerate(reading.powers):
        found = reading.agreement[1, 1, index]
        row = table.query("world == 1 and month == 1 and power == @power")["agreement"]
        assert found == pytest.approx(float(row.iloc[0])) if power in voting else np.isnan(found)


def test_bodies_are_compromises() -> None:
    """The tables' congruence is measured from the same means, but for settlement and what bends clout in the rule."""
    changes = [f"mechanisms.{name}=false" for name in ("settlement", "dismissal", "foreign_links")]
    frame = run(Variant("crimea-2014", months=12).set(*changes)).decisions
    table = simulate(load_scenario("crimea-2014", sets=changes, months=12, citizens=CITIZENS), 8, 7)["decisions"]
    settled = frame["option"].to_numpy() > 0
    for body in ("formal", "informal", "public"):
        mine = 1.0 - np.abs(frame[body].to_numpy() - frame["position"].to_numpy())
        assert mine[settled] == pytest.approx(table[f"congruence_{body}"].to_numpy()[settled])


def test_a_shorter_run_is_the_beginning_of_a_longer_one(crimea: Reading) -> None:
    short = run(Variant("crimea-2014", months=7))
    cut = crimea.cut(7)
    assert (short.tie == cut.tie).all() and np.array_equal(short.chance, cut.chance, equal_nan=True)
    assert len(short.decisions) == len(cut.decisions)
    assert short.decisions.equals(cut.decisions)


def test_blocks_join_to_the_whole(crimea: Reading) -> None:
    scenario, _, months = Shelf(citizens=CITIZENS).resolve(Variant("crimea-2014", months=12))
    whole = run_job(Job(scenario, months, tuple(range(32)), 7, (), (), 1))
    parts = [run_job(Job(scenario, months, ids, 7, (), (), 1)) for ids in (tuple(range(16)), tuple(range(16, 32)))]
    joined = Reading.join(parts)
    assert (joined.tie == whole.tie).all() and (joined.loyalty == whole.loyalty).all()
    assert np.array_equal(joined.chance, whole.chance, equal_nan=True)
    assert (joined.decisions["row"].to_numpy() == whole.decisions["row"].to_numpy()).all()


def test_forced_decisions_are_taken_and_others_repeat() -> None:
    base = Variant("crimea-2014", months=8)
    free, forced = run(base), run(base.force(Forced(-1, dossier="eurasian-union-treaty")))
    treaty = forced.decisions["dossier"] == "eurasian-union-treaty"
    assert treaty.any() and (forced.decisions.loc[treaty, "option"] == 4).all()
    for reading in (free, forced):
        vote = reading.decisions[reading.decisions["dossier"] == "crimea-vote"]
        assert list(vote["option"]) == list(free.decisions[free.decisions["dossier"] == "crimea-vote"]["option"])


def test_forced_runs_share_their_free_run() -> None:
    """What one bundle gives is what each run gives alone, whichever is the longest."""
    base = Variant("crimea-2014", months=8)
    variants = [
        base,
        base.force(Forced(1, kind="routine")),
        Variant("crimea-2014", months=5).force(Forced(2, kind="routine")),
    ]
    for order in ((0, 1, 2), (1, 2, 0)):
        free: dict[int, Any] = {}
        for variant in (variants[index] for index in order):
            scenario, _, months = Shelf(citizens=CITIZENS).resolve(variant)
            together = run_job(Job(scenario, months, tuple(range(4)), 7, (), variant.forced, 1), free)
            alone = run(variant, 4)
            assert (together.tie == alone.tie).all() and together.decisions.equals(alone.decisions)


def test_bundles_hold_every_run_once() -> None:
    _, needs = Bench(worlds=2)._plan([load_patterns()[name] for name in ("S3", "N15", "SF16", "N4")], {})
    bundles = bundles_of(needs)
    assert {key for keys in bundles for key in keys} == set(needs)
    assert sum(len(keys) for keys in bundles) == len(needs)
    assert any(len(keys) > 1 for keys in bundles)
    for keys in bundles:
        assert len({key[:2] for key in keys}) == 1  # they differ in forced decisions only
        lengths = [needs[key].months for key in keys]
        assert lengths == sorted(lengths, reverse=True)


# --- influence ------------------------------------------------------------------------------------------------


def test_measuring_influence_changes_nothing_else(scenario: Scenario) -> None:
    plain, measured = execute(scenario, 8).ensemble, execute(scenario, 8, influence=True).ensemble
    assert "influence" not in plain.tables
    for name, table in plain.tables.items():
        assert table.equals(measured[name]), name
    table = measured["influence"]
    assert list(table.columns) == ["world", "decision", "group", "influence"]
    assert table["influence"].between(0.0, 1.0).all() and (table["influence"] > 0).any()
    assert len(table) == 5 * len(measured["decisions"])
    assert set(table["decision"].astype("object")) == set(measured["decisions"]["decision"].astype("object"))


def test_who_is_not_there_cannot_be_measured(scenario: Scenario) -> None:
    with pytest.raises(Exception, match="no actor or group is called 'nobody'"):
        execute(scenario, 4, influence=["nobody"])


def test_influence_survives_blocks_and_storage(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> None:
    from multivector.ensemble import Ensemble

    whole = execute(scenario, 32, influence=("public",)).ensemble
    blocks = execute(scenario, 32, influence=("public",), block=16).ensemble
    assert whole["influence"]["influence"].tolist() == blocks["influence"]["influence"].tolist()
    folder = whole.save(tmp_path_factory.mktemp("influence"))
    assert Ensemble.load(folder)["influence"]["influence"].tolist() == whole["influence"]["influence"].tolist()


# --- reckoning ------------------------------------------------------------------------------------------------


def test_pooled_shares_have_the_pooled_mean() -> None:
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 4, size=(2, 60)).astype(float)
    totals = rng.binomial(counts.astype(int), [[0.7], [0.2]]).astype(float)
    found = pooled((1.0, totals[0], counts[0]), (-1.0, totals[1], counts[1]))
    assert found.mean() == pytest.approx(totals[0].sum() / counts[0].sum() - totals[1].sum() / counts[1].sum())
    assert np.isnan(pooled((1.0, totals[0], np.zeros(60)))).all()


def test_means_over_months_then_dossiers(crimea: Reading) -> None:
    mask = scripted(crimea)
    assert dossier_mean(crimea, mask, np.ones(len(mask))) == pytest.approx(np.ones(crimea.size))
    assert np.isnan(dossier_mean(crimea, ~mask & mask, np.ones(len(mask)))).all()


def test_a_ratio_of_means() -> None:
    rng = np.random.default_rng(2)
    whole = rng.normal(1.0, 0.2, 50)
    part = 0.4 * whole + rng.normal(0.0, 0.01, 50)
    assert ratio(part, whole).mean() == pytest.approx(part.mean() / whole.mean())
    assert ratio(part, whole).std() < part.std()  # what varies with the whole is no error of the ratio
    assert np.isnan(ratio(part, np.zeros(50))).all()


def test_across_and_smaller() -> None:
    one, other = np.array([1.0, np.nan]), np.array([3.0, 5.0])
    assert across(one, other).tolist() == [2.0, 5.0]
    assert smaller(one, other) is one


# --- every pattern's machinery --------------------------------------------------------------------------------


class StandIn:
    """Each scenario is run once, as it stands; its reading stands in for every variant of it.

    What observables say then means nothing, but all their code runs on readings of the right shape.
    """

    def __init__(self, bench: Bench) -> None:
        _, needs = bench._plan(list(load_patterns().values()), {})
        self.months: dict[str, int] = {}
        self.influence: dict[str, list[str]] = {}
        for need in needs.values():
            name = need.scenario.id
            self.months[name] = max(self.months.get(name, 1), need.months)
            self.influence.setdefault(name, []).extend(need.influence)
        self.readings: dict[str, Reading] = {}

    def __call__(self, job: Job, free: dict[int, Any] | None = None) -> Reading:
        name = job.scenario.id
        if name not in self.readings:
            variant = Variant(name, months=self.months[name])
            self.readings[name] = run(variant, WORLDS, tuple(dict.fromkeys(self.influence[name])))
        return self.readings[name].cut(job.months)


def check_values(values: dict[tuple[str, str], np.ndarray | str], arm: str = "on") -> None:
    for name, pattern in load_patterns().items():
        found = values[name, arm]
        assert not isinstance(found, str), f"{name}: {found}"
        assert found.shape in ((WORLDS,), (WORLDS * pattern.worlds,)) and found.dtype == np.float64
        assert not np.isinf(found).any(), name


def test_the_machinery_of_every_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    told = Bench(worlds=WORLDS, citizens=CITIZENS, progress=lambda done, total: seen.append((done, total)))
    monkeypatch.setattr("multivector.lab.validation.bench.run_job", StandIn(told))
    patterns = list(load_patterns().values())
    values = told.measure(patterns)
    check_values(values)
    assert set(values) == {(one.id, arm.name) for one in patterns for arm in arms_of(one)}
    assert not [found for found in values.values() if isinstance(found, str)]
    assert seen[-1][0] == seen[-1][1] and [one[0] for one in seen] == sorted(one[0] for one in seen)
    assert len(seen) < told.runs < 7 * len(patterns)  # some runs go together


@pytest.mark.slow
def test_every_observable_gives_one_number_a_world() -> None:
    bench = Bench(worlds=WORLDS, citizens=CITIZENS, arms=("on",), threads=1)
    check_values(bench.measure(list(load_patterns().values())))


def test_a_pattern_that_cannot_run_does_not_stop_the_others() -> None:
    broken = load_patterns()["B8"].model_copy(update={"id": "N99"})
    (judged,) = Bench(worlds=2, citizens=CITIZENS, arms=("on",)).judge([broken])
    assert judged.on.trouble == "no observable is written for it" and not judged.counts


@pytest.mark.slow
def test_several_processes_give_the_same() -> None:
    chosen = [load_patterns()[name] for name in ("S9",)]
    alone, together = (Bench(worlds=4, citizens=CITIZENS, workers=workers).judge(chosen) for workers in (1, 2))
    assert alone == together


@pytest.mark.slow
def test_the_full_table() -> None:
    """Every arm of every pattern comes to a verdict (what holds is told by docs/validation.md)."""
    judged = Bench(worlds=64, citizens=200, workers=2).judge(list(load_patterns().values()))
    assert [one.pattern.id for one in judged if one.on.trouble and "failed with" in one.on.trouble] == []
    assert sum(one.counts for one in judged) >= 0.5 * len(judged)


# --- robustness -----------------------------------------------------------------------------------------------


def test_the_hypercube_uses_every_part_of_every_range_once() -> None:
    sets = hypercube(7, seed=3)
    assert sets == hypercube(7, seed=3) != hypercube(7, seed=4)
    for path, record in load_records().items():
        found = sorted(one[path] for one in sets)
        assert record.low <= found[0] and found[-1] <= record.high
        if not record.integer:
            part = [int((value - record.low) / (record.high - record.low) * 7) for value in found]
            assert part == list(range(7)), path


@given(spread=st.floats(0.01, 1.0))
@settings(max_examples=5, deadline=None)
def test_a_narrower_spread_keeps_to_its_part_of_every_range_around_the_default(spread: float) -> None:
    sets = hypercube(9, seed=3, spread=spread)
    for path, record in load_records().items():
        slack = 0.5 if record.integer else 1e-9 * max(abs(record.high), 1.0)
        for one in sets:
            assert one[path] >= record.default - spread * (record.default - record.low) - slack, path
            assert one[path] <= record.default + spread * (record.high - record.default) + slack, path


def test_robustness_tells_shares() -> None:
    results = robustness([load_patterns()["S9"]], 2, worlds=4, citizens=20)
    whole = robustness_document(results, worlds=4)
    assert whole["sets"] == 2 and whole["patterns"][0]["id"] == "S9"
    assert 0.0 <= whole["patterns"][0]["share_counts"] <= whole["patterns"][0]["share_passed"] <= 1.0


@pytest.mark.parametrize(
    ("on", "off", "held", "asked"),
    [
        ("passed", "failed", (True, True), [("on", 4), ("off", 4)]),
        ("failed", "failed", (False, False), [("on", 4)]),
        ("undecided", "failed", (True, True), [("on", 4), ("on", 24), ("off", 4)]),
        ("undecided", "undecided", (False, True), [("on", 4), ("on", 24), ("off", 4), ("off", 24)]),
    ],
)
def test_what_few_worlds_leave_undecided_is_judged_again_in_both_arms(
    monkeypatch: pytest.MonkeyPatch, on: str, off: str, held: tuple[bool, bool], asked: list[tuple[str, int]]
) -> None:
    pattern, calls = load_patterns()["S9"], []

    class Planted(Bench):
        """Few worlds give the planted verdicts; more of them let whatever was undecided pass."""

        def findings(self, patterns: Any) -> Any:
            found: dict[str, dict[str, Finding]] = {}
            for one in patterns:
                calls.append((self.arms[0], self.worlds))
                verdict: Any = (on if self.arms[0] == "on" else off) if self.worlds == 4 else "passed"
                arms = arms_of(one, self.arms)
                found[one.id] = {arm.name: Finding(0.02, 0.0, 0.04, self.worlds, verdict) for arm in arms}
            return found

    monkeypatch.setattr("multivector.lab.validation.robust.Bench", Planted)
    one = robustness([pattern], 1, worlds=4, citizens=20, again=6)[0].patterns["S9"]
    assert (one.counts, one.passed) == held and calls == asked
    calls.clear()
    alone = robustness([pattern], 1, worlds=4, citizens=20, again=1)[0].patterns["S9"]
    assert alone.passed == (on == "passed") and all(worlds == 4 for _, worlds in calls)


def test_drivers_are_what_was_planted() -> None:
    sets = hypercube(60, seed=5)
    planted = {index: one["elite.slope"] - 0.2 * one["mass.slope"] for index, one in enumerate(sets)}
    named = drivers({**planted, 3: None}, sets)
    assert named[0]["parameter"] == "elite.slope" and named[0]["rho"] > 0.5
    assert all(one["rho"] < 0 for one in named if one["parameter"] == "mass.slope")
    noise = np.random.default_rng(9).uniform(size=(20, 60))
    chance = [drivers(dict(enumerate(row.tolist())), sets) for row in noise]
    assert sum(map(bool, chance)) <= 4  # one in twenty is named by chance
    assert drivers(dict.fromkeys(range(60), 1.0), sets) == [] == drivers({0: 1.0}, sets)


def test_robustness_goes_on_after_finished_sets(tmp_path: Path) -> None:
    patterns = [load_patterns()["S9"]]
    first = robustness(patterns, 2, worlds=4, citizens=20, folder=tmp_path)
    kept = {file.name: file.stat().st_mtime_ns for file in tmp_path.glob("set-*.json")}
    assert len(kept) == 2
    sorted(tmp_path.glob("set-*.json"))[1].unlink()
    told: list[tuple[int, int]] = []
    second = robustness(
        patterns, 2, worlds=4, citizens=20, folder=tmp_path, progress=lambda done, total: told.append((done, total))
    )
    assert second == first and told == [(1, 2), (2, 2)]
    again = {file.name: file.stat().st_mtime_ns for file in tmp_path.glob("set-*.json")}
    assert again.keys() == kept.keys()
    assert sum(again[name] == kept[name] for name in kept) == 1


def test_a_narrowed_reading_is_the_run_of_fewer_worlds() -> None:
    scenario = load_scenario("succession-2019", citizens=40)
    many, few = (run_job(Job(scenario, 8, tuple(range(n)), 7, threads=1)) for n in (6, 3))
    cut = many.narrow(3)
    np.testing.assert_array_equal(cut.tie, few.tie)
    np.testing.assert_array_equal(cut.chance, few.chance)
    np.testing.assert_array_equal(cut.votes[0].counted, few.votes[0].counted)
    assert cut.worlds == few.worlds and len(cut.events) == len(few.events)


# --- the record of the street -----------------------------------------------------------------------------------


def test_the_record_of_the_street_comes_out_at_the_defaults_and_rules_out_extremes() -> None:
    assert street({}).holds
    always, never = (street({"unrest.threshold_mean": value}) for value in (0.7, 1.5))
    assert not always.holds and always.autumn > 6.0
    assert not never.holds and never.january == 0.0


@pytest.mark.slow
def test_ranges_are_cut_by_the_street_only_where_it_rules_values_out() -> None:
    """Half the default either way breaks the record of the street; halfway to where the range ends it comes out."""
    cut = [one for one in load_records().values() if one.range_source and "streets.py" in one.range_source]
    ends = [
        (one.path, one.default, end, rule * one.default)
        for one in cut
        for end, rule in ((one.low, 0.5), (one.high, 1.5))
        if abs(end - one.default) < abs(rule - 1.0) * one.default * (1.0 - 1e-9)
    ]
    assert len(cut) > 8 and {path for path, *_ in ends} == {one.path for one in cut}
    for path, default, end, rule in ends:
        assert not street({path: rule}).holds, f"{path}: the street leaves {rule:g} too"
        assert street({path: (default + end) / 2.0}).holds, f"{path}: not even halfway to {end:g}"


def test_patterns_clear_of_their_threshold_are_told_from_those_near_it() -> None:
    def row(name: str, value: float, above: float | None, counts: bool = True) -> dict[str, Any]:
        return {"id": name, "value": value, "threshold": {"above": above}, "counts": counts}

    rows = [row("clear", 0.4, 0.2), row("near", 0.3, 0.2), row("fails", 0.1, 0.2, False), row("other", 0.3, None)]
    held = [{"id": name, "share_counts": share} for name, share in (("clear", 0.9), ("near", 0.4), ("fails", 0.0))]
    assert by_clearance([*rows, row("not judged", 1.0, 0.2)], held) == ([0.9], [0.4])


def test_shares_are_told_of_the_sets_with_the_street_too() -> None:
    counts, fails = Held(True, True, 1.0), Held(False, True, 0.0)
    results = {0: Judged(True, {"S9": counts}), 1: Judged(False, {"S9": fails}), 2: Judged(False, {"S9": fails})}
    whole = robustness_document(results)
    assert whole["median"] == pytest.approx(1 / 3) and whole["under_half"] == 1
    assert whole["street"] == {"sets": 1, "median": 1.0, "under_half": 0}
    assert robustness_document({1: results[1]})["street"] == {"sets": 0, "median": None, "under_half": 0}


def test_the_sums_name_every_pattern_that_does_not_count() -> None:
    def row(name: str, word: str) -> dict[str, Any]:
        return {"id": name, "word": word, "trouble": "no world" if word == "no value" else None}

    rows = [
        row("N1", "counts"),
        row("N2", "failed"),
        row("N3", "failed"),
        row("N4", "undecided"),
        row("N5", "no value"),
    ]
    sums = {"proves_nothing": [], "undecided": ["N4"], "placebo_breaks": [], "taste": []}
    said = sentences({"counted": 1, "total": 5, "patterns": rows, **sums})
    assert any(line.startswith("Failed") and "2 (N2, N3)" in line for line in said)
    assert any(line.startswith("Statistically undecided") and "1 (N4)" in line for line in said)
    assert any(line.startswith("No value") and "(N5)" in line for line in said)
