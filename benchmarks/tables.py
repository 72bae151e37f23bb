"""Tables as text: for the terminal and for ``docs/validation.md``."""

from __future__ import annotations

import pandas as pd


def markdown(table: pd.DataFrame) -> str:
    """A table in Markdown, padded so that it reads as plain text too."""
    columns = [[str(name), *(_cell(value) for value in table[name])] for name in table.columns]
    widths = [max(map(len, column)) for column in columns]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in zip(*columns, strict=True)
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _cell(value: object) -> str:
    """One value; a bar would end the cell."""
    return str(value).replace("|", "\\|")
