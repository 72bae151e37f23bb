"""A small table of series, and the program as a shell runs it."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import emergence_stats
from emergence_stats.cli.app import main

GOOD_ROWS = """\
    task,family,params,n_correct,n_items,chance_level
    addition,A,1e8,3,200,0
    addition,A,1e9,2,200,0
    addition,A,1e10,4,200,0
    addition,A,1e11,150,200,0
    recall,A,1e8,40,200,0
    recall,A,1e9,80,200,0
    recall,A,1e10,121,200,0
    recall,A,1e11,160,200,0
"""
BAD_ROWS = """\
    broken,A,1e8,300,200,0
    broken,A,1e9,2,200,0
"""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a command left behind."""

    code: int
    out: str
    err: str


type Run = Callable[..., Finished]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the program with the given words."""

    def run_words(*words: object) -> Finished:
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Finished(code=code, out=captured.out, err=captured.err)

    return run_words


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    """Two good series."""
    path = tmp_path / "scores.csv"
    path.write_text(textwrap.dedent(GOOD_ROWS), encoding="utf-8")
    return path


@pytest.fixture
def mixed_scores(tmp_path: Path) -> Path:
    """Two good series and one that cannot be analysed."""
    path = tmp_path / "mixed.csv"
    path.write_text(textwrap.dedent(GOOD_ROWS) + textwrap.dedent(BAD_ROWS), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def document_validator() -> Draft202012Validator:
    """Validates against the published JSON schema."""
    path = Path(emergence_stats.__file__).parent / "schema" / "analysis.schema.json"
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))
