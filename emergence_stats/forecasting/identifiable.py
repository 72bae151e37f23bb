"""When do the data say something about a further scale, and when only the priors?"""

from __future__ import annotations

import dataclasses

from emergence_stats.series import Series

UNSEEN = 0.1  # above it, a 90 % interval ends where the prior of later rises puts it
SILENT_IN_REACHES = 3.0  # farther out no interval is given at all


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Whether to give an interval (`speaks`), whether the data set it (`identifiable`), and if not, why not."""

    speaks: bool
    identifiable: bool
    why: str | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a series reaches beyond its scales.

    Attributes:
        series: the series.
        reach_in_ranges: how far, in observed ranges.
    """

    series: Series
    reach_in_ranges: float

    @property
    def range_decades(self) -> float:
        """Decades from the smallest to the largest scale."""
        return float(self.series.log10_scale[-1] - self.series.log10_scale[0])

    def decades_beyond(self, log10_scale: float) -> float:
        """Decades outside the observed range."""
        first, last = float(self.series.log10_scale[0]), float(self.series.log10_scale[-1])
        return max(log10_scale - last, first - log10_scale, 0.0)

    def answer(self, log10_scale: float, p_unseen_rise: float, p_past_chance: float) -> Answer:
        """Whether the data say something about this scale.

        Args:
            log10_scale: the scale, reversed for a loss.
            p_unseen_rise: probability that a rise which the data do not show has begun by then.
            p_past_chance: probability that a fall which goes on as in the data has passed chance by then.
        """
        beyond, reach = self.decades_beyond(log10_scale), self.reach_in_ranges * self.range_decades
        where = f"{beyond:.1f} decades beyond the data, which span {self.range_decades:.1f}"
        if beyond > SILENT_IN_REACHES * reach:
            return Answer(speaks=False, identifiable=False, why=f"not identifiable from these data: {where}")
        if beyond > reach:
            why = f"not identifiable from these data: {where}; the interval is that of the assumed curves"
            return Answer(speaks=True, identifiable=False, why=why)
        if p_unseen_rise > UNSEEN:
            why = (
                f"not identifiable from these data: a rise that they do not show has begun by then with probability "
                f"{p_unseen_rise:.2f}, which rests on the prior of such rises"
            )
            return Answer(speaks=True, identifiable=False, why=why)
        if p_past_chance > UNSEEN:
            why = (
                f"not identifiable from these data: the fall that they show would be past chance by then with "
                f"probability {p_past_chance:.2f}, and whether it ends there is not seen in them"
            )
            return Answer(speaks=True, identifiable=False, why=why)
        return Answer(speaks=True, identifiable=True, why=None)
