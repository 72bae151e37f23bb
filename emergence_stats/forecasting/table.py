"""Forecasts of a table of series, which teach each other how runs scatter and how often abilities appear."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from emergence_stats.arguments import instance, whole_number
from emergence_stats.errors import InputError
from emergence_stats.forecasting.forecast import Forecast, continued
from emergence_stats.forecasting.pool import Pool, learn
from emergence_stats.forecasting.prepare import Prepared, prepare
from emergence_stats.series import Series
from emergence_stats.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from emergence_stats.ingest import SeriesRow

QUANTILES = ("median", "low", "high", "low50", "high50")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A series that was left out, and why."""

    name: str
    reason: str


def label(row: SeriesRow) -> str:
    """The name of a series that may not have come about."""
    return row.series.name if row.series is not None else " · ".join(filter(None, row.identity.values())) or "series"


def series_of(
    frame: pd.DataFrame,
    *,
    scale: str | None,
    by: Iterable[str] | str,
    across: Sequence[str],
    fewest_scales: int = 2,
) -> list[SeriesRow]:
    """Series of a table, those of some columns taken together.

    Args:
        frame: a tidy table.
        scale: the scale column; None: chosen for each series.
        by: further columns that tell series apart.
        across: columns that do not, such as the family, so that one series holds all families.
        fewest_scales: different scales below which there is no series.

    Raises:
        InputError: `across` names a column that is not there.
    """
    import pandas as pd

    from emergence_stats.ingest import series_from_table

    table = instance("frame", frame, pd.DataFrame, " (files are read by emergence_stats.read)")
    for column in across:
        if column not in table:
            msg = f"across: expected a column of the table, got {column!r}; available: {', '.join(map(str, table))}"
            raise InputError(msg)
    return series_from_table(table.drop(columns=list(across)), scale=scale, by=by, fewest_scales=fewest_scales)


def prepare_all(
    series: Sequence[Series], settings: Settings, *, seed: int = 0, workers: int = 1
) -> tuple[list[Prepared], Pool]:
    """The posterior of every series, and what they teach each other."""
    import joblib

    parallel = joblib.Parallel(n_jobs=workers, batch_size=8)
    found = list(parallel(joblib.delayed(prepare)(one, settings, seed=seed) for one in series))
    return found, learn([prepared.posterior for prepared in found])


def forecast_rows(
    rows: Sequence[SeriesRow],
    at: Iterable[float] | float | None = None,
    *,
    score: float | None = None,
    n_items: int | None = None,
    seed: int = 0,
    settings: Settings | None = None,
) -> tuple[list[Forecast], list[Skipped]]:
    """Forecast every series of a table; one that cannot be is left out with the reason."""
    chosen = Settings() if settings is None else instance("settings", settings, Settings)
    seed = whole_number("seed", seed)
    usable = [row.series for row in rows if row.series is not None and row.series.n_scales > 1]
    skipped = [
        Skipped(name=label(row), reason=row.problem or "expected at least two different scales to forecast from, got 1")
        for row in rows
        if row.series is None or row.series.n_scales < 2
    ]
    found, pool = prepare_all(usable, chosen, seed=seed)
    scales = list(at) if isinstance(at, Iterable) else at
    teaching = pool if len(found) > 1 else None
    forecasts = [
        continued(prepared, scales, score=score, n_items=n_items, pool=teaching, seed=seed) for prepared in found
    ]
    return forecasts, skipped


def forecast_frame(
    frame: pd.DataFrame,
    at: Iterable[float] | float | None = None,
    *,
    score: float | None = None,
    scale: str | None = None,
    by: Iterable[str] | str = (),
    across: Sequence[str] = (),
    n_items: int | None = None,
    seed: int = 0,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Forecast every series of a tidy table.

    The series teach each other how much runs scatter beyond their items and how often abilities appear per decade of
    scale (`docs/method.md`, section 15).

    Args:
        frame: a tidy table, one row per measurement; files are read by `emergence_stats.read`.
        at: scales; 10 and 100 times the largest of each series by default.
        score: a score to reach.
        scale: the scale column; None: chosen for each series.
        by: further columns that tell series apart.
        across: columns that do not, such as the family.
        n_items: items of a further test set; as usual in the series by default.
        seed: seed of every draw.
        settings: priors, limits and effort; the defaults if None.

    Returns:
        One row per series and scale: identity columns, `at`, quantiles of the score of a further model (`median`, `low`
        and `high` at 90 %, `low50` and `high50`), `p_reaches`, `p_emerged`, `p_unseen_rise`, `identifiable` and `why`.
        Quantiles are missing where nothing can be said. A series that cannot be forecast has one row with the reason.

    Raises:
        InputError: an argument is of the wrong class or out of its range.
        TableError: a column that a series is made of is missing.
    """
    import pandas as pd

    rows = series_of(frame, scale=scale, by=by, across=across)
    forecasts, skipped = forecast_rows(rows, at, score=score, n_items=n_items, seed=seed, settings=settings)
    cells = [cell for found in forecasts for cell in forecast_cells(found)]
    missing: Mapping[str, object] = {"identifiable": False}
    reasons = {item.name: item.reason for item in skipped}
    cells += [{**row.identity, **missing, "why": reasons[label(row)]} for row in rows if label(row) in reasons]
    return pd.DataFrame(cells)


def forecast_cells(found: Forecast) -> list[dict[str, object]]:
    """One row of the table for each scale of a forecast."""
    cells: list[dict[str, object]] = []
    for item in found.scores:
        quantiles = item.score.to_dict() or dict.fromkeys(QUANTILES, float("nan"))
        cells.append(
            {
                **found.series.identity,
                "at": item.scale,
                **{name: quantiles[name] for name in QUANTILES},
                "p_reaches": _or_nan(item.p_reaches),
                "p_emerged": _or_nan(item.p_emerged),
                "p_unseen_rise": item.p_unseen_rise,
                "identifiable": item.identifiable,
                "why": item.why or "",
            }
        )
    return cells


def _or_nan(value: float | None) -> float:
    """Missing as a table has it."""
    return float("nan") if value is None else value
