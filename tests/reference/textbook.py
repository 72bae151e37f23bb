"""Series whose verdict nobody disputes, with that verdict, and their analyses computed once per session."""

from __future__ import annotations

import functools

import numpy as np

from emergence_stats.analysis import Analysis, analyze
from emergence_stats.series import Series


def counts(n_correct: list[float], n_items: float, *, chance_level: float = 0.25, decades: float = 4.0) -> Series:
    """Counts at equally spaced scales from 10^8 parameters upwards."""
    return Series(
        scale=10.0 ** np.linspace(8.0, 8.0 + decades, len(n_correct)),
        n_correct=np.array(n_correct),
        n_items=np.full(len(n_correct), n_items),
        chance_level=chance_level,
    )


# exp(-3 N^-0.3) over four decades: 10-90 % of the rise takes 1.340 / 0.3 = 4.5 decades.
POWER_LAW = np.round(1000.0 * np.exp(-3.0 * (10.0 ** np.linspace(0.0, 4.0, 8)) ** -0.3)).tolist()

SERIES: dict[str, Series] = {
    "sharp": counts([25, 26, 24, 25, 27, 90, 95, 94], 100),
    "linear": counts(np.linspace(60, 380, 8).round().tolist(), 400, chance_level=0.1),
    "gompertz": counts(POWER_LAW, 1000, chance_level=0.0),
    "at chance": counts([252, 247, 250, 255, 246, 251, 249, 250], 1000),
    "constant": counts([301, 296, 305, 299, 303, 297, 300, 302], 500),
    "falling": counts([240, 220, 190, 160, 130, 110], 500),
    "valley": counts([400, 300, 200, 100, 200, 300, 400], 500),
    "peak": counts([130, 200, 300, 400, 300, 200, 130], 500),
    "two points": counts([3, 90], 100, chance_level=0.0),
    "few items": counts([2, 3, 3, 5, 7], 10),
}
VERDICTS: dict[str, str] = {
    "sharp": "emergent",
    "linear": "smooth",
    "gompertz": "smooth",
    "at chance": "not_emerged",
    "constant": "flat",
    "falling": "inverse",
    "valley": "non_monotone",
    "peak": "non_monotone",
    "two points": "undetermined",
    "few items": "resolution_artifact",
}


@functools.cache
def analysis_of(name: str) -> Analysis:
    """The analysis of a textbook series."""
    return analyze(SERIES[name])
