from __future__ import annotations

from multivector.model import simulate_block
from multivector.politics.replay import Replay
from tests.model.runs import ensemble, scenario


def test_replaying_a_run_into_its_own_scenario_gives_it_back() -> None:
    base = ensemble("ukraine-war-2022")
    again = simulate_block(scenario("ukraine-war-2022"), worlds=range(32), seed=7, replay=Replay(base["decisions"]))
    left, right = base["worlds"], again["worlds"]
    for name in ("total_engagement", "openness", "autonomy", "grievance"):
        assert (left[name] == right[name]).all(), name


def test_replayed_decisions_are_the_base_ones_under_other_pressure() -> None:
    base = ensemble("pressure-none")
    other = scenario("pressure-russia")
    direct = simulate_block(other, worlds=range(32), seed=7, replay=Replay(base["decisions"]))
    chosen = base["decisions"].astype({"dossier": "str", "move": "str"})
    repeated = direct["decisions"].astype({"dossier": "str", "move": "str"})
    both = chosen.merge(repeated, on=["world", "dossier", "month"], suffixes=("", "_again"))
    assert len(both) > 100
    assert (both["option"] == both["option_again"]).all() and (both["move"] == both["move_again"]).all()
    free = simulate_block(other, worlds=range(32), seed=7)
    assert not free["worlds"]["autonomy"].equals(direct["worlds"]["autonomy"])
