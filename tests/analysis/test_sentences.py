"""Sentences carry the numbers they are about, and never claim certainty."""

from __future__ import annotations

import re

import pytest

from emergence_stats.analysis import analyze
from emergence_stats.sentences import format_scale, nats, percent
from emergence_stats.series import Series
from tests.reference.textbook import SERIES, analysis_of, counts

NAMES = pytest.mark.parametrize("name", SERIES)


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.0, "< 0.1 %"),
        (1e-12, "< 0.1 %"),
        (0.0123, "1.23 %"),
        (0.5, "50 %"),
        (0.9, "90 %"),
        (0.99949, "> 99.9 %"),
        (1.0, "> 99.9 %"),
    ],
)
def test_percent(probability: float, text: str) -> None:
    assert percent(probability) == text


def test_percent_is_never_0_or_100() -> None:
    for step in range(10_001):
        number = re.search(r"[\d.]+", percent(step / 10_000))
        assert number is not None
        assert 0.0 < float(number.group()) < 100.0


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (1.3e10, "params", "13B parameters"),
        (6.7e9, "params", "6.7B parameters"),
        (1e12, "params", "1T parameters"),
        (1.25e8, "params", "125M parameters"),
        (999.9e6, "params", "1B parameters"),
        (3e11, "tokens", "300B training tokens"),
        (2.3e22, "train_flops", "2.3e22 training FLOP"),
        (2.5, "loss", "2.5 nats per token (reversed)"),
        (5000.0, "params", "5e03 parameters"),
    ],
)
def test_scales_have_their_unit(value: float, kind: str, text: str) -> None:
    assert format_scale(value, kind) == text


@NAMES
def test_no_sentence_claims_certainty(name: str) -> None:
    found = analysis_of(name)
    text = " ".join([found.summary(), found.reason, found.remedy or ""])
    assert not re.search(r"(?<![\d.])(0|100) %", text)
    assert "nan" not in text.lower()
    assert "None" not in text
    assert "  " not in text


@NAMES
def test_the_summary_says_what_was_measured_and_found(name: str) -> None:
    found = analysis_of(name)
    text = found.summary()
    assert text.startswith(f"{found.series.name}: {found.verdict.replace('_', ' ')}")
    assert f"{found.series.n_points} measurements at {found.series.n_scales} scales" in text
    assert "100M to 1T parameters" in text
    assert found.reason in text
    if found.remedy is not None:
        assert found.remedy in text
    if found.threshold.median is not None:
        assert f"midpoint at {format_scale(found.threshold.median, 'params')}" in text
    else:
        assert "midpoint" not in text


def test_the_reason_of_an_emergent_series_has_its_four_numbers() -> None:
    found = analysis_of("sharp")
    numbers = found.evidence.numbers
    for value in (numbers.absent, numbers.present, numbers.sharp):
        assert value is not None
        assert percent(value) in found.reason
    assert f"{found.evidence.unpredictable:.1f} nats" in found.reason


@pytest.mark.parametrize(
    ("name", "explanation"),
    [
        ("linear", "smooth"),
        ("gompertz", "smooth"),
        ("constant", "constant"),
        ("falling", "decreasing"),
        ("valley", "non_monotone"),
        ("peak", "non_monotone"),
    ],
)
def test_the_reason_names_the_probability_it_rests_on(name: str, explanation: str) -> None:
    found = analysis_of(name)
    assert percent(found.probabilities[explanation]) in found.reason


@NAMES
def test_only_what_is_undecided_has_a_remedy(name: str) -> None:
    found = analysis_of(name)
    undecided = found.verdict in {"undetermined", "resolution_artifact"}
    assert (found.remedy is not None) is undecided


def test_two_scales_need_more_scales() -> None:
    assert "fewer than three" in (analysis_of("two points").remedy or "")


def test_a_rise_that_only_begins_asks_for_a_larger_scale() -> None:
    found = analyze(counts([25, 26, 24, 25, 33], 100))
    assert found.verdict == "undetermined"
    assert format_scale(3e12, "params") in (found.remedy or "")


def test_a_loss_axis_is_described_from_small_to_large() -> None:
    found = analyze(
        Series(
            scale=[4.0, 3.5, 3.0, 2.5, 2.0],
            n_correct=[25, 26, 22, 80, 90],
            n_items=[100] * 5,
            scale_kind="loss",
            chance_level=0.25,
        )
    )
    assert "nats per token" in found.summary()
    assert found.threshold.median is not None
    assert 2.5 < found.threshold.median < 3.0


@pytest.mark.parametrize(("value", "said"), [(1.5, "1.5"), (1.96, "1.96"), (1.9996, "1.9996"), (-3.04, "-3.0")])
def test_nats_are_told_from_their_limit(value: float, said: str) -> None:
    assert nats(value, 2.0) == said
