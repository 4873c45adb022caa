"""The commands in this process: what is printed, what is written, how it ends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from multivector import __version__, model
from multivector.cli.app import run_command_line
from multivector.ensemble import Ensemble

if TYPE_CHECKING:
    from conftest import Cli

SMALL = ["--months", "6", "--citizens", "30", "--worlds", "4"]
PLAIN = [*SMALL, "--no-plots"]


# --- run ----------------------------------------------------------------------------------------------------


def test_run_prints_a_summary_and_writes_a_folder(cli: Cli, tmp_path: Path) -> None:
    said = cli("run", "ukraine-war-2022", *PLAIN)
    assert said.code == 0
    assert "A war next door (ukraine-war-2022)" in said.out and "Türkiye" in said.out and "• " in said.out
    assert "ukraine-war-2022: 24 of 24 world-months (100%)" in said.err
    (folder,) = [path for path in (tmp_path / "runs").iterdir() if path.is_dir()]
    assert folder.name.startswith("ukraine-war-2022-") and len(folder.name) == len("ukraine-war-2022-") + 8
    for name in (
        "worlds.parquet",
        "ties.parquet",
        "scenario.yaml",
        "summary.json",
        "provenance.json",
        "run.log",
    ):
        assert (folder / name).is_file()
    assert "4 of 4 worlds done" in (folder / "run.log").read_text(encoding="utf-8")
    assert (tmp_path / "runs" / "latest.txt").read_text(encoding="utf-8").strip() == folder.name
    assert Ensemble.load(folder).worlds == (0, 1, 2, 3)


def test_run_json_is_one_document(cli: Cli) -> None:
    said = cli("run", "ukraine-war-2022", *PLAIN, "--json")
    found = said.json
    keys = "schema scenario worlds months seed seconds version outcomes ties decisions president failures"
    for key in [*keys.split(), "interrupted"]:
        assert key in found, key
    assert (found["scenario"], found["worlds"], found["months"], found["seed"]) == (
        "ukraine-war-2022",
        4,
        6,
        7,
    )
    assert found["version"] == __version__ and found["seconds"] > 0 and not found["reused"]
    assert Path(found["folder"]).is_dir()
    again = cli("run", "ukraine-war-2022", *PLAIN, "--json")
    assert again.json == {**found, "reused": True}
    assert "this input was run before" in again.err


def test_the_same_seed_gives_the_same_document(cli: Cli) -> None:
    one = cli("run", "ukraine-war-2022", *PLAIN, "--json", "--out", "one").json
    two = cli("run", "ukraine-war-2022", *PLAIN, "--json", "--out", "two").json
    for document in (one, two):
        del document["seconds"], document["folder"]
    assert one == two
    summaries = [Path(name, "summary.json").read_bytes() for name in ("one", "two")]
    assert summaries[0] == summaries[1]


def test_run_selects_worlds(cli: Cli) -> None:
    every = cli("run", "ukraine-war-2022", *PLAIN, "--json", "--out", "all").json
    one = cli("run", "ukraine-war-2022", *PLAIN, "--world", "2", "--json", "--out", "one").json
    assert one["worlds"] == 1 and every["worlds"] == 4
    ours = Ensemble.load("one").tables["worlds"]
    theirs = Ensemble.load("all").tables["worlds"].query("world == 2").reset_index(drop=True)
    for name in ("income", "approval", "openness"):
        assert list(ours[name]) == list(theirs[name])


def test_set_changes_the_scenario_and_is_logged(cli: Cli) -> None:
    said = cli("run", "ukraine-war-2022", *PLAIN, "--set", "powers.russia.pressure=0.8", "--out", "x", "-v")
    assert said.code == 0
    log = Path("x/run.log").read_text(encoding="utf-8")
    assert "powers.russia.pressure" in log and "0.8" in log
    assert Ensemble.load("x").scenario.powers["russia"].pressure.domain("economy").at(3) == 0.8


def test_out_is_not_overwritten_without_force(cli: Cli) -> None:
    assert cli("run", "ukraine-war-2022", *PLAIN, "--out", "x").code == 0
    problem = cli("run", "ukraine-war-2022", *PLAIN, "--seed", "8", "--out", "x", "--json").error()
    assert "holds another run" in problem["message"] and "--force" in problem["suggestion"]
    assert cli("run", "ukraine-war-2022", *PLAIN, "--seed", "8", "--out", "x", "--force").code == 0
    assert Ensemble.load("x").seed == 8


def test_quiet_says_nothing_on_stderr(cli: Cli) -> None:
    said = cli("run", "ukraine-war-2022", *PLAIN, "-q")
    assert said.code == 0 and said.err == "" and said.out


def test_several_scenarios_make_one_comparison(cli: Cli, tmp_path: Path) -> None:
    said = cli("run", "baseline-2019", "pressure-russia", *PLAIN, "--out", "batch", "--json")
    found = said.json
    assert [run["scenario"] for run in found["runs"]] == ["baseline-2019", "pressure-russia"]
    assert {row["scenario"] for row in found["comparison"]} == {"pressure-russia"}
    assert (tmp_path / "batch" / "comparison.csv").is_file()
    assert all((tmp_path / run["folder"] / "worlds.parquet").is_file() for run in found["runs"])
    text = cli("run", "baseline-2019", "pressure-russia", *PLAIN, "--out", "batch")
    assert "pressure-russia − baseline-2019, paired by world" in text.out


def test_a_folder_of_scenarios_is_a_batch(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("a", "b"):
        text = f"schema: 1\ntitle: {name}\nextends: baseline-2019\npowers: {{us: {{interest: 0.{len(name)}}}}}\n"
        (folder / f"{name}.yaml").write_text(text + f"doctrine: {{balance: {1 + (name == 'b')}}}\n", encoding="utf-8")
    (folder / "base.yaml").write_text("schema: 1\nabstract: true\ntitle: base\n", encoding="utf-8")
    found = cli("run", "mine", *PLAIN, "--json").json
    assert [run["scenario"] for run in found["runs"]] == ["a", "b"]
    # a packaged name means the packaged scenario, whatever folder is called so
    (tmp_path / "baseline-2019").mkdir()
    assert cli("run", "baseline-2019", *PLAIN, "--json").json["scenario"] == "baseline-2019"
    (tmp_path / "none").mkdir()
    assert "no scenario file" in cli("run", "none", "--json").error()["message"]


# --- what goes wrong ----------------------------------------------------------------------------------------


def failing(monkeypatch: pytest.MonkeyPatch, bad: set[int], error: BaseException) -> None:
    real = model.simulate_block

    def block(scenario: Any, *, worlds: Sequence[int], **rest: Any) -> Ensemble:
        if bad & set(worlds):
            raise error
        return real(scenario, worlds=worlds, **rest)

    monkeypatch.setattr(model, "simulate_block", block)


def test_a_world_that_fails_is_a_row_and_a_warning(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, {2}, RuntimeError("lost the plot"))
    said = cli("run", "ukraine-war-2022", *PLAIN, "--json")
    assert said.code == 0 and said.json["failures"] == 1 and said.json["worlds"] == 3
    assert "1 of 4 worlds failed" in said.err
    row = Ensemble.load(said.json["folder"]).failures.iloc[0]
    assert (row["world"], row["type"], row["message"]) == (2, "RuntimeError", "lost the plot")


def test_a_run_of_which_nothing_came_through_has_failed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, {0, 1, 2, 3}, RuntimeError("lost the plot"))
    problem = cli("run", "ukraine-war-2022", *PLAIN, "--out", "x", "--json").error(code=1)
    assert "no world came through: 4 of 4 failed" in problem["message"] and "lost the plot" in problem["message"]
    kept = json.loads(Path(problem["file"]).read_text(encoding="utf-8"))
    assert len(kept["failures"]) == 4 and not Path("x").exists()


def test_figures_that_fail_leave_the_run_and_one_document(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from multivector.show import figures

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no ink")

    monkeypatch.setattr(figures, "draw_all", broken)
    said = cli("run", "ukraine-war-2022", *SMALL, "--json")
    assert said.code == 1 and said.json["worlds"] == 4
    assert "no ink" in said.err and "the tables are kept" in said.err
    assert not (Path(said.json["folder"]) / "figures").exists()
    assert Ensemble.load(Path(said.json["folder"]) / "baseline").worlds == (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("arguments", "message", "suggestion"),
    [
        (["run", "ukraine-war-2202"], "there is no packaged scenario", "ukraine-war-2022"),
        (["run", "./nowhere.yaml"], "nowhere.yaml", None),
        (["run", "kazakhstan"], "abstract", None),
        (["run", "ukraine-war-2022", "--set", "powers.rusia.pressure=0.8"], "rusia", "russia"),
        (["run", "ukraine-war-2022", "--set", "powers.russia.pressure=8"], "8", None),
        (["run", "ukraine-war-2022", "--set", "nonsense"], "nonsense", None),
        (["run", "ukraine-war-2022", "--worlds", "0"], "--worlds must be 1 to 1000000, not 0", None),
        (["run", "ukraine-war-2022", "--seed", "-1"], "--seed must be 0 to", None),
        (["run", "ukraine-war-2022", "--months", "0"], "--months must be 1 to 1200, not 0", None),
        (["run", "ukraine-war-2022", "--citizens", "0"], "--citizens must be 1 to 1000000, not 0", None),
        (["run", "ukraine-war-2022", "--threads", "0"], "--threads must be 1 to 1024, not 0", None),
        (["run", "ukraine-war-2022", "--world", "-1"], "--world must be 0 or more, not -1", None),
        (["run", "ukraine-war-2022", "--worlds", "many"], "Invalid value for '--worlds'", None),
        (["run", "ukraine-war-2022", "-v", "-q"], "contradict each other", None),
        (["run", "ukraine-war-2022", "--out", "a-file"], "a-file is a file, not a folder", "name a folder"),
        (["run", "ukraine-war-2022", "--out", "a-file/x"], "a part of the path is a file", None),
        (["run", "ukraine-war-2022", "--out", "."], ". cannot be replaced by a run folder", "name a new folder"),
        (["run", "mine"], "there is no packaged scenario", "./mine.yaml"),
        (["serve", "./mine.yaml"], "the page opens with a packaged scenario", "give your YAML on the page"),
        (["serve", "baseline-2O19"], "there is no packaged scenario", "baseline-2019"),
        (["run", "baseline-2019", "--set", "decision.rationality=3"], "there is no `decision`", "parameters.decision"),
        (["run", "baseline-2019", "--set", "parameters.decision.rationality=1e9"], "of any size", "1000000000"),
        (["scenarios", "show", "kazakhstan", "--set", "citizens=3"], "abstract", None),
        (["compare", "runs/nowhere", "ukraine-war-2022"], "there is no run runs/nowhere", None),
        (["run"], "Missing argument", None),
        (["run", "x", "--wrlds", "3"], "No such option --wrlds", "--worlds"),
        (["rnu"], "No such command 'rnu'", "run"),
        (["scenarios", "lsit"], "No such command 'lsit'", "list"),
        (["explain", "latest"], "there is no latest run", "multivector run SCENARIO"),
        (["explain", "nowhere"], "there is no run nowhere", None),
        (["plot", "a-folder"], "is not a run folder", None),
        (["compare", "ukraine-war-2022"], "compare needs two runs", None),
        (["compare", "a-folder", "ukraine-war-2022"], "is not a run folder", None),
        (["scenarios", "check", "a-file"], "a-file", None),
        (["scenarios", "new", "Bad Name"], "small letters", "bad-name"),
        (["scenarios", "migrate", "nowhere.yaml"], "cannot be read", None),
    ],
)  # fmt: skip
def test_bad_input_gets_a_message_and_exit_code_2(
    cli: Cli, tmp_path: Path, arguments: list[str], message: str, suggestion: str | None
) -> None:
    (tmp_path / "a-file").write_text("", encoding="utf-8")
    (tmp_path / "mine.yaml").write_text("schema: 1\n", encoding="utf-8")
    (tmp_path / "a-folder").mkdir()
    said = cli(*arguments)
    assert said.code == 2 and said.out == ""
    assert said.err.startswith("error:") and message in " ".join(said.err.split())
    if suggestion:
        assert suggestion in said.err
    if arguments[:2] in (["scenarios", "new"], ["scenarios", "migrate"]):
        return
    problem = cli(*arguments, "--json").error()
    assert message in str(problem)


def test_problems_of_several_scenarios_come_in_one_pass(cli: Cli) -> None:
    said = cli("run", "nonsense-1", "ukraine-war-2202", "--set", "powers.rusia.pressure=0.8", "--json")
    assert said.code == 2 and len(said.json["errors"]) >= 2


def test_the_first_run_says_that_it_compiles(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from multivector.cli import info

    assert "compiles" not in cli("run", "ukraine-war-2022", *PLAIN, "--out", "a").err
    monkeypatch.setattr(info, "compiled_cache", lambda: None)
    assert "the first run compiles the model" in cli("run", "ukraine-war-2022", *PLAIN, "--out", "b").err


def test_an_interruption_while_loading_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    import signal

    from multivector.cli import app, main

    def stop(_: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "run_command_line", stop)
    before = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(SystemExit) as left:
            main()
    finally:
        signal.signal(signal.SIGINT, before)
    assert left.value.code == 130


def test_the_pace_leaves_loading_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from multivector.cli import talk

    clock = iter([0.0, 20.0, 26.0, 32.0])  # begun, first news after loading, then six seconds for each tenth
    monkeypatch.setattr(talk.time, "monotonic", lambda: next(clock))
    with talk.Talk().progress("run") as tick:
        for done in (10, 20, 30):
            tick(done, 100)
    lines = capsys.readouterr().err.splitlines()
    assert "left" not in lines[0] and "about 48 s left" in lines[1] and "about 42 s left" in lines[2]


def test_an_unforeseen_error_is_no_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from multivector.lab import store

    def broken(*_: Any) -> None:
        raise AssertionError("never")

    monkeypatch.setattr(store, "open_run", broken)
    problem = cli("explain", "latest", "--json").error(code=1)
    assert "AssertionError: never" in problem["message"] and "MULTIVECTOR_DEBUG=1" in problem["suggestion"]


# --- compare, explain, plot, info, scenarios ----------------------------------------------------------------


def test_explain_lists_and_explains(cli: Cli) -> None:
    cli("run", "ukraine-war-2022", *PLAIN)
    assert "un-votes-on-the-war" in cli("explain").out
    listed = cli("explain", "latest", "--json").json
    assert "un-votes-on-the-war" in [row["id"] for row in listed["decisions"]]
    steps = cli("explain", "latest", "--world", "1", "--json").json["decisions"]
    assert all({"date", "option_name", "move", "probability"} <= set(step) for step in steps)
    text = cli("explain", "latest", "--decision", "un-votes-on-the-war")
    assert "was the likeliest course" in text.out and "Who wished what" in text.out
    found = cli("explain", "latest", "--decision", "un-votes-on-the-war", "--world", "1", "--json").json
    assert found["world"] == 1 and found["check"]["probability"] <= 1e-9
    problem = cli("explain", "latest", "--decision", "un-votes", "--json").error()
    assert problem["suggestion"] == "un-votes-on-the-war"
    assert "world 77 is not in this run" in cli("explain", "--world", "77", "--json").error()["message"]


def test_shares_that_are_not_nothing_do_not_read_so() -> None:
    from multivector.cli.view import _share

    assert [_share(value) for value in (0.0, 0.002, 0.005, 0.006, 0.5, 0.996, 1.0)] == [
        "0%", "<1%", "<1%", "1%", "50%", ">99%", "100%",
    ]  # fmt: skip


def test_figures_in_tables_are_never_broken(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    cli("run", "ukraine-war-2022", *PLAIN)
    said = cli("explain", "latest", "--decision", "un-votes-on-the-war")
    document = cli("explain", "latest", "--decision", "un-votes-on-the-war", "--json").json
    assert "…" not in said.out.replace("… and", "") and max(map(len, said.out.splitlines())) <= 80
    for action in document["actions"]:
        if action["probability"] >= 0.0005:
            assert f" {action['probability']:.1%} " in said.out
            assert f" {action['cost']:.4f} ".replace("-", "−") in said.out
    assert cli("explain", "latest", "--decision", "un-vote", "--json").json == document  # the timeline entry's id


def test_plot_draws_into_the_folder(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from multivector.show import figures

    def one(run: Any, folder: Path, baseline: Any = None, progress: Any = None) -> None:
        assert baseline.scenario.timeline == () and len(run.worlds) == 4
        progress(1, 1)
        (Path(folder) / "fan.png").write_bytes(b"png")

    monkeypatch.setattr(figures, "draw_all", one)
    cli("run", "ukraine-war-2022", *PLAIN)
    found = cli("plot", "latest", "--json").json
    assert [Path(name).name for name in found["figures"]] == ["fan.png"]
    assert Path(found["figures"][0]).is_file()


def test_info_says_what_there_is(cli: Cli) -> None:
    found = cli("info", "--json").json
    assert found["multivector"] == __version__ and found["libraries"]["numpy"]
    assert Path(found["scenarios"]).is_dir() and isinstance(found["compiled"], bool)
    assert "libraries" in cli("info").out


def test_scenarios_are_listed_shown_and_checked(cli: Cli, tmp_path: Path) -> None:
    assert "ukraine-war-2022" in cli("scenarios", "list").out
    assert "ukraine-war-2022" in [one["name"] for one in cli("scenarios", "list", "--json").json["scenarios"]]
    assert "Russia invades Ukraine" in cli("scenarios", "show", "ukraine-war-2022").out
    shown = cli("scenarios", "show", "ukraine-war-2022", "--resolved")
    assert shown.out.startswith("schema: 1")
    (tmp_path / "resolved.yaml").write_text(shown.out, encoding="utf-8")
    assert cli("scenarios", "check", "./resolved.yaml").code == 0
    assert not any(line.endswith(" ") for line in shown.out.splitlines())
    raw = cli("scenarios", "show", "kazakhstan")
    assert raw.code == 0 and "abstract: true" in raw.out and "only there to be extended" in raw.err
    document = cli("scenarios", "show", "kazakhstan", "--json").json
    assert document["hash"] is None and document["scenario"]["powers"]["russia"]["name"] == "Russia"
    assert cli("scenarios", "show", "ukraine-war-2022", "--json").json["scenario"]["powers"]["russia"]
    assert cli("scenarios", "schema").json["type"] == "object"
    assert cli("scenarios", "new", "my-world").code == 0
    assert cli("scenarios", "check", "./my-world.yaml").code == 0
    assert "exists; it is left as it is" in cli("scenarios", "new", "my-world").err
    assert "up to date" in cli("scenarios", "migrate", "my-world.yaml").out
    path = tmp_path / "bad.yaml"
    path.write_text("schema: 1\nextends: baseline-2019\ntitle: x\npowers: {rusia: {interest: 2}}\n", encoding="utf-8")
    said = cli("scenarios", "check", "./bad.yaml", "--json")
    problem = said.error()
    assert (problem["line"], problem["key"], problem["suggestion"]) == (4, "powers.rusia", "russia")
    path.write_text("schema: 1\nextends: baseline-2019\ntitle: x\nend: 2019-06\n", encoding="utf-8")
    warning = cli("scenarios", "check", "./bad.yaml", "--json").json["warnings"][0]
    assert warning["suggestion"] is None and "after the end" in warning["message"]
    path.write_text("schema: 9\ntitle: x\n", encoding="utf-8")
    assert "bad.yaml:1: the file is written in schema 9" in cli("scenarios", "migrate", "bad.yaml").err


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version").out == f"multivector {__version__}\n"
    text = cli("--help").out
    for command in ("run", "compare", "explain", "plot", "info", "scenarios"):
        assert command in text
    assert "--world" in cli("run", "--help").out


def test_debug_shows_the_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MULTIVECTOR_DEBUG", "1")
    assert run_command_line(["explain", "nowhere", "--json"]) == 2
    said = capsys.readouterr()
    assert "Traceback" in said.err and set(json.loads(said.out)) == {"errors"}


def test_an_interrupted_batch_keeps_what_is_finished(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    real = model.simulate_block

    def block(scenario: Any, **rest: Any) -> Ensemble:
        if scenario.id == "pressure-china":
            raise KeyboardInterrupt
        return real(scenario, **rest)

    monkeypatch.setattr(model, "simulate_block", block)
    said = cli("run", "baseline-2019", "pressure-russia", "pressure-china", *PLAIN, "--json")
    assert said.code == 130 and said.json["interrupted"] is True
    assert [run["scenario"] for run in said.json["runs"]] == ["baseline-2019", "pressure-russia"]
    assert "2 of 3 scenarios are kept" in said.err
    said = cli("run", "pressure-china", *PLAIN, "--json")
    assert said.error(code=130)["message"].startswith("interrupted")


def test_an_interruption_while_drawing_keeps_the_run(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from multivector.show import figures

    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(figures, "draw_all", stop)
    said = cli("run", "ukraine-war-2022", *SMALL, "--json")
    assert said.code == 130 and said.json["interrupted"] is False
    assert "the tables are kept" in said.err


def test_every_key_is_documented(cli: Cli) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
    run = cli("run", "ukraine-war-2022", *PLAIN, "--json").json
    explained = cli("explain", "latest", "--decision", "un-votes-on-the-war", "--json").json
    compared = cli("compare", "latest", "latest", "--no-plots", "--split", "--json").json
    keys = {*run, *explained, *compared, *run["outcomes"], *run["president"], *run["decisions"][0]}
    keys |= {*explained["actions"][0], *explained["constituencies"][0], *compared["comparison"][0]}
    keys |= {*compared["parts"][0], *cli("info", "--json").json, *cli("plot", "x", "--json").json}
    assert [key for key in sorted(keys) if f"`{key}`" not in text and f'"{key}"' not in text] == []
