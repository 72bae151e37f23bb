"""What a card says of one analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emergence_stats.report.cards import card_view, condition_view
from emergence_stats.report.document import RunFacts, build_report

if TYPE_CHECKING:
    from emergence_stats.report.analysis_document import AnalysisDocument
    from emergence_stats.report.cards import CardView
    from tests.report.conftest import MakeDocument


def card_of(document: AnalysisDocument) -> CardView:
    report = build_report([document], run=RunFacts(program_version="0", seed=0, resamples=0))
    return card_view(report.entries[0], document)


@pytest.mark.parametrize(
    ("value", "limit", "holds", "expected"),
    [
        (0.84, 0.8, True, "0.84 ≥ 0.8"),
        (0.8973, 0.9, False, "0.8973 < 0.9"),
        (0.99999, 0.9, True, ">0.99 ≥ 0.9"),
        (None, 0.9, None, ""),
    ],
)
def test_a_condition_stands_beside_its_limit(
    value: float | None, limit: float, holds: bool | None, expected: str
) -> None:
    view = condition_view(
        {
            "key": "sharp",
            "label": "x",
            "value": value,
            "limit": limit,
            "unit": "probability",
            "holds": holds,
            "detail": "",
        }
    )
    assert view.value == expected
    assert view.state == {True: "holds", False: "fails", None: "open"}[holds]


def test_facts_name_what_the_figures_do_not_show(make_document: MakeDocument) -> None:
    facts = dict(card_of(make_document(n_items=240)).facts)
    assert facts["Phase change over smooth"] == "+6.1 nats"
    assert facts["Data"] == "8 scores at 8 scales; counts, 240 items"
    assert "Threshold" in facts
    assert "Threshold" not in dict(card_of(make_document("flat")).facts)


def test_without_resampling_the_card_says_so(make_document: MakeDocument) -> None:
    card = card_of(make_document(resamples=0))
    assert card.sizes == ()
    assert card.sizes_note.startswith("Not assessed")


def test_sizes_name_their_verdicts_and_mark_the_actual_one(make_document: MakeDocument) -> None:
    sizes = card_of(make_document(n_items=240)).sizes
    assert [size.items for size in sizes if size.is_actual] == ["240"]
    assert sizes[0].verdicts == "undetermined 65%, emergent 35%"


def test_a_remedy_is_said_once(make_document: MakeDocument) -> None:
    document = make_document("undetermined")
    assert card_of(document).remedy
    document["summary"] += f" {document['remedy']}"
    assert card_of(document).remedy == ""


def test_the_most_influential_scale_is_marked(make_document: MakeDocument) -> None:
    card = card_of(make_document())
    assert sum(view.marked for view in card.influence) == 1
