"""What a reader hands back: the rows of one file, untouched, and where each came from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import pandas as pd


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """Rows of one file.

    Attributes:
        frame: headings and cells as they are in the file.
        rows: number of each row in its file, 1-based, as an editor or a spreadsheet counts.
        problems: rows that could not be read in full: position in the frame -> what was wrong.
        notes: what was done to the file as a whole.
        log: whether it is a log, which names its models and may know nothing of their sizes.
        part_of: the file that holds the scores this one belongs to; such a file may have no rows.
    """

    frame: pd.DataFrame
    rows: Sequence[int]
    problems: Mapping[int, str] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    log: bool = False
    part_of: str = ""
