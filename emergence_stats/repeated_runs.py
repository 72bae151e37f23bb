"""Repeated runs at one scale: do they scatter, or fall into two groups?

Over training seeds, the score of a model near a threshold can be bimodal: some runs have the ability, others do not,
and their mean describes none (Zhao et al. 2025, arXiv 2502.17356). For the runs y_1 .. y_m of one scale two models are
weighed,

    one group:   y_i ~ BetaBinomial(n_i, p, rho),                                  p uniform on (0, 1)
    two groups:  y_i ~ (1 - s) BetaBinomial(n_i, p_1, rho) + s BetaBinomial(n_i, p_2, rho),
                 p_2 - p_1 at least `SEPARATION`, (p_1, p_2) uniform there, s uniform on (0, 1),

each summed over the same values of rho; other scores have normal noise with a run-to-run standard deviation instead.
Their posterior under one group is the run-to-run variance, estimated from repeats alone, no curve assumed.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import special

from emergence_stats.arguments import instance
from emergence_stats.errors import SeriesError
from emergence_stats.models.likelihood import COUNTS, Observations, observe
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings

SEPARATION = 0.1  # of the metric's range
CELLS = 128  # of p
SHARES = 15  # values of s
FEWEST_RUNS = 2
NOTABLE_RUNS = 4  # from so many at one scale on, an analysis looks for groups by itself
N_NODES = 12
LARGEST_RHO, SMALLEST_RHO = 0.1, 1e-4
LARGEST_SD, SMALLEST_SD = 0.1, 1e-3


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunsAtScale:
    """The runs of one model or scale.

    Attributes:
        scale: in the scale's unit.
        model: label, or empty.
        scores: of the runs, ascending, in the metric's unit.
        log_bayes_factor: two groups over one, natural log.
        p_two_groups: posterior probability of two groups; before the data, even odds that no scale has them.
        low: posterior mean of the lower group's level, given two groups, in the metric's unit.
        high: the same of the upper group.
        share_high: posterior mean of the share of runs in the upper group.
    """

    scale: float
    model: str
    scores: tuple[float, ...]
    log_bayes_factor: float
    p_two_groups: float
    low: float
    high: float
    share_high: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunVariation:
    """What repeated runs tell.

    Attributes:
        scales: one entry for each scale (and model) with repeated runs.
        p_two_groups: probability that the runs fall into two groups at one scale at least.
        dispersion: posterior median of rho (counts) or of the run-to-run standard deviation as a share of the metric's
            range, from the scales where one group is the more probable (from all, if there are none).
        dispersion_low: its 5 % quantile.
        dispersion_high: its 95 % quantile.
        run_sd: what that makes of a score half-way up: sqrt(rho / 4), or the standard deviation itself.
        run_sd_low: from `dispersion_low`.
        run_sd_high: from `dispersion_high`.
        kind: "overdispersion" or "standard deviation".
    """

    scales: tuple[RunsAtScale, ...]
    p_two_groups: float
    dispersion: float
    dispersion_low: float
    dispersion_high: float
    run_sd: float
    run_sd_low: float
    run_sd_high: float
    kind: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return dataclasses.asdict(self) | {"scales": [dataclasses.asdict(part) for part in self.scales]}


def run_variation(series: Series, *, settings: Settings | None = None) -> RunVariation:
    """Test repeated runs for two groups, and estimate how much runs vary.

    Args:
        series: with several points at one scale (of one model, where models are named).
        settings: how scores become observations; the defaults if None.

    Raises:
        SeriesError: no scale has two runs.
    """
    series = instance("series", series, Series)
    chosen = Settings() if settings is None else instance("settings", settings, Settings)
    groups = {key: rows for key, rows in _groups(series).items() if rows.size >= FEWEST_RUNS}
    if not groups:
        msg = f"{series.name}: expected at least {FEWEST_RUNS} runs at one scale (of one model), got one of each"
        raise SeriesError(msg)
    data = observe(series, chosen.prior)
    zero = chosen.prior.overdispersion_zero_mass
    nodes, log_prior = _nodes(data, zero)
    found, within = [], []
    log_odds = math.log(2.0 ** (1.0 / len(groups)) - 1.0)  # even odds that no scale has two groups
    for (scale, model), rows in groups.items():
        log_likelihood = _table(data, rows, nodes)
        one, two, low, high, share = _weigh(log_likelihood, log_prior)
        factor = float(two - one)
        within.append((factor + log_odds, special.logsumexp(log_likelihood.sum(axis=0), axis=1)))
        assert series.score is not None
        levels = data.to_score(np.array([low, high]))
        found.append(
            RunsAtScale(
                scale=scale,
                model=model,
                scores=tuple(sorted(series.score[rows].tolist())),
                log_bayes_factor=factor,
                p_two_groups=float(special.expit(factor + log_odds)),
                low=float(levels[0]),
                high=float(levels[1]),
                share_high=share,
            )
        )
    alike = [joint for odds, joint in within if odds < 0.0] or [joint for _, joint in within]
    joint = log_prior + np.sum(alike, axis=0)
    weight = np.exp(joint - joint.max())
    cumulative = np.cumsum(weight / weight.sum())
    low, middle, high = (
        float(nodes[min(int(np.searchsorted(cumulative, q)), nodes.size - 1)]) for q in (0.05, 0.5, 0.95)
    )
    counts = data.kind == COUNTS
    sds = [math.sqrt(0.25 * value) if counts else value for value in (middle, low, high)]
    return RunVariation(
        scales=tuple(found),
        p_two_groups=1.0 - math.prod(1.0 - part.p_two_groups for part in found),
        dispersion=middle,
        dispersion_low=low,
        dispersion_high=high,
        run_sd=sds[0],
        run_sd_low=sds[1],
        run_sd_high=sds[2],
        kind="overdispersion" if counts else "standard deviation",
    )


def group_warnings(series: Series, settings: Settings) -> list[str]:
    """What a reader of an analysis must know of seeds that fall into two groups; nothing without seeds."""
    if series.seed is None or all(rows.size < NOTABLE_RUNS for rows in _groups(series).values()):
        return []
    return [
        f"the runs at {part.scale:g} fall in two groups, near {part.low:.3g} and {part.high:.3g} (probability "
        f"{part.p_two_groups:.2f}): the curve describes neither, but their mean; see run_variation"
        for part in run_variation(series, settings=settings).scales
        if part.p_two_groups >= settings.verdict.explanation_probability
    ]


def _groups(series: Series) -> Mapping[tuple[float, str], np.ndarray[Any, np.dtype[np.intp]]]:
    """Points of each scale, and of each model where models are named: other models are no repeated runs."""
    labels = series.model or ("",) * series.n_points
    keys = list(zip(series.scale.tolist(), labels, strict=True))
    return {
        key: np.array([i for i, other in enumerate(keys) if other == key], dtype=np.intp) for key in dict.fromkeys(keys)
    }


def _nodes(data: Observations, zero: float) -> tuple[FloatArray, FloatArray]:
    """Values of the dispersion and their log prior: a share at 0 where noise is known, the rest evenly in its log."""
    if data.kind == COUNTS:
        values = np.concatenate([[0.0], np.geomspace(SMALLEST_RHO, LARGEST_RHO, N_NODES)])
    else:
        values = np.concatenate([[0.0], np.geomspace(SMALLEST_SD, LARGEST_SD, N_NODES)])
    first = zero if np.all(data.second > 0.0) else 1e-12
    masses = np.concatenate([[first], np.full(N_NODES, (1.0 - first) / N_NODES)])
    return values, np.log(np.maximum(masses, 1e-300))


def _table(data: Observations, rows: np.ndarray[Any, np.dtype[np.intp]], nodes: FloatArray) -> FloatArray:
    """Log likelihood of each run at each node and cell of p, shape (n_runs, n_nodes, CELLS)."""
    p = (np.arange(CELLS) + 0.5) / CELLS
    y, size = data.first[rows, None, None], data.second[rows, None, None]
    if data.kind != COUNTS:
        sd = np.sqrt(size**2 + nodes[:, None] ** 2 + (0.25 / CELLS) ** 2)
        return np.asarray(-0.5 * ((y - p) / sd) ** 2 - np.log(sd) - 0.5 * math.log(2.0 * math.pi))
    choose = special.gammaln(size + 1.0) - special.gammaln(y + 1.0) - special.gammaln(size - y + 1.0)
    binomial = choose + y * np.log(p) + (size - y) * np.log1p(-p)
    total = (1.0 / nodes[1:] - 1.0)[:, None]
    a, b = p * total, (1.0 - p) * total
    spread = choose + special.betaln(y + a, size - y + b) - special.betaln(a, b)
    return np.concatenate([binomial, spread], axis=1)


def _weigh(log_likelihood: FloatArray, log_prior: FloatArray) -> tuple[float, float, float, float, float]:
    """Log evidence of one and of two groups; and both levels and the upper share, given two."""
    one = special.logsumexp((log_likelihood.sum(axis=0) - math.log(CELLS) + log_prior[:, None]).ravel())
    p = (np.arange(CELLS) + 0.5) / CELLS
    lower, upper = np.nonzero(p[None, :] - p[:, None] >= SEPARATION - 1e-12)
    share = (np.arange(SHARES) + 0.5) / SHARES
    joint = np.zeros((log_prior.size, SHARES, lower.size))
    for run in log_likelihood:
        peak = run.max(axis=1, keepdims=True)
        level = np.exp(run - peak)
        mixed = (1.0 - share)[None, :, None] * level[:, None, lower] + share[None, :, None] * level[:, None, upper]
        joint += np.log(np.maximum(mixed, 1e-300)) + peak[:, None, :]
    joint += log_prior[:, None, None] - math.log(SHARES * lower.size)
    two = special.logsumexp(joint.ravel())
    weight = np.exp(joint - two)
    each = weight.sum(axis=(0, 1))
    return (
        float(one), float(two), float((each * p[lower]).sum()), float((each * p[upper]).sum()),
        float((weight.sum(axis=(0, 2)) * share).sum()),
    )  # fmt: skip
