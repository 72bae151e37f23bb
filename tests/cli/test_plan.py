"""`plan` before the first score, with one size, and far beyond the data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_documents import validator

STUDY = ("--chance-level", "0.25", "--at", "1e21,1e22,1e23", "--n-items", "100", "--replicates", "2")


def test_a_study_needs_no_table(run: Run, tmp_path: Path) -> None:
    finished = run("plan", *STUDY, "--scale", "train_flops", "--json", "--out", tmp_path)
    assert finished.code == 0, finished.err
    document = json.loads(finished.out)
    validator("plan").validate(document)
    assert document["inputs"] == []
    assert document["series"]["n_scales"] == 0
    assert document["options"][0]["scales"] == [1e21, 1e22, 1e23]
    assert "3 sizes, 10²¹ to 10²³" in run("plan", *STUDY, "--scale", "train_flops").out


def test_one_size_and_a_multiple_of_it(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("task,params,n_correct,n_items,chance_level\na,1e8,60,200,0.25\n", encoding="utf-8")
    finished = run("plan", path, "--at", "10x,100x", "--replicates", "2", "--json")
    document = json.loads(finished.out)
    assert document["options"][0]["scales"] == [1e9, 1e10]
    assert "is known at one scale" in document["summary"]


def test_far_beyond_the_data_the_reason_stands_below_the_table(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    rows = "".join(f"a,{scale},60,200,0.25\n" for scale in ("1e8", "1e9", "1e10"))
    path.write_text("task,params,n_correct,n_items,chance_level\n" + rows, encoding="utf-8")
    finished = run("plan", path, "--at", "1e20", "--n-items", "50", "--replicates", "2")
    assert finished.code == 0
    assert "10.0 decades beyond the data, which span 2.0" in finished.out.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("plan", "--at", "1e9,1e10"), "chance_level: expected the score of a model without the ability"),
        (("plan", "--chance-level", "0.2", "--at", "10x", "--n-items", "9"), "nothing is measured that '10x'"),
        (("plan", "--chance-level", "0.2", "--select", "a=b"), "--select: expected files or folders"),
    ],
)
def test_what_cannot_be_planned_is_said(run: Run, words: tuple[str, ...], message: str) -> None:
    finished = run(*words)
    assert finished.code == 2
    assert message in finished.err
