"""The look: colours, text, captions, files."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from multivector.show import style
from multivector.show.marks import apart
from multivector.show.words import month_name, month_number, number, of_worlds, percent, plural, the

FIVE = ("russia", "china", "eu", "us", "turkiye")


def test_known_powers_keep_their_look_whatever_the_order_or_company() -> None:
    alone = {p: style.power_looks([p])[p] for p in FIVE}
    assert style.power_looks(FIVE) == alone
    mixed = style.power_looks(["india", "turkiye", "japan", "us", "eu", "china", "russia"])
    assert {p: mixed[p] for p in FIVE} == alone


def test_no_two_powers_look_alike_in_colour_or_in_grey() -> None:
    looks = style.power_looks([*FIVE, *(f"p{i}" for i in range(25))])
    assert len(set(looks.values())) == 30
    assert len({(look.dash, look.marker) for look in style.power_looks(FIVE).values()}) == 5
    first = style.power_looks([*FIVE, *(f"p{i}" for i in range(7))])
    assert len({look.marker for look in first.values()}) == 12
    assert len({look.color for look in first.values()}) == 12


def test_bands_differ_in_grey() -> None:
    from multivector.show.marks import BAND_50, BAND_90

    weights = np.array([0.299, 0.587, 0.114])
    for look in style.power_looks(FIVE).values():
        grey = [float(weights @ mpl.colors.to_rgb(style.mix(look.color, share))) for share in (0, BAND_90, BAND_50, 1)]
        assert all(a - b > 0.06 for a, b in pairwise(grey)), look


def test_text_that_the_font_lacks_is_replaced_and_ours_is_kept() -> None:
    assert style.printable("Türkiye, Қазақстан\n 中国") == "Türkiye, Қазақстан ??"


def test_fit_and_wrap_keep_to_the_width() -> None:
    long = "Organisation of States with Very Long Names Indeed"
    assert style.text_width(style.fit(long, 1.5, 12), 12) <= 1.5
    assert style.fit("short", 2.0) == "short"
    rows = style.wrap(long * 3, 2.0, 10, lines=3)
    assert len(rows) == 3
    assert rows[-1].endswith("…")
    assert all(style.text_width(row, 10) <= 2.0 for row in rows)
    assert "90 %" in style.wrap("it holds 90 % of worlds", style.text_width("it holds 90") + 0.02)[1]


def test_a_dollar_is_a_dollar() -> None:
    with style.look():
        figure = style.new_figure(4, 1)
        style.figure_sentence(figure, "from $5 to $6")
        figure.canvas.draw()
    assert style.sentence_of(figure) == "from $5 to $6"


def test_the_sentence_makes_room_and_moves_nothing() -> None:
    figure = style.new_figure(5, 3)
    axes = style.inch_axes(figure, 1, 0.5, 3, 1)
    label = style.inch_text(figure, 1, 0.3, "label")
    style.inch_marker(figure, 0.5, 0.3, style.power_looks(FIVE)["eu"])
    style.figure_sentence(figure, "A sentence that is long enough to be wrapped. " * 3, used=1.8)
    width, height = figure.get_size_inches()
    box = axes.get_position()
    assert width == 5
    assert box.height * height == pytest.approx(1)
    assert (1 - box.y1) * height == pytest.approx(0.5)
    assert (1 - label.get_position()[1]) * height == pytest.approx(0.3)
    assert (1 - float(np.asarray(figure.artists[0].get_ydata())[0])) * height == pytest.approx(0.3)
    assert height > 1.8 + 3 * style.BODY / 72


def test_the_users_settings_do_not_leak_in_nor_ours_out() -> None:
    with mpl.rc_context({"font.size": 40, "axes.spines.top": True}):
        with style.look():
            assert mpl.rcParams["font.size"] == style.SMALL
        assert mpl.rcParams["font.size"] == 40


def test_png_carries_provenance_without_time_and_is_repeatable(tmp_path: Path) -> None:
    paths = []
    for name in ("a", "b"):
        figure = style.new_figure(2, 1)
        paths.append(style.save_figure(figure, tmp_path / f"{name}.png", {"Title": "T", "Seed": "7"}))
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with Image.open(paths[0]) as image:
        assert image.info["Title"] == "T"
        assert image.info["Seed"] == "7"
        assert not {"Creation Time", "Author", "Date"} & set(image.info)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png", "b.png"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.png"
    path.write_text("old", encoding="utf-8")

    def fail(*args: object, **options: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(FigureCanvasAgg, "draw", fail)
    with pytest.raises(OSError, match="disk full"):
        style.save_figure(style.new_figure(1, 1), path)
    assert path.read_text(encoding="utf-8") == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_labels_keep_apart_and_in_order() -> None:
    places = apart([0.5, 0.51, 0.52, 0.9], 0.1, 0.0, 1.0)
    assert np.all(np.diff(places) >= 0.1 - 1e-9)
    assert places[3] == pytest.approx(0.9)
    assert apart([], 0.1, 0, 1).size == 0
    crowded = apart([1.0] * 5, 0.5, 0.0, 1.0)
    assert crowded.min() >= 0
    assert crowded.max() <= 1
    assert apart([0.9, 0.1], 0.1, 0, 1).tolist() == [0.9, 0.1]


def test_words() -> None:
    assert month_name(month_number("2022-01")) == "Jan 2022"
    assert (plural(1, "world"), plural(1200, "world")) == ("1 world", "1,200 worlds")
    assert of_worlds(1, 1) == "the one world"
    assert of_worlds(0, 1) == "none of 1 world"
    assert of_worlds(3, 3) == "all 3 worlds"
    assert of_worlds(0, 5) == "none of 5 worlds"
    assert of_worlds(2, 5) == "2 of 5 worlds"
    assert the("European Union") == "the European Union"
    assert the("Russia") == "Russia"
    assert (number(-0.001), number(-0.5), number(float("nan"))) == ("0.00", "−0.50", "unknown")
    assert (percent(0.003), percent(0.12), percent(0.0), percent(0.07)) == ("0.3 %", "12 %", "0 %", "7 %")
