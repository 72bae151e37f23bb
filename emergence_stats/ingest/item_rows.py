"""Rows of a long table, one for each model and item, to models by items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from emergence_stats.errors import SeriesError
from emergence_stats.ingest import columns as names
from emergence_stats.ingest.cells import BoolArray, shown, text_codes
from emergence_stats.ingest.parsing import ParsedTable
from emergence_stats.ingest.scale_choice import Rows
from emergence_stats.series import FloatArray

MOST_HOLES = 20  # cells of models by items for each row of the table: with more, models were not asked the same


def named_items(parsed: ParsedTable) -> BoolArray:
    """Rows that name an item, shape (n_rows,)."""
    if names.ITEM not in parsed.frame:
        return np.zeros(len(parsed.frame), dtype=bool)
    codes, texts = text_codes(parsed.frame[names.ITEM])
    return np.array([bool(text) for text in texts])[codes]


def item_matrix(parsed: ParsedTable, rows: Rows, scale: str) -> dict[str, Any]:
    """Fields of `Items` from the rows of one task and metric.

    A model is what has one scale, one label and one seed; its outcome on an item is the mean of its attempts. A blank
    score is no outcome.

    Raises:
        SeriesError: a row names no item, an item is repeated without an attempt, lies in two clusters or has two
            targets, or models were asked different items.
    """
    blank = rows[~named_items(parsed)[rows]]
    if blank.size:
        raise SeriesError(parsed.fault(int(blank[0]), names.ITEM, "the name of an item", others=blank[1:].tolist()))
    codes, item = text_codes(_cells(parsed, names.ITEM, rows))
    first_row, model = _models(parsed, rows, scale)
    n_items, n_models = len(item), first_row.size
    if n_items * n_models > MOST_HOLES * rows.size:
        msg = (
            f"expected models that answered the same items, got {rows.size} outcomes of {n_models} models on "
            f"{n_items} items"
        )
        raise SeriesError(msg)
    cell = model  # in place: an array of millions of rows less
    cell *= n_items
    cell += codes
    _require_single(parsed, rows, cell)
    found: dict[str, Any] = {
        "score": _means(parsed.numbers["score"][rows], cell, n_models * n_items).reshape(n_models, n_items),
        "scale": parsed.numbers[scale][rows][first_row],
        "item": np.array(item),
    }
    for name in ("model", "seed"):
        if name in parsed.frame:
            label, texts = text_codes(parsed.frame[name].iloc[rows[first_row]])
            found[name] = [texts[code] for code in label] if any(texts) else None
    for name in ("cluster", "target"):
        if name in parsed.frame:
            found[name] = _of_items(parsed, rows, codes, n_items, name)
    if "response" in parsed.frame and found.get("target") is not None:
        label, texts = text_codes(_cells(parsed, "response", rows))
        response = np.full(n_models * n_items, "", dtype=object)
        response[cell] = np.array(texts, dtype=object)[label]
        found["response"] = response.reshape(n_models, n_items)
    return found


def _cells(parsed: ParsedTable, name: str, rows: Rows) -> pd.Series:
    """A column's cells in some rows; not copied where they are all rows in order, as in a table of one task."""
    cells = parsed.frame[name]
    return cells if rows.size == cells.size and bool((rows[1:] > rows[:-1]).all()) else cells.iloc[rows]


def _means(score: FloatArray, cell: npt.NDArray[np.intp], n_cells: int) -> FloatArray:
    """Mean of the scores in each cell, NaN where there is none; shape (n_cells,)."""
    given = np.isfinite(score)
    if not given.all():
        score, cell = score[given], cell[given]
    mean = np.bincount(cell, weights=score, minlength=n_cells)
    with np.errstate(invalid="ignore"):
        mean /= np.bincount(cell, minlength=n_cells)
    return mean


def _models(parsed: ParsedTable, rows: Rows, scale: str) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The first row of each model, and the model of each row, in order of scale, label and seed."""
    codes, scales = pd.factorize(parsed.numbers[scale][rows])  # hashed: sorting millions of rows takes far longer
    key = _ranked(codes, scales.tolist())
    for name in ("model", "seed"):
        if name in parsed.frame:
            codes, texts = text_codes(_cells(parsed, name, rows))
            key = key * len(texts) + _ranked(codes, texts)
    codes, distinct = pd.factorize(key)
    first = np.full(len(distinct), rows.size)
    np.minimum.at(first, codes, np.arange(rows.size))
    order = np.argsort(distinct, kind="stable")
    return first[order], _ranked(codes, distinct.tolist())


def _ranked(codes: npt.NDArray[np.intp], distinct: Sequence[Any]) -> npt.NDArray[np.intp]:
    """Codes in the order of what they stand for."""
    rank = np.empty(len(distinct), dtype=np.intp)
    rank[sorted(range(len(distinct)), key=distinct.__getitem__)] = np.arange(len(distinct))
    return rank[codes]


def _require_single(parsed: ParsedTable, rows: Rows, cell: npt.NDArray[np.intp]) -> None:
    """Raise if a model has an item twice, but for numbered attempts."""
    key, expected = cell, "each item once for each model (a column attempt tells repeated answers apart)"
    if "attempt" in parsed.frame:
        codes, texts = text_codes(_cells(parsed, "attempt", rows))
        key, expected = cell * len(texts) + codes, "each attempt of a model at an item once"
    if np.bincount(key).max(initial=0) < 2:  # a tenth of the time and memory of sorting
        return
    _, first = np.unique(key, return_index=True)
    again = np.ones(key.size, dtype=bool)
    again[first] = False
    repeated = rows[again]
    got = f"{shown(parsed.frame[names.ITEM].iloc[repeated[0]])} again"
    raise SeriesError(parsed.fault(int(repeated[0]), names.ITEM, expected, got, repeated[1:].tolist()))


def _of_items(
    parsed: ParsedTable, rows: Rows, item: npt.NDArray[np.intp], n_items: int, name: str
) -> npt.NDArray[np.object_] | None:
    """The one text that a column has for each item; None if it is blank throughout."""
    codes, texts = text_codes(_cells(parsed, name, rows))
    if not any(texts):
        return None
    code_of_item = np.empty(n_items, dtype=np.intp)
    code_of_item[item[::-1]] = codes[::-1]
    odd = rows[codes != code_of_item[item]]
    if odd.size:
        expected = f"one {name} for all rows of an item"
        got = f"{shown(parsed.frame[name].iloc[odd[0]])} for {shown(parsed.frame[names.ITEM].iloc[odd[0]])}"
        raise SeriesError(parsed.fault(int(odd[0]), name, expected, got, odd[1:].tolist()))
    return np.array(texts, dtype=object)[code_of_item]
