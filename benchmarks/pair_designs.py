"""Pairs of metrics of the same outputs whose law is known: the tokens drawn, and both metrics computed from them.

`make_pair` draws one pair of a design. `main` is what the floors were set for; `other` was written after the rules of
condition E5 were settled, to see whether they hold elsewhere: other laws, lengths, metrics, and items that differ from
scale to scale.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np
import numpy.typing as npt

from emergence_stats.series import FloatArray, Series

Design = Literal["main", "other"]
Generator = np.random.Generator

MAIN_LENGTHS = (2, 3, 5, 8, 12, 20, 40)
OTHER_LENGTHS = (1, 4, 7, 15, 30, 64, 150)
MAIN_METRICS = (
    "token_accuracy",
    "token_edit_distance",
    "cross_entropy",
    "log_prob",
    "brier_score",
    "bare_token_accuracy",
)
OTHER_METRICS = (
    "token_accuracy_counts", "edit_similarity", "normalized_edit_distance", "perplexity", "log_prob", "brier_score",
    "correct_choice_probability", "bare_cross_entropy",
)  # fmt: skip
LOWER_IS_BETTER = ("token_edit_distance", "normalized_edit_distance", "cross_entropy", "perplexity", "brier_score")
BOUNDS = {
    "token_accuracy": (0.0, 1.0), "edit_similarity": (0.0, 1.0), "normalized_edit_distance": (0.0, 1.0),
    "correct_choice_probability": (0.0, 1.0), "brier_score": (0.0, 2.0),
}  # fmt: skip
MIDDLE = float(np.log(np.log(2.0)))  # log loss of an answer that is right half of the time


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """Two metrics of the same outputs, and the truth."""

    law: str
    series: Series
    companion: Series
    facts: dict[str, float | str]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Answers:
    """How answers come about: loss of a token by scale and item, lengths of the answers, options of a choice.

    Attributes:
        loss: nats per token, shape (n_scales, n_items) or (n_scales, 1).
        length: tokens of each answer, shape (n_items,).
        n_items: items asked at each scale, the first of all, shape (n_scales,).
        options: answers to choose from, for metrics of choices.
    """

    loss: FloatArray
    length: npt.NDArray[np.int_]
    n_items: npt.NDArray[np.int_]
    options: int


def make_pair(law: str, seed: int, i: int, design: Design = "main") -> Pair:
    """Pair i of a law, ``smooth`` or ``kink``; depends on the arguments alone."""
    generator = np.random.default_rng([seed, law == "kink", i, *([1] if design == "other" else [])])
    return _main_pair(law, i, generator) if design == "main" else _other_pair(law, i, generator)


def _main_pair(law: str, i: int, generator: Generator) -> Pair:
    """Even scales, one number of items; a power law against a fall of the loss within .1 to .8 decades."""
    n_scales = int(generator.integers(6, 13))
    span = generator.uniform(2.5, 4.5)
    x = 8.0 + np.linspace(0.0, span, n_scales)
    if generator.random() < 0.3:
        x[1:-1] += generator.uniform(-0.3, 0.3, n_scales - 2) * span / (n_scales - 1)
    n_items = int(generator.choice([250, 500, 1000, 2000]))
    tokens = int(generator.choice(MAIN_LENGTHS))
    middle = x[0] + generator.uniform(0.35, 0.9) * span
    log_loss = (_kink if law == "kink" else _power_law)(x - middle, generator) - np.log(tokens)
    loss = np.exp(log_loss + generator.choice([0.0, 0.03, 0.1]) * generator.standard_normal(n_scales))
    if law == "smooth" and generator.random() < 0.3:
        loss = loss + generator.uniform(0.0, 0.2) / tokens
    difficulty = _difficulty(n_items, float(generator.choice([0.0, 0.3])), generator)
    length = _lengths(tokens, n_items, generator)
    answers = _Answers(loss=loss[:, None] * difficulty, length=length, n_items=np.full(n_scales, n_items), options=4)
    scores = _measure(answers, generator)
    metric = str(generator.choice(MAIN_METRICS))
    return _pair(law, i, x, answers, scores, metric, {"span": span, "tokens": tokens})


def _other_pair(law: str, i: int, generator: Generator) -> Pair:
    """Uneven scales and items; bent laws against abrupt ones of three kinds."""
    n_scales = int(generator.integers(6, 15))
    span = generator.uniform(2.5, 5.0)
    gaps = generator.dirichlet(np.full(n_scales - 1, 6.0))
    x = 8.0 + span * np.concatenate(([0.0], np.cumsum(gaps)))
    n_items = generator.choice([250, 400, 800, 1500, 3000], n_scales)
    most = int(n_items.max())
    tokens = int(generator.choice(OTHER_LENGTHS))
    distance = x - (x[0] + generator.uniform(0.35, 0.85) * span)
    kind = str(
        generator.choice(["steep", "step", "skill"] if law == "kink" else ["broken", "two_laws", "bent", "floor"])
    )
    scatter = generator.choice([0.0, 0.02, 0.05]) * generator.standard_t(5, n_scales)
    length = _lengths(tokens, most, generator)
    if kind == "skill":
        loss = _skill(distance, most, generator)
    else:
        spread = float(
            generator.choice([0.0, 0.2 if law == "kink" else 0.5])
        )  # more would let easy items in before the jump
        loss = np.exp(_OTHER[kind](distance, generator))[:, None] * _difficulty(most, spread, generator)
    answers = _Answers(
        loss=loss * np.exp(scatter)[:, None] / tokens,
        length=length,
        n_items=n_items,
        options=int(generator.choice([2, 3, 4, 10])),
    )
    scores = _measure(answers, generator)
    metric = str(generator.choice(OTHER_METRICS))
    return _pair(law, i, x, answers, scores, metric, {"span": span, "tokens": tokens, "kind": kind})


def _power_law(distance: FloatArray, generator: Generator) -> FloatArray:
    """Log loss of an answer by distance from the midpoint of the rise, in decades: straight, or slow at both ends."""
    exponent = generator.uniform(0.1, 0.6)
    if generator.random() < 0.2:
        return np.asarray(MIDDLE - exponent * np.log(10.0) * 2.5 * np.tanh(distance / 2.5))
    return np.asarray(MIDDLE - exponent * np.log(10.0) * distance)


def _kink(distance: FloatArray, generator: Generator) -> FloatArray:
    """The same with a fall within .1 to .8 decades, over a power law that hardly matters."""
    slow, width = generator.uniform(0.0, 0.1), generator.uniform(0.1, 0.8)
    before, after = np.log(-np.log([generator.uniform(0.0005, 0.02), generator.uniform(0.4, 0.95)]))
    share = 1.0 / (1.0 + np.exp(-2.0 * np.log(9.0) * distance / width))
    return np.asarray(before + (after - before) * share - slow * np.log(10.0) * distance)


def _broken(distance: FloatArray, generator: Generator) -> FloatArray:
    """Two exponents from .1 to .6 per nat, one before and one after a break somewhere within a decade (smooth)."""
    first, second = np.log(10.0) * generator.uniform(0.1, 0.6, 2)
    bend, softness = generator.uniform(-1.0, 1.0), 0.3
    after = softness * (np.logaddexp(0.0, (distance - bend) / softness) - np.logaddexp(0.0, -bend / softness))
    return np.asarray(MIDDLE - first * distance - (second - first) * after)


def _two_laws(distance: FloatArray, generator: Generator) -> FloatArray:
    """A sum of two power laws, as of parameters and data (smooth)."""
    share = generator.uniform(0.2, 0.8)
    first, second = np.log(10.0) * generator.uniform(0.1, 0.6, 2)
    return np.asarray(MIDDLE + np.logaddexp(np.log(share) - first * distance, np.log(1.0 - share) - second * distance))


def _bent(distance: FloatArray, generator: Generator) -> FloatArray:
    """An exponent that grows or falls by up to a half over the range (smooth)."""
    exponent, change = np.log(10.0) * generator.uniform(0.2, 0.5), generator.uniform(-0.5, 0.5)
    return np.asarray(MIDDLE - exponent * (distance + 0.25 * change * distance * np.abs(distance).clip(max=2.0)))


def _floor(distance: FloatArray, generator: Generator) -> FloatArray:
    """A power law over an irreducible loss of up to a third of that at the midpoint (smooth)."""
    share = generator.uniform(0.05, 0.33)
    fall = np.log(1.0 - share) - generator.uniform(0.15, 0.6) * np.log(10.0) * distance
    return np.asarray(MIDDLE + np.logaddexp(np.log(share), fall))


def _steep(distance: FloatArray, generator: Generator) -> FloatArray:
    """Level, then a power law with an exponent of 2 to 5 per nat, then level again (abrupt)."""
    before, after = np.log(generator.uniform(5.0, 8.0)), np.log(generator.uniform(0.1, 0.7))
    slope = np.log(10.0) * generator.uniform(2.0, 5.0)
    return np.asarray(np.clip(0.5 * (before + after) - slope * distance, after, before))


def _step(distance: FloatArray, generator: Generator) -> FloatArray:
    """From one loss to another between two scales (abrupt)."""
    before, after = np.log(generator.uniform(5.0, 8.0)), np.log(generator.uniform(0.1, 0.7))
    return np.asarray(np.where(distance < 0.0, before, after))


def _skill(distance: FloatArray, n_items: int, generator: Generator) -> FloatArray:
    """Loss of whole answers, shape (n_scales, n_items): items are learned one by one, most within .2 to .8 decades.

    A share of items is never learned. What is not learned yet has lost 5 to 8 nats, what is has .02 to .2.
    """
    place = generator.logistic(0.0, generator.uniform(0.2, 0.8) / (2.0 * np.log(9.0)), n_items)
    place[generator.random(n_items) < generator.uniform(0.05, 0.5)] = np.inf
    before, after = generator.uniform(5.0, 8.0, n_items), generator.uniform(0.02, 0.2, n_items)
    return np.where(distance[:, None] < place, before, after)


_OTHER = {
    "broken": _broken, "two_laws": _two_laws, "bent": _bent, "floor": _floor, "steep": _steep, "step": _step,
}  # fmt: skip


def _difficulty(n_items: int, spread: float, generator: Generator) -> FloatArray:
    """Loss of each item relative to the mean."""
    return generator.gamma(1.0 / spread, spread, n_items) if spread else np.ones(n_items)


def _lengths(tokens: int, n_items: int, generator: Generator) -> npt.NDArray[np.int_]:
    """Tokens of each answer: alike, or Poisson."""
    if generator.random() < 0.4:
        return np.maximum(generator.poisson(tokens, n_items), 1)
    return np.full(n_items, tokens)


def _measure(answers: _Answers, generator: Generator) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Score and standard error of every metric, from one draw of all tokens; counts and their number where they are.

    The model's own loss varies from answer to answer. A choice is as sure as the answer is.
    """
    every = answers.length
    taken = np.arange(every.max()) < every[:, None]
    columns: dict[str, list[tuple[float, float]]] = {}
    for loss, n in zip(answers.loss, answers.n_items, strict=True):
        nats, length, k = np.broadcast_to(loss, every.shape)[:n], every[:n], answers.options
        right = (generator.random(taken[:n].shape) < np.exp(-nats)[:, None]) & taken[:n]
        n_right = right.sum(axis=1)
        spent = nats * generator.gamma(length, 1.0 / length)
        p = (1.0 + (k - 1.0) * np.exp(-nats)) / k
        whole = n_right == length
        found = {
            "exact_match": (float(whole.sum()), float(n)),
            "token_accuracy_counts": (float(n_right.sum()), float(length.sum())),
            "token_accuracy": _mean(n_right / length),
            "edit_similarity": _mean(n_right / length),
            "token_edit_distance": _mean(np.asarray(length - n_right, dtype=np.float64)),
            "normalized_edit_distance": _mean(1.0 - n_right / length),
            "cross_entropy": _mean(spent),
            "perplexity": _exponential(_mean(spent)),
            "log_prob": _mean(-spent * length),
            "brier_score": _mean((1.0 - p) ** 2 * k / (k - 1.0)),
            "correct_choice_probability": _mean(p),
        }
        for name, value in found.items():
            columns.setdefault(name, []).append(value)
    return {name: (np.array([a for a, _ in rows]), np.array([b for _, b in rows])) for name, rows in columns.items()}


