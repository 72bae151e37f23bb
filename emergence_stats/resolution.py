"""What can this many test items show? Verdicts on resampled test sets, smaller, as large and larger (condition E6).

Smaller test sets are drawn from the one at hand without replacement; sets as large and larger come from the
model-averaged posterior predictive, not from the raw proportions, which would turn sampling noise into structure. The
nodes of one analysis per size serve all replicates of that size, re-weighted for each; likelihoods are interpolated
between knots of the count, so that a replicate costs a sum of look-ups.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from numba.typed import List

from emergence_stats.conditions import Indicators, indicators, numbers
from emergence_stats.evidence.quadrature import Problem, all_curves, make_problem
from emergence_stats.evidence.replicates import knots_of, node_likelihoods, replicate_sums
from emergence_stats.models.likelihood import COUNTS, Observations
from emergence_stats.posterior import (
    CURVE_EXPLANATION,
    CURVE_NAMES,
    EXPLANATIONS,
    Posterior,
    join,
    log_curve_priors,
    systematic_rows,
)
from emergence_stats.predictive_draws import MOST_ITEMS, beta_binomial
from emergence_stats.series import FloatArray
from emergence_stats.unpredictability import RIVALS, Unpredictability
from emergence_stats.verdict import Evidence, Verdict, decide

Z95, Z80 = 1.6448536269514722, 0.8416212335729143
KNOTS = 12  # knots of the count per point
MAX_NODES = 500  # nodes per curve that replicates use
PHASE = EXPLANATIONS.index("phase_change")
SMOOTH = EXPLANATIONS.index("smooth")
DECIDED = tuple(verdict for verdict in Verdict if verdict not in (Verdict.UNDETERMINED, Verdict.RESOLUTION_ARTIFACT))


def smallest_excess(chance: float, n_items: float) -> float:
    """Smallest excess over chance that n items show: (z.95 + z.8) sqrt(chance (1 - chance) / n), at least 3 / n."""
    return max((Z95 + Z80) * math.sqrt(chance * (1.0 - chance) / n_items), 3.0 / n_items)


def detectable_excess(data: Observations) -> float | None:
    """The same for the series, with the median number of items; None for scores without items or without chance."""
    if data.kind != COUNTS or data.chance is None:
        return None
    return smallest_excess(data.chance, float(np.median(data.second)))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SizeResult:
    """Verdicts on test sets of one size.

    Attributes:
        factor: size as a multiple of the one at hand.
        n_items: median items per scale.
        detectable_excess: smallest excess over chance that so many items show, in [0, 1].
        verdicts: share of replicates with each verdict.
        p_phase_change: 5 %, 50 % and 95 % quantile over replicates of the posterior probability of phase change.
    """

    factor: float
    n_items: float
    detectable_excess: float
    verdicts: Mapping[str, float]
    p_phase_change: tuple[float, float, float]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The ladder of test-set sizes.

    Attributes:
        replicates: resampled test sets per size.
        detectable_excess: smallest excess over chance that the items at hand show.
        sizes: results per size, ascending.
        verdict: the verdict on the test set at hand.
        items_to_decide: smallest number of items per scale on the ladder from which on a decision has the wanted
            probability; None if no size on it does.
    """

    replicates: int
    detectable_excess: float
    sizes: tuple[SizeResult, ...]
    verdict: Verdict
    items_to_decide: float | None

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

    def to_dict(self) -> dict[str, object]:
        """Plain values for the document."""
        return {
            "detectable_excess": self.detectable_excess,
            "p_verdict_stable": self.p_verdict_stable,
            "items_to_decide": self.items_to_decide,
            "replicates": self.replicates,
            "sizes": [
                {
                    "factor": size.factor,
                    "n_items": size.n_items,
                    "detectable_excess": size.detectable_excess,
                    "verdicts": dict(size.verdicts),
                    "p_phase_change": dict(zip(("low", "median", "high"), size.p_phase_change, strict=True)),
                }
                for size in self.sizes
            ],
        }


