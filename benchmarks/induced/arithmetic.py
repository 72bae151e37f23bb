"""Sums learned by multilayer perceptrons: of two-digit numbers by growing width, and modulo a prime by training."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from benchmarks.induced import scoring
from benchmarks.induced.digits import parameters
from emergence_stats.series import FloatArray

SEEDS = (0, 1, 2)
WIDTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
TRAINED, TESTED, PLACES = 4000, 2000, 3
PRIME, SHARE_TRAINED = 41, 0.6
STEPS = (10, 14, 20, 28, 40, 57, 80, 113, 160, 226, 320, 453, 640, 905, 1280)  # full-batch steps of Adam


def addition() -> pd.DataFrame:
    """Two-digit addition: accuracy per digit of the sum (smooth) and exact match of all three (sharp)."""
    from sklearn.neural_network import MLPClassifier

    rows = []
    for seed in SEEDS:
        generator = np.random.default_rng(seed)
        pairs = generator.permutation(10_000)[: TRAINED + TESTED]
        first, second = np.divmod(pairs, 100)
        inputs = np.hstack([_one_hot(first, 2), _one_hot(second, 2)])
        target = _digits(first + second, PLACES)
        indicators = _one_hot(first + second, PLACES)
        for width in WIDTHS:
            model = MLPClassifier(hidden_layer_sizes=(width,), learning_rate_init=0.005, max_iter=60, random_state=seed)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that 60 epochs are not the end of training
                model.fit(inputs[:TRAINED], indicators[:TRAINED])
            belief = model.predict_proba(inputs[TRAINED:]).reshape(TESTED, PLACES, 10)
            right = belief.argmax(axis=2) == target[TRAINED:]
            row = {"task": "addition_2_digits", "params": parameters(model), "seed": seed}
            rows.append(scoring.mean(right.mean(axis=1), **row, metric="per_digit_accuracy"))
            rows.append(scoring.counts(right.all(axis=1), **row, metric="exact_match"))
    return scoring.table(rows, {"per_digit_accuracy": 0.1, "exact_match": 0.0})


def modular_addition() -> pd.DataFrame:
    """a + b modulo 41 by examples seen in training: accuracy, mean probability of the right answer, cross-entropy.

    The net has all training pairs right long before it has any of the others; then these follow suddenly. Weight decay
    makes it so. The test pairs are those that it never saw.
    """
    from sklearn.neural_network import MLPClassifier

    rows = []
    every = np.arange(PRIME**2)
    first, second = np.divmod(every, PRIME)
    inputs = np.hstack([np.eye(PRIME)[first], np.eye(PRIME)[second]])
    target = (first + second) % PRIME
    n_trained = int(SHARE_TRAINED * every.size)
    for seed in SEEDS:
        order = np.random.default_rng(seed).permutation(every)
        seen, new = order[:n_trained], order[n_trained:]
        model = MLPClassifier(
            hidden_layer_sizes=(256,), alpha=1.0, batch_size=n_trained, learning_rate_init=0.003, random_state=seed
        )
        for step in range(1, max(STEPS) + 1):
            model.partial_fit(inputs[seen], target[seen], classes=np.arange(PRIME))
            if step not in STEPS:
                continue
            row = {"task": "modular_addition", "tokens": step * n_trained, "seed": seed}
            belief = model.predict_proba(inputs[new])
            truth = belief[np.arange(new.size), target[new]]
            right = (belief.argmax(axis=1) == target[new]).astype(np.float64)
            rows.append(scoring.counts(right, **row, metric="accuracy"))
            rows.append(scoring.mean(truth, **row, metric="p_correct"))
            rows.append(scoring.mean(-np.log(truth), **row, metric="cross_entropy"))
    return scoring.table(rows, {"accuracy": 1 / PRIME, "p_correct": 1 / PRIME}, ("cross_entropy",))


def _digits(numbers: FloatArray, places: int) -> FloatArray:
    """Decimal digits, the highest place first, shape (n, places)."""
    return np.asarray((numbers[:, None] // 10 ** np.arange(places - 1, -1, -1)) % 10)


def _one_hot(numbers: FloatArray, places: int) -> FloatArray:
    """Decimal digits as indicators, shape (n, 10 * places)."""
    return np.asarray(np.eye(10)[_digits(numbers, places)].reshape(len(numbers), 10 * places))
