"""A run that leaves its results as shards on the way: killed at any moment, it goes on where it was.

`run_shards` is given chunks of series, skips those whose shard is there, and has the others computed. Where the chunks
come from is the business of `table_chunks` (a table in memory) and `stream` (a dataset on disk).
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emergence_stats.batch.buckets import bucket_count, bucketed
from emergence_stats.batch.digest import digest_of
from emergence_stats.batch.manifest import Manifest, Part, Shard
from emergence_stats.batch.recipe import Recipe, Sources
from emergence_stats.batch.shard_file import ShardContent, ShardWork, read_facts
from emergence_stats.batch.store import Store
from emergence_stats.batch.work import Item, Outcome, chunk_of, placed
from emergence_stats.ingest import SeriesRow
from emergence_stats.parallel import DEFAULT_LIMITS, Engine, Limits, Work, run_chunks

SERIES_PER_SHARD = 64
SHARDS = "shards"  # folder of the shards in the folder of a report


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Series that are computed together.

    Attributes:
        bucket: their range of hashes.
        digest: hash of what they hold.
        load: gives the chunk as workers take it.
        size: what it counts for in the progress: its series, or rows of the input.
        positions: of the series among all, where known.
    """

    bucket: int
    digest: str
    load: Callable[[], bytes]
    size: int
    positions: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is.

    Attributes:
        done: size of the chunks that are finished or were there already.
        reused: of these, the size of those that were there already.
        total: size of all chunks of this run.
        n_series: series in the finished chunks.
    """

    done: int
    reused: int
    total: int
    n_series: int


type OnProgress = Callable[[Progress], None]


def table_chunks(rows: Sequence[SeriesRow], part: Part, per_shard: int) -> tuple[list[Chunk], int]:
    """The chunks of a part of a table, of about so many series each, and the number of buckets of all parts."""
    n_buckets = bucket_count(len(rows), per_shard)
    chunks = [
        Chunk(
            bucket=bucket,
            digest=digest_of(items),
            load=_Pickled(items),
            size=len(items),
            positions=tuple(item.position for item in items),
        )
        for bucket, items in bucketed(placed(rows), n_buckets)
        if part.has(bucket)
    ]
    return chunks, n_buckets


@dataclasses.dataclass(frozen=True, slots=True)
class _Pickled:
    items: Sequence[Item]

    def __call__(self) -> bytes:
        return chunk_of(self.items)


def run_shards(
    chunks: Iterable[Chunk],
    folder: Path,
    *,
    total: int,
    recipe: Recipe,
    work: Work[Item, Outcome, Any] | None = None,
    engine: Engine | None = None,
    limits: Limits = DEFAULT_LIMITS,
    on_progress: OnProgress | None = None,
) -> list[Shard]:
    """Compute the chunks that have no shard yet.

    Args:
        chunks: in any order; each is loaded when a worker is about to be free.
        folder: of the shards.
        total: size of all chunks.
        recipe: what decides the results.
        work: what is done with a series, in place of the recipe's.
        engine: where to compute.
        limits: of time and memory for each series.
        on_progress: called after each chunk.

    Returns:
        The shards of all chunks, by bucket.

    Raises:
        EngineError: the workers cannot be reached, or are lost again and again.
        OutputError: a shard cannot be written; the finished ones stay.
    """
    store, whole = Store(folder), ShardWork(series=work or recipe.work(), limits=limits)
    begin = recipe.digest()
    found: list[Shard] = []
    waiting: dict[int, tuple[str, Chunk]] = {}
    done = reused = n_series = 0
    lock = threading.Lock()  # joblib asks for chunks in threads of its own

    def keep(chunk: Chunk, file: str, size: int) -> None:
        nonlocal done, n_series
        with lock:
            done, n_series = done + chunk.size, n_series + size
            if size:
                found.append(Shard(bucket=chunk.bucket, file=file, n_series=size, positions=chunk.positions))

    def tell() -> None:
        if on_progress is not None:
            with lock:
                progress = Progress(done=done, reused=reused, total=total, n_series=n_series)
            on_progress(progress)

    def missing() -> Iterator[bytes]:
        """The chunks to be computed; those whose shard is there are taken up on the way."""
        nonlocal reused
        number = 0
        for chunk in chunks:
            key = hashlib.sha256(f"{begin} {chunk.digest}".encode()).hexdigest()
            file = store.find(key, limits)
            if file is not None:
                keep(chunk, file, read_facts(folder / file).n_series)
                reused += chunk.size
                continue
            waiting[number] = key, chunk
            number += 1
            yield chunk.load()

    for index, answer in run_chunks(whole, missing(), engine=engine, limits=limits):
        key, chunk = waiting.pop(index)
        content: ShardContent = answer
        keep(chunk, store.put(key, content.content), content.n_series)
        tell()
    tell()
    return sorted(found, key=lambda shard: shard.bucket)


def run_table(
    rows: Sequence[SeriesRow],
    sources: Sources,
    folder: Path,
    *,
    recipe: Recipe,
    work: Work[Item, Outcome, Any] | None = None,
    part: Part | None = None,
    engine: Engine | None = None,
    limits: Limits = DEFAULT_LIMITS,
    per_shard: int = SERIES_PER_SHARD,
    on_progress: OnProgress | None = None,
) -> Manifest:
    """One part of a table's series as shards and a manifest; the arguments are those of `run_shards`.

    Args:
        rows: all series of the table.
        sources: what was read.
        folder: of the shards.
        recipe: what decides the results.
        work: what is done with a series, in place of the recipe's.
        part: the share of this run; all of it if None.
        engine: where to compute.
        limits: of time and memory for each series.
        per_shard: about how many series a shard holds; all parts must agree on it.
        on_progress: called after each chunk.
    """
    part, started = part or Part(), now()
    chunks, n_buckets = table_chunks(rows, part, per_shard)
    shards = run_shards(
        chunks,
        folder,
        total=sum(chunk.size for chunk in chunks),
        recipe=recipe,
        work=work,
        engine=engine,
        limits=limits,
        on_progress=on_progress,
    )
    manifest = Manifest(
        part=part,
        recipe=recipe,
        sources=sources,
        streamed=False,
        n_buckets=n_buckets,
        shards=tuple(shards),
        started=started,
        finished=now(),
    )
    manifest.write(folder)
    return manifest


def now() -> str:
    """The time of the day."""
    return datetime.now(UTC).isoformat(timespec="seconds")
