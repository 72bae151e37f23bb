"""The page: self-contained, inert whatever a series is called, small however many there are."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from emergence_stats.report.document import FailedSeries, RunFacts, SkippedInput, build_report
from emergence_stats.report.html import PAGE_BYTES, render_html
from emergence_stats.report.vocabulary import VERDICTS
from tests.report.structure import HOSTILE, Structure, refers_to_nothing_outside

if TYPE_CHECKING:
    from emergence_stats.report.analysis_document import AnalysisDocument
    from tests.report.conftest import MakeDocument

RUN = RunFacts(program_version="0.1.0", seed=0, resamples=200, inputs=("scores.csv",), notes=("scores were 0 to 100",))


def all_verdicts(make_document: MakeDocument) -> list[AnalysisDocument]:
    return [make_document(verdict, seed=i) for i, verdict in enumerate(VERDICTS) if verdict != "failed"]


@pytest.fixture(scope="module")
def page(make_document: MakeDocument) -> str:
    return render_html(
        build_report(
            all_verdicts(make_document),
            failed=[FailedSeries(name="bad one", reason="row 3: n_items is 0", identity={"task": "bad one"})],
            skipped=[SkippedInput(path="empty.csv", reason="no rows")],
            run=RUN,
        )
    )


def test_the_page_is_well_formed_and_ids_are_unique(page: str) -> None:
    structure = Structure.of(page)
    ids = structure.ids()
    assert len(ids) == len(set(ids))
    links = [(a["href"] or "").removeprefix("#") for tag, a in structure.elements if tag in ("a", "use")]
    assert set(links) <= set(ids)
    labelled = [name for _, a in structure.elements for name in (a.get("aria-labelledby") or "").split()]
    assert set(labelled) <= set(ids)


def test_the_page_refers_to_nothing_outside_itself(page: str) -> None:
    assert refers_to_nothing_outside(page)


def test_the_security_policy_names_exactly_our_style_and_script(page: str) -> None:
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'")
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy


def test_the_page_says_what_was_found_and_what_would_decide(page: str) -> None:
    text = " ".join(" ".join(Structure.of(page).text).split())
    assert "1 of 10 series is emergent" in text
    assert "About 960 items per scale would decide it." in text
    for words in VERDICTS.values():
        assert words.label in text
    assert "row 3: n_items is 0" in text
    assert "empty.csv" in text
    assert "scores were 0 to 100" in text


def test_every_verdict_has_its_colour_and_its_icon(page: str) -> None:
    for key in VERDICTS:
        assert f'id="i-{key}"' in page
        assert f".v-{key} {{ --c: var(--{key})" in page
        assert f".f-{key}" in page


def test_the_table_can_be_sorted_and_filtered(page: str) -> None:
    structure = Structure.of(page)
    sortable = [a for tag, a in structure.elements if tag == "th" and "aria-sort" in a]
    assert len(sortable) == 4
    chips = {a["data-verdict"] for tag, a in structure.elements if tag == "button" and "aria-pressed" in a}
    assert chips == set(VERDICTS)
    assert any(tag == "input" and a.get("type") == "search" and a.get("aria-label") for tag, a in structure.elements)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    for opening, closing in ("()", "[]", "{}"):
        assert script.count(opening) == script.count(closing)


def test_controls_are_hidden_until_the_script_runs(page: str) -> None:
    for tag, attributes in Structure.of(page).elements:
        if (attributes.get("class") or "") in ("controls", "copy"):
            assert "hidden" in attributes, tag


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_comes_from_users_is_inert(make_document: MakeDocument, hostile: str) -> None:
    documents = all_verdicts(make_document)
    for document in documents:
        document["series"].update({"name": hostile, "metric": hostile, "identity": {hostile: hostile}})
        document.update({"reason": hostile, "remedy": hostile, "summary": hostile, "warnings": [hostile]})
        for point in document["series"]["points"]:
            point.update({"model": hostile, "seed": hostile})
    report = build_report(
        documents,
        failed=[FailedSeries(name=hostile, reason=hostile, identity={hostile: hostile})],
        skipped=[SkippedInput(path=hostile, reason=hostile)],
        run=RunFacts(program_version="0.1.0", seed=0, resamples=0, inputs=(hostile,), notes=(hostile,)),
    )
    page = render_html(report)
    structure = Structure.of(page)
    assert sum(tag == "script" for tag, _ in structure.elements) == 1
    assert not any(tag == "img" for tag, _ in structure.elements)
    for _, attributes in structure.elements:
        assert not any(name.startswith("on") for name in attributes)
    assert "\u202e" not in page
    assert "\x00" not in page
    page.encode("utf-8")
    assert len(page) < 1_500_000


def test_the_same_report_gives_the_same_page(make_document: MakeDocument) -> None:
    report = build_report(all_verdicts(make_document), run=RUN)
    assert render_html(report) == render_html(report)


def test_a_small_report_has_a_card_for_every_series(page: str) -> None:
    assert len(re.findall(r'<article class="card', page)) == len(VERDICTS)


def test_thousands_of_series_stay_small_and_what_is_left_out_is_said(make_document: MakeDocument) -> None:
    kinds = ("emergent", "undetermined", "smooth", "flat", "not_emerged", "resolution_artifact")
    documents = [make_document(kinds[i % 6], seed=i, n_scales=4 + i % 9) for i in range(3000)]
    page = render_html(build_report(documents, run=RUN))
    assert len(page.encode()) < PAGE_BYTES
    assert page.count("<tr data-verdict=") == 3000
    assert page.count('class="spark"') == 3000
    cards = page.count('<article class="card')
    assert f"The first {cards} of 1500 are shown" in page
    assert 'aria-labelledby="cards-h"' in page


def test_tens_of_thousands_of_series_still_fit(make_document: MakeDocument) -> None:
    document = make_document("undetermined", n_scales=8)
    documents = []
    for i in range(30_000):
        copy = document.copy()
        copy["series"] = document["series"].copy()
        copy["series"]["name"] = f"task {i}"
        documents.append(copy)
    page = render_html(build_report(documents, run=RUN))
    assert len(page.encode()) < PAGE_BYTES
    assert "are shortened to keep the page small" in page
    assert "series more in results.parquet" in page


def test_an_empty_report_is_still_a_page() -> None:
    page = render_html(build_report([], failed=[FailedSeries(name="x", reason="one scale")], run=RUN))
    assert "No series could be analysed." in page
    Structure.of(page)


def test_a_percent_sign_stays_with_its_number(make_document: MakeDocument) -> None:
    document = make_document("undetermined", name="50 % of it")
    document["reason"] = "A phase change leads (88.4 %), limit 90 %."
    page = render_html(build_report([document], run=RUN))
    assert "limit 90\N{NO-BREAK SPACE}%." in page
    assert "90 %" not in page
