"""A family that was not measured, of which covariates are known."""

from __future__ import annotations

import numpy as np
import pytest

import emergence_stats as es
from emergence_stats.errors import InputError
from emergence_stats.pooling.covariates import covariate_value
from emergence_stats.pooling.design import lay_out
from emergence_stats.pooling.judging import judge_task
from emergence_stats.pooling.sampling import Convergence
from tests.pooling.test_pool import PRIOR, SHIFTS, families

FINE = Convergence(faults=(), rhat=1.0, effective_draws=1e4, divergences=0, draws=4000, seconds=1.0)


def test_its_covariates_move_its_threshold_and_not_that_of_the_typical_family() -> None:
    design = lay_out(families(), by="family", covariates={}, prior=PRIOR)
    n = 4000
    column = np.ones((n, 1))
    values = {
        "threshold": 22.0 * column, "log_width": np.log(0.5) * column, "logit_lapse": -2.0 * column,
        "guess_rate": 0.25 * column, "family_sd": np.full(n, 0.2), "width_sd": np.full(n, 0.1),
    }  # fmt: skip
    mean, later = (
        judge_task(0, design, values, FINE, es.Settings(), np.random.default_rng(0), moved) for moved in (0.0, 0.3)
    )
    assert mean.typical.midpoint.median == later.typical.midpoint.median
    assert mean.new_family.midpoint.median is not None
    assert later.new_family.midpoint.median is not None
    shift = np.log10(later.new_family.midpoint.median / mean.new_family.midpoint.median)
    assert shift == pytest.approx(0.3, abs=1e-6)


def test_a_covariate_that_is_none_is_named_before_the_sampling() -> None:
    covariates = {"year": {f"F{i}": 2020.0 + i for i in range(len(SHIFTS))}}
    with pytest.raises(InputError, match=r"new_family: expected names of covariates \(year\), got 'yaer'"):
        es.pool(families(), covariates=covariates, new_family={"yaer": 2025.0})
    with pytest.raises(InputError, match=r"new_family: expected names of covariates \(none\)"):
        es.pool(families(), new_family={"year": 2025.0})


@pytest.mark.parametrize(
    ("text", "value"), [("2.5", 2.5), ("true", 1.0), ("False", 0.0), ("2023-01-01", 2023.0), ("2024-07-01", 2024.498)]
)
def test_a_value_may_be_a_number_a_truth_or_a_date(text: str, value: float) -> None:
    assert covariate_value(text) == pytest.approx(value, abs=1e-3)
