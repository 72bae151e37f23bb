"""What `read` and `read_tidy` make of files, folders and frames."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from emergence_stats.errors import InputError, ReaderError, TableError
from emergence_stats.ingest import SourceFile, read, read_tidy

ROWS = [
    {"task": "add", "params": 1e8, "n_correct": 2, "n_items": 100, "chance_level": 0.0},
    {"task": "add", "params": 1e9, "n_correct": 5, "n_items": 100, "chance_level": 0.0},
    {"task": "add", "params": 1e10, "n_correct": 90, "n_items": 100, "chance_level": 0.0},
]
CSV = "task,params,n_correct,n_items,chance_level\nadd,1e8,2,100,0\nadd,1e9,5,100,0\nadd,1e10,90,100,0\n"
VALUES = ["task", "params", "n_correct", "n_items", "chance_level"]


def write(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def parquet_bytes() -> bytes:
    sink = pa.BufferOutputStream()
    pd.DataFrame(ROWS).to_parquet(sink)
    return bytes(sink.getvalue().to_pybytes())


COLUMNS = {name: [row[name] for row in ROWS] for name in VALUES}
SPELLINGS: dict[str, bytes | str] = {
    "comma": CSV,
    "semicolon": CSV.replace(",", ";"),
    "tab": CSV.replace(",", "\t"),
    "bar": CSV.replace(",", "|"),
    "sep line": "sep=;\n" + CSV.replace(",", ";"),
    "crlf": CSV.replace("\n", "\r\n"),
    "blank lines": "\n\n" + CSV.replace("\n", "\n\n"),
    "quoted": CSV.replace("add", '"add"').replace("task", '"task"'),
    "headings in other letters": CSV.replace("n_correct", "N correct").replace("params", "Params"),
    "utf-8 mark": b"\xef\xbb\xbf" + CSV.encode(),
    "utf-16": CSV.encode("utf-16"),
    "utf-16 without a mark": CSV.encode("utf-16-le"),
    "gzip": gzip.compress(CSV.encode()),
    "json lines": "\n".join(json.dumps(row) for row in ROWS),
    "json array": json.dumps(ROWS, indent=1),
    "json records": json.dumps({"records": ROWS}),
    "json columns and data": json.dumps({"columns": VALUES, "data": [list(row.values()) for row in ROWS]}),
    "json arrays": json.dumps(COLUMNS),
    "json split by label": pd.DataFrame(ROWS).to_json(),
    "parquet": parquet_bytes(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_format_is_found_by_content_and_gives_the_same_table(tmp_path: Path, spelling: str) -> None:
    path = write(tmp_path / "scores.dat", SPELLINGS[spelling])
    table = read(path)
    assert table[VALUES].astype({"task": object}).to_dict("list") == COLUMNS
    assert set(table["source_file"]) == {str(path)}


def test_decimal_commas_are_read_where_the_comma_is_no_delimiter(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "task;params;score;n_items\nadd;1e8;0,25;1.319\nadd;1e9;0,5;1.319\n")
    tidy = read_tidy(path)
    assert tidy.frame["score"].tolist() == [0.25, 0.5]
    assert tidy.frame["n_items"].tolist() == [1319, 1319]
    assert any("decimal commas" in note for note in tidy.notes)


def test_older_encodings_are_guessed(tmp_path: Path) -> None:
    name = "r\u00e9sum\u00e9 fran\u00e7ais \u00e9l\u00e8ve"
    text = f"task,params,score\n{name},1e8,0.2\n{name},1e9,0.4\n"
    tidy = read_tidy(write(tmp_path / "a.csv", text.encode("cp1252")))
    assert set(tidy.frame["task"]) == {name}


def test_an_arrow_table_and_a_pandas_frame_are_sources_too() -> None:
    frame = pd.DataFrame(ROWS)
    from_frame, from_arrow = read(frame), read(pa.Table.from_pandas(frame))
    assert from_frame[VALUES].equals(frame[VALUES].astype(from_frame[VALUES].dtypes.to_dict()))
    assert from_arrow["n_correct"].tolist() == [2, 5, 90]
    assert list(frame.columns) == VALUES  # the argument is not touched


def test_a_folder_is_read_in_order_with_its_subfolders_and_says_what_it_left_out(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    write(tmp_path / "b.csv", CSV)
    write(tmp_path / "sub" / "c.jsonl", SPELLINGS["json lines"])
    write(tmp_path / "a.bin", bytes(range(256)) * 4)
    write(tmp_path / "empty.csv", "")
    write(tmp_path / "header.csv", "task,params,score\n")
    write(tmp_path / ".hidden.csv", CSV)
    tidy = read_tidy([tmp_path, tmp_path / "b.csv"])
    assert [Path(file.path).name for file in tidy.files] == ["b.csv", "c.jsonl"]
    assert len(tidy.frame) == 6
    reasons = {Path(skip.path).name: skip.reason for skip in tidy.skipped}
    assert sorted(reasons) == ["a.bin", "empty.csv", "header.csv"]
    assert "binary" in reasons["a.bin"]
    assert "empty file" in reasons["empty.csv"]
    assert "headings only" in reasons["header.csv"]
    assert tidy.frame.attrs["skipped"][0]["path"].endswith("a.bin")


def test_the_hash_is_that_of_the_stored_bytes(tmp_path: Path) -> None:
    stored = gzip.compress(CSV.encode())
    tidy = read_tidy(write(tmp_path / "a.csv.gz", stored))
    assert tidy.files[0].sha256 == hashlib.sha256(stored).hexdigest()


def test_bytes_at_hand_can_be_read_without_a_file() -> None:
    assert len(read(SourceFile.from_bytes("upload.csv", CSV.encode()))) == 3


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty file"),
        (b"task,params,score\n", "headings only"),
        (bytes(range(256)) * 4, "binary"),
        (b"[]", "an empty one"),
        (b'[{"task": "a", "params"', "the end of the text"),
        (b'{"task": "a"', "expected JSON"),
        (b"[" * 100_000, "expected JSON"),
        (parquet_bytes()[:200], "truncated"),
        (gzip.compress(CSV.encode())[:-12], "truncated"),
        (b'task,params,score\n"a,1,0.5\n', "at line 2"),
    ],
)
def test_a_file_of_no_use_is_refused_with_its_name_and_the_reason(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    path = write(tmp_path / "scores.csv", content)
    with pytest.raises(ReaderError, match=expected) as caught:
        read(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("name,params,score", "expected a column 'task'"),
        ("benchmark,params,score", "near matches: benchmark"),
        ("task,params,accuracy", "near matches: accuracy"),
        ("task,params,n_correct", "expected a column 'n_items'"),
        ("task,flops,score", "near matches: flops"),
    ],
)
def test_a_missing_column_is_named_with_what_is_there_and_what_was_meant(
    tmp_path: Path, header: str, expected: str
) -> None:
    path = write(tmp_path / "scores.csv", f"{header}\na,1e9,0.5\n")
    with pytest.raises(TableError, match=expected):
        read(path)


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected one column 'score', got 2"):
        read(write(tmp_path / "a.csv", "task,params,score,score\na,1,0.5,0.6\n"))


def test_columns_asked_for_must_be_there() -> None:
    frame = pd.DataFrame(ROWS)
    with pytest.raises(TableError, match="scale column 'tokens'"):
        read(frame, scale="tokens")
    with pytest.raises(TableError, match="column 'temperature'"):
        read(frame, by=["temperature"])


@pytest.mark.parametrize("source", ["nowhere.csv", "a\0b", "x" * 5000, 5, [None]])
def test_what_is_no_source_is_refused(source: object) -> None:
    with pytest.raises(ReaderError, match="expected a"):
        read(source)  # type: ignore[arg-type]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="empty folders"):
        read(tmp_path)


def test_a_file_that_keeps_changing_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.csv", CSV)
    true_fstat = os.fstat

    def growing(descriptor: int) -> os.stat_result:
        with path.open("a") as file:
            file.write("add,1e11,99,100,0\n")
        return true_fstat(descriptor)

    monkeypatch.setattr(os, "fstat", growing)
    with pytest.raises(ReaderError, match="changed while it was read"):
        read(path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    write(tmp_path / "a.csv", CSV)
    assert "regular file" in read_tidy(tmp_path).skipped[0].reason


def test_cells_that_cannot_be_read_stay_as_they_were(tmp_path: Path) -> None:
    frame = read(write(tmp_path / "a.csv", "task,params,score\na,many,0.5\na,1e9,0.6\n"))
    assert frame["params"].tolist() == ["many", 1e9]
    assert read(frame)["params"].tolist() == ["many", 1e9]


def test_reading_twice_changes_nothing(tmp_path: Path) -> None:
    text = "task,metric,params,score,chance_level\na,acc,7B,4.1,25\na,acc,13B,85.2,25\n"
    once = read(write(tmp_path / "a.csv", text))
    twice = read(once)
    pd.testing.assert_frame_equal(once, twice)
    assert once["score"].tolist() == [0.041, 0.852]
    once.to_parquet(tmp_path / "b.parquet")
    again = read(tmp_path / "b.parquet")
    assert again["score"].tolist() == [0.041, 0.852]


def test_unknown_columns_are_carried_through(tmp_path: Path) -> None:
    frame = read(write(tmp_path / "a.csv", "task,params,score,shots,note\na,1e9,0.5,5,007\na,1e10,0.6,5,x\n"))
    assert frame["shots"].tolist() == [5, 5]
    assert frame["note"].tolist() == ["007", "x"]


@pytest.mark.shared_data
def test_the_shared_folder_is_read_whole(shared_data: Path) -> None:
    tidy = read_tidy(
        [shared_data / "cot_published_tables.csv", shared_data / "pythia_final.csv", shared_data / "README.md"]
    )
    assert [file.n_rows for file in tidy.files] == [472, 4500]
    assert "column 'task'" in tidy.skipped[0].reason
