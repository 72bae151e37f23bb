"""Test sets redrawn by whole items, or whole clusters of items, for all models at once.

Models of one series answer the same items: an easy test set is easy for all of them. Drawing items jointly keeps that
correlation, and drawing clusters whole keeps the items of one text together (Miller 2024, arXiv 2411.00640).
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from emergence_stats.compiled import compiled
from emergence_stats.models.likelihood import Observations
from emergence_stats.outcomes import Outcomes
from emergence_stats.posterior import Posterior, systematic_rows
from emergence_stats.predictive_draws import smeared
from emergence_stats.resolution.draws import items_at
from emergence_stats.series import FloatArray


class JointTestSets:
    """Test sets of a series whose outcomes are known item by item; see `draws.CountedTestSets`.

    A unit is a cluster, or an item where there are no clusters. With m_u items and the sum s_ui of the outcomes of
    model i in unit u, a test set with multiplicities w_u gives the score sum_u w_u s_ui / sum_u w_u m_u, and the count
    that the likelihood sees is that score times the (effective) number of items.
    """

    def __init__(self, data: Observations, outcomes: Outcomes) -> None:
        """Sum the outcomes over the units, once."""
        self.data = data
        self.unit = "items" if outcomes.cluster is None else "clusters"
        sums, self.sizes = outcomes.unit_sums()
        self.sums = (sums - self.sizes[:, None] * data.low) / (data.high - data.low)

    def items_at(self, factor: float) -> FloatArray:
        """Items of each point, effective ones where the items are clustered or the outcomes continuous."""
        if factor > 1.0:
            return items_at(self.data.second, factor)
        return self.data.second * self._units(factor) / self.sizes.size

    def redraw(
        self, posterior: Posterior, factor: float, replicates: int, generator: np.random.Generator
    ) -> FloatArray:
        """Counts in test sets of a multiple of the present size, shape (replicates, n_points).

        Smaller ones are drawn without replacement, those of the present size with replacement (the bootstrap of items
        or clusters), larger ones from the posterior predictive with the models' correlation.
        """
        n_items = self.items_at(factor)
        if factor > 1.0:
            return self.predictive(posterior, posterior.weight, n_items, replicates, generator)
        n_units, drawn = self.sizes.size, self._units(factor)
        counts = np.empty((replicates, n_items.size))
        for b in range(replicates):
            weight = np.zeros(n_units)
            if factor < 1.0:
                weight[generator.choice(n_units, drawn, replace=False, shuffle=False)] = 1.0
            else:
                weight += np.bincount(generator.integers(n_units, size=n_units), minlength=n_units)
            counts[b] = weighted_sum(weight, self.sums) / np.sum(weight * self.sizes) * n_items
        return np.clip(counts, 0.0, n_items)

    def predictive(
        self,
        posterior: Posterior,
        weight: FloatArray,
        n_items: FloatArray,
        replicates: int,
        generator: np.random.Generator,
    ) -> FloatArray:
        """Counts from the posterior predictive, shape (replicates, n_points).

        k_i = F^-1(Phi(z_i); n_i, p_i) with F the binomial distribution, p_i the curve (smeared by the overdispersion,
        which is of single models) and z standard normal with the correlation of the models' outcomes over the units.
        """
        rows = systematic_rows(weight, replicates)
        rho = posterior.problem.observations.dispersion[posterior.dispersion[rows]]
        probability = smeared(posterior.values[rows], rho, generator)
        whole = np.maximum(np.rint(n_items), 1.0)
        quantile = stats.norm.cdf(self._correlated(replicates, generator))
        return np.asarray(np.clip(stats.binom.ppf(quantile, whole, probability), 0.0, whole))

    def _units(self, factor: float) -> int:
        """Number of units in a test set no larger than the present one."""
        return int(np.clip(np.rint(factor * self.sizes.size), 1, self.sizes.size))

    def _correlated(self, replicates: int, generator: np.random.Generator) -> FloatArray:
        """Standard normals, shape (replicates, n_points), with the correlation of the residuals of the models.

        z_i = sum_u g_u r_ui / sqrt(sum_u r_ui^2) with independent standard normal g_u and r_ui = s_ui - m_u * score_i
        has that correlation exactly. Models that are right everywhere, or nowhere, tell of no correlation.
        """
        score = self.sums.sum(axis=0) / self.sizes.sum()
        residual = self.sums - self.sizes[:, None] * score
        length = np.sqrt(np.sum(residual**2, axis=0))
        normals = generator.standard_normal((replicates, score.size))
        for b in range(replicates):
            common = weighted_sum(generator.standard_normal(self.sizes.size), residual)
            normals[b] = np.where(length > 0.0, common / np.maximum(length, 1e-300), normals[b])
        return normals


@compiled
def weighted_sum(weight: FloatArray, values: FloatArray) -> FloatArray:
    """sum_u weight_u values_ui, shape (n_points,), in ascending order of u: that of BLAS depends on its threads."""
    total = np.zeros(values.shape[1])
    for u in range(values.shape[0]):
        if weight[u] != 0.0:
            for i in range(values.shape[1]):
                total[i] += weight[u] * values[u, i]
    return total
