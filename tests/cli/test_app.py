"""Wrong use is one line on stderr and code 2; help is quick."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import emergence_stats
from emergence_stats.cli import app
from emergence_stats.errors import InputError
from emergence_stats.settings import Settings

if TYPE_CHECKING:
    from tests.cli.conftest import Run


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nonsense",),
        ("report",),
        ("report", "scores.csv"),
        ("report", "scores.csv", "--out"),
        ("report", "scores.csv", "--out", "x", "--resamples", "-1"),
        ("report", "scores.csv", "--out", "x", "--seed", "one"),
        ("report", "scores.csv", "--out", "x", "--workers", "0"),
        ("analyze", "--unknown"),
        ("simulate", "--series", "0"),
        ("simulate", "--shape", "nonsense"),
    ],
    ids=" ".join,
)
def test_wrong_use_is_one_line(run: Run, words: tuple[str, ...]) -> None:
    finished = run(*words)
    assert finished.code == 2
    assert finished.out == ""
    assert finished.err.startswith("emergence-stats: ")
    assert finished.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("plan", "--nonsense"), "Try 'emergence-stats plan --help'."),
        (("repor",), "Did you mean 'report'? Try 'emergence-stats --help'."),
    ],
)
def test_wrong_use_points_to_the_help_of_its_command(run: Run, words: tuple[str, ...], hint: str) -> None:
    assert run(*words).err.endswith(f"{hint}\n")


def test_help_names_every_command(run: Run) -> None:
    finished = run("--help")
    assert finished.code == 0
    for command in ("report", "analyze", "inspect-input", "serve", "simulate", "settings"):
        assert command in finished.out
        assert run(command, "--help").code == 0


def test_version(run: Run) -> None:
    assert run("--version").out == f"emergence-stats {emergence_stats.__version__}\n"


def test_settings_print_what_can_be_read_back(run: Run) -> None:
    assert Settings.from_toml(run("settings").out) == Settings()


def test_an_interrupt_is_told_from_a_failure(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "app", interrupt)
    finished = run("report")
    assert (finished.code, finished.err) == (130, "emergence-stats: interrupted\n")


def test_a_message_of_many_lines_becomes_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        msg = "first\n   second\tthird"
        raise InputError(msg)

    monkeypatch.setattr(app, "app", fail)
    assert run("report").err == "emergence-stats: first second third\n"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from emergence_stats.cli.app import main\n"
        "main(['--help'])\n"
        "heavy = {'pandas', 'scipy', 'numba', 'matplotlib', 'jinja2', 'pyarrow', 'rich.console'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
