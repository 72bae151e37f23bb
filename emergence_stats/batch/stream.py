"""A report of a dataset that is larger than memory: scattered once, then bucket by bucket like any other table."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from emergence_stats.batch.buckets import bucket_count, family_hash
from emergence_stats.batch.dataset import Dataset
from emergence_stats.batch.manifest import Manifest, Part
from emergence_stats.batch.recipe import Recipe, Sources
from emergence_stats.batch.scatter import Scattered, scatter
from emergence_stats.batch.sharded import Chunk, OnProgress, Progress, now, run_shards
from emergence_stats.batch.work import Item, Outcome, placed
from emergence_stats.ingest import UnitContext, series_from_table, unit_notes
from emergence_stats.ingest.grouping import identity_columns
from emergence_stats.parallel import DEFAULT_LIMITS, Engine, Limits, Work
from emergence_stats.settings import Settings

FEWEST_ROWS, MOST_ROWS = 512, 4096  # of a bucket: small ones keep all workers busy to the end, ...
FEW_BUCKETS = 2048  # ... but beyond so many, larger ones keep the number of files down


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RowsWork:
    """Work whose chunks are rows of a table: the worker makes series of them (`parallel.Work`).

    Attributes:
        series: what is done with each series.
        scale: the scale column that was asked for.
        by: further columns that tell series apart.
        context: what the whole dataset says about units.
    """

    series: Work[Item, Outcome, Any]
    scale: str | None
    by: tuple[str, ...]
    context: UnitContext

    def prepare(self) -> None:
        """As the work does."""
        self.series.prepare()

    def items(self, payload: bytes) -> Sequence[Item]:
        """The series of some rows, in the order of the hashes of their families, then by identity."""
        import pyarrow as pa

        frame = pa.ipc.open_stream(payload).read_all().to_pandas(integer_object_nulls=True)
        found = placed(series_from_table(frame, scale=self.scale, by=self.by, context=self.context))
        return sorted(found, key=_hash_and_identity)

    def one(self, item: Item) -> Outcome:
        """As the work does."""
        return self.series.one(item)

    def failed(self, item: Item, reason: str) -> Outcome:
        """As the work does."""
        return self.series.failed(item, reason)

    def answer(self, items: Sequence[Item], results: Sequence[Outcome]) -> Any:  # noqa: ANN401
        """As the work does."""
        return self.series.answer(items, results)


def load() -> None:
    """What a process needs before it computes its first chunk: imports and compiled loops, whatever the settings."""
    import pyarrow.parquet  # noqa: F401

    Recipe(
        settings=Settings(), resamples=0, seed=0, documents=False, cross_checked=(), scale=None, by=()
    ).work().prepare()


def _hash_and_identity(item: Item) -> tuple[int, tuple[tuple[str, str], ...]]:
    return family_hash(item.row.identity), tuple(item.row.identity.items())


def run_stream(
    inputs: Iterable[Path],
    folder: Path,
    *,
    recipe: Recipe,
    work: Work[Item, Outcome, Any] | None = None,
    part: Part | None = None,
    engine: Engine | None = None,
    limits: Limits = DEFAULT_LIMITS,
    rows_per_bucket: int | None = None,
    on_progress: OnProgress | None = None,
) -> Manifest:
    """One part of a dataset as shards and a manifest.

    The rows of a series may be scattered over all files. The dataset is one table: a metric has one unit throughout.

    Args:
        inputs: Parquet files, or folders of them.
        folder: of the shards; the scattered rows lie there, too, as long as the run lasts.
        recipe: what decides the results.
        work: what is done with a series, in place of the recipe's.
        part: the share of this run; all of it if None.
        engine: where to compute.
        limits: of time and memory for each series.
        rows_per_bucket: about how many rows a bucket holds, on which all parts must agree; by need if None.
        on_progress: called before and after the rows are read, and after each bucket; sizes are rows of the input.

    Raises:
        ReaderError: there is no Parquet file, or one is damaged.
        TableError: a column that a series is made of is missing.
        EngineError: the workers cannot be reached, or are lost again and again.
        OutputError: a shard cannot be written; the finished ones stay.
    """
    part, started = part or Part(), now()
    dataset = Dataset.open(inputs, scale=recipe.scale, by=recipe.by, apart=folder.parent)
    few, many = (bucket_count(dataset.n_rows, rows_per_bucket or rows) for rows in (MOST_ROWS, FEWEST_ROWS))
    n_buckets = max(few, min(many, FEW_BUCKETS))
    identity = identity_columns(dataset.schema.names, scale=recipe.scale, by=recipe.by)
    begun = Progress(done=0, reused=0, total=dataset.n_rows, n_series=0)
    if on_progress is not None:
        on_progress(begun)
    rows = scatter(dataset, folder, identity=identity, n_buckets=n_buckets, part=part)
    try:
        if on_progress is not None:  # the rows are read: from here on the clock tells how fast series are analysed
            on_progress(dataclasses.replace(begun, total=sum(rows.rows.values())))
        records = dataset.records()  # of what was scattered, not of what the files have become at the end
        shards = run_shards(
            _chunks(rows),
            folder,
            total=sum(rows.rows.values()),
            recipe=recipe,
            work=RowsWork(series=work or recipe.work(), scale=recipe.scale, by=recipe.by, context=rows.context),
            engine=engine,
            limits=limits,
            on_progress=on_progress,
        )
    finally:
        rows.close()
    manifest = Manifest(
        part=part,
        recipe=recipe,
        sources=Sources(inputs=records, skipped=(), notes=unit_notes(rows.context)),
        streamed=True,
        n_buckets=n_buckets,
        shards=tuple(shards),
        started=started,
        finished=now(),
    )
    manifest.write(folder)
    return manifest


def _chunks(rows: Scattered) -> Iterator[Chunk]:
    """Every bucket that has rows, the largest first: at the end, workers wait for each other less long."""
    units = repr(
        (sorted(rows.context.largest.items()), sorted(rows.context.decimals.items()), sorted(rows.context.odd_tasks))
    )
    for bucket, n_rows in sorted(rows.rows.items(), key=_size, reverse=True):
        if n_rows:
            payload = rows.load(bucket)
            digest = hashlib.sha256(units.encode() + payload).hexdigest()
            yield Chunk(bucket=bucket, digest=digest, load=_Loaded(payload), size=n_rows)


def _size(counted: tuple[int, int]) -> int:
    return counted[1]


@dataclasses.dataclass(frozen=True, slots=True)
class _Loaded:
    payload: bytes

    def __call__(self) -> bytes:
        return self.payload
