"""The notebooks: they run from top to bottom, use what is public, and are stored without outputs."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import nbclient
import nbformat
import pytest

import emergence_stats

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SECONDS_PER_CELL = 60


def read(path: Path) -> nbformat.NotebookNode:
    """A notebook as it is stored."""
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Its cells of code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_is_a_notebook_to_begin_with() -> None:
    assert "01_quickstart.ipynb" in [path.name for path in NOTEBOOKS]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebook:
    def test_runs_from_top_to_bottom(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
        monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        notebook = read(path)
        client = nbclient.NotebookClient(
            notebook,
            timeout=SECONDS_PER_CELL,
            kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
        )
        client.execute()
        outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
        shown = {kind for output in outputs for kind in output.get("data", {})}
        complaints = [output.text for output in outputs if output.get("name") == "stderr"]
        assert not complaints
        assert "image/png" in shown

    def test_is_stored_without_outputs(self, path: Path) -> None:
        for cell in code_cells(read(path)):
            assert not cell.outputs
            assert cell.execution_count is None

    def test_is_valid_and_names_no_machine(self, path: Path) -> None:
        nbformat.validate(read(path))
        assert str(Path.home()) not in path.read_text(encoding="utf-8")

    def test_uses_public_names_only(self, path: Path) -> None:
        for cell in code_cells(read(path)):
            source = "\n".join(line for line in cell.source.splitlines() if not line.startswith("%"))
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
                    assert not (module or "").startswith("emergence_stats.")
                if isinstance(node, ast.Attribute):
                    assert not node.attr.startswith("_")
                    if isinstance(node.value, ast.Name) and node.value.id == "es":
                        assert node.attr in emergence_stats.__all__
