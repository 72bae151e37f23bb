"""How frequent each class is among many series, from evidences that are already there.

Each series i has the evidence of every pair of classes, L_i(a, b): an explanation and a dispersion node, say. With
class proportions p and q it belongs to (a, b) with probability r_i(a, b) proportional to p_a q_b L_i(a, b).
Expectation-maximisation alternates that with p_a = (prior count_a + sum_i r_i(a)) / total, and so for q, until nothing
moves: the posterior mode under Dirichlet priors (Dempster, Laird & Rubin 1977,
doi:10.1111/j.2517-6161.1977.tb01600.x; empirical Bayes as in Efron 2010, doi:10.1017/CBO9780511761362).
"""

from __future__ import annotations

import dataclasses

import numpy as np

from emergence_stats.series import FloatArray

ROUNDS = 2000
SETTLED = 1e-7


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Proportions:
    """Proportions of two kinds of classes, and where each series belongs.

    Attributes:
        first: of the classes of the first axis, shape (n_first,); they sum to 1.
        second: of those of the second axis, shape (n_second,).
        membership: posterior probability of each pair for each series, shape (n_series, n_first, n_second).
    """

    first: FloatArray
    second: FloatArray
    membership: FloatArray


def class_proportions(log_evidence: FloatArray, first_prior: FloatArray, second_prior: FloatArray) -> Proportions:
    """Proportions of classes over many series.

    Args:
        log_evidence: natural log evidence of every pair of classes, free of their prior, shape (n_series, n_first,
            n_second); -inf where a pair is impossible.
        first_prior: prior proportions, shape (n_first,); worth as many series as there are classes, so that nothing
            becomes impossible because it was rare (Laplace's rule of succession).
        second_prior: likewise for the second axis.
    """
    peak = log_evidence.max(axis=(1, 2), keepdims=True)
    evidence = np.exp(log_evidence - np.where(np.isfinite(peak), peak, 0.0))
    # Always in the same order, so that sums, and with them the last digits, do not depend on that of the series.
    ordered = evidence[np.lexsort(evidence.reshape(len(evidence), -1).T)]
    first, second = first_prior / first_prior.sum(), second_prior / second_prior.sum()
    first_count, second_count = first * first.size, second * second.size
    for _ in range(ROUNDS):
        membership = _membership(ordered, first, second)
        new_first = first_count + membership.sum(axis=(0, 2))
        new_second = second_count + membership.sum(axis=(0, 1))
        new_first, new_second = new_first / new_first.sum(), new_second / new_second.sum()
        moved = max(np.abs(new_first - first).max(), np.abs(new_second - second).max())
        first, second = new_first, new_second
        if moved < SETTLED:
            break
    return Proportions(first=first, second=second, membership=_membership(evidence, first, second))


def _membership(evidence: FloatArray, first: FloatArray, second: FloatArray) -> FloatArray:
    joint = evidence * first[:, None] * second
    return np.asarray(joint / joint.sum(axis=(1, 2), keepdims=True))
