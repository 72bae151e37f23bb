"""Parquet, read by pyarrow."""

from __future__ import annotations

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
    return RawTable(frame=frame, rows=range(1, len(frame) + 1))
