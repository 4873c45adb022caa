"""Rules know no country and no date: what happened where and when stands in scenarios only."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from multivector.scenario import list_scenarios, load_scenario

FOLDERS = ("politics", "agents", "kernels")
#: Countries and peoples of the region and of the sources, besides the powers of the shipped scenarios.
COUNTRIES = (
    r"kazakh\w*|russia\w*|chin(a|ese)|european|america\w*|turk\w+|türk\w+|uzbek\w*|kyrgyz\w*|tajik\w*|ukrain\w*|"
    r"crimea\w*|xinjiang|khorgos|moscow|beijing|brussels|washington|ankara|astana|almaty|soviet|japan\w*|india\w*|"
    r"nazarbayev|tokayev|putin|csto|eaeu|osce"
)
YEAR = re.compile(r"(?<![\w.])(19[5-9]\d|20[0-4]\d)(?![\w.])")
JOURNAL = re.compile(r"(American|European) (Journal|Sociological|Political|Economic|Union Decides)")
#: An author's year, as in `Kuran 1991` or `Raiffa & Schlaifer 1961`, is a reference and not a date.
REFERENCE = re.compile(r"[A-Z][\w’'-]+,?( (&|and|et al\.|et al\.,|in [A-Z]\w+))*( [A-Z][\w’'-]+,?)* ?\(?(19|20)\d\d")


def rules() -> list[Path]:
    root = Path(str(resources.files("multivector")))
    return sorted(file for folder in FOLDERS for file in (root / folder).glob("*.py"))


def ids_of_powers() -> set[str]:
    return {power for one in list_scenarios() if not one.abstract for power in load_scenario(one.name).powers}


@pytest.mark.parametrize("file", rules(), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_rule_names_no_country(file: Path) -> None:
    text = JOURNAL.sub("", file.read_text(encoding="utf-8"))
    found = re.findall(rf"\b({COUNTRIES})\b", text, flags=re.IGNORECASE)
    assert not found, f"{file.name} names {sorted({one[0] for one in found})}"
    quoted = set(re.findall(r"[\"']([a-z_]+)[\"']", text))
    assert not quoted & ids_of_powers()


@pytest.mark.parametrize("file", rules(), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_rule_names_no_date(file: Path) -> None:
    text = REFERENCE.sub("", file.read_text(encoding="utf-8"))
    assert not re.findall(r"\b\d{4}-\d{2}\b", text)
    assert not YEAR.findall(text), [text[max(one.start() - 60, 0) : one.end()] for one in YEAR.finditer(text)]
