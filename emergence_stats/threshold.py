"""Where the rise is, how wide it is, and where it reaches a score that the user names."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from emergence_stats.arguments import real_number
from emergence_stats.errors import InputError
from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.posterior import CURVE_NAMES, HAS_THRESHOLD, Posterior, systematic_rows
from emergence_stats.series import FloatArray

N_KEPT = 1000  # equally weighted draws that a result carries
SEARCH_GRID = 400
NO_WEIGHT = 1e-6  # of the heaviest row: lighter ones cannot be seen in any quantile


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quantity:
    """Posterior of one number, in its own unit.

    Attributes:
        draws: equally weighted posterior draws, ascending, shape (n,); empty if the quantity is not defined.
    """

    draws: FloatArray = dataclasses.field(repr=False)

    def __post_init__(self) -> None:
        """Draws are not to be written to."""
        self.draws.setflags(write=False)

    @property
    def median(self) -> float | None:
        """Posterior median, or None if the quantity is not defined for this series."""
        return self._quantiles(0.5)[0] if self.draws.size else None

    def interval(self, mass: float = 0.9) -> tuple[float, float] | None:
        """Equal-tailed credible interval of this mass, or None.

        Raises:
            InputError: the mass is not above 0 and below 1.
        """
        if not 0.0 < real_number("mass", mass) < 1.0:
            msg = f"mass: expected a number above 0 and below 1, got {mass!r}"
            raise InputError(msg)
        if not self.draws.size:
            return None
        tail = 0.5 * (1.0 - mass)
        low, high = self._quantiles(tail, 1.0 - tail)
        return low, high

    def __repr__(self) -> str:
        """Median and 90 % interval."""
        interval = self.interval(0.9)
        if self.median is None or interval is None:
            return "Quantity(not defined)"
        return f"Quantity(median={self.median:.4g}, interval90=({interval[0]:.4g}, {interval[1]:.4g}))"

    def to_dict(self) -> dict[str, float] | None:
        """median, low and high (90 %), low50 and high50 (50 %)."""
        if not self.draws.size:
            return None
        low, low50, median, high50, high = self._quantiles(0.05, 0.25, 0.5, 0.75, 0.95)
        return {"median": median, "low": low, "high": high, "low50": low50, "high50": high50}

    def _quantiles(self, *levels: float) -> list[float]:
        """The draw at each level; nothing is interpolated, because draws may be infinite."""
        last = self.draws.size - 1
        return [float(self.draws[round(level * last)]) for level in levels]


NOTHING = Quantity(draws=np.empty(0))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RiseLocation:
    """Midpoint and onset in the scale's unit, width in decades.

    Nothing unless a rise in range is more probable than not.
    """

    threshold: Quantity
    onset: Quantity
    width_decades: Quantity


def locate(posterior: Posterior, weight: FloatArray, rise_in_range: float, to_scale: ScaleMap) -> RiseLocation:
    """Model-averaged posterior of the rise over all curves that have one."""
    rising = HAS_THRESHOLD[posterior.curve]
    share = np.where(rising, weight, 0.0)
    if rise_in_range <= 0.5:
        return RiseLocation(threshold=NOTHING, onset=NOTHING, width_decades=NOTHING)
    rows = np.flatnonzero(share > NO_WEIGHT * share.max())
    weight = share[rows] / share[rows].sum()
    decades = posterior.problem.observations.range_decades
    return RiseLocation(
        threshold=Quantity(draws=np.sort(to_scale(_even_draws(posterior.threshold[rows], weight)))),
        onset=Quantity(draws=np.sort(to_scale(_even_draws(posterior.onset[rows], weight)))),
        width_decades=Quantity(draws=_even_draws(posterior.width[rows], weight) * decades),
    )


def _even_draws(values: FloatArray, weight: FloatArray) -> FloatArray:
    """`N_KEPT` equally weighted values in ascending order: evenly spaced quantiles, so that no noise is added."""
    order = np.argsort(values, kind="stable")  # quicker here than the default, which depends on the processor
    return np.asarray(values[order[systematic_rows(weight[order], N_KEPT)]])


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScaleMap:
    """From position in the observed range of log10 scale to the scale itself."""

    log10_first: float
    range_decades: float
    reversed: bool = False

    def __call__(self, position: FloatArray) -> FloatArray:
        """Scale at each position."""
        log10_scale = self.log10_first + position * self.range_decades
        return np.asarray(10.0 ** np.clip(-log10_scale if self.reversed else log10_scale, -300.0, 300.0))


def curve_values(posterior: Posterior, rows: npt.NDArray[np.intp], position: FloatArray) -> FloatArray:
    """The curve of each given row at each position, shape (n_rows, n_positions)."""
    out = np.empty((rows.size, position.size))
    for index, name in enumerate(CURVE_NAMES):
        mine = np.flatnonzero(posterior.curve[rows] == index)
        if mine.size:
            at = rows[mine]
            curve = CURVES[name]
            out[mine] = shapes.values(
                curve.form,
                curve.sign,
                position,
                posterior.threshold[at],
                posterior.width[at],
                posterior.levels[at, :2],
                posterior.levels[at, 2],
            )
    return out


def width_curve(posterior: Posterior, weight: FloatArray, widths: FloatArray) -> FloatArray:
    """P(10-90 % width < w) for each w in decades, ascending; curves without a width count as wider than any."""
    decades = np.where(
        HAS_THRESHOLD[posterior.curve], posterior.width * posterior.problem.observations.range_decades, np.inf
    )
    narrower = np.bincount(np.searchsorted(widths, decades, side="right"), weight, minlength=widths.size + 1)
    return np.asarray(np.cumsum(narrower)[: widths.size])


def scale_for_score(posterior: Posterior, weight: FloatArray, value: float, to_scale: ScaleMap) -> Quantity:
    """Posterior of the scale at which the curve first reaches an oriented score in [0, 1], within 3 observed ranges.

    Draws that never reach it there count as infinite, so that an upper quantile may be infinite.
    """
    rows = systematic_rows(weight, N_KEPT)
    position = np.linspace(0.0, 3.0, SEARCH_GRID)
    reached = curve_values(posterior, rows, position) >= value
    first = np.where(reached.any(axis=1), reached.argmax(axis=1), -1)
    scales = np.where(first >= 0, to_scale(position[first]), np.inf)
    return Quantity(draws=np.sort(scales))
