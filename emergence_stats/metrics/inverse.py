"""Inverse: which exponent, and which length of answers, explain the data under a metric.

The loss of a token is l(N) = exp(kappa - alpha ln(N / N0)) with N0 the middle of the scales, a power law. An
all-or-nothing score is chance + (1 - chance) exp(-L l); scores per token show l itself. Exact match alone gives alpha
and the product L l; a companion per token gives l, and so L. The posterior is found by importance sampling on
quasi-random nodes from Student distributions round its peak, the same on every run.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from emergence_stats.arguments import instance, real_number
from emergence_stats.errors import AnalysisError, InputError, SeriesError
from emergence_stats.ingest.registries.metrics import PerToken, metric_spec
from emergence_stats.models.likelihood import COUNTS, Observations, observe
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings
from emergence_stats.threshold import Quantity

LENGTHS = (1.0, 1000.0)  # log-uniform prior of a length that is not known, in tokens
LOSSES = (1e-5, 20.0)  # log-uniform prior of L l(N0) and of l(N0), in nats
FIRST_NODES, NODES = 2048, 2048
SEARCH_NODES, SEARCH_ROUNDS, SHRINK = 128, 24, 0.6
HEAVY_TAIL = 5.0  # degrees of freedom of the proposals
WIDTHS = (1.0, 2.5, 10.0)  # of the proposals, in units of the width at the peak: dispersion makes long shoulders
STEP = 1e-3  # of the differences that give the curvature
FEWEST_EFFECTIVE = 50.0
DRAWS = 2000
SEED = 20230428


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LossLawFit:
    """Posterior of the power law behind one or two metrics.

    Attributes:
        exponent: alpha, per nat of scale.
        tokens: L, the length of answers; the prior itself, if neither it nor a companion per token was given.
        half_score: the scale at which half of the answers (or tokens, without exact match) are right.
        constant: c, the scale at which a token's loss is 1 nat; as vague as `tokens`.
        log_evidence: natural log of the marginal likelihood of all data.
        tokens_identified: whether the data, or the caller, say anything of L.
        effective_draws: effective sample size of the weighted nodes.
        distance: largest distance of an observation from the averaged curve, in predictive standard deviations.
    """

    exponent: Quantity
    tokens: Quantity
    half_score: Quantity
    constant: Quantity
    log_evidence: float
    tokens_identified: bool
    effective_draws: float
    distance: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """One metric of the fit: its observations and how a loss becomes its score."""

    data: Observations
    x: FloatArray
    per_token: PerToken | None
    chance: float

    def mean(self, log_loss: FloatArray, log_tokens: FloatArray) -> FloatArray:
        """Oriented expected score in [0, 1], shape (n_nodes, n_points)."""
        loss = np.exp(np.minimum(log_loss, 50.0))
        match self.per_token:
            case None:
                return np.asarray(
                    self.chance + (1.0 - self.chance) * np.exp(-np.exp(np.minimum(log_loss + log_tokens, 50.0)))
                )
            case "probability":
                score = np.exp(-loss)
            case "nats":
                score = loss
            case "bits":
                score = loss / math.log(2.0)
            case "perplexity":
                score = np.exp(np.minimum(loss, 500.0))
            case "log_probability":
                score = -loss
        if self.data.score_axis == "log":
            score = np.log(np.maximum(score, 1e-300))
        return np.asarray((score - self.data.low) / (self.data.high - self.data.low))

    def log_likelihood(self, mean: FloatArray) -> FloatArray:
        """Summed over points and averaged over the dispersion nodes, shape (n_nodes,)."""
        data = self.data
        rows = [
            _log_density(data, mean, dispersion).sum(axis=1) + prior
            for dispersion, prior in zip(data.dispersion, data.log_dispersion_prior, strict=True)
        ]
        return np.asarray(special.logsumexp(rows, axis=0))


def fit_loss_law(
    series: Series,
    *,
    companion: Series | None = None,
    tokens: float | Sequence[float] | None = None,
    settings: Settings | None = None,
) -> LossLawFit:
    """Fit a power law of the loss per token to one or two metrics of the same outputs.

    Args:
        series: scores that want every token right, or, if its metric is one per token, those.
        companion: a metric per token (`MetricSpec.per_token`): token accuracy, cross-entropy, perplexity.
        tokens: the length L of answers, if known: one number, or the lowest and highest that it may have (log-uniform
            between them). None: log-uniform from 1 to 1000.
        settings: priors of exponent and noise; the defaults if None.

    Raises:
        InputError: an argument is of the wrong class or out of its range, or the companion is not one per token.
        SeriesError: the scales of the two are of different kinds.
        AnalysisError: the posterior could not be found.
    """
    chosen = Settings() if settings is None else instance("settings", settings, Settings)
    instance("series", series, Series)
    given = [series, *([] if companion is None else [instance("companion", companion, Series)])]
    if companion is not None and companion.scale_kind != series.scale_kind:
        msg = f"companion: expected scores by {series.scale_kind}, got some by {companion.scale_kind}"
        raise SeriesError(msg)
    if companion is not None and per_token(companion) is None:
        msg = (
            f"companion: expected a metric per token, such as token_accuracy or cross_entropy, got {companion.metric!r}"
        )
        raise InputError(msg)
    length = _length_prior(tokens)
    x0 = float(0.5 * (series.log10_scale[0] + series.log10_scale[-1]))
    parts = [_part(each, chosen) for each in given]
    whole, single = (any((part.per_token is None) is kind for part in parts) for kind in (True, False))
    problem = _Problem(
        parts=parts,
        x0=x0,
        whole=whole,
        single=single,
        length=length,
        exponent=(math.log(chosen.prior.exponent_median(series.scale_kind)), 2.0 * chosen.prior.exponent_sd),
    )
    node, log_weight, log_evidence = _sample(problem)
    weight = np.exp(log_weight - special.logsumexp(log_weight))
    effective = 1.0 / float(np.sum(weight**2))
    if not (math.isfinite(log_evidence) and effective >= FEWEST_EFFECTIVE):
        msg = f"{series.name}: the power law could not be integrated (effective sample size {effective:.0f})"
        raise AnalysisError(msg)
    picked = _equal_draws(weight)
    alpha, log_whole, log_loss = problem.split(node)
    sign = -1.0 if series.scale_kind == "loss" else 1.0

    def quantity(values: FloatArray) -> Quantity:
        return Quantity(draws=np.sort(values[picked]))

    def scale_at(level: FloatArray) -> FloatArray:
        """Where a log loss that is `level` at x0 falls to 0."""
        return np.asarray(10.0 ** (sign * (x0 + level / (alpha * math.log(10.0)))))

    half = math.log(math.log(2.0))
    return LossLawFit(
        exponent=quantity(alpha),
        tokens=quantity(np.exp(log_whole - log_loss)),
        half_score=quantity(scale_at((log_whole if whole else log_loss) - half)),
        constant=quantity(scale_at(log_loss)),
        log_evidence=log_evidence,
        tokens_identified=tokens is not None or (whole and single),
        effective_draws=effective,
        distance=max(_distance(part, problem.means(part, node), weight) for part in parts),
    )


def per_token(series: Series) -> PerToken | None:
    """How the probability of a token is read from a series, by the name of its metric; None if it cannot be."""
    spec = metric_spec(series.metric)
    return None if spec is None else spec.per_token


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Problem:
    """Data and priors. Nodes are (ln alpha, ln L l(x0), ln l(x0)), the last two as far as they matter."""

    parts: Sequence[_Part]
    x0: float
    whole: bool
    single: bool
    length: tuple[float, float]
    exponent: tuple[float, float]

    @property
    def known_length(self) -> bool:
        return self.length[0] == self.length[1]

    @property
    def n_free(self) -> int:
        return 3 if self.whole and self.single and not self.known_length else 2

    def split(self, node: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """alpha, ln L l(x0), ln l(x0), each of shape (n_nodes,)."""
        alpha, first = np.exp(node[:, 0]), node[:, 1]
        low, high = self.length
        if self.n_free == 3:
            return alpha, first, node[:, 2]
        # What the data do not tell of L is its prior: spread over the nodes, evenly in log L.
        share = np.random.default_rng(SEED).permutation(node.shape[0]) / max(node.shape[0] - 1, 1)
        log_tokens = low + (high - low) * share
        return (alpha, first, first - log_tokens) if self.whole else (alpha, first + log_tokens, first)

    def means(self, part: _Part, node: FloatArray) -> FloatArray:
        """Expected scores of one part, shape (n_nodes, n_points)."""
        alpha, log_whole, log_loss = self.split(node)
        fall = alpha[:, None] * math.log(10.0) * (part.x - self.x0)
        if part.per_token is None:
            return part.mean(log_whole[:, None] - fall, np.zeros((node.shape[0], 1)))
        return part.mean(log_loss[:, None] - fall, np.zeros((node.shape[0], 1)))

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Box of the prior."""
        mean, sd = self.exponent
        low, high = (math.log(value) for value in LOSSES)
        return (
            np.array([mean - 4.0 * sd, low, low])[: self.n_free],
            np.array([mean + 4.0 * sd, high, high])[: self.n_free],
        )

    def log_posterior(self, node: FloatArray) -> FloatArray:
        """Log of prior times likelihood, shape (n_nodes,)."""
        mean, sd = self.exponent
        low, high = self.bounds()
        out = np.asarray(stats.norm.logpdf(node[:, 0], mean, sd))
        out = out - math.log(math.log(LOSSES[1] / LOSSES[0]))
        outside = ((node < low) | (node > high))[:, 1:2].any(axis=1)
        if self.n_free == 3:
            tokens = node[:, 1] - node[:, 2]
            outside |= (tokens < self.length[0]) | (tokens > self.length[1])
            out = out - math.log(self.length[1] - self.length[0])
        out = out + sum(part.log_likelihood(self.means(part, node)) for part in self.parts)
        return np.where(outside | ~np.isfinite(out), -np.inf, out)


