"""What a card says of one analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emergence_stats.report.card_evidence import condition_view, facts
from emergence_stats.report.cards import card_view
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


def test_without_a_chance_level_no_probability_of_emergence_is_shown(make_document: MakeDocument) -> None:
    document = make_document()
    assert float(card_of(document).probability.strip("<>")) >= 0.9
    document["series"]["chance_level"] = None
    document["p_emergent"] = 0.0
    assert card_of(document).probability == "not defined"


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


def test_cross_checks_say_what_could_not_be_estimated_and_that_none_decides(make_document: MakeDocument) -> None:
    checks = card_of(make_document()).cross_checks
    assert checks is not None
    assert checks.note.startswith("None of this is used for the verdict.")
    tests, regression, descriptive = checks.tables
    assert tests.rows[0] == ("Cochran–Armitage", "z = 9.80", "<0.0001")
    assert "95% of what any rising curve" in tests.note
    logit, probit, _ = regression.rows
    assert logit[:3] == ("logit", "−3.20 (−4.50 to −1.90)", "21B")
    assert probit[1].startswith("Not estimable: the rise or fall is too steep")
    assert "starts at 25% exactly" in regression.note
    assert descriptive.rows[0] == ("Breakthroughness", "not defined", "−4.50 to 5.00", "–")
    assert card_of(make_document(cross_checked=False)).cross_checks is None


def test_cross_checks_of_equal_scores_have_nothing_to_test(make_document: MakeDocument) -> None:
    document = make_document("flat")
    assert document["cross_checks"] is not None
    document["cross_checks"]["trend"] = dict.fromkeys(document["cross_checks"]["trend"])  # type: ignore[typeddict-item]
    document["cross_checks"] |= {"isotonic": None, "glm": None, "descriptive": []}
    checks = card_of(document).cross_checks
    assert checks is not None
    (only,) = checks.tables
    assert only.rows == (("All scores are the same: nothing to test.",),)


def test_the_most_influential_scale_is_marked(make_document: MakeDocument) -> None:
    card = card_of(make_document())
    assert sum(view.marked for view in card.influence) == 1


def test_stacking_weights_stand_beside_the_posterior(make_document: MakeDocument) -> None:
    view = card_of(make_document("emergent"))
    assert view.stacking == "Stacking weights, by prediction of left-out scales: phase change 0.80, smooth rise 0.20."


def test_effective_counts_that_differ_by_less_than_an_item_are_one_number(make_document: MakeDocument) -> None:
    document = make_document()
    for i, point in enumerate(document["series"]["points"]):
        point["n_items"] = 65.0 + 0.01 * i
    assert dict(facts(document))["Data"].endswith("counts, 65 items")


def test_a_change_that_rounds_to_nothing_has_no_sign(make_document: MakeDocument) -> None:
    document = make_document()
    document["stability"]["power_scaling"]["parts"][1]["p_emergent"] = -0.001
    assert "would move by about 0, of the likelihood by +0.12" in card_of(document).sensitivity
