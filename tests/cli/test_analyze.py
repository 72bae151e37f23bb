"""One series, to the terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from jsonschema import Draft202012Validator

    from tests.cli.conftest import Run


def test_the_verdict_is_explained(run: Run, scores: Path) -> None:
    finished = run("analyze", scores, "--select", "task=addition")
    assert (finished.code, finished.err) == (0, "")
    for words in ("addition", "Phase change", "P(emergent)", "E1", "E6", "not assessed"):
        assert words in finished.out
    assert "\x1b" not in finished.out


def test_json_is_the_document(run: Run, scores: Path, document_validator: Draft202012Validator) -> None:
    finished = run("analyze", scores, "--select", "task=recall", "--json", "--resamples", 4)
    document = json.loads(finished.out)
    document_validator.validate(document)
    assert document["series"]["identity"]["task"] == "recall"
    assert document["resamples"] == 4


def test_the_schema_that_is_printed_is_the_one_that_documents_follow(run: Run, scores: Path) -> None:
    schema = json.loads(run("schema").out)
    document = json.loads(run("analyze", scores, "--select", "task=recall", "--json").out)
    jsonschema.validate(document, schema)
    assert schema["$id"].endswith(document["schema_version"])


def test_a_table_of_one_series_needs_no_selection(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    assert run("simulate", "--series", "1", "--shape", "step", "--out", path).code == 0
    assert run("analyze", path).code == 0


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ([], "expected one series, got 2"),
        (["--select", "task=nothing"], "expected one series, got 0; .* Available: .*task=addition"),
        (["--select", "task"], "expected column=value"),
        (["--select", "colour=red"], "expected one of the columns .*task"),
    ],
)
def test_a_selection_that_does_not_give_one_series(run: Run, scores: Path, selection: list[str], expected: str) -> None:
    finished = run("analyze", scores, *selection)
    assert finished.code == 2
    with pytest.raises(ValueError, match=expected):
        raise ValueError(finished.err)


def test_a_series_that_cannot_be_analysed_says_why(run: Run, mixed_scores: Path) -> None:
    finished = run("analyze", mixed_scores, "--select", "task=broken")
    assert finished.code == 2
    assert "n_correct" in finished.err


def test_a_name_is_text_and_nothing_else(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    rows = [{"task": "[red]x[/red]\x1b[31m", "params": 10**k, "n_correct": 8 * k, "n_items": 90} for k in (8, 9, 10)]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    finished = run("analyze", path)
    assert "[red]x[/red]" in finished.out
    assert "\x1b" not in finished.out


def test_the_engine_of_the_command_line_goes_before_that_of_the_settings(
    run: Run, scores: Path, tmp_path: Path
) -> None:
    sampling = tmp_path / "sampling.toml"
    sampling.write_text('[evidence]\nengine = "pymc"\n', encoding="utf-8")
    words = ("analyze", scores, "--select", "task=recall", "--json")
    by_default = json.loads(run(*words).out)
    chosen = json.loads(run(*words, "--settings", sampling, "--evidence-engine", "quadrature").out)
    assert chosen == by_default
    assert chosen["settings"]["evidence"]["engine"] == "quadrature"


def test_an_unknown_engine_is_one_line_that_names_the_known_ones(run: Run, scores: Path) -> None:
    finished = run("analyze", scores, "--select", "task=recall", "--evidence-engine", "nuts")
    assert finished.code == 2
    assert "quadrature" in finished.err
    assert "'nuts'" in finished.err
    assert finished.err.count("\n") == 1


@pytest.mark.slow
def test_the_sampling_engine_agrees_with_the_quadrature(run: Run, scores: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.toml"
    short.write_text("[evidence]\nchains = 2\nsmc_particles = 300\nnuts_draws = 200\n", encoding="utf-8")
    words = ("analyze", scores, "--select", "task=recall", "--json", "--settings", short)
    sampled = json.loads(run(*words, "--evidence-engine", "pymc").out)
    assert sampled["settings"]["evidence"]["engine"] == "pymc"
    assert sampled["probabilities"]["smooth"] == pytest.approx(
        json.loads(run(*words).out)["probabilities"]["smooth"], abs=0.2
    )
