"""What the page of comparisons says: families first, then every pair."""

from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence
from typing import Any

from emergence_stats._version import __version__
from emergence_stats.report.comparison_families import families_section
from emergence_stats.report.figures.pair_figure import begins_text, pair_figure
from emergence_stats.report.formats import inert, plural, probability_text, score_text
from emergence_stats.report.sheet import Section, Sheet
from emergence_stats.report.table_view import TableView

MOST_FIGURES = 60
NAME_LENGTH = 160
# Verdict of a pair: its words in a count, in the order in which they are listed.
VERDICT_WORDS: Mapping[str, str] = {
    "emergent_prompting": "emergent prompting",
    "helps": "helps throughout",
    "fades": "fades",
    "does_not_help": "does not help",
    "undetermined": "undetermined",
}
CONSTANT_WORDS: Mapping[str, str] = {
    **VERDICT_WORDS,
    "emergent_prompting": "overtakes it",
    "helps": "above throughout",
    "does_not_help": "not above",
}


def comparison_sheet(document: Mapping[str, Any]) -> Sheet:
    """The page of what ``emergence-stats compare`` writes as JSON.

    Args:
        document: ``pairs`` (documents of `PairComparison`), ``families``, ``failed``, ``published``, ``inputs``.
    """
    pairs: Sequence[Mapping[str, Any]] = document["pairs"]
    sections = []
    if document["families"]:
        sections.append(families_section(document["families"], document["published"]))
    sections.append(_overview(pairs))
    order = {verdict: rank for rank, verdict in enumerate(VERDICT_WORDS)}
    drawn = sorted(pairs, key=lambda pair: order[pair["verdict"]])[:MOST_FIGURES]
    sections += [_pair(pair, f"p{i}") for i, pair in enumerate(drawn)]
    if document["failed"]:
        sections.append(_failed(document["failed"]))
    left = len(pairs) - len(drawn)
    return Sheet(
        kind="Comparison",
        headline=_headline(pairs),
        overview=_counts(pairs) if len(pairs) > 1 else (pairs[0]["verdict_words"].capitalize() + "." if pairs else ""),
        sections=tuple(sections),
        program_version=__version__,
        origin=(
            ("Inputs", ", ".join(document["inputs"]) or "–"),
            ("Intervals", "Differences of single models: 95%, items alone. Curves and scales: 90% of the posterior."),
            *((("Note", f"{plural(left, 'pair')} more without a figure, in compare.json."),) if left > 0 else ()),
        ),
    )


def _headline(pairs: Sequence[Mapping[str, Any]]) -> str:
    if not pairs:
        return "No pair could be compared."
    if len(pairs) == 1:
        return f"{inert(pairs[0]['name'], NAME_LENGTH)}: {_word(pairs[0])}."
    begins = sum(pair["verdict"] == "emergent_prompting" for pair in pairs)
    what = "overtakes the constant" if pairs[0]["paired_by"] == "constant" else "begins to help"
    return f"In {begins} of {plural(len(pairs), 'comparison')} it {what} within the scales measured."


def _counts(pairs: Sequence[Mapping[str, Any]]) -> str:
    counter = collections.Counter(pair["verdict"] for pair in pairs)
    words = CONSTANT_WORDS if pairs and pairs[0]["paired_by"] == "constant" else VERDICT_WORDS
    return "; ".join(f"{words[verdict]}: {counter[verdict]}" for verdict in words if counter[verdict]) + "."


def _word(pair: Mapping[str, Any]) -> str:
    return (CONSTANT_WORDS if pair["paired_by"] == "constant" else VERDICT_WORDS)[pair["verdict"]]


def pair_line(pair: Mapping[str, Any]) -> str:
    """One pair in one line of text."""
    ends = (pair["effect"]["p_helps"][0], pair["effect"]["p_helps"][-1])
    return (
        f"{inert(pair['name'], NAME_LENGTH)}: {_word(pair)}; P(helps) {probability_text(ends[0])} to "
        f"{probability_text(ends[1])}; begins: {begins_text(pair)}"
    )


def _overview(pairs: Sequence[Mapping[str, Any]]) -> Section:
    rows = tuple(
        (
            inert(pair["name"], NAME_LENGTH),
            _word(pair),
            begins_text(pair),
            probability_text(pair["effect"]["p_helps"][0]),
            probability_text(pair["effect"]["p_helps"][-1]),
            probability_text(pair["effect"]["p_hurts"][0]),
        )
        for pair in pairs
    )
    table = TableView(
        title="Every pair",
        header=("Pair", "Verdict", "Begins to help", "P(helps), smallest", "P(helps), largest", "P(hurts), smallest"),
        rows=rows,
        note="",
        numbers=frozenset({3, 4, 5}),
    )
    return Section(heading="All comparisons", tables=(table,))


def _pair(pair: Mapping[str, Any], identifier: str) -> Section:
    proportion = pair["score_bounds"] == [0.0, 1.0]
    facts = [
        ("Begins to help", begins_text(pair)),
        ("P(begins in range)", probability_text(pair["p_begins_in_range"])),
        ("P(helps) at the largest", probability_text(pair["effect"]["p_helps"][-1])),
        ("P(hurts) at the smallest", probability_text(pair["effect"]["p_hurts"][0])),
        ("Counts as help", f"more than {score_text(pair['margin'], proportion=proportion)}"),
        ("Paired by", pair["paired_by"]),
    ]
    facts += [(f"Curve: {name}", probability_text(share)) for name, share in pair["curves"].items()]
    return Section(
        heading=pair["name"],
        finding=_word(pair),
        figures=(pair_figure(pair, identifier),),
        facts=tuple(facts),
        notes=(pair["reason"], *((pair["remedy"],) if pair["remedy"] else ())),
        warnings=tuple(pair["warnings"]),
        quote=pair["summary"],
    )


def _failed(failed: Sequence[Mapping[str, Any]]) -> Section:
    rows = tuple((" · ".join(filter(None, item["identity"].values())), item["reason"]) for item in failed)
    table = TableView(title="Not compared", header=("Pair", "Why"), rows=rows, note="", prose=frozenset({1}))
    return Section(heading="Not compared", tables=(table,))
