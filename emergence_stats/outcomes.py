"""The answers behind the scores of a series: one outcome for each model and item, and which items belong together.

Models of one series answer the same items, so their scores share the luck of the test set. Whatever draws another test
set must draw items (or clusters of items, such as questions on one text) for all models at once: `resolution.joint`.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from emergence_stats.errors import SeriesError

FEWEST_CLUSTERS = 2


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcomes:
    """Outcomes of models on the same items; immutable.

    Attributes:
        score: shape (n_points, n_items), 0/1 or continuous, in the metric's unit; bytes where all are 0 or 1.
        cluster: code of each item's cluster from 0 up, shape (n_items,), or None where items stand alone.
        item: label of each item, shape (n_items,), or None where items are known by their order alone.

    Raises:
        SeriesError: shapes disagree, an outcome is not finite, or all items are in one cluster.
    """

    score: npt.NDArray[np.float64] | npt.NDArray[np.uint8]
    cluster: npt.NDArray[np.intp] | None = None
    item: npt.NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        """Validate, pack 0/1 into bytes, freeze."""
        score = np.asarray(self.score)
        if score.ndim != 2 or score.shape[1] == 0:
            msg = f"outcomes: expected a table of models by items, got shape {score.shape}"
            raise SeriesError(msg)
        if score.dtype != np.uint8:
            score = score.astype(np.float64)
            if not np.isfinite(score).all():
                point, item = np.argwhere(~np.isfinite(score))[0]
                msg = f"outcomes[{point}, {item}]: expected a finite number, got {score[point, item]:g}"
                raise SeriesError(msg)
            if np.all((score == 0.0) | (score == 1.0)):
                score = score.astype(np.uint8)
        score = np.ascontiguousarray(score)
        score.setflags(write=False)
        object.__setattr__(self, "score", score)
        if self.item is not None and np.shape(self.item) != (score.shape[1],):
            msg = f"item: expected {score.shape[1]} labels, one per item, got shape {np.shape(self.item)}"
            raise SeriesError(msg)
        if self.cluster is None:
            return
        given = np.asarray(self.cluster)
        if given.shape != (score.shape[1],):
            msg = f"cluster: expected {score.shape[1]} values, one per item, got shape {given.shape}"
            raise SeriesError(msg)
        names, codes = np.unique(given, return_inverse=True)
        if names.size < FEWEST_CLUSTERS:
            msg = f"cluster: expected at least {FEWEST_CLUSTERS} clusters, got all {given.size} items in one"
            raise SeriesError(msg)
        # Clusters of one item each are no clusters.
        code = None if names.size == given.size else codes.astype(np.intp)
        if code is not None:
            code.setflags(write=False)
        object.__setattr__(self, "cluster", code)

    @property
    def n_points(self) -> int:
        """Number of models (measurements)."""
        return int(self.score.shape[0])

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.score.shape[1])

    @property
    def n_units(self) -> int:
        """Number of what is drawn together: clusters, or items where there are none."""
        return self.n_items if self.cluster is None else int(self.cluster.max()) + 1

    @property
    def binary(self) -> bool:
        """Are all outcomes 0 or 1?"""
        return self.score.dtype == np.uint8

    def unit_sums(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Sums of outcomes over each unit, shape (n_units, n_points), and the number of its items, shape (n_units,)."""
        if self.cluster is None:
            return np.ascontiguousarray(self.score.T, dtype=np.float64), np.ones(self.n_items)
        sums = np.zeros((self.n_units, self.n_points))
        for point in range(self.n_points):
            sums[:, point] = np.bincount(self.cluster, weights=self.score[point], minlength=self.n_units)
        return sums, np.bincount(self.cluster, minlength=self.n_units).astype(np.float64)

    def points(self, order: npt.NDArray[np.intp]) -> Outcomes:
        """The outcomes of some models, in the order given."""
        return Outcomes(score=self.score[order], cluster=self.cluster, item=self.item)
