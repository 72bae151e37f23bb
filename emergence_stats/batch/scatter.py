"""Rows of a dataset brought together by series, on disk: what is scattered over files ends up in one bucket.

Each row's family is hashed (`buckets`), and the hash says which bucket it belongs to. Rows are collected until they
fill a few dozen megabytes; then they are sorted by bucket and written as one *run*, a file with a batch for every
bucket. A bucket is read back by taking its batch out of every run. Memory does not depend on the length of the dataset;
disk holds it once, compressed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emergence_stats.batch.buckets import bucket_of, family_hash
from emergence_stats.batch.dataset import Dataset
from emergence_stats.batch.manifest import Part
from emergence_stats.batch.own_folder import OwnFolder
from emergence_stats.errors import OutputError
from emergence_stats.ingest import UnitContext, UnitGatherer
from emergence_stats.ingest import columns as names
from emergence_stats.ingest.cells import joint_codes, text_codes

RUN_BYTES = 64 * 2**20
ROWS = ".rows-"  # how names of folders of scattered rows begin
OTHER_FILES = 256  # that a process may have open beside the runs


class Scattered:
    """The rows of a dataset by bucket."""

    def __init__(
        self,
        folder: OwnFolder,
        runs: Sequence[Path],
        buckets: Sequence[int],
        rows: npt.NDArray[np.int64],
        context: UnitContext,
    ) -> None:
        """What `scatter` leaves; `rows` counts those of each bucket."""
        self._folder = folder
        self._runs = runs
        self._places = {bucket: place for place, bucket in enumerate(buckets)}
        self._readers: list[Any] = []
        self.rows = dict(zip(buckets, rows.tolist(), strict=True))
        self.context = context

    def load(self, bucket: int) -> bytes:
        """The rows of a bucket as an Arrow stream, in the order of the dataset; the same bytes for the same rows.

        Raises:
            OutputError: the scattered rows cannot be read any more.
        """
        import pyarrow as pa

        try:
            if not self._readers:
                _allow_open_files(len(self._runs))
                self._readers = [pa.ipc.open_file(pa.OSFile(str(path))) for path in self._runs]
            batches = [reader.get_batch(self._places[bucket]) for reader in self._readers]
        except (pa.ArrowException, OSError) as error:
            msg = f"{self._folder.path}: the scattered rows cannot be read: {str(error)[:160]}"
            raise OutputError(msg) from error
        table = pa.Table.from_batches(batches)
        if table.num_rows != self.rows[bucket]:
            msg = f"{self._folder.path}: expected {self.rows[bucket]:,} rows in bucket {bucket}, got {table.num_rows:,}"
            raise OutputError(msg)
        table = table.take(
            np.arange(table.num_rows)
        ).combine_chunks()  # buffers of its own: slices keep those of others
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return bytes(sink.getvalue())

    def close(self) -> None:
        """Remove the files."""
        self._readers.clear()
        self._folder.remove()


def scatter(dataset: Dataset, folder: Path, *, identity: Sequence[str], n_buckets: int, part: Part) -> Scattered:
    """Read a dataset once and write its rows by bucket.

    Args:
        dataset: with the columns of a tidy table.
        folder: in which the rows get a folder of their own; those that killed processes have left are removed.
        identity: columns that identify a series.
        n_buckets: of the whole dataset.
        part: whose buckets are kept.

    Raises:
        ReaderError: a file is damaged.
        OutputError: the disk is full.
    """
    import pyarrow as pa

    own = [bucket for bucket in range(n_buckets) if part.has(bucket)]
    gatherer = UnitGatherer()
    counts = np.zeros(n_buckets, dtype=np.int64)
    waiting: list[tuple[Any, npt.NDArray[np.int64]]] = []
    runs: list[Path] = []
    size = 0
    scored = [name for name in ("score", "metric", "task", "higher_is_better") if name in dataset.schema.names]
    place = OwnFolder.make(folder, ROWS)
    try:
        for path, start, table in dataset.batches():
            if "score" in scored:
                gatherer.add(table.select(scored).to_pandas(), path)
            buckets = _buckets_of(table, identity, n_buckets)
            kept = np.flatnonzero(buckets % part.of == part.number - 1)
            table = table.append_column(names.SOURCE_FILE, pa.repeat(pa.scalar(path), table.num_rows))
            table = table.append_column(names.SOURCE_ROW, pa.array(np.arange(start, start + table.num_rows)))
            waiting.append((table.take(kept) if kept.size < table.num_rows else table, buckets[kept]))
            np.add.at(counts, buckets[kept], 1)
            size += waiting[-1][0].nbytes
            if size >= RUN_BYTES:
                runs.append(_write_run(place.path / f"{len(runs):06d}.arrow", waiting, own))
                waiting.clear()
                size = 0
        if waiting:
            runs.append(_write_run(place.path / f"{len(runs):06d}.arrow", waiting, own))
    except BaseException as error:
        place.remove()
        if isinstance(error, OSError):
            msg = f"{folder}: cannot be written: {error.strerror or error}"
            raise OutputError(msg) from error
        raise
    return Scattered(place, runs, own, counts[own], gatherer.context())


def _buckets_of(table: Any, identity: Sequence[str], n_buckets: int) -> npt.NDArray[np.int64]:  # noqa: ANN401
    """The bucket of every row; a family is hashed once for each batch."""
    texts: list[tuple[str, list[str], npt.NDArray[np.intp]]] = []
    for name in identity:
        if name != "metric":
            own, distinct = text_codes(table[name].to_pandas(integer_object_nulls=True))
            texts.append((name, distinct, own))
    _, first, inverse = np.unique(joint_codes([own for _, _, own in texts]), return_index=True, return_inverse=True)
    found = [
        bucket_of(family_hash({name: distinct[own[row]] for name, distinct, own in texts}), n_buckets)
        for row in first.tolist()
    ]
    return np.array(found, dtype=np.int64)[inverse]


def _write_run(path: Path, waiting: Sequence[tuple[Any, npt.NDArray[np.int64]]], own: Sequence[int]) -> Path:
    """One file with a batch for every bucket, empty ones included: its number is its place."""
    import pyarrow as pa

    table = pa.concat_tables([table for table, _ in waiting])
    buckets = np.concatenate([buckets for _, buckets in waiting])
    order = np.argsort(buckets, kind="stable")
    table, buckets = table.take(order).combine_chunks(), buckets[order]
    starts = np.searchsorted(buckets, own, side="left").tolist()
    ends = np.searchsorted(buckets, own, side="right").tolist()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    empty = pa.RecordBatch.from_pylist([], schema=table.schema)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema, options=options) as writer:
        for begin, end in zip(starts, ends, strict=True):
            batches = table.slice(begin, end - begin).to_batches()
            writer.write_batch(batches[0] if batches else empty)
    return path


def _allow_open_files(count: int) -> None:
    """Let this process open so many files more, where the system does: all runs are read side by side."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = count + OTHER_FILES
        if soft != resource.RLIM_INFINITY and soft < wanted:
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
