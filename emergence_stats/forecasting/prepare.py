"""A series made ready for a forecast: noise that a new model may have, and room beyond the scores seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from emergence_stats.engines import find_evidences
from emergence_stats.evidence.quadrature import make_problem
from emergence_stats.models.likelihood import COUNTS, Observations, observe
from emergence_stats.posterior import Posterior, join
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A series with its posterior under the assumptions of a forecast.

    Attributes:
        series: as given.
        posterior: over all curves.
        restore: from oriented values in [0, 1] to the metric's own unit.
        place: from a score in the metric's own unit to its oriented value.
    """

    series: Series
    posterior: Posterior
    restore: Callable[[FloatArray], FloatArray]
    place: Callable[[float], float]

    @property
    def data(self) -> Observations:
        """The observations that the posterior saw."""
        return self.posterior.problem.observations

    @property
    def n_items(self) -> float | None:
        """Median number of items, of counts alone."""
        return float(np.median(self.data.second)) if self.data.kind == COUNTS else None

    def position(self, log10_scale: FloatArray) -> FloatArray:
        """Where scales lie in units of the observed range, from the smallest on; a loss is already reversed."""
        return np.asarray((log10_scale - self.series.log10_scale[0]) / self.data.range_decades)


def prepare(series: Series, settings: Settings, *, seed: int = 0, further_decades: float = 0.0) -> Prepared:
    """Find the posterior of a series for forecasting.

    Scores that are bounded and come alone count as scores on `forecast.unknown_items` items, so that their scatter
    shrinks towards both ends as that of counts does. A metric without bounds gets room of one observed range (of its
    log, where the series says so) on either side.

    Args:
        series: what was measured.
        settings: priors, limits and effort.
        seed: of engines that draw random numbers.
        further_decades: how far beyond the largest scale a rise of the analysis may lie.
    """
    ahead = settings.forecast
    prior = dataclasses.replace(settings.prior, overdispersion_nodes=ahead.overdispersion_nodes)
    changed = dataclasses.replace(settings, prior=prior)
    logs = series.score_axis == "log"
    usable = _with_room(series) if series.score_bounds is None else series
    if series.score_bounds is not None and series.n_items is None and series.stderr is None:
        usable = series.replace(n_items=np.full(series.n_points, float(ahead.unknown_items)))
    problem = make_problem(_widened(observe(usable, prior), further_decades), changed, series.scale_kind)
    evidences, _ = find_evidences(problem, seed)
    data = problem.observations

    def restore(value: FloatArray) -> FloatArray:
        score = data.to_score(value)
        return np.exp(score) if logs else score

    def place(score: float) -> float:
        on_axis = (np.log(score) if score > 0.0 else -np.inf) if logs else score
        return data.from_score(float(on_axis))

    return Prepared(series=series, posterior=join(evidences, problem), restore=restore, place=place)


def _widened(data: Observations, decades: float) -> Observations:
    """The same points in a range that goes on beyond the largest scale."""
    wide = data.range_decades + decades
    return dataclasses.replace(data, position=data.position * (data.range_decades / wide), range_decades=wide)


def _with_room(series: Series) -> Series:
    """A series without bounds on a linear axis (of logs, where it says so) with room to move beyond its data."""
    assert series.score is not None
    logs = series.score_axis == "log"
    score = np.log(series.score) if logs else series.score
    stderr = None if series.stderr is None else (series.stderr / series.score if logs else series.stderr)
    chance = series.chance_level
    if chance is not None and logs:
        chance = float(np.log(chance))
    given = [*score.tolist(), *([] if chance is None else [chance])]
    room = (max(given) - min(given)) or 1.0
    bounds = (min(given) - room, max(given) + room)
    # A chance level is required where there are bounds: without one the worst end stands in, and nothing is made of it.
    return series.replace(
        score=score, stderr=stderr, n_items=None, n_correct=None, chance_level=chance, score_bounds=bounds,
        score_axis="linear",
    )  # fmt: skip
