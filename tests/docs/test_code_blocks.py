"""Examples in the documentation run and print what is shown, and the commands that it names exist."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
import typer

from emergence_stats.cli.app import PROGRAM, app
from tests.docs.examples import PROMPT, run
from tests.docs.pages import PAGES, blocks, name_of

RUN = ("console", "python")
REMEDY = "`make docs-examples` writes what is printed today into the pages"


@pytest.mark.parametrize(
    "page", [page for page in PAGES if any(block.language in RUN for block in blocks(page))], ids=name_of
)
def test_examples_run_and_print_what_is_shown(page: Path, tmp_path: Path) -> None:
    for shown in run(page, tmp_path):
        assert shown.printed == shown.block.text, f"{name_of(page)}, line {shown.block.line}: {REMEDY}"


def commands() -> list[tuple[str, list[str]]]:
    """Every call of the program in a block that is not run: where, and its words."""
    found = []
    for page in PAGES:
        for block in blocks(page, "sh"):
            for line in block.text.replace("\\\n", " ").splitlines():  # a line may go on
                words = shlex.split(line, comments=True)
                if words and Path(words[0]).name == PROGRAM:
                    found.append((f"{name_of(page)}: {line}", words[1:]))
    return found


@pytest.mark.parametrize(("where", "words"), commands(), ids=lambda part: part if isinstance(part, str) else "")
def test_commands_and_their_options_exist(where: str, words: list[str]) -> None:
    command = typer.main.get_group(app).commands[words[0]]
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options, where


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_consoles_begin_with_a_command(page: Path) -> None:
    for block in blocks(page, "console"):
        assert block.text.startswith(PROMPT), f"{name_of(page)}, line {block.line}"