def _mean(values: FloatArray) -> tuple[float, float]:
    """Mean and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))


def _exponential(mean: tuple[float, float]) -> tuple[float, float]:
    """exp of a mean, with the delta method's standard error."""
    return float(np.exp(mean[0])), float(np.exp(mean[0]) * mean[1])


def _pair(
    law: str,
    i: int,
    x: FloatArray,
    answers: _Answers,
    scores: dict[str, tuple[FloatArray, FloatArray]],
    metric: str,
    facts: dict[str, float | str],
) -> Pair:
    """Exact match and one companion."""
    right, asked = scores["exact_match"]
    return Pair(
        law=law,
        series=Series(
            scale=10.0**x, n_correct=right, n_items=asked, chance_level=0.0, metric="exact_match", name=f"{law}_{i:05d}"
        ),
        companion=_companion(metric, 10.0**x, *scores[metric.removeprefix("bare_")], options=answers.options),
        facts={
            "companion": metric,
            "n_scales": x.size,
            "n_items": float(np.median(asked)),
            "highest": float(right[-1] / asked[-1]),
            **facts,
        },
    )


def _companion(metric: str, scale: FloatArray, score: FloatArray, error: FloatArray, *, options: int) -> Series:
    """A companion as a series, with standard errors or without."""
    name = metric.removeprefix("bare_").removesuffix("_counts")
    bounds = BOUNDS.get(name)
    chance = {"brier_score": 1.0 - 1.0 / options, "correct_choice_probability": 1.0 / options}.get(name, 0.0)
    if name == "normalized_edit_distance":
        chance = 1.0
    common = {
        "scale": scale,
        "chance_level": None if bounds is None else chance,
        "higher_is_better": name not in LOWER_IS_BETTER,
        "score_bounds": bounds,
        "metric": name,
    }
    if metric.endswith("_counts"):
        return Series(n_correct=score, n_items=error, **common)  # type: ignore[arg-type]
    stderr = None if metric.startswith("bare_") else error
    return Series(score=score, stderr=stderr, **common)  # type: ignore[arg-type]
