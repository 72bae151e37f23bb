"""This project's analysis, under the same rules as every other peer."""

from __future__ import annotations

import math

from benchmarks.peers.finding import Finding
from emergence_stats.series import Series


def analysis(series: Series) -> Finding:
    """Score: `p_emergent`. Called: the verdict is emergent. Threshold: as reported, with its 90 % interval."""
    from emergence_stats.analysis import analyze

    document = analyze(series, resamples=0, seed=0).to_dict()
    threshold = document["threshold"]
    place = {} if threshold is None else {name: math.log10(threshold[name]) for name in ("median", "low", "high")}
    return Finding(
        score=document["p_emergent"],
        called=document["verdict"] == "emergent",
        threshold=place.get("median"),
        low=place.get("low"),
        high=place.get("high"),
    )
