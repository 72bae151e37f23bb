"""Inspect logs as zip archives (``.eval``), packed with Zstandard: header and summaries, never the samples."""

from __future__ import annotations

import contextlib
import json
import sys
import zlib
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from emergence_stats.errors import ReaderError
from emergence_stats.ingest.readers import inspect_log
from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.readers.item_table import Item
from emergence_stats.ingest.readers.json_values import JsonValue, parse_json
from emergence_stats.ingest.readers.measurements import mapping
from emergence_stats.ingest.readers.raw_table import RawTable

if sys.version_info >= (3, 14):
    import zipfile

    from compression.zstd import ZstdError
else:
    from backports.zstd import ZstdError, zipfile

_ZIP = b"PK\x03\x04"
_HEADER, _START, _SUMMARIES = "header.json", "_journal/start.json", "summaries.json"
_MARKS = (b"_journal/", b"header.json", b"samples/", b"summaries.json")
_LARGEST_HEADER = 64 * 2**20
_LARGEST_SUMMARIES = 2**30
_DAMAGE = (
    zipfile.BadZipFile, ZstdError, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError,
    KeyError, IndexError, OverflowError,
)  # fmt: skip


def sniff(document: Document) -> bool:
    """Whether the file begins like a zip archive with an entry that Inspect writes."""
    return document.head.startswith(_ZIP) and any(mark in document.head for mark in _MARKS)


def read(document: Document) -> RawTable:
    """The scores of the header.

    Raises:
        ReaderError: the archive is damaged, its header is missing or too large, the version is unknown, the run did
            not end well, or there is no finite score.
    """
    with document.file.open() as file, _archive(file) as archive:
        return inspect_log.header_table(_header(archive))


def items(document: Document) -> Iterator[Item]:
    """The samples' summaries.

    Raises:
        ReaderError: the archive is damaged, or has no summaries.
    """
    with document.file.open() as file, _archive(file) as archive:
        header = _header(archive)
        summaries = _member(archive, _SUMMARIES, _LARGEST_SUMMARIES)
    yield from inspect_log.sample_items(header, summaries if isinstance(summaries, list) else ())


@contextlib.contextmanager
def _archive(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """The archive, its failures as one kind of error."""
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except ReaderError:
        raise
    except _DAMAGE as error:
        msg = f"expected a whole Inspect log (a zip archive), got a damaged or truncated one ({error!s:.120})"
        raise ReaderError(msg) from error


def _header(archive: zipfile.ZipFile) -> Mapping[str, object]:
    """The header; a run that was broken off has none."""
    names = archive.namelist()
    if _HEADER not in names:
        got = "one of a run that did not end" if _START in names else "a zip archive of something else: unpack it"
        msg = f"expected an Inspect log with {_HEADER}, got {got}"
        raise ReaderError(msg)
    header = mapping(_member(archive, _HEADER, _LARGEST_HEADER))
    if not inspect_log.is_header(header):
        msg = f"expected an Inspect log's status, task and model in {_HEADER}, got none"
        raise ReaderError(msg)
    return header


def _member(archive: zipfile.ZipFile, name: str, largest: int) -> JsonValue:
    """One entry of the archive, whose size is not believed but counted."""
    if name not in archive.namelist():
        msg = f"expected an Inspect log with {name}, got none"
        raise ReaderError(msg)
    with archive.open(name) as entry:
        content = entry.read(largest + 1)
    if len(content) > largest:
        msg = f"expected at most {largest / 2**20:g} MiB in {name}, got more: not a log, or a zip bomb"
        raise ReaderError(msg)
    try:
        return parse_json(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        msg = f"expected JSON in {name}, got something else ({error!s:.80})"
        raise ReaderError(msg) from error
