"""Where compiled code is kept when neither the installation nor the home can be written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from multivector import kernels


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No place of numba's own can be written; the temporary folder is returned."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(kernels, "_writable", lambda folder: False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_numba_is_left_alone_where_it_has_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(kernels, "_writable", lambda folder: folder == kernels.cache_folders()[-1])
    kernels.ensure_cache()
    assert "NUMBA_CACHE_DIR" not in os.environ


def test_a_temporary_folder_is_named_where_nothing_can_be_written(nowhere: Path) -> None:
    kernels.ensure_cache()
    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    assert folder.parent == nowhere and folder.is_dir()
    kernels.ensure_cache()
    assert Path(os.environ["NUMBA_CACHE_DIR"]) == folder  # the next process finds what this one compiled
    import numba

    assert Path(numba.config.CACHE_DIR) == folder


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows gives each user a temporary folder")
def test_a_folder_that_others_can_write_is_not_trusted(nowhere: Path) -> None:
    theirs = nowhere / f"multivector-cache-{os.getuid()}"
    theirs.mkdir()
    theirs.chmod(0o777)
    kernels.ensure_cache()
    assert Path(os.environ["NUMBA_CACHE_DIR"]) != theirs


def test_what_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert kernels._writable(tmp_path / "not" / "yet")
    assert not kernels._writable(tmp_path / "file" / "below")
