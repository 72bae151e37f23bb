"""Many series are many chances of a small p-value: adjusted ones, by statsmodels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emergence_stats.series import FloatArray

METHODS = {"bh": "fdr_bh", "holm": "holm"}


def adjust(p_values: Sequence[float | None], method: str) -> list[float | None]:
    """Adjusted p-values in the same order; a missing one stays missing and does not count.

    Args:
        p_values: of tests that are judged together.
        method: "bh", the false discovery rate of Benjamini & Hochberg 1995 (doi:10.1111/j.2517-6161.1995.tb02031.x), or
            "holm", the family-wise error rate of Holm 1979.
    """
    found = adjust_array(np.array([np.nan if p is None else p for p in p_values], dtype=np.float64), method)
    return [None if p is None else float(value) for p, value in zip(p_values, found, strict=True)]


def adjust_array(p_values: FloatArray, method: str) -> FloatArray:
    """The same for an array, in which NaN stands for a missing one.

    Args:
        p_values: of tests that are judged together, shape (n,).
        method: as of `adjust`.
    """
    known = np.isfinite(p_values)
    adjusted = np.full(p_values.shape, np.nan)
    if known.sum() == 1:  # nothing to adjust for; statsmodels would spend a tenth of a second collecting garbage
        adjusted[known] = p_values[known]
    elif known.any():
        from statsmodels.stats.multitest import multipletests

        adjusted[known] = multipletests(p_values[known], method=METHODS[method])[1]
    return adjusted
