"""Every explanation of one series weighed: the first half of `analyze`, which companion metrics go through as well."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from emergence_stats.comparison import Comparison, compare
from emergence_stats.conditions import Indicators, Numbers, indicators, numbers, probabilities
from emergence_stats.engines import find_evidences
from emergence_stats.evidence.quadrature import CurveEvidence, Problem, make_problem
from emergence_stats.ingest.registries.metrics import metric_spec
from emergence_stats.models.likelihood import observe
from emergence_stats.posterior import Posterior, join
from emergence_stats.series import Series
from emergence_stats.settings import Settings


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighed:
    """The posterior of one series.

    Attributes:
        problem: what was observed, and the settings.
        evidences: nodes of every curve.
        posterior: the same side by side, weighted.
        comparison: posterior over curves and explanations.
        indicator: what is true of each row of the posterior.
        numbers: posterior probabilities that verdicts are made of.
        faults: what went wrong in the engine.
    """

    problem: Problem
    evidences: Mapping[str, CurveEvidence]
    posterior: Posterior
    comparison: Comparison
    indicator: Indicators
    numbers: Numbers
    faults: tuple[str, ...]


def bearing_length(series: Series) -> float | None:
    """The length of the answers, where it is known and acts as p^L: all must be right, and none is right by chance."""
    spec = metric_spec(series.metric)
    partial = spec is not None and bool(spec.linear or spec.continuous)
    return None if partial or series.chance_level != 0.0 else series.answer_tokens


def weigh(series: Series, settings: Settings, seed: int, *, floor_known: bool = True) -> Weighed:
    """Integrate every curve and compare them.

    Args:
        series: at least two scales.
        settings: priors, limits and effort.
        seed: of engines that draw random numbers.
        floor_known: whether small models score near the chance level. If not, the floor of every curve is free, as for
            a metric without a chance level.
    """
    observations = observe(series, settings.prior)
    if not floor_known:
        observations = dataclasses.replace(observations, chance=None)
    problem = make_problem(observations, settings, series.scale_kind, answer_tokens=bearing_length(series))
    evidences, faults = find_evidences(problem, seed)
    posterior = join(evidences, problem)
    indicator = indicators(posterior)
    return Weighed(
        problem=problem,
        evidences=evidences,
        posterior=posterior,
        comparison=compare(evidences, settings.prior.explanation_masses),
        indicator=indicator,
        numbers=numbers(probabilities(indicator, posterior.weight), chance_defined=observations.chance is not None),
        faults=faults,
    )
