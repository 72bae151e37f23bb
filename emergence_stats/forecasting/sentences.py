"""Forecasts and backtests in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emergence_stats.forecasting.methods import METHODS, OURS
from emergence_stats.report.formats import count_text, plural, probability_text, scale_text, scales_text, score_text
from emergence_stats.report.vocabulary import VERDICTS
from emergence_stats.resolution.items import OPEN
from emergence_stats.series import SCALE_UNITS

if TYPE_CHECKING:
    from emergence_stats.forecasting.backtest import Backtest
    from emergence_stats.forecasting.forecast import Forecast, ScoreForecast
    from emergence_stats.forecasting.planning import Option, Plan

FEWEST_MODELS = 10  # hidden models; of fewer, what one of them has more or less than its size decides
FEWEST_TO_JUDGE = 30  # scores: of fewer, intervals of the right width often hold all


def summary(found: Forecast) -> str:
    """A paragraph a person can quote."""
    series = found.series
    parts = [f"{series.name}: {'; '.join(_at(found, item) for item in found.scores)}."]
    if found.wanted_score is not None:
        parts.append(_reaching(found))
    if found.p_at_chance > 0.5 and series.chance_level is not None:
        parts.append(
            "The data show no rise from chance. When one comes is not identifiable from them: its probability rests on "
            f"how often abilities appear, {_rate(found)}."
        )
        parts += _emerging(found)
    if found.p_fall_seen > 0.5:
        parts.append(f"The data fall as models grow (probability {probability_text(found.p_fall_seen)}).")
    if found.companion is not None:
        parts.append(f"Read against {found.companion.metric or found.companion.name}, continued by a power law.")
    return " ".join(parts)


def _emerging(found: Forecast) -> list[str]:
    """P(emerges before S) of a series at chance, as far as it can be said."""
    series = found.series
    said = [
        f"by {scale_text(item.scale, series.scale_kind)} {series.scale_unit} with probability "
        f"{probability_text(item.p_emerged)}"
        for item in found.scores
        if item.p_emerged is not None
    ]
    return [f"On that footing it emerges {', '.join(said)}."] if said else []


def _rate(found: Forecast) -> str:
    pool = found.pool
    if pool.n_series == 1:
        return "of which this one series says that it saw none in its range"
    return (
        f"learnt from {plural(pool.n_series, 'series', 'series')} with {pool.rises:.1f} rises in {pool.decades:.1f} "
        "decades at chance"
    )


def _at(found: Forecast, item: ScoreForecast) -> str:
    where = f"at {scale_text(item.scale, found.series.scale_kind)} {found.series.scale_unit}"
    numbers = item.score.to_dict()
    if numbers is None:
        return f"{where}, {item.why}"
    proportion = found.series.score_bounds == (0.0, 1.0)
    median, low, high = (score_text(numbers[key], proportion=proportion) for key in ("median", "low", "high"))
    said = f"{where}, a further model scores {low} to {high} with probability .9 (median {median})"
    return said if item.identifiable else f"{said}, but this is {item.why}"


def _reaching(found: Forecast) -> str:
    series, kind = found.series, found.series.scale_kind
    assert found.wanted_score is not None
    proportion = series.score_bounds == (0.0, 1.0)
    wanted = score_text(found.wanted_score, proportion=proportion)
    far = f"{scale_text(found.horizon, kind)} {series.scale_unit}"
    falling = found.scale_falls_below.interval(0.9)
    if falling is not None:
        return _falling(found, wanted, falling, far)
    if found.p_starts_above is not None and found.p_starts_above > 0.5:
        return (
            f"The curve has reached {wanted} at the smallest scale already (probability "
            f"{probability_text(found.p_starts_above)})."
        )
    interval = found.scale_for_score.interval(0.9)
    if interval is None or found.p_score_reached is None:
        return f"Where it reaches {wanted} cannot be said."
    low, high = interval
    if low == float("inf"):
        return f"The curve does not reach {wanted} up to {far} (probability {probability_text(found.p_score_reached)})."
    if high == float("inf"):
        return (
            f"The curve reaches {wanted} at {scale_text(low, kind)} or later (95%), and by {far} with probability "
            f"{probability_text(found.p_score_reached)}."
        )
    median = found.scale_for_score.median
    assert median is not None
    return (
        f"The curve reaches {wanted} at {scale_text(median, kind, digits=2)} "
        f"({scale_text(low, kind, digits=2)} to {scale_text(high, kind, digits=2)}) {series.scale_unit}."
    )


def _falling(found: Forecast, wanted: str, interval: tuple[float, float], far: str) -> str:
    """Where a series that falls is short of the score."""
    kind, unit = found.series.scale_kind, found.series.scale_unit
    assert found.p_starts_above is not None
    first = scale_text(float(found.series.scale[0]), kind)
    start = (
        f"The curve falls: at {first} {unit} it has reached {wanted} with probability "
        f"{probability_text(found.p_starts_above)},"
    )
    low, median, high = interval[0], found.scale_falls_below.median, interval[1]
    if median is None or low == float("inf"):
        return f"{start} and it does not fall through it up to {far}."
    if high == float("inf"):
        return f"{start} and it falls through it at {scale_text(low, kind)} or later (95%), if at all up to {far}."
    if found.p_starts_above <= 0.5:
        return f"{start} and it is short of it from {scale_text(high, kind, digits=2)} {unit} on (95%)."
    return (
        f"{start} and it falls through it at {scale_text(median, kind, digits=2)} "
        f"({scale_text(low, kind, digits=2)} to {scale_text(high, kind, digits=2)}) {unit}."
    )


def backtest_summary(result: Backtest) -> str:
    """A paragraph a person can quote."""
    rows = {str(row["method"]): row for row in result.methods.to_dict(orient="records")}
    ours = {str(key): float(value) for key, value in rows[OURS].items() if key != "method"}
    gains = {METHODS[name]: float(rows[name]["advantage"]) for name in METHODS if name != OURS}
    better = [name for name, gain in gains.items() if gain > 0.0]
    worse = [name for name, gain in gains.items() if gain <= 0.0]
    covered, n_series = ours["coverage90"], result.points["series"].nunique()
    counted = f"{plural(int(ours['n_points']), 'score')} of {plural(n_series, 'series', 'series')}"
    shares = f"90% intervals held {covered:.0%} of them, 50% intervals {ours['coverage50']:.0%}"
    log_score = f"the mean log score is {ours['log_score']:.2f} nats"
    parts = [f"With {result.hide} hidden, {counted} were forecast: {shares}; {log_score}."]
    if better:
        parts.append(f"It is above that of {', '.join(better)}.")
    if worse:
        parts.append(f"It is not above that of {', '.join(worse)}.")
    named = set(result.points["model"])
    n_models = 0 if "" in named else len(named)
    if 0 < n_models < FEWEST_MODELS <= len(result.points) // len(rows):
        parts.append(
            f"They are scores of {plural(n_models, 'model')}: those of one model miss together, so that coverage and "
            f"leads rest on little more than {plural(n_models, 'observation')}."
        )
    if not 0.8 <= covered <= 0.97 and int(ours["n_points"]) >= FEWEST_TO_JUDGE:
        parts.append(f"The 90% intervals are {'too narrow' if covered < 0.8 else 'too wide'} here.")
    return " ".join(parts)


def plan_summary(result: Plan) -> str:
    """A paragraph a person can quote."""
    now = _plan_start(result)
    best = result.best
    does, would, did = "decides", "would decide", "decided"
    if result.settled:
        does, would, did = "brings another verdict", "would bring another verdict", "brought another verdict"
    if best is not None:
        return (
            f"{now} {_option(result, best)[0].upper()}{_option(result, best)[1:]} {would} with probability "
            f"{result.answers(best):.2f} (± {best.error:.2f}{_which(result, best, opened=True)}, the cheapest of "
            f"{plural(len(result.options), 'option')} that reaches {result.wanted:g}."
        )
    told = [option for option in result.options if option.remark is None]
    if not told:
        first = result.options[0].remark
        return f"{now} None of {plural(len(result.options), 'option')} can be judged: {first}."
    most, farther = max(told, key=result.answers), len(result.options) - len(told)
    of = f"{plural(len(told), 'option')}" + (f" ({farther} more lie too far from the data)" if farther else "")
    if result.answers(most) == 0.0:
        return f"{now} None of {of} {did} in any of {plural(result.replicates, 'drawn result')}."
    return (
        f"{now} None of {of} {does} with probability {result.wanted:g}; "
        f"{_option(result, most)} comes nearest, with probability {result.answers(most):.2f}{_which(result, most)}."
    )


def _plan_start(result: Plan) -> str:
    """What is known now, and what is asked."""
    name = result.known.name
    if result.n_scales == 0:
        return f"Nothing is measured of {name} yet: results are drawn from the priors."
    if result.n_scales == 1:
        return f"{name} is known at one scale, which decides nothing: results are drawn from the priors."
    now = f"{name} is {result.verdict.replace('_', ' ')} now."
    if result.settled:
        now += " That is settled for the sizes measured; asked is whether further ones would bring another verdict."
    return now


def _which(result: Plan, option: Option, *, opened: bool = False) -> str:
    """Which verdicts make up the probability, the most frequent first, in parentheses that may be open already."""
    counted = {
        name: share
        for name, share in sorted(option.verdicts.items(), key=lambda item: -item[1])
        if name not in OPEN and not (result.settled and name == result.verdict)
    }
    named = ", ".join(f"{VERDICTS[name].label.lower()} {share:.0%}" for name, share in counted.items())
    if not named:
        return ")" if opened else ""
    return f"; {named})" if opened else f" ({named})"


def _option(result: Plan, option: Option) -> str:
    kind = result.known.scale_kind
    where = scales_text(option.scales, kind)
    where = f"each of {where}" if len(option.scales) > 2 else where
    each = " each" if len(option.scales) == 2 else ""
    return f"{count_text(option.n_items)} items{each} at {where} {SCALE_UNITS[kind]}"
