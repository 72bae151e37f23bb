"""Answers to the same items under both prompts: which are they, and on how many did they disagree?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emergence_stats.errors import SeriesError
from emergence_stats.pairs.matching import Matched
from emergence_stats.series import Series

Answers = tuple[npt.ArrayLike, npt.ArrayLike]
CLOSE = 1e-6  # between a score and the share of right answers it should be


def shared_answers(baseline: Series, strategy: Series) -> tuple[Answers | None, tuple[str, ...]]:
    """Answers of both series to the same items, in one order, if both carry them; and what a reader must know.

    Items are the same where their labels are; items without labels are taken in the order in which they stand.

    Returns:
        answers of baseline and strategy, each of shape (n_points, n_items), or None where pairs cannot be paired by
        item; and warnings.
    """
    first, second = baseline.outcomes, strategy.outcomes
    if first is None or second is None:
        return None, ()
    if not (first.binary and second.binary):
        return None, ("answers that are not 0 or 1: paired by model alone",)
    if first.cluster is not None or second.cluster is not None:
        return None, ("items in clusters: paired by model alone",)
    if first.item is None or second.item is None:
        if first.n_items != second.n_items:
            return None, (f"{first.n_items} and {second.n_items} items without labels: paired by model alone",)
        return (first.score, second.score), ("the items of both are taken to be the same, in the same order",)
    shared, here, there = np.intersect1d(first.item, second.item, assume_unique=True, return_indices=True)
    if not shared.size == first.n_items == second.n_items:
        share = f"{shared.size} items are shared by both test sets of {first.n_items} and {second.n_items}"
        return None, (f"only {share}: paired by model alone",)
    return (first.score[:, here], second.score[:, there]), ()


def count_discordant(
    outcomes: tuple[npt.ArrayLike, npt.ArrayLike], baseline: Series, strategy: Series, matched: Matched
) -> npt.NDArray[np.intp]:
    """Items right under the strategy alone, and under the baseline alone, for each pair, shape (n_pairs, 2).

    Raises:
        SeriesError: the answers are not 0 or 1, not of the series' points, not to the same number of items, or not
            those that the scores are the shares of.
    """
    arrays = []
    for role, given, series in zip(("baseline", "strategy"), outcomes, (baseline, strategy), strict=True):
        array = np.asarray(given, dtype=np.float64)
        if array.ndim != 2 or array.shape[0] != series.n_points:
            msg = f"outcomes: expected {series.n_points} rows of items for the {role}, got shape {array.shape}"
            raise SeriesError(msg)
        if not np.isin(array, (0.0, 1.0)).all():
            msg = f"outcomes: expected 0 or 1 for every item of the {role}"
            raise SeriesError(msg)
        assert series.score is not None
        if np.abs(array.mean(axis=1) - series.score).max() > CLOSE:
            worst = int(np.argmax(np.abs(array.mean(axis=1) - series.score)))
            msg = (
                f"outcomes: expected the answers behind the scores of the {role}, got a share right of "
                f"{array.mean(axis=1)[worst]:.4g} for a score of {series.score[worst]:.4g} at {series.scale[worst]:g}"
            )
            raise SeriesError(msg)
        arrays.append(array.astype(bool))
    if arrays[0].shape[1] != arrays[1].shape[1]:
        msg = f"outcomes: expected the same items for both, got {arrays[0].shape[1]} and {arrays[1].shape[1]}"
        raise SeriesError(msg)
    first, second = arrays[0][matched.baseline], arrays[1][matched.strategy]
    return np.stack([(second & ~first).sum(axis=1), (first & ~second).sum(axis=1)], axis=1)
