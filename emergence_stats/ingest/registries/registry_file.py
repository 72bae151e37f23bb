"""Files of registries: CSV or TOML, shipped or the user's own, told apart by their content.

A CSV file has headings; a TOML file has one table ``[[model]]`` or ``[[task]]`` an entry, with the same names.
"""

from __future__ import annotations

import csv
import io
import math
import re
import tomllib
from collections.abc import Mapping, Sequence

from emergence_stats.errors import ReaderError
from emergence_stats.ingest.cells import parse_numbers
from emergence_stats.ingest.columns import NumberRule, listed, plain_name

MODEL_FIELDS = (
    "name", "pattern", "params", "active_params", "tokens", "train_flops", "tokens_per_step", "family", "released",
    "source",
)  # fmt: skip
TASK_FIELDS = ("name", "pattern", "chance_level", "options", "n_items", "metric", "source")
_MODEL_SIZES = {"params", "active_params", "tokens", "train_flops", "tokens_per_step"}
_TASK_FACTS = {"chance_level", "options", "n_items"}
_TOML = re.compile(r"^\s*\[\[\s*(model|task)\s*\]\]\s*(?:#.*)?$", re.M)
_SIZE = NumberRule(expected="a number that is not negative", minimum=0.0, suffixes=True)

type Entry = Mapping[str, str]


def registry_entries(text: str) -> tuple[str, list[Entry]] | None:
    """Kind ("model" or "task") and entries of a text that is a registry; None for any other text.

    Raises:
        ReaderError: it is a registry, but a damaged one.
    """
    if _TOML.search(text[:65536]):
        return _from_toml(text)
    headings = _headings(text)
    kind = _kind(headings)
    if kind is None:
        return None
    headings = [_field(heading, kind) for heading in headings]
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        msg = f"expected a registry of {kind}s as CSV, got a line that cannot be read ({error})"
        raise ReaderError(msg) from error
    entries: list[Entry] = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(headings):
            msg = f"line {number}: expected {len(headings)} cells, got {len(cells)}"
            raise ReaderError(msg)
        entry = {name: cell.strip() for name, cell in zip(headings, cells, strict=False)}
        if not entry.get("name"):
            msg = f"line {number}: expected the name of a {kind}, got a blank"
            raise ReaderError(msg)
        entries.append(entry)
    return kind, entries


def is_registry(head: str) -> bool:
    """Whether a text that begins like this is a registry."""
    return _TOML.search(head) is not None or _kind(_headings(head)) is not None


def _headings(text: str) -> list[str]:
    """The cells of the first line, in plain form."""
    try:
        return [
            plain_name(name.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))
            for name in next(csv.reader(text.splitlines()[:1]), [])
        ]
    except csv.Error:
        return []


def _kind(headings: Sequence[str]) -> str | None:
    """What a file with these headings is about; it must have no others, or it is a table of scores."""
    for kind, fields, facts in (("model", MODEL_FIELDS, _MODEL_SIZES), ("task", TASK_FIELDS, _TASK_FACTS)):
        named = {_field(heading, kind) for heading in headings}
        if "name" in named and len(named) == len(headings) and named <= set(fields) and named & facts:
            return kind
    return None


def _field(heading: str, kind: str) -> str:
    """A model's name may stand under "model", and a task's under "task"."""
    return "name" if heading == kind else heading


def _from_toml(text: str) -> tuple[str, list[Entry]]:
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        msg = f"expected a registry as TOML, got {error!s:.120}"
        raise ReaderError(msg) from error
    kinds = [kind for kind in ("model", "task") if kind in tables]
    if len(kinds) != 1 or len(tables) != 1:
        msg = f"expected tables [[model]] or tables [[task]] alone, got {listed(tables)}"
        raise ReaderError(msg)
    kind, fields = kinds[0], MODEL_FIELDS if kinds[0] == "model" else TASK_FIELDS
    entries: list[Entry] = []
    for place, table in enumerate(tables[kind], start=1):
        if not isinstance(table, dict) or not table.get("name") or set(table) - set(fields):
            msg = f"[[{kind}]] {place}: expected name and any of {listed(fields[1:])}, got {listed(table)}"
            raise ReaderError(msg)
        entries.append({name: str(value) for name, value in table.items()})
    return kind, entries


def csv_cell(text: str) -> str:
    """A text as one cell of a CSV file, quoted where that is needed."""
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(sign in text for sign in ',"\r\n') else text


def entry_number(entry: Entry, field: str) -> float | None:
    """A number of an entry, or None if it is blank.

    Raises:
        ReaderError: it is something else.
    """
    import pandas as pd

    text = entry.get(field, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        column = parse_numbers(pd.Series([text], dtype=object), _SIZE)
        value = float(column.values[0])
    if not (math.isfinite(value) and value >= 0):
        msg = f"{entry['name']}: expected {field} as a number that is not negative, got {text!r:.40}"
        raise ReaderError(msg)
    return value


def entry_pattern(entry: Entry) -> re.Pattern[str] | None:
    """The pattern of an entry, or None if it has none.

    Raises:
        ReaderError: it is no regular expression.
    """
    try:
        return re.compile(entry["pattern"]) if entry.get("pattern") else None
    except (re.error, RecursionError, OverflowError) as error:
        msg = f"{entry['name']}: expected a regular expression as pattern, got {entry['pattern']!r:.60} ({error})"
        raise ReaderError(msg) from error
