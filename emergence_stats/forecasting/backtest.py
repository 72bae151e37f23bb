"""`backtest`: hide the largest models, forecast them, and hold forecasts and rivals to what they scored."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from emergence_stats.arguments import instance, whole_number
from emergence_stats.errors import InputError
from emergence_stats.forecasting.hiding import FEWEST_VISIBLE, hidden_points
from emergence_stats.forecasting.methods import METHODS, OURS, SMOOTH_LAW
from emergence_stats.forecasting.outlook import Outlook, look_ahead
from emergence_stats.forecasting.pool import Pool, shared
from emergence_stats.forecasting.predictive import new_score
from emergence_stats.forecasting.prepare import Prepared
from emergence_stats.forecasting.rivals import RIVALS, Visible
from emergence_stats.forecasting.table import Skipped, label, prepare_all, series_of
from emergence_stats.ingest.blank_scales import with_scale
from emergence_stats.models.curves import CURVES
from emergence_stats.models.curves.spec import Explanation
from emergence_stats.models.likelihood import COUNTS, observe
from emergence_stats.series import Series
from emergence_stats.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

SMOOTH_CURVES = tuple(name for name, curve in CURVES.items() if curve.explanation is Explanation.SMOOTH)
SURE = 2.0  # standard errors of a lead that is more than chance
CURVE_LEVELS = tuple(round(0.1 * i, 1) for i in range(1, 10))


class Predicted(Protocol):
    """The distribution of a new score, whoever made it; scores are oriented in [0, 1]."""

    def quantiles(self, *levels: float) -> list[float]:
        """Quantiles of the new score."""
        ...

    def below(self, score: float) -> tuple[float, float]:
        """P(new < score) and P(new <= score)."""
        ...

    def log_probability(self, score: float) -> float:
        """Log probability, in nats."""
        ...

    def crps(self, score: float) -> float:
        """Continuous ranked probability score."""
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Backtest:
    """How the hidden models were foreseen.

    Attributes:
        points: one row per hidden point and method: series, model, scale, score, median, low, high (90 %), log_score
            (nats), crps, pit, covered50, covered90.
        methods: one row per method: n_points, log_score (mean, nats), advantage of the forecast over it (mean
            difference of log scores) and its standard error over series, crps, coverage50, coverage90.
        calibration: one row per method and central mass: the share of hidden scores inside.
        skipped: series and measurements that were left out, and why.
        pool: what the visible part of the table taught.
        hide: what was hidden, in words.
        seed: seed of every draw.
    """

    points: pd.DataFrame
    methods: pd.DataFrame
    calibration: pd.DataFrame
    skipped: tuple[Skipped, ...]
    pool: Pool
    hide: str
    seed: int

    @property
    def beats_all(self) -> bool:
        """Whether the mean log score of the forecast is above that of every rival."""
        rivals = self.methods[self.methods["method"] != OURS]
        return bool((rivals["advantage"] > 0.0).all())

    @property
    def beats_all_surely(self) -> bool:
        """Whether it is above each by more than twice the standard error of the difference."""
        rivals = self.methods[self.methods["method"] != OURS]
        return bool((rivals["advantage"] > SURE * rivals["advantage_error"]).all())

    def summary(self) -> str:
        """A paragraph a person can quote."""
        from emergence_stats.forecasting.sentences import backtest_summary

        return backtest_summary(self)

    def to_dict(self) -> dict[str, Any]:
        """The document that the page shows: plain values, null for what is not a number."""
        from emergence_stats.forecasting.document import backtest_document

        return backtest_document(self)


def backtest(
    frame: pd.DataFrame,
    *,
    hide: float | str | Sequence[float],
    dates: str | None = None,
    scale: str | None = None,
    by: Iterable[str] | str = (),
    across: Sequence[str] = (),
    workers: int = 1,
    seed: int = 0,
    settings: Settings | None = None,
) -> Backtest:
    """Hide models of a table, forecast them from the others, and score the forecasts.

    Measurements without the scale that was asked for are left out, and `Backtest.skipped` says how many.

    Args:
        frame: a tidy table, one row per measurement; files are read by `emergence_stats.read`.
        hide: a scale, above which models are hidden; several scales, which are; or a date such as "2023-07-01", from
            which on models are hidden.
        dates: the column of release dates, where `hide` is a date; the table then needs the column model.
        scale: the scale column; None: chosen for each series.
        by: further columns that tell series apart.
        across: columns that do not, such as the family, so that one series holds all families.
        workers: processes; the result is the same to the last bit for any number.
        seed: seed of every draw.
        settings: priors, limits and effort; the defaults if None.

    Returns:
        Scores of each forecast and of its rivals: log score, CRPS, coverage of 50 and 90 % intervals, calibration.

    Raises:
        InputError: an argument is of the wrong class or out of its range; or nothing is left to score: no series has
            hidden points and three visible scales.
        TableError: a column that a series is made of is missing.
    """
    import joblib
    import pandas as pd

    chosen = Settings() if settings is None else instance("settings", settings, Settings)
    workers, seed = whole_number("workers", workers, minimum=1), whole_number("seed", seed)
    remarks: tuple[str, ...] = ()
    if scale is not None and scale in frame.columns:
        frame, remarks = with_scale(frame, scale)
    rows = series_of(frame, scale=scale, by=by, across=across)
    hiding = hidden_points(frame, hide, dates)
    kept: list[tuple[Series, Series]] = []
    skipped = [Skipped(name="the table", reason=remark) for remark in remarks]
    for row in rows:
        whole = row.series
        if whole is None:
            skipped.append(Skipped(name=label(row), reason=row.problem or "not a series"))
            continue
        hidden = hiding(whole)
        seen = np.unique(whole.scale[~hidden]).size
        if not hidden.any():
            skipped.append(Skipped(name=whole.name, reason="no point is hidden"))
        elif seen < FEWEST_VISIBLE:
            reason = f"expected at least {FEWEST_VISIBLE} visible scales, got {seen}"
            skipped.append(Skipped(name=whole.name, reason=reason))
        else:
            kept.append((whole.subset(~hidden), whole.subset(hidden)))
    if not kept:
        reasons = "; ".join(dict.fromkeys(item.reason for item in skipped)) or "the table has no series"
        msg = f"hide: nothing is left to score when {hiding.words} are hidden: {reasons}"
        raise InputError(msg)
    prepared, pool = prepare_all([visible for visible, _ in kept], chosen, seed=seed, workers=workers)
    parallel = joblib.Parallel(n_jobs=workers, batch_size=8)
    outcomes = parallel(
        joblib.delayed(_outcomes)(one, hidden, pool, seed + 7919 * i)
        for i, (one, (_, hidden)) in enumerate(zip(prepared, kept, strict=True))
    )
    points = pd.DataFrame([cell for cells in outcomes for cell in cells])
    return Backtest(
        points=points,
        methods=_methods(points),
        calibration=_calibration(points),
        skipped=tuple(skipped),
        pool=pool,
        hide=hiding.words,
        seed=seed,
    )


def _outcomes(prepared: Prepared, hidden: Series, pool: Pool, seed: int) -> list[dict[str, object]]:
    """Every method's forecast of every hidden point of one series."""
    assert hidden.score is not None
    informed = dataclasses.replace(prepared, posterior=shared(prepared.posterior, pool.dispersion))
    ahead = {
        OURS: look_ahead(informed, pool, seed=seed),
        SMOOTH_LAW: look_ahead(informed, pool, seed=seed, curves=SMOOTH_CURVES),
    }
    seen = Visible.of(informed.data, prepared.series.log10_scale)
    rivals = {name: fit(seen) for name, fit in RIVALS.items()}
    noise = _noise(prepared, hidden)
    generator = np.random.default_rng(seed)
    cells: list[dict[str, object]] = []
    for i, x in enumerate(hidden.log10_scale.tolist()):
        score, share = float(hidden.score[i]), float(generator.random())
        predicted: dict[str, Predicted] = {
            name: _ours(outlook, x, float(noise[i]), seed + i) for name, outlook in ahead.items()
        }
        predicted |= {name: rival(x, float(noise[i])) for name, rival in rivals.items()}
        where = {
            "series": hidden.name,
            "model": "" if hidden.model is None else hidden.model[i],
            "scale": float(hidden.scale[i]),
            "score": score,
        }
        cells += [{**where, **_judged(name, one, informed, score, share)} for name, one in predicted.items()]
    return cells


