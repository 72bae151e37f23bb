"""Measurements of models whose scale nobody has told, in a table that is read by one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emergence_stats.errors import TableError
from emergence_stats.ingest.cells import MISSING_TEXTS, text_codes

if TYPE_CHECKING:
    import pandas as pd


def with_scale(frame: pd.DataFrame, scale: str | None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The measurements that have the scale asked for, and a warning where some have not."""
    if scale is None:
        return frame, ()
    codes, texts = text_codes(frame[scale])
    blank = np.array([text.lower() in MISSING_TEXTS for text in texts])[codes]
    if not blank.any():
        return frame, ()
    if blank.all():
        msg = f"column {scale}: expected a scale for some measurement, got {blank.size} blanks"
        raise TableError(msg)
    return frame[~blank], (f"{int(blank.sum())} of {blank.size} measurements have no {scale}: left out",)
