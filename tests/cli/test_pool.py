"""`pool`: words that cannot be understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--new-family", "year=2025"), "--new-family: expected --covariates beside it"),
        (("--covariates", "none.csv", "--new-family", "year"), "--new-family: expected NAME=VALUE, got 'year'"),
        (("--covariates", "none.csv", "--new-family", "year=soon"), "--new-family year: expected a number"),
    ],
)
def test_wrong_words_are_said(run: Run, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    finished = run("pool", tmp_path / "scores.csv", *words)
    assert finished.code == 2
    assert message in finished.err
