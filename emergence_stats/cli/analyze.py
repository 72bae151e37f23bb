"""``analyze``: one series, to the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, cast

import typer

from emergence_stats.cli.options import (
    By,
    Duplicates,
    EvidenceEngine,
    Inputs,
    Models,
    Resamples,
    Scale,
    Seed,
    SettingsFile,
    SingleItems,
    Tasks,
    listed,
    load_settings,
    read_inputs,
    series_of,
)

if TYPE_CHECKING:
    from emergence_stats.ingest import SeriesRow
    from emergence_stats.report.analysis_document import AnalysisDocument

SHOWN_CHOICES = 5


def analyze(
    inputs: Inputs,
    select: Annotated[
        list[str] | None, typer.Option(help="Which series, as column=value (task=gsm8k); may be repeated.")
    ] = None,
    scale: Scale = None,
    by: By = None,
    resamples: Resamples = 0,
    seed: Seed = 0,
    settings: SettingsFile = None,
    evidence_engine: EvidenceEngine = None,
    duplicates: Duplicates = "both",
    models: Models = None,
    tasks: Tasks = None,
    items: SingleItems = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the document as JSON.")] = False,
) -> None:
    """Analyse one series and print verdict, probabilities, conditions and threshold."""
    from emergence_stats.analysis import analyze as analyze_series
    from emergence_stats.errors import InputError
    from emergence_stats.ingest import companions_of

    chosen, columns = load_settings(settings), listed(by)
    table = read_inputs(inputs, scale=scale, by=columns, duplicates=duplicates, models=models, tasks=tasks)
    table, rows = series_of(table, scale=scale, by=columns, items=items)
    row = choose(rows, parse_selection(select or ()))
    if row.series is None:
        raise InputError(row.problem or "the series cannot be analysed")
    beside = companions_of(rows)[rows.index(row)]
    analysis = analyze_series(
        row.series,
        companions=beside.companions,
        unread=dict(beside.unread),
        resamples=resamples,
        seed=seed,
        settings=chosen,
        engine=evidence_engine,
    )
    document = cast("AnalysisDocument", analysis.to_dict())
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=True, allow_nan=False, indent=2))
        return
    from emergence_stats.cli.terminal import show_analysis

    show_analysis(document)


def parse_selection(given: Sequence[str]) -> dict[str, str]:
    """Column to wanted value, from texts of the form column=value."""
    from emergence_stats.errors import InputError

    selection = {}
    for text in given:
        column, equals, value = text.partition("=")
        if not equals:
            msg = f"--select: expected column=value, got {text!r}"
            raise InputError(msg)
        selection[column.strip()] = value.strip()
    return selection


def choose(rows: Sequence[SeriesRow], selection: Mapping[str, str]) -> SeriesRow:
    """The one series that a selection leaves.

    Raises:
        InputError: none or several are left; the message names what there is to choose from.
    """
    from emergence_stats.errors import InputError

    for column in selection:
        known = sorted({name for row in rows for name in row.identity})
        if column not in known:
            msg = f"--select: expected one of the columns {', '.join(known)}, got {column!r}"
            raise InputError(msg)
    left = [row for row in rows if all(row.identity.get(column) == value for column, value in selection.items())]
    if len(left) == 1:
        return left[0]
    listed = left or list(rows)
    shown = "; ".join(
        ", ".join(f"{name}={value}" for name, value in row.identity.items()) for row in listed[:SHOWN_CHOICES]
    )
    more = f"; and {len(listed) - SHOWN_CHOICES} more" if len(listed) > SHOWN_CHOICES else ""
    msg = f"expected one series, got {len(left)}; choose one with --select column=value. Available: {shown}{more}"
    raise InputError(msg)
