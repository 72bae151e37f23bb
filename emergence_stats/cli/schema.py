"""``schema``: the JSON schema of the documents in results.json."""

from __future__ import annotations

import typer


def schema() -> None:
    """Print the JSON schema (2020-12) of one analysis, as `analyze --json` prints and results.json lists it."""
    from importlib import resources

    file = resources.files("emergence_stats") / "schema" / "analysis.schema.json"
    typer.echo(file.read_text(encoding="utf-8").rstrip("\n"))
