"""Backtests: what is hidden, how it is scored, and that scores and rivals mean what they say."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import emergence_stats as es
from emergence_stats.errors import InputError
from emergence_stats.forecasting.methods import METHODS, OURS
from emergence_stats.forecasting.rivals import NormalScore
from emergence_stats.proportions import class_proportions
from emergence_stats.report.forecast_sheet import backtest_sheet
from emergence_stats.report.sheet import render_sheet
from tests.report.structure import Structure, refers_to_nothing_outside


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Five tasks that rise along a logistic curve, seven sizes each, of which the last two were released later."""
    generator = np.random.default_rng(5)
    rows = []
    for task in range(5):
        middle = 9.0 + 0.25 * task
        for i, x in enumerate(np.linspace(7.5, 10.5, 7)):
            truth = 0.25 + 0.7 / (1.0 + math.exp(-3.0 * (x - middle)))
            right = int(generator.binomial(400, truth))
            rows.append((f"t{task}", f"m{i}", 10.0**x, right, 400, 0.25, f"2023-{i + 1:02d}-01"))
    return pd.DataFrame(rows, columns=["task", "model", "params", "n_correct", "n_items", "chance_level", "released"])


@pytest.fixture(scope="module")
def result(frame: pd.DataFrame) -> es.Backtest:
    return es.backtest(frame, hide=5e9)


def test_every_method_forecasts_every_hidden_point(result: es.Backtest) -> None:
    assert set(result.points["method"]) == set(METHODS)
    assert (result.points["scale"] > 5e9).all()
    assert (result.methods["n_points"] == 10).all()
    assert (result.points["log_score"] <= 0.0).all()
    assert (result.points["crps"] >= 0.0).all()
    assert result.points["pit"].between(0.0, 1.0).all()
    assert (result.points["covered90"] | ~result.points["covered50"]).all()


def test_forecasts_of_a_logistic_truth_cover_it_and_beat_the_last_value(result: es.Backtest) -> None:
    methods = result.methods.set_index("method")
    assert methods["coverage90"][OURS] >= 0.7
    assert methods["advantage"]["last_value"] > 0.0
    assert "90% intervals held" in result.summary()


def test_a_lead_within_its_error_beats_nobody(result: es.Backtest) -> None:
    methods = result.methods.copy()
    methods.loc[methods["method"] != OURS, ["advantage", "advantage_error"]] = (0.76, 0.72)
    close = dataclasses.replace(result, methods=methods)
    assert close.beats_all
    assert not close.beats_all_surely
    assert "beats every rival" not in render_sheet(backtest_sheet(close.to_dict()))
    clear = dataclasses.replace(result, methods=methods.assign(advantage_error=0.1))
    assert "beats every rival" in render_sheet(backtest_sheet(clear.to_dict()))


def test_few_scores_do_not_tell_whether_intervals_are_too_wide(result: es.Backtest) -> None:
    few, many = (
        dataclasses.replace(result, methods=result.methods.assign(coverage90=1.0, n_points=n)) for n in (3, 300)
    )
    assert "too wide" not in few.summary()
    assert "too wide" in many.summary()


def test_scores_of_few_models_are_few_observations(result: es.Backtest) -> None:
    assert "They are scores of 2 models" in result.summary()
    each_its_own = result.points.assign(model=[f"m{i}" for i in range(len(result.points))])
    unnamed = result.points.assign(model="")
    for points in (each_its_own, unnamed):
        assert "They are scores of" not in dataclasses.replace(result, points=points).summary()


def test_hiding_by_date_by_scales_and_beyond_a_scale_agree(frame: pd.DataFrame, result: es.Backtest) -> None:
    by_date = es.backtest(frame.drop(columns="released").assign(day=frame["released"]), hide="2023-06-01", dates="day")
    scales = np.sort(frame["params"].unique())[-2:].tolist()
    by_scales = es.backtest(frame, hide=scales)
    for other in (by_date, by_scales):
        pd.testing.assert_frame_equal(other.methods, result.methods)


@pytest.mark.parametrize(
    ("cell", "got"), [("2023-02-31", "'2023-02-31'"), (None, "none"), ("13/02/2023", "'13/02/2023'")]
)
def test_a_date_that_is_none_is_named_with_its_model(frame: pd.DataFrame, cell: str | None, got: str) -> None:
    broken = frame.astype({"released": object})
    broken.loc[broken["model"] == "m3", "released"] = cell
    with pytest.raises(InputError, match=f"released: expected a date such as .* got {got} for m3$"):
        es.backtest(broken, hide="2023-06-01", dates="released")


