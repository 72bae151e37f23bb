"""Points that do not count do not matter, and leave the prior where the whole series put it."""

from __future__ import annotations

import numpy as np
import pytest

from emergence_stats.comparison import log_mean_evidence
from emergence_stats.evidence.quadrature import Problem, all_curves, curve_evidence, make_problem
from emergence_stats.models.curves import CURVES
from emergence_stats.models.curves.spec import Explanation
from emergence_stats.models.likelihood import observe
from emergence_stats.settings import Settings
from tests.reference.textbook import SERIES, analysis_of, counts

USED = np.array([1.0, 1.0, 1.0, 0.0, 1.0, 0.0])


def problem_of(n_correct: list[float]) -> Problem:
    settings = Settings()
    return make_problem(observe(counts(n_correct, 100), settings.prior), settings, "params")


@pytest.mark.parametrize("name", CURVES)
def test_the_value_of_a_point_left_out_does_not_matter(name: str) -> None:
    one = curve_evidence(name, problem_of([25, 30, 28, 35, 60, 80]), used=USED)
    other = curve_evidence(name, problem_of([25, 30, 28, 99, 60, 0]), used=USED)
    assert one.log_evidence == other.log_evidence
    assert one.error == other.error


@pytest.mark.parametrize("name", CURVES)
def test_without_any_point_the_evidence_is_one(name: str) -> None:
    found = curve_evidence(name, problem_of([25, 30, 28, 35, 60, 80]), used=np.zeros(6))
    assert found.log_evidence == pytest.approx(0.0, abs=max(0.1, 4.0 * found.error))


def test_what_is_foreseen_is_the_ratio_of_evidences() -> None:
    settings = Settings()
    series = SERIES["sharp"]
    problem = make_problem(observe(series, settings.prior), settings, "params")
    whole = all_curves(problem)
    before = all_curves(problem, used=(np.arange(series.n_points) < 5).astype(float))
    phase, smooth = (
        log_mean_evidence(whole, explanation)[0] - log_mean_evidence(before, explanation)[0]
        for explanation in (Explanation.PHASE_CHANGE, Explanation.SMOOTH)
    )
    found = analysis_of("sharp").evidence
    assert found.onset == 5
    assert found.unpredictable == pytest.approx(phase - smooth, abs=0.4)
    assert found.unpredictable > 2.0  # type: ignore[operator]


def test_a_flat_series_has_nothing_to_foresee() -> None:
    found = analysis_of("at chance").evidence
    assert found.onset is None
    assert found.unpredictable is None
