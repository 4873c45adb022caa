"""MkDocs hook: adds the generated reference pages and the executed notebooks; nothing of them is committed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))

import notebooks
import reference

_HERE = Path(__file__).resolve().parent.parent


def on_files(files: Files, config: Any) -> Files:
    """Add pages that are made from the code."""
    pages = {
        "reference/commands.md": reference.commands(),
        "reference/parameters.md": reference.parameters(),
        "reference/mechanisms.md": reference.mechanisms(),
        "reference/phases.md": reference.phases(),
        "reference/schema.md": reference.schema(),
        "reference/scenarios.md": reference.scenarios(),
    }
    for package, modules in reference.packages().items():
        pages[f"reference/api/{package}.md"] = reference.api(package, modules)
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    for source in sorted((_HERE / "notebooks").glob("*.py")):
        text, pictures = notebooks.executed(source)
        files.append(File.generated(config, f"notebooks/{source.stem}.md", content=text))
        for name, data in pictures.items():
            files.append(File.generated(config, f"notebooks/{name}", content=data))
    return files