def resample(
    posterior: Posterior, evidence: Evidence, foreseen: Unpredictability, replicates: int, seed: int
) -> Resolution | None:
    """Verdicts over the ladder of test-set sizes.

    Args:
        posterior: of the series at hand.
        evidence: its numbers, for the verdict that replicates are compared with.
        foreseen: its onset and the evidences from the points before it.
        replicates: test sets per size.
        seed: of the generator.

    Returns:
        None where the scores carry no number of items.
    """
    problem = posterior.problem
    if problem.observations.kind != COUNTS:
        return None
    settings = problem.settings
    generator = np.random.default_rng(seed)
    verdict = decide(evidence, settings.verdict)
    sizes = []
    for factor in sorted(settings.resolution.size_factors):
        n_items = np.clip(np.rint(problem.observations.second * factor), 1.0, MOST_ITEMS)
        counts = _draw_counts(posterior, n_items, factor, replicates, generator)
        outcomes, p_phase = _judge(posterior, evidence, foreseen, counts, n_items, factor)
        tally = Counter(str(outcome) for outcome in outcomes)
        low, median, high = np.quantile(p_phase, (0.05, 0.5, 0.95)).tolist()
        sizes.append(
            SizeResult(
                factor=factor,
                n_items=float(np.median(n_items)),
                detectable_excess=smallest_excess(problem.chance, float(np.median(n_items))),
                verdicts={name: tally[name] / replicates for name in sorted(tally)},
                p_phase_change=(low, median, high),
            )
        )
    return Resolution(
        replicates=replicates,
        detectable_excess=smallest_excess(problem.chance, float(np.median(problem.observations.second))),
        sizes=tuple(sizes),
        verdict=verdict,
        items_to_decide=_items_to_decide(sizes, settings.resolution.decide_probability),
    )


def _draw_counts(
    posterior: Posterior, n_items: FloatArray, factor: float, replicates: int, generator: np.random.Generator
) -> FloatArray:
    """Resampled counts, shape (replicates, n_points)."""
    data = posterior.problem.observations
    if factor < 1.0:
        right = np.rint(data.first).astype(np.int64)
        wrong = np.maximum(np.rint(data.second).astype(np.int64) - right, 0)
        drawn = np.minimum(n_items.astype(np.int64), right + wrong)
        if np.all(right + wrong < 10**9):
            return generator.hypergeometric(right, wrong, drawn, size=(replicates, drawn.size)).astype(np.float64)
        return generator.binomial(drawn, right / (right + wrong), size=(replicates, drawn.size)).astype(np.float64)
    rows = systematic_rows(posterior.weight, replicates)
    rho = data.dispersion[posterior.dispersion[rows]]
    return beta_binomial(posterior.values[rows], rho, n_items, generator)


def _at_size(posterior: Posterior, n_items: FloatArray, factor: float) -> Posterior:
    """Nodes that suit test sets of this size: those at hand, or those of the same proportions on fewer items."""
    if factor >= 1.0:
        return posterior
    problem = posterior.problem
    data = problem.observations
    scaled = dataclasses.replace(data, first=data.first / data.second * n_items, second=n_items)
    effort = dataclasses.replace(problem.settings.evidence, max_refinements=1)
    settings = dataclasses.replace(problem.settings, evidence=effort)
    smaller: Problem = make_problem(scaled, settings, problem.scale_kind)
    return join(all_curves(smaller), smaller)


def _thin(posterior: Posterior) -> Posterior:
    """At most `MAX_NODES` rows per curve, the heaviest ones, with the curve's evidence kept."""
    kept: list[npt.NDArray[np.intp]] = []
    for index in range(len(CURVE_NAMES)):
        mine = np.flatnonzero(posterior.curve == index)
        if mine.size > MAX_NODES:
            mine = np.sort(mine[np.argsort(-posterior.log_weight[mine], kind="stable")[:MAX_NODES]])
        kept.append(mine)
    rows = np.concatenate(kept)
    return posterior.take(rows)


