"""Outcomes of single items in logs become part of the series whose scores they are, and of no other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from emergence_stats.cli.app import app
from emergence_stats.ingest import SeriesRow, item_outcomes, read_tidy, series_from_table

RIGHT = {"70m": (0, 0, 1, 0), "160m": (1, 0, 1, 0), "410m": (1, 1, 1, 0)}


def write_run(
    folder: Path, size: str, right: Sequence[int], *, items: Sequence[str] = "abcd", score: float | None = None
) -> None:
    """One run of lm-evaluation-harness with its samples; two options, of which the first is right."""
    place, stamp = folder / size, "2026-01-02T03-04-05.6"
    place.mkdir(parents=True)
    mean = sum(right) / len(right) if score is None else score
    log = {
        "results": {"riddles": {"acc,none": mean}},
        "configs": {},
        "config": {"model": "hf", "model_args": {"pretrained": f"EleutherAI/pythia-{size}"}},
        "n-samples": {"riddles": {"effective": len(right)}},
    }
    (place / f"results_{stamp}.json").write_text(json.dumps(log))
    lines = []
    for item, one in zip(items, right, strict=True):
        answers = [[str(-1.0 if one else -2.0), "False"], ["-1.5", "False"]]
        lines.append({"doc_id": item, "target": 0, "filtered_resps": answers, "metrics": ["acc"], "acc": float(one)})
    (place / f"samples_riddles_{stamp}.jsonl").write_text("\n".join(map(json.dumps, lines)))


def rows_of(folder: Path, scale: str = "params") -> dict[str, SeriesRow]:
    table = read_tidy(folder)
    rows = series_from_table(table, scale=scale, outcomes=item_outcomes(table.files))
    return {row.identity["metric"]: row for row in rows}


def test_a_series_is_made_of_the_items_of_its_logs(tmp_path: Path) -> None:
    for size, right in RIGHT.items():
        write_run(tmp_path, size, right)
    rows = rows_of(tmp_path)
    assert {row.score_form for row in rows.values()} == {"items"}
    series = rows["acc"].series
    assert series is not None
    assert series.outcomes is not None
    assert series.outcomes.score.tolist() == [list(right) for right in RIGHT.values()]
    assert series.n_correct is not None
    assert series.n_correct.tolist() == [1, 2, 3]
    assert (series.chance_level, series.model) == (0.5, tuple(f"EleutherAI/pythia-{size}" for size in RIGHT))
    brier = rows["brier"].series
    assert brier is not None
    assert brier.outcomes is not None
    assert brier.score == pytest.approx(brier.outcomes.score.mean(axis=1))


def test_the_order_of_the_items_in_the_files_does_not_matter(tmp_path: Path) -> None:
    for size, right in RIGHT.items():
        turned = size == "160m"
        write_run(tmp_path, size, right[::-1] if turned else right, items="dcba" if turned else "abcd")
    series = rows_of(tmp_path)["acc"].series
    assert series is not None
    assert series.outcomes is not None
    np.testing.assert_array_equal(series.outcomes.score, list(RIGHT.values()))


@pytest.mark.parametrize("fault", ["other items", "another score", "missing samples", "evaluated twice"])
def test_items_that_are_not_those_of_the_scores_are_left_alone(tmp_path: Path, fault: str) -> None:
    for size, right in RIGHT.items():
        odd = size == "410m"
        write_run(
            tmp_path, size, right, items="abce" if odd and fault == "other items" else "abcd",
            score=0.5 if odd and fault == "another score" else None,
        )  # fmt: skip
    if fault == "missing samples":
        next((tmp_path / "410m").glob("samples*")).unlink()
    if fault == "evaluated twice":
        write_run(tmp_path / "again", "410m", (1, 1, 1, 1))
    row = rows_of(tmp_path)["acc"]
    assert row.score_form == "counts"
    assert row.series is not None
    assert row.series.outcomes is None


def test_files_that_changed_or_cannot_be_read_any_more_are_told(tmp_path: Path) -> None:
    for size, right in RIGHT.items():
        write_run(tmp_path, size, right)
    table = read_tidy(tmp_path)
    samples = next((tmp_path / "410m").glob("samples*"))
    samples.write_text(samples.read_text() + "\n\n")
    outcomes = item_outcomes(table.files)
    assert [text.rpartition("/")[2] for text in outcomes.unread] == [
        f"{samples.name}: single items not read, the file has changed"
    ]
    rows = series_from_table(table, scale="params", outcomes=outcomes)
    assert {row.score_form for row in rows if row.identity["metric"] == "acc"} == {"counts"}


def test_the_command_line_uses_items_unless_told_otherwise(tmp_path: Path) -> None:
    for size, right in RIGHT.items():
        write_run(tmp_path, size, right)
    for option, form in (("--items", "items"), ("--no-items", "counts")):
        output = CliRunner().invoke(app, ["inspect-input", str(tmp_path), "--scale", "params", option]).output
        line = next(line for line in output.splitlines() if line.startswith("riddles · acc"))
        assert form in line.split()
