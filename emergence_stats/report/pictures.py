"""Figures of series as files, for slides and papers: which series, under which names, drawn by `plot`."""

from __future__ import annotations

import re
from pathlib import Path

from emergence_stats.report.analysis_document import AnalysisDocument
from emergence_stats.report.document import Entry, ReportDocument
from emergence_stats.report.html import verdicts_with_cards
from emergence_stats.report.plot import plot_analysis

FOLDER = "figures"
MOST_FIGURES = 200
NAME_LENGTH = 60
DOTS_PER_INCH = 200


def pictured(report: ReportDocument) -> tuple[Entry, ...]:
    """The analysed series that have a card, the first `MOST_FIGURES` in the report's order."""
    shown = verdicts_with_cards(len(report.entries))
    entries = [entry for entry in report.entries if entry.document is not None and entry.verdict in shown]
    return tuple(entries[:MOST_FIGURES])


def picture_name(entry: Entry, kind: str) -> str:
    """Place of a figure in the report's folder: readable, unique, and safe whatever the series is called."""
    words = re.sub(r"[^A-Za-z0-9.+-]+", "_", entry.label).strip("._-")[:NAME_LENGTH]
    return f"{FOLDER}/{words or 'series'}.{entry.anchor}.{kind}"


def write_picture(path: Path, document: AnalysisDocument) -> None:
    """One figure, in the format that the path's ending names; the same bytes for the same document."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": document["series"]["name"]}):
        figure = plot_analysis(document)
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, dpi=DOTS_PER_INCH, metadata=metadata)
