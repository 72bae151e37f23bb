"""Resolution as an experiment: what test sets of other sizes would have said, and which scales they would show."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from emergence_stats.analysis import Analysis, analyze
from emergence_stats.arguments import real_number, whole_number
from emergence_stats.errors import InputError
from emergence_stats.items import Items
from emergence_stats.metrics.detectable import items_to_see
from emergence_stats.resolution.items import share_decided
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from emergence_stats.resolution.ladder import Resolution

FACTORS = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 16.0, 64.0)
MOSTLY = 0.5  # share of test sets from which on a scale counts as shown above chance


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResolutionCurve:
    """The verdict as a function of the number of items; immutable.

    Attributes:
        analysis: of the series at hand, its ladder being that of this curve.
        frame: one row per size: ``n_items``, ``factor``, ``detectable_excess`` (score from 0 to 1), ``decided``,
            ``p_phase_change`` with ``_low`` and ``_high`` (5 and 95 % quantiles over test sets),
            ``scales_above_chance`` (points significantly above chance in most test sets), ``smallest_above_chance``
            (the smallest such scale, NaN if there is none), and the share of each verdict that occurs.
        items_to_decide: items from which on a decision has probability `decide_probability` of the settings, or None.
        items_to_see: for each point the items that would show its score above chance with power .8 at 5 %, if its score
            is the curve's posterior median; infinite where that is not above chance. Shape (n_points,).
    """

    analysis: Analysis
    frame: pd.DataFrame
    items_to_decide: float | None
    items_to_see: FloatArray

    def plot(self) -> Figure:
        """Shares of verdicts, P(phase change) and scales above chance over the number of items, as a figure."""
        from emergence_stats.report.resolution_plot import plot_resolution

        return plot_resolution(self.frame, self.items_to_decide)


def resolution_curve(
    series: Series | Items,
    *,
    n_items: Sequence[float] | None = None,
    factors: Sequence[float] = FACTORS,
    resamples: int = 200,
    seed: int = 0,
    settings: Settings | None = None,
) -> ResolutionCurve:
    """Judge smaller and larger test sets than the one at hand.

    Smaller ones are parts of it, larger ones are drawn from the posterior predictive (docs/method.md, section 10).

    Args:
        series: counts, or scores with items or standard errors; `Items` are redrawn item by item.
        n_items: sizes to try; in place of `factors`.
        factors: sizes to try, as multiples of the (median) number of items at hand.
        resamples: test sets of each size.
        seed: of the draws.
        settings: priors and limits; their `resolution.size_factors` are replaced.

    Raises:
        InputError: an argument is out of its range, or the scores carry no number of items.
    """
    given = series.series() if isinstance(series, Items) else series
    replicates = whole_number("resamples", resamples, minimum=1)
    plain = Settings() if settings is None else settings
    sizes = tuple(factors)
    if n_items is not None:
        if given.n_items is None:
            msg = f"{given.name}: expected a series with n_items, got one without: give factors in place of n_items"
            raise InputError(msg)
        at_hand = float(np.median(given.n_items))
        sizes = tuple(real_number("n_items", size) / at_hand for size in n_items)
    ladder = dataclasses.replace(plain.resolution, size_factors=tuple(sorted(set(sizes))))
    analysis = analyze(given, resamples=replicates, seed=seed, settings=dataclasses.replace(plain, resolution=ladder))
    resolution = analysis.resolution
    if resolution is None:
        msg = f"{given.name}: expected counts, or scores with their number of items: others cannot be redrawn"
        raise InputError(msg)
    chance = analysis.posterior.problem.chance
    return ResolutionCurve(
        analysis=analysis,
        frame=_frame(resolution, given),
        items_to_decide=resolution.items_to_decide,
        items_to_see=np.array([items_to_see(chance, value - chance) for value in _median_curve(analysis)]),
    )


def _frame(resolution: Resolution, series: Series) -> pd.DataFrame:
    """One row per size."""
    import pandas as pd

    rows = []
    for size in resolution.sizes:
        shown = np.array(size.above_chance) > MOSTLY
        smallest = series.scale[int(np.flatnonzero(shown)[0])] if shown.any() else np.nan
        low, median, high = size.p_phase_change
        rows.append(
            {
                "n_items": size.n_items,
                "factor": size.factor,
                "detectable_excess": size.detectable_excess,
                "decided": share_decided(size.verdicts),
                "p_phase_change": median,
                "p_phase_change_low": low,
                "p_phase_change_high": high,
                "scales_above_chance": int(shown.sum()),
                "smallest_above_chance": float(smallest),
                **size.verdicts,
            }
        )
    frame = pd.DataFrame(rows)
    verdicts = sorted({name for size in resolution.sizes for name in size.verdicts})
    frame[verdicts] = frame[verdicts].fillna(0.0)
    return frame


def _median_curve(analysis: Analysis) -> FloatArray:
    """Posterior median of the curve at each point, from 0 to 1, shape (n_points,)."""
    values, weight = analysis.posterior.values, analysis.posterior.weight
    order = np.argsort(values, axis=0, kind="stable")
    reached = np.cumsum(weight[order], axis=0)
    place = np.argmax(reached >= 0.5 * reached[-1], axis=0)
    return np.asarray(np.take_along_axis(values, order, axis=0)[place, np.arange(values.shape[1])])
