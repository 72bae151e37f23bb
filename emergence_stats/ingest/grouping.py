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
    ranks: list[npt.NDArray[np.intp]] = []
    texts: list[list[str]] = []
    for name in identity:
        codes, distinct = text_codes(frame[name])
        order = _sort_order(distinct)
        rank_of_code = np.empty(len(distinct), dtype=np.intp)
        rank_of_code[order] = np.arange(len(distinct))
        ranks.append(rank_of_code[codes])
        texts.append([distinct[code] for code in order])
    rows = np.lexsort(ranks[::-1])
    table = np.stack([rank[rows] for rank in ranks])
    starts = np.flatnonzero(np.r_[True, (table[:, 1:] != table[:, :-1]).any(axis=0)])
    return [
        Group(
            identity={name: texts[i][table[i, start]] for i, name in enumerate(identity)},
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
