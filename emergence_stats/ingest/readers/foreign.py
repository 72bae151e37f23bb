"""Formats that are not read, known by their first bytes, so that the message can say what to do instead."""

from __future__ import annotations

HEAD = 1024  # bytes in which markup must begin

# (first bytes, bytes that must follow somewhere, what it is and what to do); the first match counts.
_FORMATS: tuple[tuple[bytes, bytes, str], ...] = (
    (b"PK\x03\x04", b"xl/", "an Excel workbook: save the sheet as CSV"),
    (b"PK\x03\x04", b"", "a ZIP archive: unpack it"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", "an old Excel workbook or another Office file: save the sheet as CSV"),
    (b"ARROW1\0\0", b"", "an Arrow (Feather) file: write it as Parquet, or give the table from Python"),
    (b"\x28\xb5\x2f\xfd", b"", "a Zstandard archive: unpack it"),
    (b"BZh", b"1AY&SY", "a bzip2 archive: unpack it"),
    (b"\xfd7zXZ\0", b"", "an XZ archive: unpack it"),
    (b"\x1f\x8b", b"", "a gzip file inside a gzip file: unpack it once"),
    (b"\x93NUMPY", b"", "a NumPy array: write a table as CSV or Parquet"),
    (b"\x80\x04\x95", b"", "a Python pickle, which is never opened: write the frame as Parquet"),
    (b"\x89HDF\r\n", b"", "an HDF5 file: write the table as Parquet"),
    (b"SQLite format 3\0", b"", "a SQLite database: write the table as CSV"),
    (b"\x89PNG\r\n\x1a\n", b"", "a picture: give the table itself"),
    (b"\xff\xd8\xff", b"", "a picture: give the table itself"),
    (b"GIF8", b"", "a picture: give the table itself"),
    (b"%PDF-", b"", "a PDF document: write its table as CSV"),
    (b"<!doctype html", b"", "a web page: download the table itself"),
    (b"<html", b"", "a web page: download the table itself"),
)


def foreign_format(head: bytes) -> str | None:
    """What a file is that is not read, and what to do with it; None if its first bytes do not tell."""
    markup = head[:HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    starts = markup if markup.startswith(b"<") else head
    return next((words for first, later, words in _FORMATS if starts.startswith(first) and later in head), None)
