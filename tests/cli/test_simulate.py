"""Series of known truth, as a table."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run


def test_the_table_says_what_is_true(run: Run) -> None:
    finished = run("simulate", "--series", 4, "--shape", "step,probit", "--scales", 6, "--items", 100, "--chance", 0)
    frame = pd.read_csv(io.StringIO(finished.out))
    assert len(frame) == 24
    assert set(frame["true_shape"]) == {"step", "probit"}
    assert (frame["n_items"] == 100).all()
    assert (frame["chance_level"] == 0).all()


def test_the_seed_decides(run: Run, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run("simulate", "--seed", seed, "--out", tmp_path / f"{name}.csv")
    a, b, c = ((tmp_path / f"{name}.csv").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_a_file_that_cannot_be_written_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    finished = run("simulate", "--out", tmp_path / "file" / "table.csv")
    assert finished.code == 2
    assert finished.err.count("\n") == 1


def test_a_report_can_be_made_of_it(run: Run, tmp_path: Path) -> None:
    run("simulate", "--series", 3, "--scales", 5, "--out", tmp_path / "table.csv")
    assert run("report", tmp_path / "table.csv", "--out", tmp_path / "out", "--resamples", 0).code == 0


def test_what_was_written_is_told_with_the_folder_that_was_made(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "new" / "table.csv"
    words = ("simulate", "--series", 2, "--scales", 3, "--out", path)
    told = f"{path}: 2 series at 3 scales each, 6 rows"
    assert run(*words).out == f"{told}, in the new folder {path.parent}\n"
    assert run(*words).out == f"{told}\n"
