"""Chunks over processes: the same answers, every one once, whatever happens to those who compute them."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from emergence_stats.errors import EngineError, InputError
from emergence_stats.parallel import Engine, Limits, run_chunks, start_early
from emergence_stats.parallel.engines import ENGINES, Backend
from tests.parallel.works import Squares

ONE, TWO = Engine(), Engine(workers=2)
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no limit of data")


def chunks(*parts: list[int | str]) -> list[bytes]:
    return [json.dumps(part).encode() for part in parts]


def numbers(n_chunks: int) -> list[bytes]:
    return [payload for i in range(n_chunks) for payload in chunks([3 * i, 3 * i + 1, 3 * i + 2])]


def squares(n_chunks: int) -> dict[int, list[str]]:
    return {i: [str(number**2) for number in (3 * i, 3 * i + 1, 3 * i + 2)] for i in range(n_chunks)}


def answers(payloads: list[bytes], engine: Engine = ONE, limits: Limits | None = None) -> dict[int, list[str]]:
    pairs = list(run_chunks(Squares(), payloads, engine=engine, limits=limits))
    assert sorted(index for index, _ in pairs) == list(range(len(payloads)))  # every chunk once
    return dict(pairs)


@pytest.mark.parametrize("engine", [ONE, TWO])
@pytest.mark.parametrize("limits", [Limits(), Limits(seconds=60.0)])
def test_the_answers_do_not_depend_on_who_computes_them(engine: Engine, limits: Limits) -> None:
    assert answers(numbers(9), engine, limits) == squares(9)


def test_an_engine_whose_answers_come_in_rounds_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import contextmanager

    @contextmanager
    def in_rounds(engine: Engine) -> Iterator[Backend]:
        del engine
        yield Backend(n_jobs=1, streams=False)

    monkeypatch.setattr("emergence_stats.parallel.run.ENGINES", {"local": in_rounds})
    assert answers(numbers(11)) == squares(11)


def test_chunks_are_read_when_they_are_needed() -> None:
    read = 0

    def source() -> Iterator[bytes]:
        nonlocal read
        for payload in numbers(1000):
            read += 1
            yield payload

    found = run_chunks(Squares(), source())
    next(found)
    assert read < 10
    found.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("engine", [ONE, TWO])
def test_guarded_chunks_are_read_when_they_are_needed_and_may_be_given_up(engine: Engine) -> None:
    read, before = 0, set(threading.enumerate())

    def source() -> Iterator[bytes]:
        nonlocal read
        for payload in numbers(1000):
            read += 1
            yield payload

    # Items take so long that few more chunks are done, and others read in their place, before the count is looked at.
    found = run_chunks(Squares(seconds=0.5), source(), engine=engine, limits=Limits(seconds=60.0))
    next(found)
    read_so_far = read
    found.close()  # type: ignore[attr-defined]
    assert read_so_far < 10
    for thread in set(threading.enumerate()) - before:
        thread.join(10.0)  # no child holds it any longer
    assert set(threading.enumerate()) <= before


def test_processes_that_were_started_early_are_those_that_compute() -> None:
    limits = Limits(seconds=59.0)
    start_early(limits, 2, "tests.parallel.works:mark")
    found = answers(chunks(["marked"], [2]), TWO, limits)
    assert found == {0: ["True"], 1: ["4"]}
    assert answers(chunks(["marked"]), ONE, limits) == {0: ["False"]}  # they have ended with the run


def test_what_fails_early_fails_nothing_later() -> None:
    limits = Limits(seconds=58.0)
    start_early(limits, 1, "tests.parallel.works:missing")
    assert answers(numbers(2), ONE, limits) == squares(2)


def test_an_item_that_hangs_is_stopped_and_the_rest_goes_on() -> None:
    found = answers(chunks([1, "hang", 3], [4]), ONE, Limits(seconds=1.0))
    assert (found[0][0], found[0][2]) == ("1", "9")
    assert found[0][1] == "hang: not finished within the time limit of 1 s for one series"
    assert found[1] == ["16"]


@linux_only
def test_an_item_that_eats_memory_fails_by_itself() -> None:
    assert answers(chunks([1, "eat", 3]), ONE, Limits(gigabytes=1.0))[0] == ["1", "not enough memory", "9"]


def test_an_item_that_kills_its_process_is_marked_and_the_rest_goes_on() -> None:
    found = answers([*numbers(4), *chunks([5, "die", 7])], TWO)
    assert [found[i] for i in range(4)] == list(squares(4).values())
    assert (found[4][0], found[4][2]) == ("25", "49")
    assert "its process died 3 times" in found[4][1]


def test_a_worker_that_is_lost_once_costs_no_answer(tmp_path: Path) -> None:
    found = answers([*numbers(6), *chunks([f"die once {tmp_path / 'killed'}"]), *numbers(2)], TWO)
    assert [found[i] for i in range(6)] == list(squares(6).values())
    assert found[6] == ["survived"]


@pytest.mark.parametrize("limits", [Limits(), Limits(seconds=60.0)])
def test_a_mistake_in_the_work_is_not_hidden(limits: Limits) -> None:
    with pytest.raises(KeyError, match="raise"):
        answers(chunks([1], ["raise"]), ONE, limits)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "spark"}, "expected one of local, dask, ray"),
        ({"name": "dask"}, "expected the address of a Dask scheduler"),
        ({"scheduler": "tcp://127.0.0.1:1"}, "expected none beside the engine local"),
        ({"workers": 0}, "workers: expected a whole number from 1 up"),
    ],
)
def test_an_engine_that_cannot_be_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Engine(**arguments)  # type: ignore[arg-type]


def test_limits_are_positive() -> None:
    with pytest.raises(InputError, match="time limit: expected a positive number, got 0"):
        Limits(seconds=0.0)


def test_a_package_that_is_missing_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(EngineError, match=r"pip install 'emergence-stats\[ray\]'"), ENGINES["ray"](Engine(name="ray")):
        pass


def test_a_file_of_the_users_that_is_called_like_a_module_is_not_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(Path.cwd()))  # where the work of these tests is found
    (tmp_path / "random.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    assert answers(numbers(1), ONE, Limits(seconds=60.0)) == squares(1)
