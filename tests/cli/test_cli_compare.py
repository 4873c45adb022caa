"""`multivector compare`: what it pairs, how it tells runs apart, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Cli
SMALL = ["--months", "6", "--citizens", "30", "--worlds", "4"]
PLAIN = [*SMALL, "--no-plots"]


def test_problems_of_both_sides_of_a_comparison_come_in_one_pass(cli: Cli) -> None:
    said = cli("compare", "nonsense-1", "ukraine-war-2202", "--json")
    assert said.code == 2 and [one["file"] for one in said.json["errors"]] == ["nonsense-1", "ukraine-war-2202"]


def test_a_comparison_overwrites_nothing(cli: Cli, tmp_path: Path) -> None:
    batch = ["run", "baseline-2019", "pressure-russia", *PLAIN]
    assert cli(*batch, "--out", "both").code == 0
    assert cli(*batch, "--out", "both").code == 0  # the same one
    problem = cli("compare", "both", "both", "--json").error()
    assert "is not a run folder" in problem["message"]
    problem = cli(*batch, "--seed", "8", "--out", "both", "--json").error()
    assert "both holds another comparison (baseline-2019, pressure-russia)" in problem["message"]
    assert "--force" in problem["suggestion"]
    assert cli(*batch, "--seed", "8", "--out", "both", "--force").code == 0
    one = str(next(path for path in (tmp_path / "both").iterdir() if path.is_dir()))
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.txt").write_text("", encoding="utf-8")
    for place, why in ((one, "is a run folder"), ("theirs", "holds other things")):
        assert why in cli(*batch, "--out", place, "--json").error()["message"]
        assert why in cli("compare", one, one, "--no-plots", "--out", place, "--json").error()["message"]


def test_compare_pairs_runs_and_scenarios(cli: Cli) -> None:
    cli("run", "baseline-2019", *PLAIN, "--out", "a")
    cli("run", "pressure-russia", *PLAIN, "--out", "b")
    said = cli("compare", "a", "b", "--no-plots", "--out", "c")
    assert said.code == 0 and "noise removed" in said.out
    found = cli("compare", "a", "b", "--no-plots", "--split", "--json").json
    assert found["base"]["scenario"] == "baseline-2019"
    assert {part["part"] for part in found["parts"]} == {"total", "direct", "decided"}
    assert Path("c/comparison.csv").is_file() and (Path(found["folder"]) / "parts.csv").is_file()
    ran = cli("compare", "a", "pressure-russia", "--worlds", "4", "--months", "6", "--no-plots", "--json")
    assert ran.code == 0 and len(ran.json["runs"]) == 2
    few = ("--worlds", "4", "--months", "6", "--citizens", "60", "--set", "powers.russia.pressure=0.6", "--no-plots")
    changed = cli("compare", "baseline-2019", "pressure-russia", *few, "--out", "d", "--json").json
    assert changed["runs"][1]["folder"] != ran.json["runs"][1]["folder"]
    assert cli("compare", "a", "pressure-russia", "--set", "powers.russa.pressure=1", "--json").error()["key"]


def test_compare_refuses_unpaired_seeds(cli: Cli) -> None:
    cli("run", "baseline-2019", *PLAIN, "--out", "a")
    cli("run", "baseline-2019", *PLAIN, "--seed", "8", "--out", "b")
    problem = cli("compare", "a", "b", "--json").error()
    assert "these runs are not paired: seed 7" in problem["message"]
    assert problem["suggestion"] == "run both with the same --seed"
    # what is not paired is known before anything is run
    cli("run", "baseline-2019", *PLAIN, "--world", "9", "--out", "c")
    for run, seed, why in (("a", "8", "not paired: seed 7"), ("c", "7", "no world in common")):
        few = ("--months", "6", "--worlds", "2", "--seed", seed, "--no-plots")
        assert why in cli("compare", run, "pressure-russia", *few, "--json").error()["message"]
    assert [path.name for path in Path("runs").iterdir()] == ["latest.txt"]


def test_runs_of_one_scenario_are_told_apart(cli: Cli) -> None:
    for folder, pressure in (("a", "0.9"), ("b", "0.5")):
        cli("run", "baseline-2019", *PLAIN, "--set", f"powers.russia.pressure={pressure}", "--out", folder)
    cli("run", "baseline-2019", *PLAIN, "--out", "c")
    labels = [*(f"baseline-2019 (powers.russia.pressure={level})" for level in ("0.9", "0.5")), "baseline-2019"]
    said = cli("compare", "a", "b", "c", "--out", "d")
    shown = " ".join(said.out.split())
    assert all(f"{label} − {labels[0]}, paired by world" in shown for label in labels[1:])
    assert shown.count(" autonomy ") >= 3 and "=0.9) =0.5) baseline-2019 total engagement" in shown
    found = cli("compare", "a", "b", "c", "--no-plots", "--split", "--json").json
    assert [run["label"] for run in found["runs"]] == labels and list(found["sentences"]) == labels[1:]
    keys = [run["key"] for run in found["runs"]]
    for rows in (found["comparison"], found["parts"]):
        assert {(row["run"], row["label"]) for row in rows} == set(zip(keys[1:], labels[1:], strict=True))
    ends = [(row["run"], row["outcome"]) for row in found["comparison"] if row["when"] == "end"]
    assert len(set(ends)) == len(ends) and {row["base_run"] for row in found["comparison"]} == {keys[0]}
    listed = json.loads(Path("d/comparison.json").read_text(encoding="utf-8"))["runs"]
    assert [run["label"] for run in listed] == labels and Path("d/comparison.png").is_file()


def test_files_of_one_name_are_told_apart_by_what_differs_or_by_key(cli: Cli) -> None:
    lines = "schema: 1\nextends: baseline-2019\n"
    for folder, title, more in (("a", "One", ""), ("b", "Two", "doctrine: {balance: 0.5}\n")):
        Path(folder).mkdir()
        Path(folder, "w.yaml").write_text(f"{lines}title: {title}\n{more}", encoding="utf-8")
    found = cli("run", "a/w.yaml", "b/w.yaml", *PLAIN, "--json").json
    labels = [run["label"] for run in found["runs"]]
    assert all(label.startswith("w (doctrine.balance=") for label in labels) and list(found["sentences"]) == labels[1:]
    one, other = (run["folder"] for run in found["runs"])
    cli("run", "a/w.yaml", "--months", "6", "--citizens", "30", "--worlds", "3", "--no-plots", "--out", "fewer")
    few = cli("compare", one, "fewer", other, other, "--no-plots", "--json").json
    keys = [run["key"][:8] for run in few["runs"]]
    assert [run["label"] for run in few["runs"]] == [f"w ({key}, {place})" for place, key in enumerate(keys, 1)]
    assert len(few["sentences"]) == 3
    # ids that do not repeat stand as they are
    apart = cli("compare", one, "pressure-russia", "--worlds", "4", "--months", "6", "--no-plots", "--json").json
    assert [run["label"] for run in apart["runs"]] == ["w", "pressure-russia"] == ["w", *apart["sentences"]]
