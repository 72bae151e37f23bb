"""Is it the ability or the metric? One law, scored by exact match and by a companion, both from the same tokens.

Smooth: the loss of a token falls as a power law of scale (exponents .1 to .6 per nat), some of them with an
irreducible loss or slower at both ends. Kink: within .1 to .8 decades it falls so far that the exact match of items all
alike goes from under 2 % to 40 to 95 %, over a power law with exponents 0 to .1. Answers have 2 to 40 tokens, alike or
mixed; items differ in difficulty or not; models scatter by 0 to 10 % of their loss. 250 to 2000 items at 6 to 12 scales
over 2.5 to 4.5 decades, the midpoint of the rise at 35 to 90 % of the range. Every token is drawn, and both metrics are
computed from these draws.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import joblib
import numpy as np
import pandas as pd

from emergence_stats.analysis import analyze
from emergence_stats.series import FloatArray, Series

LENGTHS = (2, 3, 5, 8, 12, 20, 40)
METRICS = ("token_accuracy", "token_edit_distance", "cross_entropy", "log_prob", "brier_score", "bare_token_accuracy")
RIGHT: Mapping[str, tuple[str, ...]] = {"smooth": ("metric_artifact", "smooth"), "kink": ("emergent",)}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """Two metrics of the same outputs, and the truth."""

    law: str
    series: Series
    companion: Series
    facts: dict[str, float | str]


def make_pair(law: str, seed: int, i: int) -> Pair:
    """Pair i of a law: ``smooth`` or ``kink``; depends on law, seed and i alone."""
    generator = np.random.default_rng([seed, law == "kink", i])
    n_scales = int(generator.integers(6, 13))
    span = generator.uniform(2.5, 4.5)
    x = 8.0 + np.linspace(0.0, span, n_scales)
    if generator.random() < 0.3:
        x[1:-1] += generator.uniform(-0.3, 0.3, n_scales - 2) * span / (n_scales - 1)
    n_items = int(generator.choice([250, 500, 1000, 2000]))
    tokens = int(generator.choice(LENGTHS))
    middle = x[0] + generator.uniform(0.35, 0.9) * span
    log_loss = _fall(law, x - middle, generator) - np.log(tokens)
    loss = np.exp(log_loss + generator.choice([0.0, 0.03, 0.1]) * generator.standard_normal(n_scales))
    if law == "smooth" and generator.random() < 0.3:
        loss = loss + generator.uniform(0.0, 0.2) / tokens
    scores = _measure(loss, tokens, n_items, generator)
    metric = str(generator.choice(METRICS))
    return Pair(
        law=law,
        series=Series(
            scale=10.0**x,
            n_correct=scores["exact_match"][0],
            n_items=np.full(n_scales, n_items),
            chance_level=0.0,
            metric="exact_match",
            name=f"{law}_{i:05d}",
        ),
        companion=_companion(metric, 10.0**x, *scores[metric.removeprefix("bare_")]),
        facts={
            "companion": metric,
            "n_scales": n_scales,
            "span": span,
            "n_items": n_items,
            "tokens": tokens,
            "highest": float(scores["exact_match"][0][-1] / n_items),
        },
    )


def _fall(law: str, distance: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Log of a whole answer's loss by distance from the midpoint of the rise, in decades."""
    if law == "kink":
        slow, width = generator.uniform(0.0, 0.1), generator.uniform(0.1, 0.8)
        before, after = np.log(-np.log([generator.uniform(0.0005, 0.02), generator.uniform(0.4, 0.95)]))
        share = 1.0 / (1.0 + np.exp(-2.0 * np.log(9.0) * distance / width))
        return np.asarray(before + (after - before) * share - slow * np.log(10.0) * distance)
    middle, exponent = np.log(np.log(2.0)), generator.uniform(0.1, 0.6)
    if generator.random() < 0.2:  # slow at both ends
        return np.asarray(middle - exponent * np.log(10.0) * 2.5 * np.tanh(distance / 2.5))
    return np.asarray(middle - exponent * np.log(10.0) * distance)


