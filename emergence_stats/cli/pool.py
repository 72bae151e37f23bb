"""``pool``: families and tasks in one model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emergence_stats.cli.options import By, Inputs, Scale, Seed, SettingsFile, listed, load_settings

if TYPE_CHECKING:
    from emergence_stats.pooling.result import PooledAnalysis

INCOMPLETE = 1


def pool(
    inputs: Inputs,
    over: Annotated[str, typer.Option(help="Column to pool over.")] = "family",
    out: Annotated[Path | None, typer.Option(help="Folder for pool.html and pool.json; made if missing.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the document as JSON.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Processes; the result is the same for any number.")] = 2,
    scale: Scale = None,
    by: By = None,
    seed: Seed = 0,
    settings: SettingsFile = None,
) -> None:
    """Pool families that have a few sizes each: thresholds by family, and for a new one. Samples for minutes."""
    from emergence_stats.errors import InputError
    from emergence_stats.ingest import read_tidy, series_from_table
    from emergence_stats.pooling.result import pool as pool_series
    from emergence_stats.report.files import require_writable

    chosen = load_settings(settings)
    if out is not None:
        require_writable(out)
    columns = tuple(dict.fromkeys((*listed(by), over)))
    table = read_tidy(list(inputs), scale=scale, by=columns)
    rows = series_from_table(table, scale=scale, by=columns)
    usable = [row.series for row in rows if row.series is not None]
    left_out = [(" · ".join(filter(None, row.identity.values())), row.problem or "") for row in rows if row.problem]
    if not usable:
        msg = f"no series could be pooled: {left_out[0][1] if left_out else 'the input has none'}"
        raise InputError(msg)
    found = pool_series(usable, by=over, workers=workers, seed=seed, settings=chosen)
    document = _document(found, left_out, [file.path for file in table.files])
    if out is not None:
        from emergence_stats.report.files import write_sheet
        from emergence_stats.report.pooling_sheet import pooling_sheet

        path = write_sheet(out, "pool", sheet=pooling_sheet(document), document=document)
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=True, allow_nan=False, indent=2))
    else:
        typer.echo(found.summary())
        for warning in found.warnings:
            typer.echo(f"Warning: {warning}")
        for name, problem in left_out:
            typer.echo(f"{name}: left out: {problem}", err=True)
        if out is not None:
            typer.echo(str(path))
    if left_out or table.skipped:
        raise typer.Exit(code=INCOMPLETE)


def _document(found: PooledAnalysis, left_out: list[tuple[str, str]], inputs: list[str]) -> dict[str, Any]:
    return found.to_dict() | {
        "summary": found.summary(),
        "inputs": inputs,
        "left_out": [{"name": name, "reason": reason} for name, reason in left_out],
    }
