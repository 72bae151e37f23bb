"""Many series are many chances of a small p-value: adjusted ones, by statsmodels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

METHODS = {"bh": "fdr_bh", "holm": "holm"}


def adjust(p_values: Sequence[float | None], method: str) -> list[float | None]:
    """Adjusted p-values in the same order; a missing one stays missing and does not count.

    Args:
        p_values: of tests that are judged together.
        method: "bh", the false discovery rate of Benjamini & Hochberg 1995 (doi:10.1111/j.2517-6161.1995.tb02031.x), or
            "holm", the family-wise error rate of Holm 1979.
    """
    from statsmodels.stats.multitest import multipletests

    known = [i for i, p in enumerate(p_values) if p is not None]
    adjusted: list[float | None] = [None] * len(p_values)
    if known:
        found = multipletests(np.array([p_values[i] for i in known], dtype=np.float64), method=METHODS[method])[1]
        for i, p in zip(known, found, strict=True):
            adjusted[i] = float(p)
    return adjusted
