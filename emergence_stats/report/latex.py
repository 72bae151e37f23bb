r"""The results as a LaTeX table, to be taken into a paper by ``\input``; needs booktabs, and longtable if long."""

from __future__ import annotations

import re

from emergence_stats.report.document import Entry, ReportDocument
from emergence_stats.report.formats import emergence_text, estimate_text, inert
from emergence_stats.report.vocabulary import VERDICTS

LONGEST_ON_A_PAGE = 40
MOST_ROWS = 2000
NAME_LENGTH = 120
SUPERSCRIPT_RUN = re.compile("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
FROM_SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
# What stands for something else in LaTeX's own encoding, or is not ASCII in our own texts. Letters of names stay: LaTeX
# has read UTF-8 since 2018.
SYMBOLS = {
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "×": r"$\times$",
    "−": "$-$",
    "–": "--",
    "\N{NARROW NO-BREAK SPACE}": r"\,",
    "…": r"\ldots{}",
}
NOTES = "Intervals hold 90\\,\\% of the posterior; thresholds are midpoints of the rise."


def render_latex(report: ReportDocument) -> str:
    """A table with one row per series, in the report's order."""
    import pandas as pd

    rows = [_row(entry) for entry in report.entries[:MOST_ROWS]]
    long = len(rows) > LONGEST_ON_A_PAGE
    frame = pd.DataFrame(rows, columns=["Series", "Verdict", "$P$(emergent)", "Threshold"])
    styler = frame.style.hide(axis="index").format(escape="latex")
    table = styler.to_latex(hrules=True, column_format="llrl", environment="longtable" if long else None)
    packages = "booktabs, longtable" if long else "booktabs"
    left = len(report.entries) - len(rows)
    comments = [
        f"% Written by emergence-stats {report.run.program_version}; needs the packages {packages}.",
        f"% {NOTES}",
        *([f"% {left} more series are in results.parquet."] if left else []),
    ]
    return "\n".join([*comments, symbols(table)])


def symbols(text: str) -> str:
    """Our own symbols as LaTeX commands."""
    text = SUPERSCRIPT_RUN.sub(lambda found: f"$^{{{found[0].translate(FROM_SUPERSCRIPT)}}}$", text)
    for symbol, command in SYMBOLS.items():
        text = text.replace(symbol, command)
    return text


def _row(entry: Entry) -> tuple[str, str, str, str]:
    document = entry.document
    threshold = None if document is None else document["threshold"]
    kind = "" if document is None else document["series"]["scale_kind"]
    return (
        inert(entry.label, NAME_LENGTH),
        VERDICTS[entry.verdict].label.lower(),
        "" if document is None else emergence_text(document),
        "" if threshold is None else estimate_text(threshold, kind),
    )