def _ours(outlook: Outlook, x: float, noise: float, seed: int) -> Predicted:
    """The forecast of one new score."""
    prepared = outlook.prepared
    return new_score(
        prepared.data,
        outlook.values(prepared.position(np.array([x])))[:, 0],
        outlook.weight,
        outlook.dispersion,
        noise=noise,
        failed_run_rate=prepared.posterior.problem.settings.prior.failed_run_rate,
        seed=seed,
    )


def _noise(prepared: Prepared, hidden: Series) -> npt.NDArray[np.float64]:
    """Items, or standard error, of each hidden score, in the form that the visible ones have."""
    usual = float(np.median(prepared.data.second))
    if prepared.data.kind != COUNTS:
        return np.full(hidden.n_points, usual)
    if hidden.n_items is None and hidden.stderr is None:
        return np.full(hidden.n_points, usual)
    data = observe(hidden, prepared.posterior.problem.settings.prior)
    return np.maximum(np.rint(data.second), 1.0) if data.kind == COUNTS else np.full(hidden.n_points, usual)


def _judged(name: str, one: Predicted, prepared: Prepared, score: float, share: float) -> dict[str, object]:
    """One forecast against the score.

    The probability integral transform is randomised within the score's own probability (Czado, Gneiting & Held 2009,
    doi:10.1111/j.1541-0420.2009.01191.x), and coverage is read off it: an interval of counts ends at whole items and so
    holds more than its mass, which is no merit of a forecast.
    """
    value = float(np.clip(prepared.place(score), 0.0, 1.0))
    low, median, high = one.quantiles(0.05, 0.5, 0.95)
    under, upto = one.below(value)
    transform = float(np.clip(under + share * (upto - under), 0.0, 1.0))
    ends = np.sort(prepared.restore(np.array([low, high])))
    return {
        "method": name,
        "median": float(prepared.restore(np.array([median]))[0]),
        "low": float(ends[0]),
        "high": float(ends[1]),
        "log_score": one.log_probability(value),
        "crps": one.crps(value),
        "pit": transform,
        "covered50": bool(abs(transform - 0.5) <= 0.25),
        "covered90": bool(abs(transform - 0.5) <= 0.45),
    }


