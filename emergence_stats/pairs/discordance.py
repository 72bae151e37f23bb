"""Answers to the same items under both prompts: on how many did they disagree?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emergence_stats.errors import SeriesError
from emergence_stats.pairs.matching import Matched
from emergence_stats.series import Series

CLOSE = 1e-6  # between a score and the share of right answers it should be


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
