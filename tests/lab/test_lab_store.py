"""Run folders: names, reuse, refusal, atomic writing, damage."""

from __future__ import annotations

import errno
import json
import os
import time
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

from multivector.ensemble import TABLES
from multivector.lab import store
from multivector.lab.errors import StoreError
from multivector.lab.run import Run
from multivector.scenario import Scenario


@pytest.fixture
def key(scenario: Scenario) -> str:
    return store.run_key(scenario, 7, range(20))


@pytest.fixture
def folder(run: Run, key: str, tmp_path: Path) -> Path:
    target = tmp_path / "runs" / "a-run"
    with store.write_folder(target) as part:
        store.save_run(part, run, key, "multivector run a")
    return target


def test_the_key_is_of_what_was_resolved(scenario: Scenario) -> None:
    key = store.run_key(scenario, 7, range(20))
    assert key == store.run_key(scenario, 7, list(reversed(range(20))))
    assert key != store.run_key(scenario, 8, range(20))
    assert key != store.run_key(scenario, 7, range(21))
    assert key != store.run_key(scenario.with_sets(["powers.russia.pressure=0.9"]), 7, range(20))


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("ukraine-war-2022", "ukraine-war-2022-01234567"),
        ("Ünïcode: a/b\\c?", "n-code-a-b-c-01234567"),
        ("...", "scenario-01234567"),
        ("x" * 200, "x" * 60 + "-01234567"),
    ],
)
def test_folder_names_are_legal_everywhere(name: str, folder: str) -> None:
    assert store.folder_name(name, "0123456789abcdef") == folder


@pytest.mark.parametrize("name", ["CON", "aux.txt", "a:b", "what?", "dot."])
def test_names_that_windows_refuses_are_refused_everywhere(name: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not a folder name on every system"):
        store.check_target(tmp_path / name, "k")


def test_a_stored_run_comes_back(run: Run, folder: Path, key: str) -> None:
    stored = store.open_run(folder)
    assert stored.key == key and not stored.interrupted and stored.baseline() is None
    back = stored.ensemble()
    for name in TABLES:
        assert_frame_equal(back.tables[name], run.ensemble.tables[name], check_dtype=False, check_categorical=False)
    assert back.scenario.hash == run.ensemble.scenario.hash and back.worlds == run.ensemble.worlds
    assert stored.provenance["command"] == "multivector run a"
    assert "seconds" not in stored.summary and "started" not in stored.summary


def test_the_same_input_is_found_again(folder: Path, key: str) -> None:
    there = store.check_target(folder, key)
    assert there is not None and there.key == key
    assert store.check_target(folder, key, force=True) is None
    assert store.check_target(folder.parent / "new", key) is None


def test_another_run_is_not_overwritten_without_force(folder: Path) -> None:
    with pytest.raises(StoreError, match=r"holds another run \(ukraine-war-2022, seed 7, 20 worlds\)") as caught:
        store.check_target(folder, "another")
    assert caught.value.code == 2 and "--force" in str(caught.value.suggestion)
    assert store.check_target(folder, "another", force=True) is None


def test_an_interrupted_run_is_not_taken_for_a_finished_one(run: Run, tmp_path: Path, key: str) -> None:
    cut = Run(run.ensemble, run.asked, interrupted=True)
    with store.write_folder(tmp_path / "cut") as part:
        store.save_run(part, cut, key)
    assert store.open_run(tmp_path / "cut").interrupted
    assert store.check_target(tmp_path / "cut", key) is None


def test_what_we_did_not_write_is_never_replaced(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work", encoding="utf-8")
    for force in (False, True):
        with pytest.raises(StoreError, match="is not a run folder; it is left as it is"):
            store.check_target(mine, "k", force=force)
    with pytest.raises(StoreError, match="is a file, not a folder"):
        store.check_target(mine / "thesis.txt", "k", force=True)
    (tmp_path / "empty").mkdir()
    assert store.check_target(tmp_path / "empty", "k") is None


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "runs" / "x"
    with pytest.raises(RuntimeError), store.write_folder(target) as part:
        (part / "half").write_text("half", encoding="utf-8")
        assert not target.exists() and part.parent == target.parent
        raise RuntimeError
    assert list(target.parent.iterdir()) == []
    with pytest.raises(KeyboardInterrupt), store.write_folder(target) as part:
        raise KeyboardInterrupt
    assert list(target.parent.iterdir()) == []


def test_replacing_keeps_the_old_folder_until_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "x"
    for text in ("old", "new"):
        with store.write_folder(target) as part:
            (part / "it").write_text(text, encoding="utf-8")
    assert (target / "it").read_text(encoding="utf-8") == "new"
    with pytest.raises(RuntimeError), store.write_folder(target):
        raise RuntimeError
    assert (target / "it").read_text(encoding="utf-8") == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full", 1),
        (PermissionError(errno.EACCES, "Permission denied"), "no permission to write", 1),
        (OSError(errno.EROFS, "Read-only file system"), "no permission to write", 1),
        (OSError(errno.EIO, "Input/output error"), "could not be written: Input/output error", 1),
    ],
)
def test_trouble_with_the_disk_is_said_in_words(error: OSError, message: str, code: int, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=message) as caught, store.write_folder(tmp_path / "x"):
        raise error
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_path_through_a_file_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    inside = tmp_path / "file" / "x"
    with (
        pytest.raises(StoreError, match="a part of the path is a file") as caught,
        store.write_folder(inside),
    ):
        pass
    assert caught.value.code == 2


