"""What the report says before it is drawn."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from emergence_stats.report.document import FailedSeries, RunFacts, build_report

if TYPE_CHECKING:
    from tests.report.conftest import MakeDocument

RUN = RunFacts(program_version="0.1.0", seed=0, resamples=200)


def test_series_are_ordered_by_verdict_and_then_by_probability(make_document: MakeDocument) -> None:
    documents = [
        make_document(verdict, seed=seed) for seed in (1, 2) for verdict in ("flat", "emergent", "undetermined")
    ]
    report = build_report(documents, failed=[FailedSeries(name="bad", reason="one scale")], run=RUN)
    verdicts = [entry.verdict for entry in report.entries]
    assert verdicts == ["emergent"] * 2 + ["undetermined"] * 2 + ["failed"] + ["flat"] * 2
    assert report.entries[0].p_emergent >= report.entries[1].p_emergent
    assert report.counts == {"emergent": 2, "undetermined": 2, "failed": 1, "flat": 2}


def test_the_order_of_the_input_does_not_matter(make_document: MakeDocument) -> None:
    documents = [make_document("undetermined", seed=seed) for seed in range(6)]
    assert build_report(documents, run=RUN) == build_report(documents[::-1], run=RUN)


def test_anchors_are_the_same_in_the_next_report_and_unique_in_this_one(make_document: MakeDocument) -> None:
    first, second = make_document(seed=1, name="a"), make_document(seed=2, name="b")
    alone = build_report([second], run=RUN).entries[0].anchor
    beside = {entry.name: entry.anchor for entry in build_report([first, second], run=RUN).entries}
    assert beside["b"] == alone
    twins = build_report([first, first], run=RUN).entries
    assert len({entry.anchor for entry in twins}) == 2


def test_headline_and_overview_are_sentences(make_document: MakeDocument) -> None:
    documents = [
        make_document("emergent"),
        make_document("smooth"),
        make_document("flat"),
        make_document("flat", seed=3),
    ]
    report = build_report(documents, run=RUN)
    assert report.headline == "1 of 4 series is emergent within the scales measured."
    assert report.overview == "1 rises smoothly and 2 are flat."
    assert build_report([make_document("smooth")], run=RUN).headline == "The one series is not called emergent."
    failed = [FailedSeries(name="bad", reason="one scale")]
    assert build_report([], failed=failed, run=RUN).headline == "No series could be analysed."


def test_what_stands_between_the_undecided_and_a_verdict_is_counted(make_document: MakeDocument) -> None:
    report = build_report([make_document("undetermined", seed=seed) for seed in range(3)], run=RUN)
    assert [obstacle.count for obstacle in report.obstacles] == [3, 3]
    assert build_report([make_document("smooth")], run=RUN).obstacles == ()


def test_labels_leave_out_what_all_series_share(make_document: MakeDocument) -> None:
    documents = [make_document(name=f"{task} · acc · Pythia") for task in ("gsm8k", "mmlu")]
    report = build_report(documents, run=RUN)
    assert [entry.label for entry in report.entries] == ["gsm8k", "mmlu"]
    assert report.shared == ("acc", "Pythia")
    alone = build_report(documents[:1], run=RUN).entries[0]
    assert alone.label == "gsm8k · acc · Pythia"


def test_a_name_that_is_all_shared_keeps_its_parts(make_document: MakeDocument) -> None:
    names = ("mmlu · acc", "mmlu · acc · 5-shot")
    report = build_report([make_document(name=name) for name in names], run=RUN)
    assert {entry.label for entry in report.entries} == set(names)


def test_the_report_is_immutable(make_document: MakeDocument) -> None:
    report = build_report([make_document()], run=RUN)
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.title = "another"  # type: ignore[misc]
