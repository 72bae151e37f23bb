"""The default evidence engine: adaptive quasi-Monte Carlo for each curve of the table."""

from __future__ import annotations

import dataclasses
import functools
import logging
import math
from collections.abc import Iterable, Mapping

import numpy as np
from scipy import special, stats

from emergence_stats.compiled import cache_folder, is_kept
from emergence_stats.errors import SeriesError
from emergence_stats.evidence.answer_length import log_place_ratio
from emergence_stats.evidence.climb import GENERATION
from emergence_stats.evidence.integrate import SOBOL_DIMENSIONS, integrate
from emergence_stats.evidence.likelihood_tables import GRID, build_table, point_constants
from emergence_stats.evidence.proposals import KERNELS, ROWS
from emergence_stats.evidence.terms import LOWEST
from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.models.curves.gompertz import WIDTH_TIMES_EXPONENT
from emergence_stats.models.curves.spec import CurveSpec, Explanation
from emergence_stats.models.likelihood import COUNTS, Observations
from emergence_stats.series import FloatArray
from emergence_stats.settings import EvidenceSettings, Settings

SOBOL_SEED = 20221106  # any fixed number: results must not change between runs
SURPRISE = 3.0  # nats by which a rough look may be too low before a curve is dismissed
VISIBLE = 0.05  # probability of an explanation below which its evidence may be known less well
MOST_LENIENT = 4.0
QUOTED = (Explanation.PHASE_CHANGE, Explanation.SMOOTH)  # their Bayes factor is quoted, however improbable one of them
QUOTED_ERROR = 8.0  # times the wanted error is enough for the best curve of an improbable one
MOST_POINTS = 10_000  # their likelihoods at all nodes take some GB
NARROW_ITEMS = 48.0  # of all points together, or a noise like theirs, for each node of the first round, from which on
# that round may miss the peak
UNKEPT = "they cannot be kept: NUMBA_CACHE_DIR may name a folder that can be written"
UNKNOWN_CHANCE = (0.5, 0.5)  # centre and sd of the floor where chance is not defined


logger = logging.getLogger(__name__)


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


@dataclasses.dataclass(frozen=True, kw_only=True)
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
    answer_tokens: float | None = None  # known length of the answers, where it bears on p^L

    @functools.cached_property
    def narrow(self) -> bool:
        """Whether all points together tell so much that a peak may be too narrow for a first round to meet it."""
        data = self.observations
        items = data.second if data.kind == COUNTS else 0.25 / (data.second**2 + data.dispersion[0] ** 2)
        return float(items.sum()) > NARROW_ITEMS * self.settings.evidence.first_nodes

    @functools.cached_property
    def width_priors(self) -> dict[int, tuple[float, float]]:
        """What `width_prior` has found, by placement."""
        return {}

    @functools.cached_property
    def rounds(self) -> tuple[FloatArray, int, FloatArray]:
        """Nodes of each round, their sum, and the quasi-random numbers for all of them."""
        sizes = round_sizes(self.settings.evidence)
        capacity = int(sizes.sum())
        return sizes, capacity, sobol_nodes(max(capacity, GENERATION))


@functools.lru_cache(maxsize=16)
def sobol_nodes(n: int) -> FloatArray:
    """Scrambled Sobol points, shape (7, 2^m >= n), the same on every call."""
    points: FloatArray = stats.qmc.Sobol(SOBOL_DIMENSIONS, rng=np.random.default_rng(SOBOL_SEED)).random_base2(
        max(1, math.ceil(math.log2(n)))
    )
    points = np.ascontiguousarray(np.clip(points, 1e-12, 1.0 - 1e-12).T)
    points.setflags(write=False)
    return points


