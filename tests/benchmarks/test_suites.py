"""The benchmark's labels follow from the laws that its series were drawn from."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.cases import Case, Law
from benchmarks.suites import SUITES, make_suite

SIZE = 400


@pytest.fixture(scope="module", params=SUITES)
def suite(request: pytest.FixtureRequest) -> list[Case]:
    return make_suite(request.param, SIZE, seed=11)


def crossing(law: Law, share: float) -> float:
    """log10 scale at which the noise-free score has made this share of its way from floor to ceiling, by bisection."""
    low, high = law.threshold - 60.0, law.threshold + 60.0
    for _ in range(80):
        middle = (low + high) / 2.0
        done = (float(law(middle)) - law.floor) / (law.ceiling - law.floor)
        low, high = (middle, high) if done < share else (low, middle)
    return (low + high) / 2.0


def test_labels_follow_from_the_noise_free_score(suite: list[Case]) -> None:
    for case in suite:
        law, axis = case.law, case.series.log10_scale
        if case.threshold is None or law.ceiling == law.floor:
            assert not case.sharp
            assert np.ptp(law(axis)) == 0.0
            continue
        low, middle, high = (crossing(law, share) for share in (0.1, 0.5, 0.9))
        assert middle == pytest.approx(case.threshold, abs=1e-6)
        assert high - low == pytest.approx(case.width, rel=1e-6)
        rises, in_range = law.ceiling > law.floor, axis[0] < middle < axis[-1]
        assert case.series.chance_level is not None
        from_chance = abs(law.floor - case.series.chance_level) < 0.03 + 1e-9
        assert case.sharp == (rises and in_range and from_chance and high - low < 1.0)


def test_kinds_are_of_one_label_and_every_kind_occurs(suite: list[Case]) -> None:
    labels = {kind: {case.sharp for case in suite if case.kind == kind} for kind in {case.kind for case in suite}}
    assert labels.keys() in [kinds.keys() for kinds in SUITES.values()]
    assert {kind for kind, label in labels.items() if label == {True}} <= {"sharp", "late"}
    assert all(len(label) == 1 for label in labels.values())


def test_nearly_half_are_sharp_and_smooth_ones_are_far_from_it(suite: list[Case]) -> None:
    assert 0.38 < np.mean([case.sharp for case in suite]) < 0.52
    rising = [case for case in suite if case.width is not None and case.law.ceiling > case.law.floor and not case.sharp]
    assert min(case.width for case in rising if case.width is not None) >= 2.0


def test_sharp_rises_have_two_scales_before_them(suite: list[Case]) -> None:
    for case in suite:
        if case.sharp:
            assert case.threshold is not None
            assert np.sum(case.series.log10_scale < case.threshold) >= 2


def test_designs_are_as_described() -> None:
    limits = {"clear": (5, 12, 50, 2000, 0.0), "hard": (4, 8, 30, 2000, 0.2)}
    for name, (fewest, most, least_items, most_items, noise) in limits.items():
        for case in make_suite(name, SIZE, seed=2):
            assert case.series.n_items is not None
            assert fewest <= case.series.n_scales <= most
            assert least_items <= case.series.n_items.min()
            assert case.series.n_items.max() <= most_items
            assert 0.0 <= float(case.cell["overdispersion"]) <= 0.05
            assert 0.0 <= float(case.cell["run_noise"]) <= noise


def test_a_larger_suite_begins_with_the_smaller_and_seeds_differ() -> None:
    small, large, other = make_suite("hard", 20), make_suite("hard", 40), make_suite("hard", 20, seed=1)
    for first, second in zip(small, large, strict=False):
        np.testing.assert_array_equal(np.asarray(first.series.n_correct), np.asarray(second.series.n_correct))
        assert first.law == second.law
    assert all(first.law != second.law for first, second in zip(small, other, strict=True))


def test_an_unknown_suite_is_refused() -> None:
    with pytest.raises(ValueError, match="suite: expected one of clear, hard, got 'easy'"):
        make_suite("easy", 1)
