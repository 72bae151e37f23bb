"""What has changed between two runs, as a page: the changed verdicts with both curves, tables of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from emergence_stats._version import __version__
from emergence_stats.report.analysis_document import AnalysisDocument
from emergence_stats.report.changes import ABSENT, Change, Changes, probability_change
from emergence_stats.report.figures.series_figure import series_figure
from emergence_stats.report.formats import estimate_text, plural
from emergence_stats.report.sheet import Section, Sheet
from emergence_stats.report.table_view import TableView
from emergence_stats.report.vocabulary import VERDICTS

MOST_SECTIONS = 60  # each draws two figures
MOST_ROWS = 2000


def headline(changes: Changes) -> str:
    """The finding in one sentence."""
    won = sum(change.after == "emergent" for change in changes.verdicts)
    lost = sum(change.before == "emergent" for change in changes.verdicts)
    if not changes.verdicts:
        return "No verdict has changed."
    verb = "has" if len(changes.verdicts) == 1 else "have"
    details = [f"{won} now emergent"] if won else []
    details += [f"{lost} no longer emergent"] if lost else []
    told = f": {', '.join(details)}" if details else ""
    return f"{plural(len(changes.verdicts), 'verdict')} {verb} changed{told}."


def overview(changes: Changes) -> str:
    """The rest in one sentence."""
    parts = [f"{plural(changes.same, 'series', 'series')} as before"]
    if changes.shifts:
        parts.append(f"{len(changes.shifts)} with the same verdict and another P(emergent)")
    if changes.appeared:
        parts.append(f"{len(changes.appeared)} new")
    if changes.gone:
        parts.append(f"{len(changes.gone)} gone")
    return f"{', '.join(parts)}."


def changes_sheet(changes: Changes) -> Sheet:
    """The page of a comparison."""
    sections = []
    if changes.circumstances:
        sections.append(Section(heading="What else differs between the runs", notes=changes.circumstances))
    sections += [_changed(change, i) for i, change in enumerate(changes.verdicts[:MOST_SECTIONS])]
    tables = (
        ("Further changed verdicts", changes.verdicts[MOST_SECTIONS:]),
        ("Same verdict, another P(emergent)", changes.shifts),
        ("New series", changes.appeared),
        ("Series that are gone", changes.gone),
    )
    sections += [
        Section(heading=heading, finding=str(len(group)), tables=(_table(group),)) for heading, group in tables if group
    ]
    return Sheet(
        kind="What has changed",
        headline=headline(changes),
        overview=overview(changes),
        sections=tuple(sections),
        origin=(("Before", changes.before), ("After", changes.after)),
        program_version=__version__,
    )


def verdict_words(verdict: str) -> str:
    """A verdict, or its absence, in words."""
    return "not there" if verdict == ABSENT else VERDICTS[verdict].label.lower()


def _changed(change: Change, number: int) -> Section:
    """One series that has another verdict."""
    figures, facts, reasons = [], [], []
    for when, result in (("Before", change.earlier), ("After", change.result)):
        assert result is not None  # a verdict changes where there are two
        reasons.append(f"{when}: {result['reason']}")
        if result["verdict"] == "failed":
            continue
        document = cast("AnalysisDocument", result)
        figures.append(series_figure(document, f"c{number}-{when.lower()}"))
        if document["threshold"] is not None:
            kind = document["series"]["scale_kind"]
            facts.append((f"Threshold {when.lower()}", estimate_text(document["threshold"], kind)))
    return Section(
        heading=change.name,
        verdict=change.after,
        finding=f"was {verdict_words(change.before)}, P(emergent) {probability_change(change)}",
        figures=tuple(figures),
        facts=(*facts, ("Data", change.cause or "the same")),
        notes=tuple(reasons),
    )


def _table(group: Sequence[Change]) -> TableView:
    """Series with both verdicts, or with the one that there is."""
    header = ("Series", "Before", "After", "P(emergent)", "Data")
    rows = tuple(
        (item.name, verdict_words(item.before), verdict_words(item.after), probability_change(item), item.cause)
        for item in group[:MOST_ROWS]
    )
    left = len(group) - len(rows)
    note = f"{plural(left, 'series', 'series')} more in the JSON." if left else ""
    return TableView(title="", header=header, rows=rows, note=note)
