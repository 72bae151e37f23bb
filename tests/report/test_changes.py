"""Two runs side by side: what changed its verdict, what came and went, and why it may be so."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from emergence_stats.cli.app import main
from emergence_stats.errors import ReaderError
from emergence_stats.report.changes import Changes, changes_between
from emergence_stats.report.changes_sheet import changes_sheet, headline
from emergence_stats.report.runs import FinishedRun, read_run
from emergence_stats.report.sheet import render_sheet
from tests.report.structure import HOSTILE, Structure

if TYPE_CHECKING:
    from emergence_stats.report.analysis_document import AnalysisDocument
    from tests.report.conftest import MakeDocument

RECORD: dict[str, Any] = {
    "program_version": "1.0",
    "seed": 0,
    "resamples": 200,
    "scale": None,
    "by": [],
    "settings": {"verdict": {"sharp_probability": 0.9}},
    "inputs": [{"path": "a.csv", "sha256": "1"}, {"path": "b.csv", "sha256": "2"}],
}


def failed(name: str) -> dict[str, object]:
    series = {"name": name, "identity": {"task": name, "metric": "exact_match", "family": "Toy"}}
    return {"schema_version": "1.0", "verdict": "failed", "reason": "row 3: no", "series": series}


def run(*results: object, **record: object) -> FinishedRun:
    return FinishedRun(path="run", results=tuple(results), record=RECORD | record)  # type: ignore[arg-type]


def names(group: tuple[Any, ...]) -> list[str]:
    return [change.name for change in group]


@pytest.fixture
def documents(make_document: MakeDocument) -> dict[str, AnalysisDocument]:
    return {name: make_document("emergent", name=name, seed=i) for i, name in enumerate("abcd")}


def other(document: AnalysisDocument, verdict: str, p_emergent: float) -> AnalysisDocument:
    changed = copy.deepcopy(document)
    changed["verdict"] = verdict  # type: ignore[typeddict-item]
    changed["p_emergent"] = p_emergent
    return changed


def test_a_run_does_not_differ_from_itself(documents: dict[str, AnalysisDocument]) -> None:
    same = run(*documents.values(), failed("e"))
    changes = changes_between(same, same)
    assert (changes.verdicts, changes.shifts, changes.appeared, changes.gone, changes.circumstances) == ((),) * 5
    assert changes.same == 5
    assert headline(changes) == "No verdict has changed."


def test_each_series_is_put_where_it_belongs(documents: dict[str, AnalysisDocument]) -> None:
    a, b, c, d = documents.values()
    before = run(a, b, c, other(d, "smooth", 0.01))
    after = run(other(a, "undetermined", 0.6), other(b, "emergent", b["p_emergent"] - 0.2), d, failed("e"))
    changes = changes_between(before, after)
    assert names(changes.verdicts) == ["d", "a"]  # by the size of the shift
    assert names(changes.shifts) == ["b"]
    assert names(changes.gone) == ["c"]
    assert names(changes.appeared) == ["e"]
    assert changes.same == 0
    assert headline(changes) == "2 verdicts have changed: 1 now emergent, 1 no longer emergent."


def test_a_series_that_fails_now_has_changed(documents: dict[str, AnalysisDocument]) -> None:
    changes = changes_between(run(documents["a"]), run(failed("a")))
    assert [(change.before, change.after, change.p_after) for change in changes.verdicts] == [
        ("emergent", "failed", None)
    ]
    assert "row 3: no" in render_sheet(changes_sheet(changes))


def test_discoveries_come_before_larger_shifts_of_others(documents: dict[str, AnalysisDocument]) -> None:
    a, b, *_ = documents.values()
    before = run(other(a, "smooth", 0.0), other(b, "undetermined", 0.5))
    after = run(other(a, "undetermined", 0.9), other(b, "emergent", 0.95))
    assert names(changes_between(before, after).verdicts) == ["b", "a"]


def test_twins_are_compared_in_their_order(documents: dict[str, AnalysisDocument]) -> None:
    twin = other(documents["a"], "smooth", 0.02)
    changes = changes_between(run(documents["a"], twin), run(documents["a"], other(twin, "flat", 0.02)))
    assert [(change.before, change.after) for change in changes.verdicts] == [("smooth", "flat")]


def test_it_tells_new_data_from_new_circumstances(documents: dict[str, AnalysisDocument]) -> None:
    now = other(documents["a"], "undetermined", 0.5)
    assert changes_between(run(documents["a"]), run(now)).verdicts[0].cause == ""
    now["series"]["points"][0]["score"] = 0.5
    now["series"]["points"] = now["series"]["points"][:-1]
    now["series"]["chance_level"] = 0.5
    cause = changes_between(run(documents["a"]), run(now)).verdicts[0].cause
    assert cause == "1 score changed, 1 score removed, chance level 0.25 → 0.5"


def test_it_says_what_else_differed() -> None:
    inputs = [{"path": "a.csv", "sha256": "9"}, {"path": "moved.csv", "sha256": "2"}, {"path": "c.csv", "sha256": "3"}]
    settings = {"verdict": {"sharp_probability": 0.8}}
    later = run(program_version="1.1", resamples=0, by=["prompt"], settings=settings, inputs=inputs)
    assert changes_between(run(), later).circumstances == (
        "Version: 1.0 → 1.1.",
        "Resamples: 200 → 0.",
        "Columns that tell series apart: none → prompt.",
        "Setting verdict.sharp_probability: 0.9 → 0.8.",
        "Input a.csv: other content.",
        "Input c.csv: new.",
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_the_page_is_inert_whatever_a_series_is_called(make_document: MakeDocument, name: str) -> None:
    document = make_document(name=name)
    page = render_sheet(changes_sheet(changes_between(run(document), run(other(document, "smooth", 0.0)))))
    structure = Structure.of(page)
    assert len(structure.ids()) == len(set(structure.ids()))
    assert [tag for tag, _ in structure.elements].count("script") == 1
    assert not {"img", "b"} & {tag for tag, _ in structure.elements}
    assert not [key for _, attributes in structure.elements for key in attributes if key.startswith("on")]


def write(folder: Path, results: object, record: object = RECORD) -> Path:
    folder.mkdir()
    (folder / "results.json").write_text(json.dumps(results), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def test_the_command_prints_and_writes_what_changed(
    documents: dict[str, AnalysisDocument], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = write(tmp_path / "before", [documents["a"], documents["b"]])
    after = write(tmp_path / "after", [other(documents["a"], "smooth", 0.03), documents["b"]], RECORD | {"seed": 1})
    out = tmp_path / "out"
    assert main(["diff", str(before), str(after), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "1 verdict has changed: 1 no longer emergent. 1 series as before." in printed
    assert "  Seed: 0 → 1.\n" in printed
    assert "  a: emergent → smooth, P(emergent) " in printed
    document = json.loads((out / "changes.json").read_text(encoding="utf-8"))
    assert [change["verdict_after"] for change in document["verdicts"]] == ["smooth"]
    assert {path.name for path in out.iterdir()} == {"changes.html", "changes.json"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "results.json: expected JSON as the command report writes it"),
        ("[[[[", "results.json: expected JSON"),
        ("[" * 100_000, "results.json: expected JSON"),
        ('{"verdict": "smooth"}', "results.json: expected a list of results as the command report writes it, got dict"),
        ("[1]", "got something else as result 1"),
        ('[{"schema_version": "1.0", "verdict": "smooth", "series": {}}]', "got something else as result 1"),
        ('[{"schema_version": "7.0"}]', "expected results of schema version 1.0, got '7.0'"),
    ],
)
def test_what_is_no_report_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, message: str
) -> None:
    folder = write(tmp_path / "run", [])
    (folder / "results.json").write_text(content, encoding="utf-8")
    assert main(["diff", str(folder), str(folder)]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_folder_without_a_report_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match=r"results\.json: expected the results of a report \(No such file"):
        read_run(tmp_path)


def test_without_a_record_the_results_are_still_compared(
    documents: dict[str, AnalysisDocument], tmp_path: Path
) -> None:
    folder = write(tmp_path / "run", [documents["a"]])
    (folder / "run.json").unlink()
    found: Changes = changes_between(read_run(folder), read_run(folder / "results.json"))
    assert found.same == 1
    assert found.circumstances == ("One of the runs has no run.json: version, settings and inputs cannot be compared.",)
