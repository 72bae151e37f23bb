"""Datasets as they are: files that differ in columns, headings and types give what the same files give in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from emergence_stats.batch import scatter as scatter_module
from emergence_stats.batch.dataset import Dataset
from emergence_stats.batch.manifest import Part
from emergence_stats.batch.merge import whole_run
from emergence_stats.batch.own_folder import OwnFolder
from emergence_stats.batch.scatter import scatter
from emergence_stats.batch.stream import RowsWork
from emergence_stats.batch.work import SeriesWork
from emergence_stats.errors import OutputError, ReaderError, TableError
from emergence_stats.ingest import SeriesRow, read_tidy, series_from_table
from emergence_stats.ingest.grouping import identity_columns
from emergence_stats.settings import Settings
from tests.batch.test_stream import run

LONG = 1_234_567_890_123_456_700  # floats beside it are 256 apart


def rows(first: int, last: int, **columns: object) -> pa.Table:
    """Tasks of four sizes each."""
    tasks = [f"task {i}" for i in range(first, last) for _ in range(4)]
    size = len(tasks)
    found = {
        "task": tasks,
        "params": np.tile([1e8, 1e9, 1e10, 1e11], size // 4),
        "n_correct": np.arange(size) % 90,
        "n_items": np.full(size, 100),
        "chance_level": np.full(size, 0.25),
    }
    return pa.table({**found, **{name: _filled(value, size) for name, value in columns.items()}})


def _filled(value: object, size: int) -> object:
    return value if isinstance(value, (list, np.ndarray, pa.Array)) else [value] * size


def write(folder: Path, *tables: pa.Table) -> Path:
    """One file for each table."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, table in enumerate(tables):
        pq.write_table(table, folder / f"{i}.parquet")
    return folder


Found = dict[tuple[tuple[str, str], ...], tuple[list[float], list[float]] | None]


def content(found: Iterable[SeriesRow]) -> Found:
    """Scales and scores of every series, by identity without blanks: a column that one file lacks is blank there."""
    points: Found = {}
    for row in found:
        identity = tuple((name, text) for name, text in row.identity.items() if text)
        if row.series is None:
            points[identity] = None
        else:
            assert row.series.score is not None
            points[identity] = (row.series.scale.tolist(), row.series.score.tolist())
    return points


def streamed(data: Path, place: Path, *, by: tuple[str, ...] = (), n_buckets: int = 7) -> Found:
    """The series of a dataset, by way of the disk."""
    dataset = Dataset.open([data], scale=None, by=by)
    identity = identity_columns(dataset.schema.names, scale=None, by=by)
    scattered = scatter(dataset, place, identity=identity, n_buckets=n_buckets, part=Part())
    series = SeriesWork(settings=Settings(), resamples=0, seed=0, documents=False)
    work = RowsWork(series=series, scale=None, by=by, context=scattered.context)
    loaded = [work.items(scattered.load(bucket)) for bucket, n_rows in scattered.rows.items() if n_rows]
    scattered.close()
    found = [item.row for items in loaded for item in items]
    assert len(content(found)) == len(found)  # no series in two buckets
    return content(found)


def in_memory(data: Path, *, by: tuple[str, ...] = ()) -> Found:
    return content(series_from_table(read_tidy(data, by=by).frame, by=by))


def renamed(table: pa.Table, names: dict[str, str]) -> pa.Table:
    return table.rename_columns([names.get(name, name) for name in table.column_names])


def recast(table: pa.Table, name: str, change: Callable[[Any], Any]) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, change(table[name]))


def scored(first: int, last: int, kind: pa.DataType) -> pa.Table:
    """Scores of 200 items each, and no counts."""
    table = rows(first, last, n_items=200).drop_columns(["n_correct"])
    shares = pa.array(np.round(np.arange(table.num_rows) % 90 / 200, 4))
    if pa.types.is_floating(kind):
        return table.append_column("score", shares.cast(kind, safe=False))
    return table.append_column("score", pa.array([Decimal(f"{share:.4f}") for share in shares.to_pylist()], kind))


