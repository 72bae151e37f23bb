"""What a reader of a verdict must know besides it."""

from __future__ import annotations

import numpy as np

from emergence_stats import sentences
from emergence_stats.comparison import Comparison
from emergence_stats.conditions import excess_at_start
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.posterior import Posterior
from emergence_stats.repeated_runs import group_warnings
from emergence_stats.resolution.ladder import Resolution
from emergence_stats.series import Series
from emergence_stats.stacking import Predictive

NOTABLE_OVERDISPERSION = 0.03  # posterior mean of rho; at 100 items it quadruples the variance


def noteworthy(
    series: Series,
    posterior: Posterior,
    comparison: Comparison,
    predictive: Predictive,
    resolution: Resolution | None,
) -> tuple[str, ...]:
    """What a reader of the verdict must know."""
    data = posterior.problem.observations
    found = [*series.warnings, *data.warnings]
    if excess_at_start(data, posterior.problem.settings.verdict.absent_excess) < 0.0:
        found.append(sentences.below_chance(series))
    scatter = float(np.sum(posterior.weight * data.dispersion[posterior.dispersion]))
    if data.kind == COUNTS and scatter > NOTABLE_OVERDISPERSION:
        found.append(
            f"the scores scatter more than their numbers of items allow (overdispersion about {scatter:.2g}): single "
            "models stand apart from the curve"
        )
    found += group_warnings(series, posterior.problem.settings)
    if series.n_scales < 4:
        found.append(f"only {series.n_scales} distinct scales: few explanations can be told apart")
    if comparison.evidence_error > max(0.5, 0.2 * abs(comparison.log_bayes_factor)):
        found.append(f"the log Bayes factor is known to {comparison.evidence_error:.2f} nats only")
    if predictive.disagreement is not None:
        found.append(predictive.disagreement)
    if resolution is not None:
        found += resolution.false_sharpness.warnings(posterior.problem.settings.verdict.false_sharpness)
    return tuple(dict.fromkeys(found))
