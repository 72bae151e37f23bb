"""Plans: what would decide, what it costs, and the smallest excess that items can show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

import emergence_stats as es
from benchmarks.calibration.truths import draw_at
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.forecasting.excess import smallest_detectable_excess
from emergence_stats.forecasting.prior_results import Blank, draw_results
from emergence_stats.report.plan_sheet import plan_sheet
from emergence_stats.report.sheet import render_sheet
from tests.report.structure import refers_to_nothing_outside

OPEN = es.Series(
    scale=[1e8, 1e9, 1e10], n_correct=[26, 24, 41], n_items=[100] * 3, chance_level=0.25, name="three sizes"
)


@pytest.fixture(scope="module")
def result() -> es.Plan:
    return es.plan(OPEN, scales=[1e11, [3e10, 1e11]], n_items=[50, 2000], replicates=6)


def test_every_option_has_a_probability_and_a_cost(result: es.Plan) -> None:
    assert len(result.options) == 4
    for option in result.options:
        assert option.cost == option.n_items * len(option.scales)
        assert 0.0 <= option.p_decided <= 1.0
        assert sum(option.verdicts.values()) == pytest.approx(1.0)
    best = result.best
    assert best is None or best.p_decided >= result.wanted
    assert result.summary().startswith("three sizes is")


def test_the_page_holds_table_and_picture(result: es.Plan) -> None:
    page = render_sheet(plan_sheet(result.to_dict()))
    assert refers_to_nothing_outside(page)
    assert "P(decided)" in page


def test_a_settled_verdict_leaves_another_verdict_to_ask_for() -> None:
    absent = es.Series(
        scale=[1e8, 3e8, 1e9, 3e9, 1e10], n_correct=[1000] * 5, n_items=[4000] * 5, chance_level=0.25, name="absent"
    )
    found = es.plan(absent, scales=[1.2e10], n_items=[4000], replicates=6)
    assert found.verdict == "not_emerged"
    assert found.settled
    (option,) = found.options
    # so near to what is known the verdict holds, which decides nothing
    assert option.verdicts["not_emerged"] > 0.5
    assert option.p_changed <= option.p_decided - option.verdicts["not_emerged"] + 1e-12
    assert found.best is None
    assert "would decide" not in found.summary()
    assert "asked is whether further ones would bring another verdict" in found.summary()
    assert "P(another verdict)" in render_sheet(plan_sheet(found.to_dict()))


def test_an_open_verdict_is_decided_by_any_other(result: es.Plan) -> None:
    assert not result.settled
    assert result.to_dict()["question"] == "decided_verdict"
    assert all(option.p_changed == option.p_decided for option in result.options)


def test_more_items_show_less() -> None:
    excess = [smallest_detectable_excess(0.25, n) for n in (50, 500, 5000)]
    assert excess[0] > excess[1] > excess[2] > 0.0


@pytest.mark.parametrize("n_items", [20, 200, 2000])
@pytest.mark.parametrize("chance", [0.0, 0.1, 0.25])
def test_the_smallest_excess_is_found_with_power_of_four_in_five(chance: float, n_items: int) -> None:
    truth = chance + smallest_detectable_excess(chance, n_items)
    least = stats.binom.isf(0.05, n_items, chance) + 1
    assert stats.binom.sf(least - 1, n_items, truth) == pytest.approx(0.8, abs=0.05)


def test_wrong_plans_are_named() -> None:
    with pytest.raises(InputError, match="scales: expected scales above 0"):
        es.plan(OPEN, scales=[-1.0])
    with pytest.raises(InputError, match="wanted: expected a probability"):
        es.plan(OPEN, wanted=1.5)
    with pytest.raises(SeriesError, match="expected counts"):
        es.plan(es.Series(scale=[1, 2, 3], score=[0.1, 0.2, 0.3], chance_level=0.0))


NEW: dict[str, Any] = {"chance_level": 0.25, "scales": [[1e8, 1e9, 1e10]], "n_items": [200]}


def test_a_study_of_which_nothing_is_measured_is_planned_from_the_priors() -> None:
    found = es.plan(**NEW, replicates=6, name="unborn")
    assert found.summary().startswith("Nothing is measured of unborn yet: results are drawn from the priors.")
    assert found.n_scales == 0
    (option,) = found.options
    assert option.cost == 600
    assert sum(option.verdicts.values()) == pytest.approx(1.0)
    page = render_sheet(plan_sheet(found.to_dict()))
    assert "before the first score" in page


def test_one_size_moves_what_is_drawn_from_the_priors() -> None:
    blank = Blank(chance_level=0.25, scale_kind="params", name="new")
    high = es.Series(scale=[1e8], n_correct=[190], n_items=[200], chance_level=0.25)
    before = draw_results(blank, (3e7, 3e8), 1000, 400, es.Settings(), seed=0)
    after = draw_results(high, (3e7, 3e8), 1000, 400, es.Settings(), seed=0)
    assert after.mean() > before.mean() + 200
    found = es.plan(high, scales=[[1e9, 1e10]], n_items=[100], replicates=4)
    assert "is known at one scale, which decides nothing" in found.summary()


@pytest.mark.parametrize("scale_kind", ["params", "loss"])
def test_results_before_the_first_score_are_those_of_the_prior(scale_kind: str) -> None:
    """Against the priors as written out a second time, by their quantile functions."""
    scales = (1e8, 4e8, 1e9, 1e10)
    blank = Blank(chance_level=0.25, scale_kind=scale_kind, name="new")
    ours = draw_results(blank, scales, 1000, 1500, es.Settings(), seed=1) / 1000.0
    theirs = draw_at(scales, n_items=1000, chance_level=0.25, scale_kind=scale_kind, n_draws=1500, seed=2)
    for place in range(len(scales)):
        # 1500 draws each: the sd of a quantile's level is at most .013, of the difference .018
        assert stats.ks_2samp(ours[:, place], theirs[:, place]).statistic < 0.07
    assert np.corrcoef(ours[:, 0], ours[:, 3])[0, 1] == pytest.approx(
        np.corrcoef(theirs[:, 0], theirs[:, 3])[0, 1], abs=0.12
    )


def test_a_scale_of_which_nothing_is_known_is_not_recommended() -> None:
    found = es.plan(OPEN, scales=[1e20], n_items=[100], replicates=2)
    assert found.best is None
    assert "10.0 decades beyond the data, which span 2.0" in found.summary()
    page = render_sheet(plan_sheet(found.to_dict()))
    assert "10.0 decades beyond the data" in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"chance_level": None}, "chance_level: expected the score of a model without the ability"),
        ({"chance_level": 1.5}, "chance_level: expected a number in"),
        ({"scales": None}, "scales: expected the sizes to be measured"),
        ({"n_items": None}, "n_items: expected the numbers of items"),
        ({"scales": [1e9]}, "scales: expected at least two different sizes"),
        ({"scale_kind": "stars"}, "scale_kind: expected one of"),
        ({"series": OPEN}, "chance_level: expected with no series alone"),
    ],
)
def test_what_a_new_study_lacks_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        es.plan(**(NEW | changes), replicates=2)
