"""One analysis for the terminal: what the card of the report says, in forty lines."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from emergence_stats.report.analysis_document import AnalysisDocument
from emergence_stats.report.formats import emergence_text, inert, probability_text
from emergence_stats.report.vocabulary import EXPLANATIONS, VERDICTS

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDTH = 96
BAR_WIDTH = 24
STATE_MARKS = {"holds": "✓", "fails": "✗", "open": "–"}
STATE_STYLES = {"holds": "green", "fails": "red", "open": "dim"}


def show_analysis(document: AnalysisDocument, console: Console | None = None) -> None:
    """Print summary, probabilities, conditions and numbers.

    Args:
        document: what ``Analysis.to_dict()`` returns.
        console: where to print; standard output if None.
    """
    from rich.console import Console
    from rich.text import Text

    console = console or Console(highlight=False, width=None if Console().is_terminal else WIDTH)
    words = VERDICTS[document["verdict"]]
    heading = Text.assemble((inert(document["series"]["name"], 200), "bold"), "  ", (words.label.lower(), "bold cyan"))
    console.print(heading)
    for line in textwrap.wrap(inert(document["summary"]), min(console.width, WIDTH)):
        console.print(line, markup=False)
    console.print()
    console.print(_probabilities(document))
    console.print()
    console.print(_conditions(document))
    console.print()
    console.print(_facts(document))
    for warning in document["warnings"]:
        console.print(f"Warning: {inert(warning)}", style="yellow", markup=False)


def _probabilities(document: AnalysisDocument) -> Table:
    table = _table("Explanation", "Probability", "")
    for key, share in document["probabilities"].items():
        bar = "█" * round(share * BAR_WIDTH)
        table.add_row(EXPLANATIONS[key], probability_text(share), bar)
    return table


def _conditions(document: AnalysisDocument) -> Table:
    """Mark, condition, value against limit."""
    from rich.text import Text

    from emergence_stats.report.card_evidence import condition_view

    table = _table("", "Condition", "Value")
    for condition in document["conditions"]:
        view = condition_view(condition)
        mark = Text(STATE_MARKS[view.state], style=STATE_STYLES[view.state])
        table.add_row(mark, Text(view.label), view.value or view.state_text)
    return table


def _facts(document: AnalysisDocument) -> Table:
    from rich.text import Text

    from emergence_stats.report.card_evidence import facts

    table = _table("", "")
    table.show_header = False
    table.add_row("P(emergent)", emergence_text(document))
    for label, value in facts(document):
        table.add_row(Text(label), Text(value))
    return table


def _table(*headings: str) -> Table:
    """A table without rules, so that it reads the same in a pipe."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        table.add_column(heading)
    return table
