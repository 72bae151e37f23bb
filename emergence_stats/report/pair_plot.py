"""One comparison as a matplotlib figure, for notebooks and papers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from emergence_stats.report.formats import estimate_text, inert, scale_text
from emergence_stats.report.plot import BLUE, GREY, INK, ORANGE, TITLE_LENGTH

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_comparison(document: Mapping[str, Any]) -> Figure:
    """The difference over scale with its 90 % band and the pairs; P(helps) below.

    Args:
        document: what ``PairComparison.to_dict()`` returns.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, NullFormatter, PercentFormatter

    figure = Figure(figsize=(7.0, 4.8), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [3, 1]})
    effect, kind = document["effect"], document["scale_kind"]
    upper.fill_between(
        effect["scale"], effect["low"], effect["high"], color=BLUE, alpha=0.18, linewidth=0, label="90% band"
    )
    upper.plot(effect["scale"], effect["median"], color=BLUE, label="averaged difference")
    upper.axhline(0.0, color=GREY, linestyle=":", linewidth=1.2)
    points = document["points"]
    observed = [point["difference"] for point in points]
    below = [max(0.0, point["difference"] - point["low"]) for point in points]
    above = [max(0.0, point["high"] - point["difference"]) for point in points]
    at = [point["scale"] for point in points]
    upper.errorbar(at, observed, yerr=[below, above], fmt="o", color=INK, markersize=4.5, linewidth=1, label="models")
    lower.plot(effect["scale"], effect["p_helps"], color=BLUE)
    lower.set_ylim(0.0, 1.0)
    lower.set_ylabel("P(helps)")
    begins = document["begins"]
    if begins is not None:
        on_axis = lower.get_xaxis_transform()
        for low, high, width in ((begins["low"], begins["high"], 1.5), (begins["low50"], begins["high50"], 5.0)):
            lower.plot([low, high], [0, 0], color=ORANGE, linewidth=width, transform=on_axis, clip_on=False)
        upper.axvline(
            begins["median"],
            color=ORANGE,
            linestyle="--",
            linewidth=1,
            label=f"begins at {estimate_text(begins, kind)}",
        )
    lower.set_xscale("log")
    lower.xaxis.set_major_formatter(FuncFormatter(lambda value, _: scale_text(value, kind) if value > 0 else ""))
    lower.xaxis.set_minor_formatter(NullFormatter())
    if kind == "loss":
        lower.invert_xaxis()
    if document["score_bounds"] == [0.0, 1.0]:
        upper.yaxis.set_major_formatter(PercentFormatter(xmax=1.0))
    lower.set_xlabel(document["scale_unit"])
    upper.set_ylabel("difference" if document["higher_is_better"] else "improvement")
    title = f"{inert(document['name'], TITLE_LENGTH)}\n{document['verdict'].replace('_', ' ')}"
    upper.set_title(title, loc="left", fontsize="medium", parse_math=False)
    upper.legend(frameon=False, fontsize="small")
    for axes in (upper, lower):
        axes.spines[["top", "right"]].set_visible(False)
    return figure
