"""Whatever is typed after any option, a command ends with an exit code and a message, never with a surprise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from multivector.cli.app import app, run_command_line

SMALL = ["--worlds", "1", "--months", "1", "--citizens", "1", "--no-plots"]
HEAD = "schema: 1\ntitle: Small\nscenarios: [baseline-2019]\nworlds: 1\nmonths: 1\ncitizens: 1\n"
STUDIES = {
    "batch": "kind: batch\n",
    "sensitivity": "kind: sensitivity\nvary: [decision.rationality]\ntrajectories: 2\n",
}
#: The cheapest words after each command that let it look at its options. Where true work is dear, what it should work
#: on is not there: then everything before the work is tried.
PLAIN: dict[str, list[str]] = {
    "run": ["baseline-2019", *SMALL],
    "compare": ["a-run", "none", *SMALL],
    "batch": ["batch.yaml", "--dry-run"],
    "sensitivity": ["sensitivity.yaml", "--dry-run"],
    "discover": ["none"],  # of one make with `sensitivity`
    "robust": ["none"],
    "map": ["none"],
    "report": ["a-run"],
    "calibrate": ["file.txt/none.yaml"],  # where `--new` can write no study that a later line would work through
    "results": ["a-run"],
    "explain": ["a-run"],
    "plot": ["nowhere"],
    "lesson": ["no-such-lesson"],
    "lesson-score": ["answers.txt"],
    "serve": ["no-such-scenario"],
    "validate": ["--claim", "none"],
    "info": [],
    "backtest issues": ["none.csv"],
    "backtest decisions": ["none.csv"],
    "backtest series": ["none.csv"],
    "scenarios list": [],
    "scenarios show": ["baseline-2019"],
    "scenarios check": ["baseline-2019"],
    "scenarios schema": [],
    "scenarios new": ["my-world"],
    "scenarios migrate": ["batch.yaml"],
}
#: No number that is legal and large: that would be work, and not a mistake.
NUMBERS = [
    "-1", "0", "1", "2", "1.5", "1e309", "nan", "-inf", "٣", "1_0", "0x10", "9" * 30, str(2**63 - 1), str(2**63),
]  # fmt: skip
NAMES = [
    "", " ", "-", ".", "a b", "file.txt", "folder", "none/such", "file.txt/x", "x" * 300, "CON", "ä\nö", "{}", "[",
    "%s%n", "\udcff", "latest", "russia=1", "powers.russia.pressure=2", "powers.rusia.pressure=0.1", "=", "2022-13",
]  # fmt: skip
#: Nothing that leads out of the folder of the test.
LETTERS = st.characters(blacklist_categories=("Cs",), blacklist_characters="/\\.~\0")
WORDS = (
    st.sampled_from(NUMBERS + NAMES) | st.text(LETTERS, max_size=8) | st.floats().map(str) | st.integers(-9, 9).map(str)
)


def commands(command: Any = None, name: str = "") -> Iterator[tuple[str, Any]]:
    """(words of the command, the command) of all that can be typed."""
    command = command or typer.main.get_command(app)
    if not getattr(command, "commands", None):
        yield name, command
        return
    for word, inner in command.commands.items():
        yield from commands(inner, f"{name} {word}".strip())


COMMANDS = dict(commands())
OPTIONS = {
    name: {one.opts[0]: one for one in command.params if one.param_type_name == "option"}
    for name, command in COMMANDS.items()
}


def test_every_command_is_here() -> None:
    assert set(PLAIN) == set(COMMANDS)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run, a study of every kind, a file and a folder."""
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "folder").mkdir()
    (folder / "file.txt").write_text("no scenario", encoding="utf-8")
    (folder / "answers.txt").write_text("ABC pre x 1 2\n", encoding="utf-8")
    for kind, text in STUDIES.items():
        (folder / f"{kind}.yaml").write_text(HEAD + text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run_command_line(["run", "baseline-2019", *SMALL, "--out", "a-run", "-q"]) == 0
    return folder


Try = Callable[[str, list[str]], None]


@pytest.fixture
def tried(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Try:
    """Run a command with words after its plain ones, and see how it ends."""
    monkeypatch.chdir(place)
    monkeypatch.delenv("MULTIVECTOR_DEBUG", raising=False)

    def call(command: str, words: list[str]) -> None:
        typed = [*command.split(), *PLAIN[command], *words]
        capsys.readouterr()
        code = run_command_line(typed)
        out, err = capsys.readouterr()
        assert code in (0, 1, 2), typed
        assert "Traceback" not in out + err and "the command failed with" not in out + err, (typed, out, err)
        assert code == 0 or err or out, typed
        if "--json" in typed and not {"-h", "--help"} & set(typed):
            document = json.loads(out)
            assert code == 0 or "errors" in document, typed

    return call


def after(option: Any, value: str) -> list[str]:
    """An option and what is typed after it; a flag takes nothing."""
    return [option.opts[0]] if option.is_flag or option.count else [option.opts[0], value]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_takes_nonsense(command: str, tried: Try) -> None:
    for number, option in enumerate(OPTIONS[command].values()):
        values = NUMBERS if number % 2 else NAMES  # the fuzz below has every value after every option
        tried(command, after(option, values[number % len(values)]))
    tried(command, ["--no-such-option"])


USUAL: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    "phases": [Phase.explicit, Phase.generate, Phase.shrink],
}


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A command, and up to three of its options with anything after them; sometimes a word that nobody asked for."""
    command = draw(st.sampled_from(sorted(COMMANDS)))
    names = st.sampled_from(sorted(OPTIONS[command]) or ["--help"])
    words = []
    for name in draw(st.lists(names, max_size=3)):
        words += after(OPTIONS[command][name], draw(WORDS)) if name in OPTIONS[command] else [name]
    return command, words + draw(st.lists(WORDS, max_size=1))


@settings(max_examples=40, **USUAL)
@example(("run", ["--world", "-1"]))
@given(lines())
def test_any_line_ends_well(tried: Try, line: tuple[str, list[str]]) -> None:
    tried(*line)


@pytest.mark.slow
@settings(max_examples=2000, **USUAL)
@given(lines())
def test_two_thousand_lines_end_well(tried: Try, line: tuple[str, list[str]]) -> None:
    tried(*line)
