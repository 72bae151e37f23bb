"""What a peer says of one series."""

from __future__ import annotations

import dataclasses

BAD_ASYMPTOTE = "asymptote outside 0-1"
BAD_ERROR = "standard error 0 or not finite"
BAD_P_VALUE = "p-value above 1"
ASYMPTOTE_MARGIN = 0.05  # an asymptote this little outside 0-1 is an ordinary error of estimation


class PeerFailure(Exception):  # noqa: N818 - an outcome to be counted, not a fault of this program
    """The peer says by itself that it has no result."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One peer's answer, by its own lights.

    Attributes:
        score: its natural statistic, larger for a sharp rise.
        called: whether its conventional limit calls this a sharp rise; None if there is no convention.
        threshold: the place of the rise that a user would read off, log10 of the scale; None if it reports none.
        low: lower end of its 90 % interval; None if it gives no interval.
        high: upper end.
        rises: whether the curve with that threshold rises with scale.
        faults: what is wrong with its own numbers, whatever the truth.
    """

    score: float
    called: bool | None = None
    threshold: float | None = None
    low: float | None = None
    high: float | None = None
    rises: bool = True
    faults: tuple[str, ...] = ()


def bad_asymptotes(floor: float, ceiling: float) -> tuple[str, ...]:
    """The fault, if a fitted level cannot be a proportion."""
    inside = min(floor, ceiling) >= -ASYMPTOTE_MARGIN and max(floor, ceiling) <= 1.0 + ASYMPTOTE_MARGIN
    return () if inside else (BAD_ASYMPTOTE,)
