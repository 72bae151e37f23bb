"""Several axes: which of them orders the scores, and the direction in which they rise over two."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import emergence_stats as es
from emergence_stats.errors import EmergenceStatsError, InputError, SeriesError

GENERATOR = np.random.default_rng(3)
FLOPS = np.geomspace(1e20, 1e24, 9)
PARAMS = 10.0 ** GENERATOR.permutation(np.linspace(8, 11, 9))


def series_on_flops() -> es.Series:
    p = 0.25 + 0.6 / (1.0 + np.exp(-4.0 * (np.log10(FLOPS) - 22.0)))
    return es.Series(
        scale=FLOPS, n_correct=np.round(500 * p), n_items=[500] * 9, chance_level=0.25, scale_kind="train_flops"
    )


def test_the_axis_that_orders_the_scores_is_found() -> None:
    found = es.compare_axes(series_on_flops(), {"params": PARAMS})
    assert found.best == "train_flops"
    assert found.settled
    assert found.tau["train_flops"] == pytest.approx(1.0, abs=0.1)
    assert abs(found.tau["params"]) < 0.9
    assert found.to_dict()["axes"]["train_flops"]["threshold"] is not None
    assert found.reason.startswith("Scores left out are predicted best by training FLOP, by")
    assert found.reason.endswith("over parameters.")


def test_axes_that_say_the_same_are_not_told_apart() -> None:
    found = es.compare_axes(series_on_flops(), {"params": np.sqrt(FLOPS)})
    assert not found.settled
    assert "too little" in found.reason


def test_an_axis_that_does_not_vary_is_named_and_the_others_go_on() -> None:
    found = es.compare_axes(series_on_flops(), {"tokens": [3e11] * 9})
    assert list(found.analyses) == ["train_flops"]
    assert "at least two different scales" in found.problems["tokens"]


def test_wrong_axes_are_refused() -> None:
    with pytest.raises(InputError, match="expected kinds of scale"):
        es.compare_axes(series_on_flops(), {"size": FLOPS})
    with pytest.raises(InputError, match="further axis"):
        es.compare_axes(series_on_flops(), {})
    with pytest.raises(SeriesError, match="9 values"):
        es.compare_axes(series_on_flops(), {"params": [1e9]})


class TestSurface:
    def test_finds_the_direction_in_which_scores_rise(self) -> None:
        params, tokens = (values.ravel() for values in np.meshgrid([1e8, 1e9, 1e10], np.geomspace(1e9, 1e12, 4)))
        level = np.log10(params) + np.log10(tokens) - 19.5  # compute: 45 degrees
        k = np.round(400 / (1.0 + np.exp(-3.0 * level)))
        series = es.Series(scale=params, n_correct=k, n_items=[400] * 12, chance_level=0.0, model=map(str, range(12)))
        order = [int(label) for label in series.model or ()]
        found = es.surface(series, tokens[order], grid=8)
        assert found.probability.sum() == pytest.approx(1.0)
        assert np.degrees(found.angle[int(np.argmax(found.probability))]) == pytest.approx(45.0, abs=8.0)
        assert found.share_of_second == pytest.approx(0.5, abs=0.1)
        assert found.median.shape == (8, 8)
        assert found.median[0, 0] < 0.2 < 0.8 < found.median[-1, -1]
        assert (found.low <= found.median).all()

    @pytest.mark.parametrize(("slope", "seed"), [(2.0, 0), (2.0, 1), (1.35, 0), (0.5, 1)])
    def test_the_worth_of_a_decade_has_an_interval_that_holds_the_truth(self, slope: float, seed: int) -> None:
        params, tokens = (v.ravel() for v in np.meshgrid(np.geomspace(1e8, 1e11, 5), np.geomspace(1e9, 1e12, 6)))
        level = slope * (np.log10(params) - 9.5) + np.log10(tokens) - 10.5
        k = np.random.default_rng(seed).binomial(1000, 0.02 + 0.9 / (1.0 + np.exp(-1.2 * level)))
        series = es.Series(scale=params, n_correct=k, n_items=[1000] * 30, chance_level=0.0, model=map(str, range(30)))
        found = es.surface(series, tokens[[int(label) for label in series.model or ()]], grid=3)
        low, middle, high = found.worth()
        assert slope / 1.25 < low < middle < high < slope * 1.25
        assert low / 1.05 < slope < high * 1.05
        assert found.probability.max() < 0.3
        assert f"worth {middle:.3g} decades of training tokens, with probability .9 from" in found.summary()
        assert found.to_dict()["worth"] == {"low": low, "median": middle, "high": high}

    def test_one_measure_alone_is_named(self) -> None:
        params, tokens = (v.ravel() for v in np.meshgrid(np.geomspace(1e8, 1e11, 5), np.geomspace(1e9, 1e12, 6)))
        k = np.round(1000 / (1.0 + np.exp(-3.0 * (np.log10(params) - 9.5))))
        series = es.Series(scale=params, n_correct=k, n_items=[1000] * 30, chance_level=0.0, model=map(str, range(30)))
        found = es.surface(series, tokens[[int(label) for label in series.model or ()]], grid=3)
        assert found.summary().startswith("Scores rise with parameters alone or nearly so: a decade of it is worth")

    def test_scales_that_differ_by_rounding_are_one(self) -> None:
        params, tokens = (values.ravel() for values in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
        k = np.round(400 / (1.0 + np.exp(-3.0 * (np.log10(params) + np.log10(tokens) - 19.0))))
        series = es.Series(scale=params, n_correct=k, n_items=[400] * 9, chance_level=0.0, model=map(str, range(9)))
        noisy = tokens * (1.0 + 1e-13 * np.arange(9))
        order = [int(label) for label in series.model or ()]
        assert es.surface(series, noisy[order], grid=3).best.series.n_scales == 5

    def test_needs_two_measures_that_vary(self) -> None:
        with pytest.raises(SeriesError, match="tokens: expected values that vary"):
            es.surface(series_on_flops(), [1e9] * 9)


class TestTable:
    def frame(self) -> pd.DataFrame:
        found = series_on_flops()
        rows = pd.DataFrame({"task": "t", "model": [f"m{i}" for i in range(9)], "train_flops": FLOPS, "params": PARAMS})
        return rows.assign(n_correct=found.n_correct, n_items=500, chance_level=0.25)

    def test_every_point_keeps_its_scales_whatever_the_order_of_the_rows(self) -> None:
        mixed = self.frame().sample(frac=1.0, random_state=1)
        (one,) = es.compare_axes_frame(mixed, plane=("params", "train_flops")).series
        direct = es.compare_axes(series_on_flops(), {"params": PARAMS})
        assert one.comparison.best == direct.best
        assert one.comparison.elpd == pytest.approx(direct.elpd, abs=1e-6)
        assert one.surface is not None
        assert one.surface.share_of_second > 0.9  # compute alone orders these scores
        by_name = dict(zip(one.comparison.analyses["params"].series.model or (), np.sort(PARAMS), strict=True))
        assert by_name["m3"] == pytest.approx(PARAMS[3])

    def test_rows_without_one_of_the_scales_are_left_out_of_all(self) -> None:
        table = self.frame()
        table.loc[2, "params"] = None
        found = es.compare_axes_frame(table)
        assert "1 of 9 rows" in found.warnings[0]
        assert len(found.series[0].score) == 8
        assert found.to_frame()["axis"].tolist() == ["params", "train_flops"]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"scales": ["params"]}, "two scale columns that vary"),
            ({"scales": ["tokens", "params"]}, "scale columns of the table: params, train_flops"),
            ({"scales": ["size"]}, "kinds of scale among"),
            ({"plane": ("params", "params")}, "params twice"),
            ({"select": {"task": "other"}}, "got none with task=other"),
        ],
    )
    def test_what_cannot_be_compared_is_named(self, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(EmergenceStatsError, match=message):
            es.compare_axes_frame(self.frame(), **arguments)
