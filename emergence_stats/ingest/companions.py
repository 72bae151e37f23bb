"""Which series of a table are other metrics of the same outputs."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Sequence

from emergence_stats.ingest.registries.metrics import metric_spec
from emergence_stats.ingest.table_series import SeriesRow
from emergence_stats.series import Series


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a table has on other metrics of one series' outputs.

    Attributes:
        companions: their series.
        unread: of those that make no series, the metric and what is wrong with it.
    """

    companions: tuple[Series, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()


def companions_of(rows: Sequence[SeriesRow]) -> list[Beside]:
    """For each row the series with the same identity but for the metric, in the order of the rows.

    Only metrics listed as linear or continuous in the probability of a token are companions: an unlisted one may well
    be all-or-nothing itself.
    """
    families: dict[tuple[tuple[str, str], ...], list[int]] = collections.defaultdict(list)
    for i, row in enumerate(rows):
        families[tuple(item for item in row.identity.items() if item[0] != "metric")].append(i)
    found = [Beside()] * len(rows)
    for members in families.values():
        able = [i for i in members if _can_tell(rows[i].identity.get("metric", ""))]
        for i in members:
            others = [rows[j] for j in able if j != i]
            found[i] = Beside(
                companions=tuple(other.series for other in others if other.series is not None),
                unread=tuple(
                    (other.identity["metric"], other.problem or "no series") for other in others if other.series is None
                ),
            )
    return found


def _can_tell(metric: str) -> bool:
    spec = metric_spec(metric)
    return spec is not None and bool(spec.linear or spec.continuous)
