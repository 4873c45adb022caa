"""A client's YAML and JSON: what is refused, and that nothing of this machine is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from multivector.app.asked import Asked, Refusal, guard_yaml, read_asked, resolve
from multivector.app.limits import Limits

LIMITS = Limits()
TOP = "schema: 1\ntitle: Mine\nextends: january-2022\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 8)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


def own(text: str, sets: tuple[str, ...] = (), worlds: int = 10) -> Asked:
    return Asked("", text, sets, 7, worlds, None)


def problems(text: str, sets: tuple[str, ...] = (), worlds: int = 10) -> list[dict]:
    with pytest.raises(Refusal) as found:
        resolve(own(text, sets, worlds), LIMITS)
    return found.value.problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "aliases"),
        ("a: !!python/object/apply:os.system [echo]", "tags"),
        ("{a: " * 25 + "1" + "}" * 25, "levels deep"),
        ("a: [1", "not valid YAML"),
        ("x" * 70_000, "64 KiB"),
    ],
)
def test_yaml_that_no_scenario_needs_is_refused_before_anything_is_built(text: str, said: str) -> None:
    with pytest.raises(Refusal) as found:
        guard_yaml(text, LIMITS)
    assert said in found.value.problems[0]["message"]


def test_own_yaml_runs_on_a_packaged_scenario() -> None:
    found = resolve(own(TOP + "end: 2022-03\n"), LIMITS)
    assert found.end == "2022-03" and "january-2022" in found.lineage


@pytest.mark.parametrize("name", ["../january-2022", "./x.yaml", "/etc/passwd", "C:\\x.yaml", "no-such", "7"])
def test_extends_opens_no_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = problems(f"schema: 1\ntitle: Mine\nextends: '{name}'\n")
    assert found[0]["key"] == "extends" and found[0]["line"] == 3
    assert "packaged" in found[0]["message"] and "root:" not in str(found)


def test_errors_name_the_line_and_the_nearest_key_and_no_file_of_the_server() -> None:
    found = problems(TOP + "doctrine:\n  listning: 0.5\n")
    assert found[0]["line"] == 5 and found[0]["suggestion"].endswith("listening")
    assert found[0]["file"] == "your scenario"
    assert str(Path(__file__).parents[2]) not in str(found)


@pytest.mark.parametrize(
    ("more", "worlds", "key"),
    [("citizens: 5000\n", 10, "citizens"), ("end: 2060-01\n", 10, "end"), ("end: 2032-01\n", 200, "worlds")],
)
def test_sizes_have_caps(more: str, worlds: int, key: str) -> None:
    found = problems(TOP + more, worlds=worlds)
    assert found[0]["key"] == key and "more than" in found[0]["message"]


@pytest.mark.parametrize("key", ["powers", "timeline"])
def test_numbers_of_parts_have_caps(key: str) -> None:
    if key == "powers":
        power = "{name: P, capability: 0.1, engagement: 0.1, ties: 0.1}"
        more = "powers:\n" + "".join(f"  p{n}: {power}\n" for n in range(9))
    else:
        more = "timeline:\n" + "".join(
            f"  - {{id: d{n}, date: 2021-11, dossier: d{n}, domain: domestic, options: [a, b]}}\n" for n in range(45)
        )
    assert problems(TOP + more)[0]["key"] == key


@pytest.mark.parametrize(
    "data",
    [
        [], {}, {"scenario": "january-2022", "yaml": "a: 1"}, {"scenario": "../../etc/passwd"}, {"scenario": 3},
        {"scenario": "january-2022", "sets": "a=1"}, {"scenario": "january-2022", "sets": ["x" * 400]},
        {"scenario": "january-2022", "sets": ["a=1"] * 300}, {"scenario": "january-2022", "worlds": 100_000},
        {"scenario": "january-2022", "worlds": True}, {"scenario": "january-2022", "seed": -1},
        {"scenario": "january-2022", "spec": {"mark": "bar"}}, {"yaml": "x" * 70_000},
    ],
)  # fmt: skip
def test_requests_of_another_shape_are_refused(data: object) -> None:
    with pytest.raises(Refusal):
        read_asked(data, LIMITS)


def test_two_requests_differ_in_their_digest() -> None:
    base = {"scenario": "january-2022"}
    digests = {
        read_asked({**base, **more}, LIMITS).digest
        for more in ({}, {"seed": 8}, {"worlds": 20}, {"sets": ["a=1"]}, {"citizens": 100})
    }
    assert len(digests) == 5