NOON = pd.Timestamp("2024-01-01 12:00:00")
FIRST, SECOND = rows(0, 12), rows(12, 20)
DRIFT = {
    "a column more": (FIRST, rows(0, 12, shots=5)),
    "a column less": (rows(0, 12, shots=5), FIRST),
    "other headings": (FIRST, renamed(SECOND, {"task": "Task", "n_correct": "N correct"})),
    "other order": (FIRST, SECOND.select(["n_items", "params", "chance_level", "n_correct", "task"])),
    "fractions here": (FIRST, recast(SECOND, "n_correct", lambda c: c.cast(pa.float64()))),
    "fractions there": (recast(FIRST, "n_correct", lambda c: c.cast(pa.float64())), SECOND),
    "short floats": (recast(FIRST, "chance_level", lambda c: c.cast(pa.float32())), SECOND),
    "nothing at all": (recast(FIRST, "chance_level", lambda c: pa.nulls(len(c))), SECOND),
    "codes": (recast(FIRST, "task", lambda c: c.dictionary_encode()), SECOND),
    "texts": (recast(FIRST, "n_items", lambda c: c.cast(pa.string())), SECOND),
    "numbers as names": (FIRST, recast(SECOND, "task", lambda c: pa.array(np.arange(len(c)) // 4))),
    "score or counts": (
        FIRST,
        SECOND.drop_columns(["n_correct"]).append_column("score", pa.array(np.arange(32) % 90 / 100)),
    ),
    "truth values": (rows(0, 4, prompt=True), rows(4, 8, prompt="True")),
    "times": (
        rows(0, 4, prompt=pa.array([NOON] * 16, pa.timestamp("ms"))),
        rows(4, 8, prompt=pa.array([NOON] * 16, pa.timestamp("us"))),
        rows(8, 12, prompt=str(NOON)),
    ),
    "decimals": (recast(FIRST, "n_items", lambda c: c.cast(pa.decimal128(19, 0))), SECOND),
    "decimals and short floats": (scored(0, 8, pa.decimal128(5, 4)), scored(8, 16, pa.float32())),
    "decimals and halves": (scored(0, 8, pa.decimal128(5, 4)), scored(8, 16, pa.float16())),
    "floats and short floats": (scored(0, 8, pa.float64()), scored(8, 16, pa.float32())),
    "lists": (rows(0, 4, prompt=[["a", "b"]] * 16), rows(4, 8, prompt='["a", "b"]')),
    "decimals as names": (rows(0, 4, shots=pa.array([Decimal("5.0")] * 16)), rows(4, 8, shots=5)),
    "no rows": (FIRST.slice(0, 0), SECOND),
    "what is not asked for": (FIRST, rows(12, 20, response="x" * 5000, notes=[{"a": [1]}] * 32)),
}


@pytest.mark.parametrize("case", DRIFT)
@pytest.mark.parametrize("reverse", [False, True], ids=["", "the other file first"])
def test_files_that_differ_are_one_table(tmp_path: Path, case: str, *, reverse: bool) -> None:
    tables = DRIFT[case][::-1] if reverse else DRIFT[case]
    data = write(tmp_path / "data", *tables)
    found = streamed(data, tmp_path / "rows")
    assert found == in_memory(data)
    assert len(found) in (8, 12, 16, 20, 24)


def test_what_no_series_depends_on_is_not_carried_along(tmp_path: Path) -> None:
    data = write(tmp_path / "data", rows(0, 5, response="x" * 5000, target="y", notes="z"))
    dataset = Dataset.open([data], scale=None, by=())
    assert set(dataset.schema.names) == {"task", "params", "n_correct", "n_items", "chance_level"}
    assert "notes" in Dataset.open([data], scale=None, by=("notes",)).schema.names


@pytest.mark.parametrize("blanks", [0, 3])
def test_long_identifiers_beside_blanks_keep_their_digits(tmp_path: Path, blanks: int) -> None:
    ids = [LONG + i // 4 for i in range(48)]
    numbers = pa.array([None] * blanks + ids[blanks:], pa.int64())
    data = write(tmp_path / "data", rows(0, 12, task="one", run_id=numbers).slice(0, 20), rows(0, 12, run_id=ids))
    found = streamed(data, tmp_path / "rows", by=("run_id",))
    assert found == in_memory(data, by=("run_id",))
    assert {dict(identity).get("run_id", "") for identity in found} == {str(LONG + i) for i in range(12)} | (
        {""} if blanks else set()
    )


def test_names_of_folders_are_text(tmp_path: Path) -> None:
    for name in ("prompt=1", "prompt=01", "prompt=a%20b", "prompt=__HIVE_DEFAULT_PARTITION__"):
        write(tmp_path / "data" / name, FIRST)
    found = streamed(tmp_path / "data", tmp_path / "rows")
    assert {dict(identity).get("prompt", "") for identity in found} == {"1", "01", "a b", ""}
    assert len(found) == 4 * 12
    assert found == in_memory(tmp_path / "data")
    one = tmp_path / "data" / "prompt=01" / "0.parquet"
    assert {dict(identity)["prompt"] for identity in streamed(one, tmp_path / "rows")} == {"01"}


def test_results_inside_the_dataset_are_none_of_it(tmp_path: Path) -> None:
    data = write(tmp_path / "data", FIRST, SECOND)
    before = run(data, data / "report" / "shards")
    assert list((data / "report" / "shards").glob("*.parquet"))
    (data / "report" / "report.html").touch()
    again = run(data, data / "report" / "shards")
    assert [shard.file for shard in again.shards] == [shard.file for shard in before.shards]
    (data / "report" / "report.html").unlink()
    with pytest.raises(ReaderError, match=r"expected scores, got results of this program"):
        run(data, tmp_path / "elsewhere" / "shards")


def test_a_series_of_several_types_of_name_is_one(tmp_path: Path) -> None:
    pieces = [rows(0, 1, prompt=name).slice(i, 1) for i, name in enumerate((True, "True", True))]
    data = write(tmp_path / "data", *pieces)
    found = streamed(data, tmp_path / "rows")
    assert [len(points[0]) for points in found.values() if points is not None] == [3]


def test_results_go_elsewhere_than_into_the_dataset_itself(tmp_path: Path) -> None:
    data = write(tmp_path / "data", FIRST)
    with pytest.raises(ReaderError, match="expected another folder for the results than that of the dataset"):
        run(data, data / "shards")
    assert [path.name for path in data.iterdir()] == ["0.parquet"]


def test_files_that_may_have_another_unit_are_told_of(tmp_path: Path) -> None:
    shares = scored(0, 8, pa.float64())
    percent = recast(scored(8, 16, pa.float64()), "score", lambda column: pc.multiply(column, 100.0))
    plain = "scores without a metric: given in percent, divided by 100"
    (mixed,) = run(write(tmp_path / "mixed", percent, shares, shares), tmp_path / "out").sources.notes
    told = "no score of 1.parquet and 1 more is above 1: were they proportions, they should not have been"
    assert mixed == f"{plain}; {told}"
    assert run(write(tmp_path / "alike", percent, percent), tmp_path / "out").sources.notes == (plain,)
    assert run(write(tmp_path / "shares", shares, shares), tmp_path / "out").sources.notes == ()


def test_columns_that_are_there_twice_are_named(tmp_path: Path) -> None:
    twice = pa.Table.from_arrays([*FIRST.columns, FIRST["task"]], names=[*FIRST.column_names, "task"])
    with pytest.raises(TableError, match=r"0\.parquet: .*task"):
        Dataset.open([write(tmp_path / "data", twice)], scale=None, by=())


def test_files_are_told_of_by_as_much_as_tells_them_apart(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name / "data", FIRST) for name in ("here", "there"))
    other = write(tmp_path / "there" / "more", SECOND)

    def told(*paths: Path) -> list[str]:
        return [file.name for file in Dataset.open(paths, scale=None, by=()).files]

    assert told(first) == told(second / "0.parquet") == ["0.parquet"]
    assert told(first, other) == ["data/0.parquet", "more/0.parquet"]
    assert told(first, second) == [str(first / "0.parquet"), str(second / "0.parquet")]


def test_a_file_that_is_there_twice_by_links_counts_once(tmp_path: Path) -> None:
    data = write(tmp_path / "data" / "a", FIRST).parent
    (data / "a" / "back").symlink_to(data, target_is_directory=True)
    (data / "b").symlink_to(data / "a", target_is_directory=True)
    (data / "c.parquet").symlink_to(data / "a" / "0.parquet")
    assert Dataset.open([data, data / "a" / "0.parquet"], scale=None, by=()).n_rows == FIRST.num_rows


def test_shards_do_not_depend_on_where_the_dataset_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = []
    for folder, name in (("here", "data"), ("there", "other")):
        data = write(tmp_path / folder / name, FIRST, SECOND)
        files.append([shard.file for shard in run(data, tmp_path / folder / "out").shards])
    monkeypatch.chdir(tmp_path / "here")
    files.append([shard.file for shard in run(Path("data"), tmp_path / "third").shards])
    assert files[0] == files[1] == files[2]


def test_a_file_that_changes_or_goes_after_it_was_looked_at_is_told_of(tmp_path: Path) -> None:
    data = write(tmp_path / "data", FIRST, SECOND)
    dataset = Dataset.open([data], scale=None, by=())
    (data / "1.parquet").unlink()
    with pytest.raises(ReaderError, match=r"1\.parquet: cannot be read any more"):
        dataset.records()
    with pytest.raises(ReaderError, match=r"1\.parquet: expected a whole Parquet file"):
        scatter(dataset, tmp_path / "rows", identity=["task"], n_buckets=3, part=Part())
    assert list((tmp_path / "rows").iterdir()) == []


def test_a_file_without_content_is_named(tmp_path: Path) -> None:
    data = write(tmp_path / "data", FIRST)
    (data / "b.parquet").touch()
    with pytest.raises(ReaderError, match=r"b\.parquet: expected a Parquet file, got something else .*0 bytes"):
        Dataset.open([data], scale=None, by=())


def test_a_dataset_without_rows_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="expected at least one row, got none in 2 files"):
        Dataset.open([write(tmp_path / "data", FIRST.slice(0, 0), SECOND.slice(0, 0))], scale=None, by=())


def test_parts_may_be_computed_where_the_dataset_has_another_path(tmp_path: Path) -> None:
    for number, folder in ((1, "here"), (2, "there")):
        data = write(tmp_path / folder / "data", FIRST, SECOND)
        run(data, tmp_path / "out" / str(number), part=Part(number=number, of=2))
    found = whole_run([tmp_path / "out" / "1", tmp_path / "out" / "2"])
    assert found.n_series == 20


def test_two_runs_at_once_do_not_touch_each_others_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scatter_module, "RUN_BYTES", 1000)
    dataset = Dataset.open([write(tmp_path / "data", FIRST, SECOND)], scale=None, by=())
    made = [scatter(dataset, tmp_path, identity=["task"], n_buckets=5, part=Part()) for _ in range(2)]
    first, second = ([one.load(bucket) for bucket in one.rows] for one in made)
    assert first == second
    made[0].close()
    made[1].close()
    assert not list(tmp_path.glob(f"{scatter_module.ROWS}*"))


def test_rows_that_went_missing_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scatter_module, "RUN_BYTES", 1000)
    dataset = Dataset.open([write(tmp_path / "data", FIRST, SECOND)], scale=None, by=())
    made = scatter(dataset, tmp_path, identity=["task"], n_buckets=2, part=Part())
    next(tmp_path.glob(f"{scatter_module.ROWS}*/000001.arrow")).unlink()
    with pytest.raises(OutputError, match="scattered rows cannot be read"):
        made.load(0)
    made.close()


def test_a_folder_is_removed_once_its_owner_is_gone(tmp_path: Path) -> None:
    kept = OwnFolder.make(tmp_path, ".x-")
    left = OwnFolder.make(tmp_path, ".x-")
    left._lock.close()  # as the system does when its process ends
    new = OwnFolder.make(tmp_path, ".x-")
    assert sorted(tmp_path.iterdir()) == sorted([kept.path, new.path])
    kept.remove()
    new.remove()
    assert list(tmp_path.iterdir()) == []


def test_the_frame_of_an_arrow_table_keeps_long_identifiers() -> None:
    ids = pa.array([None, *[LONG + i // 4 for i in range(1, 48)]], pa.int64())
    found = series_from_table(read_tidy(rows(0, 12, run_id=ids), by="run_id").frame, by=("run_id",))
    assert str(LONG + 11) in {row.identity["run_id"] for row in found}
    assert isinstance(read_tidy(rows(0, 12)).frame, pd.DataFrame)
