"""The default evidence engine: adaptive quasi-Monte Carlo for each curve of the table."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping

import numpy as np
from scipy import special, stats

from emergence_stats.evidence.integrate import integrate
from emergence_stats.evidence.likelihood_tables import build_table, point_constants
from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.models.curves.gompertz import WIDTH_TIMES_EXPONENT
from emergence_stats.models.curves.spec import CurveSpec
from emergence_stats.models.likelihood import Observations
from emergence_stats.series import FloatArray
from emergence_stats.settings import Settings

SOBOL_DIMENSIONS = 5
SOBOL_SEED = 20221106  # any fixed number: results must not change between runs
UNKNOWN_CHANCE = (0.5, 0.5)  # centre and sd of the floor where chance is not defined


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CurveEvidence:
    """Nodes of one curve and the evidence they give.

    Attributes:
        log_evidence: natural log of the marginal likelihood.
        error: its standard error, in nats.
        threshold: midpoint in observed ranges, shape (n,).
        width: 10-90 % width in observed ranges, shape (n,); infinite where the curve has none.
        levels: (amplitude_1, amplitude_2, base), shape (n, 7, 3).
        log_weights: shape (n, 7); their log-sum-exp is `log_evidence`.
        pointwise: log likelihood of each point, shape (n, 7, n_points).
    """

    log_evidence: float
    error: float
    threshold: FloatArray
    width: FloatArray
    levels: FloatArray
    log_weights: FloatArray
    pointwise: FloatArray


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Observations with all that does not depend on the curve, computed once."""

    observations: Observations
    settings: Settings
    scale_kind: str
    constant: FloatArray
    table: FloatArray
    chance: float
    guess_sd: float
    beta: FloatArray


@functools.lru_cache(maxsize=4)
def sobol_nodes(n: int) -> FloatArray:
    """Scrambled Sobol points, shape (2^m >= n, 5), the same on every call."""
    points: FloatArray = stats.qmc.Sobol(SOBOL_DIMENSIONS, rng=np.random.default_rng(SOBOL_SEED)).random_base2(
        max(1, math.ceil(math.log2(n)))
    )
    points = np.clip(points, 1e-12, 1.0 - 1e-12)
    points.setflags(write=False)
    return points


def make_problem(observations: Observations, settings: Settings, scale_kind: str) -> Problem:
    """Tabulate the likelihood."""
    prior = settings.prior
    a, b = prior.ceiling_beta
    chance, guess_sd = (observations.chance, prior.guess_rate_sd)
    if chance is None:
        chance, guess_sd = UNKNOWN_CHANCE
    constant = point_constants(observations.kind, observations.first, observations.second, prior.failed_run_rate)
    table = build_table(
        observations.kind,
        observations.first,
        observations.second,
        observations.dispersion,
        prior.failed_run_rate,
        prior.failed_run_softness,
    )
    return Problem(
        observations=observations,
        settings=settings,
        scale_kind=scale_kind,
        constant=constant,
        table=table,
        chance=float(chance),
        guess_sd=float(guess_sd),
        beta=np.array([a, b, special.betaln(a, b)]),
    )


def width_prior(curve: CurveSpec, problem: Problem) -> tuple[float, float]:
    """The two numbers of `shapes.place`: bounds of log width, or its mean and standard deviation, in observed ranges."""
    prior, decades = problem.settings.prior, problem.observations.range_decades
    if curve.placement == shapes.EXPONENT:
        median = prior.exponent_median(problem.scale_kind)
        return math.log(WIDTH_TIMES_EXPONENT / median / decades), prior.exponent_sd
    spacing = np.diff(np.unique(problem.observations.position))
    smallest = float(spacing.min()) * decades if spacing.size else decades
    narrowest = min(prior.narrowest_rise_in_spacings * smallest, 0.25 * prior.sharp_width)
    widest = max(prior.widest_rise_in_ranges * decades, 2.0 * prior.sharp_width)
    if curve.placement == shapes.IN_RANGE:
        return math.log(narrowest / decades), math.log(prior.sharp_width / decades)
    return math.log(prior.sharp_width / decades), math.log(widest / decades)


def curve_evidence(
    name: str, problem: Problem, *, used: FloatArray | None = None, negligible: float = -math.inf
) -> CurveEvidence:
    """Log evidence and nodes of one curve.

    Args:
        name: key of `CURVES`.
        problem: tabulated observations.
        used: 1 for points that count and 0 for those left out, shape (n_points,); all by default.
        negligible: log evidence below which the curve need not be known precisely.
    """
    curve, effort, data = CURVES[name], problem.settings.evidence, problem.observations
    prior = problem.settings.prior
    low, high = width_prior(curve, problem) if curve.placement != shapes.NOWHERE else (0.0, 0.0)
    values = integrate(
        curve.form,
        curve.placement,
        int(curve.levels),
        curve.sign,
        low,
        high,
        data.position,
        data.kind,
        data.first,
        data.second,
        problem.constant,
        problem.table,
        np.ones(data.position.size) if used is None else used,
        data.dispersion,
        data.log_dispersion_prior,
        problem.chance,
        problem.guess_sd,
        problem.beta,
        prior.failed_run_rate,
        prior.failed_run_softness,
        sobol_nodes(effort.first_nodes + effort.max_refinements * effort.refine_nodes),
        effort.first_nodes,
        effort.refine_nodes,
        effort.max_refinements,
        effort.tolerance,
        negligible,
    )
    return CurveEvidence(**dict(zip(CurveEvidence.__slots__, values, strict=True)))


def all_curves(problem: Problem, *, used: FloatArray | None = None) -> Mapping[str, CurveEvidence]:
    """Every curve of the table; those that turn out negligible are known less precisely."""
    found: dict[str, CurveEvidence] = {}
    best = -math.inf
    allowance = math.log(problem.settings.evidence.negligible_probability)
    for name in CURVES:
        found[name] = curve_evidence(name, problem, used=used, negligible=best + allowance)
        best = max(best, found[name].log_evidence)
    return found
