"""One line of the table of all series, ready for its template."""

from __future__ import annotations

import dataclasses

from emergence_stats.report.document import Entry
from emergence_stats.report.figures.sparkline import sparkline
from emergence_stats.report.formats import emergence_text, inert, interval_text, rounded_scale
from emergence_stats.report.vocabulary import VERDICTS

NAME_LENGTH = 160
REASON_LENGTH = 300


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """Texts of one row. Fields that end in `_key` are what the column sorts by; empty sorts last.

    Attributes:
        anchor: where links to the series lead: id of its card, or of this row where it has none.
        has_card: whether the series has a card.
        name: label, shortened where it is very long.
        verdict: key of `VERDICTS`.
        label: the verdict in words.
        rank: position of the verdict among `VERDICTS`.
        probability: P(emergent), and `probability_key` for sorting.
        threshold: posterior median; `threshold_interval` is its 90 % interval.
        reason: one sentence; empty in a compact row.
        spark: SVG, not escaped again; empty in a compact row and for failures.
    """

    anchor: str
    has_card: bool
    name: str
    verdict: str
    label: str
    rank: int
    probability: str
    probability_key: str
    threshold: str
    threshold_interval: str
    threshold_key: str
    reason: str
    spark: str


def row_view(entry: Entry, *, has_card: bool, compact: bool = False) -> RowView:
    """The row of one series; a compact one goes without picture and reason."""
    document = entry.document
    threshold = document["threshold"] if document is not None else None
    kind = document["series"]["scale_kind"] if document is not None else ""
    return RowView(
        anchor=entry.anchor,
        has_card=has_card,
        name=inert(entry.label, NAME_LENGTH),
        verdict=entry.verdict,
        label=VERDICTS[entry.verdict].label,
        rank=list(VERDICTS).index(entry.verdict),
        probability="" if document is None else emergence_text(document),
        probability_key="" if document is None else f"{document['p_emergent']:.4g}",
        threshold="" if threshold is None else rounded_scale(threshold["median"], kind),
        threshold_interval="" if threshold is None else interval_text(threshold, kind),
        threshold_key="" if threshold is None else f"{threshold['median']:.4g}",
        reason="" if compact else inert(entry.reason, REASON_LENGTH),
        spark="" if compact or document is None else sparkline(document),
    )
