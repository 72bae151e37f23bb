"""The report as Markdown: for pull requests, issues and wikis. It links to the cards of ``report.html`` beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from emergence_stats.report.document import Entry, ReportDocument
from emergence_stats.report.formats import count_text, emergence_text, estimate_text, inert, plural
from emergence_stats.report.vocabulary import VERDICTS

MOST_ROWS = 500
MOST_FINDINGS = 50
MOST_LINES = 50  # of inputs that were not used
NAME_LENGTH = 160
TEXT_LENGTH = 1200
PAGE = "report.html"

type PictureOf = Callable[[Entry], str | None]


def render_markdown(report: ReportDocument, picture_of: PictureOf = lambda _: None) -> str:
    """The summary as GitHub-flavoured Markdown that ends in a newline.

    Args:
        report: what to say.
        picture_of: the place of a series' figure beside the file, or None.
    """
    blocks = [f"# {escaped(report.headline)}"]
    if report.overview:
        blocks.append(escaped(report.overview))
    verdicts = [(VERDICTS[key].label, count_text(count), VERDICTS[key].meaning) for key, count in report.counts.items()]
    blocks.append(_table(("Verdict", "Series", "It says"), verdicts, right=(1,)))
    for heading, entries in (
        ("Found", report.discoveries),
        ("Sharp by metric or test set", report.artifacts),
        ("Undecided, and what would decide", report.undecided),
    ):
        if entries:
            blocks += [f"## {heading}", *(_finding(entry, picture_of) for entry in entries[:MOST_FINDINGS])]
            if len(entries) > MOST_FINDINGS:
                blocks.append(f"{plural(len(entries) - MOST_FINDINGS, 'series', 'series')} more below.")
    blocks += ["## All series", _table(_HEADER, [_row(entry) for entry in report.entries[:MOST_ROWS]], right=(2,))]
    if len(report.entries) > MOST_ROWS:
        blocks.append(f"{plural(len(report.entries) - MOST_ROWS, 'series', 'series')} more in results.parquet.")
    if report.skipped:
        skips = [(item.path, item.reason) for item in report.skipped[:MOST_LINES]]
        blocks += ["## Not used", _table(("Input", "Why"), skips)]
        if len(report.skipped) > MOST_LINES:
            blocks.append(f"{count_text(len(report.skipped) - MOST_LINES)} more in run.json.")
    return "\n\n".join([*blocks, "---", _origin(report)]) + "\n"


_HEADER = ("Series", "Verdict", "P(emergent)", "Threshold (90 %)")


def escaped(text: str, limit: int = TEXT_LENGTH) -> str:
    """A user's text on one line that is shown as it stands: no markup, no HTML, no link, no table border."""
    line = " ".join(inert(text, limit).split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = re.sub(r"([\\`*_\[\]#|~$@])", r"\\\1", line)
    return re.sub(r"(?i)\b(https?|ftp|www)(?=[:.])", r"\1&#8203;", line)  # no link by itself


def _finding(entry: Entry, picture_of: PictureOf) -> str:
    """A paragraph to quote, with its figure."""
    assert entry.document is not None  # only analysed series are found or undecided
    sentences = entry.document["summary"].removeprefix(f"{entry.name}: ")
    parts = [f"**{_link(entry)}**: {escaped(sentences, 2 * TEXT_LENGTH)}"]
    place = picture_of(entry)
    if place is not None:
        parts.append(f"![{escaped(entry.label, NAME_LENGTH)}]({place})")
    return "\n\n".join(parts)


def _row(entry: Entry) -> tuple[str, ...]:
    document = entry.document
    threshold = None if document is None else document["threshold"]
    kind = "" if document is None else document["series"]["scale_kind"]
    return (
        Raw(_link(entry)),
        VERDICTS[entry.verdict].label,
        "" if document is None else emergence_text(document),
        "" if threshold is None else estimate_text(threshold, kind),
    )


class Raw(str):
    """A text that is Markdown already."""

    __slots__ = ()


def _link(entry: Entry) -> str:
    return f"[{escaped(entry.label, NAME_LENGTH)}]({PAGE}#{entry.anchor})"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """A table; cells are escaped unless they are Markdown already."""
    rule = ["---:" if i in right else "---" for i in range(len(header))]
    cells = [[cell if isinstance(cell, Raw) else escaped(cell) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in [header, rule, *cells])


def _origin(report: ReportDocument) -> str:
    """How to repeat it."""
    run = report.run
    inputs = ", ".join(escaped(path) for path in run.inputs[:MOST_LINES]) or "a table in memory"
    resampling = f"{run.resamples} resampled test sets per size" if run.resamples else "no resampling of test sets"
    return f"From {inputs}, by emergence-stats {run.program_version}, seed {run.seed}, {resampling}."
