"""Scores as logs have them: one measurement each, and what its score, items and standard error amount to."""

from __future__ import annotations

import dataclasses
import functools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from emergence_stats.errors import ReaderError
from emergence_stats.ingest.readers.raw_table import RawTable

_LARGEST_INTEGER_ERROR = 1e-6
_STDERR_AGREES = 0.01  # relative; bootstrapped ones are left as they are
MAX_RECOVERED_ITEMS = 10**8

# acc_stderr, acc_stderr,none, acc,none_stderr, acc_std_err, boostrap_std (as one harness spells it), ...
_STDERR = re.compile(r"(?:^|[_,. -])(?:boo?t?strap_)?(?:std_?err(?:or)?2?|se|sem|boo?t?strap_std)(?=$|[_,. -])", re.I)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One score of one model; missing is None. The fields are columns of the tidy table.

    Attributes:
        task: name of the task.
        metric: name of the metric.
        model: name of the model as the log has it; a checkpoint behind an @.
        score: the score.
        stderr: its standard error; never 0, which would be certainty.
        n_items: test items.
        n_correct: items that are right.
        chance_level: random score.
        higher_is_better: direction.
        params: parameters.
        tokens: training tokens.
        train_flops: training FLOP.
        family: family of models.
        prompt: what tells the prompt or the filter of answers from others.
        shots: examples in the prompt.
        evaluated: when, in ISO 8601.
        stderr_kind: what the standard error is about, where it is not the usual one.
    """

    task: str
    metric: str
    model: str
    score: float
    stderr: float | None = None
    n_items: float | None = None
    n_correct: float | None = None
    chance_level: float | None = None
    higher_is_better: bool | None = None
    params: float | None = None
    tokens: float | None = None
    train_flops: float | None = None
    family: str | None = None
    prompt: str | None = None
    shots: str | None = None
    evaluated: str | None = None
    stderr_kind: str | None = None


_COLUMNS = tuple(field.name for field in dataclasses.fields(Measurement))
_NUMBERS = {"score", "stderr", "n_items", "n_correct", "chance_level", "params", "tokens", "train_flops"}


def log_table(measurements: Sequence[Measurement], *, notes: Iterable[str] = (), without_score: int = 0) -> RawTable:
    """The measurements of one log as a table.

    Args:
        measurements: in the order of the log.
        notes: what was done to the log as a whole.
        without_score: scores that are no finite numbers and were left out.

    Raises:
        ReaderError: there are none.
    """
    if not measurements:
        got = f"{without_score} that are no finite numbers" if without_score else "none"
        msg = f"expected at least one score in the log, got {got}"
        raise ReaderError(msg)
    columns = {name: [getattr(item, name) for item in measurements] for name in _COLUMNS}
    # Texts stay shared objects: thousands of small frames of texts in Arrow's form would take more than their cells.
    rows = pd.RangeIndex(len(measurements))  # one for all columns, or pandas would bring every one in line
    told = {
        name: pd.Series(cells, dtype=np.float64 if name in _NUMBERS else object, index=rows)
        for name, cells in columns.items()
        if any(cell is not None for cell in cells)
    }
    remarks = [*notes]
    if without_score:
        what = (
            "1 score that is no finite number"
            if without_score == 1
            else f"{without_score} scores that are no finite numbers"
        )
        remarks.append(f"left out {what}")
    return RawTable(
        frame=pd.DataFrame(told, index=rows), rows=range(1, len(measurements) + 1), notes=tuple(remarks), log=True
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How exact a score is: counts, a standard error, items alone, or nothing known."""

    n_items: float | None = None
    n_correct: float | None = None
    stderr: float | None = None


def precision(score: float, *, n_items: float | None, stderr: float | None) -> Precision:
    """Counts where score, items and standard error agree that items are right or wrong; else what is known.

    A mean p of n outcomes of 0 or 1 has the standard error sqrt(p (1 - p) / (n - 1)). So n = p (1 - p) / se² + 1 is
    a whole number, and so is k = p n, if nothing was rounded on the way: counts are recovered exactly, and what is no
    mean of right and wrong (or has clustered or bootstrapped errors) does not pass for one.

    Args:
        score: as logged.
        n_items: as logged, or None.
        stderr: as logged, or None; 0 says no more than that all items agree.
    """
    stderr = stderr if stderr is not None and stderr > 0 else None
    if not 0 <= score <= 1:
        return Precision(stderr=stderr, n_items=None if stderr else n_items)
    if n_items is None and stderr is not None:
        n = score * (1 - score) / stderr**2 + 1
        if not (1 < n < MAX_RECOVERED_ITEMS and _is_whole(n, n) and _is_whole(score * round(n), n)):
            return Precision(stderr=stderr)
        return Precision(n_items=round(n), n_correct=round(score * round(n)), stderr=stderr)
    if n_items is None or not _is_whole(score * n_items, n_items):
        return Precision(stderr=stderr, n_items=None if stderr else n_items)
    if stderr is not None and n_items > 1:
        usual = math.sqrt(score * (1 - score) / (n_items - 1))
        if abs(usual - stderr) > _STDERR_AGREES * stderr:
            return Precision(stderr=stderr)
    return Precision(n_items=n_items, n_correct=round(score * n_items), stderr=stderr)


def precision_of_items(values: Sequence[float]) -> tuple[float, Precision]:
    """Mean of items, and how exact it is: counts if all are 0 or 1, else sd / sqrt(n)."""
    scores = np.asarray(values, dtype=np.float64)
    mean = math.fsum(values) / len(values)
    if np.isin(scores, (0.0, 1.0)).all():
        return mean, Precision(n_items=len(values), n_correct=float(scores.sum()))
    spread = float(scores.std(ddof=1)) if len(values) > 1 else 0.0
    if spread == 0:
        return mean, Precision(n_items=len(values))
    return mean, Precision(stderr=spread / math.sqrt(len(values)))


def _is_whole(value: float, size: float) -> bool:
    """Whether a number is whole within what floats of this size can say."""
    return abs(value - round(value)) <= _LARGEST_INTEGER_ERROR * max(1.0, size) and abs(value - round(value)) < 0.01


def number(value: object) -> float | None:
    """A finite number, also one written as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def text(value: object) -> str | None:
    """A text that is not blank, or a number as text; None for anything else."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:g}"
    return None


def mapping(value: object) -> Mapping[str, object]:
    """An object as it is, and anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def stderr_names(names: Iterable[str]) -> dict[str, str]:
    """Metrics, in plain letters, to the names under which their standard errors stand, however they are spelled."""
    return {metric: name for name in names if (metric := _metric_of_stderr(name)) is not None}


def is_stderr(name: str) -> bool:
    """Whether a name is that of a standard error."""
    return _metric_of_stderr(name) is not None


@functools.lru_cache(maxsize=4096)
def _metric_of_stderr(name: str) -> str | None:
    """The metric of which a name tells the standard error, None for other names; the same few stand in every log."""
    metric, count = _STDERR.subn("", name, count=1)
    return metric.strip("_,. -") if count else None


def moment(value: object) -> str | None:
    """A time as ISO 8601 in UTC, from seconds since 1970 or from ISO text; None for anything else."""
    seconds = number(value)
    try:
        if seconds is not None:
            return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="seconds")
        if isinstance(value, str):
            told = datetime.fromisoformat(value)
            aware = told if told.tzinfo else told.replace(tzinfo=UTC)
            return aware.astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return None
    return None
