"""What the workers really do: levers that move the scenario, a run packed for the page, rounds of the president."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace

import numpy as np
import pytest

from multivector.app.asked import Asked
from multivector.app.cache import Cache
from multivector.app.levers import levers_of
from multivector.app.limits import Limits
from multivector.app.pages import LANGUAGES, campaign, page, words_of
from multivector.app.pool import Pool
from multivector.app.work import AIMS, Task, describe, key_of, page_run
from multivector.scenario import Scenario, load_scenario
from multivector.scenario.catalogue import find_scenario
from multivector.scenario.schema import Dossier
from tests.app.test_pool import ended


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("january-2022", months=6, citizens=64)


def moved(lever: dict) -> str:
    """The expression that moves a lever away from where it stands."""
    if lever["kind"] == "choice":
        return f"{lever['id']}=1"
    if lever["kind"] == "switch":
        return f"{lever['id']}={str(not lever['value']).lower()}"
    other = lever["low"] if abs(lever["value"] - lever["low"]) > 1e-9 else lever["high"]
    return f"{lever['id']}{lever['operator']}{other!r}"


def test_every_lever_is_taken_and_changes_the_scenario(scenario: Scenario) -> None:
    groups = levers_of(scenario)
    assert [group["id"] for group in groups] == ["decisions", "doctrine", "powers", "mechanisms", "parameters"]
    levers = [lever for group in groups for lever in group["levers"]]
    assert len({lever["id"] for lever in levers}) == len(levers)
    # at the defaults of its own, moving all back and forth is checked as a file would be
    for group in groups[:4]:
        for lever in group["levers"][:4]:
            assert scenario.with_sets([moved(lever)]).hash != scenario.hash, lever["id"]
    every = [moved(lever) for group in groups[1:] for lever in group["levers"] if group["id"] != "mechanisms"]
    assert scenario.with_sets(every).hash != scenario.hash


def test_a_run_is_packed_with_what_the_page_draws(scenario: Scenario) -> None:
    told = []
    body, facts, medians = page_run(scenario, tuple(range(5)), 7, lambda done, total: told.append(done / total))
    found = json.loads(body)
    shape = (len(found["series"]), 5, len(found["dates"]))
    level = np.frombuffer(zlib.decompress(base64.b64decode(found["values"])), dtype=np.uint8).reshape(shape)
    for index, one in enumerate(found["series"]):
        values = one["low"] + level[index] * (one["high"] - one["low"]) / 255
        assert abs(np.median(values[:, -1]) - medians[one["id"]]) <= (one["high"] - one["low"]) / 255 + 1e-12
    assert {one["id"] for one in found["series"]} >= {*AIMS, "kept", "tie.russia"}
    assert told[-1] == 1.0 and told == sorted(told)
    assert set(found["dossiers"]) == set(facts["dossiers"]) and len(found["dossiers"])
    again, *_ = page_run(scenario, tuple(range(5)), 7)
    assert again == body  # the same worlds for everybody


def test_the_key_follows_what_is_resolved(scenario: Scenario) -> None:
    asked = Asked("january-2022", "", (), 7, 10, None)
    same = key_of(scenario.with_sets(["title=Another title"]), asked)
    assert key_of(scenario, asked) == same
    assert key_of(scenario, replace(asked, seed=8)) != same
    assert key_of(scenario, replace(asked, worlds=11)) != same
    assert key_of(scenario.with_sets(["doctrine.listening=1"]), asked) != same


@pytest.mark.parametrize("number", range(len(campaign()["rounds"])))
def test_rounds_of_the_president_are_real_dossiers(number: int) -> None:
    one = campaign()["rounds"][number]
    found = load_scenario(find_scenario(one["scenario"]))
    entry = next(each for each in found.timeline if each.id == one["entry"])
    assert isinstance(entry, Dossier) and 1 <= one["history"] <= len(entry.options) and one["record"]
    said = describe(found, Asked(one["scenario"], "", (), 7, 10, None))
    lever = next(each for each in said["groups"][0]["levers"] if each["id"] == f"timeline.{one['entry']}.decided")
    assert len(lever["briefing"]) >= 3 and lever["options"] == list(entry.options)
    assert not any("probability" in each for each in lever["briefing"])


def test_pages_in_every_language_name_every_word_that_the_script_asks_for() -> None:
    import re

    from multivector.app.pages import _script

    asked = set(re.findall(r"""\bt\("([a-z_0-9]+)\"""", _script()))
    for language in LANGUAGES:
        assert asked - set(words_of(language)) == set()
        for kind in ("live", "teacher"):
            text = page(kind, language, "january-2022", classroom=True)
            assert f'<html lang="{language}">' in text and "{{" not in text


@pytest.mark.slow
def test_a_real_worker_runs_stops_and_is_bounded() -> None:
    pool = Pool(replace(Limits(), workers=1), Cache(10_000_000))
    pool.start()
    try:
        asked = Asked("january-2022", "", ("citizens=200",), 7, 16, None)
        done = ended(pool.submit("a", Task("run", asked)), 180)
        assert done.state == "done" and json.loads(pool.cache.get(done.key).body)["worlds"] == 16  # type: ignore[union-attr]
        # the same scenario said otherwise is known
        other = replace(asked, sets=(), citizens=200)
        assert ended(pool.submit("a", Task("run", other))).key == done.key
        bad = ended(pool.submit("a", Task("run", replace(asked, scenario="", yaml="schema: 1\ntitle: x\n"))))
        assert bad.state == "failed" and bad.problems
        long = pool.submit("a", Task("run", replace(asked, scenario="ukraine-war-2022", worlds=150)))
        while long.done == 0:
            assert not long.ended
        pool.cancel("a")
        assert ended(pool.submit("a", Task("describe", asked))).state == "done"
    finally:
        pool.close()
