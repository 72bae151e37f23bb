"""Reports in parts, streamed, and on clusters, as a shell runs them; and the job files that the documentation shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import yaml  # type: ignore[import-untyped]

from emergence_stats import parallel
from emergence_stats.batch import overview, sharded, stream
from emergence_stats.batch.manifest import Manifest, Part
from emergence_stats.batch.sharded import Progress
from emergence_stats.cli import progress
from emergence_stats.errors import InputError
from emergence_stats.parallel import Limits
from tests.batch import standin
from tests.docs.pages import PAGES, blocks, name_of

if TYPE_CHECKING:
    from tests.cli.conftest import Run

FILES = ("results.parquet", "results.json", "report.html")
PAGE = next(page for page in PAGES if name_of(page).endswith("howto/large-runs.md"))


def shown(title: str) -> str:
    """A file that the page shows."""
    return next(block.text for block in blocks(PAGE) if block.title == title)


def test_parts_are_merged_into_the_files_of_an_undivided_run(run: Run, mixed_scores: Path, tmp_path: Path) -> None:
    run("report", mixed_scores, "--out", tmp_path / "whole", "--resamples", 0)
    for number in (1, 2):
        part = run("report", mixed_scores, "--out", tmp_path / "parts", "--resamples", 0, "--shard", f"{number}/2",
                   "--time-limit", 300)  # fmt: skip
        assert part.code == 0
        assert f"merge {tmp_path / 'parts'}" in part.out
    merged = run("merge", tmp_path / "parts", "--out", tmp_path / "merged")
    assert merged.code == 1  # one of the series is broken
    for name in FILES:
        assert (tmp_path / "merged" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_report_without_documents_is_an_overview_in_parts_or_not(
    run: Run, mixed_scores: Path, tmp_path: Path
) -> None:
    words = ("--resamples", 0, "--workers", 1, "--no-documents")
    for number in (1, 2):  # another run in its folder is not its own, complete as it is
        standin.run(tmp_path / "whole" / "shards", part=Part(number=number, of=2))
    whole = run("report", mixed_scores, "--out", tmp_path / "whole", *words)
    for number in (1, 2):
        run("report", mixed_scores, "--out", tmp_path / "parts", "--shard", f"{number}/2", *words)
    merged = run("merge", tmp_path / "parts", "--out", tmp_path / "merged")
    assert whole.code == merged.code == 1  # one of the series is broken
    names = {path.name for path in (tmp_path / "merged").iterdir()}
    assert names == {"report.html", "results.parquet", "run.json"}
    whole_frame, frame = (pd.read_parquet(tmp_path / name / "results.parquet") for name in ("whole", "merged"))
    pd.testing.assert_frame_equal(frame, whole_frame)
    assert frame.loc[frame["verdict"] == "failed", "task"].tolist() == ["broken"]
    page = (tmp_path / "merged" / "report.html").read_text(encoding="utf-8")
    assert page == (tmp_path / "whole" / "report.html").read_text(encoding="utf-8")
    assert "Why series failed" in page


@pytest.mark.slow
def test_a_streamed_dataset_gives_the_same_results(run: Run, scores: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(scores)
    (tmp_path / "data").mkdir()
    for i in range(2):
        frame.iloc[i::2].to_parquet(tmp_path / "data" / f"{i}.parquet", index=False)
    run("report", scores, "--out", tmp_path / "whole", "--resamples", 0, "--no-cross-checks")
    streamed = run("report", tmp_path / "data", "--out", tmp_path / "out", "--stream", "--resamples", 0,
                   "--workers", 1, "--documents", "--time-limit", 300)  # fmt: skip
    assert streamed.code == 0
    whole, found = (pd.read_parquet(tmp_path / name / "results.parquet") for name in ("whole", "out"))
    pd.testing.assert_frame_equal(found.sort_values("task", ignore_index=True), whole)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count("<tr data-verdict") == 2
    texts = [(tmp_path / name / "results.json").read_text(encoding="utf-8").split("\n") for name in ("whole", "out")]
    lines = [sorted(line.rstrip(",") for line in text) for text in texts]
    assert lines[0] == lines[1]
    assert json.loads((tmp_path / "out" / "run.json").read_text())["workers"] == 1
    assert "8 rows" in streamed.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--shard", "4/3"], "expected i/N"),
        (["--engine", "spark"], "expected one of local, dask, ray, got 'spark'"),
        (["--engine", "dask"], "expected the address of a Dask scheduler"),
        (["--scheduler", "tcp://127.0.0.1:1"], "expected none beside the engine local"),
        (["--time-limit", "0"], "time limit: expected a positive number"),
    ],
)
def test_options_that_cannot_be_are_one_line(
    run: Run, scores: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    finished = run("report", scores, "--out", tmp_path / "out", *words)
    assert finished.code == 2
    assert message in finished.err
    assert finished.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--stream", "--pool", "family", "--also", "markdown,latex", "--models", "none.csv", "--tasks", "none.csv"],
            "got --pool, --also, --models, --tasks beside --stream",
        ),
        (["--stream", "--no-cross-checks", "--items"], "got --items beside --stream"),
        (["--stream", "--cross-checks", "--duplicates", "both"], "got --duplicates, --cross-checks beside --stream"),
        (
            ["--stream", "--duplicates", "zzz"],
            "got --duplicates beside --stream; duplicates: expected 'both' or 'latest', got 'zzz'",
        ),
        (
            ["--stream", "--shard", "1/2", "--also", "latex", "--fdr", "0.1"],
            "got --also beside --stream, --fdr beside --shard (they are for the whole, see merge and pool)",
        ),
        (["--no-documents", "--cross-checks", "--pool", "family"], "got --pool, --cross-checks beside --no-documents"),
    ],
)
def test_options_without_effect_are_named_together_before_the_work(
    run: Run, scores: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    finished = run("report", scores, "--out", tmp_path / "out", *words)
    assert (finished.code, finished.out) == (2, "")
    assert message in finished.err
    assert finished.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("how", ["--shard", "--stream"])
def test_a_limit_of_memory_leaves_the_limit_of_time_of_long_runs(
    run: Run, scores: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    asked: list[Limits] = []

    def refuse(*_: object, limits: Limits, **__: object) -> Manifest:
        asked.append(limits)
        msg = "nothing is computed"
        raise InputError(msg)

    monkeypatch.setattr(sharded, "run_table", refuse)
    monkeypatch.setattr(stream, "run_stream", refuse)
    monkeypatch.setattr(parallel, "start_early", lambda *_: None)
    words = ["--shard", "1/2"] if how == "--shard" else ["--stream"]
    for limits in ([], ["--memory-limit", 2], ["--time-limit", 5], ["--time-limit", 5, "--memory-limit", 2]):
        run("report", scores, "--out", tmp_path / "out", *words, *limits)
    assert asked == [
        Limits(seconds=600.0),
        Limits(seconds=600.0, gigabytes=2.0),
        Limits(seconds=5.0),
        Limits(seconds=5.0, gigabytes=2.0),
    ]


def test_the_rate_of_a_long_run_is_that_since_its_rows_were_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [0.0]
    monkeypatch.setattr("emergence_stats.cli.progress.time.monotonic", lambda: clock[0])
    with progress.progress_of_shards("rows") as show:
        for second, done in ((0.0, 0), (1000.0, 0), (1031.0, 310), (1062.0, 43_710)):
            clock[0] = second
            show(Progress(done=done, reused=0, total=87_110, n_series=done // 10))
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "0 of 87,110 rows, 0 series"
    assert told[-2] == "310 of 87,110 rows, 31 series, 10 rows/s, 2 h 25 min left"
    assert told[-1] == "43,710 of 87,110 rows, 4,371 series, 705 rows/s, 62 s left"


def test_parts_of_another_number_cost_nothing_and_are_told(run: Run, tmp_path: Path) -> None:
    for number, of in ((1, 3), (2, 3), (1, 2), (3, 3)):  # 1/2 by mistake
        standin.run(tmp_path / "shards", standin.table(60), part=Part(number=number, of=of))
    merged = run("merge", tmp_path, "--out", tmp_path / "merged")
    assert merged.code == 0
    assert len(pd.read_parquet(tmp_path / "merged" / "results.parquet")) == 60
    assert "left aside: parts of another run, manifest-*-of-2.json (without 2/2, the last finished" in merged.err


def test_an_overview_has_nothing_of_an_earlier_report_beside_it(run: Run, scores: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("report", scores, "--out", out, "--resamples", 0, "--no-cross-checks", "--also", "markdown,latex")
    assert {path.name for path in out.iterdir()} > {"results.json", "report.md", "results.tex"}
    (out / "notes.md").write_text("mine")
    (out / "pool.json").write_text("by the command pool")
    standin.run(out / "shards", standin.table(60), part=Part(number=1, of=1))
    assert run("merge", out, "--out", out).code == 0
    assert {path.name for path in out.iterdir()} == {
        "report.html", "results.parquet", "run.json", "shards", "notes.md", "pool.json",
    }  # fmt: skip


def test_further_files_are_refused_where_there_are_no_cards(
    run: Run, scores: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standin.run(tmp_path / "part" / "shards", standin.table(60))
    merged = run("merge", tmp_path / "part", "--out", tmp_path / "merged", "--also", "latex")
    assert merged.code == 2
    assert "--also: expected none for an overview, got latex" in merged.err
    assert not (tmp_path / "merged").exists()
    monkeypatch.setattr(overview, "OVERVIEW_FROM", 1)
    large = run("report", scores, "--out", tmp_path / "large", "--also", "latex", "--pool", "family")
    assert large.code == 2
    assert "--pool, --also: expected at most 1 series, got 2" in large.err
    assert not (tmp_path / "large").exists()


def test_what_was_not_used_is_told_on_the_terminal_too(run: Run, scores: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("task,params,n_correct,n_items\n")
    finished = run("report", scores, empty, "--out", tmp_path / "out", "--resamples", 0, "--no-cross-checks")
    assert finished.code == 1
    assert f"not used: {empty}: " in finished.err


def test_parts_that_are_not_there_are_one_line(run: Run, tmp_path: Path) -> None:
    finished = run("merge", tmp_path, "--out", tmp_path / "out")
    assert finished.code == 2
    assert "expected a finished part of a run" in finished.err


@pytest.fixture
def echo(tmp_path: Path) -> dict[str, str]:
    """An environment in which the program prints how it was called."""
    program = tmp_path / "bin" / "emergence-stats"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}


def test_the_slurm_script_asks_for_the_part_of_its_task(tmp_path: Path, echo: dict[str, str]) -> None:
    script = tmp_path / "report.sbatch"
    script.write_text(shown("report.sbatch"))
    for n_tasks in ("16", "2"):  # of the whole array; of two tasks that are run again
        task = {"SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": n_tasks, "SLURM_CPUS_PER_TASK": "8"}
        told = subprocess.run(["sh", str(script)], env=echo | task, check=True, capture_output=True, text=True).stdout
        assert told == "report scores.csv --out parts --workers 8 --shard 3/16\n"


def test_the_job_of_kubernetes_asks_for_every_part(echo: dict[str, str]) -> None:
    job = yaml.safe_load(shown("report-job.yaml"))
    assert (job["apiVersion"], job["kind"], job["spec"]["completionMode"]) == ("batch/v1", "Job", "Indexed")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    parts = {entry["name"]: entry["value"] for entry in container["env"]}
    assert int(parts["PARTS"]) == job["spec"]["completions"]
    last = echo | parts | {"JOB_COMPLETION_INDEX": "15"}
    command = [*container["command"], *container["args"]]
    told = subprocess.run(command, env=last, check=True, capture_output=True, text=True).stdout
    assert told == "report /data/scores.csv --out /data/parts --workers 4 --shard 16/16\n"


@pytest.mark.slow
def test_the_slurm_script_makes_a_report(run: Run, mixed_scores: Path, tmp_path: Path) -> None:
    script = tmp_path / "report.sbatch"
    script.write_text(shown("report.sbatch"))
    here = {"SCORES": str(mixed_scores), "FOLDER": str(tmp_path / "parts"), "PARTS": "3"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for number in (1, 2, 3):
        task = {**os.environ, **here, "PATH": path, "SLURM_ARRAY_TASK_ID": str(number)}
        subprocess.run(["sh", str(script)], env=task, check=True, capture_output=True)
    run("report", mixed_scores, "--out", tmp_path / "whole")
    run("merge", tmp_path / "parts", "--out", tmp_path / "merged")
    for name in FILES:
        assert (tmp_path / "merged" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.slow
def test_a_series_that_hangs_or_eats_memory_fails_and_the_others_do_not(run: Run, scores: Path, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    size = 10_000  # points, the most there may be: their analysis fits into neither limit
    endless = pd.DataFrame(
        {
            "task": "endless",
            "family": "A",
            "params": 10 ** generator.uniform(8, 11, size),
            "n_correct": generator.binomial(200, 0.4, size),
            "n_items": 200,
            "chance_level": 0.0,
        }
    )
    table = tmp_path / "poisoned.parquet"
    pd.concat([pd.read_csv(scores), endless], ignore_index=True).to_parquet(table, index=False)
    good = pd.read_parquet(_results(run, scores, tmp_path / "good"))
    for name, words, reason in (
        ("time", ["--time-limit", 5], "not finished within the time limit of 5 s"),
        ("memory", ["--memory-limit", 1.5], "memory"),
    ):
        found = pd.read_parquet(_results(run, table, tmp_path / name, *words)).set_index("task")
        assert found.loc["endless", "verdict"] == "failed"
        assert reason in str(found.loc["endless", "reason"])
        for task, p_emergent in zip(good["task"], good["p_emergent"], strict=True):
            assert found.loc[task, "p_emergent"] == p_emergent


def _results(run: Run, table: Path, out: Path, *words: object) -> Path:
    run("report", table, "--out", out, "--resamples", 0, *words)
    return out / "results.parquet"
