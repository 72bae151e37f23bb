"""Readers: one file format each, recognised by content.

A reader is a module with two or three functions and one row of `READERS`::

    sniff(document: Document) -> bool              is this my format? (by content, never by the file's name alone)
    read(document: Document) -> RawTable           its rows, as they stand; raises ReaderError with the reason
    items(document: Document) -> Iterator[Item]    outcomes of single test items, if the format has them

They are asked in order and the first that says yes reads the file, so narrow formats stand before wide ones. A reader
of tables returns the cells as they are: what they mean is decided once, in `emergence_stats.ingest.parsing`. A reader
of logs returns measurements (`measurements.log_table`). A format that spreads over several files may look at the
neighbours of its file, and must hold no more of a large one than it needs (see `Document`).
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator, Mapping

from emergence_stats.ingest.readers import (
    bigbench,
    csv_text,
    every_eval_ever,
    every_eval_ever_samples,
    helm,
    inspect_eval,
    inspect_json,
    json_document,
    json_lines,
    lm_eval,
    lm_eval_2023,
    lm_eval_samples,
    openai_evals,
    parquet,
)
from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.readers.item_table import Item
from emergence_stats.ingest.readers.raw_table import RawTable


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The functions of a reader."""

    sniff: Callable[[Document], bool]
    read: Callable[[Document], RawTable]
    items: Callable[[Document], Iterator[Item]] | None = None


ANY_TEXT = "delimited text"
READERS: Mapping[str, Reader] = types.MappingProxyType(
    {
        "Parquet": Reader(sniff=parquet.sniff, read=parquet.read),
        "Inspect log": Reader(sniff=inspect_eval.sniff, read=inspect_eval.read, items=inspect_eval.items),
        "Inspect JSON log": Reader(sniff=inspect_json.sniff, read=inspect_json.read, items=inspect_json.items),
        "lm-evaluation-harness 2023": Reader(sniff=lm_eval_2023.sniff, read=lm_eval_2023.read),
        "lm-evaluation-harness": Reader(sniff=lm_eval.sniff, read=lm_eval.read),
        "lm-evaluation-harness samples": Reader(
            sniff=lm_eval_samples.sniff, read=lm_eval_samples.read, items=lm_eval_samples.items
        ),
        "HELM run": Reader(sniff=helm.sniff, read=helm.read, items=helm.items),
        "Every Eval Ever": Reader(sniff=every_eval_ever.sniff, read=every_eval_ever.read),
        "Every Eval Ever samples": Reader(
            sniff=every_eval_ever_samples.sniff, read=every_eval_ever_samples.read, items=every_eval_ever_samples.items
        ),
        "BIG-bench": Reader(sniff=bigbench.sniff, read=bigbench.read),
        "OpenAI evals": Reader(sniff=openai_evals.sniff, read=openai_evals.read, items=openai_evals.items),
        "JSON lines": Reader(sniff=json_lines.sniff, read=json_lines.read),
        "JSON": Reader(sniff=json_document.sniff, read=json_document.read),
        ANY_TEXT: Reader(sniff=csv_text.sniff, read=csv_text.read),
    }
)
