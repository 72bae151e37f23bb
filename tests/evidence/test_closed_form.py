"""Where the evidence can be written down, the engine gives it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.special import betaln, gammaln

from emergence_stats.evidence.quadrature import CurveEvidence, curve_evidence, make_problem
from emergence_stats.models.likelihood import observe
from emergence_stats.series import Series
from emergence_stats.settings import PriorSettings, Settings

# Plain binomial counts: no overdispersion and no failed runs.
PLAIN = dataclasses.replace(Settings(), prior=PriorSettings(overdispersion_zero_mass=1.0, failed_run_rate=0.0))


def constant(n_correct: list[float], n_items: list[float]) -> CurveEvidence:
    """Evidence of a constant score with a uniform prior."""
    scale = 10.0 ** np.arange(8.0, 8.0 + len(n_correct))
    series = Series(scale=scale, n_correct=n_correct, n_items=n_items, chance_level=0.0)
    return curve_evidence("constant", make_problem(observe(series, PLAIN.prior), PLAIN, "params"))


@pytest.mark.parametrize("n", [1, 20, 1000])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_one_point_has_one_chance_in_n_plus_one(n: int, share: float) -> None:
    found = constant([round(share * n)], [n])
    assert found.log_evidence == pytest.approx(-np.log(n + 1.0), abs=max(0.02, 3.0 * found.error))


@pytest.mark.parametrize(
    ("n_correct", "n_items"),
    [
        ([3, 5, 4], [10, 10, 10]),
        ([0, 0, 0, 0], [50, 100, 200, 400]),
        ([640, 600, 655, 630, 650], [1000] * 5),
        ([100, 100], [100, 100]),
        ([250_300, 249_600, 250_050], [10**6] * 3),
    ],
)
def test_a_constant_is_a_beta_integral(n_correct: list[float], n_items: list[float]) -> None:
    k, n = np.array(n_correct, dtype=float), np.array(n_items, dtype=float)
    choose = np.sum(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0))
    exact = choose + betaln(k.sum() + 1.0, (n - k).sum() + 1.0)
    found = constant(n_correct, n_items)
    assert found.log_evidence == pytest.approx(exact, abs=max(0.02, 3.0 * found.error))
    assert found.error < 0.2
