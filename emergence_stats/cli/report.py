"""``report``: from files of scores to a folder with the report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from emergence_stats.cli.options import (
    By,
    Duplicates,
    Inputs,
    Models,
    Resamples,
    Scale,
    Seed,
    SettingsFile,
    Tasks,
    listed,
    load_settings,
    read_inputs,
)

INCOMPLETE = 1
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
    fdr: Annotated[float, typer.Option(help="Bayesian false discovery rate of the discovery list.")] = 0.05,
    also: Annotated[
        list[str] | None,
        typer.Option(help="Write beside these: markdown, latex, png, svg (figures); repeated, or with commas."),
    ] = None,
    duplicates: Duplicates = "both",
    models: Models = None,
    tasks: Tasks = None,
) -> None:
    """Analyse every series of the inputs and write report.html, results.parquet, results.json and run.json."""
    from emergence_stats.batch.reported import report_table
    from emergence_stats.cli.progress import progress_bar
    from emergence_stats.errors import InputError
    from emergence_stats.ingest import series_from_table
    from emergence_stats.report.exports import known_exports
    from emergence_stats.report.files import require_writable

    if not 0.0 < fdr < 1.0:
        msg = f"--fdr: expected a number above 0 and below 1, got {fdr:g}"
        raise InputError(msg)
    chosen, columns, exports = load_settings(settings), listed(by), known_exports(listed(also))
    require_writable(out)
    table = read_inputs(inputs, scale=scale, by=columns, duplicates=duplicates, models=models, tasks=tasks)
    rows = series_from_table(table, scale=scale, by=columns)
    with progress_bar(len(rows)) as on_progress:
        done = report_table(
            table,
            rows,
            out,
            scale=scale,
            by=columns,
            resamples=resamples,
            workers=workers or _workers_for(len(rows)),
            seed=seed,
            settings=chosen,
            cross_checks=cross_checks,
            also=exports,
            fdr=fdr,
            on_progress=on_progress,
        )
    typer.echo(" ".join(part for part in (done.page.headline, done.page.overview) if part))
    typer.echo(str(done.path))
    if not done.complete:
        raise typer.Exit(code=INCOMPLETE)


def _workers_for(n_series: int) -> int:
    """As many processes as there are processors to use, but none that would have next to nothing to do."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(usable, n_series // SERIES_PER_WORKER))
