"""Models trained to seem emergent: what the analysis says of the scores that are kept."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.induced.__main__ import EXPERIMENTS, SCORES, verdicts


def test_every_experiment_has_its_scores() -> None:
    scores = pd.read_csv(SCORES)
    assert scores["task"].nunique() == len(EXPERIMENTS)
    assert (scores.groupby("task")["metric"].nunique() >= 2).all()


@pytest.mark.slow
def test_smooth_learners_are_metric_artifacts_and_the_abrupt_one_is_emergent() -> None:
    found = verdicts(pd.read_csv(SCORES)).set_index(["task", "metric"])["verdict"].to_dict()
    assert found["digits_autoencoder", "share_reconstructed"] == "metric_artifact"
    assert found["digits_in_sixes", "exact_match"] == "metric_artifact"
    assert found["modular_addition", "accuracy"] == "emergent"
