"""How probable two scores of one model are at every true difference between them.

Counts: with the baseline's true score p anywhere that the difference d allows,

    L(d) = mean over p in [max(0, -d), min(1, 1 - d)] of  BB(k_0 | n_0, p, rho)  BB(k_1 | n_1, p + d, rho),

BB the beta-binomial of `models.likelihood` with intraclass correlation rho. What makes a model better than its scale
foretells is in p and cancels: that is what pairing by model buys. Where the items are known, too, only those count on
which the two disagree: with b items right under the strategy alone and c under the baseline alone,

    L(d) = mean over s in [|d|, 1] of  Binomial(b + c | n, s)  Binomial(b | b + c, (1 + d / s) / 2),

smeared by a normal with variance 2 rho q (1 - q), q the pooled score, which is what rho adds to a difference of two
runs. Other scores: N(y_1 - y_0 | d, se_0^2 + se_1^2 + 2 sd^2).

Two prompts of one model differ less than two models do: the nodes of rho (and of sd^2) are a third of those in the
settings. A run that scores less than a smaller model under the same prompt may have failed, with probability
`failed_run_rate`: all that the pair then says is that d is not below (if the strategy's run failed) or not above (if
the baseline's did) what was observed. A run that scores more than all smaller models is taken at its word.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import numpy.typing as npt
from scipy import fft, special, stats

from emergence_stats.errors import SeriesError
from emergence_stats.models.likelihood import COUNTS, Observations, observe
from emergence_stats.pairs.matching import Matched
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import PriorSettings

CELLS = 2048  # of [0, 1], up to FEW_ITEMS items
FINE_CELLS = 8192
FEW_ITEMS = 5000
PAIR_SHARE = 1.0 / 3.0  # of the scatter between models, in variance, that is left between two prompts of one model
PER_CELL = 4  # points of each cell at which a beta-binomial is averaged
QUANTILES = 64  # of the share of items on which two runs disagree

IntArray = npt.NDArray[np.intp]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Differences:
    """Likelihood of the difference of each pair; differences are strategy minus baseline, oriented, in [-1, 1].

    Attributes:
        grid: ascending differences, evenly spaced, shape (n_grid,).
        log_likelihood: shape (n_pairs, n_nodes, n_grid), in nats.
        mean: where each likelihood has its mean, shape (n_pairs, n_nodes).
        sd: and its standard deviation, shape (n_pairs, n_nodes).
        log_dispersion_prior: log prior mass of the dispersion nodes, shape (n_nodes,).
        observed: observed differences, shape (n_pairs,).
        unit: what a difference of 1 is in the metric's unit.
        warnings: what had to be assumed.
    """

    grid: FloatArray
    log_likelihood: FloatArray
    mean: FloatArray
    sd: FloatArray
    log_dispersion_prior: FloatArray
    observed: FloatArray
    unit: float
    warnings: tuple[str, ...]


def differences(
    baseline: Series, strategy: Series, matched: Matched, prior: PriorSettings, discordant: IntArray | None
) -> Differences:
    """Tabulate the likelihood of every pair.

    Args:
        baseline: the series that is compared with.
        strategy: the series that may be better.
        matched: their pairs.
        prior: dispersion nodes and the rate of failed runs.
        discordant: items right under the strategy alone and under the baseline alone, shape (n_pairs, 2), or None.
    """
    seen = [observe(series, prior) for series in (baseline, strategy)]
    warnings = tuple(dict.fromkeys(text for data in seen for text in data.warnings))
    rows = (matched.baseline, matched.strategy)
    if all(data.kind == COUNTS for data in seen):
        k, n = (
            np.stack([getattr(data, name)[row] for data, row in zip(seen, rows, strict=True)])
            for name in ("first", "second")
        )
        cells = CELLS if n.max() <= FEW_ITEMS else FINE_CELLS
        grid = np.arange(-cells + 1, cells) / cells
        nodes = seen[0].dispersion * PAIR_SHARE
        each = [
            _by_model(k[:, i], n[:, i], nodes, cells)
            if discordant is None
            else _by_item(discordant[i], k[:, i], n[:, i], nodes, grid)
            for i in range(k.shape[1])
        ]
        likelihood = np.stack(each)
        # A run that failed says nothing: the pair is then as probable as under scores at random.
        flat = np.prod(1.0 / (n + 1.0), axis=0)[:, None, None]
        if discordant is not None:
            flat = (2.0 / ((n[0] + 1.0) * (n[0] + 2.0)))[:, None, None]
        observed, unit = k[1] / n[1] - k[0] / n[0], _unit(baseline)
        log_prior = seen[0].log_dispersion_prior
    else:
        if discordant is not None:
            msg = "compare: expected scores that are shares of items right where pairs of items are given"
            raise SeriesError(msg)
        observed, variance, nodes, log_prior, unit = _normal_parts(baseline, strategy, seen, matched, prior)
        cells = FINE_CELLS
        grid = np.arange(-cells + 1, cells) / cells
        spread = np.maximum(variance[:, None] + 2.0 * nodes**2, (0.5 / cells) ** 2)[..., None]
        likelihood = np.exp(-0.5 * (observed[:, None, None] - grid) ** 2 / spread) / np.sqrt(2.0 * math.pi * spread)
        flat = np.full((observed.size, 1, 1), 0.5)
    share = likelihood / likelihood.sum(axis=2, keepdims=True)
    mean = (share * grid).sum(axis=2)
    sd = np.sqrt(np.maximum((share * (grid - mean[..., None]) ** 2).sum(axis=2), (0.25 / cells) ** 2))
    one_sided = [
        special.expit(side * (grid - observed[:, None]) / prior.failed_run_softness)[:, None, :] for side in (-1.0, 1.0)
    ]
    rates = [
        prior.failed_run_rate * _below_smaller(data.score[row], matched.scale, baseline.scale_kind)[:, None, None]
        for data, row in zip(seen, rows, strict=True)
    ]
    lost = rates[0] * flat * one_sided[0] + rates[1] * flat * one_sided[1]
    return Differences(
        grid=grid,
        log_likelihood=np.log(np.maximum((1.0 - rates[0] - rates[1]) * likelihood + lost, 1e-300)),
        mean=mean,
        sd=sd,
        log_dispersion_prior=log_prior,
        observed=observed,
        unit=unit,
        warnings=warnings,
    )


def _below_smaller(score: FloatArray, scale: FloatArray, scale_kind: str) -> FloatArray:
    """1 for each score that is below one of a smaller scale, else 0, shape (n_pairs,)."""
    position = -scale if scale_kind == "loss" else scale
    return np.array([float(np.any(score[position < at] > value)) for at, value in zip(position, score, strict=True)])


def _by_model(k: FloatArray, n: FloatArray, nodes: FloatArray, cells: int) -> FloatArray:
    """L(d) of one pair of counts at every node, shape (n_nodes, 2 cells - 1): a correlation of two likelihoods of p."""
    low, high = (_likelihoods(k[arm], n[arm], nodes, cells) for arm in (0, 1))
    size = fft.next_fast_len(2 * cells, real=True)
    product = np.conj(fft.rfft(low, size, axis=1)) * fft.rfft(high, size, axis=1)
    # Lags 0 .. cells - 1 come first, negative ones at the end.
    lag = np.roll(fft.irfft(product, size, axis=1), cells - 1, axis=1)[:, : 2 * cells - 1]
    allowed = cells - np.abs(np.arange(-cells + 1, cells))
    return np.asarray(np.maximum(lag, 0.0) / allowed)


def _likelihoods(k: float, n: float, nodes: FloatArray, cells: int) -> FloatArray:
    """Beta-binomial likelihood of k of n, averaged over each cell of p, shape (n_nodes, cells)."""
    edges = np.linspace(0.0, 1.0, cells + 1)
    binomial = np.diff(special.betainc(k + 1.0, n - k + 1.0, edges)) * cells / (n + 1.0)
    p = (np.arange(cells * PER_CELL) + 0.5) / (cells * PER_CELL)
    rows = []
    for rho in nodes:
        if rho == 0.0:
            rows.append(binomial)
            continue
        a, b = p * (1.0 - rho) / rho, (1.0 - p) * (1.0 - rho) / rho
        log_choose = -special.betaln(k + 1.0, n - k + 1.0) - math.log(n + 1.0)
        exact = np.exp(log_choose + special.betaln(k + a, n - k + b) - special.betaln(a, b))
        rows.append(exact.reshape(cells, PER_CELL).mean(axis=1))
    return np.stack(rows)


def _by_item(discordant: IntArray, k: FloatArray, n: FloatArray, nodes: FloatArray, grid: FloatArray) -> FloatArray:
    """L(d) of one pair of runs on the same items at every node."""
    gained, lost = float(discordant[0]), float(discordant[1])
    apart, items = gained + lost, float(n[0])
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    share = special.betaincinv(apart + 1.0, items - apart + 1.0, levels)[:, None]
    ratio = np.clip(0.5 * (1.0 + grid / share), 0.0, 1.0)
    each = np.where(np.abs(grid) <= share, stats.binom.pmf(gained, apart, ratio), 0.0)
    exact = each.mean(axis=0) / (items + 1.0) / (1.0 - np.abs(grid))
    pooled = (k.sum() + 1.0) / (n.sum() + 2.0)
    step, rows = grid[1] - grid[0], []
    for rho in nodes:
        sd = math.sqrt(2.0 * rho * pooled * (1.0 - pooled))
        rows.append(exact if sd < step else _smeared(exact, sd / step))
    return np.stack(rows)


def _smeared(values: FloatArray, sd: float) -> FloatArray:
    """A convolution with a normal, sd in steps of the grid."""
    frequency = 2.0 * math.pi * fft.rfftfreq(2 * values.size)
    damped = fft.rfft(values, 2 * values.size) * np.exp(-0.5 * (sd * frequency) ** 2)
    return np.asarray(np.maximum(fft.irfft(damped, 2 * values.size)[: values.size], 0.0))


def _normal_parts(
    baseline: Series, strategy: Series, seen: list[Observations], matched: Matched, prior: PriorSettings
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, float]:
    """Observed differences, their known variances, nodes of the run-to-run sd with prior, and the unit."""
    if "log" in (baseline.score_axis, strategy.score_axis):
        msg = "compare: expected a metric whose differences mean the same everywhere; give log scores for this one"
        raise SeriesError(msg)
    assert baseline.score is not None
    assert strategy.score is not None
    scores = baseline.score[matched.baseline], strategy.score[matched.strategy]
    unit = _unit(baseline, np.concatenate(scores))
    known = np.zeros(matched.scale.size)
    unknown = False
    for series, data, row in zip((baseline, strategy), seen, (matched.baseline, matched.strategy), strict=True):
        if series.stderr is not None:
            known += (series.stderr[row] / abs(unit)) ** 2
        elif data.kind == COUNTS:
            q = (data.first[row] + 1.0) / (data.second[row] + 2.0)
            known += q * (1.0 - q) / data.second[row]
        else:
            unknown = True
    if unknown:
        nodes, log_prior = np.array(prior.residual_sd_nodes), np.full(len(prior.residual_sd_nodes), -math.log(7.0))
    else:
        zero, rest = prior.overdispersion_zero_mass, (1.0 - prior.overdispersion_zero_mass) / 6.0
        nodes, log_prior = np.array(prior.extra_sd_nodes), np.log(np.maximum([zero, *[rest] * 6], 1e-300))
    return (scores[1] - scores[0]) / unit, known, nodes * math.sqrt(PAIR_SHARE), log_prior, unit


def _unit(series: Series, scores: FloatArray | None = None) -> float:
    """What a difference of 1 is in the metric's unit: from worst to best; negative where lower is better."""
    if series.score_bounds is not None:
        low, high = series.score_bounds
    else:
        assert scores is not None
        low, high = float(scores.min()), float(scores.max())
        high = high if high > low else low + 1.0
    return high - low if series.higher_is_better else low - high
