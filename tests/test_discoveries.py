"""Discovery lists: the rate that was asked for holds, and failures stay in their place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emergence_stats.batch.discoveries import discover, longest_list
from emergence_stats.errors import InputError
from emergence_stats.models.curves import CURVES

MASSES = [1.0, 1.0, 1.0, 1.0, 0.5, 0.5]


def paper(phase_nats: float, share: float = 1.0) -> dict[str, Any]:
    """A document whose phase changes lie so many nats above everything else."""
    logs = {name: phase_nats if curve.explanation == "phase_change" else 0.0 for name, curve in CURVES.items()}
    weight = np.exp(phase_nats) / (np.exp(phase_nats) + 4.0)
    return {
        "settings": {"prior": {"explanation_masses": MASSES}},
        "curves": [
            {"explanation": str(curve.explanation), "log_evidence": logs[name]} for name, curve in CURVES.items()
        ],
        "probabilities": {"phase_change": float(weight)},
        "p_emergent": float(share * weight),
    }


def test_the_list_is_the_longest_whose_mean_error_keeps_the_rate() -> None:
    listed, expected = longest_list(np.array([0.5, 0.99, 0.95, 0.2]), 0.05)
    assert listed.tolist() == [False, True, True, False]
    assert expected == pytest.approx(0.03)
    assert longest_list(np.array([0.5, 0.6]), 0.05)[1] == 0.0


def test_realised_false_discoveries_keep_the_rate_on_a_mixture() -> None:
    generator = np.random.default_rng(1)
    truth = generator.random(600) < 0.25
    nats = 4.0 * (np.where(truth, 2.0, -2.0) + generator.normal(size=600))  # log ratio of N(2, 1) to N(-2, 1)
    for rate in (0.05, 0.1):
        found = np.array(discover([paper(value) for value in nats.tolist()], rate).found)
        assert found.sum() > 100
        assert np.mean(~truth[found]) <= rate


def test_a_list_is_not_filled_up_with_what_is_probably_wrong() -> None:
    probability = np.array([0.99] * 20 + [0.4] * 10)
    assert longest_list(probability, 0.2)[0].sum() == 20  # with all the others the mean error would be .16


def test_neighbours_take_from_a_series_and_do_not_give() -> None:
    by_itself = paper(1.0)
    among = discover([by_itself, *[paper(8.0) for _ in range(100)]], 0.2)
    assert among.probability[0] == pytest.approx(by_itself["p_emergent"])


def test_what_is_rare_needs_more_evidence() -> None:
    crowd = [paper(-6.0) for _ in range(200)]
    rare = discover([paper(2.5), *crowd], 0.2)
    often = discover([paper(2.5), *[paper(6.0) for _ in range(200)]], 0.2)
    assert (rare.probability[0] or 0.0) < (often.probability[0] or 0.0)
    assert sum(rare.proportions.values()) == pytest.approx(1.0)


def test_failures_are_not_discoveries() -> None:
    result = discover([None, paper(9.0), None], 0.05)
    assert result.found == (False, True, False)
    assert result.probability[0] is None
    assert discover([None], 0.05).found == (False,)
    assert "1 of 3 is a discovery" in result.sentence()


def test_a_rate_is_a_share() -> None:
    with pytest.raises(InputError, match="fdr: expected a number above 0 and below 1"):
        discover([], 1.5)
