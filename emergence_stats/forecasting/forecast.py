"""`forecast`: what further models of one series will score, and where it will reach a score."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from emergence_stats.arguments import instance, real_number, whole_number
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.forecasting.identifiable import Reach
from emergence_stats.forecasting.outlook import look_ahead
from emergence_stats.forecasting.paths import Path, ScalePath, companion_path
from emergence_stats.forecasting.pool import Pool, alone, at_chance, shared
from emergence_stats.forecasting.predictive import NewScore, new_score, usual_noise
from emergence_stats.forecasting.prepare import Prepared, prepare
from emergence_stats.forecasting.scales import log10_of, scale_of
from emergence_stats.models.curves.spec import Explanation
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.posterior import CURVE_EXPLANATION, EXPLANATIONS, Posterior, systematic_rows
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings
from emergence_stats.threshold import NOTHING, Quantity

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FACTORS = (10.0, 100.0)  # beyond the largest scale, where none are named
SEARCH_GRID = 400
RISES = (Explanation.SMOOTH, Explanation.PHASE_CHANGE)
FALLS = (Explanation.DECREASING,)
HORIZON_IN_RANGES = 3.0  # beyond the data; further rises are "not within the horizon"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreForecast:
    """The forecast for one scale.

    Attributes:
        scale: in its own unit.
        decades_beyond: decades outside the measured range; 0 within it.
        n_items: items of the new score, if it is a count.
        score: the score of a further model, in the metric's unit; nothing where it lies too far beyond the data.
        curve: the underlying curve alone, without the noise of one model and test set.
        p_reaches: probability that a further model reaches the score that was asked for; None if none was, or too far
            out.
        p_emerged: probability that the midpoint of a rise from chance lies at or below this scale; None without chance,
            or too far out.
        p_unseen_rise: probability that a rise which the data do not show has begun by then.
        identifiable: whether the data, rather than the priors, set the interval.
        why: if not, why not.
    """

    scale: float
    decades_beyond: float
    n_items: float | None
    score: Quantity
    curve: Quantity
    p_reaches: float | None
    p_emerged: float | None
    p_unseen_rise: float
    identifiable: bool
    why: str | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        values: dict[str, Any] = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return values | {"score": self.score.to_dict(), "curve": self.curve.to_dict()}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forecast:
    """What further models will score; immutable.

    Attributes:
        series: what was measured.
        companion: the companion metric's series, or None.
        settings: with which settings.
        seed: seed of every draw.
        pool: how runs scatter and how often abilities appear: learnt from a table, or from this series alone.
        scores: one forecast for each scale that was asked for, in ascending order of ability.
        wanted_score: the score that was asked for, or None.
        scale_for_score: where the curve first reaches it; infinite where it does not within the horizon; nothing where
            the series falls, or has probably reached it at its smallest scale.
        p_score_reached: probability that it does within the horizon.
        p_starts_above: probability that the curve is there, or better, at the smallest scale; None without a score.
        scale_falls_below: of a series that falls, from where on the curve is short of the score; the smallest scale
            where it is from there on, infinite where it is not within the horizon; nothing where the series rises.
        p_at_chance: posterior probability that the data stay at chance.
        p_rise_seen: posterior probability that the data show a rise: that of the curves that rise.
        p_fall_seen: posterior probability that they fall throughout.
        horizon: the farthest scale that was looked at.
    """

    series: Series
    companion: Series | None
    settings: Settings
    seed: int
    pool: Pool
    scores: tuple[ScoreForecast, ...]
    wanted_score: float | None
    scale_for_score: Quantity
    p_score_reached: float | None
    p_starts_above: float | None
    scale_falls_below: Quantity
    p_at_chance: float
    p_rise_seen: float
    p_fall_seen: float
    horizon: float
    path: Path = dataclasses.field(repr=False)
    prepared: Prepared = dataclasses.field(repr=False)

    def p_emerges_before(self, scale: float) -> float:
        """Probability that the midpoint of a rise from chance lies at or below a scale."""
        return self.path.emerged(log10_of(self.series, _positive("scale", scale)))

    def p_reaches(self, score: float, scale: float) -> float:
        """Probability that a further model of this scale scores at least (or, if less is better, at most) this."""
        return self.new_score(scale).at_least(self.prepared.place(real_number("score", score)))

    def new_score(self, scale: float) -> NewScore:
        """The distribution of a further model's score, oriented in [0, 1]: its quantiles and probabilities."""
        where = log10_of(self.series, _positive("scale", scale))
        return _new(self.path, self.prepared, where, None, self.seed)

    def summary(self) -> str:
        """A paragraph a person can quote."""
        from emergence_stats.forecasting.sentences import summary

        return summary(self)

    def to_dict(self) -> dict[str, Any]:
        """The document that the page shows: plain values, null for what is infinite or cannot be said."""
        from emergence_stats.forecasting.document import to_document

        return to_document(self)

    def plot(self) -> Figure:
        """Data, curve, and the scores of further models, as a matplotlib figure."""
        from emergence_stats.report.plot_forecast import plot_forecast

        return plot_forecast(self.to_dict())

    def __repr__(self) -> str:
        """Name and scales."""
        return f"Forecast({self.series.name!r}, at={[item.scale for item in self.scores]!r})"


