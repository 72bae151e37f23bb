"""The curve of a forecast for figures: its quantiles by scale, and how far the data set them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emergence_stats.forecasting.identifiable import Reach
from emergence_stats.forecasting.scales import log10_of, scale_of
from emergence_stats.posterior import weighted_quantiles

if TYPE_CHECKING:
    from emergence_stats.forecasting.forecast import Forecast

GRID = 96
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def curve_band(found: Forecast) -> dict[str, list[float]]:
    """The curve from the smallest scale to the horizon of the figure: quantiles by scale, in the metric's unit."""
    series = found.series
    ends = [*series.log10_scale.tolist(), *(log10_of(series, item.scale) for item in found.scores)]
    grid = np.linspace(min(ends), max(ends), GRID)
    weight = found.path.outlook.weight
    bands = np.array([weighted_quantiles(found.path.values(x), weight, LEVELS) for x in grid.tolist()])
    scores = np.sort(found.prepared.restore(bands), axis=1)
    low, low50, median, high50, high = scores.T.tolist()
    scale = [scale_of(series, x) for x in grid.tolist()]
    return {"scale": scale, "median": median, "low": low, "high": high, "low50": low50, "high50": high50}


def identifiable_until(found: Forecast) -> float:
    """The largest scale of the figure up to which the data set the interval."""
    series = found.series
    reach = Reach(series=series, reach_in_ranges=found.settings.forecast.reach_in_ranges)
    last = float(series.log10_scale[-1])
    ends = [last, *(log10_of(series, item.scale) for item in found.scores)]
    ahead = np.linspace(last, max(ends), GRID).tolist()
    good = [x for x in ahead if reach.answer(x, found.path.unseen(x), found.path.past_chance(x)).identifiable]
    return scale_of(series, max(good, default=last))
