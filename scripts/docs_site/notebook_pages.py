"""The notebooks as pages. Run from top to bottom where DOCS_RUN_NOTEBOOKS is 1, as `make docs` has it, else as stored.

They are stored without outputs, and running them takes longer than the rest of the site; that they run is tested.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbclient
import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from nbconvert import MarkdownExporter

ROOT = Path(__file__).resolve().parents[2]
RUN = os.environ.get("DOCS_RUN_NOTEBOOKS") == "1"
_MAGIC = re.compile(r"^%.*\n+", re.MULTILINE)
_STYLE = re.compile(r"<style scoped>.*?</style>\s*", re.DOTALL)


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add one page for each notebook, and its pictures."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        text, pictures = convert(path)
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=text))
        for name, picture in pictures.items():
            files.append(File.generated(config, f"notebooks/{name}", content=picture))
    return files


def convert(path: Path) -> tuple[str, dict[str, bytes]]:
    """A notebook in Markdown, and its pictures by name."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    if RUN:
        nbclient.NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = _MAGIC.sub("", cell.source)
    # Pictures are named by the notebook, as several share a folder.
    text, resources = MarkdownExporter().from_notebook_node(notebook)  # type: ignore[no-untyped-call]
    pictures = {f"{path.stem}_{name}": picture for name, picture in resources["outputs"].items()}
    for name in resources["outputs"]:
        text = text.replace(f"({name})", f"({path.stem}_{name})")
    return _STYLE.sub("", text), pictures
