"""All or nothing: a folder holds a finished report, or what it held before."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from emergence_stats.errors import OutputError
from emergence_stats.report import files
from emergence_stats.report.document import FailedSeries, RunFacts, build_report
from emergence_stats.report.files import require_writable, write_files, write_report, write_report_files
from emergence_stats.report.run_record import RunRecord
from emergence_stats.report.tables import write_json_list

if TYPE_CHECKING:
    from emergence_stats.report.analysis_document import AnalysisDocument
    from tests.report.conftest import MakeDocument

type Write = Callable[[Path], Path]

NAMES = {"report.html", "results.json", "results.parquet", "run.json"}
RECORD = RunRecord(
    program_version="0.1.0",
    settings={"prior": {"sharp_width": 1.5}},
    seed=0,
    resamples=0,
    workers=2,
    scale=None,
    by=("lang",),
    inputs=(),
    skipped=(),
    notes=("a note",),
    counts={"emergent": 1, "failed": 1},
    started=datetime(2030, 1, 1, tzinfo=UTC),
    finished=datetime(2030, 1, 1, 0, 1, tzinfo=UTC),
)


@pytest.fixture
def write(make_document: MakeDocument) -> Write:
    document = make_document()
    failure = FailedSeries(name="bad", reason="one scale", identity={"task": "bad"})
    results: list[AnalysisDocument | FailedSeries] = [document, failure]
    report = build_report([document], failed=[failure], run=RunFacts(program_version="0", seed=0, resamples=0))
    frame = pd.DataFrame({"task": ["=1+1", "bad"], "verdict": ["emergent", "failed"], "threshold": [2e10, None]})
    return lambda directory: write_report(directory, report=report, results=results, frame=frame, run=RECORD)


def contents(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_a_report_is_four_files_that_read_back(write: Write, tmp_path: Path, make_document: MakeDocument) -> None:
    page = write(tmp_path / "new" / "deep")
    assert page == tmp_path / "new" / "deep" / "report.html"
    assert contents(page.parent) == NAMES
    results = json.loads((page.parent / "results.json").read_text(encoding="utf-8"))
    assert results[0] == make_document()
    assert results[1] == {
        "schema_version": "1.0",
        "verdict": "failed",
        "reason": "one scale",
        "series": {"name": "bad", "identity": {"task": "bad"}},
    }
    frame = pd.read_parquet(page.parent / "results.parquet")
    assert frame["task"].tolist() == ["=1+1", "bad"]
    run = json.loads((page.parent / "run.json").read_text(encoding="utf-8"))
    assert run["counts"] == {"emergent": 1, "failed": 1}
    assert run["settings"]["prior"]["sharp_width"] == 1.5


def test_only_the_run_record_knows_the_time(write: Write, tmp_path: Path) -> None:
    page = write(tmp_path)
    for name in NAMES - {"run.json"}:
        assert b"2030-01-01" not in (page.parent / name).read_bytes()
    first = {name: (tmp_path / name).read_bytes() for name in NAMES}
    write(tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in NAMES} == first


def test_a_second_report_replaces_the_first_and_nothing_else(write: Write, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "report.html").write_text("old")
    write(tmp_path)
    assert contents(tmp_path) == NAMES | {"notes.txt"}
    assert (tmp_path / "report.html").read_text(encoding="utf-8")[:3] != "old"


def test_files_of_an_earlier_report_go_and_those_of_others_of_the_same_name_stay(write: Write, tmp_path: Path) -> None:
    ours = {"report.md": "# All\n\n---\n\nFrom a.csv, by emergence-stats 0.1.0, seed 0.\n", "pool.json": "{}",
            "results.tex": "% Written by emergence-stats 0.1.0; needs\n", "pool.html": "<p>"}  # fmt: skip
    for name, text in ours.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "run.json").write_text('{"program": "emergence-stats", "pool": "family"}')
    write(tmp_path)
    assert contents(tmp_path) == NAMES
    others = {"report.md": "# My notes\n", "results.tex": "\\section{Results}\n", "pool.json": "{}", "pool.html": "<p>"}
    for name, text in others.items():
        (tmp_path / name).write_text(text)
    write(tmp_path)  # the record there tells of no pooled analysis: these two are of the command pool
    assert contents(tmp_path) == NAMES | set(others)
    write_report_files(tmp_path, {"report.html": Path.touch})
    assert contents(tmp_path) == (NAMES | set(others)) - {"results.json"}


@pytest.mark.parametrize("failing", ["render_html", "write_frame", "write_json_list", "write_json"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("a bug")])
def test_a_failure_on_the_way_leaves_nothing_half_written(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, error: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(files, failing, fail)
    expected = OutputError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        write(tmp_path / "new")
    assert contents(tmp_path) == set()
    (tmp_path / "report.html").write_text("old")
    with pytest.raises(expected):
        write(tmp_path)
    assert contents(tmp_path) == {"report.html"}
    assert (tmp_path / "report.html").read_text() == "old"


def test_numbers_that_json_does_not_have_are_refused(tmp_path: Path, make_document: MakeDocument) -> None:
    document = make_document()
    document["p_emergent"] = float("nan")
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json_list(tmp_path / "results.json", [document])


def test_a_file_in_the_way_is_named(write: Write, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match=r"out: expected a folder to write to, got a file"):
        write(tmp_path / "out")
    with pytest.raises(OutputError, match=r"out: expected a folder to write to, got a file"):
        require_writable(tmp_path / "out" / "report")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(OutputError, match=r"cannot be written: Permission denied"):
        require_writable(closed)


def test_asking_whether_a_folder_can_be_written_leaves_no_trace(tmp_path: Path) -> None:
    require_writable(tmp_path / "a" / "b")
    require_writable(tmp_path)
    assert contents(tmp_path) == set()


def test_files_have_the_permissions_that_the_user_wants(tmp_path: Path) -> None:
    write_files(tmp_path / "out", {"a.txt": Path.touch})
    (tmp_path / "plain").mkdir()
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode
