"""Test sets that might have been: subsets of the one at hand, and new ones from a posterior predictive.

Smaller sets are drawn from the items at hand without replacement. Sets as large and larger come from weighted posterior
rows, not from the raw proportions, which would turn sampling noise into structure.
"""

from __future__ import annotations

import numpy as np

from emergence_stats.models.likelihood import Observations
from emergence_stats.posterior import Posterior, systematic_rows
from emergence_stats.predictive_draws import MOST_ITEMS, beta_binomial
from emergence_stats.series import FloatArray

MOST_URN = 10**9  # items from which on the generator knows no hypergeometric: with and without replacement are the same


def items_at(n_items: FloatArray, factor: float) -> FloatArray:
    """Whole numbers of items per point at a multiple of those at hand."""
    return np.asarray(np.clip(np.rint(n_items * factor), 1.0, MOST_ITEMS))


def subsets(
    n_correct: FloatArray, n_items: FloatArray, smaller: FloatArray, replicates: int, generator: np.random.Generator
) -> FloatArray:
    """Counts in test sets drawn from the one at hand without replacement, shape (replicates, n_points)."""
    right = np.rint(n_correct).astype(np.int64)
    wrong = np.maximum(np.rint(n_items).astype(np.int64) - right, 0)
    drawn = np.minimum(smaller.astype(np.int64), right + wrong)
    size = (replicates, drawn.size)
    if np.all(right + wrong < MOST_URN):
        return generator.hypergeometric(right, wrong, drawn, size=size).astype(np.float64)
    return generator.binomial(drawn, right / (right + wrong), size=size).astype(np.float64)


class CountedTestSets:
    """Test sets of a series of which only counts are known; the models' luck is then taken as independent.

    `joint.JointTestSets` has the same methods, for outcomes known item by item.

    Attributes:
        unit: what is drawn together, for the document.
    """

    unit = "counts"

    def __init__(self, data: Observations) -> None:
        """Take the counts at hand."""
        self.data = data

    def items_at(self, factor: float) -> FloatArray:
        """Items of each point at a multiple of those at hand, shape (n_points,)."""
        return items_at(self.data.second, factor)

    def redraw(
        self, posterior: Posterior, factor: float, replicates: int, generator: np.random.Generator
    ) -> FloatArray:
        """Counts in test sets of a multiple of the present size, shape (replicates, n_points).

        Args:
            posterior: of the series at hand, for test sets that are not part of the one at hand.
            factor: the multiple.
            replicates: test sets to draw.
            generator: source of randomness.
        """
        n_items = self.items_at(factor)
        if factor < 1.0:
            return subsets(self.data.first, self.data.second, n_items, replicates, generator)
        return self.predictive(posterior, posterior.weight, n_items, replicates, generator)

    def predictive(
        self,
        posterior: Posterior,
        weight: FloatArray,
        n_items: FloatArray,
        replicates: int,
        generator: np.random.Generator,
    ) -> FloatArray:
        """Counts from the posterior predictive, shape (replicates, n_points).

        Args:
            posterior: rows with the curve's values and the dispersion node.
            weight: probability of each row, shape (n_rows,).
            n_items: items of each point, shape (n_points,).
            replicates: test sets to draw.
            generator: source of randomness.
        """
        rows = systematic_rows(weight, replicates)
        rho = posterior.problem.observations.dispersion[posterior.dispersion[rows]]
        return beta_binomial(posterior.values[rows], rho, n_items, generator)
