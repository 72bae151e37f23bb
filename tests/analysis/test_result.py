"""What an analysis offers: the attributes of the contract, a valid document, and nothing that can be changed."""

from __future__ import annotations

import dataclasses
import json
import math
import pickle
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import emergence_stats
from emergence_stats.analysis import Analysis, analyze
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.series import Series
from emergence_stats.settings import Settings
from tests.reference.textbook import SERIES, analysis_of, counts

SCHEMA = Path(emergence_stats.__file__).parent / "schema" / "analysis.schema.json"
CONDITIONS = ["absent", "present", "sharp", "unpredictable", "metric_robust", "resolution_robust"]
EXPLANATIONS = ["no_ability", "constant", "smooth", "phase_change", "decreasing", "non_monotone"]
NAMES = pytest.mark.parametrize("name", SERIES)


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def resampled() -> Analysis:
    return analyze(SERIES["sharp"], resamples=12, seed=3)


@NAMES
def test_contract_attributes(name: str) -> None:
    found = analysis_of(name)
    assert isinstance(found.verdict, str)
    assert list(found.probabilities) == EXPLANATIONS
    assert math.fsum(found.probabilities.values()) == pytest.approx(1.0, abs=1e-12)
    assert [condition.key for condition in found.conditions] == CONDITIONS
    assert 0.0 <= found.p_emergent <= 1.0
    assert math.isfinite(found.log_bayes_factor)
    assert found.series is SERIES[name]
    assert found.settings == Settings()
    assert found.resolution is None
    assert found.verdict.value in repr(found)
    median, interval = found.threshold.median, found.threshold.interval(0.9)
    assert (median is None) == (interval is None) == (found.evidence.numbers.rise_in_range <= 0.5)
    if median is not None and interval is not None:
        narrower = found.threshold.interval(0.5)
        assert narrower is not None
        assert interval[0] <= narrower[0] <= median <= narrower[1] <= interval[1]


@NAMES
def test_the_document_is_valid_and_survives_json(name: str, validator: Draft202012Validator) -> None:
    document = analysis_of(name).to_dict()
    text = json.dumps(document, allow_nan=False)
    assert json.loads(text) == document
    validator.validate(document)
    assert document["verdict"] == analysis_of(name).verdict.value
    assert document["summary"] == analysis_of(name).summary()


def test_a_resampled_document_is_valid(resampled: Analysis, validator: Draft202012Validator) -> None:
    document = json.loads(json.dumps(resampled.to_dict(), allow_nan=False))
    validator.validate(document)
    assert document["resolution"]["replicates"] == 12
    assert document["conditions"][5]["holds"] is not None


def test_the_same_seed_gives_the_same_document(resampled: Analysis) -> None:
    assert analyze(SERIES["sharp"], resamples=12, seed=3).to_dict() == resampled.to_dict()


@pytest.mark.parametrize(
    "series",
    [
        Series(scale=[1e8, 1e9, 1e10], score=[0.1, 0.2, 0.7], stderr=[0.02, 0.0, 0.03], chance_level=0.1),
        Series(scale=[1e8, 1e9, 1e10], score=[31.0, 20.5, 7.0], score_bounds=None, higher_is_better=False),
        Series(scale=[4.0, 3.0, 2.5], n_correct=[1, 2, 30], n_items=[40] * 3, scale_kind="loss", chance_level=0.0),
        Series(
            scale=[1e8, 1e8, 1e9],
            score=[5.0, 7.5, 40.0],
            score_bounds=(0.0, 100.0),
            model=("a", "b", "c"),
            seed=("0", "1", "0"),
            identity={"task": "t"},
        ),
        counts([0, 0, 10**9], 10**9, chance_level=0.0, decades=30.0),
    ],
    ids=["standard errors", "unbounded", "loss", "labelled", "extreme"],
)
def test_documents_of_every_form_are_valid(series: Series, validator: Draft202012Validator) -> None:
    document = analyze(series).to_dict()
    validator.validate(json.loads(json.dumps(document, allow_nan=False)))
    assert len(document["series"]["points"]) == series.n_points
    for point in document["series"]["points"]:
        assert point["low"] <= point["score"] <= point["high"]


def test_an_analysis_cannot_be_changed() -> None:
    found = analysis_of("sharp")
    for field in ("verdict", "posterior", "seed"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(found, field, None)
    with pytest.raises(TypeError):
        found.probabilities["smooth"] = 1.0  # type: ignore[index]
    with pytest.raises(ValueError, match="read-only"):
        found.series.scale[0] = 1.0
    changed = found.to_dict()
    changed["verdict"] = "smooth"
    changed["probabilities"]["smooth"] = 1.0
    assert found.to_dict()["verdict"] == "emergent"
    assert found.probabilities["smooth"] < 0.1


def test_an_analysis_goes_through_pickle(resampled: Analysis) -> None:
    for found in (analysis_of("valley"), resampled):
        copy: Analysis = pickle.loads(pickle.dumps(found))
        assert copy.to_dict() == found.to_dict()
        assert copy.series.scale.tolist() == found.series.scale.tolist()


def test_the_fit_follows_the_data() -> None:
    fit = analysis_of("sharp").to_dict()["fit"]
    assert fit["scale"] == sorted(fit["scale"])
    assert fit["scale"][0] == pytest.approx(1e8)
    assert fit["scale"][-1] == pytest.approx(1e12)
    assert fit["median"][0] == pytest.approx(0.25, abs=0.03)
    assert fit["median"][-1] == pytest.approx(0.94, abs=0.03)
    for low, median, high in zip(fit["low"], fit["median"], fit["high"], strict=True):
        assert 0.0 <= low <= median <= high <= 1.0


def test_the_width_curve_is_a_distribution_function() -> None:
    probability = analysis_of("sharp").to_dict()["width_curve"]["probability"]
    assert probability == sorted(probability)
    assert probability[0] >= 0.0
    assert probability[-1] <= 1.0


def test_one_scale_is_not_enough() -> None:
    with pytest.raises(SeriesError, match="at least two different scales, got 1"):
        analyze(Series(scale=[1e9, 1e9], n_correct=[3, 4], n_items=[10, 10], chance_level=0.0))


def test_negative_resamples_are_refused() -> None:
    with pytest.raises(InputError, match="resamples: expected a whole number from 0 up, got -1"):
        analyze(SERIES["sharp"], resamples=-1)


def test_few_scales_and_assumed_chance_are_said() -> None:
    found = analyze(Series(scale=[1e8, 1e9, 1e10], n_correct=[1, 2, 30], n_items=[40] * 3))
    assert any("chance level not given" in warning for warning in found.warnings)
    assert any("only 3 distinct scales" in warning for warning in found.warnings)


def test_a_perplexity_is_drawn_and_asked_for_in_its_own_unit() -> None:
    series = Series(
        scale=[1e7, 1e8, 1e9, 1e10],
        score=[4000.0, 700.0, 90.0, 20.0],
        higher_is_better=False,
        score_bounds=None,
        score_axis="log",
    )
    found = analyze(series)
    document = found.to_dict()
    assert [point["score"] for point in document["series"]["points"]] == [4000.0, 700.0, 90.0, 20.0]
    assert document["series"]["score_axis"] == "log"
    assert 0.0 < document["series"]["score_low"] < 20.0
    assert document["series"]["score_high"] > 4000.0
    assert min(document["fit"]["low"]) > 0.0
    middle = found.scale_for_score(250.0).median
    assert middle is not None
    assert 1e8 < middle < 1e9
