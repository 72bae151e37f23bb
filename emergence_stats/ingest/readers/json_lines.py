"""JSON lines: one object a line, one row an object."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from emergence_stats.errors import ReaderError
from emergence_stats.ingest.cells import shown
from emergence_stats.ingest.columns import KNOWN, plain_name
from emergence_stats.ingest.encoding import decode
from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.readers.json_values import JsonValue, parse_json
from emergence_stats.ingest.readers.raw_table import RawTable


def sniff(document: Document) -> bool:
    """Whether the first line is a whole object, and either one measurement or followed by another object."""
    try:
        text, _ = decode(document.head, partial=True)
        line, _, rest = text.lstrip().partition("\n")
        first = parse_json(line)
    except ReaderError:
        return False
    return isinstance(first, dict) and (_is_record(first) or rest.lstrip().startswith("{"))


def read(document: Document) -> RawTable:
    """Read every line; one that is no object becomes a row with a problem.

    Raises:
        ReaderError: no line is an object.
    """
    text, _ = decode(document.file.content)
    records: list[Mapping[str, JsonValue]] = []
    rows: list[int] = []
    problems: dict[int, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = parse_json(line.strip())
        except ReaderError:
            value = None
        if not isinstance(value, dict):
            problems[len(records)] = f"expected a JSON object, got {shown(line.strip())}"
            value = {}
        records.append(value)
        rows.append(number)
    if len(problems) == len(records):
        msg = f"expected one JSON object a line, got {shown(text.strip())}"
        raise ReaderError(msg)
    return RawTable(frame=pd.DataFrame.from_records(records), rows=rows, problems=problems)


def _is_record(value: Mapping[str, JsonValue]) -> bool:
    """Whether an object is one measurement, not a document that holds many."""
    known = [name for name in value if plain_name(name) in KNOWN]
    return bool(known) and not any(isinstance(value[name], (dict, list)) for name in known)
