"""A dataset on disk gives what the same table gives in memory, however its rows are scattered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.standin import StandIn
from emergence_stats.batch.buckets import family_hash
from emergence_stats.batch.manifest import Manifest, Part
from emergence_stats.batch.merge import merge_shards, whole_run
from emergence_stats.batch.stream import RowsWork, run_stream
from emergence_stats.batch.work import SeriesWork
from emergence_stats.errors import ReaderError, TableError
from emergence_stats.ingest import UnitContext, UnitGatherer, series_from_table
from emergence_stats.parallel import Engine, Limits
from tests.batch.standin import RECIPE
from tests.batch.test_sharded import shards

PER_BUCKET = 64


def table(n_tasks: int = 60) -> pd.DataFrame:
    """Two metrics of each task, in percent; half of the tasks so hard that no score passes 1."""
    rows = []
    for i in range(n_tasks):
        hard = i % 2 == 0
        for metric in ("exact_match", "judge_score"):
            for k, params in enumerate([1e8, 1e9, 1e10, 1e11]):
                score = (0.2 * k if hard else 20.0 * k + 0.5) + 0.1 * (i % 3)
                rows.append((f"task {i}", metric, i % 5, params, score, 500))
    return pd.DataFrame(rows, columns=["task", "metric", "shots", "params", "score", "n_items"])


def scattered(folder: Path, frame: pd.DataFrame, *, seed: int, files: int) -> Path:
    """The rows in any order, over several files."""
    order = np.random.default_rng(seed).permutation(len(frame))
    folder.mkdir(parents=True)
    for i, rows in enumerate(np.array_split(order, files)):
        pq.write_table(pa.Table.from_pandas(frame.iloc[rows], preserve_index=False), folder / f"part-{i}.parquet")
    return folder


def run(dataset: Path, folder: Path, *, part: Part | None = None, workers: int = 1, per_bucket: int = 64) -> Manifest:
    return run_stream(
        [dataset],
        folder,
        recipe=RECIPE,
        work=StandIn(),
        part=part,
        engine=Engine(workers=workers),
        limits=Limits(),
        rows_per_bucket=per_bucket,
    )


def identities(folder: Path) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for _, path in whole_run([folder]).files:
        frame = pq.read_table(path, columns=["task", "metric", "shots"]).to_pandas()
        found += list(frame.itertuples(index=False, name=None))
    return found


def test_every_series_comes_once_in_the_order_of_the_hashes(tmp_path: Path) -> None:
    frame = table()
    run(scattered(tmp_path / "data", frame, seed=1, files=5), tmp_path / "out")
    found = identities(tmp_path / "out")
    expected = {
        (task, metric, str(shots)) for task, metric, shots in zip(frame.task, frame.metric, frame.shots, strict=True)
    }
    assert len(found) == len(set(found))
    assert set(found) == expected
    hashes = [family_hash({"task": task, "shots": shots}) for task, _, shots in found]
    assert hashes == sorted(hashes)
    assert not list((tmp_path / "out").glob(".*"))  # the scattered rows are gone


def test_shards_do_not_depend_on_parts(tmp_path: Path) -> None:
    data = scattered(tmp_path / "data", table(), seed=1, files=3)
    run(data, tmp_path / "one")
    for number in (2, 1, 3):
        run(data, tmp_path / "three", part=Part(number=number, of=3))
    assert shards(tmp_path / "one") == shards(tmp_path / "three")


def test_results_do_not_depend_on_buckets_and_on_how_rows_are_scattered(tmp_path: Path) -> None:
    frame = table().drop(columns="n_items").assign(n_correct=range(480), n_items=500, score=np.nan)
    for name, seed, files, per_bucket in (("a", 1, 1, 16), ("b", 2, 4, 500)):
        run(scattered(tmp_path / name / "data", frame, seed=seed, files=files), tmp_path / name, per_bucket=per_bucket)
        merge_shards([tmp_path / name], tmp_path / name / "report")
    paths = [tmp_path / name / "report" / "results.parquet" for name in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_new_file_of_other_series_redoes_only_their_buckets(tmp_path: Path) -> None:
    data = scattered(tmp_path / "data", table(), seed=1, files=3)
    before = {shard.file for shard in run(data, tmp_path / "out").shards}
    extra = table(1).assign(task="a new one")
    pq.write_table(pa.Table.from_pandas(extra, preserve_index=False), data / "part-9.parquet")
    files = {shard.file for shard in run(data, tmp_path / "out").shards}
    assert len(files - before) == 1


def test_folders_that_name_a_column_give_that_column(tmp_path: Path) -> None:
    frame = table(10)
    pq.write_to_dataset(pa.Table.from_pandas(frame, preserve_index=False), tmp_path / "data", partition_cols=["shots"])
    run(tmp_path / "data", tmp_path / "out")
    assert {shots for _, _, shots in identities(tmp_path / "out")} == {"0", "1", "2", "3", "4"}


def test_units_are_those_of_the_whole_table() -> None:
    frame = pd.concat(
        [table(), table(4).assign(metric="elo", score=lambda rows: 900.0 + rows.score)], ignore_index=True
    )
    whole = {tuple(row.identity.items()): row.series for row in series_from_table(frame)}
    gatherer = UnitGatherer()
    for start in range(0, len(frame), 37):
        gatherer.add(frame.iloc[start : start + 37])
    work = RowsWork(
        series=SeriesWork(settings=RECIPE.settings, resamples=0, seed=0, documents=False),
        scale=None,
        by=(),
        context=gatherer.context(),
    )
    for task, piece in frame.groupby("task"):
        del task
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, pa.Table.from_pandas(piece, preserve_index=False).schema) as writer:
            writer.write_table(pa.Table.from_pandas(piece, preserve_index=False))
        for item in work.items(bytes(sink.getvalue())):
            expected = whole[tuple(item.row.identity.items())]
            assert expected is not None
            assert item.row.series is not None
            assert item.row.series.score_bounds == expected.score_bounds
            assert item.row.series.warnings == expected.warnings
            np.testing.assert_array_equal(item.row.series.score, expected.score)


def test_a_context_that_says_nothing_changes_nothing() -> None:
    frame = table().assign(score=lambda rows: rows.score / 100)
    nothing = UnitContext(largest={}, decimals={}, odd_tasks=frozenset())
    for row, other in zip(series_from_table(frame), series_from_table(frame, context=nothing), strict=True):
        assert row.series is not None
        assert other.series is not None
        np.testing.assert_array_equal(row.series.score, other.series.score)


def test_what_is_no_dataset_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "a.parquet").write_text("no Parquet")
    with pytest.raises(ReaderError, match=r"a\.parquet: expected a Parquet file, got something else"):
        run(tmp_path / "text", tmp_path / "out")
    with pytest.raises(ReaderError, match="expected a file or a folder, got nothing"):
        run(tmp_path / "nowhere", tmp_path / "out")
    scattered(tmp_path / "lacking", table(2).drop(columns="task"), seed=1, files=1)
    with pytest.raises(TableError, match="task"):
        run(tmp_path / "lacking", tmp_path / "out")
