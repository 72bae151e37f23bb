"""Log prior density of posterior rows, part by part, for power-scaling (`az.psense`)."""

from __future__ import annotations

import math

import numpy as np

from emergence_stats.evidence.answer_length import log_place_ratio
from emergence_stats.evidence.level_priors import log_level_priors, log_truncated_peak
from emergence_stats.evidence.quadrature import width_prior
from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.posterior import CURVE_NAMES, Posterior, log_curve_priors
from emergence_stats.series import FloatArray


def log_prior_parts(posterior: Posterior) -> dict[str, FloatArray]:
    """log p of each part of the parameters, each shape (n_rows,), in nats.

    curve: mass of the curve. shape: density of the threshold (in observed ranges) and of the log width, 0 for curves
    without them. levels: density of base and amplitudes. overdispersion: mass of the dispersion node. Their sum is the
    log prior of a row.
    """
    problem = posterior.problem
    masses = log_curve_priors(problem.settings.prior.explanation_masses)
    shape = np.zeros(posterior.curve.size)
    for index in np.unique(posterior.curve).tolist():
        curve = CURVES[CURVE_NAMES[index]]
        if curve.placement in (shapes.NOWHERE, shapes.POSITION):
            continue  # a position is uniform on (0, 1)
        mine = posterior.curve == index
        low, high = width_prior(curve, problem)
        width = posterior.width[mine]
        if curve.placement == shapes.EXPONENT:
            z = (np.log(width) - low) / high
            shape[mine] = -0.5 * (z * z + shapes.LOG_TWO_PI) - math.log(high)
        else:
            shape[mine] = -math.log(high - low)
        if curve.placement != shapes.IN_RANGE:
            shape[mine] -= np.log1p(width)
        if curve.placement == shapes.EXPONENT and problem.answer_tokens is not None:
            shape[mine] += log_place_ratio(
                posterior.threshold[mine], width, problem.answer_tokens, problem.settings.prior
            )
    chance, guess_sd = problem.chance, problem.guess_sd
    peak = log_truncated_peak(chance, guess_sd)
    drawn, levels = np.ascontiguousarray(posterior.levels.T), np.empty(posterior.curve.size)
    for index in np.unique(posterior.curve).tolist():
        mine = posterior.curve == index
        found = np.empty(int(mine.sum()))
        log_level_priors(
            int(CURVES[CURVE_NAMES[index]].levels), np.ascontiguousarray(drawn[:, mine]), chance, guess_sd, peak,
            problem.beta, found,
        )  # fmt: skip
        levels[mine] = found
    return {
        "curve": masses[posterior.curve],
        "shape": shape,
        "levels": levels,
        "overdispersion": problem.observations.log_dispersion_prior[posterior.dispersion],
    }
