"""Autoencoders and classifiers of growing width on scikit-learn's digits (1,797 images of 8 by 8 pixels)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.induced import scoring
from emergence_stats.series import FloatArray

WIDTHS = (1, 2, 3, 4, 6, 9, 14, 20, 32, 48, 64)
FEATURES = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024, 2048)
SEEDS = (0, 1, 2)
TRAINED = 597  # images; the other 1,200 are the test set
THRESHOLD = 0.006  # mean squared error of an image (pixels from 0 to 1) below which it counts as reconstructed
EXAMPLES_PER_PARAMETER, BATCH = 20, 32  # larger nets are trained for longer, as language models are
GROUP = 6  # images that must all be classified right


def autoencoders() -> pd.DataFrame:
    """Reconstruction error (smooth) and the share of images reconstructed better than c (sharp), by training FLOP."""
    from sklearn.neural_network import MLPRegressor

    rows = []
    for seed in SEEDS:
        seen, new, _, _ = _images(seed)
        for width in WIDTHS:
            model = MLPRegressor(
                hidden_layer_sizes=(width,),
                activation="tanh",
                learning_rate_init=0.01,
                batch_size=BATCH,
                random_state=seed,
            )
            size = 2 * seen.shape[1] * width + width + seen.shape[1]
            steps = round(EXAMPLES_PER_PARAMETER * size / BATCH)
            generator = np.random.default_rng(seed)
            for _ in range(steps):
                batch = generator.integers(0, TRAINED, BATCH)
                model.partial_fit(seen[batch], seen[batch])
            error = np.mean((model.predict(new) - new) ** 2, axis=1)
            flops = 6.0 * size * steps * BATCH  # 2 forward, 4 backward for each weight and example
            row = {"task": "digits_autoencoder", "train_flops": flops, "seed": seed}
            rows.append(scoring.mean(error, **row, metric="reconstruction_error"))
            rows.append(scoring.counts(error < THRESHOLD, **row, metric="share_reconstructed"))
    return scoring.table(rows, {"share_reconstructed": 0.0}, ("reconstruction_error",))


def classifiers() -> pd.DataFrame:
    """Accuracy per digit (smooth) and all of six digits right (sharp), by parameters of a ridge on random features."""
    from sklearn.kernel_approximation import RBFSampler
    from sklearn.linear_model import RidgeClassifier

    rows = []
    for seed in SEEDS:
        seen, new, seen_label, new_label = _images(seed)
        for width in FEATURES:
            features = RBFSampler(gamma=0.05, n_components=width, random_state=seed)
            model = RidgeClassifier(alpha=0.01).fit(features.fit_transform(seen), seen_label)
            right = model.predict(features.transform(new)) == new_label
            row = {"task": "digits_in_sixes", "params": 10 * width + 10, "seed": seed}
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
