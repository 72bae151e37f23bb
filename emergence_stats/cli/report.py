"""``report``: from files of scores to a folder with the report."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from emergence_stats import __version__
from emergence_stats.cli.options import By, Inputs, Resamples, Scale, Seed, SettingsFile, column_names, load_settings

if TYPE_CHECKING:
    from emergence_stats.batch import BatchResult
    from emergence_stats.ingest import SeriesRow, TidyTable
    from emergence_stats.report.analysis_document import AnalysisDocument
    from emergence_stats.report.document import FailedSeries, ReportDocument

INCOMPLETE = 1
LONGEST_NAME = 120  # characters of a series' name in a message
SERIES_PER_WORKER = 25  # fewer do not repay the start of a process


def report(
    inputs: Inputs,
    out: Annotated[Path, typer.Option(help="Folder to write to; made if missing.")],
    scale: Scale = None,
    by: By = None,
    resamples: Resamples = 200,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; the results are the same for any number. Default: by need.")
    ] = None,
    seed: Seed = 0,
    settings: SettingsFile = None,
    cross_checks: Annotated[
        bool, typer.Option(help="Frequentist cross-checks on the cards; they never change a verdict.")
    ] = True,
) -> None:
    """Analyse every series of the inputs and write report.html, results.parquet, results.json and run.json."""
    from emergence_stats.batch import run_batch
    from emergence_stats.cli.progress import progress_bar
    from emergence_stats.errors import InputError
    from emergence_stats.ingest import read_tidy, series_from_table
    from emergence_stats.report.files import require_writable, write_report
    from emergence_stats.report.html import verdicts_with_cards
    from emergence_stats.report.run_record import InputRecord, RunRecord

    started = datetime.now(UTC)
    chosen, columns = load_settings(settings), column_names(by)
    require_writable(out)
    table = read_tidy(list(inputs), scale=scale, by=columns)
    rows = series_from_table(table, scale=scale, by=columns)
    processes = workers or _workers_for(len(rows))
    with progress_bar(len(rows)) as on_progress:
        batch = run_batch(
            rows,
            settings=chosen,
            resamples=resamples,
            workers=processes,
            seed=seed,
            cross_checked=verdicts_with_cards(len(rows)) if cross_checks else (),
            on_progress=on_progress,
        )
    results = _results(batch)
    if all(document is None for document in batch.documents):
        msg = _nothing_usable(results)
        raise InputError(msg)
    page = _page(results, table, resamples=resamples, seed=seed)
    run = RunRecord(
        program_version=__version__,
        settings=chosen.to_dict(),
        seed=seed,
        resamples=resamples,
        workers=processes,
        scale=scale,
        by=columns,
        inputs=tuple(
            InputRecord(path=file.path, format=file.format, n_rows=file.n_rows, sha256=file.sha256)
            for file in table.files
        ),
        skipped=page.skipped,
        notes=table.notes,
        counts=page.counts,
        started=started,
        finished=datetime.now(UTC),
    )
    path = write_report(out, report=page, results=results, frame=batch.frame, run=run)
    typer.echo(" ".join(part for part in (page.headline, page.overview) if part))
    typer.echo(str(path))
    if page.skipped or page.counts.get("failed"):
        raise typer.Exit(code=INCOMPLETE)


def _workers_for(n_series: int) -> int:
    """As many processes as there are processors to use, but none that would have next to nothing to do."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(usable, n_series // SERIES_PER_WORKER))


def _results(batch: BatchResult) -> list[AnalysisDocument | FailedSeries]:
    """One document or failure per series, in the order of the results table."""
    from emergence_stats.report.document import FailedSeries

    reasons = [str(reason) for reason in batch.frame["reason"]]
    return [
        FailedSeries(name=_name(row), reason=reason, identity=row.identity)
        if document is None
        else cast("AnalysisDocument", document)
        for row, document, reason in zip(batch.rows, batch.documents, reasons, strict=True)
    ]


def _page(
    results: Sequence[AnalysisDocument | FailedSeries], table: TidyTable, *, resamples: int, seed: int
) -> ReportDocument:
    from emergence_stats.report.document import FailedSeries, RunFacts, SkippedInput, build_report

    return build_report(
        [result for result in results if not isinstance(result, FailedSeries)],
        failed=[result for result in results if isinstance(result, FailedSeries)],
        skipped=[SkippedInput(path=item.path, reason=item.reason) for item in table.skipped],
        run=RunFacts(
            program_version=__version__,
            seed=seed,
            resamples=resamples,
            inputs=tuple(file.path for file in table.files),
            notes=table.notes,
        ),
    )


def _nothing_usable(results: Sequence[AnalysisDocument | FailedSeries]) -> str:
    from emergence_stats.report.document import FailedSeries

    failures = [result for result in results if isinstance(result, FailedSeries)]
    if not failures:
        return "expected at least one series, got none"
    first = failures[0]
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    name = first.name if len(first.name) <= LONGEST_NAME else f"{first.name[: LONGEST_NAME - 3]}..."
    place = "" if first.reason.startswith(f"{first.name}: ") else f"{name}: "
    return f"no series could be analysed: {place}{first.reason}{more}"


def _name(row: SeriesRow) -> str:
    """The label of a series that may not have come about."""
    return row.series.name if row.series is not None else " · ".join(filter(None, row.identity.values())) or "series"
