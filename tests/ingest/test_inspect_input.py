"""What `inspect-input` prints."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner

from emergence_stats.cli.inspect_input import inspect_input

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
