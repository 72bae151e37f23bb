"""What all families together say, beside what each series says by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pandas as pd

from emergence_stats.batch.run import BatchResult
from emergence_stats.pooling.table import PooledTable

POOLED_COLUMNS: Mapping[str, str] = {
    "pooled_verdict": "str",
    "pooled_threshold": "float64",
    "pooled_threshold_low": "float64",
    "pooled_threshold_high": "float64",
    "pooled_width_decades": "float64",
    "pooled_width_low": "float64",
    "pooled_width_high": "float64",
    "pooled_ceiling": "float64",
    "pooled_ceiling_low": "float64",
    "pooled_ceiling_high": "float64",
    "pooled_p_beyond": "float64",
    "pooled_p_present": "float64",
    "pooled_p_sharp": "float64",
}
"""Columns after `RESULT_COLUMNS` where families were pooled, and their pandas types; intervals hold 90 %.

`pooled_verdict` is that of the task in the typical family, all else of this family as all of them tell it. The
threshold is null where it more probably lies beyond the data; all are null for a series that took no part.
"""


def with_pooled(batch: BatchResult, together: PooledTable) -> BatchResult:
    """The batch with `POOLED_COLUMNS` in its frame, and a part ``pooled`` in its documents."""
    members = [together.member(row.identity) for row in batch.rows]
    cells = [_cells(member) for member in members]
    columns = {
        name: pd.Series([cell.get(name) for cell in cells], dtype=kind, index=batch.frame.index)
        for name, kind in POOLED_COLUMNS.items()
    }
    return dataclasses.replace(
        batch,
        frame=batch.frame.assign(**columns),
        documents=tuple(
            None if document is None else document | {"pooled": member}
            for document, member in zip(batch.documents, members, strict=True)
        ),
    )


def _cells(member: Mapping[str, object] | None) -> dict[str, object]:
    """One row of the columns."""
    if member is None:
        return {}
    threshold, width, ceiling = member["threshold"] or {}, member["width_decades"] or {}, member["ceiling"] or {}
    assert isinstance(threshold, Mapping)
    assert isinstance(width, Mapping)
    assert isinstance(ceiling, Mapping)
    return {
        "pooled_verdict": member["verdict"],
        "pooled_threshold": threshold.get("median"),
        "pooled_threshold_low": threshold.get("low"),
        "pooled_threshold_high": threshold.get("high"),
        "pooled_width_decades": width.get("median"),
        "pooled_width_low": width.get("low"),
        "pooled_width_high": width.get("high"),
        "pooled_ceiling": ceiling.get("median"),
        "pooled_ceiling_low": ceiling.get("low"),
        "pooled_ceiling_high": ceiling.get("high"),
        "pooled_p_beyond": member["p_beyond"],
        "pooled_p_present": member["p_present"],
        "pooled_p_sharp": member["p_sharp"],
    }
