"""Metrics of single answers: from texts and references, or from outcomes, to outcomes.

A grader takes `Items` and returns outcomes: shape (n_models, n_items), or (n_models, n_clusters) if it grades clusters
as wholes. To add one: a function and a row in `GRADERS`.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from emergence_stats.errors import InputError
from emergence_stats.items.matrix import Items
from emergence_stats.series import FloatArray

Grade = Callable[[Items], FloatArray]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Grader:
    """One metric.

    Attributes:
        grade: from items to outcomes.
        score_bounds: lowest and highest outcome, or None.
        higher_is_better: direction.
        of_clusters: whether a cluster gets one outcome, and is an item afterwards.
    """

    grade: Grade
    score_bounds: tuple[float, float] | None = (0.0, 1.0)
    higher_is_better: bool = True
    of_clusters: bool = False


def exact_match(items: Items) -> FloatArray:
    """1 where the answer is the reference, blanks at both ends apart, else 0."""
    response, target = _answers(items)
    stripped = np.array([text.strip() for text in target], dtype=object)
    return np.array(
        [[a.strip() == b for a, b in zip(row, stripped, strict=True)] for row in response], dtype=np.float64
    )


def edit_distance(items: Items) -> FloatArray:
    """Levenshtein distance between answer and reference in characters: insertions, deletions, replacements."""
    from rapidfuzz.distance import Levenshtein

    return _by_pair(items, Levenshtein.distance)


def normalized_edit_distance(items: Items) -> FloatArray:
    """The Levenshtein distance over the length of the longer text, from 0 (the same) to 1; 0 for two empty ones."""
    from rapidfuzz.distance import Levenshtein

    return _by_pair(items, Levenshtein.normalized_distance)


def per_character_accuracy(items: Items) -> FloatArray:
    """Share of the reference's characters that the answer has in the same place, counted from the left.

    For numbers of a fixed length this is accuracy per digit. An empty reference is right if the answer is empty.
    """
    response, target = _answers(items)
    grades = np.empty(response.shape)
    for j, reference in enumerate(text.strip() for text in target):
        for i in range(response.shape[0]):
            answer = response[i, j].strip()
            same = sum(a == b for a, b in zip(answer, reference, strict=False))
            grades[i, j] = same / len(reference) if reference else float(not answer)
    return grades


def all_correct(items: Items) -> FloatArray:
    """1 for a cluster of which every item has the outcome 1, else 0: L answers that must all be right.

    With independent items of probability p that is p^L (Schaeffer et al. 2023, arXiv 2304.15004, section 5).
    """
    if items.cluster is None:
        msg = "all_correct: expected items in clusters, got items without a cluster"
        raise InputError(msg)
    if not items.outcomes().binary:
        msg = "all_correct: expected outcomes of 0 and 1, got others"
        raise InputError(msg)
    sums, sizes = cluster_sums(items)
    return np.asarray(sums == sizes, dtype=np.float64)


def cluster_sums(items: Items) -> tuple[FloatArray, FloatArray]:
    """Sum of outcomes over each cluster, shape (n_models, n_clusters), and its number of items; by label."""
    _, code = np.unique(np.asarray(items.cluster), return_inverse=True)
    size = np.bincount(code).astype(np.float64)
    return np.array([np.bincount(code, weights=row, minlength=size.size) for row in items.score]), size


GRADERS: Mapping[str, Grader] = types.MappingProxyType(
    {
        "exact_match": Grader(grade=exact_match),
        "edit_distance": Grader(grade=edit_distance, score_bounds=None, higher_is_better=False),
        "normalized_edit_distance": Grader(grade=normalized_edit_distance, higher_is_better=False),
        "per_character_accuracy": Grader(grade=per_character_accuracy),
        "all_correct": Grader(grade=all_correct, of_clusters=True),
    }
)


def _answers(items: Items) -> tuple[npt.NDArray[np.object_], list[str]]:
    """Answers and references."""
    missing = [name for name in ("response", "target") if getattr(items, name) is None]
    if missing:
        msg = (
            f"{items.name}: expected {' and '.join(missing)} beside the outcomes, got none: nothing can be graded anew"
        )
        raise InputError(msg)
    assert items.response is not None
    assert items.target is not None
    return items.response, items.target.tolist()


def _by_pair(items: Items, distance: Callable[[str, str], float]) -> FloatArray:
    """A distance for every answer; models often give the same one."""
    response, target = _answers(items)
    grades = np.empty(response.shape)
    for j, reference in enumerate(text.strip() for text in target):
        known: dict[str, float] = {}
        for i in range(response.shape[0]):
            answer = response[i, j].strip()
            if answer not in known:
                known[answer] = float(distance(answer, reference))
            grades[i, j] = known[answer]
    return grades
