"""A table's series analysed and written as a report: what the command line and the HTTP service share."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from emergence_stats._version import __version__
from emergence_stats.batch.discoveries import discover
from emergence_stats.batch.run import BatchResult, run_batch
from emergence_stats.errors import InputError
from emergence_stats.ingest import SeriesRow, TidyTable
from emergence_stats.report.analysis_document import AnalysisDocument
from emergence_stats.report.document import FailedSeries, ReportDocument, RunFacts, SkippedInput, build_report
from emergence_stats.report.files import write_report
from emergence_stats.report.html import verdicts_with_cards
from emergence_stats.report.run_record import InputRecord, RunRecord
from emergence_stats.settings import Settings

LONGEST_NAME = 120  # characters of a series' name in a message


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReportedTable:
    """A finished report.

    Attributes:
        page: what it says.
        path: of the HTML page; the other files stand beside it.
    """

    page: ReportDocument
    path: Path

    @property
    def complete(self) -> bool:
        """Whether every input was used and every series analysed."""
        return not self.page.skipped and not self.page.counts.get("failed")


def report_table(
    table: TidyTable,
    rows: Sequence[SeriesRow],
    out: Path,
    *,
    scale: str | None = None,
    by: tuple[str, ...] = (),
    resamples: int = 200,
    workers: int = 1,
    seed: int = 0,
    settings: Settings | None = None,
    cross_checks: bool = True,
    also: Collection[str] = (),
    fdr: float = 0.05,
    on_progress: Callable[[int], None] | None = None,
) -> ReportedTable:
    """Analyse every series of a table and write report.html, results.parquet, results.json and run.json.

    Args:
        table: what was read.
        rows: its series.
        out: folder to write to, all or nothing; made if missing.
        scale: the scale column that was asked for, for the record.
        by: the further columns that were asked for, for the record.
        resamples: resampled test sets per size.
        workers: processes; the results are the same to the last bit for any number.
        seed: seed of every random choice.
        settings: the defaults if None.
        cross_checks: frequentist cross-checks on the cards; they never change a verdict.
        also: what to write beside these files: names of `report.exports.EXPORTS`.
        fdr: Bayesian false discovery rate of the discovery list, named in the report where there are several series.
        on_progress: called with the number of series done so far.

    Raises:
        InputError: no series could be analysed, or `fdr` is not a share.
        OutputError: the folder cannot be written; nothing in it has changed.
    """
    started = datetime.now(UTC)
    chosen = settings or Settings()
    batch = run_batch(
        rows,
        settings=chosen,
        resamples=resamples,
        workers=workers,
        seed=seed,
        cross_checked=verdicts_with_cards(len(rows)) if cross_checks else (),
        on_progress=on_progress,
    )
    results = _results(batch)
    if all(document is None for document in batch.documents):
        msg = _nothing_usable(results)
        raise InputError(msg)
    page = _page(results, table, resamples=resamples, seed=seed)
    discoveries = discover(batch.documents, fdr)
    frame = batch.frame.assign(
        p_emergent_pooled=pd.array(discoveries.probability, dtype="Float64").to_numpy(dtype="float64", na_value=np.nan),
        discovery=list(discoveries.found),
    )
    if len(rows) > 1:
        page = dataclasses.replace(page, overview=f"{page.overview} {discoveries.sentence()}".strip())
    run = RunRecord(
        program_version=__version__,
        settings=chosen.to_dict(),
        seed=seed,
        resamples=resamples,
        workers=workers,
        scale=scale,
        by=by,
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
    path = write_report(out, report=page, results=results, frame=frame, run=run, also=also)
    return ReportedTable(page=page, path=path)


def _results(batch: BatchResult) -> list[AnalysisDocument | FailedSeries]:
    """One document or failure per series, in the order of the results table."""
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
