"""What the fields of a `Series` may be: each function takes what a user gave and returns what the series keeps.

All raise `SeriesError` with the field's name, what was expected and what came.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emergence_stats.errors import SeriesError
from emergence_stats.outcomes import Outcomes

if TYPE_CHECKING:
    from emergence_stats.series import FloatArray

MIN_SCALE, MAX_SCALE = 1e-300, 1e300  # what lies beyond cannot be extrapolated from in floating point
SAME_SCORE = 1e-6  # how far the mean of the outcomes may be from the score
MAX_ITEMS = 1e12  # beyond it log-gamma functions lose more than .01 nat to rounding, and no test set is so long


def column(name: str, values: object) -> FloatArray | None:
    """One numeric column as a fresh float64 vector; masked values are missing ones."""
    if values is None:
        return None
    try:
        given = np.ma.asanyarray(values) if isinstance(values, np.ma.MaskedArray) else np.asarray(values)
        odd = given.dtype.kind in "mMc"  # dates would become days since 1970, complex numbers lose a part
        found = np.array(given, dtype=np.float64) if not odd else np.empty(0)
    except (TypeError, ValueError, OverflowError) as error:
        msg = f"{name}: expected numbers, got {values!r:.80}"
        raise SeriesError(msg) from error
    if odd:
        msg = f"{name}: expected numbers, got {given.dtype}"
        raise SeriesError(msg)
    found[np.ma.getmaskarray(given)] = np.nan
    if found.ndim == 0:
        msg = f"{name}: expected a list with one number per scale, got the single number {float(found):g}"
        raise SeriesError(msg)
    if found.ndim != 1:
        msg = f"{name}: expected one dimension, got shape {found.shape}"
        raise SeriesError(msg)
    return found


def labels(name: str, values: object, size: int) -> tuple[str, ...] | None:
    """One label column as strings."""
    if values is None:
        return None
    texts = tuple(str(value) for value in _several(name, values))
    if len(texts) != size:
        msg = f"{name}: expected {size} labels, one per scale, got {len(texts)}"
        raise SeriesError(msg)
    return texts


def sentences(name: str, values: object) -> tuple[str, ...]:
    """Warnings as strings; one string is not several of one letter."""
    return tuple(str(value) for value in _several(name, values))


def texts_by_name(name: str, values: object) -> dict[str, str]:
    """Column names and their values, as strings."""
    if not isinstance(values, Mapping):
        msg = f"{name}: expected a mapping of column names to values, got {values!r:.80}"
        raise SeriesError(msg)
    return {str(key): str(value) for key, value in values.items()}


def truth(name: str, value: object) -> bool:
    """True or False; the text "no" is neither."""
    if not isinstance(value, (bool, np.bool_)):
        msg = f"{name}: expected True or False, got {value!r:.80}"
        raise SeriesError(msg)
    return bool(value)


def one_of(name: str, value: object, choices: Iterable[str]) -> None:
    """Raise unless the value is one of the texts."""
    names = tuple(choices)
    if not isinstance(value, str) or value not in names:
        msg = f"{name}: expected one of {', '.join(names)}, got {value!r:.80}"
        raise SeriesError(msg)


def number(name: str, value: object) -> float:
    """One number of any real type, as a float."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        msg = f"{name}: expected a number, got {value!r:.80}"
        raise SeriesError(msg)
    return float(value)


def require(values: FloatArray, good: npt.NDArray[np.bool_], name: str, expected: str, hint: str = "") -> None:
    """Raise, naming the first point that is not as expected."""
    if not good.all():
        i = int(np.flatnonzero(~good)[0])
        msg = f"{name}[{i}]: expected {expected}, got {values[i]:g}{hint}"
        raise SeriesError(msg)


def check_scale(scale: FloatArray) -> None:
    """Scales are positive, and far enough from the ends of floating point."""
    require(scale, (scale > 0) & np.isfinite(scale), "scale", "a positive finite number")
    inside = (scale >= MIN_SCALE) & (scale <= MAX_SCALE)
    require(scale, inside, "scale", f"a number from {MIN_SCALE:g} to {MAX_SCALE:g}")