def test_years_alone_are_dates(frame: pd.DataFrame) -> None:
    years = frame.assign(year=[2020 + int(model[1:]) for model in frame["model"]])
    found = es.backtest(years, hide="2025-06-01", dates="year")
    assert set(found.points["model"]) == {"m6"}


def test_workers_do_not_change_a_bit(frame: pd.DataFrame, result: es.Backtest) -> None:
    pd.testing.assert_frame_equal(es.backtest(frame, hide=5e9, workers=2).points, result.points, check_exact=True)


def test_measurements_without_the_scale_asked_for_are_left_out(frame: pd.DataFrame, result: es.Backtest) -> None:
    unknown = frame[frame["model"] == "m3"].assign(params=np.nan, model="unknown")
    found = es.backtest(pd.concat([frame, unknown]), hide=5e9, scale="params")
    pd.testing.assert_frame_equal(found.points, result.points)
    assert [item.reason for item in found.skipped] == ["5 of 40 measurements have no params: left out"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hide": 1e7}, "expected at least 3 visible scales, got 0"),
        ({"hide": 1e12}, "no point is hidden"),
        ({"hide": "next year"}, "hide: expected a scale, several scales, or a date"),
        ({"hide": "2023-06-01"}, "dates: expected a column of the table"),
        ({"hide": []}, "hide: expected at least one scale"),
        ({"hide": 5e9, "across": ["family"]}, "across: expected a column of the table, got 'family'"),
    ],
)
def test_what_cannot_be_scored_is_said(frame: pd.DataFrame, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        es.backtest(frame, **arguments)  # type: ignore[arg-type]


def test_the_page_names_methods_and_coverage(result: es.Backtest) -> None:
    page = render_sheet(backtest_sheet(result.to_dict()))
    assert refers_to_nothing_outside(page)
    text = " ".join(Structure.of(page).text)
    assert "log-linear least squares" in text
    assert "In 90% interval" in text


def test_scores_of_a_normal_forecast_are_those_of_textbooks() -> None:
    one = NormalScore(mean=0.5, sd=0.05, degrees_of_freedom=math.inf, cell=1e-4)
    assert one.log_probability(0.52) == pytest.approx(math.log(1e-4 / 0.05 / math.sqrt(2 * math.pi)) - 0.08, abs=1e-3)
    z, density = 0.4, math.exp(-0.08) / math.sqrt(2.0 * math.pi)
    exact = 0.05 * (z * (2.0 * 0.655421741610324 - 1.0) + 2.0 * density - 1.0 / math.sqrt(math.pi))
    assert one.crps(0.52) == pytest.approx(exact, rel=0.02)  # Gneiting & Raftery 2007, equation 21
    assert sum(math.exp(one.log_probability(i * 1e-4)) for i in range(10_001)) == pytest.approx(1.0, abs=1e-6)


def test_proportions_of_classes_are_found() -> None:
    generator = np.random.default_rng(0)
    truth = generator.random(400) < 0.2
    log_evidence = np.zeros((400, 2, 1))  # of z ~ N(1.5, 1) against N(-1.5, 1): 3 z
    log_evidence[:, 0, 0] = 3.0 * (np.where(truth, 1.5, -1.5) + generator.normal(size=400))
    found = class_proportions(log_evidence, np.ones(2), np.ones(1))
    assert found.first[0] == pytest.approx(truth.mean(), abs=0.04)
    assert found.membership.sum(axis=(1, 2)) == pytest.approx(np.ones(400))


def test_proportions_do_not_depend_on_the_order_of_the_series() -> None:
    generator = np.random.default_rng(1)
    log_evidence = 3.0 * generator.normal(size=(777, 6, 1))
    order = generator.permutation(777)
    found, shuffled = (class_proportions(logs, np.ones(6), np.ones(1)) for logs in (log_evidence, log_evidence[order]))
    np.testing.assert_array_equal(shuffled.first, found.first)
    np.testing.assert_array_equal(shuffled.membership, found.membership[order])


@pytest.mark.shared_data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("obsscaling_emergent.csv", {"hide": 8.4e22, "scale": "train_flops", "across": ["family"]}),
        ("pythia_final.csv", {"hide": [6.9e9, 12e9], "scale": "params"}),
    ],
)
def test_public_scores_are_foreseen(shared_data: Path, name: str, arguments: dict[str, object]) -> None:
    result = es.backtest(pd.read_csv(shared_data / name), workers=2, **arguments)  # type: ignore[arg-type]
    coverage = result.methods.set_index("method")["coverage90"][OURS]
    assert 0.8 <= coverage <= 0.97
    assert result.beats_all
