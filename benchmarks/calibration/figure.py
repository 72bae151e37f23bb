"""Calibration at a glance: distribution functions of the ranks within their band, and p_emergent against the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks.calibration.uniformity import band, distribution, grid
from emergence_stats.models.curves import CURVES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 4
BINS = 10
COLOURS = {
    "threshold": "#0072b2",
    "width": "#56b4e9",
    "base": "#d55e00",
    "lapse rate": "#e69f00",
    "amplitude": "#e69f00",
    "amplitude 2": "#f0e442",
    "dispersion": "#009e73",
    "log likelihood": "#000000",
}


def draw(ranks: pd.DataFrame, outcomes: pd.DataFrame) -> Figure:
    """One panel per curve (counts) and one for `p_emergent` where truths are drawn from the prior."""
    from matplotlib.figure import Figure

    rows = -(-(len(CURVES) + 1) // COLUMNS)
    figure = Figure(figsize=(2.7 * COLUMNS, 2.2 * rows), layout="constrained")
    axes = figure.subplots(rows, COLUMNS).ravel()
    counts = ranks[ranks["form"] == "counts"]
    for panel, (name, curve) in zip(axes, CURVES.items(), strict=False):
        _ranks(panel, counts[counts["curve"] == name])
        panel.set_title(curve.label, fontsize=9)
    _reliability(axes[len(CURVES)], outcomes)
    for spare in axes[len(CURVES) + 1 :]:
        spare.set_axis_off()
    for panel in axes:
        panel.tick_params(labelsize=7)
    handles = [
        panel_line
        for panel in axes[: len(CURVES)]
        for panel_line in panel.get_lines()
        if str(panel_line.get_label()) in COLOURS
    ]
    unique = {str(handle.get_label()): handle for handle in handles}
    figure.legend(unique.values(), unique.keys(), loc="outside lower center", ncols=len(unique), fontsize=8)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write the same bytes for the same figure."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "calibration", "svg.fonttype": "path"}):
        figure.savefig(path, metadata={"Date": None, "Creator": None})


def _ranks(panel: Axes, ranks: pd.DataFrame) -> None:
    """Distribution function minus diagonal of every parameter of one curve, over the simultaneous 95 % band."""
    found = {str(name): group["pit"].to_numpy(np.float64) for name, group in ranks.groupby("parameter", sort=False)}
    limits = band(next(iter(found.values())).size)
    panel.fill_between(limits.z, limits.low - limits.z, limits.high - limits.z, color="#dddddd", linewidth=0)
    for name, pit in found.items():
        panel.plot(grid(), distribution(pit) - grid(), color=COLOURS[name], linewidth=1, label=name)
    panel.set_xlim(0, 1)


def _reliability(panel: Axes, outcomes: pd.DataFrame) -> None:
    """Share of truths that are emergent against the mean probability, in ten bins."""
    p, y = outcomes["p emergent"].to_numpy(np.float64), outcomes["is emergent"].to_numpy(bool)
    which = np.minimum((p * BINS).astype(int), BINS - 1)
    cases = np.bincount(which, minlength=BINS)
    seen = cases > 0
    mean = np.bincount(which, weights=p, minlength=BINS)[seen] / cases[seen]
    share = np.bincount(which, weights=y, minlength=BINS)[seen] / cases[seen]
    error = 1.96 * np.sqrt(mean * (1.0 - mean) / cases[seen])
    panel.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=1)
    panel.errorbar(mean, share, yerr=error, fmt="o", markersize=3, linewidth=1, color="#0072b2")
    panel.set_title("p_emergent: stated, observed", fontsize=9)
