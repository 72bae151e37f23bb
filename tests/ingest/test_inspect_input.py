"""What `inspect-input` prints."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner

from emergence_stats.cli.inspect_input import inspect_input
from emergence_stats.ingest import read, series_from_table
from tests.ingest.logs import lm_eval_2023, lm_eval_run

CSV = (
    "task,metric,params,score,n_items\n"
    "[red]odd[/red] name,acc,7B,4.1,100\n"
    "[red]odd[/red] name,acc,13B,85.2,100\n"
    "broken,acc,1e9,50.5,100\n"
    "broken,acc,-1,51.5,100\n"
)


def run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(inspect_input)
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def test_it_shows_series_warnings_skips_and_problems(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text(CSV)
    (tmp_path / "notes.bin").write_bytes(bytes(range(256)))
    code, output = run(str(tmp_path))
    assert code == 1
    assert "[red]odd[/red] name" in output
    assert "in percent" in output
    assert "notes.bin: " in output
    assert "row 5, column params: expected a positive finite number, got -1" in output.replace("\n", "")
    assert "4 rows, 1 series to analyse, 1 that cannot be, 1 inputs left out." in output
    assert "\x1b" not in output


def test_good_input_exits_with_0(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("\n".join(CSV.splitlines()[:3]))
    assert run(str(path))[0] == 0


def test_one_scale_fails_here_as_it_does_in_a_report(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("task,params,score\nonce,1e9,0.5\n")
    code, output = run(str(path))
    assert code == 1
    assert "task=once: " in output
    assert "expected at least two different scales" in output


def test_a_long_name_does_not_widen_the_table(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("task,params,score\n" + "".join(f"{'x' * 5000},1e{i},0.5\n" for i in (8, 9)))
    output = run(str(path))[1]
    series = output.partition("Series")[2].partition("Warnings")[0]
    assert max(map(len, series.splitlines())) < 180
    assert "x" * 40 in series


def test_it_says_where_figures_are_from_and_what_to_add(tmp_path: Path) -> None:
    for size in ("70m", "160m"):
        lm_eval_2023(tmp_path / f"{size}.json", {"riddles": {"acc": (30, 120)}}, f"EleutherAI/pythia-{size}")
    lm_eval_2023(tmp_path / "own.json", {"riddles": {"acc": (30, 120)}}, "me/pythia-own-70m")
    code, output = run(str(tmp_path))
    assert code == 1
    assert "lm-evaluation-harness 2023" in output
    assert "scale: registry of models: EleutherAI/pythia-70m, arXiv 2304.01373; FLOP derived" in output
    assert "nearest: EleutherAI/pythia-70m" in output
    assert "model,params,tokens,family\n    me/pythia-own-70m,PARAMS,TOKENS,FAMILY" in output
    assert "task,chance_level,n_items\n    riddles,CHANCE," in output
    (tmp_path / "models.csv").write_text("model,params,tokens,family\nme/pythia-own-70m,70M,300B,Pythia\n")
    (tmp_path / "tasks.csv").write_text("task,chance_level,n_items\nriddles,0.25,\n")
    code, output = run(str(tmp_path))
    assert code == 0
    assert "To add" not in output
    assert "3 rows, 1 series to analyse" in output


def test_conflicts_are_shown_and_settled_by_an_option(tmp_path: Path) -> None:
    for i, params in enumerate((1e8, 1e9)):
        for day, right in ((1, [0, 1]), (2, [0, 0])):
            folder = tmp_path / f"{i}-{day}"
            lm_eval_run(folder, f"me/m{i}", params=params, log_likelihoods=[[-1.0, -2.0]] * 2, right=right)
            results = next(folder.glob("results*"))
            results.write_text(results.read_text().replace("1795303706.7", str(1795303706 + day * 86400)))
            for samples in folder.glob("samples*"):
                samples.unlink()
    both = run(str(tmp_path))[1]
    assert "2 measurements found more than once (me/m0 on riddles, me/m1 on riddles)" in both
    assert "4 rows, 1 series" in both
    latest = run(str(tmp_path), "--duplicates", "latest", "--write", str(tmp_path / "tidy.parquet"))[1]
    assert "the last evaluated is kept" in latest
    assert "2 rows, 1 series" in latest
    assert read(tmp_path / "tidy.parquet")["score"].tolist() == [1.0, 1.0]


def test_a_written_table_gives_the_same_series(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text(CSV)
    tables = []
    for name in ("a.parquet", "b.csv", "c.jsonl"):
        run(str(tmp_path / "scores.csv"), "--write", str(tmp_path / name))
        rows = series_from_table(read(tmp_path / name))
        tables.append([(dict(row.identity), row.problem is None) for row in rows])
    assert tables[0] == tables[1] == tables[2]
    assert [usable for _, usable in tables[0]] == [True, False]


def test_a_fault_that_many_series_have_is_told_once(tmp_path: Path) -> None:
    lines = [f"t{i},,1e9,0.5\n" for i in range(6)] + ["good,,1e9,0.5\n", "good,,2e9,0.6\n"]
    (tmp_path / "scores.csv").write_text("task,family,params,score\n" + "".join(lines))
    _, output = run(str(tmp_path / "scores.csv"))
    told = [line for line in output.splitlines() if "at least two different scales" in line]
    assert len(told) == 1
    assert told[0].startswith("  6 series, column params: expected at least two different scales in a series")
    assert "the first is task=t0: " in told[0]
