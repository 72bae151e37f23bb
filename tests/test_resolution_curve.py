"""Resolution as an experiment: more items, and what they would show."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from matplotlib.colors import to_hex
from scipy import stats

import emergence_stats as es
from emergence_stats.errors import InputError
from emergence_stats.metrics.detectable import items_to_see, smallest_excess
from emergence_stats.report.page import light_colours
from emergence_stats.report.vocabulary import VERDICTS as REPORT_ORDER
from emergence_stats.resolution.detectable import above_chance
from emergence_stats.test_set_sizes import ResolutionCurve
from emergence_stats.verdict import VERDICTS

SCALE = np.logspace(8, 11, 7)
SMOOTH = np.exp(-6.0 * (SCALE / 1e9) ** -0.35)  # p^L of a power law: arithmetic scored by exact match


@functools.cache
def curve() -> ResolutionCurve:
    """A smooth law on 100 items, on which the smallest models look as if they could nothing."""
    right = np.floor(100 * SMOOTH)
    series = es.Series(scale=SCALE, n_correct=right, n_items=[100] * 7, chance_level=0.0)
    return es.resolution_curve(series, factors=(0.25, 1, 16, 256), resamples=40)


def test_with_enough_items_small_models_are_above_chance_under_a_smooth_law() -> None:
    frame = curve().frame
    assert frame["n_items"].tolist() == [25.0, 100.0, 1600.0, 25600.0]
    assert frame["scales_above_chance"].is_monotonic_increasing
    assert frame["scales_above_chance"].iloc[0] < 6
    assert frame["scales_above_chance"].iloc[-1] == 7
    assert frame["smallest_above_chance"].iloc[-1] == SCALE[0]
    assert frame["detectable_excess"].is_monotonic_decreasing


def test_the_items_that_show_a_scale_fall_with_its_score() -> None:
    needed = curve().items_to_see
    assert np.all(np.diff(needed) <= 0)
    assert needed[0] > 100 > needed[-1]


def test_shares_of_verdicts_sum_to_one_and_are_drawn() -> None:
    found = curve()
    verdicts = [verdict.value for verdict in VERDICTS if verdict.value in found.frame]
    assert found.frame[verdicts].sum(axis=1).tolist() == pytest.approx([1.0] * 4)
    figure = found.plot()
    assert len(figure.axes) == 3
    drawn = [to_hex(np.asarray(area.get_facecolor())[0].tolist()) for area in figure.axes[0].collections]
    assert drawn == [light_colours()[name] for name in REPORT_ORDER if name in verdicts]  # as in the report


def test_sizes_can_be_named_and_items_be_given() -> None:
    generator = np.random.default_rng(0)
    right = generator.random((4, 60)) < np.array([[0.0], [0.1], [0.6], [0.9]])
    items = es.Items(score=right, scale=SCALE[:4], chance_level=0.0)
    found = es.resolution_curve(items, n_items=[30, 60], resamples=20)
    assert found.frame["n_items"].tolist() == [30.0, 60.0]
    assert found.analysis.resolution is not None
    assert found.analysis.resolution.drawn == "items"


def test_scores_that_cannot_be_redrawn_are_told_so() -> None:
    alone = es.Series(scale=SCALE[:3], score=[0.1, 0.2, 0.3], chance_level=0.0, name="bleu")
    with pytest.raises(InputError, match="bleu: expected counts"):
        es.resolution_curve(alone, resamples=5)
    with pytest.raises(InputError, match="bleu: expected a series with n_items"):
        es.resolution_curve(alone, n_items=[10])
    with pytest.raises(InputError, match="resamples: expected a whole number from 1 up"):
        es.resolution_curve(alone, resamples=0)


def test_items_to_see_undoes_the_smallest_excess() -> None:
    for chance in (0.0, 0.1, 0.25):
        n = items_to_see(chance, 0.02)
        assert smallest_excess(chance, n) <= 0.02 < smallest_excess(chance, n - 1)
    assert items_to_see(0.25, 0.0) == np.inf


def test_above_chance_is_the_exact_binomial_test() -> None:
    items = np.array([100.0])
    assert above_chance(np.array([[0.0], [1.0]]), items, 0.0)[:, 0].tolist() == [False, True]
    for k in (30.0, 33.0, 36.0):
        p_value = stats.binomtest(int(k), 100, 0.25, alternative="greater").pvalue
        assert bool(above_chance(np.array([k]), items, 0.25)[0]) == (p_value <= 0.05)
