"""A sheet: the page of any result that is not the report, such as a forecast or a plan.

The result's module says what there is to see as a `Sheet` of `Section` values; `render_sheet` draws it in the report's
style, and `files.write_sheet` puts it into a folder beside its data. Texts may hold anything a user wrote: they are cut
and made inert here, and escaped by the template. Only what ends in `figures` is SVG that our own functions wrote.
"""

from __future__ import annotations

import dataclasses

from emergence_stats.report.formats import inert
from emergence_stats.report.page import render
from emergence_stats.report.table_view import TableView

NAME_LENGTH = 400
TEXT_LENGTH = 1200


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a sheet.

    Attributes:
        heading: what it is about, such as the name of a series.
        finding: the answer in a few words, beside the heading; may be empty.
        verdict: key of `VERDICTS` whose chip stands before the finding; None for none.
        figures: SVG, drawn by functions of `figures/`.
        facts: label and value of single numbers.
        tables: tables below the figures.
        notes: sentences in small print.
        warnings: what a reader must know.
        quote: a paragraph to copy; empty for none.
    """

    heading: str
    finding: str = ""
    verdict: str | None = None
    figures: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[TableView, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    quote: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A whole page.

    Attributes:
        kind: what it is, above the headline: "Forecast".
        headline: the finding in one sentence.
        overview: a sentence or two below it; may be empty.
        sections: its parts, in reading order.
        origin: label and text of the footer's lines: inputs, seed, what intervals hold.
        program_version: version of this package.
    """

    kind: str
    headline: str
    sections: tuple[Section, ...]
    program_version: str
    overview: str = ""
    origin: tuple[tuple[str, str], ...] = ()


def render_sheet(sheet: Sheet) -> str:
    """The page as HTML text that ends in a newline; the same text for the same sheet."""
    safe = dataclasses.replace(
        sheet,
        headline=inert(sheet.headline, TEXT_LENGTH),
        overview=inert(sheet.overview, TEXT_LENGTH),
        sections=tuple(_inert_section(section) for section in sheet.sections),
        origin=tuple((inert(label, NAME_LENGTH), inert(text, TEXT_LENGTH)) for label, text in sheet.origin),
    )
    title = f"{safe.kind}: {safe.headline}"
    return render("sheet.html.j2", title=title, program_version=safe.program_version, sheet=safe)


def _inert_section(section: Section) -> Section:
    return dataclasses.replace(
        section,
        heading=inert(section.heading, NAME_LENGTH),
        finding=inert(section.finding, NAME_LENGTH),
        facts=tuple((inert(label, NAME_LENGTH), inert(value, NAME_LENGTH)) for label, value in section.facts),
        tables=tuple(
            dataclasses.replace(
                table,
                rows=tuple(tuple(inert(cell, NAME_LENGTH) for cell in row) for row in table.rows),
                note=inert(table.note, TEXT_LENGTH),
            )
            for table in section.tables
        ),
        notes=tuple(inert(note, TEXT_LENGTH) for note in section.notes),
        warnings=tuple(inert(warning, TEXT_LENGTH) for warning in section.warnings),
        quote=inert(section.quote, 2 * TEXT_LENGTH),
    )
