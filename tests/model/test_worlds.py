"""A world does not know its neighbours; a process does not know the others' draws."""

from __future__ import annotations

import gc
import weakref

import pandas as pd
import pytest

import multivector.model as model_module
from multivector.ensemble import TABLES, Ensemble
from multivector.model import PHASES, MultivectorModel, simulate_block
from multivector.scenario import load_scenario
from tests.model.runs import ensemble, scenario


def plain(frame: pd.DataFrame, worlds: list[int]) -> pd.DataFrame:
    """Rows of some worlds, categories as text, in a fixed order."""
    part = frame[frame["world"].isin(worlds)].copy()
    for name in part.columns:
        if isinstance(part[name].dtype, pd.CategoricalDtype) or part[name].dtype == object:
            part[name] = part[name].astype("str")
    keys = ["world", "month", "decision", "action", "constituency", "power", "domain", "kind", "subject"]
    return part.sort_values([k for k in keys if k in part.columns], kind="stable", ignore_index=True)


def assert_same(left: Ensemble, right: Ensemble, worlds: list[int]) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(
            plain(left[name], worlds), plain(right[name], worlds), check_exact=True, check_dtype=False
        )


@pytest.mark.parametrize("worlds", [[5], [17, 3, 29], list(range(16, 32))])
@pytest.mark.parametrize("threads", [1, 2])
def test_world_k_is_bit_identical_alone_and_in_a_batch(worlds: list[int], threads: int) -> None:
    batch = ensemble("ukraine-war-2022")
    few = simulate_block(scenario("ukraine-war-2022"), worlds=worlds, seed=7, threads=threads)
    assert_same(batch, few, worlds)


def test_same_seed_same_tables_and_another_seed_others() -> None:
    again = simulate_block(scenario("ukraine-war-2022"), worlds=range(32), seed=7)
    assert_same(ensemble("ukraine-war-2022"), again, list(range(32)))
    other = ensemble("ukraine-war-2022", seed=8)
    assert not other["worlds"]["grievance"].equals(again["worlds"]["grievance"])


def test_blocks_join_to_the_whole() -> None:
    parts = [simulate_block(scenario("ukraine-war-2022"), worlds=w, seed=7) for w in (range(16), range(16, 32))]
    assert_same(ensemble("ukraine-war-2022"), Ensemble.concat(parts), list(range(32)))


def test_an_extra_dossier_leaves_every_other_draw_as_it_was() -> None:
    """An ornament that nobody cares about, first on the timeline, changes nothing but its own rows."""
    # else a power may take even an ornament for a signal, or the president an ornament for an occasion to do more
    quiet = tuple(f"mechanisms.{m}=false" for m in ("misreading", "side_payment", "concession", "repression", "delay"))
    base = scenario("ukraine-war-2022", *quiet)
    plain_run = ensemble("ukraine-war-2022", *quiet)
    entry = next(e for e in base.timeline if hasattr(e, "dossier"))
    ornament = entry.model_copy(
        update={
            "id": "ornament", "dossier": "ornament", "date": base.start, "due": base.start, "wishes": {},
            "salience": {"public": 0.0, "formal": 0.0, "informal": 0.0}, "sovereignty": None, "opening": None,
            "rents": {}, "options": ("yes", "no"), "status_quo": None, "offers": {}, "forum": None, "mediation": None,
            "between": (), "expires": None,
        }
    )  # fmt: skip
    changed = base.model_copy(update={"timeline": (ornament, *base.timeline)})
    run = simulate_block(changed, worlds=range(32), seed=7)
    for name in ("worlds", "ties"):
        left = plain_run[name].drop(columns=[c for c in plain_run[name] if c.startswith("congruence")])
        right = run[name].drop(columns=[c for c in run[name] if c.startswith("congruence")])
        month0 = left["month"] == 0
        # concessions and force can still be chosen for an ornament; where it was settled plainly nothing moves
        settled = run["decisions"].query("dossier == 'ornament' and move == 'settle' and month == 0")["world"].tolist()
        assert len(settled) > 5
        pd.testing.assert_frame_equal(
            left[month0 & left["world"].isin(settled)].reset_index(drop=True),
            right[month0 & right["world"].isin(settled)].reset_index(drop=True),
            check_categorical=False,
        )
    # demands open by draws of their own: in the first month nothing could have moved them
    first = [r["decisions"].query("month == 0 and kind != 'scripted'")[["world", "dossier"]] for r in (plain_run, run)]
    assert first[0].astype("str").values.tolist() == first[1].astype("str").values.tolist()


def test_the_phases_are_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    for name, _ in PHASES:
        monkeypatch.setattr(MultivectorModel, name, lambda self, name=name: called.append(name))
    MultivectorModel(scenario("baseline-2019"), worlds=1).step()
    assert called == [name for name, _ in PHASES]


def test_models_are_freed() -> None:
    model = MultivectorModel(scenario("baseline-2019"), worlds=1)
    model.step()
    ghost = weakref.ref(model)
    del model
    gc.collect()
    assert ghost() is None


def test_a_world_that_loses_its_president_goes_on_with_a_successor() -> None:
    run = ensemble("ukraine-war-2022", "parameters.elite.base_hazard=0.006", months=60)
    worlds = run["worlds"]
    lost = worlds[worlds["lost"] != ""]
    assert len(lost) > 3
    assert len(worlds) == 32 * 60
    for row in lost.itertuples():
        after = worlds[(worlds["world"] == row.world) & (worlds["month"] == row.month)]["president"].iloc[0]
        before = worlds[(worlds["world"] == row.world) & (worlds["month"] == row.month - 1)]["president"]
        assert row.month == 0 or after == before.iloc[0] + 1
    still = ensemble("ukraine-war-2022", "mechanisms.hazard_draws=false", months=60)["worlds"]
    assert (still["president"] == 0).all() and (still["lost"] == "").all()


def test_the_model_takes_a_name_and_names_its_module() -> None:
    assert MultivectorModel("baseline-2019", worlds=[3]).worlds.tolist() == [3]
    assert load_scenario("baseline-2019").id == "baseline-2019"
    assert model_module.PHASES[0][0] == "world_turns"
