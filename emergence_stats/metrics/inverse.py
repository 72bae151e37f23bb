"""Inverse: which exponent, and which length of answers, explain the data under a metric.

The loss of a token is a power law, with N0 the middle of the scales, above a floor E that no scale removes:

    l(N) = E + r (N / N0)^-alpha,    E = s l(N1),

with N1 the largest scale. The share s of the lowest loss that is floor is 0 with probability 1/2, else uniform from 0
to 1: E is uniform from 0 to the lowest loss of the law. An all-or-nothing score is chance + (1 - chance) exp(-L l);
scores per token show l itself. Exact match alone gives alpha and the products L r and L E; a companion per token gives
l, and so L. The posteriors with and without a floor are found by importance sampling on quasi-random nodes from Student
distributions round their peaks, the same on every run, and are averaged by their evidence.
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
FLOORED = 0.5  # prior probability that the loss has a floor
FARTHEST_FLOOR = 6.0  # of ln(t / (1 - t)), where nodes are first laid
FIRST_NODES, NODES = 2048, 2048
SEARCH_NODES, SEARCH_ROUNDS, SHRINK = 128, 24, 0.6
RIDGE_ROUNDS = 8  # further ones, along the axes of the posterior
HEAVY_TAIL = 5.0  # degrees of freedom of the proposals
WIDTHS = (1.0, 2.5, 10.0)  # of the proposals, in units of the width at the peak: dispersion makes long shoulders
STEP = 1e-3  # of the differences that give the curvature
FEWEST_EFFECTIVE = 50.0
DRAWS = 2000
SEED = 20230428
type _Laws = tuple[FloatArray, FloatArray, FloatArray, FloatArray]  # alpha, ln L r, ln r, ln E of each node


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LossLawFit:
    """Posterior of the power law behind one or two metrics.

    Attributes:
        exponent: alpha, per nat of scale.
        tokens: L, the length of answers; the prior itself, if neither it nor a companion per token was given.
        half_score: the scale at which half of the answers (or tokens, without exact match) are right; infinite in
            draws whose floor forbids it.
        constant: c, the scale at which a token's loss above the floor is 1 nat; as vague as `tokens`.
        floor: E, the loss that no scale removes, nats per token, 0 in draws without one; as vague as `tokens`.
        p_floor: posterior probability that there is a floor, from 1/2 before the data; 0 if none was allowed.
        log_evidence: natural log of the marginal likelihood of all data.
        tokens_identified: whether the data, or the caller, say anything of L.
        effective_draws: effective sample size of the weighted nodes.
        distance: largest distance of an observation from the averaged curve, in predictive standard deviations.
    """

    exponent: Quantity
    tokens: Quantity
    half_score: Quantity
    constant: Quantity
    floor: Quantity
    p_floor: float
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

    def mean(self, log_loss: FloatArray) -> FloatArray:
        """Oriented expected score in [0, 1] from ln l, or ln L l of a whole answer, shape (n_nodes, n_points)."""
        loss = np.exp(np.minimum(log_loss, 50.0))
        match self.per_token:
            case None:
                return np.asarray(self.chance + (1.0 - self.chance) * np.exp(-loss))
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
    floor: bool = True,
    settings: Settings | None = None,
) -> LossLawFit:
    """Fit a power law of the loss per token to one or two metrics of the same outputs.

    Args:
        series: scores that want every token right, or, if its metric is one per token, those.
        companion: a metric per token (`MetricSpec.per_token`): token accuracy, cross-entropy, perplexity.
        tokens: the length L of answers, if known: one number, or the lowest and highest that it may have (log-uniform
            between them). None: `Series.answer_tokens`, or log-uniform from 1 to 1000 where that is not known, either.
        floor: whether the loss may have a part that no scale removes; if not, the law falls to 0.
        settings: priors of exponent and noise; the defaults if None.

    Raises:
        InputError: an argument is of the wrong class or out of its range, the companion is not one per token, or the
            series' metric is known to give partial credit of another kind (BLEU, Brier score, edit distance).
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
    _check_whole(series)
    known = series.answer_tokens if tokens is None else tokens
    length = _length_prior(known)
    x0 = float(0.5 * (series.log10_scale[0] + series.log10_scale[-1]))
    parts = [_part(each, chosen) for each in given]
    whole, single = (any((part.per_token is None) is kind for part in parts) for kind in (True, False))
    problem = _Problem(
        parts=parts,
        x0=x0,
        x1=float(series.log10_scale[-1]),
        whole=whole,
        single=single,
        length=length,
        exponent=(math.log(chosen.prior.exponent_median(series.scale_kind)), 2.0 * chosen.prior.exponent_sd),
    )
    laws = [(problem, 1.0)]
    if instance("floor", floor, bool):
        laws = [(problem, 1.0 - FLOORED), (dataclasses.replace(problem, floored=True), FLOORED)]
    found, log_weight, log_evidence, p_floor = _averaged(laws)
    weight = np.exp(log_weight - special.logsumexp(log_weight))
    effective = 1.0 / float(np.sum(weight**2))
    if not (math.isfinite(log_evidence) and effective >= FEWEST_EFFECTIVE):
        msg = f"{series.name}: the power law could not be integrated (effective sample size {effective:.0f})"
        raise AnalysisError(msg)
    picked = _equal_draws(weight)
    alpha, log_whole, log_loss, log_floor = found
    sign = -1.0 if series.scale_kind == "loss" else 1.0

    def quantity(values: FloatArray) -> Quantity:
        return Quantity(draws=np.sort(values[picked]))

    def scale_at(level: FloatArray) -> FloatArray:
        """Where a log loss that is `level` at x0 falls to 0."""
        with np.errstate(over="ignore"):
            return np.asarray(10.0 ** (sign * (x0 + level / (alpha * math.log(10.0)))))

    log_tokens = log_whole - log_loss
    total = math.log(2.0) / (np.exp(log_tokens) if whole else 1.0)  # the loss of a token at which half are right
    with np.errstate(divide="ignore"):
        log_left = np.log(np.maximum(total - np.exp(log_floor), 0.0))
    return LossLawFit(
        exponent=quantity(alpha),
        tokens=quantity(np.exp(log_tokens)),
        half_score=quantity(scale_at(log_loss - log_left)),
        constant=quantity(scale_at(log_loss)),
        floor=quantity(np.exp(log_floor)),
        p_floor=p_floor,
        log_evidence=log_evidence,
        tokens_identified=known is not None or (whole and single),
        effective_draws=effective,
        distance=max(_distance(part, problem.means(part, found), weight) for part in parts),
    )


