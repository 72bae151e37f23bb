"""Figures are well-formed, stay inside their box, and show what the document says."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import numpy as np
import pytest

from emergence_stats.report.figures import series_figure as main_figure
from emergence_stats.report.figures.axes import log_ticks, nice_step, scale_axis, score_axis
from emergence_stats.report.figures.bars import verdict_bar
from emergence_stats.report.figures.histogram_figure import histogram_figure
from emergence_stats.report.figures.ladder_figure import ladder_figure
from emergence_stats.report.figures.series_figure import series_figure
from emergence_stats.report.figures.sparkline import sparkline
from emergence_stats.report.figures.width_figure import width_figure
from emergence_stats.report.plot import plot_analysis

if TYPE_CHECKING:
    from emergence_stats.report.analysis_document import AnalysisDocument
    from tests.report.conftest import MakeDocument

NUMBER = re.compile(r"-?\d+\.?\d*")


def all_figures(document: AnalysisDocument) -> list[str]:
    figures = [series_figure(document, "s-1"), sparkline(document), verdict_bar({document["verdict"]: 1.0})]
    if document["resolution"] is not None:
        figures.append(ladder(document))
    if document["width_curve"] is not None:
        figures.append(width_figure(document["width_curve"], 1.5, "s-1"))
    return figures


@pytest.mark.parametrize("verdict", ["emergent", "smooth", "not_emerged", "flat", "inverse", "non_monotone"])
@pytest.mark.parametrize("scale_kind", ["params", "train_flops", "loss"])
@pytest.mark.parametrize("chance", [None, 0.0, 0.5])
def test_figures_are_well_formed(
    make_document: MakeDocument, verdict: str, scale_kind: str, chance: float | None
) -> None:
    for figure in all_figures(make_document(verdict, scale_kind=scale_kind, chance=chance, n_scales=2)):
        assert "nan" not in figure
        assert "inf" not in figure
        ET.fromstring(figure)


def test_the_main_figure_has_a_title_and_a_description(make_document: MakeDocument) -> None:
    root = ET.fromstring(series_figure(make_document(), "s-7"))
    assert root.get("aria-labelledby") == "s-7-t s-7-d"
    assert [child.tag for child in root[:2]] == ["title", "desc"]
    assert "Chance is 25%" in str(root[1].text)


def test_chance_and_resolution_floor_are_named_and_drawn(make_document: MakeDocument) -> None:
    figure = series_figure(make_document(chance=0.25, n_items=240), "s")
    assert 'class="chance"' in figure
    assert "chance 25%" in figure
    assert "resolution floor 32%" in figure
    without = series_figure(make_document(chance=None), "s")
    assert 'class="chance"' not in without


def test_a_threshold_beyond_the_data_is_drawn_as_an_arrow(make_document: MakeDocument) -> None:
    document = make_document()
    document["threshold"] = {"median": 1e12, "low": 1e11, "high": 1e14, "low50": 5e11, "high50": 5e12}
    root = ET.fromstring(series_figure(document, "s"))
    assert len(root.findall("path[@class='threshold-end']")) == 1
    pixels = [float(number) for path in root.findall("path") for number in NUMBER.findall(path.get("d", ""))]
    assert max(pixels) <= main_figure.WIDTH


def test_without_a_rise_there_is_no_threshold(make_document: MakeDocument) -> None:
    assert "threshold" not in series_figure(make_document("flat"), "s")


def test_many_points_become_one_path(make_document: MakeDocument) -> None:
    small, large = (series_figure(make_document(n_scales=n), "s") for n in (8, 2000))
    assert small.count("<circle") == 8
    assert "<circle" not in large
    assert len(large) < 150_000


def test_a_loss_runs_from_large_to_small(make_document: MakeDocument) -> None:
    axis = scale_axis(make_document(scale_kind="loss"), first=0, last=100)
    assert axis.pixel(math.log10(3.9)) < axis.pixel(math.log10(1.8))


def test_one_scale_and_one_score_still_give_an_axis(make_document: MakeDocument) -> None:
    document = make_document(n_scales=1)
    document["fit"]["scale"] = [document["series"]["points"][0]["scale"]] * 64
    for name in ("median", "low", "high"):
        document["fit"][name] = [0.0] * 64
    document["series"]["chance_level"] = None
    document["series"]["points"][0] |= {"score": 0.0, "low": 0.0, "high": 0.0}
    assert score_axis(document, first=100, last=0).stop > 0
    ET.fromstring(series_figure(document, "s"))


@pytest.mark.parametrize(
    ("low", "high"), [(1e8, 2e11), (9e7, 1.1e8), (1e18, 1e26), (1.2e9, 1.9e9), (0.3, 0.31), (1e-3, 1e30), (9.9, 10.1)]
)
def test_ticks_are_inside_and_neither_none_nor_many(low: float, high: float) -> None:
    ticks = log_ticks(low, high, 6)
    assert 1 <= len(ticks) <= 8
    assert all(low * 0.999 <= tick <= high * 1.001 for tick in ticks)
    assert ticks == sorted(ticks)


@pytest.mark.parametrize(("rough", "step"), [(0.09, 0.1), (0.11, 0.2), (0.21, 0.25), (3.0, 5.0), (70, 100)])
def test_steps_are_round(rough: float, step: float) -> None:
    assert nice_step(rough) == pytest.approx(step)


def test_a_histogram_keeps_its_last_label_inside() -> None:
    ticks = [(0.0, "2.5×10²⁰"), (1.0, "7.5×10²⁵")]
    figure = histogram_figure({"smooth": [3, 0, 1]}, start=0.0, stop=1.0, ticks=ticks, title="x", identifier="x")
    anchors = {label.text: label.get("text-anchor") for label in ET.fromstring(figure).iter("text")}
    assert anchors["2.5×10²⁰"] == "middle"
    assert anchors["7.5×10²⁵"] == "end"


def test_stacked_bars_are_as_long_as_their_shares() -> None:
    root = ET.fromstring(verdict_bar({"smooth": 0.25, "emergent": 0.75}, label="x"))
    drawn = {rect.get("class"): rect for rect in root if rect.tag == "rect"}
    assert float(drawn["f-emergent"].get("width", "")) == 75
    assert float(drawn["f-smooth"].get("x", "")) == 75


def ladder(document: AnalysisDocument) -> str:
    assert document["resolution"] is not None
    return ladder_figure(document["resolution"], document["series"]["scale_kind"], "card")


@pytest.mark.parametrize("kind", ["params", "loss"])
def test_ladder_shows_verdicts_and_thresholds_of_every_size(make_document: MakeDocument, kind: str) -> None:
    figure = ladder(make_document("emergent", scale_kind=kind))
    ET.fromstring(figure)
    assert figure.count('class="f-emergent"') == 6
    assert figure.count('class="threshold-median"') == 5  # the smallest size shows no rise
    assert figure.count('font-weight="600"') == 1
    assert ">3.8k</text>" in figure


def test_ladder_without_a_rise_has_no_thresholds(make_document: MakeDocument) -> None:
    figure = ladder(make_document("flat"))
    ET.fromstring(figure)
    assert "threshold" not in figure
    assert figure.count('class="f-flat"') == 6


@pytest.fixture
def perplexity(make_document: MakeDocument) -> AnalysisDocument:
    """A law of a power on a metric that is analysed on its log: a straight line there."""
    document = make_document("smooth", n_scales=4, chance=None, resamples=0)
    series, fit = document["series"], document["fit"]
    series |= {
        "score_axis": "log",
        "higher_is_better": False,
        "metric": "perplexity",
        "score_low": 8.0,
        "score_high": 9000.0,
    }
    for point, score in zip(series["points"], (8000.0, 800.0, 80.0, 8.0), strict=True):
        point |= {"score": score, "low": 0.9 * score, "high": 1.1 * score, "n_correct": None, "n_items": None}
    shares = [i / 63 for i in range(64)]
    for name, factor in (("median", 1.0), ("low", 0.9), ("high", 1.1)):
        fit[name] = [factor * 8000.0 * 1000.0**-share for share in shares]  # type: ignore[literal-required]
    return document


def test_scores_that_are_analysed_on_their_log_are_drawn_on_a_log_axis(perplexity: AnalysisDocument) -> None:
    axis = score_axis(perplexity, first=300, last=0)
    heights = [axis.pixel(score) for score in (8000.0, 800.0, 80.0, 8.0)]
    assert np.diff(heights) == pytest.approx([heights[1] - heights[0]] * 3)
    assert all(0 <= height <= 300 for height in heights)
    assert [label for _, label in axis.ticks] == ["10", "100", "1000", "10000"]
    figure = series_figure(perplexity, "s")
    ET.fromstring(figure)
    assert "perplexity (lower is better), log axis" in figure


def test_a_power_law_of_a_perplexity_is_straight_at_the_size_of_a_word(perplexity: AnalysisDocument) -> None:
    curve = re.search(r'class="c" d="M([^"]*)"', sparkline(perplexity))
    assert curve is not None
    points = np.array([[float(number) for number in point.split(",")] for point in curve[1].split("L")])
    straight = np.interp(points[:, 0], points[[0, -1], 0], points[[0, -1], 1])
    assert points[:, 1] == pytest.approx(straight, abs=0.2)


def test_the_matplotlib_figure_has_the_same_axis(perplexity: AnalysisDocument) -> None:
    assert plot_analysis(perplexity).axes[0].get_yscale() == "log"
    perplexity["series"]["score_axis"] = "linear"
    assert plot_analysis(perplexity).axes[0].get_yscale() == "linear"
