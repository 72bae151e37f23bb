"""One forecast as a matplotlib figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emergence_stats.report.formats import inert, scale_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, ORANGE, INK, GREY = "#0072b2", "#c44f00", "#1b1f24", "#7d8790"


def plot_forecast(document: dict[str, Any]) -> Figure:
    """Data, curve with bands, intervals of further models, and the region in which the data fall silent.

    Args:
        document: what ``Forecast.to_dict()`` gives.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, NullFormatter, PercentFormatter

    series, curve = document["series"], document["curve"]
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xscale("log")
    for outer, inner, strength in (("low", "high", 0.15), ("low50", "high50", 0.25)):
        axes.fill_between(curve["scale"], curve[outer], curve[inner], color=BLUE, alpha=strength, linewidth=0)
    axes.plot(curve["scale"], curve["median"], color=BLUE, label="curve, with 50 and 90 % bands")
    axes.plot(
        [point["scale"] for point in series["points"]],
        [point["score"] for point in series["points"]],
        "o",
        color=INK,
        markersize=4.5,
        label="scores",
    )
    shown = [item for item in document["scores"] if item["score"] is not None]
    for item in shown:
        numbers, faint = item["score"], 1.0 if item["identifiable"] else 0.5
        for low, high, width in (("low", "high", 1.5), ("low50", "high50", 5.0)):
            axes.plot([item["scale"]] * 2, [numbers[low], numbers[high]], color=ORANGE, linewidth=width, alpha=faint)
        axes.plot([item["scale"]], [numbers["median"]], "D", color=ORANGE, markersize=6, alpha=faint)
    edge, last = document["identifiable_until"], curve["scale"][-1]
    if edge != last:
        axes.axvspan(edge, last, color=GREY, alpha=0.15, linewidth=0, label="not identifiable from these data")
    if series["chance_level"] is not None:
        axes.axhline(series["chance_level"], color=GREY, linestyle=":", linewidth=1.2, label="chance")
    if series["scale_kind"] == "loss":
        axes.invert_xaxis()
    if series["proportion"]:
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1.0))
    kind = series["scale_kind"]
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: scale_text(value, kind) if value > 0 else ""))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(series["scale_unit"])
    axes.set_ylabel(inert(series["metric"], 80) or "score", parse_math=False)
    axes.set_title(f"{inert(series['name'], 80)}, forecast", loc="left", fontsize="medium", parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small")
    return figure
