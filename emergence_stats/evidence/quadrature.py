"""The default evidence engine: adaptive quasi-Monte Carlo for each curve of the table."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterable, Mapping

import numpy as np
from scipy import special, stats

from emergence_stats.evidence.integrate import SOBOL_DIMENSIONS, integrate
from emergence_stats.evidence.likelihood_tables import TABLE_ITEMS, build_table, point_constants
from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.models.curves.gompertz import WIDTH_TIMES_EXPONENT
from emergence_stats.models.curves.spec import CurveSpec
from emergence_stats.models.likelihood import COUNTS, Observations
from emergence_stats.series import FloatArray
from emergence_stats.settings import EvidenceSettings, Settings

SOBOL_SEED = 20221106  # any fixed number: results must not change between runs
ROUGH_ROUNDS = 2
SURPRISE = 3.0  # nats by which a rough look may be too low before a curve is dismissed
UNKNOWN_CHANCE = (0.5, 0.5)  # centre and sd of the floor where chance is not defined


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CurveEvidence:
    """Nodes of one curve and the evidence they give.

    Attributes:
        log_evidence: natural log of the marginal likelihood.
        error: its error, in nats; about 95 of 100 results lie within it.
        threshold: midpoint in observed ranges, shape (n,).
        width: 10-90 % width in observed ranges, shape (n,); infinite where the curve has none.
        dispersion: index of the dispersion node, shape (n,).
        levels: (amplitude_1, amplitude_2, base), shape (n, 3).
        log_weight: shape (n,); their log-sum-exp is `log_evidence`.
        pointwise: log likelihood of each point, shape (n, n_points).
    """

    log_evidence: float
    error: float
    threshold: FloatArray
    width: FloatArray
    dispersion: FloatArray
    levels: FloatArray
    log_weight: FloatArray
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
    smallest_spacing: float


@functools.lru_cache(maxsize=16)
def sobol_nodes(n: int) -> FloatArray:
    """Scrambled Sobol points, shape (2^m >= n, 7), the same on every call."""
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
    spacing = np.diff(np.unique(observations.position))
    return Problem(
        observations=observations,
        settings=settings,
        scale_kind=scale_kind,
        constant=constant,
        table=table,
        chance=float(chance),
        guess_sd=float(guess_sd),
        beta=np.array([a, b, special.betaln(a, b)]),
        smallest_spacing=float(spacing.min()) if spacing.size else 1.0,
    )


def width_prior(curve: CurveSpec, problem: Problem) -> tuple[float, float]:
    """The two numbers of `shapes.place`, in observed ranges: bounds of log width, or its mean and sd."""
    prior, decades = problem.settings.prior, problem.observations.range_decades
    if curve.placement == shapes.EXPONENT:
        median = prior.exponent_median(problem.scale_kind)
        return math.log(WIDTH_TIMES_EXPONENT / median / decades), prior.exponent_sd
    narrowest = min(prior.narrowest_rise_in_spacings * problem.smallest_spacing * decades, 0.25 * prior.sharp_width)
    widest = max(prior.widest_rise_in_ranges * decades, 2.0 * prior.sharp_width)
    if curve.placement == shapes.IN_RANGE:
        return math.log(narrowest / decades), math.log(prior.sharp_width / decades)
    return math.log(prior.sharp_width / decades), math.log(widest / decades)


def curve_evidence(
    name: str,
    problem: Problem,
    *,
    used: FloatArray | None = None,
    negligible: float = -math.inf,
    tolerance: float | None = None,
    rounds: int | None = None,
) -> CurveEvidence:
    """Log evidence and nodes of one curve.

    Args:
        name: key of `CURVES`.
        problem: tabulated observations.
        used: 1 for points that count and 0 for those left out, shape (n_points,); all by default.
        negligible: log evidence below which the curve need not be known precisely.
        tolerance: wanted error in nats; that of the settings by default.
        rounds: rounds of nodes at most; as the settings say by default.
    """
    curve, data = CURVES[name], problem.observations
    effort = problem.settings.evidence
    prior = problem.settings.prior
    low, high = width_prior(curve, problem) if curve.placement != shapes.NOWHERE else (0.0, 0.0)
    zoom = data.kind == COUNTS and float(data.second.max()) > TABLE_ITEMS
    sizes = round_sizes(effort, float(data.second.max()) if zoom else 0.0)[:rounds]
    log_evidence, error, threshold, width, dispersion, levels, log_weight, pointwise = integrate(
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
        sobol_nodes(int(sizes.sum())),
        sizes,
        tolerance or effort.tolerance,
        negligible,
        zoom and rounds is None,
    )
    return CurveEvidence(
        log_evidence=log_evidence,
        error=error,
        threshold=threshold,
        width=width,
        dispersion=dispersion,
        levels=levels,
        log_weight=log_weight,
        pointwise=pointwise,
    )


@functools.lru_cache(maxsize=64)
def round_sizes(effort: EvidenceSettings, n_items: float) -> FloatArray:
    """Nodes of each round: the first over the prior, then growing, so that early rounds, which know little, stay cheap.

    More than `TABLE_ITEMS` items add rounds; every second of them narrows the search for a binomial peak tenfold.
    """
    extra = 2 * math.ceil(math.log10(n_items / TABLE_ITEMS) / 2 + 1) if n_items > TABLE_ITEMS else 0
    refined = effort.refine_nodes * effort.growth ** np.arange(effort.max_refinements)
    zooming = np.full(extra, effort.refine_nodes * effort.growth)
    return np.rint(np.concatenate(([effort.first_nodes], zooming, refined)))


def all_curves(
    problem: Problem, *, used: FloatArray | None = None, names: Iterable[str] = CURVES, tolerance: float | None = None
) -> Mapping[str, CurveEvidence]:
    """Every named curve: a rough look at each, then precision for those that matter."""
    effort = problem.settings.evidence
    wanted = tolerance or effort.tolerance
    found = {name: curve_evidence(name, problem, used=used, rounds=ROUGH_ROUNDS) for name in names}
    logs = {name: evidence.log_evidence for name, evidence in found.items()}
    limit = max(logs.values()) + math.log(effort.negligible_probability)
    for name, evidence in found.items():
        enough = wanted / math.sqrt(_share(name, logs))
        known = CURVES[name].placement == shapes.NOWHERE and evidence.error < enough
        if not known and evidence.log_evidence + SURPRISE > limit:
            found[name] = curve_evidence(name, problem, used=used, negligible=limit, tolerance=enough)
    return found


def _share(name: str, logs: Mapping[str, float]) -> float:
    """Share of a curve in the evidence of its explanation, at least 1/4.

    The error of an explanation is the share-weighted error of its curves: one of little share may be known less well.
    """
    mine = CURVES[name].explanation
    total = sum(
        math.exp(min(log - logs[name], 50.0)) for other, log in logs.items() if CURVES[other].explanation is mine
    )
    return max(1.0 / total, 0.25)
