"""Would another reasonable prior give another verdict?

Each variant re-weights the nodes of the main analysis by the ratio of prior densities, so that a grid of priors costs
less than one series. `prior_stability` is the share of variants with the verdict of the defaults.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping

import numpy as np

from emergence_stats.conditions import Indicators, probabilities
from emergence_stats.evidence.levels import log_truncated_normal
from emergence_stats.evidence.quadrature import width_prior
from emergence_stats.models.curves import CURVES
from emergence_stats.models.curves.spec import Levels
from emergence_stats.posterior import CURVE_EXPLANATION, CURVE_NAMES, EXPLANATIONS, Posterior, normalise
from emergence_stats.series import FloatArray
from emergence_stats.verdict import VERDICTS, Evidence, Quantities, Verdict, decide_each

REACH = 10.0  # nats below the heaviest row at which rows are left out: no variant moves a weight by nearly as much
Adjustment = Callable[[Posterior], FloatArray]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The verdict under one other prior."""

    name: str
    verdict: Verdict
    p_emergent: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """Verdicts over the grid of priors, and the share that agree with the defaults'."""

    prior_stability: float
    grid: tuple[Variant, ...]


def _mass(explanation: str, factor: float) -> Adjustment:
    """Multiply the prior mass of one explanation."""

    def adjust(posterior: Posterior) -> FloatArray:
        mine = CURVE_EXPLANATION[posterior.curve] == [str(e) for e in EXPLANATIONS].index(explanation)
        return np.where(mine, math.log(factor), 0.0)

    return adjust


def _exponent(factor: float) -> Adjustment:
    """Move the median of the power-law exponent."""

    def adjust(posterior: Posterior) -> FloatArray:
        centre, sd = width_prior(CURVES["power_law"], posterior.problem)
        mine = posterior.curve == CURVE_NAMES.index("power_law")
        z = (np.log(np.where(mine, posterior.width, 1.0)) - centre) / sd
        moved = z + math.log(factor) / sd  # a larger exponent is a smaller width
        return np.where(mine, 0.5 * (z * z - moved * moved), 0.0)

    return adjust


def _sharp_width(limit: float) -> Adjustment:
    """Move W*: only widths below it remain in the sharp curves; the log-uniform density rises to match."""

    def adjust(posterior: Posterior) -> FloatArray:
        problem = posterior.problem
        low, high = width_prior(CURVES["sharp_logistic"], problem)
        moved = math.log(limit / problem.observations.range_decades)
        out = np.zeros(posterior.curve.size)
        for name in ("sharp_logistic", "ramp"):
            mine = posterior.curve == CURVE_NAMES.index(name)
            inside = np.log(np.where(mine, posterior.width, 1.0)) < moved
            out = np.where(mine, np.where(inside, math.log((high - low) / max(moved - low, 1e-9)), -np.inf), out)
        return out

    return adjust


def _binomial_mass(mass: float) -> Adjustment:
    """Move the prior mass of no overdispersion."""

    def adjust(posterior: Posterior) -> FloatArray:
        old = math.exp(posterior.problem.observations.log_dispersion_prior[0])
        zero, rest = math.log(mass / old), math.log((1.0 - mass) / (1.0 - old))
        return np.where(posterior.dispersion == 0, zero, rest)

    return adjust


def _guess_sd(factor: float) -> Adjustment:
    """Widen or narrow the prior of the floor round chance."""

    def adjust(posterior: Posterior) -> FloatArray:
        problem = posterior.problem
        sd, chance = problem.guess_sd, problem.chance
        base = posterior.levels[:, 2]
        tied = np.array([curve.levels in (Levels.GUESS, Levels.GUESS_CEILING) for curve in CURVES.values()])
        z = (base - chance) / sd
        scale = log_truncated_normal(chance, chance, factor * sd) - log_truncated_normal(chance, chance, sd)
        return np.where(tied[posterior.curve], 0.5 * z * z * (1.0 - factor**-2) + scale, 0.0)

    return adjust


def _flat_ceiling(posterior: Posterior) -> FloatArray:
    """A uniform lapse rate."""
    a, b, log_beta = posterior.problem.beta.tolist()
    tied = np.array([curve.levels is Levels.GUESS_CEILING for curve in CURVES.values()])
    gained = np.clip(posterior.levels[:, 0] / (1.0 - posterior.levels[:, 2]), 1e-12, 1.0)
    density = (a - 1.0) * np.log(np.maximum(1.0 - gained, 1e-12)) + (b - 1.0) * np.log(gained) - log_beta
    return np.where(tied[posterior.curve], -density, 0.0)


GRID: Mapping[str, Adjustment] = {
    "phase change twice as probable": _mass("phase_change", 2.0),
    "phase change half as probable": _mass("phase_change", 0.5),
    "smooth twice as probable": _mass("smooth", 2.0),
    "no ability twice as probable": _mass("no_ability", 2.0),
    "W* = 1 decade": _sharp_width(1.0),
    "power-law exponent 1.5 times": _exponent(1.5),
    "power-law exponent 1 / 1.5 times": _exponent(1.0 / 1.5),
    "no overdispersion, mass .2": _binomial_mass(0.2),
    "no overdispersion, mass .6": _binomial_mass(0.6),
    "floor twice as wide": _guess_sd(2.0),
    "floor half as wide": _guess_sd(0.5),
    "uniform lapse rate": _flat_ceiling,
}


def prior_stability(posterior: Posterior, indicator: Indicators, evidence: Evidence, verdict: Verdict) -> Stability:
    """Re-weight by every variant of `GRID` and decide again."""
    limits = posterior.problem.settings.verdict
    kept = np.flatnonzero(posterior.log_weight > posterior.log_weight.max() - REACH)
    small = posterior.take(kept)
    adjusted = np.stack([small.log_weight + adjust(small) for adjust in GRID.values()], axis=1)
    table = probabilities(Indicators(table=indicator.table[kept]), normalise(adjusted))
    base = probabilities(Indicators(table=indicator.table[kept]), normalise(small.log_weight))
    shift = _log_odds(table) - _log_odds(base[:, None])
    # E4 stays: the prefix evidences are those of the default prior.
    found = Quantities.of(
        evidence,
        dict(zip(Indicators.NAMES, np.clip(table, 0.0, 1.0), strict=True)),
        log_bayes_factor=evidence.log_bayes_factor + shift,
    )
    verdicts = [VERDICTS[index] for index in decide_each(found, limits).tolist()]
    chance_defined = evidence.numbers.absent is not None
    p_emergent = found.probability["emergent"] if chance_defined else np.zeros(len(GRID))
    variants = [
        Variant(name=name, verdict=each, p_emergent=p)
        for name, each, p in zip(GRID, verdicts, p_emergent.tolist(), strict=True)
    ]
    agree = sum(variant.verdict is verdict for variant in variants)
    return Stability(prior_stability=agree / len(variants), grid=tuple(variants))


def _log_odds(table: FloatArray) -> FloatArray:
    """Log odds of phase change over smooth in every column of `probabilities`."""
    phase = table[Indicators.NAMES.index("phase_change")]
    smooth = table[Indicators.NAMES.index("smooth")]
    return np.asarray(np.log(np.maximum(phase, 1e-300)) - np.log(np.maximum(smooth, 1e-300)))
