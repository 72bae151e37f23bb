"""Outcomes of single items from logs, and what their log-likelihoods give."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import emergence_stats as es
from emergence_stats.errors import ReaderError
from emergence_stats.ingest.choice_metrics import choice_scores
from tests.ingest.logs import helm_run, inspect_header, inspect_summaries, lm_eval_run, openai_evals, write_eval


def test_attempts_are_averaged_and_clusters_kept(tmp_path: Path) -> None:
    write_eval(tmp_path / "x.eval", inspect_header(clustered=0.1), summaries=inspect_summaries(epochs=2))
    items = es.read_items(tmp_path)
    assert len(items) == 40
    assert items["score"].sum() == 13
    assert items["cluster"].nunique() == 10
    assert items["train_flops"].unique().tolist() == [6 * 7e9 * 1e12]


def test_samples_give_the_metrics_that_log_likelihoods_hold(tmp_path: Path) -> None:
    lm_eval_run(tmp_path, "me/m", params=3e8, log_likelihoods=[[-1.0, -2.0, -5.0], [-3.0, -1.0, -9.0]], right=[0, 2])
    items = es.read_items(tmp_path).pivot_table(index="item", columns="metric", values="score")
    assert items["acc"].tolist() == [1, 0]
    assert items["choice_margin"].tolist() == [1, -8]
    probabilities = np.exp([-3.0, -1.0, -9.0]) / np.exp([-3.0, -1.0, -9.0]).sum()
    assert items.loc["1", "correct_choice_probability"] == pytest.approx(probabilities[2])
    assert items.loc["1", "brier"] == pytest.approx(((probabilities - [0, 0, 1]) ** 2).sum())


def test_a_folder_mixes_formats_and_registries(tmp_path: Path) -> None:
    helm_run(tmp_path, right=[1, 0, 1], references=4)
    (tmp_path / "x.jsonl").write_text(openai_evals(right=[True, False], accuracy=0.5))
    items = es.read_items(tmp_path)
    assert set(items["family"]) == {"Pythia"}
    assert items.attrs["skipped"][0]["path"] == "model gpt-own"
    (tmp_path / "models.csv").write_text("model,params,family\ngpt-own,1e9,own\n")
    items = es.read_items(tmp_path)
    assert items.groupby("family")["score"].sum().to_dict() == {"Pythia": 2, "own": 1}


def test_no_items_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("task,params,score\na,1,0.5\n")
    with pytest.raises(ReaderError, match="outcomes of single items"):
        es.read_items(tmp_path)


def test_random_answers_score_what_the_docstring_says() -> None:
    same = choice_scores([-1.5] * 4, right=2)
    assert (same.probability, same.margin) == (0.25, 0)
    assert same.brier == pytest.approx(0.75)
    impossible = choice_scores([-math.inf, -1.0], right=0)
    assert (impossible.accuracy, impossible.probability, impossible.brier, impossible.margin) == (0, 0, 2, None)
    with pytest.raises(ValueError, match="at least two options"):
        choice_scores([-1.0], right=0)
    with pytest.raises(ValueError, match="finite"):
        choice_scores([-math.inf, -math.inf], right=0)
