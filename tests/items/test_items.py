"""Items: what becomes of outcomes, clusters, missing answers, and what a wrong table is told."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS

import emergence_stats as es
from emergence_stats.errors import SeriesError

SCALE = [1e7, 1e8, 1e9]
RIGHT = np.array([[0, 0, 1, 0, 0, 0], [1, 0, 1, 0, 1, 0], [1, 1, 1, 0, 1, 1]], dtype=float)


def items(score: object = RIGHT, **more: object) -> es.Items:
    """Three models on a few items."""
    return es.Items(**{"score": score, "scale": SCALE, "chance_level": 0.0, **more})  # type: ignore[arg-type]


def test_right_and_wrong_answers_become_counts_in_order_of_scale() -> None:
    series = items(scale=[1e9, 1e8, 1e7], model=["c", "b", "a"]).series()
    assert series.n_correct is not None
    assert series.n_correct.tolist() == [5.0, 3.0, 1.0]
    assert series.model == ("a", "b", "c")
    assert series.outcomes is not None
    assert series.outcomes.score.mean(axis=1) == pytest.approx(series.score)


def test_standard_errors_are_those_of_statsmodels() -> None:
    generator = np.random.default_rng(0)
    score, cluster = generator.random((3, 60)), generator.integers(0, 17, 60)
    clustered = items(score, cluster=cluster).standard_errors()
    codes = np.unique(cluster, return_inverse=True)[1]
    for found, row in zip(clustered, score, strict=True):
        oracle = OLS(row, np.ones(60)).fit(cov_type="cluster", cov_kwds={"groups": codes}).bse[0]
        assert found == pytest.approx(oracle)
    alone = items(score).standard_errors()
    assert alone == pytest.approx(score.std(axis=1, ddof=1) / np.sqrt(60))


def test_items_that_go_together_count_for_fewer() -> None:
    generator = np.random.default_rng(1)
    whole = generator.random((3, 50)) < np.array([[0.2], [0.5], [0.8]])
    series = items(np.repeat(whole, 8, axis=1).astype(float), cluster=np.repeat(np.arange(50), 8)).series()
    observed = es.analyze(series).posterior.problem.observations
    assert observed.form == "effective_counts"
    assert observed.second == pytest.approx(50.0, rel=0.1)


def test_a_model_without_a_right_answer_has_as_many_items_as_the_clusters_leave_the_others() -> None:
    generator = np.random.default_rng(1)
    whole = generator.random((3, 50)) < np.array([[0.0], [0.5], [0.8]])
    series = items(np.repeat(whole, 8, axis=1).astype(float), cluster=np.repeat(np.arange(50), 8)).series()
    assert es.analyze(series).posterior.problem.observations.second == pytest.approx(50.0, rel=0.1)


def test_clusters_of_one_item_each_are_no_clusters() -> None:
    alone, single = items(), items(cluster=list("abcdef"))
    assert single.series().n_correct is not None
    assert single.series().outcomes is not None
    assert single.outcomes().cluster is None
    assert single.standard_errors() == pytest.approx(alone.standard_errors())


def test_items_without_a_cluster_stand_alone_among_clusters() -> None:
    assert items(cluster=["a", "a", "", "b", "b", None]).n_clusters == 4


def test_items_that_a_model_lacks_are_left_out_for_all_and_said_so() -> None:
    score = RIGHT.copy()
    score[1, 0] = score[1, 3] = score[2, 3] = np.nan
    found = items(score, model=["a", "b", "c"])
    assert found.n_items == 4
    assert found.item is not None
    assert found.item.tolist() == ["1", "2", "4", "5"]
    assert found.warnings == ("2 items are left out, for which some model has no outcome (b lacks 2, c lacks 1 of 6)",)
    assert found.series().warnings == found.warnings


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"item": list("abcdea")}, r"item: expected every item once, got 'a' 2 times"),
        ({"score": [[0, 1.5], [0, 1], [1, 1]]}, r"score\[0, 1\]: expected a number from 0 to 1, got 1.5"),
        ({"score": [[0, np.nan], [np.nan, 1], [1, 1]]}, r"expected an item that every model has an outcome for"),
        ({"score": [0, 1, 1]}, r"score: expected a table of models by items, got shape \(3,\)"),
        ({"score": [["a"], ["b"], ["c"]]}, r"score: expected a table of numbers"),
        ({"score": [[np.inf], [0], [1]]}, r"score\[0, 0\]: expected a finite number"),
        ({"scale": [1e7, 1e8]}, r"scale: expected 3 values, one per row of score, got 2"),
        ({"cluster": ["a"] * 6}, r"cluster: expected at least 2 clusters, got all 6 items in one"),
        ({"cluster": ["a"] * 5}, r"cluster: expected 6 labels, one per item"),
        ({"response": [["a"]]}, r"response: expected shape \(3, 6\), got \(1, 1\)"),
    ],
)
def test_wrong_tables_are_told_what_is_wrong(change: dict[str, object], message: str) -> None:
    with pytest.raises(SeriesError, match=message):
        items(**change).series()


def test_subsets_and_strata() -> None:
    whole = items(cluster=["a", "a", "b", "b", "c", "c"])
    assert whole.subset(["0", "2"]).score.tolist() == RIGHT[:, [0, 2]].tolist()
    assert whole.subset([True, True, True, True, False, False]).n_clusters == 2
    strata = whole.stratify(["easy", "hard", "easy", "hard", "easy", "hard"])
    assert {name: part.score.sum() for name, part in strata.items()} == {"easy": 7.0, "hard": 2.0}
    with pytest.raises(SeriesError, match=r"keep: expected labels of items, got 'x'"):
        whole.subset(["x"])
    with pytest.raises(SeriesError, match="expected at least one item, got none"):
        whole.subset(np.zeros(6, dtype=bool))


def test_correlation_of_models_is_that_of_their_outcomes() -> None:
    found = items().correlation()
    assert found[1, 2] == pytest.approx(np.corrcoef(RIGHT)[1, 2])
    assert np.isnan(items([[0, 0], [0, 1], [1, 1]]).correlation()[0, 1])


def test_a_series_with_outcomes_travels_and_is_cut_with_them() -> None:
    series = pickle.loads(pickle.dumps(items().series()))
    assert series.outcomes.score.tolist() == RIGHT.tolist()
    assert series.subset([True, False, True]).outcomes.score.tolist() == RIGHT[[0, 2]].tolist()
    with pytest.raises(
        SeriesError, match=r"outcomes\[0\]: expected a mean of 0, the score of that point, got 0.166667"
    ):
        series.replace(n_correct=[0, 3, 5], score=None)
