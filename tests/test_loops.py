"""Loops compiled apart: by one process that ends, for all that wait."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from emergence_stats import loops
from emergence_stats.analysis import analyze
from emergence_stats.batch import run_batch, work
from emergence_stats.compiled import cache_folder, is_kept
from emergence_stats.evidence import quadrature
from emergence_stats.evidence.integrate import integrate
from emergence_stats.ingest import SeriesRow
from emergence_stats.own_process import own_process
from tests.reference.textbook import SERIES


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """Commands that were started for an empty cache, each of which fills it after a while."""
    started: list[list[str]] = []
    finished: list[bool] = []

    class Compiler:
        def __init__(self, command: list[str], **_: object) -> None:
            started.append(command)

        def __enter__(self) -> Compiler:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def wait(self) -> int:
            time.sleep(0.2)
            finished.append(True)
            return 0

    monkeypatch.setattr(loops, "is_kept", lambda _: bool(finished))
    monkeypatch.setattr(loops, "cache_folder", lambda _: tmp_path / "not there yet")
    monkeypatch.setattr(subprocess, "Popen", Compiler)
    return started


def test_what_was_compiled_is_found_on_disk() -> None:
    analyze(SERIES["sharp"])
    folder = cache_folder(integrate)
    assert folder is not None
    assert list(folder.glob("integrate.integrate-*.nbc"))
    assert is_kept(integrate)


def test_nothing_is_kept_in_an_empty_folder(tmp_path: Path) -> None:
    program = (
        "from emergence_stats.compiled import cache_folder, is_kept\n"
        "from emergence_stats.evidence.integrate import integrate\n"
        "print(is_kept(integrate), cache_folder(integrate))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
    )  # fmt: skip
    found, folder = done.stdout.split()
    assert found == "False"
    assert Path(folder).is_relative_to(tmp_path)


def test_of_several_that_need_the_loops_one_lets_them_be_compiled(kept: list[list[str]]) -> None:
    threads = [threading.Thread(target=loops.compile_apart) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    loops.compile_apart()
    assert len(kept) == 1
    assert kept[0] == own_process("emergence_stats.loops", loops.ATTENDED)


def test_whoever_computes_chunks_asks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(work, "compile_apart", lambda: asked.append(True))
    work._compiled.cache_clear()
    rows = [SeriesRow(identity={"task": name}, series=SERIES[name], problem=None) for name in ("sharp", "falling")]
    for _ in range(2):
        run_batch(rows, resamples=0, workers=1)
    assert asked == [True]


def test_without_a_place_to_keep_them_each_process_compiles_for_itself(
    kept: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(loops, "cache_folder", lambda _: None)
    loops.compile_apart()
    (tmp_path / "a file").touch()
    monkeypatch.setattr(loops, "cache_folder", lambda _: tmp_path / "a file" / "below it")
    loops.compile_apart()
    assert kept == []


def test_the_process_that_compiles_ends_with_the_one_that_asked(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}  # empty, so that it has much to do
    with subprocess.Popen(
        own_process("emergence_stats.loops", loops.ATTENDED), stdin=subprocess.PIPE, env=environment
    ) as other:
        assert other.stdin is not None
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(2)
        other.stdin.close()
        assert other.wait(60) == 1


@pytest.mark.parametrize(
    ("folder", "said"), [("somewhere", "later runs find them on disk"), (None, "NUMBA_CACHE_DIR may name a folder")]
)
def test_the_first_analysis_says_once_why_it_takes_so_long(
    folder: str | None, said: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(quadrature, "is_kept", lambda _: False)
    monkeypatch.setattr(quadrature, "cache_folder", lambda _: folder)
    quadrature._tell_of_compiling.cache_clear()
    for _ in range(2):
        analyze(SERIES["sharp"])
    (message,) = [record.getMessage() for record in caplog.records if "compiling" in record.getMessage()]
    assert said in message


READY = """
import sys
from pathlib import Path
from emergence_stats.batch.stream import load
load()
fields = dict(line.split(":") for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
print(int(fields["Private_Dirty"].split()[0]) / 1e6)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_workers_that_begin_with_an_empty_cache_do_not_keep_a_compiler_in_memory(tmp_path: Path) -> None:
    environment: dict[str, Any] = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", READY], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        for _ in range(2)
    ]
    found = [worker.communicate() for worker in workers]
    assert all(float(gigabytes) < 0.25 for gigabytes, _ in found)  # a process that compiles holds .5
    assert "".join(told for _, told in found).count("compiling the inner loops") == 1
