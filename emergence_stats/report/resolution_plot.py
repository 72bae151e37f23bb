"""The resolution curve as a matplotlib figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emergence_stats.report.page import light_colours
from emergence_stats.report.vocabulary import VERDICTS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

GREY = "#777777"


def plot_resolution(frame: pd.DataFrame, items_to_decide: float | None) -> Figure:
    """Three panels over the number of items: verdicts, P(phase change), and what lies above chance.

    Args:
        frame: that of `test_set_sizes.ResolutionCurve`.
        items_to_decide: drawn as a dashed line, if there are so many.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 3.2), layout="constrained")
    shares, phase, above = figure.subplots(1, 3)
    items = frame["n_items"]
    present = [name for name in VERDICTS if name in frame]
    shares.stackplot(
        items,
        *(frame[name] for name in present),
        labels=[VERDICTS[name].label for name in present],
        colors=[light_colours()[name] for name in present],
    )
    shares.set(ylim=(0.0, 1.0), ylabel="share of test sets")
    shares.legend(fontsize="x-small", loc="lower right")
    phase.fill_between(items, frame["p_phase_change_low"], frame["p_phase_change_high"], alpha=0.25, linewidth=0)
    phase.plot(items, frame["p_phase_change"], marker="o", markersize=3)
    phase.set(ylim=(0.0, 1.02), ylabel="P(phase change)")
    above.plot(items, frame["scales_above_chance"], marker="o", markersize=3, drawstyle="steps-post")
    above.set(ylabel="points above chance in most test sets")
    above.set_ylim(bottom=0.0)
    for axes in (shares, phase, above):
        axes.set(xscale="log", xlabel="items per scale")
        if items_to_decide is not None:
            axes.axvline(items_to_decide, color=GREY, linestyle="--", linewidth=1)
    return figure
