"""`regrade`: the same answers by another metric."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from emergence_stats.arguments import instance
from emergence_stats.errors import InputError
from emergence_stats.items.graders import GRADERS, Grader, cluster_sums
from emergence_stats.items.matrix import Items
from emergence_stats.series import FloatArray


def regrade(
    items: Items,
    *,
    metric: str | Callable[[Items], npt.ArrayLike],
    name: str | None = None,
    chance_level: float | None = None,
    score_bounds: tuple[float, float] | None = (0.0, 1.0),
    higher_is_better: bool = True,
) -> Items:
    """Score the same answers by another metric.

    Args:
        items: answers of models.
        metric: a name of `emergence_stats.items.graders.GRADERS`: ``exact_match``, ``edit_distance``,
            ``normalized_edit_distance`` and ``per_character_accuracy`` compare ``response`` with ``target``;
            ``all_correct`` asks that every item of a cluster be right, and clusters are the items afterwards. Or a
            function from `Items` to outcomes, shape (n_models, n_items): ``lambda items: items.score < 0.02``.
        name: name of the metric, for a function; by default the function's own.
        chance_level: score of random answers by the new metric; by default 0 for metrics of texts, chance^L for
            ``all_correct`` (averaged over the clusters), else assumed to be the worst score, with a warning.
        score_bounds: of the metric, for a function; None if it has none.
        higher_is_better: of the metric, for a function.

    Returns:
        Items with the new outcomes, the same scales, clusters and texts.

    Raises:
        InputError: there is no such metric, or the items lack what it needs.
        SeriesError: a function's outcomes have another shape, or lie outside the bounds.
    """
    instance("items", items, Items)
    grader, label = _grader(metric, name, score_bounds, higher_is_better=higher_is_better)
    score = grader.grade(items)
    level = chance_level
    changes: dict[str, object] = {}
    if grader.of_clusters:
        _, size = cluster_sums(items)
        changes = {"item": np.unique(np.asarray(items.cluster)), "cluster": None, "response": None, "target": None}
        changes["answer_tokens"] = float(size.mean()) * (items.answer_tokens or 1.0)
        if level is None and items.chance_level is not None:
            level = float(np.mean(items.chance_level**size))
    elif score.shape != items.score.shape:
        msg = f"{label}: expected outcomes of shape {items.score.shape}, models by items, got {score.shape}"
        raise InputError(msg)
    elif level is None and isinstance(metric, str) and grader.higher_is_better:
        level = 0.0
    return dataclasses.replace(
        items,
        score=score,
        metric=label,
        chance_level=level,
        score_bounds=grader.score_bounds,
        higher_is_better=grader.higher_is_better,
        identity={**items.identity, "metric": label},
        **changes,  # type: ignore[arg-type]
    )


def _grader(
    metric: object, name: str | None, score_bounds: tuple[float, float] | None, *, higher_is_better: bool
) -> tuple[Grader, str]:
    """A grader and its name, from the name of one or from a function."""
    if isinstance(metric, str) and metric in GRADERS:
        return GRADERS[metric], metric
    if not callable(metric):
        msg = f"metric: expected one of {', '.join(GRADERS)}, or a function, got {metric!r:.60}"
        raise InputError(msg)

    def grade(items: Items) -> FloatArray:
        return np.asarray(metric(items), dtype=np.float64)

    grader = Grader(grade=grade, score_bounds=score_bounds, higher_is_better=higher_is_better)
    return grader, name or str(getattr(metric, "__name__", "regraded"))
