"""What another prior does to the weights of rows that are at hand: log ratios of prior densities.

Each function gives an `Adjustment`: from a posterior to log(new prior density / old one) of every row, shape (n_rows,),
-inf where the new prior excludes a row. Added to the log weights it makes the posterior under the new prior without
another integral, as far as the old nodes reach. Explanations keep their mass: every new density integrates to 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import betaln

from emergence_stats.evidence.level_priors import log_truncated_normal
from emergence_stats.evidence.quadrature import width_prior
from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.models.curves.spec import Levels
from emergence_stats.posterior import (
    CURVE_EXPLANATION,
    CURVE_NAMES,
    EXPLANATIONS,
    HAS_THRESHOLD,
    STARTS_AT_CHANCE,
    Posterior,
)
from emergence_stats.series import FloatArray

Adjustment = Callable[[Posterior], FloatArray]

RISING = np.array([curve.levels is Levels.RISING for curve in CURVES.values()])
LOG_UNIFORM_WIDTH = tuple(
    name for name, curve in CURVES.items() if curve.placement in (shapes.IN_RANGE, shapes.OVERLAPPING)
)


def mass(explanation: str, factor: float) -> Adjustment:
    """Multiply the prior mass of one explanation."""
    index = [str(each) for each in EXPLANATIONS].index(explanation)

    change = np.where(index == CURVE_EXPLANATION, math.log(factor), 0.0)

    def adjust(posterior: Posterior) -> FloatArray:
        return np.asarray(change[posterior.curve])

    return adjust


def masses_power(alpha: float) -> Adjustment:
    """Raise the masses of the explanations to a power."""

    def adjust(posterior: Posterior) -> FloatArray:
        masses = np.array(posterior.problem.settings.prior.explanation_masses)
        # An explanation without mass has rows of weight 0, whatever is added to their logarithm.
        logs = np.log(np.maximum(masses / masses.sum(), 1e-300))
        return np.asarray(((alpha - 1.0) * logs)[CURVE_EXPLANATION[posterior.curve]])

    return adjust


def exponent(*, median_factor: float = 1.0, sd_factor: float = 1.0) -> Adjustment:
    """Move the median of the power-law exponent, or change the standard deviation of its logarithm."""

    def adjust(posterior: Posterior) -> FloatArray:
        centre, sd = width_prior(CURVES["power_law"], posterior.problem)
        mine = posterior.curve == CURVE_NAMES.index("power_law")
        z = (posterior.log_width - centre) / sd
        moved = (z + math.log(median_factor) / sd) / sd_factor  # a larger exponent is a smaller width
        return np.where(mine, 0.5 * (z * z - moved * moved) - math.log(sd_factor), 0.0)

    return adjust


def widths_within(*, low_factor: float = 1.0, high_factor: float = 1.0) -> Adjustment:
    """Keep widths from low_factor times the narrowest up to high_factor times the widest, log-uniform as before.

    The narrowest is that of the sharp curves and the widest that of the wide logistic; W* stays between them.
    """

    def adjust(posterior: Posterior) -> FloatArray:
        out = np.zeros(posterior.curve.size)
        for name in LOG_UNIFORM_WIDTH:
            low, high = width_prior(CURVES[name], posterior.problem)
            if CURVES[name].placement == shapes.IN_RANGE:
                new_low, new_high = min(low + math.log(low_factor), high - 0.1), high
            else:
                new_low, new_high = low, max(high + math.log(high_factor), low + 0.1)
            mine = posterior.curve == CURVE_NAMES.index(name)
            inside = (posterior.log_width >= new_low) & (posterior.log_width <= new_high)
            ratio = math.log((high - low) / (new_high - new_low))
            out = np.where(mine, np.where(inside, ratio, -np.inf), out)
        return out

    return adjust


def widths_uniform(posterior: Posterior) -> FloatArray:
    """Widths uniform instead of log-uniform, between the same limits."""
    out = np.zeros(posterior.curve.size)
    for name in LOG_UNIFORM_WIDTH:
        low, high = width_prior(CURVES[name], posterior.problem)
        mine = posterior.curve == CURVE_NAMES.index(name)
        out = np.where(mine, posterior.log_width + math.log((high - low) / (math.exp(high) - math.exp(low))), out)
    return out


def dispersion(change: Callable[[FloatArray], FloatArray]) -> Adjustment:
    """Change the prior masses of the dispersion nodes; what ``change`` gives is normalised to sum to 1."""

    def adjust(posterior: Posterior) -> FloatArray:
        logs = posterior.problem.observations.log_dispersion_prior
        new = change(np.exp(logs))
        with np.errstate(divide="ignore"):
            ratio = np.log(new / new.sum()) - logs
        return np.asarray(ratio[posterior.dispersion])

    return adjust


def first_dispersion_mass(value: float) -> Adjustment:
    """Give the first dispersion node (0, or the smallest) this mass; the others share the rest as before."""

    def change(masses: FloatArray) -> FloatArray:
        rest = masses[1:] / masses[1:].sum() * (1.0 - value)
        return np.concatenate(([value], rest))

    return dispersion(change)


def guess_sd(factor: float) -> Adjustment:
    """Widen or narrow the prior of the floor round chance."""

    def adjust(posterior: Posterior) -> FloatArray:
        problem = posterior.problem
        sd, chance = problem.guess_sd, problem.chance
        z = (posterior.levels[:, 2] - chance) / sd
        scale = log_truncated_normal(chance, chance, factor * sd) - log_truncated_normal(chance, chance, sd)
        log_ratio = 0.5 * z * z * (1.0 - factor**-2) + scale
        # A log-linear rise starts at the guess rate with probability 1/2, and anywhere else with uniform density.
        old = np.exp(log_truncated_normal(chance, chance, sd) - 0.5 * np.minimum(z * z, 1400.0))
        mixed = np.log1p(old * np.expm1(np.minimum(log_ratio, 600.0)) / (1.0 + old))
        return np.where(STARTS_AT_CHANCE[posterior.curve], log_ratio, np.where(RISING[posterior.curve], mixed, 0.0))

    return adjust


def ceiling(change: Callable[[float, float], tuple[float, float]]) -> Adjustment:
    """Another Beta(a, b) of the lapse rate's share, from the old a and b."""

    def adjust(posterior: Posterior) -> FloatArray:
        a, b, log_beta = posterior.problem.beta.tolist()
        new_a, new_b = change(a, b)
        log_gained, log_lapsed = posterior.log_lapse_shares
        ratio = (new_a - a) * log_lapsed + (new_b - b) * log_gained + log_beta - betaln(new_a, new_b)
        return np.where(HAS_THRESHOLD[posterior.curve], ratio, 0.0)

    return adjust