def check_scores(columns: Mapping[str, FloatArray | None]) -> None:
    """The rules of the four score forms."""
    k, n, score, stderr = (columns[name] for name in ("n_correct", "n_items", "score", "stderr"))
    if k is None and score is None:
        msg = "expected n_correct and n_items, or score (with n_items or stderr if known); got neither"
        raise SeriesError(msg)
    if k is not None and n is None:
        msg = "n_correct: expected n_items beside it, got none"
        raise SeriesError(msg)
    if n is not None:
        require(n, np.isfinite(n) & (n > 0), "n_items", "a positive finite number")
        require(n, n <= MAX_ITEMS, "n_items", f"at most {MAX_ITEMS:g}")
    if k is not None and n is not None:
        require(k, np.isfinite(k) & (k >= 0), "n_correct", "a number that is not negative")
        require(k, k == np.rint(k), "n_correct", "a whole number (a share of the items is a score)")
        for i in np.flatnonzero(k > n):
            msg = f"n_correct[{i}]: expected at most n_items = {n[i]:g}, got {k[i]:g}"
            raise SeriesError(msg)
    if score is not None:
        require(score, np.isfinite(score), "score", "a finite number")
    if stderr is not None:
        require(stderr, np.isfinite(stderr) & (stderr >= 0), "stderr", "a finite number that is not negative")


def checked_bounds(bounds: object, score: FloatArray) -> tuple[float, float] | None:
    """Bounds as two floats that hold every score."""
    if bounds is None:
        return None
    ends = [number("score_bounds", end) for end in _several("score_bounds", bounds)]
    if len(ends) != 2 or not np.isfinite(ends).all() or not ends[0] < ends[1]:
        got = ", ".join(f"{end:g}" for end in ends)
        msg = f"score_bounds: expected two finite numbers, low < high, or None where there are none; got ({got})"
        raise SeriesError(msg)
    low, high = ends
    hint = "; score_bounds=None for a metric without bounds, such as a loss"
    require(score, (score >= low) & (score <= high), "score", f"a number from {low:g} to {high:g}", hint)
    return low, high


def check_log_axis(score: FloatArray, bounds: tuple[float, float] | None, chance: float | None) -> None:
    """A log axis needs positive scores of a metric without bounds."""
    if bounds is not None:
        msg = "score_axis: expected 'linear' for a metric with bounds, got 'log'"
        raise SeriesError(msg)
    require(score, score > 0, "score", "a number above 0 (score_axis is 'log')")
    if chance is not None and chance <= 0:
        msg = f"chance_level: expected a number above 0 (score_axis is 'log'), got {chance:g}"
        raise SeriesError(msg)


def check_outcomes(outcomes: object, score: FloatArray) -> None:
    """Outcomes belong to the points, and their means are the scores."""
    if outcomes is None:
        return
    if not isinstance(outcomes, Outcomes):
        msg = f"outcomes: expected emergence_stats.outcomes.Outcomes, got an object of class {type(outcomes).__name__}"
        raise SeriesError(msg)
    if outcomes.n_points != score.size:
        msg = f"outcomes: expected {score.size} rows, one per scale, got {outcomes.n_points}"
        raise SeriesError(msg)
    mean = outcomes.score.mean(axis=1)
    apart = np.flatnonzero(np.abs(mean - score) > SAME_SCORE * np.maximum(1.0, np.abs(score)))
    if apart.size:
        i = int(apart[0])
        msg = f"outcomes[{i}]: expected a mean of {score[i]:g}, the score of that point, got {mean[i]:g}"
        raise SeriesError(msg)


def _several(name: str, values: object) -> Iterable[object]:
    """An iterable that is not a text."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        msg = f"{name}: expected a list, got {values!r:.80}"
        raise SeriesError(msg)
    return values
