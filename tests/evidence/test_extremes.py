"""No input that a series may hold makes the evidence infinite, undefined or noisy with warnings."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import emergence_stats as es
from emergence_stats.errors import SeriesError
from emergence_stats.evidence.quadrature import MOST_POINTS, all_curves, make_problem
from emergence_stats.models.curves import CURVES
from emergence_stats.models.likelihood import observe
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings


def equally_spaced(n: int, decades: float = 4.0) -> FloatArray:
    return 10.0 ** (9.0 + np.linspace(0.0, decades, n))


def series(scale: FloatArray, share: object, n_items: float = 100.0, chance_level: float = 0.25) -> Series:
    """Counts near the given shares."""
    n = np.full(scale.size, n_items)
    return Series(scale=scale, n_correct=np.rint(n * np.asarray(share)), n_items=n, chance_level=chance_level)


def rising(scale: FloatArray) -> FloatArray:
    """A rise from .25 to .9 in the middle of the range."""
    x = np.log10(scale)
    return np.asarray(0.25 + 0.65 / (1.0 + np.exp(-6.0 * (x - x.mean()) / np.ptp(x))))


SIX = equally_spaced(6)
CASES = {
    **{f"none correct of {n:g}": series(SIX, np.zeros(6), n) for n in (1, 100, 1e9)},
    **{f"none correct of {n:g}, chance 0": series(SIX, np.zeros(6), n, 0.0) for n in (1, 100, 1e9)},
    **{f"all correct of {n:g}": series(SIX, np.ones(6), n) for n in (1, 100, 1e9)},
    "a billion items, rising": series(SIX, rising(SIX), 1e9),
    "a billion items, flat": series(SIX, np.full(6, 0.25), 1e9),
    "a billion items, from nothing to all": series(SIX, [0, 0, 0, 1, 1, 1], 1e9, 0.0),
    "two points": series(equally_spaced(2), [0.03, 0.9], 100, 0.0),
    "200 points": series(equally_spaced(200), rising(equally_spaced(200))),
    "40 runs at each of two scales": series(np.repeat([1e9, 1e10], 40), np.repeat([0.25, 0.8], 40)),
    "all at one scale": series(np.full(4, 1e9), [0.3, 0.31, 0.29, 0.3]),
    "a thousandth of a decade": series(equally_spaced(5, 1e-3), [0.25, 0.26, 0.24, 0.8, 0.9]),
    "thirty decades": series(10.0 ** np.linspace(-10.0, 20.0, 5), [0.25, 0.26, 0.24, 0.8, 0.9]),
    "two scales that nearly coincide": series(np.array([1e8, 1e9, 1.0000001e9, 1e10]), [0.25, 0.26, 0.8, 0.9]),
    "chance close to 1": series(SIX, np.full(6, 0.99), 100, 0.99),
    "exact scores": Series(scale=SIX, score=np.full(6, 0.5), chance_level=0.0),
    "tiny standard errors": Series(scale=SIX, score=rising(SIX), stderr=np.full(6, 1e-9), chance_level=0.25),
    "unbounded": Series(scale=SIX, score=np.array([3e9, 2e9, 1e9, -1e9, -5e9, -6e9]), score_bounds=None),
}


@pytest.mark.parametrize("case", CASES)
def test_evidence_and_its_error_are_finite(case: str) -> None:
    settings = Settings()
    found = all_curves(make_problem(observe(CASES[case], settings.prior), settings, "params"))
    assert list(found) == list(CURVES)
    for evidence in found.values():
        assert math.isfinite(evidence.log_evidence)
        assert 0.0 <= evidence.error <= 2.0
        weights = np.exp(evidence.log_weight - evidence.log_evidence)
        assert weights.sum() == pytest.approx(1.0, abs=1e-6)
        assert np.isfinite(evidence.levels[weights > 0.0]).all()
        assert np.isfinite(evidence.pointwise[weights > 0.0]).all()


@pytest.mark.parametrize("case", ["200 points", "a billion items, rising", "none correct of 100", "unbounded"])
def test_the_same_bits_every_time(case: str) -> None:
    settings = Settings()
    first, second = (all_curves(make_problem(observe(CASES[case], settings.prior), settings, "params")) for _ in "ab")
    for name in CURVES:
        assert first[name].log_evidence == second[name].log_evidence
        assert first[name].error == second[name].error
        np.testing.assert_array_equal(first[name].log_weight, second[name].log_weight)


@pytest.mark.parametrize("name", CURVES)
def test_curves_stay_between_0_and_1(name: str) -> None:
    settings = Settings()
    for case in ("a billion items, from nothing to all", "two points", "exact scores"):
        evidence = all_curves(make_problem(observe(CASES[case], settings.prior), settings, "params"))[name]
        first, second, base = evidence.levels[evidence.log_weight > evidence.log_evidence - 50.0].T
        top = base - np.maximum(first, second) if CURVES[name].sign < 0 else base + np.maximum(first, second)
        assert np.all((base >= 0.0) & (base <= 1.0))
        assert np.all((top >= -1e-12) & (top <= 1.0 + 1e-12))


def test_a_series_too_long_for_memory_is_refused_and_the_others_are_analysed() -> None:
    """Two million lines of five tasks are a table whose series were not told apart."""
    points = MOST_POINTS + 1
    scale = np.resize([1e7, 1e8, 1e9, 1e10], points)
    long = Series(scale=scale, score=np.full(points, 0.5), chance_level=0.0)
    with pytest.raises(SeriesError, match=r"at most 10,000 scores in a series, got 10,001"):
        es.analyze(long)
    frame = pd.concat(
        [
            pd.DataFrame({"task": "long", "params": scale, "score": 0.5}),
            pd.DataFrame({"task": "short", "params": [1e7, 1e8, 1e9, 1e10], "score": [0.0, 0.1, 0.4, 0.8]}),
        ]
    )
    table = es.analyze_frame(frame).set_index("task")
    assert table.loc["long", "verdict"] == "failed"
    assert "at most 10,000" in str(table.loc["long", "reason"])
    assert table.loc["short", "verdict"] != "failed"
