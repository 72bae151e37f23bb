"""Where the time of one analysis goes: seconds inside each stage, and inside the compiled integrals of all stages."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pandas as pd

from benchmarks.machine import one_core
from emergence_stats import analysis, document, weighing
from emergence_stats.evidence import quadrature
from emergence_stats.series import Series

WARM_UP = 5
STAGES: Sequence[tuple[ModuleType, str, str]] = (
    (weighing, "find_evidences", "evidence of every curve"),
    (weighing, "join", "laying the nodes side by side"),
    (weighing, "indicators", "what holds of each node"),
    (analysis, "unpredictability", "evidence before the onset (E4)"),
    (analysis, "leave_scales_out", "evidence without each scale"),
    (analysis, "predict", "stacking weights"),
    (analysis, "locate", "threshold, onset, width"),
    (analysis, "prior_stability", "other priors, power-scaling"),
    (document, "to_document", "the document"),
)
INTEGRALS = (quadrature, "integrate", "in compiled integrals")


def run(series: Sequence[Series]) -> pd.DataFrame:
    """Milliseconds per series and share of each stage, one core, warm; the last row lies inside the others."""
    with one_core():
        for one in series[:WARM_UP]:
            analysis.analyze(one).to_dict()
        with _timed([*STAGES, INTEGRALS]) as spent:
            start = time.perf_counter()
            for one in series:
                analysis.analyze(one).to_dict()
            whole = time.perf_counter() - start
    inside = spent.pop(INTEGRALS[2])
    rows = [*sorted(spent.items(), key=lambda each: -each[1]), ("all else", whole - sum(spent.values()))]
    rows += [("analysis with its document", whole), ("of it in compiled integrals, whatever the stage", inside)]
    table = pd.DataFrame(rows, columns=["stage", "ms per series"])
    table["share"] = (table["ms per series"] / whole).map("{:.0%}".format)
    table["ms per series"] = (1e3 * table["ms per series"] / len(series)).round(2)
    return table


@contextmanager
def _timed(stages: Sequence[tuple[ModuleType, str, str]]) -> Iterator[dict[str, float]]:
    """Seconds spent in each stage while this lasts."""
    spent: dict[str, float] = defaultdict(float)

    def timed(function: Callable[..., Any], label: str) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:  # noqa: ANN401
            start = time.perf_counter()
            try:
                return function(*args, **options)
            finally:
                spent[label] += time.perf_counter() - start

        return call

    with ExitStack() as stack:
        for module, name, label in stages:
            stack.enter_context(patch.object(module, name, timed(getattr(module, name), label)))
        yield spent
