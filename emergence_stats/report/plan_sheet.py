"""The page of a plan, from its document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emergence_stats.report.figures.plan_figure import answers, plan_figure, question
from emergence_stats.report.formats import count_text, scale_text, scales_text
from emergence_stats.report.sheet import Section, Sheet
from emergence_stats.report.table_view import TableView
from emergence_stats.report.vocabulary import VERDICTS

NONE = "–"


def plan_sheet(document: dict[str, Any], *, inputs: Sequence[str] = ()) -> Sheet:
    """The page of one plan.

    Args:
        document: what ``Plan.to_dict()`` gives.
        inputs: files that were read.
    """
    kind = document["series"]["scale_kind"]
    rows = tuple(
        (
            ", ".join(scale_text(scale, kind) for scale in option["scales"]),
            count_text(option["n_items"]),
            count_text(option["cost"]),
            f"{answers(document, option):.2f} ± {option['error']:.2f}",
            NONE if option["detectable_excess"] is None else f"+{option['detectable_excess']:.1%}",
            ", ".join(
                f"{VERDICTS[name].label.lower()} {share:.0%}"
                for name, share in sorted(option["verdicts"].items(), key=lambda item: -item[1])
            ),
        )
        for option in document["options"]
    )
    table = TableView(
        title="Options: those that reach the wanted probability first, the cheapest of them on top",
        header=("Further scales", "Items", "Cost, items", question(document), "Detectable excess", "Verdicts"),
        rows=rows,
        note="Decided: any verdict but undetermined and resolution artifact. Another verdict: a decided one other than "
        "the present one, which is asked where that is settled. Detectable excess: over chance, by a "
        "one-sided test at 5% with power .8.",
        numbers=frozenset({1, 2, 3, 4}),
        prose=frozenset({0, 5}),
    )
    remarks = tuple(
        f"{', '.join(dict.fromkeys(where))}: {remark}." for remark, where in _remarks(document["options"], kind).items()
    )
    section = Section(
        heading=document["series"]["name"],
        verdict=document["verdict"],
        finding="now" if document["series"]["n_scales"] else "before the first score",
        figures=(plan_figure(document, "plan"),),
        tables=(table,),
        notes=(
            f"Dashed: the wanted probability, {document['wanted']:g}. Bars: one standard error of the draws.",
            *remarks,
        ),
        quote=document["summary"],
    )
    return Sheet(
        kind="Plan",
        headline=document["summary"].split(". ", 1)[0].rstrip(".") + ".",
        overview=document["summary"].split(". ", 1)[-1],
        sections=(section,),
        origin=(
            ("Inputs", ", ".join(inputs) or NONE),
            ("Draws", f"{document['replicates']} results of each option, each analysed; seed {document['seed']}"),
        ),
        program_version=document["program_version"],
    )


def _remarks(options: Sequence[dict[str, Any]], kind: str) -> dict[str, list[str]]:
    """What is against some options, each with the scales of those options."""
    found: dict[str, list[str]] = {}
    for option in options:
        if option["remark"]:
            found.setdefault(option["remark"], []).append(scales_text(option["scales"], kind))
    return found
