"""What the series of one table teach each other: how runs scatter, and how often abilities appear."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from emergence_stats.models.curves.spec import Explanation
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.posterior import CURVE_EXPLANATION, EXPLANATIONS, HAS_THRESHOLD, Posterior
from emergence_stats.proportions import class_proportions
from emergence_stats.series import FloatArray

NO_ABILITY, CONSTANT = EXPLANATIONS.index(Explanation.NO_ABILITY), EXPLANATIONS.index(Explanation.CONSTANT)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Learnt from several series.

    The rate at which abilities appear, per decade of scale, has a flat prior; with k rises seen in E decades during
    which series were at chance, a series at chance stays there for d further decades with probability
    (E / (E + d))^(k + 1).

    Attributes:
        n_series: how many series.
        rises: expected number of rises from chance within the data, k.
        decades: expected decades at chance, over all series, E.
        dispersion: mass of each dispersion node of counts, or None for that of the settings.
    """

    n_series: int
    rises: float
    decades: float
    dispersion: tuple[float, ...] | None

    def still_at_chance(self, decades: FloatArray) -> FloatArray:
        """Probability that a series at chance stays there for so many decades more."""
        return np.asarray((self.decades / (self.decades + decades)) ** (self.rises + 1.0))


def alone(posterior: Posterior) -> Pool:
    """What one series that never left chance says by itself: k = 0, E = its own range."""
    return Pool(n_series=1, rises=0.0, decades=posterior.problem.observations.range_decades, dispersion=None)


def learn(posteriors: Sequence[Posterior]) -> Pool:
    """Learn from the series of a table.

    Masses of the dispersion nodes are proportions by expectation-maximisation (`class_proportions`) over all series of
    counts, explanations keeping the prior masses in the evidence that enters.
    """
    counts = [posterior for posterior in posteriors if posterior.problem.observations.kind == COUNTS]
    dispersion = _dispersion(counts) if counts else None
    seen = [_exposure(shared(posterior, dispersion)) for posterior in posteriors]
    shortest = max((posterior.problem.observations.range_decades for posterior in posteriors), default=1.0)
    return Pool(
        n_series=len(posteriors),
        rises=float(sum(rises for rises, _ in seen)),
        decades=max(float(sum(decades for _, decades in seen)), shortest),
        dispersion=dispersion,
    )


def shared(posterior: Posterior, dispersion: tuple[float, ...] | None) -> Posterior:
    """A posterior under other masses of the dispersion nodes (of counts; others are left as they are)."""
    data = posterior.problem.observations
    if dispersion is None or data.kind != COUNTS:
        return posterior
    change = np.log(np.maximum(np.array(dispersion), 1e-300)) - data.log_dispersion_prior
    return dataclasses.replace(posterior, log_weight=posterior.log_weight + change[posterior.dispersion])


def at_chance(posterior: Posterior) -> npt.NDArray[np.bool_]:
    """Rows that stay at chance throughout: no ability, or a constant within delta of it, shape (n_rows,)."""
    problem = posterior.problem
    explanation = CURVE_EXPLANATION[posterior.curve]
    small = problem.settings.verdict.absent_excess * (1.0 - problem.chance)
    constant = (explanation == CONSTANT) & (posterior.levels[:, 2] - problem.chance < small)
    return np.asarray((explanation == NO_ABILITY) | constant)


def _exposure(posterior: Posterior) -> tuple[float, float]:
    """Expected rises from chance in range, and expected decades spent at chance before."""
    weight, decades = posterior.weight, posterior.problem.observations.range_decades
    if posterior.problem.observations.chance is None:
        return 0.0, 0.0
    rising = HAS_THRESHOLD[posterior.curve]
    spent = np.where(rising, np.clip(posterior.threshold, 0.0, 1.0), at_chance(posterior).astype(np.float64))
    return float(np.sum(weight * (rising & (posterior.threshold <= 1.0)))), float(decades * np.sum(weight * spent))


def _dispersion(posteriors: Sequence[Posterior]) -> tuple[float, ...]:
    """Masses of the dispersion nodes over several series of counts."""
    log_prior = posteriors[0].problem.observations.log_dispersion_prior
    logs = np.full((len(posteriors), 1, log_prior.size), -np.inf)
    for i, posterior in enumerate(posteriors):
        log_weight = posterior.log_weight
        for node in range(log_prior.size):
            mine = log_weight[posterior.dispersion == node]
            if mine.size:
                logs[i, 0, node] = mine.max() + np.log(np.exp(mine - mine.max()).sum()) - log_prior[node]
    found = class_proportions(logs, np.ones(1), np.exp(log_prior))
    return tuple(found.second.tolist())