def _judge(
    posterior: Posterior,
    evidence: Evidence,
    foreseen: Unpredictability,
    counts: FloatArray,
    n_items: FloatArray,
    factor: float,
) -> tuple[list[Verdict], FloatArray]:
    """Verdict and P(phase change) of every replicate."""
    problem = posterior.problem
    settings = problem.settings
    nodes = _thin(_at_size(posterior, n_items, factor))
    everything = np.arange(counts.shape[1])
    logs, found = _sums(nodes, counts, n_items, everything, indicators(nodes).table)
    rivals = np.isin(CURVE_EXPLANATION, (PHASE, SMOOTH))
    prefix = np.full_like(logs, -np.inf)
    if foreseen.onset is not None:
        before = np.arange(foreseen.onset)
        earlier = _thin(join(foreseen.prefix, problem, names=RIVALS, points=before))
        prefix, _ = _sums(earlier, counts, n_items, before, np.zeros((earlier.curve.size, 0)))
    priors = log_curve_priors(settings.prior.explanation_masses)
    phase, smooth = (CURVE_EXPLANATION == PHASE), (CURVE_EXPLANATION == SMOOTH)
    bare = logs - priors
    factor_all = _log_mean(bare[:, phase]) - _log_mean(bare[:, smooth])
    factor_power = _log_mean(bare[:, phase]) - bare[:, CURVE_NAMES.index("power_law")]
    gain = np.full(counts.shape[0], np.nan)
    if foreseen.onset is not None and rivals.any():
        earlier_bare = prefix - priors
        gain = factor_all - (_log_mean(earlier_bare[:, phase]) - _log_mean(earlier_bare[:, smooth]))
    excess = smallest_excess(problem.chance, float(np.median(n_items)))
    verdicts = []
    for row in range(counts.shape[0]):
        single = dataclasses.replace(
            evidence,
            numbers=numbers(found[row], chance_defined=problem.observations.chance is not None),
            log_bayes_factor=float(factor_all[row]),
            log_bayes_factor_power=float(factor_power[row]),
            unpredictable=None if foreseen.onset is None else float(gain[row]),
            detectable_excess=excess,
            resolution_stability=None,
        )
        verdicts.append(decide(single, settings.verdict))
    return verdicts, found[:, Indicators.NAMES.index("phase_change")]


def _sums(
    nodes: Posterior, counts: FloatArray, n_items: FloatArray, points: npt.NDArray[np.intp], indicator: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Log evidence per curve (prior mass included) and indicator probabilities of every replicate."""
    data, prior = nodes.problem.observations, nodes.problem.settings.prior
    tables = List()
    below = np.zeros((counts.shape[0], points.size))
    share = np.zeros_like(below)
    for column, point in enumerate(points.tolist()):
        knots = knots_of(counts[:, point], KNOTS)
        at = np.clip(np.searchsorted(knots, counts[:, point], side="right") - 1, 0, max(knots.size - 2, 0))
        below[:, column] = at
        if knots.size > 1:
            share[:, column] = (counts[:, point] - knots[at]) / (knots[at + 1] - knots[at])
        tables.append(
            node_likelihoods(
                data.kind,
                knots,
                float(n_items[point]),
                data.dispersion,
                nodes.dispersion.astype(np.float64),
                np.ascontiguousarray(nodes.values[:, point]),
                prior.failed_run_rate,
                prior.failed_run_softness,
            )
        )
    base = nodes.log_weight - nodes.pointwise[:, points].sum(axis=1)
    starts = np.searchsorted(nodes.curve, np.arange(len(CURVE_NAMES) + 1)).astype(np.float64)
    logs, found = replicate_sums(base, tables, below, share, starts, np.ascontiguousarray(indicator.T))
    return logs, found


def _log_mean(logs: FloatArray) -> FloatArray:
    """Log of the mean over curves, shape (n_replicates,)."""
    most = np.maximum(logs.max(axis=1), -1e290)
    return np.asarray(most + np.log(np.maximum(np.exp(logs - most[:, None]).mean(axis=1), 1e-300)))


def _items_to_decide(sizes: list[SizeResult], wanted: float) -> float | None:
    """Smallest size from which on every larger one decides with the wanted probability."""
    enough: float | None = None
    for size in reversed(sizes):
        decided = sum(size.verdicts.get(verdict.value, 0.0) for verdict in DECIDED)
        if decided < wanted:
            break
        enough = size.n_items
    return enough