def make_problem(
    observations: Observations, settings: Settings, scale_kind: str, *, answer_tokens: float | None = None
) -> Problem:
    """Tabulate the likelihood.

    Raises:
        SeriesError: so many points that the nodes' likelihoods would not fit into memory.
    """
    if observations.position.size > MOST_POINTS:
        msg = (
            f"expected at most {MOST_POINTS:,} scores in a series, got {observations.position.size:,}: add up the "
            "items of repeated runs, or name the column that tells the series apart"
        )
        raise SeriesError(msg)
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
        0,
        GRID,
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
        answer_tokens=answer_tokens,
    )


def width_prior(curve: CurveSpec, problem: Problem) -> tuple[float, float]:
    """The two numbers of `shapes.place`, in observed ranges: bounds of log width, or its mean and sd."""
    if curve.placement not in problem.width_priors:
        problem.width_priors[curve.placement] = _width_prior(curve, problem)
    return problem.width_priors[curve.placement]


def _width_prior(curve: CurveSpec, problem: Problem) -> tuple[float, float]:
    prior, decades = problem.settings.prior, problem.observations.range_decades
    if curve.placement == shapes.EXPONENT:
        median = prior.exponent_median(problem.scale_kind)
        return math.log(WIDTH_TIMES_EXPONENT / median / decades), prior.exponent_sd
    narrowest = min(prior.narrowest_rise_in_spacings * problem.smallest_spacing * decades, 0.25 * prior.sharp_width)
    widest = max(prior.widest_rise_in_ranges * decades, 2.0 * prior.sharp_width)
    if curve.placement == shapes.IN_RANGE:
        return math.log(narrowest / decades), math.log(prior.sharp_width / decades)
    return math.log(prior.sharp_width / decades), math.log(widest / decades)


@dataclasses.dataclass(slots=True)
class Search:
    """The nodes of one curve, which a rough look leaves and a finer search takes up."""

    name: str
    problem: Problem
    used: FloatArray
    rounds: int = 0
    n_nodes: int = 0
    log_evidence: float = -math.inf
    error: float = math.inf
    arrays: tuple[FloatArray, ...] = ()

    def run(self, *, tolerance: float, negligible: float = -math.inf, rough: bool = False) -> None:
        """Add rounds until the error is below `tolerance`, or the evidence surely below `negligible`."""
        curve, data = CURVES[self.name], self.problem.observations
        prior = self.problem.settings.prior
        sizes, capacity, sobol = self.problem.rounds
        if self.rounds == sizes.size:
            return
        if not self.arrays:
            self.arrays = _arrays(sizes.size, data.dispersion.size, capacity, data.position.size)
        low, high = width_prior(curve, self.problem) if curve.placement != shapes.NOWHERE else (0.0, 0.0)
        self.rounds, self.n_nodes, self.log_evidence, self.error = integrate(
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
            self.problem.constant,
            self.problem.table,
            self.used,
            data.dispersion,
            data.log_dispersion_prior,
            self.problem.chance,
            self.problem.guess_sd,
            self.problem.beta,
            prior.failed_run_rate,
            prior.failed_run_softness,
            sobol,
            sizes,
            self.rounds,
            tolerance,
            negligible,
            self.problem.narrow,
            rough,
            *self.arrays,
        )

    def result(self) -> CurveEvidence:
        """The draws at all nodes."""
        n = self.n_nodes
        _, _, _, _, _, log_weight, threshold, width, picked, drawn, pointwise = self.arrays
        found = CurveEvidence(
            log_evidence=self.log_evidence,
            error=self.error,
            threshold=threshold[:n],
            width=width[:n],
            dispersion=picked[:n],
            levels=drawn[:, :n].T,
            log_weight=log_weight[:n],
            pointwise=pointwise[:, :n].T,
        )
        return located(self.name, found, self.problem)


def located(name: str, found: CurveEvidence, problem: Problem) -> CurveEvidence:
    """The same nodes under the prior of the threshold that a known length of the answers gives p^L."""
    if CURVES[name].placement != shapes.EXPONENT or problem.answer_tokens is None:
        return found
    ratio = log_place_ratio(found.threshold, found.width, problem.answer_tokens, problem.settings.prior)
    log_weight = np.maximum(found.log_weight + ratio, LOWEST)
    return dataclasses.replace(found, log_weight=log_weight, log_evidence=float(special.logsumexp(log_weight)))


