"""Forecasts: intervals always, silence where the data are silent, and what a user can ask."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

import emergence_stats as es
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.forecasting.companion import loss_law
from emergence_stats.report.forecast_sheet import forecast_sheet
from emergence_stats.report.sheet import render_sheet
from emergence_stats.series import FloatArray
from emergence_stats.settings import ForecastSettings
from tests.report.structure import Structure, refers_to_nothing_outside

RISING = es.Series(
    scale=[1e8, 3e8, 1e9, 3e9, 1e10, 3e10],
    n_correct=[126, 124, 133, 171, 262, 352],
    n_items=[500] * 6,
    chance_level=0.25,
    name="rising",
)
AT_CHANCE = es.Series(
    scale=[1e8, 3e8, 1e9, 1e10], n_correct=[126, 119, 130, 128], n_items=[500] * 4, chance_level=0.25, name="at chance"
)


@pytest.fixture(scope="module")
def rising() -> es.Forecast:
    return es.forecast(RISING, [1e10, 1e11, 1e12], score=0.9)


@pytest.fixture(scope="module")
def at_chance() -> es.Forecast:
    return es.forecast(AT_CHANCE, [1.2e10, 1e11, 1e12, 1e20], score=0.6)


def test_every_score_comes_with_an_interval_or_not_at_all(rising: es.Forecast, at_chance: es.Forecast) -> None:
    for item in (*rising.scores, *at_chance.scores):
        numbers = item.score.to_dict()
        if numbers is None:
            assert not item.identifiable
            assert item.why
            continue
        assert numbers["low"] <= numbers["low50"] <= numbers["median"] <= numbers["high50"] <= numbers["high"]
        assert numbers["low"] < numbers["high"]
        assert numbers["low"] >= 0.0
        assert numbers["high"] <= 1.0


def test_within_the_data_the_forecast_is_what_was_measured(rising: es.Forecast) -> None:
    low, high = rising.scores[0].score.interval(0.9) or (1.0, 0.0)
    assert low < 262 / 500 < high
    assert rising.scores[0].decades_beyond == 0.0
    assert rising.scores[0].identifiable


def test_a_new_score_is_less_certain_than_the_curve(rising: es.Forecast) -> None:
    for item in rising.scores:
        (low, high), (curve_low, curve_high) = item.score.interval(0.9) or (0, 0), item.curve.interval(0.9) or (0, 0)
        assert high - low > curve_high - curve_low


def test_at_chance_the_time_of_a_rise_is_not_identifiable(at_chance: es.Forecast) -> None:
    near, far, farther, absurd = at_chance.scores
    assert near.identifiable
    assert not far.identifiable
    assert "do not show has begun" in (far.why or "")
    assert (near.p_emerged or 0) < (far.p_emerged or 0) < (farther.p_emerged or 0)
    assert absurd.score.median is None
    assert "10.0 decades beyond the data, which span 2.0" in (absurd.why or "")
    interval = at_chance.scale_for_score.interval(0.9)
    assert interval is not None
    assert interval[0] > 1e10
    assert math.isinf(interval[1])
    assert "not identifiable" in at_chance.summary()


def test_probabilities_answer_the_questions_asked(rising: es.Forecast) -> None:
    assert rising.p_reaches(0.3, 1e11) > rising.p_reaches(0.9, 1e11)
    assert rising.p_emerges_before(1e8) < 0.1
    assert rising.p_emerges_before(1e11) > 0.9


def test_more_items_make_a_new_score_more_certain() -> None:
    few, many = (es.forecast(RISING, 1e10, n_items=n).scores[0].score.interval(0.9) or (0, 0) for n in (20, 20_000))
    assert few[1] - few[0] > 1.5 * (many[1] - many[0])


def test_the_same_forecast_twice() -> None:
    first, second = (es.forecast(AT_CHANCE, [1e11], seed=3).to_dict() for _ in range(2))
    assert json.dumps(first) == json.dumps(second)


def test_perplexity_goes_on_falling_beyond_what_was_seen() -> None:
    scale = np.array([1e7, 1e8, 1e9, 1e10])
    series = es.Series(
        scale=scale, score=np.exp(3.0 - 0.2 * np.log10(scale)), score_bounds=None, score_axis="log", metric="ppl",
        higher_is_better=False, name="perplexity",
    )  # fmt: skip
    ahead = es.forecast(series, [1e11])
    median = ahead.scores[0].score.median
    assert median is not None
    assert median < float(series.score[-1]) if series.score is not None else False
    assert ahead.scores[0].p_emerged is None


class TestCompanion:
    scale = np.array([1e8, 1e9, 1e10, 1e11])
    losses = es.Series(
        scale=[*scale, 1e12], score=3.0 * np.array([*scale, 1e12]) ** -0.1, score_bounds=None, score_axis="log",
        higher_is_better=False, metric="loss", name="loss",
    )  # fmt: skip

    def series(self) -> es.Series:
        loss = 3.0 * self.scale**-0.1
        right = np.rint(1000 * np.exp(-20.0 * loss))
        return es.Series(scale=self.scale, n_correct=right, n_items=[1000] * 4, chance_level=0.0, name="exact match")

    def test_it_sharpens_a_forecast_before_the_threshold_is_crossed(self) -> None:
        truth = math.exp(-20.0 * 3.0 * 1e13**-0.1)
        without, with_it = (es.forecast(self.series(), [1e13], companion=c).scores[0] for c in (None, self.losses))
        wide, narrow = (item.curve.interval(0.9) or (0, 0) for item in (without, with_it))
        assert narrow[0] <= truth <= narrow[1]
        assert narrow[1] - narrow[0] < 0.8 * (wide[1] - wide[0])

    @pytest.mark.parametrize(("floor", "factor"), [(0.0, 3.0), (0.0, 10.0), (0.3, 3.0)])
    def test_it_does_not_make_a_forecast_low_and_too_sure(self, floor: float, factor: float) -> None:
        scale = np.geomspace(1e8, 1e10, 7)
        generator = np.random.default_rng(11)

        def law(x: FloatArray | float) -> FloatArray:
            free = (np.asarray(x) / 1e8) ** -0.2
            return np.asarray((1.0 - floor) * free + floor * 0.01**0.2)

        truth, inside, off = math.exp(-factor * float(law(1e11))), 0, []
        for _ in range(10):
            right = generator.binomial(500, np.exp(-factor * law(scale)))
            measured = law(scale) * (1.0 + 0.01 * generator.standard_normal(7))
            loss = es.Series(
                scale=scale, score=measured, stderr=0.01 * law(scale), score_bounds=None, score_axis="log",
                higher_is_better=False, metric="loss", name="loss",
            )  # fmt: skip
            series = es.Series(scale=scale, n_correct=right, n_items=[500] * 7, chance_level=0.0, name="exact match")
            found = es.forecast(series, 1e11, companion=loss).scores[0].curve.to_dict()
            assert found is not None
            inside += found["low"] <= truth <= found["high"]
            off.append(found["median"] - truth)
        assert inside >= 7
        assert abs(float(np.mean(off))) < 0.04

    def test_a_link_that_shows_no_rise_is_not_identifiable(self) -> None:
        series = es.Series(scale=self.scale, n_correct=[0] * 4, n_items=[100] * 4, chance_level=0.0, name="exact match")
        far = es.forecast(series, 1e15, companion=self.losses).scores[0]
        assert not far.identifiable

    def test_scatter_that_nobody_stated_is_estimated(self) -> None:
        scale = np.geomspace(1e8, 1e11, 8)
        noise = np.array([1.0, -1.0, 0.5, -0.5, -1.0, 1.0, 0.7, -0.7])
        widths = []
        for size in (0.002, 0.05):
            loss = es.Series(
                scale=scale, score=(scale / 1e8) ** -0.1 * (1.0 + size * noise), stderr=[0.001] * 8, score_bounds=None,
                score_axis="log", higher_is_better=False, metric="loss", name="loss",
            )  # fmt: skip
            low, _, high = loss_law(loss, n_draws=2000, seed=0).summary(12.0)
            widths.append(high - low)
        assert widths[1] > 4.0 * widths[0]

    def test_what_does_not_fit_is_named(self) -> None:
        with pytest.raises(SeriesError, match="loss: expected a score for 1e\\+11"):
            es.forecast(self.series(), companion=self.losses.subset(self.losses.scale < 5e10))
        with pytest.raises(SeriesError, match="expected a companion at three scales or more, got 2"):
            es.forecast(self.series().subset(self.scale < 5e9), companion=self.losses.subset(self.losses.scale < 5e9))
        growing = es.Series(scale=self.scale, score=[1, 2, 3, 4], score_bounds=None, name="reward")
        with pytest.raises(SeriesError, match="reward: expected a companion metric with bounds"):
            es.forecast(self.series(), companion=growing)


class TestFalling:
    series = es.Series(
        scale=[1e8, 3e8, 1e9, 3e9, 1e10], n_correct=[400, 380, 300, 250, 200], n_items=[500] * 5, chance_level=0.25,
        name="falling",
    )  # fmt: skip

    def test_it_shows_no_rise(self) -> None:
        found = es.forecast(self.series, [3e10])
        assert found.p_rise_seen < 0.05
        assert found.p_fall_seen > 0.5
        assert found.p_at_chance < 0.05
        assert "The data fall as models grow" in found.summary()

    def test_it_falls_through_a_score_and_does_not_reach_it(self) -> None:
        found = es.forecast(self.series, [3e10], score=0.3)
        assert found.scale_for_score.median is None
        assert (found.p_starts_above or 0.0) > 0.95
        interval = found.scale_falls_below.interval(0.9)
        assert interval is not None
        assert 1e10 < interval[0] < interval[1]
        assert "falls through it at" in found.summary()
        document = found.to_dict()
        assert document["scale_for_score"] is None
        assert document["scale_falls_below"]["low"] > 1e10
        assert "Below 30% from" in render_sheet(forecast_sheet([document]))

    def test_past_chance_it_may_end_there(self) -> None:
        near, far = es.forecast(self.series, [1.1e10, 1e11]).scores
        assert near.identifiable
        assert not far.identifiable
        assert "past chance by then" in (far.why or "")
        low, high = far.curve.interval(0.9) or (1.0, 0.0)
        assert low < 0.2
        assert high >= 0.25 - 1e-9

    def test_a_rise_that_starts_above_a_score_has_reached_it(self) -> None:
        found = es.forecast(RISING, [1e11], score=0.1)
        assert found.scale_for_score.median is None
        assert "has reached 10% at the smallest scale already" in found.summary()


def test_a_series_at_chance_is_told_how_probably_it_emerges(at_chance: es.Forecast) -> None:
    assert "On that footing it emerges by" in at_chance.summary()


NAMES = ("task", "params", "n_correct", "n_items", "chance_level")


class TestTable:
    def frame(self) -> dict[str, list[object]]:
        columns: dict[str, list[object]] = {name: [] for name in NAMES}
        for task in range(6):
            for scale, right in zip([1e8, 3e8, 1e9, 1e10], [125, 121 + task, 129, 127 - task], strict=True):
                for name, value in zip(columns, (f"t{task}", scale, right, 500, 0.25), strict=True):
                    columns[name].append(value)
        return columns

    def test_many_series_that_never_rose_make_a_rise_less_probable(self) -> None:
        import pandas as pd

        frame = pd.DataFrame(self.frame())
        pooled = es.forecast_frame(frame, [3e10])
        single = es.forecast_frame(frame[frame["task"] == "t0"], [3e10])
        assert pooled["task"].tolist() == [f"t{i}" for i in range(6)]
        assert pooled["p_emerged"][0] < 0.5 * single["p_emerged"][0]
        assert bool(pooled["identifiable"][0])

    def test_a_series_with_one_size_has_a_row_with_the_reason(self) -> None:
        import pandas as pd

        frame = pd.DataFrame(self.frame())
        frame = frame[(frame["task"] != "t1") | (frame["params"] == 1e8)]
        result = es.forecast_frame(frame, [3e10])
        assert "two different scales" in result[result["task"] == "t1"]["why"].item()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"at": [-1.0]}, "at: expected a scale above 0"),
        ({"at": []}, "at: expected at least one scale"),
        ({"at": "soon"}, "at: expected a scale above 0"),
        ({"score": 2.0}, "score: expected a score from 0 to 1"),
        ({"n_items": 0}, "n_items: expected a whole number from 1"),
        ({"companion": 3}, "companion: expected"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        es.forecast(RISING, **arguments)  # type: ignore[arg-type]


def test_one_size_is_not_enough() -> None:
    with pytest.raises(SeriesError, match="at least two different scales to forecast from, got 1"):
        es.forecast(es.Series(scale=[1e8], n_correct=[3], n_items=[10], chance_level=0))


def test_the_reach_is_a_setting() -> None:
    short = dataclasses.replace(es.Settings(), forecast=ForecastSettings(reach_in_ranges=0.1))
    assert not es.forecast(RISING, 1e11, settings=short).scores[0].identifiable


def test_the_page_shows_intervals_and_silence(rising: es.Forecast, at_chance: es.Forecast) -> None:
    page = render_sheet(forecast_sheet([rising.to_dict(), at_chance.to_dict()]))
    assert refers_to_nothing_outside(page)
    structure = Structure.of(page)
    text = " ".join(structure.text)
    assert "not identifiable from these data" in text
    assert any(attributes.get("class") == "silent" for _, attributes in structure.elements)
    assert len(structure.ids()) == len(set(structure.ids()))


def test_the_headline_of_a_page_is_what_is_foreseen_of_the_first_scale() -> None:
    document = es.forecast(RISING, [1e12, 1e13]).to_dict()
    headline = forecast_sheet([document]).headline
    assert document["summary"].count("a further model scores") == 2
    assert headline.count("a further model scores") == 1
    assert document["summary"].startswith(headline.rstrip("."))


def test_the_figure_is_drawn(at_chance: es.Forecast) -> None:
    figure = at_chance.plot()
    labels = figure.axes[0].get_legend_handles_labels()[1]
    assert "not identifiable from these data" in labels


def test_a_visible_toe_leaves_many_draws() -> None:
    # Nine of a thousand right where none was: few rises drawn beforehand fit that, and one alone once stood for all.
    found = es.forecast(
        es.Series(scale=[1e8, 1e9, 1e10, 1e11], n_correct=[0, 1, 2, 9], n_items=1000, chance_level=0.0), [1e13]
    )
    interval = found.scores[0].curve.interval(0.9)
    assert interval is not None
    assert interval[1] - interval[0] > 0.3
    assert np.unique(found.scores[0].curve.draws).size > 100