def _part(series: Series, settings: Settings) -> _Part:
    data = observe(series, settings.prior)
    return _Part(data=data, x=series.log10_scale, per_token=per_token(series), chance=data.chance or 0.0)


def _length_prior(tokens: float | Sequence[float] | None) -> tuple[float, float]:
    """Log of the lowest and highest length."""
    ends = LENGTHS if tokens is None else tuple(np.atleast_1d(np.asarray(tokens, dtype=np.float64)).tolist())
    ends = ends if len(ends) == 2 else ends * 2
    if len(ends) != 2 or not 0.0 < real_number("tokens", ends[0]) <= real_number("tokens", ends[1]):
        msg = f"tokens: expected a length above 0, or the lowest and the highest, got {tokens!r:.60}"
        raise InputError(msg)
    return math.log(ends[0]), math.log(ends[1])


def _log_density(data: Observations, mean: FloatArray, dispersion: float) -> FloatArray:
    """Log density of every point at one dispersion node, shape (n_nodes, n_points)."""
    if data.kind != COUNTS:
        sd = np.hypot(data.second, dispersion)
        return np.asarray(-0.5 * ((data.first - mean) / sd) ** 2 - np.log(sd) - 0.5 * math.log(2.0 * math.pi))
    k, n, f = data.first, data.second, np.clip(mean, 1e-12, 1.0 - 1e-12)
    choose = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    if dispersion == 0.0:
        return np.asarray(choose + k * np.log(f) + (n - k) * np.log1p(-f))
    total = 1.0 / dispersion - 1.0
    return np.asarray(
        choose + special.betaln(k + f * total, n - k + (1.0 - f) * total) - special.betaln(f * total, (1.0 - f) * total)
    )


