"""Axes: from scales and scores to pixels, and ticks that a person can read."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from emergence_stats.report.analysis_document import AnalysisDocument
from emergence_stats.report.formats import scale_text, score_text

SIDE_MARGIN = 0.03  # of the range of log10 scale, left free on either side
HEAD_ROOM = 1.06
SMALLEST = 1e-300  # what a logarithmic axis takes 0 for
LOG_MARGIN = 0.06  # of the range of log10 score, left free above and below
NICE_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A map from [start, stop] to pixels [first, last], linear in the value or in its log10; `start` may be the larger.

    Attributes:
        start: value at pixel `first`.
        stop: value at pixel `last`.
        first: pixel of `start`.
        last: pixel of `stop`.
        ticks: (value, label) pairs inside the range.
        logarithmic: whether pixels are linear in log10 of the value; all values are positive then.
    """

    start: float
    stop: float
    first: float
    last: float
    ticks: tuple[tuple[float, str], ...] = ()
    logarithmic: bool = False

    def pixel(self, value: float) -> float:
        """Where a value lies."""
        start, stop = self.start, self.stop
        if self.logarithmic:
            start, stop, value = math.log10(start), math.log10(stop), math.log10(max(value, SMALLEST))
        return self.first + (value - start) / (stop - start) * (self.last - self.first)

    def clipped(self, value: float) -> float:
        """As `pixel`, but not outside the axis."""
        return min(max(self.pixel(value), min(self.first, self.last)), max(self.first, self.last))


def has_proportions(document: AnalysisDocument) -> bool:
    """Whether scores are proportions, and so read best as percentages."""
    series = document["series"]
    return series["score_low"] == 0 and series["score_high"] == 1


def scale_axis(document: AnalysisDocument, *, first: float, last: float) -> Axis:
    """The axis of log10 scale over all points and the fitted curve of an analysis."""
    series = document["series"]
    values = [point["scale"] for point in series["points"]] + document["fit"]["scale"]
    return log_axis(values, series["scale_kind"], first=first, last=last)


def log_axis(values: Sequence[float], kind: str, *, first: float, last: float, max_ticks: int = 6) -> Axis:
    """An axis of log10 scale that holds all of some scales, with a margin; a loss runs from large to small."""
    low, high = math.log10(min(values)), math.log10(max(values))
    margin = SIDE_MARGIN * (high - low) if high > low else 0.5
    low, high = low - margin, high + margin
    ticks = tuple(
        (math.log10(value), scale_text(value, kind))
        for value in log_ticks(10.0 ** max(low, -300.0), 10.0 ** min(high, 300.0), max_ticks)
    )
    start, stop = (high, low) if kind == "loss" else (low, high)
    return Axis(start=start, stop=stop, first=first, last=last, ticks=ticks)


def score_axis(document: AnalysisDocument, *, first: float, last: float) -> Axis:
    """The axis of the score over data, intervals, chance line and band of an analysis."""
    series, fit = document["series"], document["fit"]
    values = [point[end] for point in series["points"] for end in ("low", "high")] + [min(fit["low"]), max(fit["high"])]
    if series["chance_level"] is not None:
        values.append(series["chance_level"])
    if series["score_axis"] == "log":
        return log_score_axis(values, first=first, last=last)
    return linear_axis(values, first=first, last=last, proportion=has_proportions(document))


def log_score_axis(values: Sequence[float], *, first: float, last: float, max_ticks: int = 6) -> Axis:
    """An axis of positive scores, linear in their log10, that holds all of them with a margin."""
    low, high = math.log10(max(min(values), SMALLEST)), math.log10(max(*values, SMALLEST))
    margin = LOG_MARGIN * (high - low) if high > low else 0.05
    start, stop = 10.0 ** (low - margin), 10.0 ** (high + margin)
    ticks = tuple((value, score_text(value, proportion=False)) for value in log_ticks(start, stop, max_ticks))
    return Axis(start=start, stop=stop, first=first, last=last, ticks=ticks, logarithmic=True)


def linear_axis(
    values: Sequence[float], *, first: float, last: float, proportion: bool = False, max_ticks: int = 5
) -> Axis:
    """An axis of scores that holds all of some values; from 0 where proportions allow, and in percent."""
    low, high = min(values), max(values)
    if proportion:
        low = 0.0 if low < 0.6 * high else low
        high = min(high * HEAD_ROOM, 1.0)
    if high - low < 1e-12:
        low, high = low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0)
    step = nice_step((high - low) / max_ticks)
    start, stop = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    count = round((stop - start) / step)
    ticks_at = [start + i * step for i in range(count + 1)]
    decimals = max(0, -math.floor(math.log10(step * (100 if proportion else 1)) + 1e-9))
    ticks = tuple((value, _tick_text(value, decimals, proportion=proportion)) for value in ticks_at)
    return Axis(start=start, stop=stop, first=first, last=last, ticks=ticks)


def log_ticks(low: float, high: float, max_ticks: int) -> list[float]:
    """Round values between two positive ones: powers of ten, thinned where there are many, refined where few."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    for digits in ((1, 2, 5), (1, 3), (1,)):
        ticks = [d * 10.0**e for e in range(first - 1, last + 1) for d in digits]
        inside = [tick for tick in ticks if low <= tick <= high]
        if 2 <= len(inside) <= max_ticks:
            return inside
    powers = [10.0**e for e in range(first, last + 1)]
    if len(powers) > max_ticks:
        every = math.ceil(len(powers) / max_ticks)
        return [power for power in powers if round(math.log10(power)) % every == 0]
    if len(powers) >= 2:
        return powers
    step = nice_step((high - low) / max_ticks)
    start = math.ceil(low / step - 1e-9)
    return [i * step for i in range(start, math.floor(high / step + 1e-9) + 1)]


def nice_step(rough: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in NICE_STEPS if step * power >= rough * (1 - 1e-9))


def _tick_text(value: float, decimals: int, *, proportion: bool) -> str:
    if proportion:
        return f"{100 * value:.{decimals}f}%"
    return score_text(0.0 if abs(value) < 1e-12 else round(value, decimals + 1), proportion=False)
