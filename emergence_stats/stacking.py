"""How well each explanation predicts a scale that it has not seen, and stacking weights made of that.

Posterior probabilities ask which explanation, priors included, made the data. Stacking (Yao, Vehtari, Simpson & Gelman
2018, doi:10.1214/17-BA1091) asks which mixture of them predicts best, priors aside as far as the data reach:

    w = argmax over the simplex of sum_s log sum_e w_e p(y_s | y_-s, e),

with y_s the points at scale s. Where both point to different explanations, and clearly so, a reader must know.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from emergence_stats.compiled import compiled
from emergence_stats.left_out import LeftOut, integrate_again
from emergence_stats.posterior import CURVE_EXPLANATION, EXPLANATIONS, Posterior
from emergence_stats.series import FloatArray

VISIBLE_WEIGHT = 0.02  # an explanation of more weight must rest on exact integrals
CLEAR_NATS = 4.0  # below it predictions are alike (Sivula, Magnusson, Matamoros & Vehtari 2020, arXiv 2008.10296)
CLEAR_ERRORS = 2.0  # nor is one below so many of its standard errors
MAJORITY = 0.5
GAP = 1e-4  # nats by which the mixture's log score may lie below its maximum
MOST_STEPS = 20_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Predictive:
    """Leave-one-scale-out prediction of each explanation.

    Attributes:
        scale: the distinct scales, shape (n_scales,).
        log_predictive: log p(points at a scale | all others, explanation), in nats, shape (n_explanations, n_scales).
        stacking_weights: of each explanation; they sum to 1.
        disagreement: one sentence where stacking and posterior clearly prefer different explanations, or None.
    """

    scale: FloatArray
    log_predictive: FloatArray
    stacking_weights: Mapping[str, float]
    disagreement: str | None


def predict(left: LeftOut, posterior: Posterior, probabilities: Mapping[str, float]) -> Predictive:
    """Predictions, stacking weights, and whether they agree with the posterior.

    Args:
        left: every curve without each scale.
        posterior: from all points.
        probabilities: posterior probability of each explanation.
    """
    members = [np.flatnonzero(index == CURVE_EXPLANATION) for index in range(len(EXPLANATIONS))]
    for _ in EXPLANATIONS:
        table = np.array([left.log_predictive(curves) for curves in members])
        weights = stack(table)
        visible = np.isin(CURVE_EXPLANATION, np.flatnonzero(weights > VISIBLE_WEIGHT))
        exact = integrate_again(left, posterior, relevant(left, visible))
        if np.array_equal(exact.effective, left.effective):
            break
        left = exact
    names = [str(explanation) for explanation in EXPLANATIONS]
    return Predictive(
        scale=left.scale,
        log_predictive=table,
        stacking_weights=dict(zip(names, weights.tolist(), strict=True)),
        disagreement=disagreement(
            table, weights, np.array([probabilities[name] for name in names]),
            posterior.problem.settings.verdict.explanation_probability,
        ),
    )  # fmt: skip


def relevant(left: LeftOut, curves: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Of these curves and all scales, those that are not dwarfed by another of them, shape (n_curves, n_scales).

    Args:
        left: every curve without each scale.
        curves: the curves that are asked for, shape (n_curves,).
    """
    out = np.zeros(left.log_curve.shape, dtype=bool)
    for index in range(len(EXPLANATIONS)):
        mine = curves & (index == CURVE_EXPLANATION)
        if mine.any():
            logs = np.where(mine[:, None], left.log_curve, -np.inf)
            out |= logs > logs.max(axis=0) - 7.0  # few rows lose up to 3 nats, and 4 nats of two are 2 %
    return out


def stack(log_predictive: FloatArray) -> FloatArray:
    """Stacking weights, shape (n_models,); the objective is within `GAP` nats of its maximum.

    Args:
        log_predictive: log predictive density of each model at each left-out scale, shape (n_models, n_scales).
    """
    density = np.exp(np.maximum(log_predictive - log_predictive.max(axis=0), -700.0))
    return mixture_weights(np.ascontiguousarray(density))


@compiled
def mixture_weights(density: FloatArray) -> FloatArray:
    """Maximum-likelihood weights of a mixture of known densities, shape (n_models,), by expectation-maximisation.

    The general optimisers behind `arviz.compare` give other last digits from one process to the next; these steps do
    not. With g_e the mean over points of p_e / (mixture), the objective lies within n_points * log(max g) of its
    maximum (Lindsay 1983, doi:10.1214/aos/1176346059), which says when to stop.
    """
    n_models, n_points = density.shape
    weight = np.full(n_models, 1.0 / n_models)
    ratio = np.empty(n_models)
    for _ in range(MOST_STEPS):
        ratio[:] = 0.0
        for i in range(n_points):
            mixed = 0.0
            for e in range(n_models):
                mixed += weight[e] * density[e, i]
            for e in range(n_models):
                ratio[e] += density[e, i] / (mixed * n_points)
        if n_points * math.log(ratio.max()) < GAP:
            break
        for e in range(n_models):
            weight[e] *= ratio[e]
    return np.asarray(weight / weight.sum())


def disagreement(table: FloatArray, weights: FloatArray, probabilities: FloatArray, sure: float) -> str | None:
    """The sentence, if the posterior is sure of one explanation and another one clearly predicts better."""
    believed, stacked = int(np.argmax(probabilities)), int(np.argmax(weights))
    if believed == stacked or probabilities[believed] < sure or weights[stacked] <= MAJORITY:
        return None
    gain = table[stacked] - table[believed]
    error = math.sqrt(gain.size * float(gain.var()))
    if float(gain.sum()) <= max(CLEAR_NATS, CLEAR_ERRORS * error):
        return None
    believed_name, stacked_name = (str(EXPLANATIONS[i]).replace("_", " ") for i in (believed, stacked))
    return (
        f"scales left out are predicted better by '{stacked_name}' (by {gain.sum():.1f} nats; stacking weight "
        f"{weights[stacked]:.2f}) than by '{believed_name}' (posterior probability {probabilities[believed]:.2f})"
    )
