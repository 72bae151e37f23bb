"""What families differ in beside scale, from a small table: one row for each family."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from emergence_stats.errors import InputError, TableError

DAYS_OF_A_YEAR = 365.2425


def covariate_value(text: str) -> float:
    """One value as a column of covariates may hold it.

    Args:
        text: a number, true or false (1 and 0), or a date (2023-07-18), which becomes a year with decimals.

    Raises:
        InputError: it is none of these.
    """
    told = {"true": 1.0, "false": 0.0}.get(text.strip().lower())
    if told is not None:
        return told
    try:
        return float(text)
    except ValueError:
        pass
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError as error:
        msg = f"expected a number, true or false, or a date such as 2023-07-18, got {text!r:.80}"
        raise InputError(msg) from error
    return day.year + (day.timetuple().tm_yday - 1) / DAYS_OF_A_YEAR


def read_covariates(path: str | Path, *, over: str = "family") -> dict[str, dict[str, float]]:
    """Covariates of families from a CSV file.

    Args:
        path: a CSV file with the column `over`; every other column is a covariate of numbers, of true and false (1
            and 0), or of dates (2023-07-18), which become years with decimals.
        over: column with the families.

    Returns:
        name of a covariate to its value for each family, as `pool` takes them.

    Raises:
        TableError: the file cannot be read, lacks the column or has nothing beside it, names a family twice, or a
            column holds something else.
    """
    import pandas as pd

    try:
        frame = pd.read_csv(path)
    except (OSError, ValueError) as error:
        msg = f"covariates: expected a readable CSV file, got {str(path)!r}"
        raise TableError(msg) from error
    if over not in frame or frame.columns.size < 2:
        msg = f"{path}: expected a column {over!r} and covariates beside it, got {', '.join(map(str, frame.columns))}"
        raise TableError(msg)
    families = frame[over].astype("str").str.strip()
    if families.duplicated().any():
        msg = f"{path}: expected one row for each {over}, got several for {families[families.duplicated()].iloc[0]!r}"
        raise TableError(msg)
    found = {}
    for name in frame.columns.drop(over):
        column = frame[name]
        if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
            dates = pd.to_datetime(column, format="ISO8601", errors="coerce")
            wrong = dates.isna() & column.notna()
            if wrong.any():
                row = int(wrong.to_numpy().argmax())
                msg = f"{path}, row {row + 2}, column {name}: expected a number or a date, got {column.iloc[row]!r}"
                raise TableError(msg)
            column = dates.dt.year + (dates.dt.day_of_year - 1) / DAYS_OF_A_YEAR
        values = column.astype("float64")
        found[str(name)] = dict(zip(families, values.tolist(), strict=True))
    return found
