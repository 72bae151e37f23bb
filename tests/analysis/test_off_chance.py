"""Rises that start far from the chance level that was given: the level is wrong, or answers were not read."""

from __future__ import annotations

import numpy as np
import pytest

import emergence_stats as es

SCALE = 10.0 ** np.linspace(8.0, 11.0, 8)
X = np.log10(SCALE)
SHARP = np.where(X < 9.7, 0.02, 0.7)
CLIMB = 0.02 + 0.65 / (1.0 + np.exp(-4.0 * (X - 9.8)))
U_SHAPED = np.array([0.14, 0.12, 0.03, 0.02, 0.05, 0.2, 0.4, 0.6])


def analysed(truth: np.ndarray, items: int, *, chance: float = 0.25) -> es.Analysis:
    k = np.random.default_rng(items).binomial(items, truth)
    return es.analyze(es.Series(scale=SCALE, n_correct=k, n_items=np.full(8, items), chance_level=chance))


def warned(found: es.Analysis) -> bool:
    return any("below chance" in warning for warning in found.warnings)


@pytest.mark.parametrize("items", [60, 300, 2000])
@pytest.mark.parametrize("truth", [SHARP, CLIMB], ids=["sharp", "climb"])
def test_a_rise_from_below_chance_is_not_said_to_turn(truth: np.ndarray, items: int) -> None:
    found = analysed(truth, items)
    assert found.verdict == "undetermined"
    assert warned(found)


def test_the_reason_and_the_remedy_name_the_chance_level() -> None:
    found = analysed(CLIMB, 300)
    assert found.evidence.numbers.explanations["non_monotone"] > 0.9
    assert "not chance" in found.reason
    assert found.remedy is not None
    assert "chance level" in found.remedy


def test_with_the_right_chance_level_it_is_emergent() -> None:
    found = analysed(SHARP, 300, chance=0.0)
    assert found.verdict == "emergent"
    assert not warned(found)


def test_a_rise_from_above_chance_is_not_said_to_turn_either() -> None:
    """Four choices, and nobody said so."""
    found = es.analyze(
        es.Series(scale=[1e8, 1e9, 1e10, 1e11], n_correct=[126, 119, 133, 441], n_items=[500] * 4, chance_level=0.0)
    )
    assert found.evidence.numbers.explanations["non_monotone"] > 0.9
    assert found.verdict == "undetermined"
    assert "not chance" in found.reason
    assert not warned(found)


def test_what_falls_and_rises_below_chance_still_turns() -> None:
    found = analysed(U_SHAPED, 2000)
    assert warned(found)
    assert found.verdict == "non_monotone"


def test_scores_that_noise_explains_are_no_cause_for_a_warning() -> None:
    k = np.array([1, 2, 3, 3, 4, 6, 8, 9])
    found = es.analyze(es.Series(scale=SCALE, n_correct=k, n_items=np.full(8, 10), chance_level=0.25))
    assert not warned(found)
