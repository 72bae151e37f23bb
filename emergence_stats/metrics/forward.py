"""Forward: the curve, and the apparent breakthrough, that a law of the loss gives under a metric."""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from emergence_stats.arguments import real_number, whole_number
from emergence_stats.errors import InputError
from emergence_stats.metrics import laws
from emergence_stats.metrics.detectable import Z80, Z95, smallest_excess
from emergence_stats.metrics.loss_law import PowerLaw
from emergence_stats.series import FloatArray, Series

GRID = 2001  # points per curve on which midpoint and width are read off
CONSTANT = 1e-12  # share of the largest score below which a change is rounding


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a metric must know of the task.

    Attributes:
        tokens: length of an answer, or several equally frequent ones.
        options: answers to choose from.
        top: how many of the best options count.
        limit: error (nats) below which an answer counts as good.
        spread: standard deviation over items of the log error.

    Raises:
        InputError: a length, limit or spread is not above 0, there are fewer than two options, or `top` is not among
            them.
    """

    tokens: float | Sequence[float] = 5.0
    options: int = 4
    top: int = 2
    limit: float = 0.1
    spread: float = 0.5

    def __post_init__(self) -> None:
        """Check the ranges."""
        length = np.asarray(self.tokens)
        if length.dtype.kind not in "iuf" or length.ndim > 1 or not length.size or not _positive(length):
            msg = f"tokens: expected one length above 0, or a list of them, got {self.tokens!r:.80}"
            raise InputError(msg)
        options, top = whole_number("options", self.options, minimum=2), whole_number("top", self.top, minimum=1)
        if top > options:
            msg = f"top: expected at most the number of options, {options}, got {top}"
            raise InputError(msg)
        for name in ("limit", "spread"):
            if real_number(name, getattr(self, name)) <= 0.0:
                msg = f"{name}: expected a number above 0, got {getattr(self, name):g}"
                raise InputError(msg)


def _positive(values: npt.NDArray[np.number]) -> bool:
    return bool(np.all(np.isfinite(values) & (values > 0)))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MetricLaw:
    """One metric as a function of the loss per token.

    Attributes:
        score: expected score from the loss in nats per token, shape kept.
        chance: score of random answers for a task, or None where it is not defined.
        item_sd: standard deviation of one item's score, from the loss and the expected score.
        counts: whether each item is right or wrong, so that scores are counts.
        higher_is_better: direction.
        bounds: lowest and highest score, or None.
    """

    score: Callable[[FloatArray, Task], FloatArray]
    chance: Callable[[Task], float | None]
    item_sd: Callable[[FloatArray, FloatArray, Task], FloatArray]
    counts: bool = False
    higher_is_better: bool = True
    bounds: tuple[float, float] | None = (0.0, 1.0)


def _p(loss: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-loss))


def _bernoulli(_: FloatArray, score: FloatArray, __: Task) -> FloatArray:
    return np.asarray(np.sqrt(score * (1.0 - score)))


def _token_sd(loss: FloatArray, _: FloatArray, task: Task) -> FloatArray:
    p = _p(loss)
    return np.asarray(np.sqrt(p * (1.0 - p) / float(np.mean(task.tokens))))


def _grade(loss: FloatArray, task: Task, best: int) -> FloatArray:
    p = laws.choice_probability(loss, task.options)
    return laws.top_k(laws.choice_margin(p, task.options), task.options, best)


def _right_or_wrong(
    score: Callable[[FloatArray, Task], FloatArray], chance: Callable[[Task], float | None]
) -> MetricLaw:
    return MetricLaw(score=score, chance=chance, item_sd=_bernoulli, counts=True)


METRIC_LAWS: Mapping[str, MetricLaw] = types.MappingProxyType(
    {
        "exact_match": _right_or_wrong(lambda loss, task: laws.exact_match(_p(loss), task.tokens), lambda _: 0.0),
        "multi_step_success": _right_or_wrong(
            lambda loss, task: laws.multi_step_success(_p(loss), task.tokens), lambda _: 0.0
        ),
        "all_correct": _right_or_wrong(lambda loss, task: laws.all_correct(_p(loss), task.tokens), lambda _: 0.0),
        "multiple_choice_grade": _right_or_wrong(
            lambda loss, task: _grade(loss, task, 1), lambda task: 1 / task.options
        ),
        "top_k": _right_or_wrong(lambda loss, task: _grade(loss, task, task.top), lambda task: task.top / task.options),
        "threshold_metric": _right_or_wrong(
            lambda loss, task: laws.threshold_metric(loss, task.limit, task.spread), lambda _: 0.0
        ),
        "token_accuracy": MetricLaw(
            score=lambda loss, _: laws.token_accuracy(_p(loss)), chance=lambda _: 0.0, item_sd=_token_sd
        ),
        "token_edit_distance": MetricLaw(
            score=lambda loss, task: laws.token_edit_distance(_p(loss), task.tokens),
            chance=lambda _: None,
            item_sd=lambda loss, score, task: float(np.mean(task.tokens)) * _token_sd(loss, score, task),
            higher_is_better=False,
            bounds=None,
        ),
        "brier_score": MetricLaw(
            score=lambda loss, task: laws.brier_score(laws.choice_probability(loss, task.options), task.options),
            chance=lambda task: float(laws.brier_score(1 / task.options, task.options)),
            item_sd=lambda _, score, __: score,
            higher_is_better=False,
            bounds=(0.0, 2.0),
        ),
        # The loss of an answer's tokens varies about as much as it is large, as if it were exponential.
        "cross_entropy": MetricLaw(
            score=lambda loss, _: loss,
            chance=lambda _: None,
            item_sd=lambda loss, _, task: loss / math.sqrt(float(np.mean(task.tokens))),
            higher_is_better=False,
            bounds=None,
        ),
    }
)
"""Metrics by name; to add one, a row here and its equation in `laws`."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ApparentCurve:
    """A law of the loss as one metric shows it.

    Attributes:
        metric: key of `METRIC_LAWS`.
        scale: scales, shape (n,).
        score: expected score, shape (n,).
        stderr: standard error of the score with `n_items` items, shape (n,).
        n_items: items at each scale.
        chance_level: score of random answers, or None.
        detectable_excess: smallest excess over chance that so many items show; None without a chance level.
        visible_from: first scale that is visibly above chance, or None: the apparent breakthrough.
        largest_jump: largest step between neighbouring scales, as a share of the whole change; 0.5 looks like a jump. 0
            for a score that is constant over the range.
        threshold: scale at half of the change over the range; None if there is no change.
        width_decades: decades from 10 % to 90 % of the change over the range; None if there is no change.
    """

    metric: str
    scale: FloatArray
    score: FloatArray
    stderr: FloatArray
    n_items: int
    chance_level: float | None
    detectable_excess: float | None
    visible_from: float | None
    largest_jump: float
    threshold: float | None
    width_decades: float | None

    def series(self, seed: int = 0, *, scale_kind: str = "params") -> Series:
        """One test set of `n_items` drawn from the curve, ready for `analyze`."""
        generator = np.random.default_rng(seed)
        law = METRIC_LAWS[self.metric]
        common = {"scale": self.scale, "metric": self.metric, "name": self.metric, "scale_kind": scale_kind}
        if law.counts:
            drawn = generator.binomial(self.n_items, np.clip(self.score, 0.0, 1.0))
            items = np.full(self.scale.size, self.n_items)
            return Series(n_correct=drawn, n_items=items, chance_level=self.chance_level, **common)  # type: ignore[arg-type]
        low, high = law.bounds or (0.0, math.inf)
        score = np.clip(self.score + self.stderr * generator.standard_normal(self.scale.size), low, high)
        return Series(
            score=np.maximum(score, 1e-12) if law.bounds is None else score,
            stderr=self.stderr,
            chance_level=self.chance_level,
            higher_is_better=law.higher_is_better,
            score_bounds=law.bounds,
            **common,  # type: ignore[arg-type]
        )


