"""Test sets redrawn by whole items or clusters, for all models at once."""

from __future__ import annotations

import numpy as np
import pytest

import emergence_stats as es
from emergence_stats.models.likelihood import observe
from emergence_stats.resolution.draws import CountedTestSets
from emergence_stats.resolution.joint import JointTestSets, weighted_sum
from emergence_stats.series import FloatArray

SCALE = np.logspace(7, 10, 4)
PRIOR = es.Settings().prior


def sets_of(items: es.Items) -> JointTestSets:
    """What draws test sets of some items."""
    series = items.series()
    assert series.outcomes is not None
    return JointTestSets(observe(series, PRIOR), series.outcomes)


def twins(n_items: int, *, repeat: int = 1) -> es.Items:
    """Four models, the first two right on the very same items; each item stands there several times, as a cluster."""
    generator = np.random.default_rng(3)
    right = generator.random((4, n_items)) < np.array([[0.3], [0.3], [0.6], [0.8]])
    right[1] = right[0]
    cluster = np.repeat(np.arange(n_items), repeat)
    return es.Items(score=np.repeat(right, repeat, axis=1), scale=SCALE, cluster=cluster, chance_level=0.0)


def drawn(items: es.Items, factor: float, replicates: int = 400) -> FloatArray:
    """Scores of redrawn test sets, shape (replicates, n_models)."""
    sets, posterior = sets_of(items), es.analyze(items.series()).posterior
    counts = sets.redraw(posterior, factor, replicates, np.random.default_rng(0))
    return counts / sets.items_at(factor)


@pytest.mark.parametrize("factor", [0.25, 1.0])
def test_models_with_the_same_answers_share_their_luck(factor: float) -> None:
    scores = drawn(twins(200), factor)
    assert scores[:, 0] == pytest.approx(scores[:, 1])
    assert abs(np.corrcoef(scores[:, 0], scores[:, 2]).min()) < 0.3


def test_larger_test_sets_keep_the_correlation() -> None:
    items = twins(200)
    whole = es.analyze(items.series()).posterior
    # One curve without overdispersion, so that all noise is of the items.
    sound = np.flatnonzero(whole.dispersion == 0)
    posterior = whole.take(sound[np.argmax(whole.log_weight[sound])][None])
    weight, n_items = np.ones(1), np.full(4, 800.0)
    alone, joint = (
        sets.predictive(posterior, weight, n_items, 800, np.random.default_rng(0)) / n_items
        for sets in (CountedTestSets(posterior.problem.observations), sets_of(items))
    )
    p = posterior.values[0, :2]
    assert (alone[:, 0] - alone[:, 1]).var() == pytest.approx(np.sum(p * (1 - p)) / 800, rel=0.2)
    assert (joint[:, 0] - joint[:, 1]).var() < 0.3 * np.sum(p * (1 - p)) / 800
    assert joint.var(axis=0) == pytest.approx(alone.var(axis=0), rel=0.2)
    assert joint.mean(axis=0) == pytest.approx(alone.mean(axis=0), abs=0.01)


@pytest.mark.parametrize(("factor", "kept_share"), [(0.25, 0.75), (1.0, 1.0)])
def test_clusters_are_drawn_whole(factor: float, kept_share: float) -> None:
    scores = drawn(twins(100, repeat=5), factor)
    # The variance of 100 factor independent items, drawn without replacement where they are fewer.
    expected = 0.6 * 0.4 / (100 * factor) * kept_share
    assert scores[:, 2].var() == pytest.approx(expected, rel=0.35)


def test_smaller_test_sets_hold_no_item_twice() -> None:
    sets = sets_of(es.Items(score=np.ones((2, 8)), scale=[1, 2], chance_level=0.0))
    posterior = es.analyze(es.Series(scale=[1, 2], n_correct=[8, 8], n_items=[8, 8], chance_level=0.0)).posterior
    counts = sets.redraw(posterior, 0.5, 20, np.random.default_rng(0))
    assert counts == pytest.approx(4.0)
    assert sets.items_at(0.5).tolist() == [4.0, 4.0]


def test_sums_are_those_of_a_matrix_product() -> None:
    generator = np.random.default_rng(0)
    weight, values = generator.integers(0, 3, 50).astype(float), generator.random((50, 7))
    assert weighted_sum(weight, values) == pytest.approx(weight @ values)


def test_the_ladder_of_items_gives_the_same_on_every_run_and_says_what_was_drawn() -> None:
    series = twins(60, repeat=2).series()
    first, second = (es.analyze(series, resamples=30, seed=5).to_dict()["resolution"] for _ in range(2))
    assert first == second
    assert first["drawn"] == "clusters"
    assert es.analyze(twins(60).series(), resamples=30).to_dict()["resolution"]["drawn"] == "items"
