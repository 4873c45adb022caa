"""Notebooks as pages: a py:percent file is run from top to bottom and becomes Markdown with its outputs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import jupytext
from nbclient import NotebookClient
from nbconvert import MarkdownExporter

__all__ = ["executed"]

_SECONDS = 600


def executed(source: Path) -> tuple[str, dict[str, bytes]]:
    """Markdown of a notebook and its pictures by name.

    Raises nbclient.exceptions.CellExecutionError where a cell fails.
    """
    notebook = jupytext.read(source)
    with tempfile.TemporaryDirectory() as folder:
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        NotebookClient(notebook, timeout=_SECONDS, resources={"metadata": {"path": folder}}).execute()
    for cell in notebook.cells:
        if "outputs" in cell:  # warnings of libraries are no result
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    text, resources = MarkdownExporter().from_notebook_node(
        notebook, resources={"unique_key": source.stem, "output_files_dir": "."}
    )
    pictures = {name.removeprefix("./"): data for name, data in resources["outputs"].items()}
    return text.replace("](./", "](").replace('<table border="1" class="dataframe">', "<table>"), pictures
