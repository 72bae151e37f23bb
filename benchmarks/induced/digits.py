"""Autoencoders and classifiers of growing width on scikit-learn's digits (1,797 images of 8 by 8 pixels)."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from benchmarks.induced import scoring
from emergence_stats.series import FloatArray

WIDTHS = (1, 2, 3, 4, 6, 9, 14, 20, 32, 48, 64)
SEEDS = (0, 1, 2)
TRAINED = 597  # images; the other 1,200 are the test set
THRESHOLD = 0.006  # mean squared error of an image (pixels from 0 to 1) below which it counts as reconstructed
GROUP = 4  # images that must all be classified right


def autoencoders() -> pd.DataFrame:
    """Reconstruction error (smooth) and the share of images reconstructed better than c (sharp), by parameters."""
    from sklearn.neural_network import MLPRegressor

    rows = []
    for seed in SEEDS:
        seen, new, _, _ = _images(seed)
        for width in WIDTHS:
            model = MLPRegressor(
                hidden_layer_sizes=(width,), activation="tanh", learning_rate_init=0.01, max_iter=200, random_state=seed
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that 200 epochs are not the end of training
                model.fit(seen, seen)
            error = np.mean((model.predict(new) - new) ** 2, axis=1)
            row = {"task": "digits_autoencoder", "params": parameters(model), "seed": seed}
            rows.append(scoring.mean(error, **row, metric="reconstruction_error"))
            rows.append(scoring.counts(error < THRESHOLD, **row, metric="share_reconstructed"))
    return scoring.table(rows, {"share_reconstructed": 0.0}, ("reconstruction_error",))


def classifiers() -> pd.DataFrame:
    """Accuracy per digit (smooth) and all of four digits right (sharp), by parameters."""
    from sklearn.neural_network import MLPClassifier

    rows = []
    for seed in SEEDS:
        seen, new, seen_label, new_label = _images(seed)
        for width in WIDTHS:
            model = MLPClassifier(
                hidden_layer_sizes=(width,), learning_rate_init=0.005, max_iter=150, random_state=seed
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.fit(seen, seen_label)
            right = (model.predict(new) == new_label).astype(np.float64)
            row = {"task": "digits_in_fours", "params": parameters(model), "seed": seed}
            rows.append(scoring.counts(right, **row, metric="per_digit_accuracy"))
            together = right[: right.size // GROUP * GROUP].reshape(-1, GROUP).all(axis=1)
            rows.append(scoring.counts(together, **row, metric="exact_match"))
    return scoring.table(rows, {"per_digit_accuracy": 0.1, "exact_match": 0.0})


def parameters(model: object) -> int:
    """Weights and biases of a multilayer perceptron."""
    return sum(array.size for name in ("coefs_", "intercepts_") for array in getattr(model, name))


def _images(seed: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Images to train on and to test on, pixels from 0 to 1, and the labels of both."""
    from sklearn.datasets import load_digits

    data = load_digits()
    order = np.random.default_rng(seed).permutation(data.target.size)
    pixels, labels = data.data[order] / 16.0, data.target[order]
    return pixels[:TRAINED], pixels[TRAINED:], labels[:TRAINED], labels[TRAINED:]
