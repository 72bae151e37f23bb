"""Two scores for one model and task: found, named, and kept or settled by date."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from emergence_stats.ingest import columns as names
from emergence_stats.ingest.cells import joint_codes, text_codes

Duplicates = Literal["both", "latest"]
_NAMED = 5
EVALUATED = "evaluated"


def settle_conflicts(
    frame: pd.DataFrame, logs: npt.NDArray[np.bool_], *, duplicates: Duplicates, by: Iterable[str] = ()
) -> tuple[pd.DataFrame, list[str]]:
    """Find measurements of one model, task and metric that were read more than once.

    Rows are in conflict if they agree in everything that identifies a series, in model, seed and scales, and come from
    logs or from different files. Repeated rows of one table are repeated runs, and no conflict.

    Args:
        frame: measurements.
        logs: rows that come from logs.
        duplicates: "both" keeps all; "latest" keeps the one that was evaluated last, where the logs say when.
        by: further columns that tell series apart.

    Returns:
        The frame and what was found, as sentences.
    """
    if "model" not in frame:
        return frame, []
    keys = [name for name in (*names.IDENTITY, "model", "seed", *names.SCALES, *by) if name in frame]
    group = joint_codes([text_codes(frame[name])[0] for name in dict.fromkeys(keys)])
    sizes = np.bincount(group)
    file = (
        text_codes(frame[names.SOURCE_FILE])[0] if names.SOURCE_FILE in frame else np.zeros(len(frame), dtype=np.intp)
    )
    first_file = np.full(sizes.size, -1)
    first_file[group[::-1]] = file[::-1]
    mixed = np.bincount(group, weights=(file != first_file[group]) | logs) > 0
    model_codes, models = text_codes(frame["model"])
    named = np.array([bool(model) for model in models], dtype=bool)[model_codes]
    in_conflict = (sizes[group] > 1) & mixed[group] & named
    if not in_conflict.any():
        return frame, []
    tasks = frame["task"].astype(str).to_numpy(dtype=object)
    places = [f"{models[model_codes[row]]} on {tasks[row]}" for row in _firsts(group, in_conflict)]
    count = len(places)
    first = ", ".join([*places[:_NAMED], *["..."] * (count > _NAMED)])
    told = f"{count} measurement{'s' * (count != 1)} found more than once ({first})"
    if duplicates == "both":
        return frame, [f"{told}: all are kept as points; --duplicates latest keeps the last of each"]
    kept = _latest(frame, group, in_conflict)
    undated = len({int(code) for code in group[in_conflict & kept]}) < int((in_conflict & kept).sum())
    rest = "; where the logs do not say when, all are kept" if undated else ""
    return frame[kept].reset_index(drop=True), [f"{told}: the last evaluated is kept{rest}"]


def _firsts(group: npt.NDArray[np.intp], wanted: npt.NDArray[np.bool_]) -> list[int]:
    """The first row of each group among some rows."""
    rows = np.flatnonzero(wanted)
    _, first = np.unique(group[rows], return_index=True)
    return sorted(rows[first].tolist())


def _latest(
    frame: pd.DataFrame, group: npt.NDArray[np.intp], in_conflict: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Rows that stay: of each conflict the last evaluated; all where no row or not every row has a time."""
    kept = np.ones(len(frame), dtype=bool)
    if EVALUATED not in frame:
        return kept
    codes, texts = text_codes(frame[EVALUATED])  # ISO 8601 in UTC sorts as text
    rank = np.argsort(np.argsort(np.array(texts, dtype=object)))[codes]
    blank = np.array([not text for text in texts], dtype=bool)[codes]
    undated = np.bincount(group, weights=blank) > 0
    rows = np.flatnonzero(in_conflict & ~undated[group])
    ordered = rows[np.lexsort((rows, rank[rows], group[rows]))]
    last = np.r_[group[ordered][1:] != group[ordered][:-1], True] if ordered.size else np.empty(0, dtype=bool)
    kept[ordered[~last]] = False
    return kept