def _measure(
    loss: FloatArray, tokens: int, n_items: int, generator: np.random.Generator
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Score and standard error of every metric, from one draw of all tokens; counts right for exact match."""
    hard = generator.choice([0.0, 0.3])
    difficulty = generator.gamma(1.0 / hard, hard, n_items) if hard else np.ones(n_items)
    lengths = np.full(n_items, tokens)
    if generator.random() < 0.4:
        lengths = np.maximum(generator.poisson(tokens, n_items), 1)
    taken = np.arange(lengths.max()) < lengths[:, None]
    columns: dict[str, list[tuple[float, float]]] = {name: [] for name in ("exact_match", *METRICS[:5])}
    for mean in loss:
        nats = mean * difficulty
        right = (generator.random(taken.shape) < np.exp(-nats)[:, None]) & taken
        share = right.sum(axis=1) / lengths
        spent = nats * generator.gamma(lengths, 1.0 / lengths)  # the model's own loss, averaged over the answer
        p = (1.0 + 3.0 * np.exp(-nats)) / 4.0  # mass on the right one of four options, as sure as the answer is
        columns["exact_match"].append((float((share == 1.0).sum()), 0.0))
        for name, values in (
            ("token_accuracy", share),
            ("token_edit_distance", lengths * (1.0 - share)),
            ("cross_entropy", spent),
            ("log_prob", -spent * lengths),
            ("brier_score", (1.0 - p) ** 2 * 4.0 / 3.0),
        ):
            columns[name].append((float(values.mean()), float(values.std(ddof=1) / np.sqrt(n_items))))
    return {name: (np.array([a for a, _ in rows]), np.array([b for _, b in rows])) for name, rows in columns.items()}


def _companion(metric: str, scale: FloatArray, score: FloatArray, stderr: FloatArray) -> Series:
    name = metric.removeprefix("bare_")
    bounds = {"token_accuracy": (0.0, 1.0), "brier_score": (0.0, 2.0)}.get(name)
    return Series(
        scale=scale,
        score=score,
        stderr=None if metric.startswith("bare_") else stderr,
        chance_level=None if bounds is None else 0.0 if name == "token_accuracy" else 0.75,
        higher_is_better=name in {"token_accuracy", "log_prob"},
        score_bounds=bounds,
        metric=name,
    )


def outcome(law: str, seed: int, i: int) -> dict[str, object]:
    """Verdicts on one pair: on exact match with and without its companion."""
    pair = make_pair(law, seed, i)
    alone, beside = analyze(pair.series), analyze(pair.series, companions=[pair.companion])
    judged = beside.companions[0].found if beside.companions else None
    return {
        "law": law,
        **pair.facts,
        "alone": alone.verdict.value,
        "verdict": beside.verdict.value,
        "shape": "not asked" if judged is None else judged.shape.value,
        "reason": beside.reason,
    }


def evaluate(size: int, *, seed: int = 0, workers: int = 1) -> pd.DataFrame:
    """One row per pair, `size` of each law."""
    jobs = (joblib.delayed(outcome)(law, seed, i) for law in RIGHT for i in range(size))
    return pd.DataFrame(joblib.Parallel(n_jobs=workers, batch_size=8)(jobs))


def run(size: int, *, seed: int = 0, workers: int = 1) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """What was asked for beside what was reached; verdicts by law; the same by companion; and the pairs."""
    rows = evaluate(size, seed=seed, workers=workers)
    return summarise(rows), by_companion(rows), rows


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """Floors and shares, with the companion and without it."""
    asked = (
        ("smooth law called metric_artifact or smooth", "smooth", RIGHT["smooth"], "at least 95 %"),
        ("smooth law called emergent", "smooth", ("emergent",), "at most 1 %"),
        ("kink called emergent", "kink", RIGHT["kink"], "at least 80 %"),
        ("kink called metric_artifact or smooth", "kink", RIGHT["smooth"], ""),
    )
    return pd.DataFrame(
        [
            {
                "quantity": label,
                "asked for": floor,
                "with its companion": f"{_share(rows, law, 'verdict', words):.1%}",
                "exact match alone": f"{_share(rows, law, 'alone', words):.1%}",
            }
            for label, law, words, floor in asked
        ]
    )


def by_companion(rows: pd.DataFrame) -> pd.DataFrame:
    """Share of right verdicts by companion metric, and the pairs behind it."""
    return pd.DataFrame(
        [
            {
                "companion": name,
                "smooth laws called so": f"{_share(part, 'smooth', 'verdict', RIGHT['smooth']):.1%}",
                "smooth laws called emergent": f"{_share(part, 'smooth', 'verdict', ('emergent',)):.1%}",
                "kinks called emergent": f"{_share(part, 'kink', 'verdict', RIGHT['kink']):.1%}",
                "pairs": len(part),
            }
            for name, part in rows.groupby("companion", sort=True)
        ]
    )


def _share(rows: pd.DataFrame, law: str, column: str, words: tuple[str, ...]) -> float:
    return float(rows.loc[rows["law"] == law, column].isin(words).mean())