def _sample(problem: _Problem) -> tuple[FloatArray, FloatArray, float]:
    """Weighted nodes and the log evidence: a look over the prior's box, then Student kernels round the peak."""
    low, high = problem.bounds()
    sobol = stats.qmc.Sobol(problem.n_free, rng=np.random.default_rng(SEED))
    node = low + (high - low) * sobol.random(FIRST_NODES)
    if problem.n_free == 3:  # the third coordinate is laid out as a length, within its prior
        share = (node[:, 2] - low[2]) / (high[2] - low[2])
        node[:, 2] = node[:, 1] - (problem.length[0] + (problem.length[1] - problem.length[0]) * share)
    peak = _peak(problem, node[int(problem.log_posterior(node).argmax())])
    uniform = stats.qmc.Sobol(problem.n_free + 2, rng=np.random.default_rng(SEED)).random(NODES)
    uniform = np.clip(uniform, 1e-9, 1.0 - 1e-9)
    stretch = np.sqrt(HEAVY_TAIL / stats.chi2.ppf(uniform[:, 0], HEAVY_TAIL))
    widths = np.array(WIDTHS)
    stretch = stretch * widths[(uniform[:, 1] * widths.size).astype(np.intp)]
    root = np.linalg.cholesky(_covariance(problem, peak))
    standard = stretch[:, None] * stats.norm.ppf(uniform[:, 2:])
    node = peak + np.einsum("ij,kj->ik", standard, root)
    log_weight = problem.log_posterior(node) - _log_proposal(standard, widths) + float(np.sum(np.log(np.diag(root))))
    return node, log_weight, float(special.logsumexp(log_weight) - math.log(NODES))


