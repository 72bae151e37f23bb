"""A verdict for every replicate of one size, from the nodes of one analysis re-weighted for each.

The onset that condition E4 asks for is found in each replicate; its evidence is computed for the most common one among
those that could be called emergent.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from emergence_stats.conditions import Indicators, indicators, looks_absent, onset_indices
from emergence_stats.evidence.replicates import replicate_sums, replicate_tables
from emergence_stats.findings import Evidence
from emergence_stats.posterior import (
    CURVE_EXPLANATION,
    CURVE_NAMES,
    EXPLANATIONS,
    HAS_THRESHOLD,
    Posterior,
    log_curve_priors,
)
from emergence_stats.resolution.detectable import smallest_excess
from emergence_stats.series import FloatArray
from emergence_stats.verdict import VERDICTS, Quantities, Verdict, decide_each

KNOTS = 12  # knots of the count per point
MAX_NODES = 500  # nodes per curve that stand for all of them in replicates
QUANTILES = (0.05, 0.5, 0.95)
PHASE = EXPLANATIONS.index("phase_change") == CURVE_EXPLANATION
SMOOTH = EXPLANATIONS.index("smooth") == CURVE_EXPLANATION
POWER_LAW = CURVE_NAMES.index("power_law")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arranged:
    """Nodes of one analysis, thinned, nodes alike in curve and indicators side by side: one sum serves them all.

    Attributes:
        nodes: n of them, of any curves.
        starts: first node of each group, and n, shape (n_groups + 1,).
        group_curve: 1 for the curve of each group, shape (n_groups, n_curves).
        group_indicator: what is true of each group, 0 or 1, shape (n_groups, n_indicators).
        ordered: nodes with a midpoint by their midpoint, ascending.
    """

    nodes: Posterior
    starts: FloatArray
    group_curve: FloatArray
    group_indicator: FloatArray
    ordered: npt.NDArray[np.intp]


Prefix = Callable[[int], Arranged]


def arrange(nodes: Posterior, *, asked: bool = True) -> Arranged:
    """Lay out nodes for replicates.

    Args:
        nodes: of one analysis.
        asked: whether indicators and midpoints are asked for, and not the evidences of curves alone.
    """
    kept = nodes.thinned_curves(MAX_NODES)
    indicator = indicators(kept).table if asked else np.empty((kept.curve.size, 0))
    code = np.sum(indicator * 2.0 ** np.arange(indicator.shape[1]), axis=1)
    order = np.lexsort((code, kept.curve))
    kept, code = kept.take(order), code[order]
    first = np.flatnonzero(np.concatenate(([True], (np.diff(kept.curve) != 0) | (np.diff(code) != 0))))
    rising = np.flatnonzero(HAS_THRESHOLD[kept.curve]) if asked else np.empty(0, dtype=np.intp)
    return Arranged(
        nodes=kept,
        starts=np.append(first, kept.curve.size).astype(np.float64),
        group_curve=(kept.curve[first][:, None] == np.arange(len(CURVE_NAMES))).astype(np.float64),
        group_indicator=indicator[order][first],
        ordered=rising[np.argsort(kept.threshold[rising], kind="stable")],
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was said of each replicate; arrays over replicates.

    Attributes:
        verdict: index into `VERDICTS`, shape (n,).
        p_phase_change: posterior probability of phase change, shape (n,).
        log_bayes_factor: phase change over smooth, in nats, shape (n,).
        rise_in_range: posterior probability of a midpoint in the observed range, shape (n,).
        threshold: `QUANTILES` of the midpoint in observed ranges, given a rise, shape (n, 3).
    """

    verdict: npt.NDArray[np.intp]
    p_phase_change: FloatArray
    log_bayes_factor: FloatArray
    rise_in_range: FloatArray
    threshold: FloatArray


