"""Pairs of metrics of the same outputs: drawn as the page says, and counted right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.metric_pairs import DESIGNS, by, evaluate, summarise
from benchmarks.pair_designs import Design, make_pair


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("law", ["smooth", "kink"])
def test_a_pair_depends_on_law_seed_and_number_alone(law: str, design: Design) -> None:
    first, again, other = (make_pair(law, 3, i, design) for i in (5, 5, 6))
    assert first.series.n_correct is not None
    assert again.series.n_correct is not None
    np.testing.assert_array_equal(first.series.n_correct, again.series.n_correct)
    assert first.facts != other.facts
    np.testing.assert_array_equal(first.series.scale, first.companion.scale)


@pytest.mark.parametrize("design", DESIGNS)
def test_a_kink_goes_from_absent_to_present(design: Design) -> None:
    for i in range(30):
        series = make_pair("kink", 1, i, design).series
        assert series.score is not None
        assert series.score[0] < 0.12  # items of uneven difficulty add a few easy ones to the 2 %
        assert series.score[-1] > 0.2


def test_shares_are_those_of_the_rows() -> None:
    rows = pd.DataFrame(
        {
            "law": ["smooth"] * 4 + ["kink"] * 2,
            "verdict": ["smooth", "metric_artifact", "undetermined", "emergent", "emergent", "undetermined"],
            "alone": ["smooth"] * 6,
            "companion": ["a", "a", "b", "b", "a", "b"],
        }
    )
    shares = [text.split(" (")[0] for text in summarise(rows)["with its companion"]]
    assert shares == ["50.0 %", "25.0 %", "50.0 %", "0.0 %"]
    assert by("companion", rows)["smooth laws called so"].str.startswith(("100.0 %", "0.0 %")).all()


@pytest.mark.slow
def test_the_floors_are_reached_on_pairs_not_used_before() -> None:
    rows = evaluate(60, seed=20250101)
    smooth, kink = (rows.loc[rows["law"] == law, "verdict"] for law in ("smooth", "kink"))
    assert smooth.isin(["smooth", "metric_artifact"]).mean() >= 0.9  # 95 % less the noise of 60 pairs
    assert (smooth == "emergent").mean() <= 0.017
    assert (kink == "emergent").mean() >= 0.7
