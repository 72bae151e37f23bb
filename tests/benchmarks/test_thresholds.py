"""Published thresholds: every one is looked up, and what it means to agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.thresholds import MATCHES, Ours, agreement, run


def _ours(verdict: str, low: float | None, high: float | None) -> Ours:
    threshold = None if low is None or high is None else ((low * high) ** 0.5, low, high)
    scale = np.array([1e8, 1e9, 1e10, 1e11])
    return Ours(verdict=verdict, reason="", threshold=threshold, onset=None, scale=scale)


def test_what_was_first_seen_may_be_the_onset() -> None:
    found = Ours(
        verdict="emergent", reason="", threshold=(4e9, 3e9, 5e9), onset=(2e9, 1.5e9, 2.5e9),
        scale=np.array([1e9, 2e9, 1e10]),
    )  # fmt: skip
    assert (found.low, found.high) == (1.5e9, 5e9)


def test_an_interval_agrees_up_to_the_neighbouring_sizes() -> None:
    found = _ours("emergent", 2e9, 5e9)
    assert agreement(1e9, found) == agreement(1e10, found) == "yes"
    assert agreement(9e8, found) == "no: ours is later"
    assert agreement(2e10, found) == "no: ours is earlier"


def test_a_scale_may_agree_where_the_label_does_not() -> None:
    assert agreement(3e9, _ours("smooth", 2e9, 5e9)) == "the scale, yes; but smooth"


def test_without_a_threshold_it_matters_how_far_the_data_reach() -> None:
    assert agreement(3e9, _ours("not_emerged", None, None)).startswith("no: ")
    assert agreement(3e9, _ours("undetermined", None, None)).startswith("undecided: ")
    assert agreement(3e11, _ours("not_emerged", None, None)).startswith("do not meet: ")


@pytest.mark.slow
@pytest.mark.shared_data
def test_every_published_scale_is_found(shared_data: Path) -> None:  # noqa: ARG001  # skips where it is missing
    table, uncovered = run()
    assert len(table) == len(MATCHES)
    assert not table["published"].str.startswith("nan").any()
    assert not {match.published for match in MATCHES} & set(uncovered)
