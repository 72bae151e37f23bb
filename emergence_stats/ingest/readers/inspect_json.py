"""Inspect logs as JSON. Of a large one only what stands before the samples is read, unless items are asked for."""

from __future__ import annotations

from collections.abc import Iterator

from emergence_stats.ingest.readers import inspect_log
from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.readers.item_table import Item
from emergence_stats.ingest.readers.raw_table import RawTable


def sniff(document: Document) -> bool:
    """Whether the document begins with an Inspect log's header."""
    return inspect_log.is_header(document.outline)


def read(document: Document) -> RawTable:
    """The scores of the header.

    Raises:
        ReaderError: an unknown version, a run that did not end well, or no finite score.
    """
    return inspect_log.header_table(document.outline)


def items(document: Document) -> Iterator[Item]:
    """The samples, one at a time."""
    yield from inspect_log.sample_items(document.outline, document.elements("samples"))
