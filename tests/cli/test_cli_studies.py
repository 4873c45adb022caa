"""`multivector sensitivity | discover | robust | map | report`: what they print, write and refuse."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from multivector.lab.kinds import ANALYSED, KINDS
from multivector.lab.study import load_study
from multivector.lab.study_template import new_study_text

if TYPE_CHECKING:
    from conftest import Cli

HEAD = "schema: 1\ntitle: Ein Zeichen <ß>\nscenarios: [baseline-2019]\nworlds: 4\nmonths: 3\ncitizens: 20\n"
SENSITIVITY = HEAD + "kind: sensitivity\nvary: [decision.*]\nswitches: [delay]\ntrajectories: 2\noutcomes: [autonomy]\n"
MAP = (
    HEAD + "kind: pressure-map\nx: {path: powers.russia.pressure, levels: 4}\n"
    "y: {path: powers.china.pressure, levels: 4}\noutcomes: [autonomy, office_lost]\n"
    "tips: {low autonomy: {outcome: autonomy, below: 0.82}, never: {outcome: autonomy, below: 0.1}}\n"
)
DISCOVERY = (
    HEAD + "kind: discovery\nfactors: {powers.russia.pressure: {low: 0, high: 1}, powers.china.pressure: [0, 0.5, 1]}\n"
    "points: 40\ninterest: {low autonomy: {outcome: autonomy, below: 0.82}}\n"
)
ROBUST = (
    HEAD + "kind: robust\ndoctrines: [Moscow first]\nown: {two doors: {doctrine.lean.eu: 1, doctrine.lean.russia: 1}}\n"
    "futures: {powers.russia.pressure: {low: 0, high: 1}}\npoints: 6\n"
)
CALIBRATE = (
    "schema: 1\nkind: calibrate\ntitle: Ties\nscenarios: [baseline-2019]\nworlds: 4\nfit: {ties.effort: range}\n"
    "statistics: {russia: {observable: trade.russia, from: 2020, to: 2021, before: 0.3, after: 0.3, error: 0.1, "
    "source: none}}\n"
)


class Page(HTMLParser):
    """What a page refers to, and the text alternatives of its pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.pictures: list[tuple[str, str]] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.links += [found[key] for key in ("href", "src") if key in found]
        if tag == "img":
            self.pictures.append((found["src"][:22], found["alt"]))


def test_sensitivity_goes_on_says_and_reports(cli: Cli, tmp_path: Path) -> None:
    Path("s.yaml").write_text(SENSITIVITY, encoding="utf-8")
    said = cli("sensitivity", "s.yaml", "--workers", "1", "--json")
    assert said.code == 0
    document = said.json
    assert document["kind"] == "sensitivity" and document["finished"] == document["worlds"] == 4 * document["runs"]
    assert {row["outcome"] for row in document["rows"]} == {"autonomy"}
    assert {"factor", "effect", "low", "high", "noise", "clear"} <= set(document["rows"][0])
    folder = Path("runs/sensitivity-s")
    figures = sorted(path.name for path in (folder / "figures").iterdir())
    assert figures == ["effects.png", "tornado.png"]
    with Image.open(folder / "figures" / "tornado.png") as image:
        assert "autonomy" in image.text["Description"]
    again = cli("sensitivity", "s.yaml", "--workers", "1", "--json", "--no-plots").json
    assert again["reused"] == again["worlds"] and again["rows"] == document["rows"]

    said = cli("report", "sensitivity-s")
    assert said.code == 0 and "report.html is written" in said.out
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert "Ein Zeichen &lt;ß&gt;" in text and "script" not in page.tags
    # nothing is fetched: pictures are inside, links stay on the page or name the zip beside it
    assert all(link.startswith(("data:image/png;base64,", "#")) or link == "report-data.zip" for link in page.links)
    assert len(page.pictures) == 2 and all(alt for _, alt in page.pictures)
    assert "size: A4" in text and "multivector sensitivity study.yaml" in text
    assert not re.search(r"https?://", text)
    with zipfile.ZipFile(folder / "report-data.zip") as archive:
        names = archive.namelist()
        assert {"README.txt", "study.yaml", "design.csv", "outcomes.csv", "indices.csv"} <= set(names)
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open("outcomes.csv"), "utf-8")))
        assert len(rows) == document["worlds"] and "autonomy" in rows[0]
        assert archive.read("study.yaml").decode("utf-8") == SENSITIVITY


def test_map_finds_the_line_that_is_there_and_none_where_there_is_none(cli: Cli) -> None:
    Path("m.yaml").write_text(MAP, encoding="utf-8")
    said = cli("map", "m.yaml", "--workers", "1", "--json")
    assert said.code == 0
    told = "\n".join(said.json["sentences"])
    assert "“low autonomy” reaches 50% of worlds" in told and "“never”: no line" in told
    assert sorted(path.name for path in Path("runs/pressure-map-m/figures").iterdir()) == ["maps.png", "tips.png"]


