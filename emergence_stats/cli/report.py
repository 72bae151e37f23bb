"""``report``: from files of scores to a folder with the report."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emergence_stats.cli.options import (
    Also,
    By,
    Duplicates,
    EngineName,
    Fdr,
    Inputs,
    MemoryLimit,
    Models,
    Resamples,
    Scale,
    Scheduler,
    Seed,
    SettingsFile,
    SingleItems,
    Tasks,
    TimeLimit,
    checked_rate,
    listed,
    load_settings,
    read_inputs,
    series_of,
)
from emergence_stats.cli.unused import require_used

if TYPE_CHECKING:
    from collections.abc import Collection

    from emergence_stats.batch.manifest import Manifest
    from emergence_stats.batch.reported import ReportedTable
    from emergence_stats.parallel import Engine

INCOMPLETE = 1
TOLD, TOLD_LENGTH = 8, 200  # inputs that were not used, and characters of their names and reasons
SERIES_PER_WORKER = 25  # fewer do not repay the start of a process


def report(
    context: typer.Context,
    inputs: Inputs,
    out: Annotated[Path, typer.Option(help="Folder to write to; made if missing.")],
    scale: Scale = None,
    by: By = None,
    resamples: Resamples = 200,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; the results are the same for any number. Default: by need.")
    ] = None,
    engine: EngineName = "local",
    scheduler: Scheduler = None,
    shard: Annotated[
        str | None, typer.Option(help="i/N: the i-th of N parts, kept in OUT/shards for the command merge; resumable.")
    ] = None,
    stream: Annotated[
        bool, typer.Option("--stream", help="The inputs are one Parquet dataset, however large; resumable.")
    ] = False,
    documents: Annotated[
        bool | None,
        typer.Option(
            help="Keep the JSON document of each series; without them, the page is an overview. "
            "Default: yes, but not of --stream."
        ),
    ] = None,
    time_limit: TimeLimit = None,
    memory_limit: MemoryLimit = None,
    seed: Seed = 0,
    settings: SettingsFile = None,
    cross_checks: Annotated[
        bool, typer.Option(help="Frequentist cross-checks on the cards; they never change a verdict.")
    ] = True,
    fdr: Fdr = 0.05,
    pool: Annotated[
        str | None,
        typer.Option(help="Column, such as family, to pool over in one model as well: a section of its own. Minutes."),
    ] = None,
    also: Also = None,
    duplicates: Duplicates = "both",
    models: Models = None,
    tasks: Tasks = None,
    items: SingleItems = True,
) -> None:
    """Analyse every series of the inputs and write report.html, results.parquet, results.json and run.json."""
    _require_used(context, stream=stream, shard=shard is not None, documents=documents, duplicates=duplicates)
    from emergence_stats.parallel import DEFAULT_LIMITS, Engine, Limits, start_early

    where = Engine(name=engine, workers=workers or 1, scheduler=scheduler)
    limits = Limits(seconds=time_limit, gigabytes=memory_limit)
    # Of runs in parts and of streamed ones: a limit of memory takes nothing from the limit of time.
    long_limits = limits if time_limit is not None else dataclasses.replace(DEFAULT_LIMITS, gigabytes=memory_limit)
    if stream:
        where = where if workers or engine != "local" else Engine(workers=_processors())
        if engine == "local":  # processes take seconds to start: meanwhile this one does so, and sorts the rows
            start_early(long_limits, where.workers, "emergence_stats.batch.stream:load")
    from emergence_stats.batch.manifest import Part
    from emergence_stats.batch.overview import OVERVIEW_FROM
    from emergence_stats.batch.recipe import Recipe, Sources
    from emergence_stats.batch.reported import report_table
    from emergence_stats.batch.sharded import SHARDS, run_table
    from emergence_stats.cli.progress import progress_bar, progress_of_shards
    from emergence_stats.errors import InputError
    from emergence_stats.report.exports import known_exports
    from emergence_stats.report.files import require_writable
    from emergence_stats.report.html import verdicts_with_cards

    rate, chosen, columns, exports = checked_rate(fdr), load_settings(settings), listed(by), known_exports(listed(also))
    columns = tuple(dict.fromkeys((*columns, *([pool] if pool is not None else []))))
    part = None if shard is None else Part.of_text(shard)
    require_writable(out)
    if stream:
        from emergence_stats.batch.stream import run_stream

        recipe = Recipe(
            settings=chosen,
            resamples=resamples,
            seed=seed,
            documents=bool(documents),
            cross_checked=(),
            scale=scale,
            by=columns,
        )
        with progress_of_shards("rows") as on_shard:
            manifest = run_stream(
                inputs,
                out / SHARDS,
                recipe=recipe,
                part=part,
                engine=where,
                limits=long_limits,
                on_progress=on_shard,
            )
        for note in manifest.sources.notes:
            typer.echo(note, err=True)
        finish(manifest, out, alone=part is None, fdr=rate, also=exports, engine=where)
        return
    table = read_inputs(inputs, scale=scale, by=columns, duplicates=duplicates, models=models, tasks=tasks)
    table, rows = series_of(table, scale=scale, by=columns, items=items)
    if workers is None and engine == "local":
        where = Engine(workers=_workers_for(len(rows)))
    kept = documents is not False
    if part is None and kept and len(rows) <= OVERVIEW_FROM:
        with progress_bar(len(rows)) as on_progress:
            done = report_table(
                table,
                rows,
                out,
                scale=scale,
                by=columns,
                resamples=resamples,
                engine=where,
                limits=limits,
                seed=seed,
                settings=chosen,
                cross_checks=cross_checks,
                also=exports,
                fdr=rate,
                pool=pool,
                on_progress=on_progress,
            )
        tell(done)
        return
    if len(rows) > OVERVIEW_FROM and (pool is not None or exports):
        names = ", ".join([*(["--pool"] if pool is not None else []), *(["--also"] if exports else [])])
        msg = f"{names}: expected at most {OVERVIEW_FROM} series, got {len(rows)}; the command pool takes any table"
        raise InputError(msg)
    recipe = Recipe(
        settings=chosen,
        resamples=resamples,
        seed=seed,
        documents=kept,
        cross_checked=tuple(sorted(verdicts_with_cards(len(rows)))) if cross_checks and kept else (),
        scale=scale,
        by=columns,
    )
    with progress_of_shards("series") as on_shard:
        manifest = run_table(
            rows,
            Sources.of(table),
            out / SHARDS,
            recipe=recipe,
            part=part,
            engine=where,
            limits=long_limits,
            on_progress=on_shard,
        )
    finish(manifest, out, alone=part is None, fdr=rate, also=exports, engine=where)


def _require_used(
    context: typer.Context, *, stream: bool, shard: bool, documents: bool | None, duplicates: str
) -> None:
    """Refuse options that the kind of run leaves without effect.

    Raises:
        InputError: some were given.
    """
    unused: dict[str, tuple[str, ...]] = {}
    if stream:  # the rows of one dataset, never all at once; the page is an overview, without cards
        unused["--stream"] = ("pool", "also", "duplicates", "models", "tasks", "items", "cross_checks")
    if documents is False:  # cards, and the cross-checks on them, are drawn from documents
        unused["--no-documents"] = ("pool", "also", "cross_checks")
    if shard:
        unused["--shard (they are for the whole, see merge and pool)"] = ("pool", "also", "fdr")
    wrong = stream and duplicates not in ("both", "latest")
    require_used(
        context, unused, *([f"duplicates: expected 'both' or 'latest', got {duplicates!r:.40}"] if wrong else [])
    )


def finish(manifest: Manifest, out: Path, *, alone: bool, fdr: float, also: Collection[str], engine: Engine) -> None:
    """Report a run that is whole, or say what is left to do."""
    from emergence_stats.batch.merge import merge_shards
    from emergence_stats.report.formats import plural

    if alone:
        workers = engine.workers if engine.name == "local" else None
        tell(merge_shards([out], out, fdr=fdr, also=also, workers=workers, n_parts=manifest.part.of))
        return
    n_series = sum(one.n_series for one in manifest.shards)
    typer.echo(
        f"Part {manifest.part}: {plural(n_series, 'series', 'series')} in {out}. When all parts are there: "
        f"emergence-stats merge {out} --out {out}"
    )


def tell(done: ReportedTable) -> None:
    """Say what was found and where it is written; end with the code of what was incomplete."""
    from emergence_stats.report.formats import inert

    typer.echo(" ".join(part for part in (done.page.headline, done.page.overview) if part))
    typer.echo(str(done.path))
    for skipped in done.page.skipped[:TOLD]:
        typer.echo(f"not used: {inert(skipped.path, TOLD_LENGTH)}: {inert(skipped.reason, TOLD_LENGTH)}", err=True)
    if len(done.page.skipped) > TOLD:
        typer.echo(f"not used: {len(done.page.skipped) - TOLD} more, see the page", err=True)
    for remark in done.remarks:
        typer.echo(remark, err=True)
    if not done.complete:
        raise typer.Exit(code=INCOMPLETE)


def _workers_for(n_series: int) -> int:
    """As many processes as there are processors to use, but none that would have next to nothing to do."""
    return max(1, min(_processors(), n_series // SERIES_PER_WORKER))


def _processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
