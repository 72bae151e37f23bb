"""``compare``: strategies beside their baseline, or series beside a constant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emergence_stats.cli.ending import AsJson, Out, finish, require_out
from emergence_stats.cli.options import By, Inputs, Scale, Seed, SettingsFile, listed, load_settings, series_of

if TYPE_CHECKING:
    from emergence_stats.ingest import SeriesRow, TidyTable
    from emergence_stats.pairs.table import FrameComparison
    from emergence_stats.settings import Settings


def compare(
    inputs: Inputs,
    column: Annotated[str, typer.Option(help="Column that tells strategies apart.")] = "prompt",
    baseline: Annotated[str, typer.Option(help="Its value for the baseline.")] = "standard",
    constant: Annotated[
        float | None, typer.Option(help="Compare every series with this score instead, such as a fine-tuned model's.")
    ] = None,
    constant_items: Annotated[int | None, typer.Option(min=1, help="Test items behind the constant.")] = None,
    constant_stderr: Annotated[float | None, typer.Option(min=0.0, help="Or its standard error.")] = None,
    constant_name: Annotated[str, typer.Option(help="What the constant is.")] = "the constant",
    margin: Annotated[
        float | None, typer.Option(min=0.0, help="Difference that counts as help. Default: .02 of the metric's range.")
    ] = None,
    select: Annotated[list[str] | None, typer.Option(help="Which series, as column=value; may be repeated.")] = None,
    published: Annotated[
        str | None, typer.Option(help="Published readings to set beside: a bundled table's name, or a CSV file.")
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
    scale: Scale = None,
    by: By = None,
    seed: Seed = 0,
    settings: SettingsFile = None,
) -> None:
    """Where does a strategy begin to help? Paired by model; or where does a series overtake a constant?"""
    from emergence_stats.cli.analyze import parse_selection
    from emergence_stats.errors import InputError
    from emergence_stats.ingest import read_tidy
    from emergence_stats.pairs.constant import Constant
    from emergence_stats.pairs.table import compare_rows, compare_with_constant
    from emergence_stats.report.comparison_sheet import comparison_sheet

    chosen = load_settings(settings)
    if constant is None and (constant_items is not None or constant_stderr is not None):
        msg = "--constant-items and --constant-stderr: expected --constant with them"
        raise InputError(msg)
    require_out(out)
    readings = _published(published)
    by_columns = listed(by) if constant is not None else tuple(dict.fromkeys((*listed(by), column)))
    table = read_tidy(list(inputs), scale=scale, by=by_columns)
    table, found_rows = series_of(table, scale=scale, by=by_columns, items=True)
    rows = _selected(found_rows, parse_selection(select or ()))
    if constant is None:
        found = compare_rows(rows, column=column, baseline=baseline, margin=margin, settings=chosen)
    else:
        level = Constant(score=constant, n_items=constant_items, stderr=constant_stderr, name=constant_name)
        found = compare_with_constant(rows, level, margin=margin, settings=chosen, seed=seed)
    if not found.pairs:
        first = found.failed[0]
        more = f" (and {len(found.failed) - 1} more)" if len(found.failed) > 1 else ""
        msg = f"nothing could be compared: {' · '.join(filter(None, first.identity.values()))}: {first.reason}{more}"
        raise InputError(msg)
    document = _document(found, table, readings, seed=seed, settings=chosen)
    finish(
        "compare",
        document,
        show=lambda: _print(found),
        page=lambda: comparison_sheet(document),
        as_json=as_json,
        out=out,
        complete=not (found.failed or table.skipped),
    )


def _selected(rows: Sequence[SeriesRow], selection: Mapping[str, str]) -> list[SeriesRow]:
    """Series with the wanted values."""
    from emergence_stats.errors import InputError

    for name in selection:
        known = sorted({column for row in rows for column in row.identity})
        if name not in known:
            msg = f"--select: expected one of the columns {', '.join(known)}, got {name!r}"
            raise InputError(msg)
    left = [row for row in rows if all(row.identity.get(name) == value for name, value in selection.items())]
    if not left:
        wanted = ", ".join(f"{name}={value}" for name, value in selection.items())
        msg = f"--select: expected at least one series, got none with {wanted}"
        raise InputError(msg)
    return left


def _published(given: str | None) -> list[dict[str, Any]]:
    """Readings of others, as plain rows."""
    from emergence_stats.errors import TableError

    if given is None:
        return []
    import pandas as pd

    from emergence_stats.datasets import list_datasets, load_dataset

    wanted = ["family", "params", "train_flops", "statement", "source", "url"]
    try:
        frame = load_dataset(given) if given in list_datasets() else pd.read_csv(given)
    except (OSError, ValueError) as error:
        msg = f"--published: expected the name of a bundled table or a readable CSV file, got {given!r}"
        raise TableError(msg) from error
    missing = [name for name in wanted if name not in frame]
    if missing:
        msg = f"--published {given}: expected columns {', '.join(wanted)}; missing: {', '.join(missing)}"
        raise TableError(msg)
    return [
        {name: None if pd.isna(row[name]) else row[name] for name in wanted} for row in frame[wanted].to_dict("records")
    ]


def _document(
    found: FrameComparison, table: TidyTable, published: list[dict[str, Any]], *, seed: int, settings: Settings
) -> dict[str, Any]:
    from emergence_stats import __version__
    from emergence_stats.pairs.document import SCHEMA_VERSION

    return {
        "kind": "comparisons",
        "schema_version": SCHEMA_VERSION,
        "program_version": __version__,
        "seed": seed,
        "settings": settings.to_dict(),
        "inputs": [file.path for file in table.files],
        "skipped": [{"path": skip.path, "reason": skip.reason} for skip in table.skipped],
        "column": found.column,
        "baseline": found.baseline,
        "pairs": [pair.to_dict() for pair in found.pairs],
        "families": [family.to_dict() for family in found.families],
        "failed": [{"identity": dict(item.identity), "reason": item.reason} for item in found.failed],
        "published": published,
    }


def _print(found: FrameComparison) -> None:
    """A paragraph of a single pair; one line each of several, families last."""
    from emergence_stats.report.comparison_families import family_line
    from emergence_stats.report.comparison_sheet import pair_line

    if len(found.pairs) == 1:
        typer.echo(found.pairs[0].summary())
        for warning in found.pairs[0].warnings:
            typer.echo(f"Warning: {warning}")
    else:
        for pair in found.pairs:
            typer.echo(pair_line(pair.to_dict()))
        for family in found.families:
            typer.echo(family_line(family.to_dict()))
    for item in found.failed:
        typer.echo(f"{' · '.join(filter(None, item.identity.values()))}: not compared: {item.reason}", err=True)
