"""What a probability becomes under each standard metric: expected scores, as functions of arrays.

Throughout, p is the probability that one token (character, step, item) is right and l = -ln p its loss in nats;
tokens of an answer are taken as independent. Every function broadcasts like NumPy and returns float64. The argument of
Schaeffer et al. 2023 (arXiv 2304.15004) is that p may change smoothly where these functions of it do not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emergence_stats.arguments import whole_number
from emergence_stats.errors import InputError
from emergence_stats.series import FloatArray
from emergence_stats.simulate.standard import hermite_nodes

FARTHEST_MARGIN = 40.0  # in standard deviations of the noise: beyond it the best option always wins


def exact_match(probability: npt.ArrayLike, tokens: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> FloatArray:
    """All L tokens right: E_L[p^L], the mean over the lengths of the answers.

    Args:
        probability: p in [0, 1], any shape.
        tokens: L > 0, one length or several, shape (n_lengths,).
        weights: how often each length occurs, shape (n_lengths,); equally often by default.

    Returns:
        The share of answers right in full, in the shape of `probability`.

    Raises:
        InputError: a probability, length or weight is out of its range.
    """
    p, length, weight = _probability(probability), *_lengths(tokens, weights)
    return np.asarray((p[..., None] ** length * weight).sum(axis=-1), dtype=np.float64)


def all_correct(probability: npt.ArrayLike, items: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> FloatArray:
    """L independent items (digits, pictures) all right: p^L, as in the vision experiments of arXiv 2304.15004."""
    return exact_match(probability, items, weights)


def multi_step_success(
    probability: npt.ArrayLike, steps: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """A chain of k steps, each of which must succeed with probability s: s^k."""
    return exact_match(probability, steps, weights)


def token_accuracy(probability: npt.ArrayLike) -> FloatArray:
    """Share of tokens right: p itself."""
    return _probability(probability)


def token_edit_distance(
    probability: npt.ArrayLike, tokens: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Wrong tokens of an answer: E[L] (1 - p), linear in p (section 2 of arXiv 2304.15004). Unit: tokens."""
    length, weight = _lengths(tokens, weights)
    return np.asarray((length * weight).sum() * (1.0 - _probability(probability)))


def cross_entropy(probability: npt.ArrayLike) -> FloatArray:
    """Loss of one token: l = -ln p, in nats."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(_probability(probability)))


def choice_probability(loss: npt.ArrayLike, options: int) -> FloatArray:
    """Probability mass on the right one of k options: (1 + (k - 1) e^-l) / k, from 1/k at a large loss to 1.

    Args:
        loss: l, nats, from 0 up.
        options: k, at least 2.
    """
    k = whole_number("options", options, minimum=2)
    return np.asarray((1.0 + (k - 1.0) * np.exp(-np.asarray(loss, dtype=np.float64))) / k)


def choice_margin(probability: npt.ArrayLike, options: int) -> FloatArray:
    """Logit margin of the right option over each of the others: m = ln(p (k - 1) / (1 - p)); 0 at p = 1/k."""
    k, p = whole_number("options", options, minimum=2), _probability(probability)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(p * (k - 1.0)) - np.log1p(-p))


def brier_score(probability: npt.ArrayLike, options: int) -> FloatArray:
    """Brier score with mass p on the right option, the rest even: (1 - p)^2 + (1 - p)^2 / (k - 1); from 0 to 2.

    Source: Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
    """
    k, miss = whole_number("options", options, minimum=2), 1.0 - _probability(probability)
    return np.asarray(miss**2 * k / (k - 1.0))


def multiple_choice_grade(margin: npt.ArrayLike, options: int) -> FloatArray:
    """The right one of k options scores best: integral of phi(z) Phi(z + m)^(k - 1) dz.

    Every option's logit carries independent standard normal noise from item to item; chance is 1/k at m = 0.

    Args:
        margin: m, by which the right option's logit lies above the others, in standard deviations of the noise.
        options: k, at least 2.
    """
    return top_k(margin, options, 1)


def top_k(margin: npt.ArrayLike, options: int, k: int) -> FloatArray:
    """The right option is among the k best of K: integral of phi(z) P(Binomial(K - 1, 1 - Phi(z + m)) < k) dz.

    The integral is a Gauss-Hermite sum of 64 nodes.

    Args:
        margin: m, as in `multiple_choice_grade`.
        options: K, at least 2.
        k: from 1 to K; chance is k/K.
    """
    from scipy.special import bdtr, ndtr

    total, best = whole_number("options", options, minimum=2), whole_number("k", k, minimum=1)
    if best > total:
        msg = f"k: expected at most the number of options, {total}, got {best}"
        raise InputError(msg)
    nodes, weights = hermite_nodes()
    m = np.clip(np.asarray(margin, dtype=np.float64), -FARTHEST_MARGIN, FARTHEST_MARGIN)[..., None]
    ahead = ndtr(-(nodes + m))  # probability that one rival is ahead
    # Not a matrix product: BLAS sums in an order that depends on its number of threads.
    return np.asarray((bdtr(best - 1, total - 1, ahead) * weights).sum(axis=-1))


def threshold_metric(error: npt.ArrayLike, limit: float, spread: float = 0.5) -> FloatArray:
    """Share of items whose error is below c: Phi(ln(c / e) / s), errors being lognormal.

    Section 5 of arXiv 2304.15004 scores autoencoders so: the mean squared error falls smoothly, the share below c
    jumps.

    Args:
        error: e > 0, median error over items, any unit.
        limit: c > 0, in the same unit.
        spread: s > 0, standard deviation of the log error over items.
    """
    from scipy.special import ndtr

    e = np.asarray(error, dtype=np.float64)
    if not (np.all(e > 0) and limit > 0 and spread > 0):
        msg = "threshold_metric: expected errors, limit and spread above 0"
        raise InputError(msg)
    return np.asarray(ndtr(np.log(limit / e) / spread))


def _probability(value: npt.ArrayLike) -> FloatArray:
    p = np.asarray(value, dtype=np.float64)
    if not np.all((p >= 0.0) & (p <= 1.0)):
        msg = "probability: expected numbers from 0 to 1"
        raise InputError(msg)
    return p


def _lengths(tokens: npt.ArrayLike, weights: npt.ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    """Lengths and their shares."""
    length = np.atleast_1d(np.asarray(tokens, dtype=np.float64))
    weight = np.ones(length.size) if weights is None else np.atleast_1d(np.asarray(weights, dtype=np.float64))
    if length.ndim != 1 or not np.all(np.isfinite(length) & (length > 0)):
        msg = "tokens: expected one length above 0, or a list of them"
        raise InputError(msg)
    if weight.shape != length.shape or not (np.all(weight >= 0) and weight.sum() > 0):
        msg = f"weights: expected {length.size} numbers from 0 up, one per length"
        raise InputError(msg)
    return length, weight / weight.sum()
