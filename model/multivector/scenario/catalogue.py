"""Which scenarios there are, and where. Light on purpose: nothing heavy is imported to list them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from multivector.scenario.errors import Problem, ScenarioErrors, nearest

__all__ = ["ScenarioInfo", "find_scenario", "glance", "is_packaged", "is_path", "list_scenarios", "shipped_folder"]

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class ScenarioInfo:
    """A scenario at a glance; `path` is its file."""

    name: str
    title: str
    summary: str
    path: Path
    abstract: bool


def shipped_folder() -> Path:
    """Return the folder of the packaged scenarios: inside the package, else the repository's own."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "_shipped" / "scenarios"
    return packaged if packaged.is_dir() else package.parent.parent / "scenarios"


def is_path(name: str) -> bool:
    """Whether a scenario is named by its file (with a slash or a YAML suffix), not by its packaged name."""
    return "/" in name or "\\" in name or name.lower().endswith(_SUFFIXES)


def _packaged() -> dict[str, Path]:
    folder = shipped_folder()
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))} if folder.is_dir() else {}


def is_packaged(name: str) -> bool:
    """Whether a bare name is that of a packaged scenario; it then never means a folder that happens to be there."""
    return not is_path(name) and name in _packaged()


def find_scenario(name: str, *, or_file: bool = True) -> Path:
    """Return the file of a packaged scenario.

    Raises ScenarioErrors, with the nearest name, when there is none. `or_file`: a file could have been named as well,
    and any packaged scenario; else one that can be run is wanted, and the message speaks of no other.
    """
    packaged = _packaged()
    if name in packaged:
        return packaged[name]
    if or_file:
        beside = [f"./{name}{suffix}" for suffix in _SUFFIXES if Path(f"{name}{suffix}").is_file()]
        more = f". A file is given by its path, such as ./{name if name.strip('.') else 'my'}.yaml"
    else:
        beside, more = [], ""
        packaged = {key: path for key, path in packaged.items() if not glance(path).abstract}
    hint = beside[0] if beside else nearest(name, packaged)
    message = f"there is no packaged scenario `{name}`"
    message += "" if hint else f"; there is {', '.join(packaged) or 'none'}{more}"
    raise ScenarioErrors([Problem(name, None, "", message, hint)])


def list_scenarios() -> list[ScenarioInfo]:
    """Return the packaged scenarios, sorted by name."""
    return [glance(path) for path in _packaged().values()]


def glance(path: Path) -> ScenarioInfo:
    """Return what the top of a scenario file says, unparsed; one that cannot be read says nothing."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        text = ""
    abstract = _top_level(text, "abstract") in ("true", "True", "TRUE")
    return ScenarioInfo(path.stem, _top_level(text, "title"), _top_level(text, "summary"), path, abstract)


def _top_level(text: str, key: str) -> str:
    """Return a text at the top of a YAML file, in any of the usual styles, without parsing the rest."""
    match = re.search(rf"^{key}:[ \t]*(.*(?:\n(?:[ \t]+.*|[ \t]*$))*)", text, re.MULTILINE)
    if match is None:
        return ""
    lines = [line.strip() for line in match[1].splitlines()]
    if lines and re.fullmatch(r"[|>][-+0-9]*(\s+#.*)?", lines[0]):
        return " ".join(line for line in lines[1:] if line)
    words = " ".join(line for line in lines if line and not line.startswith("#"))
    quote = words[:1]
    if quote == '"':
        quoted = re.match(r'"((?:[^"\\]|\\.)*)"', words)
        return re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else words
    if quote == "'":
        quoted = re.match(r"'((?:[^']|'')*)'", words)
        return quoted[1].replace("''", "'") if quoted else words
    return re.sub(r"\s+#.*", "", words)
