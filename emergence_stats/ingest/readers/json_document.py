"""One JSON value that holds a table, in any of the shapes that pandas and others write.

- an array of objects, alone or under a name such as ``records``, ``rows`` or ``data``;
- ``{"columns": [...], "data": [[...], ...]}``;
- one array or one object of cells for each column: ``{"task": [...], "score": [...]}``;
- a single object with one measurement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from emergence_stats.errors import ReaderError
from emergence_stats.ingest.cells import shown
from emergence_stats.ingest.columns import KNOWN, listed, plain_name
from emergence_stats.ingest.encoding import decode
from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.readers.json_values import JsonValue
from emergence_stats.ingest.readers.raw_table import RawTable

_ROWS_NAMES = ("records", "rows", "data", "results", "values")


def sniff(document: Document) -> bool:
    """Whether the text begins like an array or an object."""
    try:
        return decode(document.head, partial=True)[0].lstrip().startswith(("[", "{"))
    except ReaderError:
        return False


def read(document: Document) -> RawTable:
    """Read the table that the document holds.

    Raises:
        ReaderError: the text is not JSON, or holds no table.
    """
    value = document.value
    if isinstance(value, dict):
        return _from_object(value)
    if isinstance(value, list):
        return _from_records(value)
    msg = f"expected a JSON array or object, got {shown(value)}"
    raise ReaderError(msg)


def _from_object(value: Mapping[str, JsonValue]) -> RawTable:
    """A table from any of the shapes that are objects."""
    rows = next((value[name] for name in _ROWS_NAMES if isinstance(value.get(name), list)), None)
    headings = value.get("columns")
    if isinstance(headings, list) and isinstance(rows, list):
        return _from_rows(headings, rows)
    if isinstance(rows, list):
        return _from_records(rows)
    known = [name for name in value if plain_name(name) in KNOWN]
    columns = {name: cells for name, cells in value.items() if isinstance(cells, (list, dict))}
    if known and all(name in columns for name in known):
        return _from_columns(columns)
    if known and not any(name in columns for name in known):
        return _from_records([dict(value)])
    msg = f"expected an object that holds a table, got one with {listed(value, 8)}"
    raise ReaderError(msg)


def _from_records(records: Sequence[JsonValue]) -> RawTable:
    """A table from an array of objects."""
    objects = [record if isinstance(record, dict) else {} for record in records]
    problems = {
        i: f"expected a JSON object, got {shown(record)}"
        for i, record in enumerate(records)
        if not isinstance(record, dict)
    }
    if len(problems) == len(records):
        msg = f"expected an array of objects, got {'an empty one' if not records else shown(records[0])}"
        raise ReaderError(msg)
    return _numbered(pd.DataFrame.from_records(objects), problems)


def _from_rows(headings: Sequence[JsonValue], rows: Sequence[JsonValue]) -> RawTable:
    """A table from headings and an array of arrays."""
    problems: dict[int, str] = {}
    table: list[list[JsonValue]] = []
    for i, row in enumerate(rows):
        cells = row if isinstance(row, list) else []
        if len(cells) != len(headings):
            problems[i] = f"expected an array of {len(headings)} cells, got {shown(row)}"
        table.append([*cells, *[None] * len(headings)][: len(headings)])
    return _numbered(
        pd.DataFrame(table, columns=[shown_heading(name) for name in headings], dtype=object).infer_objects(), problems
    )


def shown_heading(name: JsonValue) -> str:
    """A heading as text, whatever it was."""
    return name if isinstance(name, str) else str(name)


def _from_columns(columns: Mapping[str, JsonValue]) -> RawTable:
    """A table from one array (or object of cells by row label) for each column."""
    lists: dict[str, list[JsonValue]] = {}
    labels: dict[str, None] = {}
    for cells in columns.values():
        if isinstance(cells, dict):
            labels.update(dict.fromkeys(cells))
    for name, cells in columns.items():
        if isinstance(cells, dict):
            lists[name] = [cells.get(label) for label in labels]
        elif isinstance(cells, list):
            lists[name] = cells
    lengths = {name: len(cells) for name, cells in lists.items()}
    if len(set(lengths.values())) > 1:
        msg = f"expected columns of one length, got {listed(f'{name}: {size}' for name, size in lengths.items())}"
        raise ReaderError(msg)
    return _numbered(
        pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in lists.items()}).infer_objects(), {}
    )


def _numbered(frame: pd.DataFrame, problems: Mapping[int, str]) -> RawTable:
    """Rows numbered by their place in the array."""
    return RawTable(frame=frame, rows=range(1, len(frame) + 1), problems=problems)
