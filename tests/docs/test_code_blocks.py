"""Code in the documentation runs, and the commands that it shows exist."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
import typer

from emergence_stats.cli.app import app
from tests.docs.pages import PAGES, ROOT, Block, blocks, name_of

PROGRAM = "emergence-stats"
PYTHON = [(page, block) for page in PAGES for block in blocks(page, "python")]
SHELL = [(page, block) for page in PAGES for block in blocks(page, "sh")]


@pytest.mark.parametrize(("page", "block"), PYTHON, ids=lambda part: name_of(part) if isinstance(part, Path) else "")
def test_python_runs(page: Path, block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scores.csv").write_text(blocks(ROOT / "README.md", "csv")[0].text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(compile(block.text, f"{name_of(page)}:{block.line}", "exec"), {"__name__": "__main__"})


def commands() -> list[tuple[str, list[str]]]:
    """Every call of the program that a page shows: where, and its words."""
    found = []
    for page, block in SHELL:
        for line in block.text.splitlines():
            words = shlex.split(line, comments=True)
            if words and Path(words[0]).name == PROGRAM:
                found.append((f"{name_of(page)}: {line}", words[1:]))
    return found


@pytest.mark.parametrize(("where", "words"), commands(), ids=lambda part: part if isinstance(part, str) else "")
def test_commands_and_their_options_exist(where: str, words: list[str]) -> None:
    command = typer.main.get_group(app).commands[words[0]]
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options, where