def apparent_curve(
    law: PowerLaw, metric: str, scale: npt.ArrayLike, *, n_items: int = 500, task: Task | None = None
) -> ApparentCurve:
    """What a smooth law of the loss looks like under a metric, on a test set of a certain size.

    Args:
        law: the loss per token by scale.
        metric: key of `METRIC_LAWS`.
        scale: at least two ascending scales, shape (n,).
        n_items: items at each scale.
        task: lengths, options and limits; `Task()` by default.

    Raises:
        InputError: the metric is unknown, or scales are not positive and ascending.
    """
    if metric not in METRIC_LAWS:
        msg = f"metric: expected one of {', '.join(METRIC_LAWS)}, got {metric!r}"
        raise InputError(msg)
    n, x = whole_number("n_items", n_items, minimum=1), np.asarray(scale, dtype=np.float64)
    if x.ndim != 1 or x.size < 2 or not (np.all(x > 0) and np.all(np.diff(x) > 0)):
        msg = "scale: expected at least two positive numbers in ascending order"
        raise InputError(msg)
    of, what = METRIC_LAWS[metric], Task() if task is None else task
    score = of.score(law.loss(x), what)
    chance, sign = of.chance(what), 1.0 if of.higher_is_better else -1.0
    fine = np.geomspace(x[0], x[-1], GRID)
    change = sign * (of.score(law.loss(fine), what) - score[0])
    jump, threshold, width = 0.0, None, None
    if change[-1] > CONSTANT * np.abs(score).max():
        places = [float(np.interp(share, change / change[-1], np.log10(fine))) for share in (0.1, 0.5, 0.9)]
        jump = float(np.abs(np.diff(score)).max() / abs(score[-1] - score[0]))
        threshold, width = 10.0 ** places[1], places[2] - places[0]
    stderr = of.item_sd(law.loss(x), score, what) / math.sqrt(n)
    floor = None
    if chance is not None:
        floor = smallest_excess(chance, n) if of.counts else (Z95 + Z80) * float(stderr[0])
    seen = [] if chance is None or floor is None else np.flatnonzero(sign * (score - chance) > floor).tolist()
    return ApparentCurve(
        metric=metric,
        scale=x,
        score=score,
        stderr=stderr,
        n_items=n,
        chance_level=chance,
        detectable_excess=floor,
        visible_from=float(x[seen[0]]) if seen else None,
        largest_jump=jump,
        threshold=threshold,
        width_decades=width,
    )
