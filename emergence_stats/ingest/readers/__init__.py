"""Readers: one file format each, recognised by content.

A reader is a module with two functions and one row of `READERS`::

    sniff(head: bytes, path: Path) -> bool        is this my format? (first 64 KiB, never the file's name alone)
    read(content: bytes, path: Path) -> RawTable  all of it, as it stands; raises ReaderError with the reason

They are asked in order and the first that says yes reads the file, so narrow formats stand before wide ones. A reader
returns the cells as they are: what they mean is decided once, in `emergence_stats.ingest.parsing`. A format that
spreads over several files may look at the neighbours of ``path``.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from pathlib import Path

from emergence_stats.ingest.readers import csv_text, json_document, json_lines, parquet
from emergence_stats.ingest.readers.raw_table import RawTable

HEAD_BYTES = 65536


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The two functions of a reader."""

    sniff: Callable[[bytes, Path], bool]
    read: Callable[[bytes, Path], RawTable]


READERS: Mapping[str, Reader] = types.MappingProxyType(
    {
        "Parquet": Reader(sniff=parquet.sniff, read=parquet.read),
        "JSON lines": Reader(sniff=json_lines.sniff, read=json_lines.read),
        "JSON": Reader(sniff=json_document.sniff, read=json_document.read),
        "delimited text": Reader(sniff=csv_text.sniff, read=csv_text.read),
    }
)
