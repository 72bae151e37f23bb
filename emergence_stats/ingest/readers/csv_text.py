"""Delimited text: the delimiter, the decimal sign and the encoding are found out from the content."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

import pandas as pd

from emergence_stats.errors import ReaderError
from emergence_stats.ingest.columns import KNOWN, NUMBERS, OUTCOMES, canonical_names, plain_name
from emergence_stats.ingest.encoding import decode
from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.readers.raw_table import RawTable

_DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r"sep=(.)")  # written by spreadsheets as the first line
_DECIMAL_COMMA = re.compile(r"[+-]?(?:[0-9]*|[1-9][0-9]{0,2}(?:\.[0-9]{3})+),[0-9]+(?:[eE][+-]?[0-9]+)?\s*%?")
_THOUSANDS_COMMA = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+")
_THOUSANDS_POINT = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]*)?")
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_TEXTS = {"task", "metric", "family", "prompt", "model", "seed", "cluster", *OUTCOMES, "higher_is_better", *NUMBERS}


def sniff(document: Document) -> bool:
    """Whether the file is text at all; tried last, because any text could be a table."""
    try:
        decode(document.head, partial=True)
    except ReaderError:
        return False
    return True


def read(document: Document) -> RawTable:
    """Read headings and rows; rows of the wrong length are kept with a problem.

    Raises:
        ReaderError: the text is no table, has no rows, or a quoted cell never ends.
    """
    text, encoding = decode(document.file.content)
    notes: tuple[str, ...] = () if encoding in ("utf-8", "utf-8-sig") else (f"read as {encoding}",)
    delimiter, skipped_lines, body = _layout(text)
    lines = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    table: list[list[str]] = []
    rows: list[int] = []
    first_line = skipped_lines + 1
    try:
        for cells in lines:
            if any(cell.strip() for cell in cells):
                table.append(cells)
                rows.append(first_line)
            first_line = skipped_lines + lines.line_num + 1
    except csv.Error as error:
        msg = f"expected delimited text, got a row that cannot be read at line {first_line} ({error})"
        raise ReaderError(msg) from error
    if len(table) < 2:
        msg = "expected headings and rows, got headings only"
        raise ReaderError(msg)
    headings = canonical_names(table[0])
    problems = _square(table, len(headings))
    columns = {name: list(cells) for name, cells in zip(headings, zip(*table[1:], strict=True), strict=True)}
    if delimiter != "," and _use_decimal_point(columns):
        notes += ("decimal commas read as decimal points",)
    series = {name: pd.Series(cells, dtype="str") for name, cells in columns.items()}
    frame = pd.DataFrame({name: cells if name in _TEXTS else _typed(cells) for name, cells in series.items()})
    return RawTable(frame=frame, rows=rows[1:], problems=problems, notes=notes)


def _layout(text: str) -> tuple[str, int, str]:
    """The delimiter, how many lines come before the headings, and the text from there on."""
    lines_before = 0
    while True:
        line, found, rest = text.partition("\n")
        declared = _SEPARATOR_LINE.fullmatch(line.strip("\r"))
        if declared and found:
            return declared[1], lines_before + 1, rest
        if line.strip() or not found:
            break
        text, lines_before = rest, lines_before + 1

    def merit(delimiter: str) -> tuple[int, int]:
        """Known headings, then headings, that a delimiter would give."""
        names = line.rstrip("\r").split(delimiter)
        return sum(plain_name(name) in KNOWN for name in names), len(names)

    return max(_DELIMITERS, key=merit), lines_before, text


def _square(table: list[list[str]], width: int) -> dict[int, str]:
    """Bring every row to the width of the headings, in place; say which rows had another."""
    problems: dict[int, str] = {}
    for i, cells in enumerate(table):
        if len(cells) == width:
            continue
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            problems[i - 1] = f"expected {width} cells, got {len(cells)}"
        table[i] = [*cells, *[""] * width][:width]  # missing cells at the end are blank
    return problems


def _use_decimal_point(columns: dict[str, list[str]]) -> bool:
    """Turn decimal commas into points, in place, if the file has them in a column of numbers."""
    numeric = [name for name in columns if name in NUMBERS]
    if not any(
        _DECIMAL_COMMA.fullmatch(cell.strip()) and not _THOUSANDS_COMMA.fullmatch(cell.strip())
        for name in numeric
        for cell in columns[name]
        if "," in cell
    ):
        return False
    for name in numeric:
        columns[name] = [_with_point(cell.strip()) for cell in columns[name]]
    return True


def _with_point(cell: str) -> str:
    """One number with a decimal point and no thousands separators."""
    if _THOUSANDS_POINT.fullmatch(cell):
        cell = cell.replace(".", "")
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell


def _typed(cells: pd.Series) -> pd.Series:
    """A column that the tidy table does not know: numbers if every cell is one, and written as numbers are."""
    distinct: Sequence[str] = [text for text in cells.unique().tolist() if text != ""]
    matches = [_PLAIN_NUMBER.fullmatch(text) for text in distinct]
    if not distinct or not all(matches):  # "007" and "1_000" stay text
        return cells
    numbers = pd.to_numeric(cells.where(cells != "", None).astype(object), errors="coerce")
    return numbers if len(numbers) else cells