@pytest.mark.slow  # the EMA Workbench takes many seconds to import
def test_discover_and_robust_speak_plainly(cli: Cli) -> None:
    Path("d.yaml").write_text(DISCOVERY, encoding="utf-8")
    said = cli("discover", "d.yaml", "--workers", "1")
    assert said.code == 0
    assert "Russia, pressure above" in said.out and "of futures (of all" in " ".join(said.out.split())
    Path("r.yaml").write_text(ROBUST, encoding="utf-8")
    said = cli("robust", "r.yaml", "--workers", "1", "--json")
    assert said.code == 0
    assert {row["doctrine"] for row in said.json["rows"]} == {"as it is", "Moscow first", "two doors"}
    assert any("“two doors” fails in" in one for one in said.json["sentences"])
    assert cli("report", "robust-r", "--json").json["figures"] == ["trade-off.png", "regret.png"]


def test_a_report_of_a_run(cli: Cli) -> None:
    options = ("--worlds", "4", "--months", "3", "--citizens", "20", "--no-plots", "--out", "one")
    assert cli("run", "baseline-2019", *options).code == 0
    said = cli("report", "one", "--json")
    assert said.code == 0 and said.json["figures"] == [] and said.json["sentences"]
    text = Path("one/report.html").read_text(encoding="utf-8")
    assert "multivector run scenario.yaml --worlds 4 --seed 7 --months 3" in text
    assert "ties.csv" in zipfile.ZipFile("one/report-data.zip").namelist()


def test_reports_of_nothing_are_refused(cli: Cli) -> None:
    assert cli("report", "nowhere").code == 2
    Path("other").mkdir()
    said = cli("report", "other")
    assert said.code == 2 and "neither a run nor a study" in said.err


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_template_is_a_study_of_its_kind(kind: str, cli: Cli) -> None:
    said = cli(KINDS[kind].command, "new.yaml", "--new")
    assert said.code == 0
    assert Path("new.yaml").read_text(encoding="utf-8") == new_study_text("new.yaml", kind)
    assert load_study("new.yaml").document.kind == kind
    assert cli(KINDS[kind].command, "new.yaml", "--new").code == 2  # never over a file


def test_a_study_of_another_kind_names_its_command(cli: Cli) -> None:
    Path("m.yaml").write_text(MAP, encoding="utf-8")
    said = cli("sensitivity", "m.yaml")
    assert said.code == 2 and "multivector map m.yaml" in said.err
    said = cli("calibrate", "m.yaml")
    assert said.code == 2 and "multivector map m.yaml" in said.err
    Path("c.yaml").write_text(CALIBRATE, encoding="utf-8")
    for command in ("batch", "discover"):
        said = cli(command, "c.yaml")
        assert said.code == 2 and "multivector calibrate c.yaml" in said.err


@pytest.mark.parametrize("kind", ANALYSED)
def test_a_mistake_is_said_even_where_the_library_is_missing(
    kind: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    real = importlib.util.find_spec
    needs = KINDS[kind].needs
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name in needs else real(name, *rest))
    text = new_study_text("s.yaml", kind)
    Path("s.yaml").write_text(text.replace("worlds:", "wolds:"), encoding="utf-8")
    said = cli(KINDS[kind].command, "s.yaml", "--dry-run")
    assert said.code == 2 and "try: worlds" in said.err and "not installed" not in said.err
    Path("s.yaml").write_text(text, encoding="utf-8")
    if needs:
        said = cli(KINDS[kind].command, "s.yaml")
        assert said.code == 2 and f"needs {', '.join(needs)}" in said.err and "pip install" in said.err


@pytest.mark.parametrize(
    ("text", "line", "wanted"),
    [
        (ROBUST.replace("[Moscow first]", "[Moskow first]"), 8, "Moscow first"),
        (ROBUST.replace("doctrine.lean.eu", "doctrine.lean.ue"), 9, "eu"),
        (
            ROBUST.replace("powers.russia.pressure: {low: 0, high: 1}", "powers.russia.presure: {low: 0, high: 1}"),
            10,
            "pressure",
        ),
        (ROBUST.replace("doctrine.lean.eu: 1", "powers.russia.pressure: 1"), 9, "varies over futures"),
        (MAP.replace("path: powers.china", "path: powers.russia"), 9, "both axes"),
        (MAP.replace("below: 0.1", "above: 0.1, below: 0.1"), 11, "one of"),
        (DISCOVERY.replace("below: 0.82", "worst: 0.2, share: 0.5, below: 0.82"), 10, "not both"),
        (DISCOVERY.replace("outcome: autonomy", "outcome: autonomi"), 10, "autonomy"),
        (DISCOVERY.replace("0.5, 1]", "0.5, 3]"), 8, "range"),
    ],
)
def test_mistakes_are_said_with_line_and_hint(cli: Cli, text: str, line: int, wanted: str) -> None:
    Path("s.yaml").write_text(text, encoding="utf-8")
    kind = text.split("kind: ")[1].split("\n")[0]
    said = cli(KINDS[kind].command, "s.yaml")
    assert said.code == 2 and f"s.yaml:{line}:" in said.err
    assert wanted in said.err


def test_dask_and_workers_contradict_each_other(cli: Cli) -> None:
    Path("m.yaml").write_text(MAP, encoding="utf-8")
    said = cli("map", "m.yaml", "--dask", "tcp://127.0.0.1:1", "--workers", "2")
    assert said.code == 2 and "--dask and --workers" in said.err
