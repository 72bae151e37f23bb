"""A cheap stand-in for the analysis, and a run of it as a process of its own that can be killed.

``python -m tests.batch.standin FOLDER [--workers N] [--pause SECONDS]``
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.standin import StandIn
from emergence_stats.batch.manifest import Manifest, Part
from emergence_stats.batch.recipe import Recipe, Sources
from emergence_stats.batch.sharded import run_table
from emergence_stats.ingest import SeriesRow
from emergence_stats.parallel import Engine, Limits
from emergence_stats.series import Series
from emergence_stats.settings import Settings

N_SERIES = 240
RECIPE = Recipe(settings=Settings(), resamples=0, seed=0, documents=False, cross_checked=(), scale=None, by=())
SOURCES = Sources(inputs=(), skipped=(), notes=("stand-in",))


def table(n_series: int = N_SERIES) -> list[SeriesRow]:
    """Series of three metrics each, every hundredth without a series."""
    rows = []
    for i in range(n_series):
        identity = {"task": f"task {i // 3:04d}", "metric": ("exact_match", "brier", "f1")[i % 3], "family": "A"}
        if i % 100 == 99:
            rows.append(SeriesRow(identity=identity, series=None, problem="nothing there"))
            continue
        series = Series(
            scale=[1e8, 1e9, 1e10, 1e11],
            n_correct=[3, 4, 9, 100 + i % 50],
            n_items=[500] * 4,
            chance_level=0.0,
            identity=identity,
            name=" · ".join(identity.values()),
            metric=identity["metric"],
        )
        rows.append(SeriesRow(identity=identity, series=series, problem=None))
    return rows


def run(
    folder: Path,
    rows: list[SeriesRow] | None = None,
    *,
    part: Part | None = None,
    workers: int = 1,
    pause: float = 0.0,
    recipe: Recipe = RECIPE,
    per_shard: int = 20,
) -> Manifest:
    """A run of the stand-in, or one part of it."""
    return run_table(
        table() if rows is None else rows,
        SOURCES,
        folder,
        recipe=recipe,
        work=StandIn(pause=pause),
        part=part,
        engine=Engine(workers=workers),
        limits=Limits(),
        per_shard=per_shard,
    )


def main() -> None:
    """One run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.0)
    options = parser.parse_args()
    rows = table()
    print("ready", flush=True)  # noqa: T201  # the test waits for it
    run(options.folder, rows, workers=options.workers, pause=options.pause)


if __name__ == "__main__":
    main()
