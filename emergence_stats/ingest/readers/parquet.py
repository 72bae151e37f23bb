"""Parquet, read by pyarrow."""

from __future__ import annotations

from pathlib import Path

from emergence_stats.errors import ReaderError
from emergence_stats.ingest.readers.raw_table import RawTable

_MAGIC = b"PAR1"


def sniff(head: bytes, path: Path) -> bool:
    """Whether the file begins like Parquet."""
    del path
    return head.startswith(_MAGIC)


def read(content: bytes, path: Path) -> RawTable:
    """Read all columns.

    Raises:
        ReaderError: the file is cut off or damaged.
    """
    del path
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        frame = pq.read_table(pa.BufferReader(content)).to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        msg = f"expected a whole Parquet file, got a damaged or truncated one ({str(error)[:120]})"
        raise ReaderError(msg) from error
    return RawTable(frame=frame, rows=range(1, len(frame) + 1))
