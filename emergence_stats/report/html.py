"""The report as one HTML page.

However many series there are, the page stays under `PAGE_BYTES`: cards and rows are drawn in the report's order until
their share is used up, and the page says what was left out. The shell round it is that of every page (`page`).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from emergence_stats.report.cards import card_view
from emergence_stats.report.document import Entry, ReportDocument
from emergence_stats.report.figures.bars import verdict_bar
from emergence_stats.report.formats import count_text, emergence_text, estimate_text, inert, plural
from emergence_stats.report.page import macros, render
from emergence_stats.report.pooling_sheet import pooled_view
from emergence_stats.report.rows import row_view
from emergence_stats.report.vocabulary import DECIDED_QUIETLY, VERDICTS

if TYPE_CHECKING:
    import jinja2

PAGE_BYTES = 15_000_000
CARD_BYTES = 5_500_000
FULL_ROW_BYTES = 7_000_000
ALL_ROW_BYTES = 8_500_000
CARDS_FOR_ALL = 200  # up to so many series, each has a card
LISTED_DISCOVERIES = 12  # named at the top
LISTED_UNDECIDED = 8
LISTED_SKIPS = 200
LISTED_NOTES = 20
NAME_LENGTH = 160
TEXT_LENGTH = 600


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One line of the top lists."""

    anchor: str
    name: str
    headline: str
    text: str
    remedy: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Finished parts of the page, each with a sentence on what was left out (empty: nothing)."""

    parts: tuple[str, ...]
    note: str


def verdicts_with_cards(n_series: int) -> frozenset[str]:
    """Verdicts whose series get a card in a report of so many, as long as there is room for it."""
    return frozenset(VERDICTS if n_series <= CARDS_FOR_ALL else VERDICTS.keys() - set(DECIDED_QUIETLY))


def render_html(report: ReportDocument) -> str:
    """The whole page as text.

    Args:
        report: what to show (`document.build_report`).

    Returns:
        HTML that ends in a newline; the same text for the same report.
    """
    cards, with_card = _cards(report)
    rows = _rows(report, with_card)
    return render(
        "report.html.j2",
        title=f"{report.headline} {report.title}",
        program_version=report.run.program_version,
        report=report,
        shared=[inert(part, NAME_LENGTH) for part in report.shared],
        tally_bar=_tally(report),
        findings=[_finding(entry) for entry in report.discoveries[:LISTED_DISCOVERIES]],
        findings_left=max(0, len(report.discoveries) - LISTED_DISCOVERIES),
        open_questions=[_finding(entry) for entry in report.undecided[:LISTED_UNDECIDED]],
        open_left=max(0, len(report.undecided) - LISTED_UNDECIDED),
        pooled=None if report.pooled is None else pooled_view(report.pooled),
        rows=rows.parts,
        rows_note=rows.note,
        cards=cards.parts,
        cards_note=cards.note,
        skipped=[
            {"path": inert(item.path, TEXT_LENGTH), "reason": inert(item.reason, TEXT_LENGTH)}
            for item in report.skipped[:LISTED_SKIPS]
        ],
        skipped_left=max(0, len(report.skipped) - LISTED_SKIPS),
        inputs=[inert(path, TEXT_LENGTH) for path in report.run.inputs[:LISTED_NOTES]],
        notes=[inert(note, TEXT_LENGTH) for note in report.run.notes[:LISTED_NOTES]],
    )


def _cards(report: ReportDocument) -> tuple[Pieces, frozenset[str]]:
    """Cards in the report's order within their share of the page, and the anchors that have one."""
    templates = macros()
    shown = verdicts_with_cards(len(report.entries))
    wanted = [entry for entry in report.entries if entry.verdict in shown]
    parts: list[str] = []
    anchors: list[str] = []
    size = 0
    for entry in wanted:
        part = _card(templates, entry)
        size += len(part.encode())
        if size > CARD_BYTES:
            break
        parts.append(part)
        anchors.append(entry.anchor)
    sentences = []
    if len(report.entries) > CARDS_FOR_ALL:
        sentences.append("Cards are drawn for discoveries, artifacts, undetermined and failed series.")
    if len(parts) < len(wanted):
        sentences.append(
            f"The first {count_text(len(parts))} of {count_text(len(wanted))} are shown: by verdict, then by "
            "P(emergent); results.json has all."
        )
    return Pieces(parts=tuple(parts), note=" ".join(sentences)), frozenset(anchors)


def _card(templates: jinja2.environment.TemplateModule, entry: Entry) -> str:
    if entry.document is None:
        identity = [(inert(key, 40), inert(value, NAME_LENGTH)) for key, value in entry.identity.items()]
        name, reason = inert(entry.name, NAME_LENGTH), inert(entry.reason, TEXT_LENGTH)
        return str(templates.failed_card(entry.anchor, name, reason, identity))  # type: ignore[attr-defined]
    return str(templates.card(card_view(entry, entry.document)))  # type: ignore[attr-defined]


def _rows(report: ReportDocument, with_card: frozenset[str]) -> Pieces:
    """Rows in the report's order: complete ones, then compact ones, each within a share of the page."""
    templates = macros()
    parts: list[str] = []
    size = compact_from = 0
    for entry in report.entries:
        compact = size > FULL_ROW_BYTES
        view = row_view(entry, has_card=entry.anchor in with_card, compact=compact)
        part = str(templates.row(view))  # type: ignore[attr-defined]
        size += len(part.encode())
        if size > ALL_ROW_BYTES:
            break
        compact_from += not compact
        parts.append(part)
    sentences = []
    if compact_from < len(parts):
        sentences.append(f"Rows from {count_text(compact_from + 1)} on are shortened to keep the page small.")
    if len(parts) < len(report.entries):
        left = len(report.entries) - len(parts)
        sentences.append(f"{plural(left, 'series', 'series')} more in results.parquet.")
    return Pieces(parts=tuple(parts), note=" ".join(sentences))


def _finding(entry: Entry) -> FindingView:
    document = entry.document
    assert document is not None  # only analysed series are discoveries or undetermined
    threshold = document["threshold"]
    kind = document["series"]["scale_kind"]
    if entry.verdict == "emergent" and threshold is not None:
        headline = f"at {estimate_text(threshold, kind)}"
    else:
        headline = f"P(emergent) {emergence_text(document)}"
    return FindingView(
        anchor=entry.anchor,
        name=inert(entry.label, NAME_LENGTH),
        headline=headline,
        text=inert(entry.reason, TEXT_LENGTH),
        remedy=inert(document["remedy"] or "", TEXT_LENGTH),
    )


def _tally(report: ReportDocument) -> str:
    total = max(1, len(report.entries))
    label = ", ".join(f"{VERDICTS[verdict].label} {count}" for verdict, count in report.counts.items())
    return verdict_bar({verdict: count / total for verdict, count in report.counts.items()}, label=label)
