"""Which of the four score forms the rows of one series can carry: the richest that every row has."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Literal

import numpy as np

from emergence_stats.ingest.cells import BoolArray
from emergence_stats.series import FloatArray

FormName = Literal["counts", "score and items", "score and standard error", "score alone", "items"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScoreColumns:
    """Columns of a series, and what had to be left out.

    Attributes:
        form: the richest form that all rows have.
        n_correct: successes, or None.
        n_items: items, or None.
        score: scores, or None where the counts give them.
        stderr: standard errors, or None.
        warnings: information that some rows had and that was not used.
    """

    form: FormName
    n_correct: FloatArray | None = None
    n_items: FloatArray | None = None
    score: FloatArray | None = None
    stderr: FloatArray | None = None
    warnings: tuple[str, ...] = ()


def missing_score(n_correct: FloatArray, n_items: FloatArray, score: FloatArray) -> tuple[BoolArray, str] | None:
    """The rows without any score, and the column in which one is expected; None if there are no such rows."""
    counted = np.isfinite(n_correct) & np.isfinite(n_items)
    blank = ~(np.isfinite(score) | counted)
    if not blank.any():
        return None
    halves = blank & np.isfinite(n_correct)
    return (halves, "n_items") if halves.any() else (blank, "score")


def score_columns(
    n_correct: FloatArray,
    n_items: FloatArray,
    score: FloatArray,
    stderr: FloatArray,
    name_points: Callable[[BoolArray], str],
) -> ScoreColumns:
    """Choose the form of one series whose rows all have a score.

    Args:
        n_correct: successes, shape (n_rows,), NaN where blank; so are the others.
        n_items: items.
        score: scores.
        stderr: standard errors.
        name_points: names some of the points, for warnings.
    """
    counted = np.isfinite(n_correct) & np.isfinite(n_items)
    warnings: tuple[str, ...] = ()
    if counted.all():
        with np.errstate(invalid="ignore"):
            # A printed score may be rounded to two decimals; a larger gap means that one of the two is wrong.
            apart = np.abs(score - n_correct / n_items) > np.maximum(0.5 / n_items, 0.0051)
        if apart.any():
            warnings = (f"score and n_correct / n_items disagree at {name_points(apart)}; the counts are used",)
        return ScoreColumns(form="counts", n_correct=n_correct, n_items=n_items, warnings=warnings)
    filled = score.copy()
    from_counts = ~np.isfinite(score)
    filled[from_counts] = n_correct[from_counts] / n_items[from_counts]
    kept: dict[str, FloatArray | None] = {}
    for name, values in (("n_items", n_items), ("stderr", stderr)):
        blank = ~np.isfinite(values)
        kept[name] = None if blank.any() else values
        if blank.any() and not blank.all():
            warnings += (f"{name} is blank at {name_points(blank)}, so it is not used",)
    form: FormName = "score alone"
    if kept["n_items"] is not None:
        form = "score and items"
    elif kept["stderr"] is not None:
        form = "score and standard error"
    return ScoreColumns(form=form, n_items=kept["n_items"], score=filled, stderr=kept["stderr"], warnings=warnings)