def _methods(points: pd.DataFrame) -> pd.DataFrame:
    """Means over all hidden points, and the forecast's advantage over each rival."""
    import pandas as pd

    by_method = {name: points[points["method"] == name].reset_index(drop=True) for name in METHODS}
    ours = by_method[OURS]
    rows = []
    for name, mine in by_method.items():
        gain = ours["log_score"] - mine["log_score"]
        rows.append(
            {
                "method": name,
                "n_points": len(mine),
                "log_score": mine["log_score"].mean(),
                "advantage": gain.mean(),
                "advantage_error": _clustered_error(gain.to_numpy(), ours["series"].to_numpy()),
                "crps": mine["crps"].mean(),
                "coverage50": mine["covered50"].mean(),
                "coverage90": mine["covered90"].mean(),
            }
        )
    return pd.DataFrame(rows)


def _clustered_error(values: npt.NDArray[np.float64], groups: npt.NDArray[np.object_]) -> float:
    """Standard error of a mean of values that are alike within groups; NaN for one group."""
    names, index = np.unique(groups.astype(str), return_inverse=True)
    sums = np.bincount(index, values - values.mean(), names.size)
    if names.size < 2:
        return float("nan")
    return float(np.sqrt(np.sum(sums**2) * names.size / (names.size - 1.0)) / values.size)


def _calibration(points: pd.DataFrame) -> pd.DataFrame:
    """Share of scores inside the central interval of each mass, by their transforms."""
    import pandas as pd

    rows = []
    for name in METHODS:
        distance = (points.loc[points["method"] == name, "pit"] - 0.5).abs().to_numpy()
        rows += [
            {"method": name, "mass": mass, "inside": float(np.mean(distance <= 0.5 * mass))} for mass in CURVE_LEVELS
        ]
    return pd.DataFrame(rows)
