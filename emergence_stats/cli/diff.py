"""``diff``: what has changed between two reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from emergence_stats.report.changes import Change

SHOWN = 40  # lines of each kind in the terminal


def diff(
    before: Annotated[Path, typer.Argument(help="Folder of the earlier report.")],
    after: Annotated[Path, typer.Argument(help="Folder of the later report.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder to write changes.html and changes.json to; made if missing.")
    ] = None,
) -> None:
    """Say which verdicts changed between two reports, and what else did: settings, versions, inputs."""
    from emergence_stats.report.changes import changes_between
    from emergence_stats.report.changes_sheet import changes_sheet, headline, overview
    from emergence_stats.report.files import write_sheet
    from emergence_stats.report.runs import read_run

    changes = changes_between(read_run(before), read_run(after))
    typer.echo(f"{headline(changes)} {overview(changes)}")
    for sentence in changes.circumstances[:SHOWN]:
        typer.echo(f"  {sentence}")
    for heading, group in (
        ("Changed verdicts", changes.verdicts),
        ("Same verdict, another P(emergent)", changes.shifts),
        ("New", changes.appeared),
        ("Gone", changes.gone),
    ):
        if group:
            typer.echo(f"{heading}:")
            for change in group[:SHOWN]:
                typer.echo(f"  {_line(change)}")
            if len(group) > SHOWN:
                typer.echo(f"  and {len(group) - SHOWN} more; --out writes all")
    if out is not None:
        typer.echo(str(write_sheet(out, "changes", sheet=changes_sheet(changes), document=changes.to_dict())))


def _line(change: Change) -> str:
    from emergence_stats.report.changes import probability_change
    from emergence_stats.report.changes_sheet import verdict_words
    from emergence_stats.report.formats import inert

    words = [verdict_words(verdict) for verdict in dict.fromkeys((change.before, change.after)) if verdict != "absent"]
    data = f"; {change.cause}" if change.cause else ""
    return inert(f"{change.name}: {' → '.join(words)}, P(emergent) {probability_change(change)}{data}")
