"""Companion metrics: what E5 makes of another metric of the same outputs."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pandas as pd
import pytest

import emergence_stats as es
from emergence_stats.analysis import Analysis
from emergence_stats.companions import companion_kind
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.series import FloatArray

SCALE = 10.0 ** np.linspace(8.0, 11.5, 8)
TOKENS, ITEMS = 12, 1000


def loss(kind: str) -> FloatArray:
    """Nats per token: a power law, or one that falls tenfold at once."""
    x = np.log10(SCALE)
    smooth = 0.06 * 10.0 ** (-0.55 * (x - 10.4))
    abrupt = np.where(x < 10.2, 0.5, 0.012) * 10.0 ** (-0.04 * (x - 10.2))
    return np.asarray({"smooth": smooth, "abrupt": abrupt}[kind])


def exact_match(kind: str, keep: slice = slice(None)) -> es.Series:
    k = np.random.default_rng(4).binomial(ITEMS, np.exp(-TOKENS * loss(kind)))
    return es.Series(
        scale=SCALE[keep], n_correct=k[keep], n_items=np.full(k[keep].size, ITEMS), chance_level=0.0,
        metric="exact_match",
    )  # fmt: skip


def token_accuracy(kind: str, keep: slice = slice(None), metric: str = "token_accuracy") -> es.Series:
    p = np.exp(-loss(kind))
    noise = np.sqrt(p * (1.0 - p) / (ITEMS * TOKENS))
    score = np.clip(p + noise * np.random.default_rng(5).normal(size=p.size), 0.0, 1.0)
    return es.Series(
        scale=SCALE[keep], score=score[keep], stderr=noise[keep], chance_level=0.0, metric=metric
    )  # fmt: skip


def cross_entropy(kind: str) -> es.Series:
    nats = loss(kind)
    return es.Series(
        scale=SCALE, score=nats, stderr=0.03 * nats, metric="cross_entropy", higher_is_better=False, score_bounds=None
    )


@functools.cache
def analysed(kind: str, other: str, metric: str = "token_accuracy") -> Analysis:
    """The exact match of one law, beside a companion of the same or of another."""
    return es.analyze(exact_match(kind), companions=[token_accuracy(other, metric=metric)])


def condition(analysis: Analysis) -> dict[str, object]:
    return next(dataclasses.asdict(each) for each in analysis.conditions if each.key == "metric_robust")


def test_a_jump_that_the_companion_shows_too_is_emergent() -> None:
    found = analysed("abrupt", "abrupt")
    assert found.verdict == "emergent"
    assert condition(found)["holds"] is True
    assert "as sharp on token_accuracy" in found.summary()


def test_a_jump_that_is_smooth_on_the_companion_is_the_metrics() -> None:
    """The companion of another law stands in for a metric that makes a jump of smooth growth."""
    assert es.analyze(exact_match("abrupt")).verdict == "emergent"
    found = analysed("abrupt", "smooth")
    assert found.verdict == "metric_artifact"
    assert condition(found)["holds"] is False
    assert "token_accuracy" in found.reason
    assert "rises smoothly" in found.reason


def test_a_smooth_law_is_smooth_by_both_metrics() -> None:
    assert analysed("smooth", "smooth").verdict in {"smooth", "metric_artifact"}


def test_losses_and_log_probabilities_are_companions() -> None:
    losses = cross_entropy("abrupt")
    assert losses.score is not None
    logs = es.Series(scale=SCALE, score=-losses.score, stderr=losses.stderr, metric="log_prob", score_bounds=None)
    for companion in (losses, logs):
        assert es.analyze(exact_match("abrupt"), companions=[companion]).verdict == "emergent"
    assert es.analyze(exact_match("abrupt"), companions=[cross_entropy("smooth")]).verdict == "metric_artifact"


def test_the_smooth_one_of_several_companions_decides() -> None:
    found = es.analyze(
        exact_match("abrupt"), companions=[token_accuracy("abrupt", metric="edit_similarity"), token_accuracy("smooth")]
    )
    assert found.verdict == "metric_artifact"
    assert "token_accuracy" in found.reason
    assert [companion.found.metric for companion in found.companions] == ["edit_similarity", "token_accuracy"]


def test_an_all_or_nothing_companion_says_nothing() -> None:
    alone, beside = es.analyze(exact_match("abrupt")), analysed("abrupt", "smooth", "accuracy")
    assert beside.verdict == alone.verdict
    assert beside.companions == ()
    assert condition(beside)["holds"] is None
    assert any("accuracy not used" in warning for warning in beside.warnings)


def test_an_unlisted_companion_is_taken_for_continuous_and_that_is_said() -> None:
    found = analysed("abrupt", "smooth", "house_score")
    assert found.verdict == "metric_artifact"
    assert any("house_score" in warning and "taken for continuous" in warning for warning in found.warnings)


def test_a_companion_of_another_task_is_said_to_be_one() -> None:
    ours = dataclasses.replace(exact_match("abrupt"), identity={"task": "sums", "family": "A"})
    theirs = dataclasses.replace(token_accuracy("abrupt"), identity={"task": "products", "family": "A"})
    (warning,) = [each for each in es.analyze(ours, companions=[theirs]).warnings if "companion" in each]
    assert "its task is products, that of the series sums" in warning
    alike = dataclasses.replace(theirs, identity={"task": "sums"})
    assert not [each for each in es.analyze(ours, companions=[alike]).warnings if "companion" in each]


@pytest.mark.parametrize(("shift", "shared"), [(0.0, "shares 1 scale with"), (0.1, "shares no scales with")])
def test_companions_of_too_few_shared_scales_are_left_out(shift: float, shared: str) -> None:
    companion = token_accuracy("abrupt")
    scale = np.concatenate((companion.scale[:1], 1e4 * companion.scale[1:])) * 10.0**shift
    found = es.analyze(exact_match("abrupt"), companions=[dataclasses.replace(companion, scale=scale)])
    assert found.companions == ()
    assert any("not used" in warning and shared in warning for warning in found.warnings)


def test_companions_are_joined_on_the_scales_that_both_have() -> None:
    found = es.analyze(exact_match("abrupt"), companions=[token_accuracy("abrupt", slice(1, 8))])
    assert found.companions[0].series.n_scales == 7
    assert any("joined on the 7 scales that both have (of 8 and 7)" in warning for warning in found.warnings)


def test_a_companion_that_misses_the_rise_is_not_asked() -> None:
    found = es.analyze(exact_match("abrupt"), companions=[token_accuracy("smooth", slice(5, 8))])
    assert found.companions == ()
    assert any("next to the onset" in warning for warning in found.warnings)
    few = es.analyze(exact_match("abrupt"), companions=[token_accuracy("smooth", slice(6, 8))])
    assert any("shares 2 scales" in warning for warning in few.warnings)


def test_a_companion_on_another_kind_of_scale_is_not_used() -> None:
    other = token_accuracy("smooth").replace(scale_kind="tokens")
    found = es.analyze(exact_match("abrupt"), companions=[other])
    assert found.companions == ()
    assert any("its scale is tokens, not params" in warning for warning in found.warnings)


def test_a_companion_too_noisy_to_tell_leaves_the_question_open() -> None:
    noisy = token_accuracy("abrupt").replace(score=[0.6, 0.5, 0.62, 0.55, 0.7, 0.66, 0.78, 0.7], stderr=[0.08] * 8)
    found = es.analyze(exact_match("abrupt"), companions=[noisy])
    assert found.verdict == "undetermined"
    assert "token_accuracy" in found.reason
    assert found.remedy is not None
    assert "token_accuracy" in found.remedy


def test_scores_out_of_a_metrics_bounds_are_refused() -> None:
    brier = es.Series(
        scale=SCALE, score=np.linspace(2.4, 0.2, 8), metric="brier_score", higher_is_better=False, score_bounds=None
    )
    with pytest.raises(SeriesError, match=r"companions\[0\]: expected brier_score from 0 to 2, got 2.4"):
        es.analyze(exact_match("abrupt"), companions=[brier])


def test_a_single_series_is_not_a_list_of_companions() -> None:
    with pytest.raises(InputError, match="companions: expected a list of Series"):
        es.analyze(exact_match("abrupt"), companions=token_accuracy("abrupt"))  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("metric", "kind"),
    [
        ("exact_match", None), ("all_correct", None),
        ("acc,none", None), ("token_accuracy", "linear"), ("Token Edit Distance", "linear"),
        ("brier_score", "continuous"), ("bleu", "continuous"), ("log_prob", "continuous"), ("perplexity", "continuous"),
        ("cross_entropy", "continuous"), ("f1", "continuous"), ("house_score", "unlisted"),
    ],
)  # fmt: skip
def test_the_registry_knows_what_a_metric_does_to_the_probability_of_a_token(metric: str, kind: str | None) -> None:
    assert companion_kind(metric) == kind


def table(kind: str, other: str) -> pd.DataFrame:
    """Exact match and token accuracy of one task, and of a second task with exact match alone."""
    parts = [("sums", exact_match(kind)), ("sums", token_accuracy(other)), ("words", exact_match(kind))]
    columns = ("scale", "score", "n_items", "stderr")
    return pd.concat(
        pd.DataFrame({"task": task, "metric": series.metric, **{name: getattr(series, name) for name in columns}})
        for task, series in parts
    ).assign(chance_level=0.0).rename(columns={"scale": "params"})  # fmt: skip


def test_companions_are_found_in_a_table_by_identity() -> None:
    results = es.analyze_frame(table("abrupt", "smooth")).set_index(["task", "metric"])
    assert results.loc[("sums", "exact_match"), "verdict"] == "metric_artifact"
    assert results.loc[("words", "exact_match"), "verdict"] == "emergent"
    assert results.loc[("sums", "token_accuracy"), "verdict"] == "smooth"


def test_a_prior_grid_keeps_to_what_the_companion_shows() -> None:
    found = analysed("abrupt", "smooth")
    assert {variant.verdict for variant in found.stability.grid} == {"metric_artifact"}


@pytest.mark.parametrize("metric", ["correct_choice_probability", "brier"])
def test_a_companion_may_carry_its_outcomes(metric: str) -> None:
    """The log of a loss is not the mean of its items' logs: outcomes stay behind where a companion is weighed on it."""
    p = np.clip(
        np.exp(-loss("smooth"))[:, None] + np.random.default_rng(6).normal(0.0, 0.02, (SCALE.size, 50)), 0.0, 1.0
    )
    score = p if metric == "correct_choice_probability" else (1.0 - p) ** 2
    items = es.Items(
        scale=SCALE, score=score, chance_level=0.25 if metric != "brier" else 0.75, metric=metric,
        higher_is_better=metric != "brier",
    )  # fmt: skip
    companion = items.series()
    assert companion.outcomes is not None
    found = es.analyze(exact_match("smooth"), companions=[companion])
    bare = es.analyze(exact_match("smooth"), companions=[companion.replace(outcomes=None)])
    assert found.verdict == bare.verdict
    assert found.p_emergent == bare.p_emergent
    assert condition(found) == condition(bare)
