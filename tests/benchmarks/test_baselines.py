"""The baselines do what people use them for."""

from __future__ import annotations

import math

import pytest

from benchmarks.baselines import breakthroughness, least_squares
from emergence_stats.series import Series
from emergence_stats.simulate import simulate


def test_a_clear_sharp_rise_is_seen_by_both() -> None:
    drawn = simulate("probit", threshold=1e9, width=0.6, n_scales=12, n_items=5000, seed=0)
    fit = least_squares(drawn.series)
    assert fit.called_sharp(1.0)
    assert fit.threshold == pytest.approx(9.0, abs=0.05)
    assert fit.width == pytest.approx(0.6, rel=0.2)
    assert breakthroughness(drawn.series) > 10.0


def test_a_line_is_not_called_sharp() -> None:
    assert not least_squares(simulate("log_linear", n_items=5000).series).called_sharp(1.0)


def test_a_sharp_fall_is_not_a_rise() -> None:
    fit = least_squares(simulate("decreasing", width=0.3, n_items=5000).series)
    assert not fit.rises
    assert fit.score < 0.0
    assert breakthroughness(simulate("decreasing", width=0.3, n_items=5000).series) < 0.0


def test_fits_that_cannot_be_made_are_no_evidence() -> None:
    fit = least_squares(simulate("probit", n_scales=3).series)
    assert fit.bic_difference == -math.inf
    assert fit.width is None
    assert not fit.called_sharp(1.0)


def test_breakthroughness_is_the_published_formula() -> None:
    series = Series(scale=[1e7, 1e8, 1e9, 1e10], score=[0.1, 0.2, 0.1, 0.7], chance_level=0.0)
    assert breakthroughness(series) == pytest.approx(0.6 / 0.1)
