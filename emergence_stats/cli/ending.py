"""How a command ends that makes one document: JSON or text to the terminal, then the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from emergence_stats.report.sheet import Sheet

INCOMPLETE = 1

Out = Annotated[
    Path | None, typer.Option(help="Folder for the page and its data, NAME.html and NAME.json; made if missing.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the document as JSON.")]


def require_out(out: Path | None) -> None:
    """Find out before the work whether its page can be written.

    Raises:
        OutputError: it cannot.
    """
    if out is not None:
        from emergence_stats.report.files import require_writable

        require_writable(out)


def finish(
    name: str,
    document: Mapping[str, Any],
    *,
    show: Callable[[], None],
    page: Callable[[], Sheet],
    as_json: bool,
    out: Path | None,
    complete: bool = True,
) -> None:
    """Print the document as JSON or as text, and write its page.

    Args:
        name: of the command, and of its files.
        document: the result as plain values.
        show: prints it as text.
        page: makes its page.
        as_json: print JSON in place of text; the path of the page then goes to standard error.
        out: folder for page and document; None for none.
        complete: whether all of the input was used.

    Raises:
        typer.Exit: with code 1, if it was not.
    """
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=True, allow_nan=False, indent=2))
    else:
        show()
    if out is not None:
        from emergence_stats.report.files import write_sheet

        typer.echo(str(write_sheet(out, name, sheet=page(), document=document)), err=as_json)
    if not complete:
        raise typer.Exit(code=INCOMPLETE)