def test_leftovers_of_killed_runs_go_after_a_day(tmp_path: Path) -> None:
    old, young = tmp_path / ".x.part-1", tmp_path / ".x.part-2"
    for left in (old, young):
        left.mkdir()
    os.utime(old, (time.time() - 2 * 86400,) * 2)
    with store.write_folder(tmp_path / "x"):
        pass
    assert not old.exists() and young.exists()


@pytest.mark.parametrize("name", ["worlds.parquet", "summary.json"])
def test_a_missing_part_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(StoreError, match=f"{name} is missing") as caught:
        store.open_run(folder)
    assert caught.value.suggestion == "make the run again with --force"


@pytest.mark.parametrize("name", ["ties.parquet", "provenance.json", "summary.json"])
def test_a_damaged_part_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:100])
    with pytest.raises(StoreError, match=f"{name} is damaged"):
        store.open_run(folder)


def test_a_table_damaged_in_place_is_found_when_it_is_read(folder: Path) -> None:
    path = folder / "worlds.parquet"
    path.write_bytes(b"\0" * path.stat().st_size)
    with pytest.raises(StoreError, match="cannot be read"):
        store.open_run(folder).ensemble()


def test_a_provenance_without_its_fields_is_damaged(folder: Path) -> None:
    path = folder / "provenance.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    del document["key"]
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(StoreError, match="it lacks 'key'"):
        store.open_run(folder)
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(StoreError, match="not a JSON object"):
        store.open_run(folder)


def test_latest_means_the_last_run(folder: Path) -> None:
    root = folder.parent
    with pytest.raises(StoreError, match="there is no latest run"):
        store.open_run("latest", root)
    store.point_latest(folder, root)
    assert (root / "latest.txt").read_text(encoding="utf-8") == "a-run\n"
    assert store.open_run("latest", root).folder == root / "a-run"
    assert store.open_run("a-run", root).folder == root / "a-run"


def test_a_wrong_run_name_suggests_the_nearest(folder: Path) -> None:
    with pytest.raises(StoreError, match="there is no run") as caught:
        store.open_run("a-rnu", folder.parent)
    assert str(caught.value.suggestion).endswith("/a-run")
    with pytest.raises(StoreError, match="is not a run folder"):
        store.open_run(folder.parent)


def test_latest_that_cannot_be_written_does_not_fail_a_run(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file", encoding="utf-8")
    store.point_latest(tmp_path / "x", tmp_path / "runs")
