"""A small table as a page shows it."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A table with a sentence below it; a row that is shorter than the header ends in one wide cell.

    Attributes:
        title: its caption.
        header: names of the columns.
        rows: texts of the cells.
        note: what stands below it; may be empty.
        numbers: indices of the columns that are set flush right.
        prose: indices of the columns whose text may break into lines.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str
    numbers: frozenset[int] = frozenset()
    prose: frozenset[int] = frozenset()
