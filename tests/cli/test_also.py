"""`report --also`: further files beside the page, and nothing else where a name is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from emergence_stats.cli.app import main

TABLE = "task,params,n_correct,n_items,chance_level\na,1e8,2,200,0\na,1e9,3,200,0\na,1e10,2,200,0\na,1e11,180,200,0\n"


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    path = tmp_path / "scores.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_files_are_written_beside_the_page_and_again_over_themselves(scores: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["report", str(scores), "--out", str(out), "--resamples", "0", "--also", "markdown,latex", "--also", "png"]
    assert main(words) == 0
    first = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert first >= {"report.html", "report.md", "results.tex"}
    assert [name for name in first if name.startswith("figures/") and name.endswith(".png")]
    assert main(words) == 0
    assert {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} == first


def test_an_unknown_name_is_said_before_anything_is_done(
    scores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(scores), "--out", str(tmp_path / "out"), "--also", "markdown,pdf"]) == 2
    assert "--also: expected one of markdown, latex, png, svg, got 'pdf'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
