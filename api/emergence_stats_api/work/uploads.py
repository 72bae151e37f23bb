"""Bytes from a client: limits on what they unpack to, and a label that is only ever shown."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING

from emergence_stats.errors import InputError

if TYPE_CHECKING:
    from emergence_stats.ingest import SourceFile

LONGEST_LABEL = 120
_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"


class TooLargeError(InputError):
    """An upload goes beyond a limit."""


def label(name: str | None, number: int) -> str:
    """What an upload is called in messages: the last part of its name, printable and short. It names no file."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    clean = "".join(character for character in last if character.isprintable()).strip(" .")
    return clean[:LONGEST_LABEL] or f"upload-{number}"


def source(name: str, stored: bytes, *, limit: int, max_rows: int) -> SourceFile:
    """An upload as a source for `read_tidy`, unpacked within the limits.

    Raises:
        TooLargeError: it unpacks to more than `limit` bytes or more than `max_rows` rows.
        ReaderError: it is damaged (raised while reading).
    """
    from emergence_stats.ingest import SourceFile

    if not stored.strip():
        msg = f"{name}: expected a table, got an empty file"
        raise InputError(msg)
    content = _unpacked(name, stored, limit) if stored.startswith(_GZIP) else stored
    if content.startswith(_PARQUET):
        _check_parquet(name, content, limit, max_rows)
    return SourceFile.from_bytes(name, content)


def _unpacked(name: str, stored: bytes, limit: int) -> bytes:
    """Content of a gzip file, never more than the limit in memory."""
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        content = unpacker.decompress(stored, limit + 1)
    except zlib.error as error:
        msg = f"{name}: expected a whole gzip file, got a damaged one ({error})"
        raise InputError(msg) from error
    if len(content) > limit:
        raise _too_large(name, limit)
    if not unpacker.eof:
        msg = f"{name}: expected a whole gzip file, got a truncated one"
        raise InputError(msg)
    return content


def _check_parquet(name: str, content: bytes, limit: int, max_rows: int) -> None:
    """Hold what the file says of itself against the limits before anything is unpacked."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        about = pq.read_metadata(io.BytesIO(content))
        size = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
    except (pa.ArrowException, OSError, ValueError) as error:
        msg = f"{name}: expected a whole Parquet file, got a damaged or truncated one ({str(error)[:120]})"
        raise InputError(msg) from error
    if about.num_rows > max_rows:
        msg = f"{name}: expected at most {max_rows} rows, got {about.num_rows}"
        raise TooLargeError(msg)
    if size > limit or about.num_rows * about.num_columns > limit:
        raise _too_large(name, limit)


def _too_large(name: str, limit: int) -> TooLargeError:
    return TooLargeError(f"{name}: expected at most {limit} bytes once unpacked, got more")
