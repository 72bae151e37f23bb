"""Rows to series: which rows belong together, in an order that does not depend on the order of the rows."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from emergence_stats.ingest.cells import text_codes
from emergence_stats.ingest.columns import IDENTITY

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The rows of one series, ascending, and the values that tell it from the others."""

    identity: dict[str, str]
    rows: npt.NDArray[np.intp]


def identity_columns(available: Iterable[str], *, scale: str | None, by: Iterable[str]) -> list[str]:
    """Columns that identify a series; the scale itself never does."""
    present = set(available)
    wanted = dict.fromkeys([*(name for name in IDENTITY if name in present), *by])
    return [name for name in wanted if name != scale]


def group_rows(frame: pd.DataFrame, identity: Sequence[str]) -> list[Group]:
    """Group rows by their identity, sorted by it; columns of numbers in the order of the numbers."""
    ranks: dict[str, npt.NDArray[np.intp]] = {}
    texts: dict[str, list[str]] = {}
    for name in identity:
        codes, distinct = text_codes(frame[name])
        order = _sort_order(distinct)
        texts[name] = [distinct[code] for code in order]
        if len(distinct) > 1:  # the others sort nothing, and long tables have many of them
            rank_of_code = np.empty(len(distinct), dtype=np.intp)
            rank_of_code[order] = np.arange(len(distinct))
            ranks[name] = rank_of_code[codes]
    if not ranks:
        return [Group(identity={name: text[0] for name, text in texts.items()}, rows=np.arange(len(frame)))]
    rows = np.lexsort(list(ranks.values())[::-1])
    table = {name: rank[rows] for name, rank in ranks.items()}
    changes = np.logical_or.reduce([rank[1:] != rank[:-1] for rank in table.values()])
    starts = np.flatnonzero(np.r_[True, changes])
    return [
        Group(
            identity={name: text[table[name][start] if name in table else 0] for name, text in texts.items()},
            rows=rows[start:end],
        )
        for start, end in zip(starts, np.r_[starts[1:], rows.size], strict=True)
    ]


def _sort_order(distinct: Sequence[str]) -> list[int]:
    """Positions of texts in ascending order: blanks first, then by number if all of them are numbers, else as text."""
    numeric = all(_NUMBER.fullmatch(text) for text in distinct if text)

    def key(position: int) -> tuple[float, str]:
        text = distinct[position]
        return (float(text) if numeric and text else -np.inf), text

    return sorted(range(len(distinct)), key=key)
