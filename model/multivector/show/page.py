"""A report as one HTML file that needs nothing else, and its tables as CSV in a zip."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivector.lab.errors import LabError
from multivector.lab.report import Content
from multivector.lab.store import explained

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["page_of", "write_page"]

_WHEN = (1980, 1, 1, 0, 0, 0)
"""The time stamp of every file in the zip, so that the same folder gives the same bytes."""


def page_of(content: Content, data: str | None = None) -> str:
    """The page as HTML: figures inside as data, styles inside, no script, nothing fetched.

    Args:
        content: what it says.
        data: the name of the zip beside it, if there is one.

    Raises:
        LabError: Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError:
        raise LabError(
            "reports need Jinja2, which is not installed", suggestion="pip install 'multivector[lab]'"
        ) from None
    text = (resources.files("multivector.show") / "report.html.jinja").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["inlined"] = _inlined
    return str(environment.from_string(text).render(content=content, data=data))


def _inlined(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")


def write_page(content: Content, out: Path | None = None, *, data: bool = True) -> tuple[Path, Path | None]:
    """Write the page, and the zip beside it.

    Args:
        content: what it says.
        out: the page's file; `report.html` in the folder if None.
        data: whether to write the zip.

    Returns:
        The page and the zip (None without).

    Raises:
        StoreError: a place that cannot be written.
    """
    page = out or content.folder / "report.html"
    if page.is_dir():
        page = page / "report.html"
    target = page.with_name(f"{page.stem}-data.zip") if data else None
    text = page_of(content, None if target is None else target.name)
    with explained(page):
        page.parent.mkdir(parents=True, exist_ok=True)
        if target is not None:
            _write_zip(content, target)
        part = page.with_name(f".{page.name}.part")
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(page)
    return page, target


def _write_zip(content: Content, target: Path) -> None:
    """Every table as CSV, the study or scenario, and a text that says what they are."""
    part = target.with_name(f".{target.name}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        there = []
        for name, frames in content.tables.items():
            if _csv(archive, f"{name}.csv", frames):
                there.append(f"{name}.csv")
        file = "study.yaml" if "design" in content.tables else "scenario.yaml"
        archive.writestr(_entry(file), content.study.encode("utf-8"))
        archive.writestr(_entry("README.txt"), _readme(content, there, file).replace("\n", "\r\n").encode("utf-8"))
    part.replace(target)


def _readme(content: Content, tables: list[str], file: str) -> str:
    captions = {f"{sheet.name}.csv": sheet.caption for sheet in content.sheets}
    captions.setdefault("design.csv", "one row per run: what was varied")
    captions["outcomes.csv"] = captions.get(
        "outcomes.csv", "one row per run and world: what came out in the last month"
    )
    lines = [
        content.title,
        "",
        *content.sentences,
        "",
        "Tables: UTF-8, a comma between columns, a full stop in numbers.",
    ]
    lines += [f"  {name:<18}{captions.get(name, '')}" for name in tables]
    lines += ["", "Make it again:", *(f"  {line}" for line in content.reproduce), f"  {file} is in this archive.", ""]
    return "\n".join([*lines, "Cite:", f"  {content.cite}", ""])


def _csv(archive: zipfile.ZipFile, name: str, frames: Callable[[], Iterator[pd.DataFrame]]) -> bool:
    """Write frames below one another; False, and no file, where there is none."""
    columns = list(dict.fromkeys(column for frame in frames() for column in frame.columns))
    if not columns:
        return False
    with archive.open(_entry(name), "w", force_zip64=True) as raw, io.TextIOWrapper(raw, "utf-8", newline="") as stream:
        for number, frame in enumerate(frames()):
            told: Any = frame.reindex(columns=columns)
            told.to_csv(stream, index=False, header=number == 0, lineterminator="\r\n")
    return True


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_WHEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
