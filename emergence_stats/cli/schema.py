"""``schema``: the JSON schemas of what commands print and write."""

from __future__ import annotations

from typing import Annotated

import typer

DOCUMENTS = ("analysis", "axes", "backtest", "compare", "forecast", "plan", "pool")


def schema(
    document: Annotated[str, typer.Argument(help=f"One of {', '.join(DOCUMENTS)}.")] = "analysis",
) -> None:
    """Print a JSON schema (2020-12): of one analysis, as results.json lists it, or of another command's document."""
    from importlib import resources

    from emergence_stats.errors import InputError

    if document not in DOCUMENTS:
        msg = f"schema: expected one of {', '.join(DOCUMENTS)}, got {document!r}"
        raise InputError(msg)
    file = resources.files("emergence_stats") / "schema" / f"{document}.schema.json"
    typer.echo(file.read_text(encoding="utf-8").rstrip("\n"))