def _log_proposal(standard: FloatArray, widths: FloatArray) -> FloatArray:
    """Log density of an equal mixture of Student distributions of several widths, in units of the narrowest."""
    size = standard.shape[1]
    half = 0.5 * (HEAVY_TAIL + size)
    constant = math.lgamma(half) - math.lgamma(0.5 * HEAVY_TAIL) - 0.5 * size * math.log(HEAVY_TAIL * math.pi)
    square = np.sum(standard**2, axis=1)[:, None] / (HEAVY_TAIL * widths**2)
    parts = constant - half * np.log1p(square) - size * np.log(widths)
    return np.asarray(special.logsumexp(parts, axis=1) - math.log(widths.size))


def _peak(problem: _Problem, start: FloatArray) -> FloatArray:
    """The most probable node: the best of many round the best so far, in boxes that shrink."""
    low, high = problem.bounds()
    offsets = stats.qmc.Sobol(problem.n_free, rng=np.random.default_rng(SEED)).random(SEARCH_NODES) - 0.5
    peak = start
    for shrunk in SHRINK ** np.arange(SEARCH_ROUNDS):
        node = np.vstack([peak, peak + shrunk * (high - low) * offsets])
        peak = node[int(problem.log_posterior(node).argmax())]
    return peak


def _covariance(problem: _Problem, peak: FloatArray) -> FloatArray:
    """Inverse of the curvature at the peak, by central differences; no wider than the prior's box."""
    size = peak.size
    step = STEP * np.eye(size)
    pairs = [(i, j) for i in range(size) for j in range(size)]
    corners = [peak + a * step[i] + b * step[j] for i, j in pairs for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
    values = problem.log_posterior(np.array(corners)).reshape(size, size, 4)
    curvature = -np.sum(values * np.array([1.0, -1.0, -1.0, 1.0]), axis=-1) / (4.0 * STEP**2)
    low, high = problem.bounds()
    eigenvalues, vectors = np.linalg.eigh(np.nan_to_num(curvature, posinf=0.0, neginf=0.0))
    variance = 1.0 / np.maximum(eigenvalues, 16.0 / float(np.max(high - low)) ** 2)
    return np.asarray(np.einsum("ij,j,kj->ik", vectors, variance, vectors))


def _equal_draws(weight: FloatArray) -> npt.NDArray[np.intp]:
    """Systematic resampling: indices of `DRAWS` draws of equal weight."""
    places = (np.arange(DRAWS) + 0.5) / DRAWS
    return np.searchsorted(np.cumsum(weight) / weight.sum(), places).clip(max=weight.size - 1)


def _distance(part: _Part, mean: FloatArray, weight: FloatArray) -> float:
    """Largest distance of an observation from the mean curve, in standard deviations of noise and posterior."""
    data = part.data
    centre = np.sum(weight[:, None] * mean, axis=0)
    spread = np.sum(weight[:, None] * (mean - centre) ** 2, axis=0)
    noise = np.maximum(centre * (1.0 - centre), 1e-9) / data.second if data.kind == COUNTS else data.second**2
    if data.form == "scores":
        noise = np.full(centre.size, float(np.median(data.dispersion)) ** 2)
    return float(np.max(np.abs(data.score - centre) / np.sqrt(noise + spread)))
