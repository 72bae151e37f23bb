from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emergence_stats.report.plot import plot_analysis

if TYPE_CHECKING:
    from tests.report.conftest import MakeDocument


@pytest.mark.parametrize("scale_kind", ["params", "train_flops", "loss"])
@pytest.mark.parametrize("verdict", ["emergent", "inverse", "not_emerged"])
def test_a_figure_can_be_drawn_to_the_end(make_document: MakeDocument, verdict: str, scale_kind: str) -> None:
    figure = plot_analysis(make_document(verdict, scale_kind=scale_kind))
    figure.draw_without_rendering()
    (axes,) = figure.axes
    labels = axes.get_legend_handles_labels()[1]
    assert "chance" in labels
    assert any(label.startswith("threshold") for label in labels) == (verdict == "emergent")


def test_a_name_is_not_mathematics(make_document: MakeDocument) -> None:
    figure = plot_analysis(make_document(name=r"$\frac{a}$ & $x_1"))
    figure.draw_without_rendering()
    assert figure.axes[0].get_title(loc="left").startswith(r"$\frac{a}$ & $x_1")


def test_drawing_leaves_no_window_and_no_state(make_document: MakeDocument) -> None:
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    plot_analysis(make_document())
    assert plt.get_fignums() == before