def forecast(
    series: Series,
    at: Iterable[float] | float | None = None,
    *,
    score: float | None = None,
    companion: Series | None = None,
    n_items: int | None = None,
    pool: Pool | None = None,
    seed: int = 0,
    settings: Settings | None = None,
) -> Forecast:
    """Forecast the scores of further models.

    The posterior of the analysis, averaged over all curves, is continued beyond the data; to rows that stay at chance a
    later rise is added (`docs/method.md`, section 15). A score comes with its interval or not at all.

    Args:
        series: at least two points at two different scales.
        at: scales, in the series' unit; 10 and 100 times the largest by default.
        score: a score to reach, in the metric's unit.
        companion: a continuous metric of the same models: a loss, or a bounded score. The curve is then fitted over its
            loss, and carried to further scales by a power law fitted to all of the companion's points, those beyond the
            series included.
        n_items: items of a further test set; as many as usual in the series by default.
        pool: what a table teaches (`forecast_frame` finds it); what this series alone says by default.
        seed: seed of every draw.
        settings: priors, limits and effort; the defaults if None.

    Returns:
        An immutable result.

    Raises:
        InputError: an argument is of the wrong class or out of its range.
        SeriesError: fewer than two scales; a score that the metric cannot have; a companion that does not fit.
    """
    settings = Settings() if settings is None else instance("settings", settings, Settings)
    seed = whole_number("seed", seed)
    _check(series)
    if companion is not None:
        instance("companion", companion, Series)
    prepared = prepare(series, settings, seed=seed)
    return continued(prepared, at, score=score, companion=companion, n_items=n_items, pool=pool, seed=seed)


def continued(
    prepared: Prepared,
    at: Iterable[float] | float | None = None,
    *,
    score: float | None = None,
    companion: Series | None = None,
    n_items: int | None = None,
    pool: Pool | None = None,
    seed: int = 0,
) -> Forecast:
    """`forecast` of a series whose posterior is at hand."""
    series = prepared.series
    scales = _scales(series, at)
    learnt = pool if pool is not None else alone(prepared.posterior)
    informed = dataclasses.replace(prepared, posterior=shared(prepared.posterior, learnt.dispersion))
    settings = prepared.posterior.problem.settings
    path: Path
    if companion is None:
        path = ScalePath(outlook=look_ahead(informed, learnt, seed=seed))
    else:
        path = companion_path(series, companion, settings, seed=seed)
    value = None if score is None else _wanted(series, informed, score)
    reach = Reach(series=series, reach_in_ranges=settings.forecast.reach_in_ranges)
    items = None if n_items is None else float(whole_number("n_items", n_items, minimum=1))
    last = float(series.log10_scale[-1])
    horizon = max(last + HORIZON_IN_RANGES * reach.range_decades, *(log10_of(series, scale) for scale in scales))
    posterior = informed.posterior
    crossing = None if value is None else _crossing(path, series, value, horizon)
    rise, fall = (_probability(posterior, _explained(posterior, kinds)) for kinds in (RISES, FALLS))
    falls = fall > 0.5
    starts_above = crossing is not None and crossing.p_starts_above > 0.5
    return Forecast(
        series=series,
        companion=companion,
        settings=posterior.problem.settings,
        seed=seed,
        pool=learnt,
        scores=tuple(_score_at(path, informed, scale, reach, value, items, seed) for scale in scales),
        wanted_score=score,
        scale_for_score=NOTHING if crossing is None or falls or starts_above else crossing.reached,
        p_score_reached=None if crossing is None else float(np.mean(np.isfinite(crossing.reached.draws))),
        p_starts_above=None if crossing is None else crossing.p_starts_above,
        scale_falls_below=crossing.fallen if crossing is not None and falls else NOTHING,
        p_at_chance=_probability(posterior, at_chance(posterior)),
        p_rise_seen=rise,
        p_fall_seen=fall,
        horizon=scale_of(series, horizon),
        path=path,
        prepared=informed,
    )


def _score_at(
    path: Path, prepared: Prepared, scale: float, reach: Reach, value: float | None, items: float | None, seed: int
) -> ScoreForecast:
    """The forecast for one scale."""
    x = log10_of(prepared.series, scale)
    unseen = path.unseen(x)
    answer = reach.answer(x, unseen, path.past_chance(x))
    new = _new(path, prepared, x, items, seed)
    weight = path.outlook.weight
    counts = prepared.data.kind == COUNTS and prepared.series.n_items is not None
    return ScoreForecast(
        scale=scale,
        decades_beyond=reach.decades_beyond(x),
        n_items=new.noise if counts else None,
        score=_quantity(prepared, new.draws, weight) if answer.speaks else NOTHING,
        curve=_quantity(prepared, path.values(x), weight) if answer.speaks else NOTHING,
        p_reaches=None if value is None or not answer.speaks else new.at_least(value),
        p_emerged=path.emerged(x) if prepared.series.chance_level is not None and answer.speaks else None,
        p_unseen_rise=unseen,
        identifiable=answer.identifiable,
        why=answer.why,
    )


