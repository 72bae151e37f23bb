"""results.parquet and results.json of very many series, written from shards a piece at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emergence_stats.batch.rows import RESULT_COLUMNS
from emergence_stats.batch.shard_file import DOCUMENT, NAME, compact_json, identity_of, read_facts, result_names
from emergence_stats.report.document import FailedSeries
from emergence_stats.report.run_record import DiscoveryRecord
from emergence_stats.report.tables import failed_document
from emergence_stats.verdict import Verdict

ROWS_PER_GROUP = 50_000  # of results.parquet
FloatArray = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What only all series together tell, in the same order."""

    pooled: FloatArray
    listed: npt.NDArray[np.bool_]
    adjusted: dict[str, FloatArray]
    sentence: str
    record: DiscoveryRecord


def write_results(path: Path, files: Sequence[Path], together: Together) -> None:
    """results.parquet, a group of rows at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer: Any = None
    types: Any = None
    waiting: list[Any] = []
    start = 0

    def write(least: int) -> None:
        """Write what is waiting in groups of equal size, so that the file does not depend on the size of shards."""
        nonlocal writer
        while waiting and sum(part.num_rows for part in waiting) >= least:
            group = pa.concat_tables(waiting)
            waiting[:] = [group.slice(ROWS_PER_GROUP)] if group.num_rows > ROWS_PER_GROUP else []
            group = group.slice(0, ROWS_PER_GROUP).combine_chunks()
            writer = writer or pq.ParquetWriter(path, group.schema, compression="zstd")
            writer.write_table(group)

    try:
        for file in files:
            schema = pq.read_schema(file)
            table = pq.read_table(file, columns=result_names(schema.names)).replace_schema_metadata(None)
            rows = slice(start, start + table.num_rows)
            start += table.num_rows
            for name, values in together.adjusted.items():
                column = pa.array(values[rows], pa.float64(), from_pandas=True)
                table = table.set_column(table.schema.get_field_index(name), name, column)
            table = table.append_column("p_emergent_pooled", pa.array(together.pooled[rows], from_pandas=True))
            table = table.append_column("discovery", pa.array(together.listed[rows]))
            types = types or _pandas_types(table)
            waiting.append(table.replace_schema_metadata(types))
            write(ROWS_PER_GROUP)
        write(1)
    finally:
        if writer is not None:
            writer.close()


def _pandas_types(table: Any) -> Any:  # noqa: ANN401  # pyarrow has no types
    """What pandas reads its types from, such as whole numbers that may be missing."""
    import pyarrow as pa

    frame = table.slice(0, 1).to_pandas()
    kinds = {name: kind for name, kind in RESULT_COLUMNS.items() if name in frame}
    return pa.Schema.from_pandas(frame.astype(kinds), preserve_index=False).metadata


def write_documents(path: Path, files: Sequence[Path]) -> None:
    """results.json, one document per line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        separator = "[\n"
        for text in _documents(files):
            file.write(f"{separator}{text}")
            separator = ",\n"
        file.write("\n]\n")


def _documents(files: Sequence[Path]) -> Iterator[str]:
    import pyarrow.parquet as pq

    for path in files:
        names = read_facts(path).identity
        for row in pq.read_table(path).to_pylist():
            if row["verdict"] != Verdict.FAILED.value:
                yield row[DOCUMENT]
            else:
                failure = FailedSeries(name=row[NAME], reason=row["reason"], identity=identity_of(row, names))
                yield compact_json(failed_document(failure))