def _arrays(rounds: int, n_dispersion: int, capacity: int, n_points: int) -> tuple[FloatArray, ...]:
    """What `integrate` fills."""
    one = [np.empty(capacity) for _ in range(6)]
    return (
        np.empty((2, capacity)),
        np.empty((rounds, ROWS, KERNELS)),
        np.empty((rounds, n_dispersion)),
        *one,
        np.empty((3, capacity)),
        np.empty((n_points, capacity)),
    )


@functools.lru_cache(maxsize=64)
def round_sizes(effort: EvidenceSettings) -> FloatArray:
    """Nodes of each round: the first over the prior, then growing, so that easy integrals stay cheap."""
    refined = effort.refine_nodes * effort.growth ** np.arange(effort.max_refinements)
    return np.rint(np.concatenate(([effort.first_nodes], refined)))


def curve_evidence(
    name: str, problem: Problem, *, used: FloatArray | None = None, tolerance: float | None = None
) -> CurveEvidence:
    """Log evidence and draws of one curve.

    Args:
        name: key of `CURVES`.
        problem: tabulated observations.
        used: 1 for points that count and 0 for those left out, shape (n_points,); all by default.
        tolerance: wanted error in nats; that of the settings by default.
    """
    search = Search(name, problem, _used(problem, used))
    search.run(tolerance=tolerance or problem.settings.evidence.tolerance)
    return search.result()


def _used(problem: Problem, used: FloatArray | None) -> FloatArray:
    """All points unless some are left out."""
    return np.ones(problem.observations.position.size) if used is None else used


def all_curves(
    problem: Problem, *, used: FloatArray | None = None, names: Iterable[str] = CURVES, tolerance: float | None = None
) -> Mapping[str, CurveEvidence]:
    """Every named curve: a rough look at each, then precision for those that matter."""
    _tell_of_compiling()
    effort = problem.settings.evidence
    wanted = tolerance or effort.tolerance
    found = {name: Search(name, problem, _used(problem, used)) for name in names}
    for search in found.values():
        search.run(tolerance=wanted, rough=True)
    logs = {name: search.log_evidence for name, search in found.items()}
    limit = max(logs.values()) + math.log(effort.negligible_probability)
    for name, search in found.items():
        if search.log_evidence + SURPRISE > limit:
            search.run(tolerance=wanted * _leniency(name, logs), negligible=limit)
    for explanation in QUOTED:
        leader = max(
            (name for name in found if CURVES[name].explanation is explanation), key=logs.__getitem__, default=""
        )
        if leader and found[leader].error > QUOTED_ERROR * wanted:
            found[leader].run(tolerance=QUOTED_ERROR * wanted)
    return {name: search.result() for name, search in found.items()}


@functools.cache
def _tell_of_compiling() -> None:
    """Say why the first analysis of an installation takes so long."""
    if is_kept(integrate):
        return
    later = "later runs find them on disk" if cache_folder(integrate) else UNKEPT
    # A warning is seen where nobody has set up logging, too.
    logger.warning("compiling the inner loops, which takes about half a minute; %s", later)


def _leniency(name: str, logs: Mapping[str, float]) -> float:
    """By how much the error of a curve may be larger than the one wanted.

    The error of an explanation is the share-weighted error of its curves: one of little share may be known less well,
    up to twice. So may every curve of an explanation of little probability, up to `MOST_LENIENT` times.
    """
    mine = CURVES[name].explanation
    weight = {other: math.exp(min(log - logs[name], 50.0)) for other, log in logs.items()}
    explanation = sum(weight[other] for other in logs if CURVES[other].explanation is mine)
    probable = explanation / sum(weight.values())
    return min(math.sqrt(explanation), 2.0) * min(max(math.sqrt(VISIBLE / probable), 1.0), MOST_LENIENT)