def _new(path: Path, prepared: Prepared, x: float, items: float | None, seed: int) -> NewScore:
    """The distribution of one new score."""
    data = path.outlook.prepared.data
    return new_score(
        data,
        path.model_values(x),
        path.outlook.weight,
        path.outlook.dispersion,
        noise=usual_noise(prepared.data) if items is None or data.kind != COUNTS else items,
        failed_run_rate=prepared.posterior.problem.settings.prior.failed_run_rate,
        seed=seed,
    )


def _quantity(prepared: Prepared, values: FloatArray, weight: FloatArray) -> Quantity:
    """Equally weighted draws in the metric's unit."""
    order = np.argsort(values, kind="stable")
    rows = systematic_rows(weight[order], 1000)
    return Quantity(draws=np.sort(prepared.restore(values[order][rows])))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Where curves cross a score: first at or above it, from where on below it, and above it from the start or not."""

    reached: Quantity
    fallen: Quantity
    p_starts_above: float


def _crossing(path: Path, series: Series, value: float, horizon: float) -> Crossing:
    """Posterior of the scales at which the curve crosses an oriented score; infinite beyond the horizon."""
    grid = np.linspace(float(series.log10_scale[0]), horizon, SEARCH_GRID)
    first, fallen = np.full((2, path.outlook.weight.size), np.inf)
    above = np.zeros(first.size, dtype=bool)
    below_to_the_end = np.ones(first.size, dtype=bool)
    for x in grid[::-1].tolist():
        above = path.values(x) >= value
        first = np.where(above, x, first)
        below_to_the_end &= ~above
        fallen = np.where(below_to_the_end, x, fallen)
    rows = systematic_rows(path.outlook.weight, 1000)
    return Crossing(
        reached=_scales_of(series, first[rows]),
        fallen=_scales_of(series, fallen[rows]),
        p_starts_above=float(np.clip(path.outlook.weight[above].sum(), 0.0, 1.0)),
    )


def _scales_of(series: Series, log10_scale: FloatArray) -> Quantity:
    """Draws of a scale; infinite ones stay so, whichever way the scale runs."""
    with np.errstate(over="ignore"):
        scales = 10.0 ** (-log10_scale if series.scale_kind == "loss" else log10_scale)
    return Quantity(draws=np.sort(np.where(np.isfinite(log10_scale), scales, np.inf)))


def _explained(posterior: Posterior, kinds: tuple[Explanation, ...]) -> npt.NDArray[np.bool_]:
    """Rows whose curve is of one of these kinds, shape (n_rows,)."""
    return np.isin(CURVE_EXPLANATION[posterior.curve], [EXPLANATIONS.index(kind) for kind in kinds])


def _probability(posterior: Posterior, rows: npt.NDArray[np.bool_]) -> float:
    """Posterior probability of some rows."""
    return float(np.clip(np.sum(posterior.weight * rows), 0.0, 1.0))


def _check(series: object) -> None:
    known = instance("series", series, Series, " (for a table: forecast_frame)")
    if known.n_scales < 2:
        msg = f"{known.name}: expected at least two different scales to forecast from, got {known.n_scales}"
        raise SeriesError(msg)


def _wanted(series: Series, prepared: Prepared, score: object) -> float:
    """The score to reach as an oriented value."""
    number = real_number("score", score)
    if series.score_bounds is not None and not series.score_bounds[0] <= number <= series.score_bounds[1]:
        low, high = series.score_bounds
        msg = f"score: expected a score from {low:g} to {high:g}, which {series.name} can have, got {number:g}"
        if high == 1.0 < number <= 100.0:
            msg += f" (tables in percent are read as proportions: {number / 100.0:g})"
        raise InputError(msg)
    return prepared.place(number)


def _scales(series: Series, at: Iterable[float] | float | None) -> tuple[float, ...]:
    """The wanted scales, each once, in ascending order of ability."""
    if at is None:
        best = float(series.scale[-1])
        given = [best / factor if series.scale_kind == "loss" else best * factor for factor in FACTORS]
    elif isinstance(at, Iterable):
        given = [_positive("at", scale) for scale in at]
    else:
        given = [_positive("at", at)]
    if not given:
        msg = "at: expected at least one scale, got none"
        raise InputError(msg)
    return tuple(sorted(dict.fromkeys(given), reverse=series.scale_kind == "loss"))


def _positive(name: str, value: object) -> float:
    number = real_number(name, value, "a scale above 0")
    if not 1e-300 < number < 1e300:
        msg = f"{name}: expected a scale above 0 and finite, got {value!r:.80}"
        raise InputError(msg)
    return number
