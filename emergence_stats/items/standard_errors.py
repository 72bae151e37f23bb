"""Standard errors of mean scores from the items behind them, clustered or not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emergence_stats.series import FloatArray


def standard_errors(score: FloatArray, cluster: npt.NDArray[np.intp] | None = None) -> FloatArray:
    """Standard error of the mean of each row, shape (n_models,).

    Without clusters s / sqrt(n), with s the standard deviation (n - 1). With clusters the cluster-robust error of the
    intercept of a regression on a constant, with statsmodels' sums over clusters and its correction G / (G - 1)::

        se^2 = G / (G - 1) sum_g (sum_{j in g} (y_j - ybar))^2 / n^2

    (Miller 2024, arXiv 2411.00640, section 2.2, has the same sum.) A cluster of one item counts like any other.

    Args:
        score: shape (n_models, n_items).
        cluster: code of each item's cluster, shape (n_items,), or None.
    """
    n = score.shape[1]
    if cluster is None:
        return score.std(axis=1, ddof=1) / np.sqrt(n) if n > 1 else np.zeros(score.shape[0])
    from statsmodels.stats.sandwich_covariance import S_crosssection

    # The regression's design is a column of ones: its scores are the residuals, its bread is 1 / n.
    residual = score - score.mean(axis=1, keepdims=True)
    n_clusters = int(cluster.max()) + 1
    meat = np.array([float(S_crosssection(row[:, None], cluster).item()) for row in residual])
    return np.asarray(np.sqrt(n_clusters / (n_clusters - 1.0) * meat) / n)
