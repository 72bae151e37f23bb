"""What people really hand in: each file is read, or refused in one line that says what is wrong and where."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emergence_stats.errors import InputError
from emergence_stats.ingest import SeriesRow, SourceFile, read_tidy, series_from_table

HEADINGS = "task,params,n_correct,n_items,chance_level\n"
ROWS = "t,1e8,3,500,0\nt,1e9,4,500,0\nt,1e10,9,500,0\nt,1e11,310,500,0\n"


def rows_of(text: str | bytes, name: str = "scores.csv") -> list[SeriesRow]:
    content = text if isinstance(text, bytes) else text.encode()
    return series_from_table(read_tidy(SourceFile.from_bytes(name, content)))


def refusal(content: bytes, name: str = "scores.csv") -> str:
    with pytest.raises(InputError) as raised:
        rows_of(content, name)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def problem(text: str, name: str = "scores.csv") -> str:
    (row,) = rows_of(text, name)
    assert row.problem is not None
    return row.problem


def scales(*cells: str, column: str = "params") -> list[float]:
    text = f"task\t{column}\tn_correct\tn_items\n" + "".join(f"t\t{cell}\t1\t10\n" for cell in cells)
    (row,) = rows_of(text)
    assert row.series is not None, row.problem
    return [float(value) for value in row.series.scale]


def archive(member: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(member, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (archive("xl/workbook.xml"), "an Excel workbook: save the sheet as CSV"),
        (archive("scores.csv"), "a ZIP archive: unpack it"),
        (bz2.compress(ROWS.encode()), "a bzip2 archive"),
        (lzma.compress(ROWS.encode()), "an XZ archive"),
        (gzip.compress(gzip.compress(ROWS.encode())), "a gzip file inside a gzip file"),
        (pickle.dumps([1, 2, 3]), "a Python pickle, which is never opened"),
        (b"%PDF-1.4\n<</Type /Catalog>>\n", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n0000", "a picture"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><html>404</html>", "a web page"),
        (b"task,params\n\x1b[31m\x1b[0m\x1b[1m,1\n", "text with control characters"),
    ],
)
def test_a_format_that_is_not_read_is_called_by_its_name(content: bytes, words: str) -> None:
    assert f"or a log of an evaluation harness, got {words}" in refusal(content)


def test_content_counts_and_a_name_that_says_otherwise_is_told() -> None:
    table = read_tidy(SourceFile.from_bytes("fake.parquet", (HEADINGS + ROWS).encode()))
    assert table.files[0].format == "delimited text"
    assert table.notes == ("fake.parquet: named .parquet, but its content is delimited text: read as that",)
    buffer = io.BytesIO()
    pd.read_csv(io.StringIO(HEADINGS + ROWS)).to_parquet(buffer)
    notes = read_tidy(SourceFile.from_bytes("fake.csv", buffer.getvalue())).notes
    assert notes == ("fake.csv: named .csv, but its content is Parquet: read as that",)
    message = refusal(b"a,b\n1,2\n", "fake.parquet")
    assert "expected a column 'task', got columns a, b (named .parquet, but its content is delimited text" in message


def test_ragged_rows_are_all_named_up_to_five() -> None:
    text = HEADINGS + ROWS + "t,1e12,1,2,3,4,5\n" * 30 + "u,1e8,1,500,0\nu,1e9,1,500,0\n"
    broken, whole = rows_of(text)
    expected = "scores.csv, row 6: expected 5 cells, got 7 (also wrong: rows 7, 8, 9, 10, 11 and 24 more)"
    assert broken.problem == expected
    assert whole.series is not None


def test_a_line_that_is_no_json_is_told_before_its_missing_cells() -> None:
    lines = '{"task": "t", "params": 1e8, "score": 0.1}\n{"task":\n'
    broken, _ = rows_of(lines, "scores.jsonl")
    assert broken.problem == "scores.jsonl, row 2: expected a JSON object, got '{\"task\":'"


def test_wrong_cells_of_several_columns_name_each_row_once() -> None:
    text = HEADINGS + "t,1e8,-3,0,0\nt,1e9,x,500,0\nt,1e10,9,500,2\n"
    assert problem(text).endswith("(also wrong: rows 3, 4)")


def test_one_scale_is_a_problem_of_the_table_with_its_place() -> None:
    place = "scores.csv, row 2, column params: expected at least two different scales in a series"
    assert problem(HEADINGS + "t,1e8,3,500,0\n") == f"{place}, got 1 point at 1e+08"
    assert problem(HEADINGS + "t,1e8,3,500,0\nt,1e8,4,500,0\n") == f"{place}, got 2 points at 1e+08"


def test_sizes_are_understood_as_people_write_them() -> None:
    assert scales("350M", "1.3b", "13 bn", "0.4 trillion") == [3.5e8, 1.3e9, 1.3e10, 4e11]
    assert scales("350 million", "1.3 Billion") == [3.5e8, 1.3e9]
    assert scales("1,300,000", "13 000 000", "130\u202f000\u202f000", "1'300'000'000") == [1.3e6, 1.3e7, 1.3e8, 1.3e9]
    assert scales("10^21", "1.3x10^22", "3.1 * 10**23", "3E24", column="train_flops") == [1e21, 1.3e22, 3.1e23, 3e24]


@pytest.mark.parametrize("cell", ["~7B", "8x7B", "7BB", "1e9B", "0x10", "1_000", "1,00,000", "-7B", "10^999", "7 B 1"])
def test_what_is_no_size_is_refused(cell: str) -> None:
    text = f"task\tparams\tn_correct\tn_items\nt\t{cell}\t1\t10\nt\t1e8\t1\t10\nt\t1e9\t1\t10\n"
    assert "row 2, column params: expected a positive finite number, got" in problem(text)


def test_a_minus_sign_of_typesetters_is_a_minus_sign() -> None:
    (row,) = rows_of("task,metric,params,score\nt,loglikelihood,1e8,\u22123.5\nt,loglikelihood,1e9,\u22122\n")
    assert row.series is not None
    assert row.series.score is not None
    assert row.series.score.tolist() == [-3.5, -2.0]


def test_names_that_differ_by_blanks_at_their_ends_are_one() -> None:
    (row,) = rows_of(HEADINGS + "t,1e8,3,500,0\n t ,1e9,4,500,0\n")
    assert row.identity == {"task": "t"}


def test_columns_that_mean_the_same_are_not_chosen_between() -> None:
    message = refusal(b"TASK,Task,params,score\nt,u,1e8,.1\n")
    assert "expected one column 'task', got 2 that mean it: TASK, Task" in message
    (row,) = rows_of("task,Task,params,score\nt,u,1e8,.1\nt,u,1e9,.2\n")
    assert row.identity == {"task": "t"}


@pytest.mark.parametrize("items", ["1000000000001", "1e18", "1e300"])
def test_more_items_than_arithmetic_can_hold_are_refused(items: str) -> None:
    expected = "row 2, column n_items: expected a positive whole number up to 1e+12"
    assert expected in problem(f"{HEADINGS}t,1e8,3,{items},0\nt,1e9,3,500,0\n")


def test_two_hundred_thousand_rows_are_read() -> None:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "task": np.repeat([f"task {i}" for i in range(200)], 1000),
            "params": np.tile(np.geomspace(1e7, 1e11, 1000), 200),
            "n_correct": generator.integers(0, 100, 200_000),
            "n_items": 100,
        }
    )
    content = frame.to_csv(index=False).encode()
    rows = rows_of(content)
    assert len(rows) == 200
    assert all(row.series is not None for row in rows)


def test_thousands_of_columns_are_carried_without_a_warning() -> None:
    names = ",".join(f"c{i}" for i in range(1500))
    cells = ",".join("0" for _ in range(1500))
    (row,) = rows_of(f"task,params,score,{names}\nt,1e8,.1,{cells}\nt,1e9,.2,{cells}\n")
    assert row.series is not None


def test_a_folder_with_a_loop_an_unreadable_and_an_empty_file_still_gives_the_good_one(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(HEADINGS + ROWS)
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "nowhere.csv").symlink_to(tmp_path / "missing")
    (tmp_path / "self.csv").symlink_to(tmp_path / "self.csv")
    table = read_tidy(tmp_path)
    assert [Path(file.path).name for file in table.files] == ["good.csv"]
    reasons = {Path(skip.path).name: skip.reason for skip in table.skipped}
    assert set(reasons) == {"empty.csv", "nowhere.csv", "self.csv", "loop"}
    assert "which is read already" in reasons["loop"]
    assert "empty file" in reasons["empty.csv"]
    assert "no such file" in reasons["nowhere.csv"]
