"""The JSON document of one comparison."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from emergence_stats._version import __version__
from emergence_stats.pairs.constant import Constant

SCHEMA_VERSION = "1.0"

if TYPE_CHECKING:
    from emergence_stats.pairs.result import PairComparison


def to_document(found: PairComparison) -> dict[str, Any]:
    """Plain values; no infinity, no NaN."""
    constant = found.baseline if isinstance(found.baseline, Constant) else None
    crossover, strategy = found.crossover, found.strategy
    return {
        "kind": "comparison",
        "schema_version": SCHEMA_VERSION,
        "program_version": __version__,
        "name": found.name,
        "identity": dict(found.identity),
        "baseline": found.baseline.name,
        "strategy": strategy.name,
        "constant": None if constant is None else constant.to_dict(),
        "metric": strategy.metric,
        "higher_is_better": strategy.higher_is_better,
        "score_bounds": None if strategy.score_bounds is None else list(strategy.score_bounds),
        "scale_kind": found.scale_kind,
        "scale_unit": strategy.scale_unit,
        "margin": found.margin,
        "paired_by": found.paired_by,
        "verdict": found.verdict.value,
        "verdict_words": found.verdict_words,
        "reason": found.reason,
        "remedy": found.remedy,
        "summary": found.summary(),
        "probabilities": dict(found.probabilities),
        "states": dict(found.states),
        "curves": dict(found.curves),
        "begins": found.begins.to_dict(),
        "p_begins_in_range": crossover.p_in_range,
        "p_from_start": crossover.p_from_start,
        "p_not_yet": crossover.p_not_yet,
        "effect": found.effect.to_dict(),
        "points": [dataclasses.asdict(point) for point in found.points],
        "effective_draws": found.effective_draws if math.isfinite(found.effective_draws) else None,
        "warnings": list(found.warnings),
    }
