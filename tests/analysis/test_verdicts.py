"""Verdicts on series that nobody disputes, and on those that other programs get wrong."""

from __future__ import annotations

import numpy as np
import pytest

from emergence_stats.analysis import Analysis, analyze
from emergence_stats.series import FloatArray, Series
from tests.reference.textbook import SERIES, VERDICTS, analysis_of, counts


@pytest.mark.parametrize("name", SERIES)
def test_a_textbook_series_gets_its_verdict(name: str) -> None:
    assert analysis_of(name).verdict == VERDICTS[name]


@pytest.mark.parametrize("name", ["linear", "gompertz", "at chance", "constant", "falling", "valley", "peak"])
def test_what_is_no_phase_change_is_called_so_with_confidence(name: str) -> None:
    found = analysis_of(name)
    assert found.p_emergent < 0.05
    assert found.probabilities["phase_change"] < 0.1


def test_a_sharp_rise_is_located() -> None:
    found = analysis_of("sharp")
    scale = found.series.scale
    assert found.threshold.median is not None
    assert scale[4] < found.threshold.median < scale[5]
    low, high = found.threshold.interval(0.9) or (0.0, 0.0)
    assert scale[3] < low < found.threshold.median < high < scale[6]
    assert found.onset.median is not None
    assert found.onset.median <= found.threshold.median


def seeded(seed: int) -> np.random.Generator:
    return np.random.default_rng([20220626, seed])


def beta_binomial(rng: np.random.Generator, n: int, mean: FloatArray, overdispersion: float) -> FloatArray:
    """Counts whose run-to-run scatter exceeds the binomial's."""
    total = 1.0 / overdispersion - 1.0
    return rng.binomial(n, rng.beta(mean * total, (1.0 - mean) * total)).astype(float)


@pytest.mark.parametrize("seed", range(15))
def test_chance_level_scores_have_no_threshold(seed: int) -> None:
    rng = seeded(seed)
    n_items = int(rng.choice([50, 200, 1000]))
    found = analyze(counts(rng.binomial(n_items, 0.25, int(rng.integers(5, 10))).tolist(), n_items))
    assert found.threshold.median is None
    assert found.verdict in {"not_emerged", "flat", "undetermined"}
    assert found.p_emergent < 0.2


@pytest.mark.parametrize("n_items", [10, 100, 10_000, 10**9])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_all_wrong_and_all_correct_have_no_threshold(n_items: int, share: float) -> None:
    found = analyze(counts([share * n_items] * 6, n_items))
    assert found.threshold.median is None
    assert found.verdict not in {"emergent", "smooth", "metric_artifact", "resolution_artifact", "non_monotone"}


@pytest.mark.parametrize("seed", range(5))
def test_declining_scores_have_no_threshold(seed: int) -> None:
    share = np.linspace(0.8, 0.35, 7)
    found = analyze(counts(seeded(seed).binomial(300, share).tolist(), 300))
    assert found.threshold.median is None
    assert found.verdict == "inverse"


@pytest.mark.parametrize("seed", range(12))
def test_log_linear_scores_are_never_emergent(seed: int) -> None:
    rng = seeded(seed)
    n_points, n_items = int(rng.integers(4, 13)), int(rng.choice([50, 200, 1000]))
    share = np.linspace(0.25, rng.uniform(0.5, 0.95), n_points)
    found = analyze(counts(rng.binomial(n_items, share).tolist(), n_items))
    assert found.verdict != "emergent"
    assert found.verdict in {"smooth", "undetermined", "resolution_artifact"}


@pytest.mark.parametrize("overdispersion", [0.003, 0.01])
@pytest.mark.parametrize("seed", range(8))
def test_flat_overdispersed_scores_are_never_emergent(seed: int, overdispersion: float) -> None:
    drawn = beta_binomial(seeded(seed), 14_000, np.full(8, 0.3), overdispersion)
    found = analyze(counts(drawn.tolist(), 14_000))
    assert found.verdict in {"not_emerged", "flat", "undetermined"}
    assert found.p_emergent < 0.3


@pytest.mark.parametrize("seed", range(6))
def test_the_toe_of_a_smooth_law_is_not_emergent(seed: int) -> None:
    """p^L with alpha .3 and L so large that only the foot of the curve is in range."""
    x = np.linspace(0.0, 2.5, 6)
    share = np.exp(-12.0 * (10.0**x) ** -0.3)
    found = analyze(counts(seeded(seed).binomial(500, share).tolist(), 500, chance_level=0.0, decades=2.5))
    assert found.verdict != "emergent"


def test_one_failed_run_does_not_make_a_smooth_rise_emergent() -> None:
    share = np.linspace(0.2, 0.9, 9)
    share[4] = 0.02
    found = analyze(counts(np.round(400 * share).tolist(), 400, chance_level=0.0))
    assert found.verdict not in {"emergent", "inverse"}


@pytest.mark.parametrize("n_items", [400, 100])
def test_a_wide_floor_of_a_few_points_does_not_hide_a_sharp_rise(n_items: int) -> None:
    """Small models miss chance by a point or two."""
    share = np.array([0.23, 0.275, 0.235, 0.27, 0.85, 0.93])
    found = analyze(counts(np.round(share * n_items).tolist(), n_items))
    assert found.verdict == "emergent"


def test_unequal_forms_of_one_series_agree() -> None:
    """Counts, shares of items, percent and errors turned into shares are one series."""
    scale, k, n = 10.0 ** np.arange(8, 14), np.array([5, 4, 6, 5, 80, 92]), np.full(6, 100)
    same: list[Analysis] = [
        analyze(Series(scale=scale, n_correct=k, n_items=n, chance_level=0.05)),
        analyze(Series(scale=scale, score=k / n, n_items=n, chance_level=0.05)),
        analyze(Series(scale=scale, score=100.0 * k / n, n_items=n, chance_level=5.0, score_bounds=(0.0, 100.0))),
        analyze(Series(scale=scale, n_correct=n - k, n_items=n, chance_level=0.95, higher_is_better=False)),
    ]
    assert {found.verdict for found in same} == {"emergent"}
    for found in same[1:]:
        assert found.p_emergent == pytest.approx(same[0].p_emergent, abs=1e-6)
        assert found.threshold.median == pytest.approx(same[0].threshold.median, rel=1e-6)


def test_a_metric_without_chance_level_is_never_called_emergent_or_absent() -> None:
    rising = Series(scale=10.0 ** np.arange(8, 14), score=np.array([1.0, 1.1, 0.9, 1.0, 9.0, 9.5]), score_bounds=None)
    level = Series(scale=10.0 ** np.arange(8, 14), score=np.full(6, 3.0), score_bounds=None)
    assert analyze(rising).verdict not in {"emergent", "not_emerged"}
    assert analyze(level).verdict == "flat"
    assert [condition.holds for condition in analyze(rising).conditions[:2]] == [None, None]
