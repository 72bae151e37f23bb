"""Which models a backtest hides: by scale or by release date."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emergence_stats.arguments import real_number
from emergence_stats.errors import InputError
from emergence_stats.series import Series

if TYPE_CHECKING:
    import pandas as pd

FEWEST_VISIBLE = 3
SAME = 1e-6  # relative difference below which two scales are one


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Hiding:
    """What is hidden, in words, and which points of a series that is."""

    words: str
    mask: Callable[[Series], npt.NDArray[np.bool_]]

    def __call__(self, series: Series) -> npt.NDArray[np.bool_]:
        """True at hidden points, shape (n_points,)."""
        return self.mask(series)


def hidden_points(frame: pd.DataFrame, hide: float | str | Sequence[float], dates: str | None) -> Hiding:
    """Understand what to hide.

    Args:
        frame: the table, for its dates.
        hide: a scale, several scales, or a date.
        dates: the column of dates.

    Raises:
        InputError: it is none of these; the date column is missing, or the table has no models to date.
    """
    if isinstance(hide, str):
        return _by_date(frame, hide, dates)
    if isinstance(hide, Sequence):
        scales = np.array([_scale(value) for value in hide])
        if scales.size == 0:
            msg = "hide: expected at least one scale, got none"
            raise InputError(msg)
        return Hiding(
            words=f"the scales {', '.join(f'{value:.4g}' for value in scales)}",
            mask=lambda series: np.any(np.abs(series.scale[:, None] / scales - 1.0) < SAME, axis=1),
        )
    limit = _scale(hide)

    def beyond(series: Series) -> npt.NDArray[np.bool_]:
        if series.scale_kind == "loss":
            return np.asarray(series.scale < limit * (1.0 - SAME))
        return np.asarray(series.scale > limit * (1.0 + SAME))

    return Hiding(words=f"scales beyond {limit:.4g}", mask=beyond)


def _by_date(frame: pd.DataFrame, hide: str, dates: str | None) -> Hiding:
    """Models released on or after a day."""
    import pandas as pd

    try:
        day = dt.date.fromisoformat(hide)
    except ValueError as error:
        msg = f"hide: expected a scale, several scales, or a date such as 2023-07-01, got {hide!r:.80}"
        raise InputError(msg) from error
    for column, name in ((dates, "dates"), ("model", "model")):
        if column is None or column not in frame:
            msg = f"{name}: expected a column of the table, to hide models by date, got {column!r}"
            raise InputError(msg)
    assert dates is not None
    # As text: a column of years alone would be taken for nanoseconds since 1970.
    given = frame[dates].where(frame[dates].isna(), frame[dates].astype(str))
    released = pd.to_datetime(given, format="ISO8601", errors="coerce")
    odd = np.flatnonzero(released.isna())
    if odd.size:
        model, cell = frame["model"].iloc[odd[0]], given.iloc[odd[0]]
        got = "none" if pd.isna(cell) else repr(cell)
        msg = f"{dates}: expected a date such as 2023-07-01 for every model, got {got:.80} for {model}"
        raise InputError(msg)
    late = {str(model) for model, when in zip(frame["model"], released, strict=True) if when.date() >= day}

    def of_late_models(series: Series) -> npt.NDArray[np.bool_]:
        models = series.model or ("",) * series.n_points
        return np.array([model in late for model in models])

    return Hiding(words=f"models from {day.isoformat()} on", mask=of_late_models)


def _scale(value: object) -> float:
    number = real_number("hide", value, "a scale above 0, several of them, or a date")
    if number <= 0.0:
        msg = f"hide: expected a scale above 0, got {value!r:.80}"
        raise InputError(msg)
    return number