def per_token(series: Series) -> PerToken | None:
    """How the probability of a token is read from a series, by the name of its metric; None if it cannot be."""
    spec = metric_spec(series.metric)
    return None if spec is None else spec.per_token


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Problem:
    """Data and priors. Nodes are (ln beta, ln L l(x0), ln l(x0), ln(t / (1 - t))), as far as they matter.

    With t = E / l(x0) the share of the floor at x0, beta = alpha (1 - t) is the exponent that the data show there; they
    tell level and slope at x0 better than alpha and s, which trade off along a curve. Since logit s = logit t +
    alpha ln(N1 / N0), densities of (ln alpha, logit s) and of (ln beta, logit t) are the same: the Jacobian is 1.
    """

    parts: Sequence[_Part]
    x0: float
    x1: float
    whole: bool
    single: bool
    length: tuple[float, float]
    exponent: tuple[float, float]
    floored: bool = False

    @property
    def known_length(self) -> bool:
        return self.length[0] == self.length[1]

    @property
    def two_levels(self) -> bool:
        return self.whole and self.single and not self.known_length

    @property
    def n_free(self) -> int:
        return 2 + self.two_levels + self.floored

    def split(self, node: FloatArray) -> _Laws:
        """alpha, ln L r, ln r, ln E, each of shape (n_nodes,); r is the loss at x0 above the floor E."""
        beta, log_whole, log_loss = self._levels(node)
        if not self.floored:
            return beta, log_whole, log_loss, np.full(beta.size, -np.inf)
        above = np.logaddexp(0.0, node[:, -1])  # -ln(1 - t)
        alpha = np.exp(np.minimum(node[:, 0] + above, 300.0))
        return alpha, log_whole - above, log_loss - above, log_loss - above + node[:, -1]

    def _levels(self, node: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """beta, ln L l(x0), ln l(x0), each of shape (n_nodes,)."""
        beta, first = np.exp(node[:, 0]), node[:, 1]
        low, high = self.length
        if self.two_levels:
            return beta, first, node[:, 2]
        # What the data do not tell of L is its prior: spread over the nodes, evenly in log L.
        share = np.random.default_rng(SEED).permutation(node.shape[0]) / max(node.shape[0] - 1, 1)
        log_tokens = low + (high - low) * share
        return (beta, first, first - log_tokens) if self.whole else (beta, first + log_tokens, first)

    def means(self, part: _Part, laws: _Laws) -> FloatArray:
        """Expected scores of one part, shape (n_nodes, n_points)."""
        alpha, log_whole, log_loss, log_floor = laws
        fall = alpha[:, None] * math.log(10.0) * (part.x - self.x0)
        tokens = log_whole - log_loss if part.per_token is None else np.zeros(alpha.size)
        return part.mean(np.logaddexp((log_loss + tokens)[:, None] - fall, (log_floor + tokens)[:, None]))

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Box of the prior."""
        mean, sd = self.exponent
        low, high = (math.log(value) for value in LOSSES)
        levels, floors = 1 + self.two_levels, int(self.floored)
        return (
            np.array([mean - 4.0 * sd, *[low] * levels, *[-FARTHEST_FLOOR] * floors]),
            np.array([mean + 4.0 * sd, *[high] * levels, *[FARTHEST_FLOOR] * floors]),
        )

    def log_posterior(self, node: FloatArray) -> FloatArray:
        """Log of prior times likelihood, shape (n_nodes,)."""
        mean, sd = self.exponent
        low, high = self.bounds()
        laws = self.split(node)
        out = np.asarray(stats.norm.logpdf(np.log(laws[0]), mean, sd))
        out = out - math.log(math.log(LOSSES[1] / LOSSES[0]))
        outside = ((node < low) | (node > high))[:, 1:2].any(axis=1)
        if self.floored:
            # s is uniform.
            out = out + stats.logistic.logpdf(node[:, -1] + laws[0] * math.log(10.0) * (self.x1 - self.x0))
        if self.two_levels:
            tokens = node[:, 1] - node[:, 2]
            outside |= (tokens < self.length[0]) | (tokens > self.length[1])
            out = out - math.log(self.length[1] - self.length[0])
        out = out + sum(part.log_likelihood(self.means(part, laws)) for part in self.parts)
        return np.where(outside | ~np.isfinite(out), -np.inf, out)


def _averaged(laws: Sequence[tuple[_Problem, float]]) -> tuple[_Laws, FloatArray, float, float]:
    """Laws averaged by evidence.

    Args:
        laws: each with its prior probability.

    Returns:
        What `_Problem.split` gives of the nodes of all laws, their log weights, the log evidence, and the posterior
        probability of a floor.
    """
    parts, logs, evidence = [], [], []
    for problem, prior in laws:
        node, log_weight, log_evidence = _sample(problem)
        parts.append(problem.split(node))
        logs.append(log_weight + math.log(prior))
        evidence.append(log_evidence + math.log(prior))
    whole = float(special.logsumexp(evidence))
    floored = [one for one, (problem, _) in zip(evidence, laws, strict=True) if problem.floored]
    p_floor = math.exp(float(special.logsumexp(floored)) - whole) if floored and math.isfinite(whole) else 0.0
    alpha, log_whole, log_loss, log_floor = (np.concatenate(each) for each in zip(*parts, strict=True))
    return (alpha, log_whole, log_loss, log_floor), np.concatenate(logs), whole, p_floor


def _check_whole(series: Series) -> None:
    """A metric that gives partial credit, and does not show the loss of a token either, is no p^L."""
    spec = metric_spec(series.metric)
    if spec is not None and spec.per_token is None and (spec.linear or spec.continuous):
        msg = (
            f"series: expected a metric that wants every token right, such as exact_match, or one per token, such as "
            f"token_accuracy, got {series.metric!r}, which gives partial credit"
        )
        raise InputError(msg)


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
    if problem.two_levels:  # the third coordinate is laid out as a length, within its prior
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
    # What trades off lies along a narrow ridge, aslant of any box.
    reach = 8.0 * SHRINK ** np.arange(SEARCH_NODES) ** 0.5
    for _ in range(RIDGE_ROUNDS):
        root = np.linalg.cholesky(_covariance(problem, peak))
        node = np.vstack([peak, peak + reach[:, None] * np.einsum("ij,kj->ik", 2.0 * offsets, root)])
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
