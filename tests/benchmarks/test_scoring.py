"""The tables of the accuracy benchmark, from outcomes written down by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.scoring import calibrate, summarise, tabulate_kinds
from benchmarks.tables import markdown


@pytest.fixture
def outcomes() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": ["sharp", "sharp", "smooth", "flat"],
            "sharp": [True, True, False, False],
            "verdict": ["emergent", "undetermined", "emergent", "flat"],
            "p_emergent": [0.995, 0.6, 0.95, 0.0],
            "p_phase_change": [0.99, 0.8, 0.7, 0.0],
            "evidence_error": [0.01, 0.02, 0.03, 0.01],
            "true_threshold": [9.0, 9.0, 8.0, float("nan")],
            "threshold_median": [9.1, 9.3, 8.0, float("nan")],
            "threshold_low": [8.9, 9.2, 7.0, float("nan")],
            "threshold_high": [9.2, 9.5, 9.0, float("nan")],
            "bic_score": [5.0, -1.0, 1.0, 0.0],
            "bic_called": [True, False, False, False],
            "breakthroughness": [9.0, 4.0, 3.0, 1.0],
        }
    )


def test_summary_counts_what_it_says(outcomes: pd.DataFrame) -> None:
    table = summarise(outcomes)
    ours = {str(name): str(value) for name, value in zip(table["quantity"], table["analysis"], strict=True)}
    assert ours["cases (sharp)"] == "4 (2)"
    assert ours["AUC of the score"] == "0.7500"
    assert ours["called emergent though not sharp"].startswith("50.0 %")
    assert ours["sharp called emergent"].startswith("50.0 %")
    assert ours["sharp called undetermined"].startswith("50.0 %")
    assert ours["sharp called smooth"].startswith("0.0 %")
    assert ours["90 % interval covers the threshold"].startswith("50.0 %")
    # |0.995 - 1| + |0.6 - 1| + |0.95 - 0| + 0, but .995 and .95 share a bin: |1.945 - 1|.
    assert ours["expected calibration error of p_emergent"] == f"{(0.945 + 0.4) / 4:.4f}"
    assert ours["Brier score of p_emergent"] == f"{(0.005**2 + 0.4**2 + 0.95**2) / 4:.4f}"
    assert ours["median error of the threshold, decades"] == "0.200"


def test_kinds_and_calibration(outcomes: pd.DataFrame) -> None:
    kinds = tabulate_kinds(outcomes).set_index("kind")
    assert kinds.loc["sharp", "cases"] == 2
    assert kinds.loc["smooth", "emergent"] == 1
    table = calibrate(outcomes)
    observed = {str(band): str(share) for band, share in zip(table["p_emergent"], table["observed sharp"], strict=True)}
    assert list(observed) == ["0-0.01", "0.5-0.7", "0.9-0.99", "0.99-1"]
    assert observed["0.9-0.99"].startswith("0.0 %")
    assert observed["0.99-1"].startswith("100.0 %")


def test_markdown_tables_are_aligned(outcomes: pd.DataFrame) -> None:
    lines = markdown(tabulate_kinds(outcomes)).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[1].strip("|-") == ""
