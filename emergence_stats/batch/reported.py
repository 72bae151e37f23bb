"""A table's series analysed and written as a report: what the command line and the HTTP service share."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from emergence_stats._version import __version__
from emergence_stats.batch.discoveries import Standing, discover_standings, proportions_sentence
from emergence_stats.batch.pooled import with_pooled
from emergence_stats.batch.recipe import Recipe, Sources
from emergence_stats.batch.rows import series_name
from emergence_stats.batch.run import BatchResult, run_batch
from emergence_stats.errors import InputError
from emergence_stats.ingest import SeriesRow, TidyTable
from emergence_stats.parallel import Engine, Limits
from emergence_stats.pooling.table import PooledTable, pool_table
from emergence_stats.report.analysis_document import AnalysisDocument
from emergence_stats.report.document import FailedSeries, ReportDocument, RunFacts, build_report
from emergence_stats.report.files import write_report
from emergence_stats.report.html import verdicts_with_cards
from emergence_stats.report.run_record import RunRecord
from emergence_stats.settings import Settings

LONGEST_NAME = 120  # characters of a series' name in a message


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReportedTable:
    """A finished report.

    Attributes:
        page: what it says.
        path: of the HTML page; the other files stand beside it.
        remarks: what whoever made it should know, and the page does not say.
    """

    page: ReportDocument
    path: Path
    remarks: tuple[str, ...] = ()

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
    engine: Engine | None = None,
    limits: Limits | None = None,
    seed: int = 0,
    settings: Settings | None = None,
    cross_checks: bool = True,
    also: Collection[str] = (),
    fdr: float = 0.05,
    pool: str | None = None,
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
        engine: where to compute, in place of `workers`.
        limits: of time and memory for each series.
        seed: seed of every random choice.
        settings: the defaults if None.
        cross_checks: frequentist cross-checks on the cards; they never change a verdict.
        also: what to write beside these files: names of `report.exports.EXPORTS`.
        fdr: Bayesian false discovery rate of the discovery list, named in the report where there are several series.
        pool: column over which all series are pooled in one model as well: a section of the report, with pool.html and
            pool.json beside it.
        on_progress: called with the number of series done so far.

    Raises:
        InputError: no series could be analysed, or `fdr` is not a share.
        SeriesError: with `pool`, there are fewer than three families, or several kinds of scale.
        OutputError: the folder cannot be written; nothing in it has changed.
        EngineError: the workers cannot be reached, or are lost again and again.
    """
    started = datetime.now(UTC)
    recipe = Recipe(
        settings=settings or Settings(),
        resamples=resamples,
        seed=seed,
        documents=True,
        cross_checked=tuple(verdicts_with_cards(len(rows))) if cross_checks else (),
        scale=scale,
        by=by,
    )
    together = None
    if pool is not None:  # first: what cannot be pooled is known before hours of analyses
        threads = workers if engine is None else engine.workers
        together = pool_table(
            table, over=pool, scale=scale, by=by, workers=threads, seed=seed, settings=recipe.settings
        )
    batch = run_batch(
        rows,
        settings=recipe.settings,
        resamples=resamples,
        workers=workers,
        engine=engine,
        limits=limits,
        seed=seed,
        cross_checked=recipe.cross_checked,
        on_progress=on_progress,
    )
    if together is not None:
        batch = with_pooled(batch, together)
    found = Found(frame=batch.frame, results=_results(batch), standings=batch.standings)
    where = engine or Engine(workers=workers)
    written = where.workers if where.name == "local" else None
    return write_found(
        found,
        Sources.of(table),
        recipe,
        out,
        also=also,
        fdr=fdr,
        together=together,
        workers=written,
        times=(started, datetime.now(UTC)),
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Results in memory, all in the same order.

    Attributes:
        frame: one row per series, as `run_batch` gives it.
        results: documents, and failures in place.
        standings: what each brings to the discovery list; None where it failed or did not converge.
    """

    frame: pd.DataFrame
    results: Sequence[AnalysisDocument | FailedSeries]
    standings: Sequence[Standing | None]


def write_found(
    found: Found,
    sources: Sources,
    recipe: Recipe,
    out: Path,
    *,
    also: Collection[str] = (),
    fdr: float = 0.05,
    together: PooledTable | None = None,
    workers: int | None = None,
    times: tuple[datetime, datetime],
) -> ReportedTable:
    """What all series together tell, and the report of it.

    Args:
        found: the results.
        sources: where the series came from.
        recipe: what decided the results.
        out: folder to write to, all or nothing; made if missing.
        also: as of `report_table`.
        fdr: as of `report_table`.
        together: what families say together, or None.
        workers: processes, for the record; None where other machines were at it.
        times: when the run began, and when the analyses were done.

    Raises:
        InputError: no series could be analysed, or `fdr` is not a share.
        OutputError: the folder cannot be written; nothing in it has changed.
    """
    if all(isinstance(result, FailedSeries) for result in found.results):
        msg = _nothing_usable(found.results)
        raise InputError(msg)
    page = _page(found.results, sources, recipe)
    discoveries = discover_standings(found.standings, recipe.settings.prior.explanation_masses, fdr)
    frame = found.frame.assign(
        p_emergent_pooled=pd.array(discoveries.probability, dtype="Float64").to_numpy(dtype="float64", na_value=np.nan),
        discovery=list(discoveries.found),
    )
    pooled = None
    if together is not None:
        pooled = together.to_dict() | {"inputs": [item.path for item in sources.inputs]}
        page = dataclasses.replace(page, pooled=pooled)
    if len(found.results) > 1:
        page = dataclasses.replace(
            page,
            overview=f"{page.overview} {discoveries.sentence()}".strip(),
            proportions=proportions_sentence(discoveries.record()),
        )
    run = dataclasses.replace(
        run_record(sources, recipe, page.counts, workers=workers, times=times),
        discoveries=discoveries.record(),
        pool=None if together is None else together.analysis.by,
    )
    path = write_report(out, report=page, results=found.results, frame=frame, run=run, also=also, pooled=pooled)
    return ReportedTable(page=page, path=path)


def run_record(
    sources: Sources,
    recipe: Recipe,
    counts: Mapping[str, int],
    *,
    workers: int | None,
    times: tuple[datetime, datetime],
) -> RunRecord:
    """The record of a run."""
    return RunRecord(
        program_version=__version__,
        settings=recipe.settings.to_dict(),
        seed=recipe.seed,
        resamples=recipe.resamples,
        workers=workers,
        scale=recipe.scale,
        by=recipe.by,
        inputs=sources.inputs,
        skipped=sources.skipped,
        notes=sources.notes,
        counts=counts,
        started=times[0],
        finished=times[1],
    )


def _results(batch: BatchResult) -> list[AnalysisDocument | FailedSeries]:
    """One document or failure per series, in the order of the results table."""
    reasons = [str(reason) for reason in batch.frame["reason"]]
    return [
        FailedSeries(name=series_name(row), reason=reason, identity=row.identity)
        if document is None
        else cast("AnalysisDocument", document)
        for row, document, reason in zip(batch.rows, batch.documents, reasons, strict=True)
    ]


def _page(results: Sequence[AnalysisDocument | FailedSeries], sources: Sources, recipe: Recipe) -> ReportDocument:
    return build_report(
        [result for result in results if not isinstance(result, FailedSeries)],
        failed=[result for result in results if isinstance(result, FailedSeries)],
        skipped=sources.skipped,
        run=run_facts(sources, recipe),
    )


def run_facts(sources: Sources, recipe: Recipe) -> RunFacts:
    """How a run was made, for its page."""
    return RunFacts(
        program_version=__version__,
        seed=recipe.seed,
        resamples=recipe.resamples,
        inputs=tuple(item.path for item in sources.inputs),
        notes=sources.notes,
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
