"""Parquet, read by pyarrow. What stands in names of folders (``shots=5``) is a column, as in datasets of many files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from emergence_stats.errors import ReaderError
from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.readers.raw_table import RawTable

_MAGIC = b"PAR1"


def sniff(document: Document) -> bool:
    """Whether the file begins like Parquet."""
    return document.head.startswith(_MAGIC)


def read(document: Document) -> RawTable:
    """Read all columns.

    Whole numbers stay whole beside blanks: as floats, long identifiers would lose their last digits.

    Raises:
        ReaderError: the file is cut off or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        frame = pq.read_table(pa.BufferReader(document.file.content)).to_pandas(
            ignore_metadata=True, integer_object_nulls=True
        )
    except (pa.ArrowException, OSError, ValueError) as error:
        msg = f"expected a whole Parquet file, got a damaged or truncated one ({str(error)[:120]})"
        raise ReaderError(msg) from error
    notes = []
    if document.file.location is not None:
        told = folder_columns(Path(document.file.path).parent.parts)
        further = {name: value for name, value in told.items() if name not in frame}
        frame = frame.assign(**{name: pd.Series([value] * len(frame), dtype=object) for name, value in further.items()})
        notes = [f"column {name}: {value} from the name of a folder" for name, value in further.items()]
    return RawTable(frame=frame, rows=range(1, len(frame) + 1), notes=tuple(notes))


def folder_columns(folders: Sequence[str]) -> dict[str, str | None]:
    """What names of folders say, as text: ``01`` is not ``1``."""
    keys = dict.fromkeys(folder.partition("=")[0] for folder in folders if "=" in folder)
    if not keys:
        return {}
    import pyarrow as pa
    import pyarrow.dataset as ds

    schema = pa.schema([pa.field(key, pa.string()) for key in keys])
    expression = ds.partitioning(schema, flavor="hive").parse("/".join((*folders, "file")))
    found: dict[str, str | None] = ds.get_partition_keys(expression)
    return found