def judge(nodes: Arranged, evidence: Evidence, counts: FloatArray, n_items: FloatArray, prefix: Prefix) -> Judged:
    """Judge every replicate.

    Args:
        nodes: of an analysis of a similar data set.
        evidence: of the series at hand, for what does not depend on the replicate.
        counts: shape (n_replicates, n_points).
        n_items: items of each point, shape (n_points,).
        prefix: nodes from the points before an onset, of the curves that E4 compares.
    """
    problem = nodes.nodes.problem
    data, limits = problem.observations, problem.settings.verdict
    logs, sums, threshold = _weigh(nodes, counts, n_items, np.arange(data.position.size))
    probability = dict(zip(Indicators.NAMES, np.clip(sums, 0.0, 1.0).T, strict=True))
    score = counts / n_items
    found = Quantities.of(
        dataclasses.replace(
            evidence,
            detectable_excess=smallest_excess(problem.chance, float(np.median(n_items))),
            resolution_stability=None,
            false_sharpness=None,
        ),
        probability,
        log_bayes_factor=_log_factor(logs),
        log_bayes_factor_power=_log_mean(logs[:, PHASE]) - logs[:, POWER_LAW],
        unpredictable=np.full(counts.shape[0], np.inf),
        looks_absent=looks_absent(score, data.position, data.chance, limits.absent_excess),
    )
    # Only where everything else speaks for "emergent" does a verdict depend on E4.
    asked = np.flatnonzero(decide_each(found, limits) == VERDICTS.index(Verdict.EMERGENT))
    gain = np.full(counts.shape[0], np.nan)
    smoothed = (counts[asked] + 1.0) / (n_items + 2.0)
    onset = onset_indices(score[asked], smoothed * (1.0 - smoothed) / n_items, problem.chance, problem.guess_sd)
    if np.any(onset > 0):
        common = int(np.bincount(onset[onset > 0]).argmax())
        asked = asked[onset > 0]
        before = np.arange(common)
        logs_before, _, _ = _weigh(prefix(common), counts[asked], n_items, before)
        gain[asked] = found.log_bayes_factor[asked] - _log_factor(logs_before)
    return Judged(
        verdict=decide_each(dataclasses.replace(found, unpredictable=gain), limits),
        p_phase_change=probability["phase_change"],
        log_bayes_factor=found.log_bayes_factor,
        rise_in_range=probability["rise_in_range"],
        threshold=threshold,
    )


def _weigh(
    arranged: Arranged, counts: FloatArray, n_items: FloatArray, points: npt.NDArray[np.intp]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Re-weight the nodes by the likelihood of every replicate at some points.

    Args:
        arranged: the nodes.
        counts: shape (m, n_points).
        n_items: shape (n_points,).
        points: which points count.

    Returns:
        log evidence of every curve, shape (m, n_curves); probability of every indicator, shape (m, n_indicators);
        quantiles of the midpoint over the nodes that have one, shape (m, 3).
    """
    nodes, ordered = arranged.nodes, arranged.ordered
    data, prior = nodes.problem.observations, nodes.problem.settings.prior
    tables, below, share = replicate_tables(
        np.ascontiguousarray(counts[:, points]),
        n_items[points],
        KNOTS,
        data.dispersion,
        nodes.dispersion.astype(np.float64),
        np.ascontiguousarray(nodes.values[:, points].T),
        prior.failed_run_rate,
        prior.failed_run_softness,
    )
    largest, sums, quantiles = replicate_sums(
        nodes.log_weight - nodes.pointwise[:, points].sum(axis=1),
        tables,
        below,
        share,
        arranged.starts,
        ordered.astype(np.float64),
        np.array(QUANTILES),
    )
    # Not matrix products: BLAS sums in an order that depends on its number of threads.
    by_curve = np.einsum("bg,gc->bc", sums, arranged.group_curve)
    probability = np.einsum("bg,gk->bk", sums, arranged.group_indicator) / sums.sum(axis=1, keepdims=True)
    threshold = nodes.threshold[ordered[quantiles.astype(np.intp)]] if ordered.size else quantiles
    priors = log_curve_priors(prior.explanation_masses)
    return largest[:, None] + np.log(np.maximum(by_curve, 1e-300)) - priors, probability, threshold


def _log_mean(logs: FloatArray) -> FloatArray:
    """Log of the mean over curves, shape (m,)."""
    most = logs.max(axis=1)
    return np.asarray(most + np.log(np.exp(logs - most[:, None]).mean(axis=1)))


def _log_factor(bare: FloatArray) -> FloatArray:
    """Log Bayes factor of phase change over smooth from log evidences of curves, shape (m,)."""
    return _log_mean(bare[:, PHASE]) - _log_mean(bare[:, SMOOTH])
