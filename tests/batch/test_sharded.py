"""Shards: no series lost, none twice, the same bytes whatever happened on the way."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.standin import StandIn
from emergence_stats import compiled
from emergence_stats.batch import merge, sharded
from emergence_stats.batch.buckets import bucket_count, bucket_of, bucketed, family_hash
from emergence_stats.batch.manifest import Part
from emergence_stats.batch.merge import merge_shards, whole_run
from emergence_stats.batch.work import placed
from emergence_stats.errors import InputError, OutputError, ReaderError
from emergence_stats.ingest import SeriesRow
from emergence_stats.parallel import Limits
from tests.batch import standin

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    standin.run(folder)
    return shards(folder)


def shards(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.parquet"))}


identities = st.dictionaries(st.sampled_from(["task", "metric", "family", "shots"]), st.text(max_size=3), max_size=4)


@settings(deadline=None)
@given(many=st.lists(identities, max_size=30), n_parts=st.integers(1, 5), per_bucket=st.integers(1, 9))
def test_every_series_is_in_one_bucket_of_one_part_beside_its_companions(
    many: list[dict[str, str]], n_parts: int, per_bucket: int
) -> None:
    rows = [SeriesRow(identity=identity, series=None, problem="none") for identity in many]
    items = placed(rows)
    n_buckets = bucket_count(len(items), per_bucket)
    parts = [Part(number=i + 1, of=n_parts) for i in range(n_parts)]
    buckets = bucketed(items, n_buckets)
    shared = [item for part in parts for bucket, some in buckets if part.has(bucket) for item in some]
    assert sorted(item.position for item in shared) == list(range(len(many)))
    home = {item.position: bucket for bucket, some in buckets for item in some}
    for i, first in enumerate(many):
        for j, second in enumerate(many):
            without = [{name: value for name, value in one.items() if name != "metric"} for one in (first, second)]
            if without[0] == without[1]:
                assert home[i] == home[j]


@given(hashes=st.lists(st.integers(0, 2**64 - 1)), exponents=st.lists(st.integers(0, 12), min_size=2, max_size=2))
def test_the_order_by_buckets_does_not_depend_on_their_number(hashes: list[int], exponents: list[int]) -> None:
    ordered = sorted(hashes)
    for exponent in exponents:
        buckets = [bucket_of(value, 2**exponent) for value in ordered]
        assert buckets == sorted(buckets)
        assert all(0 <= bucket < 2**exponent for bucket in buckets)


def test_the_hash_of_a_family_is_the_same_in_every_process() -> None:
    assert family_hash({"task": "addition", "metric": "exact_match", "family": "A"}) == 0x453457AB50F447C5
    assert family_hash({"family": "A", "task": "addition"}) == family_hash({"task": "addition", "family": "A"})


@pytest.mark.parametrize(("n_parts", "workers"), [(3, 1), (2, 2)])
def test_shards_do_not_depend_on_parts_and_workers(
    tmp_path: Path, undisturbed: dict[str, bytes], n_parts: int, workers: int
) -> None:
    for number in range(n_parts, 0, -1):
        standin.run(tmp_path, part=Part(number=number, of=n_parts), workers=workers)
    assert shards(tmp_path) == undisturbed
    run = whole_run([tmp_path])
    assert run.n_series == standin.N_SERIES
    assert not list(tmp_path.glob(".partial*"))


def test_results_do_not_depend_on_the_size_of_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for per_shard in (7, 200):
        standin.run(tmp_path / f"{per_shard}", per_shard=per_shard)
        monkeypatch.setattr(merge, "OVERVIEW_FROM", 100)
        merge_shards([tmp_path / f"{per_shard}"], tmp_path / f"report {per_shard}")
    for name in ("results.parquet", "report.html"):
        assert (tmp_path / "report 7" / name).read_bytes() == (tmp_path / "report 200" / name).read_bytes()


def test_parts_from_several_folders_are_merged(tmp_path: Path) -> None:
    rows = standin.table(120)
    standin.run(tmp_path / "whole" / "shards", rows)
    for number in (1, 2):
        standin.run(tmp_path / f"machine {number}" / "shards", rows, part=Part(number=number, of=2))
    whole = whole_run([tmp_path / "whole"])
    parted = whole_run([tmp_path / "machine 2", tmp_path / "machine 1"])
    assert [shard for shard, _ in whole.files] == [shard for shard, _ in parted.files]


def test_what_is_there_is_not_computed_again(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    standin.run(tmp_path)
    times = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.parquet")}
    standin.run(tmp_path)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.parquet")} == times
    assert shards(tmp_path) == undisturbed


def test_a_change_redoes_what_it_must_and_no_more(tmp_path: Path) -> None:
    before = set(standin.run(tmp_path).shards)
    rows = standin.table()
    series = rows[7].series
    assert series is not None
    rows[7] = dataclasses.replace(rows[7], series=series.replace(n_correct=[3, 4, 9, 499]))
    after = set(standin.run(tmp_path, rows).shards)
    assert len(after - before) == 1
    reseeded = {
        shard.file for shard in standin.run(tmp_path, recipe=dataclasses.replace(standin.RECIPE, seed=1)).shards
    }
    assert not reseeded & {shard.file for shard in before | after}


@pytest.mark.slow
def test_a_series_that_was_given_up_is_tried_again_under_other_limits(tmp_path: Path) -> None:
    rows = standin.table(1)

    def run(limits: Limits, pause: float) -> list[str]:
        manifest = sharded.run_table(
            rows, standin.SOURCES, tmp_path, recipe=standin.RECIPE, work=StandIn(pause=pause), limits=limits
        )
        return [shard.file for shard in manifest.shards]

    stopped = run(Limits(seconds=0.2), 30.0)
    assert run(Limits(seconds=0.2), 0.0) == stopped  # nothing has changed: nothing is computed
    finished = run(Limits(seconds=60.0), 0.0)
    assert finished != stopped
    assert run(Limits(seconds=0.2), 30.0) == finished  # what was finished stays, whatever the limits
    assert set(shards(tmp_path)) == set(finished)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_shard_is_seen_and_made_anew(tmp_path: Path, undisturbed: dict[str, bytes], damage: str) -> None:
    standin.run(tmp_path)
    path = sorted(tmp_path.glob("*.parquet"))[3]
    content = path.read_bytes()
    changed = {
        "cut": content[:-100],
        "flipped": content[:200] + bytes([content[200] ^ 1]) + content[201:],
        "empty": b"",
    }
    path.write_bytes(changed[damage])
    with pytest.raises(ReaderError, match=f"{path.name}: missing or damaged"):
        whole_run([tmp_path])
    standin.run(tmp_path)
    assert shards(tmp_path) == undisturbed


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="expected a finished part of a run"):
        whole_run([tmp_path])
    standin.run(tmp_path, part=Part(number=2, of=3))
    with pytest.raises(ReaderError, match="expected 3 parts, got 1; run report --shard for 1/3, 3/3"):
        whole_run([tmp_path])


def test_of_several_numbers_of_parts_the_complete_one_is_taken(tmp_path: Path) -> None:
    def add(number: int, of: int) -> None:
        standin.run(tmp_path, part=Part(number=number, of=of))

    def complete() -> int:
        return whole_run([tmp_path]).manifests[0].part.of

    add(1, 3)
    add(2, 2)
    with pytest.raises(ReaderError, match=r"got none: .*of-2\.json \(without 1/2, .*of-3\.json \(without 2/3, 3/3, "):
        whole_run([tmp_path])
    add(2, 3)
    add(3, 3)
    assert complete() == 3
    add(1, 2)
    with pytest.raises(ReaderError, match=r"got 2: .*of-2\.json \(all there, .*of-3\.json \(all there, .*; remove"):
        whole_run([tmp_path])
    assert whole_run([tmp_path], n_parts=2).n_series == whole_run([tmp_path], n_parts=3).n_series == standin.N_SERIES
    (tmp_path / "manifest-1-of-3.json").unlink()
    assert complete() == 2


def test_parts_from_different_kinds_of_processor_are_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, kind in ((1, "skylake"), (2, "haswell")):
        monkeypatch.setattr(compiled, "processor_kind", lambda kind=kind: kind)
        standin.run(tmp_path, part=Part(number=number, of=2))
    (remark,) = whole_run([tmp_path], n_parts=2).remarks
    assert "processors of several kinds (haswell, skylake)" in remark


def test_parts_of_different_runs_are_not_mixed(tmp_path: Path) -> None:
    standin.run(tmp_path, part=Part(number=1, of=2))
    standin.run(tmp_path, part=Part(number=2, of=2), recipe=dataclasses.replace(standin.RECIPE, seed=1))
    with pytest.raises(ReaderError, match="shard 2/2: expected a part of the same run as 1/2, got another settings"):
        whole_run([tmp_path])


def test_two_whole_runs_are_not_taken_for_one(tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 1), ("c", 0)):
        for number in (1, 2):
            recipe = dataclasses.replace(standin.RECIPE, seed=seed)
            standin.run(tmp_path / name, part=Part(number=number, of=2), recipe=recipe)
    assert whole_run([tmp_path / "a", tmp_path / "c"]).n_series == standin.N_SERIES  # the same, made twice
    for folders in (["a", "b"], ["b", "a"]):
        with pytest.raises(
            ReaderError, match=r"part 1/2: expected it once, got two that differ in settings or options: "
        ):
            whole_run([tmp_path / name for name in folders])


def test_a_damaged_manifest_is_one_line(tmp_path: Path) -> None:
    standin.run(tmp_path)
    path = tmp_path / "manifest-1-of-1.json"
    path.write_text(path.read_text()[:-10])
    with pytest.raises(ReaderError, match="expected the manifest of a shard"):
        whole_run([tmp_path])


def test_a_manifest_that_lists_a_series_twice_is_refused(tmp_path: Path) -> None:
    standin.run(tmp_path)
    path = tmp_path / "manifest-1-of-1.json"
    values = json.loads(path.read_text())
    values["shards"][1][3] = values["shards"][0][3]
    path.write_text(json.dumps(values))
    with pytest.raises(ReaderError, match="expected every series once"):
        whole_run([tmp_path])


@pytest.mark.parametrize("text", ["", "3", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b", "1.0/3"])
def test_a_part_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="shard: expected i/N"):
        Part.of_text(text)


def kill_after(folder: Path, seconds: float, sign: signal.Signals, *, workers: int = 1) -> int:
    """Run the stand-in, and send its first process a signal some time after it is ready."""
    command = [sys.executable, "-m", "tests.batch.standin", str(folder), "--workers", str(workers), "--pause", "0.002"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, start_new_session=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(sign)
        code = process.wait()
        with contextlib.suppress(ProcessLookupError):  # its workers would end by themselves, but not at once
            os.killpg(process.pid, signal.SIGKILL)
        return code


def trials(tmp_path: Path, undisturbed: dict[str, bytes], count: int, *, kills: int, seed: int) -> None:
    generator = random.Random(seed)
    killed = 0
    for trial in range(count):
        folder = tmp_path / f"{trial}"
        for _ in range(kills):  # and again when it has taken up the work
            killed += kill_after(folder, generator.uniform(0.0, 0.9), signal.SIGKILL, workers=trial % 2 + 1) < 0
        for name, content in shards(folder).items():
            assert content == undisturbed[name]
        standin.run(folder)
        assert shards(folder) == undisturbed
        assert whole_run([folder]).n_series == standin.N_SERIES
        shutil.rmtree(folder)
    assert killed > count / 2


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    trials(tmp_path, undisturbed, 1, kills=1, seed=0)


@pytest.mark.slow
def test_fifty_runs_that_are_killed_at_random_moments(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    trials(tmp_path, undisturbed, 50, kills=2, seed=1)


@pytest.mark.slow
def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    for trial in range(4):
        folder = tmp_path / f"{trial}"
        assert kill_after(folder, 0.3 * trial, signal.SIGINT, workers=trial % 2 + 1) != 0
        standin.run(folder)
        assert shards(folder) == undisturbed


def test_a_full_disk_is_one_line_and_costs_nothing_that_was_finished(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        with pytest.raises(OutputError, match="cannot be written: No space left on device"):
            standin.run(tmp_path)
        found = shards(tmp_path)
        assert found
        assert all(undisturbed[name] == content for name, content in found.items())
        assert not list(tmp_path.glob(".partial*"))
        subprocess.run(["mount", "-o", "remount,size=64m", str(tmp_path)], check=True)
        standin.run(tmp_path)
        assert shards(tmp_path) == undisturbed
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
