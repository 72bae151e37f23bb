"""Maximum likelihood and the best leave-one-out score: "fit a few curves, keep the one that predicts best"."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import binom

from benchmarks.baselines import LOGIT_SPAN
from benchmarks.cases import SHARP_WIDTH
from benchmarks.peers.finding import Finding
from emergence_stats.series import FloatArray, Series

SMALLEST_PROBABILITY = 1e-3  # no curve predicts with certainty
Curve = Callable[[FloatArray, FloatArray], FloatArray]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A curve f(x; parameters), where its fit starts, and the box it is kept in; x runs from 0 to 1."""

    curve: Curve
    starts: tuple[tuple[float, ...], ...]
    bounds: tuple[tuple[float, float], ...]


def argmax(series: Series) -> Finding:
    """Constant, line and logistic by binomial maximum likelihood, each scored by exact leave-one-out refits.

    Score: leave-one-out log score of the logistic, if it rises over less than a decade, minus the best of the
    others (log predictive density, nats; of the logistic minus the others, negative, if it is wide or falls).
    Called: the sharp logistic scores best, as argmax does. Threshold: its midpoint if it scores best; no interval.
    """
    x = series.log10_scale
    span = float(x[-1] - x[0])
    unit = (x - x[0]) / span
    correct, items = np.asarray(series.n_correct), np.asarray(series.n_items)
    spread = (float(np.min(correct / items)), float(np.max(correct / items)))
    fits = {name: _fit(one, unit, correct, items) for name, one in _candidates(span, spread).items()}
    scores = {
        name: _leave_one_out(one, fits[name], unit, correct, items) for name, one in _candidates(span, spread).items()
    }
    gain = scores["logistic"] - max(scores["constant"], scores["line"])
    floor, ceiling, middle, log_width = fits["logistic"]
    sharp = ceiling > floor and np.exp(log_width) * span < SHARP_WIDTH
    return Finding(
        score=gain if sharp else -abs(gain),
        called=bool(sharp and gain > 0.0),
        threshold=float(x[0] + middle * span) if gain > 0.0 else None,
        rises=bool(ceiling > floor),
    )


def _candidates(span: float, spread: tuple[float, float]) -> dict[str, Candidate]:
    """The curves, for a range of this many decades and scores between these two."""
    low, high = spread
    level = (0.0, 1.0)
    narrow, wide = np.log(0.05 / span), np.log(3.0)
    return {
        "constant": Candidate(curve=_constant, starts=(((low + high) / 2.0,),), bounds=(level,)),
        "line": Candidate(curve=_line, starts=((low, high), (high, low)), bounds=(level, level)),
        "logistic": Candidate(
            curve=_logistic,
            starts=tuple((*ends, place, np.log(0.3)) for ends in (spread, (high, low)) for place in (0.3, 0.5, 0.7)),
            bounds=(level, level, level, (float(narrow), float(wide))),
        ),
    }


def _constant(unit: FloatArray, parameters: FloatArray) -> FloatArray:
    return np.full(unit.shape, parameters[0])


def _line(unit: FloatArray, parameters: FloatArray) -> FloatArray:
    return np.asarray(parameters[0] + (parameters[1] - parameters[0]) * unit)


def _logistic(unit: FloatArray, parameters: FloatArray) -> FloatArray:
    floor, ceiling, middle, log_width = parameters
    rise = expit(LOGIT_SPAN * (unit - middle) / np.exp(log_width))
    return np.asarray(floor + (ceiling - floor) * rise)


def _log_likelihood(
    candidate: Candidate, parameters: FloatArray, unit: FloatArray, correct: FloatArray, items: FloatArray
) -> FloatArray:
    """Binomial log probability of each point."""
    p = np.clip(candidate.curve(unit, parameters), SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY)
    return np.asarray(binom.logpmf(correct, items, p))


def _fit(
    candidate: Candidate,
    unit: FloatArray,
    correct: FloatArray,
    items: FloatArray,
    starts: tuple[tuple[float, ...], ...] | None = None,
) -> FloatArray:
    """Parameters of the greatest likelihood found from the start values."""
    p_observed = (correct + 0.5) / (items + 1.0)

    def loss(parameters: FloatArray) -> float:
        """Mean cross-entropy per item: the negative log-likelihood but for a constant and a factor."""
        p = np.clip(candidate.curve(unit, parameters), SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY)
        each = p_observed * np.log(p) + (1.0 - p_observed) * np.log1p(-p)
        return -float(np.sum(items * each) / np.sum(items))

    found = [
        minimize(loss, np.asarray(start), method="L-BFGS-B", bounds=candidate.bounds)
        for start in starts or candidate.starts
    ]
    return np.asarray(min(found, key=lambda one: float(one.fun)).x)


def _leave_one_out(
    candidate: Candidate, whole: FloatArray, unit: FloatArray, correct: FloatArray, items: FloatArray
) -> float:
    """Sum over points of the log probability of the point under the fit to all others."""
    total = 0.0
    for i in range(unit.size):
        kept = np.arange(unit.size) != i
        found = _fit(candidate, unit[kept], correct[kept], items[kept], starts=(tuple(whole),))
        total += float(_log_likelihood(candidate, found, unit[~kept], correct[~kept], items[~kept])[0])
    return total
