"""What must not depend on how a series is written down."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergence_stats.analysis import analyze
from emergence_stats.models.curves import CURVES
from emergence_stats.series import Series
from tests.reference.textbook import SERIES, analysis_of

FEW = settings(max_examples=12, derandomize=True, deadline=None, database=None)


@st.composite
def any_series(draw: st.DrawFn) -> Series:
    """Two to eight points, any counts, repeats and near-repeats of scales included."""
    n_points = draw(st.integers(2, 8))
    exponents = draw(st.lists(st.floats(0.0, 25.0), min_size=n_points, max_size=n_points, unique=True))
    items = draw(st.lists(st.integers(1, 5000), min_size=n_points, max_size=n_points))
    shares = draw(st.lists(st.floats(0.0, 1.0), min_size=n_points, max_size=n_points))
    scale = np.round(10.0 ** np.array(exponents), 6)
    scale[0] *= 3.0 if np.unique(scale).size < 2 else 1.0
    return Series(
        scale=scale,
        n_correct=np.round(np.array(shares) * np.array(items)),
        n_items=np.array(items, dtype=float),
        chance_level=draw(st.sampled_from([0.0, 0.2, 0.5])),
    )


@FEW
@given(any_series(), st.randoms(use_true_random=False))
def test_any_counts_are_analysed_and_row_order_does_not_matter(series: Series, random: object) -> None:
    order = list(range(series.n_points))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert series.n_correct is not None
    assert series.n_items is not None
    shuffled = Series(
        scale=series.scale[order],
        n_correct=series.n_correct[order],
        n_items=series.n_items[order],
        chance_level=series.chance_level,
    )
    found = analyze(series)
    assert math.fsum(found.probabilities.values()) == pytest.approx(1.0, abs=1e-12)
    document = found.to_dict()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert analyze(shuffled).to_dict() == document


@pytest.mark.parametrize("name", ["sharp", "gompertz", "valley", "constant"])
@pytest.mark.parametrize("factor", [1000.0, 1e-6])
def test_another_unit_of_scale_moves_the_threshold_and_nothing_else(name: str, factor: float) -> None:
    before, series = analysis_of(name), SERIES[name]
    after = analyze(series.replace(scale=series.scale * factor))
    assert after.verdict == before.verdict
    for explanation, probability in before.probabilities.items():
        assert after.probabilities[explanation] == pytest.approx(probability, abs=1e-3)
    for mine, theirs in ((after.threshold, before.threshold), (after.onset, before.onset)):
        if theirs.median is None:
            assert mine.median is None
        else:
            assert mine.median == pytest.approx(theirs.median * factor, rel=0.01)
    if before.width_decades.median is not None:
        assert after.width_decades.median == pytest.approx(before.width_decades.median, rel=0.02)


def test_the_name_and_labels_do_not_matter() -> None:
    series = SERIES["sharp"]
    labelled = series.replace(name="other", metric="exact match", model=tuple("abcdefgh"), identity={"task": "x"})
    assert analyze(labelled).probabilities == analysis_of("sharp").probabilities


def test_posterior_rows_are_a_distribution_over_possible_curves() -> None:
    for name in SERIES:
        posterior = analysis_of(name).posterior
        assert posterior.weight.sum() == pytest.approx(1.0)
        assert set(np.unique(posterior.curve)) <= set(range(len(CURVES)))
        assert posterior.values.min() >= -1e-9
        assert posterior.values.max() <= 1.0 + 1e-9
