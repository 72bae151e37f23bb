"""The ladder of test-set sizes, and test sets drawn from the fitted smooth explanation.

The nodes of one analysis per size serve all replicates of that size, re-weighted for each; likelihoods are interpolated
between knots of the count, so that a replicate costs a sum of look-ups.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from emergence_stats.evidence.quadrature import Problem, all_curves, make_problem
from emergence_stats.findings import Evidence
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.outcomes import Outcomes
from emergence_stats.posterior import CURVE_EXPLANATION, EXPLANATIONS, Posterior, join, normalise
from emergence_stats.resolution.detectable import above_chance, smallest_excess
from emergence_stats.resolution.draws import CountedTestSets, items_at
from emergence_stats.resolution.items import items_to_decide, share_decided
from emergence_stats.resolution.joint import JointTestSets
from emergence_stats.resolution.judging import Arranged, Judged, Prefix, arrange, judge
from emergence_stats.series import FloatArray
from emergence_stats.threshold import ScaleMap
from emergence_stats.unpredictability import RIVALS, Unpredictability
from emergence_stats.verdict import VERDICTS, Verdict, decide

FEWEST_NULL = 100  # test sets from the smooth explanation, at least: fewer cannot show a share of 5 %
TAILS = (0.05, 0.5, 0.95)
SMOOTH = EXPLANATIONS.index("smooth")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdSpread:
    """The threshold over test sets of one size, in the scale's unit.

    Attributes:
        medians: 5 %, 50 % and 95 % quantile over test sets of the posterior median.
        interval: median over test sets of the lower and of the upper end of the 90 % posterior interval.
    """

    medians: tuple[float, float, float]
    interval: tuple[float, float]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SizeResult:
    """Verdicts on test sets of one size.

    Attributes:
        factor: size as a multiple of the one at hand.
        n_items: median items per scale.
        detectable_excess: smallest excess over chance that so many items show, in [0, 1].
        above_chance: of each point, the share of replicates in which its score is significantly above chance.
        verdicts: share of replicates with each verdict.
        p_phase_change: 5 %, 50 % and 95 % quantile over replicates of the posterior probability of phase change.
        threshold: over the replicates in which a rise in range is more probable than not; None if these are not the
            majority.
    """

    factor: float
    n_items: float
    detectable_excess: float
    above_chance: tuple[float, ...]
    verdicts: Mapping[str, float]
    p_phase_change: tuple[float, float, float]
    threshold: ThresholdSpread | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FalseSharpness:
    """What becomes of test sets drawn from the fitted smooth explanation, at the present size.

    Attributes:
        emergent: share of them called emergent, condition E6 apart.
        as_sharp: share of them called emergent with a log Bayes factor at least that of the data: the p-value of a
            parametric bootstrap, on which E6 rests. With E6 in force no more than its limit are called emergent.
        phase_change: share of them with a posterior probability of phase change above the limit of a decision.
        replicates: how many were drawn.
    """

    emergent: float
    as_sharp: float
    phase_change: float
    replicates: int

    def warnings(self, limit: float) -> list[str]:
        """What to say where smooth draws often pass the other conditions."""
        if self.emergent <= limit:
            return []
        said = (
            f"a smooth law can look like this: of test sets drawn from the fitted smooth curves, {self.emergent:.1%} "
            f"pass conditions E1 to E4, and {self.as_sharp:.1%} with evidence as strong as here (E6 allows {limit:.0%})"
        )
        return [said]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The ladder of test-set sizes.

    Attributes:
        replicates: resampled test sets per size.
        drawn: what test sets were redrawn by: "items" or "clusters" for all models at once, or "counts" of each model
            alone, where the outcomes of single items are not known.
        detectable_excess: smallest excess over chance that the items at hand show.
        sizes: results per size, ascending.
        verdict: the verdict on the test set at hand, condition E6 apart.
        items_to_decide: items per scale from which on a decision has the wanted probability; None if the largest size
            is not enough.
        false_sharpness: how often smooth growth would look sharp.
    """

    replicates: int
    drawn: str
    detectable_excess: float
    sizes: tuple[SizeResult, ...]
    verdict: Verdict
    items_to_decide: float | None
    false_sharpness: FalseSharpness

    @property
    def at_n(self) -> SizeResult:
        """The size nearest to the one at hand."""
        return min(self.sizes, key=lambda size: abs(math.log(size.factor)))

    @property
    def p_verdict_stable(self) -> float:
        """Share of test sets of the same size with the same verdict."""
        return self.at_n.verdicts.get(self.verdict.value, 0.0)

    @property
    def share_emergent_at_n(self) -> float:
        """Share of test sets of the same size that are called emergent."""
        return self.at_n.verdicts.get(Verdict.EMERGENT.value, 0.0)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the document."""
        return {
            "detectable_excess": self.detectable_excess,
            "p_verdict_stable": self.p_verdict_stable,
            "items_to_decide": self.items_to_decide,
            "false_sharpness": dataclasses.asdict(self.false_sharpness),
            "replicates": self.replicates,
            "drawn": self.drawn,
            "sizes": [
                {
                    "factor": size.factor,
                    "n_items": size.n_items,
                    "detectable_excess": size.detectable_excess,
                    "above_chance": list(size.above_chance),
                    "verdicts": dict(size.verdicts),
                    "p_phase_change": _named(size.p_phase_change),
                    "threshold": None
                    if size.threshold is None
                    else {
                        "median": _named(size.threshold.medians),
                        "interval": dict(zip(("low", "high"), size.threshold.interval, strict=True)),
                    },
                }
                for size in self.sizes
            ],
        }


def resample(
    posterior: Posterior,
    evidence: Evidence,
    foreseen: Unpredictability,
    to_scale: ScaleMap,
    *,
    replicates: int,
    seed: int,
    outcomes: Outcomes | None = None,
) -> Resolution | None:
    """Verdicts over the ladder of test-set sizes, and on test sets of the smooth explanation.

    Args:
        posterior: of the series at hand.
        evidence: its numbers, for the verdict that replicates are compared with.
        foreseen: its onset and the evidences from the points before it.
        to_scale: from position in the observed range to the scale.
        replicates: test sets per size.
        seed: of the generator.
        outcomes: the answers behind the scores, so that test sets are redrawn by whole items or clusters.

    Returns:
        None where the scores carry no number of items.
    """
    problem = posterior.problem
    data, settings = problem.observations, problem.settings
    if data.kind != COUNTS:
        return None
    generator = np.random.default_rng(seed)
    sets = CountedTestSets(data) if outcomes is None else JointTestSets(data, outcomes)
    prefix = _prefix_nodes(problem, foreseen)
    at_hand = arrange(posterior)
    sizes = []
    for factor in sorted(settings.resolution.size_factors):
        n_items = sets.items_at(factor)
        counts = sets.redraw(posterior, factor, replicates, generator)
        nodes = at_hand if factor >= 1.0 else arrange(_analysed(problem, data.first / data.second * n_items, n_items))
        judged = judge(nodes, evidence, counts, n_items, prefix)
        sizes.append(_summarise(judged, factor, counts, n_items, problem.chance, to_scale))
    fooled = _false_sharpness(posterior, evidence, sets, max(replicates, FEWEST_NULL), generator)
    return Resolution(
        replicates=replicates,
        drawn=sets.unit,
        detectable_excess=smallest_excess(problem.chance, float(np.median(data.second))),
        sizes=tuple(sizes),
        verdict=decide(evidence, settings.verdict),
        items_to_decide=items_to_decide(
            np.array([size.n_items for size in sizes]),
            np.array([share_decided(size.verdicts) for size in sizes]),
            settings.resolution.decide_probability,
        ),
        false_sharpness=fooled,
    )


def _false_sharpness(
    posterior: Posterior,
    evidence: Evidence,
    sets: CountedTestSets | JointTestSets,
    replicates: int,
    generator: np.random.Generator,
) -> FalseSharpness:
    """Draw from the smooth rows of the posterior alone, and judge.

    A power law so steep that its rise takes less than W* is sharp by condition E3, and is not drawn.
    """
    problem = posterior.problem
    n_items = items_at(problem.observations.second, 1.0)
    wide = ~(posterior.width * problem.observations.range_decades < problem.settings.prior.sharp_width)
    smooth = np.flatnonzero((CURVE_EXPLANATION[posterior.curve] == SMOOTH) & wide)
    fitted = posterior.take(smooth)
    counts = sets.predictive(fitted, normalise(fitted.log_weight), n_items, replicates, generator)
    # The nodes at hand may suit a sharp rise, which no data set drawn here has: these get nodes of their own.
    nodes = _analysed(problem, counts.mean(axis=0), n_items)
    judged = judge(
        arrange(nodes),
        dataclasses.replace(evidence, objection=None, companion=None),
        counts,
        n_items,
        _prefix_nodes(nodes.problem),
    )
    limit = problem.settings.verdict.explanation_probability
    emergent = judged.verdict == VERDICTS.index(Verdict.EMERGENT)
    return FalseSharpness(
        emergent=float(np.mean(emergent)),
        as_sharp=float(np.mean(emergent & (judged.log_bayes_factor >= evidence.log_bayes_factor))),
        phase_change=float(np.mean(judged.p_phase_change > limit)),
        replicates=replicates,
    )


def _analysed(problem: Problem, n_correct: FloatArray, n_items: FloatArray) -> Posterior:
    """Nodes that suit test sets with about these counts: one more analysis, a rough one."""
    data = problem.observations
    similar = dataclasses.replace(data, first=n_correct, second=n_items, score=n_correct / n_items)
    effort = dataclasses.replace(problem.settings.evidence, max_refinements=1)
    settings = dataclasses.replace(problem.settings, evidence=effort)
    another = make_problem(similar, settings, problem.scale_kind, answer_tokens=problem.answer_tokens)
    return join(all_curves(another), another)


def _prefix_nodes(problem: Problem, foreseen: Unpredictability | None = None) -> Prefix:
    """Nodes from the points before an onset, computed when asked for and kept."""

    @functools.cache
    def nodes(onset: int) -> Arranged:
        before = np.arange(onset)
        if foreseen is not None and foreseen.onset == onset:
            return arrange(join(foreseen.prefix, problem, names=RIVALS, points=before), asked=False)
        used = (np.arange(problem.observations.position.size) < onset).astype(np.float64)
        tolerance = 2.0 * problem.settings.evidence.tolerance
        found = all_curves(problem, used=used, names=RIVALS, tolerance=tolerance)
        return arrange(join(found, problem, names=RIVALS, points=before), asked=False)

    return nodes


def _summarise(
    judged: Judged, factor: float, counts: FloatArray, n_items: FloatArray, chance: float, to_scale: ScaleMap
) -> SizeResult:
    """Shares and quantiles over the replicates of one size."""
    items = float(np.median(n_items))
    counted = np.bincount(judged.verdict, minlength=len(VERDICTS)) / judged.verdict.size
    shares = {verdict.value: share for verdict, share in zip(VERDICTS, counted.tolist(), strict=True) if share > 0.0}
    low, median, high = np.quantile(judged.p_phase_change, TAILS).tolist()
    return SizeResult(
        factor=factor,
        n_items=items,
        detectable_excess=smallest_excess(chance, items),
        above_chance=tuple(above_chance(counts, n_items, chance).mean(axis=0).tolist()),
        verdicts=dict(sorted(shares.items())),
        p_phase_change=(low, median, high),
        threshold=_threshold_spread(judged, to_scale),
    )


def _threshold_spread(judged: Judged, to_scale: ScaleMap) -> ThresholdSpread | None:
    """Over the replicates with a rise; a loss runs backwards, so ends are put in order."""
    rising = judged.rise_in_range > 0.5
    if np.mean(rising) <= 0.5:
        return None
    scales = np.sort(to_scale(judged.threshold[rising]), axis=1)
    low, median, high = np.quantile(scales[:, 1], TAILS, method="nearest").tolist()
    lower, upper = np.quantile(scales[:, (0, 2)], 0.5, axis=0, method="nearest").tolist()
    return ThresholdSpread(medians=(low, median, high), interval=(lower, upper))


def _named(values: tuple[float, float, float]) -> dict[str, float]:
    """low, median and high."""
    return dict(zip(("low", "median", "high"), values, strict=True))
