"""The bundled tables: complete, sourced, and equal to what was published."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from emergence_stats.datasets import dataset_card, dataset_path, list_datasets, load_dataset
from emergence_stats.errors import InputError
from emergence_stats.ingest import read, series_from_table

FAMILIES = {"GPT-3 (Instruct)": "InstructGPT"}
PROMPTS = {"cot": "chain_of_thought"}


def test_every_table_has_a_card_that_describes_every_column() -> None:
    assert list_datasets() == (
        "chain_of_thought",
        "chain_of_thought_crossovers",
        "chain_of_thought_ul2",
        "wei2022_thresholds",
    )
    for name in list_datasets():
        card = dataset_card(name)
        assert set(card.columns) == set(load_dataset(name).columns)
        assert card.url.startswith("https://arxiv.org/abs/")


def test_an_unknown_name_is_refused_with_those_that_exist() -> None:
    with pytest.raises(InputError, match="available: chain_of_thought"):
        load_dataset("nothing")


def test_chain_of_thought_gives_series_with_exact_decimals() -> None:
    rows = series_from_table(read(dataset_path("chain_of_thought")))
    assert len(rows) == 108
    assert all(row.problem is None for row in rows)
    found = {tuple(row.identity.values()): row.series for row in rows}
    series = found["GSM8K", "solve_rate", "PaLM", "chain_of_thought"]
    assert series is not None
    assert series.score is not None
    assert series.score.tolist() == [0.041, 0.299, 0.569]


@pytest.mark.shared_data
def test_chain_of_thought_figures_are_the_published_ones(shared_data: Path) -> None:
    published = pd.read_csv(shared_data / "cot_published_tables.csv")
    published = published.assign(score=(published["score"] * 100).round(6)).replace(
        {"family": FAMILIES, "prompt": PROMPTS}
    )
    keys = ["family", "model", "task", "metric", "prompt"]
    ours = pd.concat([load_dataset("chain_of_thought"), load_dataset("chain_of_thought_ul2")])
    merged = ours.merge(published, on=keys, how="outer", suffixes=("", "_published"), indicator=True, validate="1:1")
    assert (merged["_merge"] == "both").all()
    for column in ("params", "score", "n_items", "chance_level"):
        pd.testing.assert_series_equal(
            merged[column], merged[f"{column}_published"], check_names=False, check_dtype=False, rtol=1e-12
        )


@pytest.mark.shared_data
def test_thresholds_are_the_published_ones(shared_data: Path) -> None:
    published = pd.read_csv(shared_data / "wei2022_thresholds.csv")
    ours = load_dataset("wei2022_thresholds")
    assert ours["ability"].tolist() == published["ability"].tolist()
    assert ours["model"].tolist() == published["model"].tolist()
    assert ours["train_flops"].tolist() == published["threshold_flops"].tolist()
    assert ours["params"].tolist() == published["threshold_params"].tolist()
