"""The page of all commands and options, written by Typer from the program itself."""

from __future__ import annotations

import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from typer.cli import get_docs_for_click

from emergence_stats.cli.app import PROGRAM, app

PLACE = "reference/commands.md"
INTRODUCTION = f"""\
# Command line

Written by the program: `{PROGRAM} --help` and `{PROGRAM} COMMAND --help` say the same.
"""


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the page."""
    files.append(File.generated(config, PLACE, content=INTRODUCTION + "\n" + commands()))
    return files


def commands() -> str:
    """All commands in Markdown, one heading each."""
    group = typer.main.get_command(app)
    text: str = get_docs_for_click(obj=group, ctx=typer.Context(group), name=PROGRAM, indent=1)
    return text
