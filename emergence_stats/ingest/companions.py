"""Which series of a table are other metrics of the same outputs."""

from __future__ import annotations

import collections
from collections.abc import Sequence

from emergence_stats.ingest.registries.metrics import metric_spec
from emergence_stats.ingest.table_series import SeriesRow
from emergence_stats.series import Series


def companions_of(rows: Sequence[SeriesRow]) -> list[tuple[Series, ...]]:
    """For each row the series with the same identity but for the metric, in the order of the rows.

    Only metrics listed as linear or continuous in the probability of a token are companions: an unlisted one may well
    be all-or-nothing itself.
    """
    families: dict[tuple[tuple[str, str], ...], list[int]] = collections.defaultdict(list)
    for i, row in enumerate(rows):
        families[tuple(item for item in row.identity.items() if item[0] != "metric")].append(i)
    found: list[tuple[Series, ...]] = [()] * len(rows)
    for members in families.values():
        able = [(i, series) for i in members if (series := rows[i].series) is not None and _can_tell(series.metric)]
        for i in members:
            found[i] = tuple(series for j, series in able if j != i)
    return found


def _can_tell(metric: str) -> bool:
    spec = metric_spec(metric)
    return spec is not None and bool(spec.linear or spec.continuous)
