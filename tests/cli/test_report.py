"""The main job: a folder with a report, and an exit code that says how it went."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from emergence_stats.cli.options import listed
from emergence_stats.cli.progress import progress_bar
from emergence_stats.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from jsonschema import Draft202012Validator

    from tests.cli.conftest import Run

NAMES = {"report.html", "results.json", "results.parquet", "run.json"}


def test_a_good_table_gives_a_report_and_code_0(run: Run, scores: Path, tmp_path: Path) -> None:
    finished = run("report", scores, "--out", tmp_path / "out", "--resamples", 0)
    assert (finished.code, finished.err) == (0, "")
    assert finished.out.endswith(f"{tmp_path / 'out' / 'report.html'}\n")
    assert {path.name for path in (tmp_path / "out").iterdir()} == NAMES
    frame = pd.read_parquet(tmp_path / "out" / "results.parquet")
    documents = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert frame["task"].tolist() == [document["series"]["identity"]["task"] for document in documents]
    assert frame["verdict"].tolist() == [document["verdict"] for document in documents]
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert record["n_series"] == 2
    assert record["settings"] == Settings().to_dict()
    assert len(record["inputs"][0]["sha256"]) == 64


def test_documents_follow_the_schema(
    run: Run, scores: Path, tmp_path: Path, document_validator: Draft202012Validator
) -> None:
    run("report", scores, "--out", tmp_path / "out", "--resamples", 8)
    for document in json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8")):
        document_validator.validate(document)


def test_cross_checks_are_on_the_cards_unless_they_are_not_wanted(run: Run, scores: Path, tmp_path: Path) -> None:
    for option, wanted in (("--cross-checks", True), ("--no-cross-checks", False)):
        out = tmp_path / option
        run("report", scores, "--out", out, "--resamples", 0, option)
        documents = json.loads((out / "results.json").read_text(encoding="utf-8"))
        assert [document["cross_checks"] is not None for document in documents] == [wanted, wanted]
        page = (out / "report.html").read_text(encoding="utf-8")
        assert page.count("not used for the verdict") == (2 if wanted else 0)


def test_a_bad_series_is_reported_beside_the_good_ones(run: Run, mixed_scores: Path, tmp_path: Path) -> None:
    finished = run("report", mixed_scores, "--out", tmp_path / "out", "--resamples", 0)
    assert (finished.code, finished.err) == (1, "")
    frame = pd.read_parquet(tmp_path / "out" / "results.parquet").set_index("task")
    assert frame.loc["broken", "verdict"] == "failed"
    assert "n_correct" in str(frame.loc["broken", "reason"])
    assert (frame.drop("broken")["verdict"] != "failed").all()
    assert "n_correct" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_file_that_cannot_be_read_is_told_in_the_report(run: Run, scores: Path, tmp_path: Path) -> None:
    bad = tmp_path / "binary.csv"
    bad.write_bytes(bytes(range(256)) * 8)
    finished = run("report", scores, bad, "--out", tmp_path / "out", "--resamples", 0)
    assert finished.code == 1
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert [item["path"] for item in record["skipped"]] == [str(bad)]
    assert record["skipped"][0]["reason"]


@pytest.mark.parametrize(
    "content", ["", "task,params,score\n", "a,b\n1,2\n", "task,params,n_correct,n_items\nx,1e9,9,8\n"]
)
def test_nothing_usable_is_one_line_and_no_folder(run: Run, tmp_path: Path, content: str) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(content, encoding="utf-8")
    finished = run("report", path, "--out", tmp_path / "out", "--resamples", 0)
    assert finished.code == 2
    assert finished.out == ""
    assert finished.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_named(run: Run, tmp_path: Path) -> None:
    finished = run("report", tmp_path / "nowhere.csv", "--out", tmp_path / "out")
    assert finished.code == 2
    assert "nowhere.csv" in finished.err


def test_an_output_that_is_a_file_is_found_before_the_work(run: Run, scores: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    finished = run("report", scores, "--out", tmp_path / "out")
    assert finished.code == 2
    assert "expected a folder" in finished.err
    assert (tmp_path / "out").read_text() == "mine"


def test_results_do_not_depend_on_the_number_of_workers(run: Run, scores: Path, tmp_path: Path) -> None:
    for workers in (1, 2):
        run("report", scores, "--out", tmp_path / str(workers), "--resamples", 4, "--workers", workers)
    for name in NAMES - {"run.json"}:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_settings_from_a_file_are_used_and_recorded(run: Run, scores: Path, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[prior]\nsharp_width = 1.0\n", encoding="utf-8")
    run("report", scores, "--out", tmp_path / "out", "--resamples", 0, "--settings", path)
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert record["settings"]["prior"]["sharp_width"] == 1.0


def test_names_may_be_repeated_or_have_commas() -> None:
    assert listed(["lang, model", "lang", "size"]) == ("lang", "model", "size")
    assert listed(None) == ()


def test_no_bar_is_drawn_where_nobody_sees_it(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(1000) as on_progress:
        assert on_progress is None
    assert capsys.readouterr().err == ""


def test_a_bar_is_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress_bar(3) as on_progress:
        assert on_progress is None
    with progress_bar(1000) as on_progress:
        assert on_progress is not None
        on_progress(500)
