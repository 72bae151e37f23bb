"""`report` over mixtures of good and ugly series: exit codes, messages that name the place, nothing half-written."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emergence_stats as es
from emergence_stats.cli.app import main
from tests.report.structure import HOSTILE, Structure

COLUMNS = ("task", "params", "n_correct", "n_items", "score", "chance_level")
FILES = {"report.html", "results.json", "results.parquet", "run.json"}
QUICK = "[evidence]\nfirst_nodes = 32\nmax_refinements = 0\n"

type Row = tuple[object, ...]  # of COLUMNS but the first


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ugly:
    """Rows of one series, and what its failure must say; None: it is analysed.

    `at` is the row, counted from 0, that the message must name; None for messages about the whole series.
    """

    rows: tuple[Row, ...]
    says: str | None = None
    at: int | None = None


def counts(*k: object, n: object = 200, chance: object = 0, scales: Sequence[object] = (1e8, 1e9, 1e10, 1e11)) -> Ugly:
    """A series of counts."""
    return Ugly(rows=tuple((scale, right, n, "", chance) for scale, right in zip(scales, k, strict=False)))


def scores(*values: object) -> Ugly:
    """A series of scores alone."""
    return Ugly(rows=tuple((10.0 ** (8 + i), "", "", value, 0) for i, value in enumerate(values)))


def bad(series: Ugly, says: str, at: int | None = None) -> Ugly:
    return dataclasses.replace(series, says=says, at=at)


KINDS = {
    "good": counts(2, 3, 5, 180),
    "flat": counts(*[51] * 4, n=200, chance=0.25),
    "two points": counts(2, 180),
    "all right": counts(200, 200, 200, 200),
    "none right": counts(0, 0, 0, 0),
    "a billion items": counts(10**8, 2 * 10**8, 3 * 10**8, 9 * 10**8, n=10**9),
    "one item": counts(0, 0, 1, 1, n=1),
    "repeated scales": counts(2, 3, 90, 180, scales=(1e8, 1e8, 1e9, 1e9)),
    "tiny and huge scales": counts(2, 3, 5, 180, scales=("1e-200", 1, 1e9, "1e200")),
    "scores alone": scores(0.1, 0.2, 0.7),
    "percent": scores("1%", "2%", "70%"),
    "one point": bad(counts(3), "at least two different scales"),
    "one scale": bad(counts(3, 9, scales=(1e9, 1e9)), "at least two different scales"),
    "more right than asked": bad(counts(2, 201, 3), "n_correct", at=1),
    "negative count": bad(counts(2, -1, 3), "n_correct", at=1),
    "no items": bad(counts(0, 0, n=0), "n_items", at=0),
    "scale 0": bad(counts(2, 3, 9, scales=(1e8, 0, 1e9)), "params", at=1),
    "negative scale": bad(counts(2, 3, 9, scales=(1e8, 1e9, -1e9)), "params", at=2),
    "infinite scale": bad(counts(2, 3, 9, scales=("inf", 1e9, 1e10)), "params", at=0),
    "scale NaN": bad(counts(2, 3, 9, scales=(1e8, "nan", 1e9)), "params", at=1),
    "scale in words": bad(counts(2, 3, 9, scales=(1e8, "large", 1e9)), "params", at=1),
    "count in words": bad(counts(2, "three", 9), "n_correct", at=1),
    "count of a formula": bad(counts(2, "=A1+1", 9), "n_correct", at=1),
    "count too many": bad(counts(2, "1e400", 9), "n_correct", at=1),
    "chance 1": bad(counts(2, 3, 9, chance=1), "chance_level", at=0),
    "chance in words": bad(counts(2, 3, 9, chance="low"), "chance_level", at=0),
    "negative chance": bad(counts(2, 3, 9, chance=-0.25), "chance_level", at=0),
    "no score at all": bad(scores("", ""), "score"),
}
NAMES = st.one_of(
    st.sampled_from([name for name in HOSTILE if len(name) < 1000 and "\ud800" not in name]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=12),
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Series by their kinds, each with a name of its own, as CSV."""

    text: str
    kinds: tuple[str, ...]
    first_line: dict[str, int]  # of each kind, in the file


def table(kinds: Sequence[str], names: Sequence[str] | None = None) -> Table:
    """Series one after the other; the line of a row in the file counts the header and line breaks within cells."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    first_line = {}
    for i, kind in enumerate(kinds):
        name = kind if names is None else f"{kind} {i} {names[i]}"
        first_line[kind] = file.getvalue().count("\n") + 1
        for row in KINDS[kind].rows:
            writer.writerow((name, *row))
    return Table(text=file.getvalue(), kinds=tuple(kinds), first_line=first_line)


def report_of(folder: Path, text: str | bytes, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, Path]:
    """Exit code, standard error and the folder of the report."""
    scores, quick, out = folder / "scores.csv", folder / "quick.toml", folder / "out"
    scores.write_bytes(text if isinstance(text, bytes) else text.encode())
    quick.write_text(QUICK, encoding="utf-8")
    words = ["report", scores, "--out", out, "--resamples", 0, "--settings", quick, "--workers", 1]
    code = main([str(word) for word in words])
    return code, capsys.readouterr().err, out


def check(made: Table, code: int, error: str, out: Path) -> None:
    """What holds whatever the table was."""
    failing = [kind for kind in made.kinds if KINDS[kind].says]
    if len(failing) == len(made.kinds):
        assert code == 2
        assert error.count("\n") == 1
        assert not out.exists()
        return
    assert code == (1 if failing else 0), error
    assert {path.name for path in out.iterdir()} == FILES
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert len(results) == len(made.kinds)
    for result in results:
        kind = next(kind for kind in KINDS if result["series"]["identity"]["task"].startswith(kind))
        says = KINDS[kind].says
        assert (result["verdict"] == "failed") == (says is not None), (kind, result["reason"])
        assert says is None or says in result["reason"], (kind, result["reason"])
        assert "Error" not in result["reason"], (kind, result["reason"])
    structure = Structure.of((out / "report.html").read_text(encoding="utf-8"))
    assert len(set(structure.ids())) == len(structure.ids())
    assert [tag for tag, _ in structure.elements].count("script") == 1
    assert len(pd.read_parquet(out / "results.parquet")) == len(made.kinds)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_beside_a_good_one(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    made = table(["good", kind] if kind != "good" else ["good"])
    code, error, out = report_of(tmp_path, made.text, capsys)
    check(made, code, error, out)
    ugly = KINDS[kind]
    if ugly.says:
        results = json.loads((out / "results.json").read_text(encoding="utf-8"))
        reason = next(result["reason"] for result in results if result["verdict"] == "failed")
        assert "scores.csv" in reason
        if ugly.at is not None:
            assert re.search(rf"\b{made.first_line[kind] + ugly.at}\b", reason), reason


@pytest.mark.parametrize("kind", [kind for kind, ugly in KINDS.items() if ugly.says])
def test_each_ugly_kind_alone_is_one_line_and_no_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    made = table([kind])
    code, error, out = report_of(tmp_path, made.text, capsys)
    check(made, code, error, out)
    assert "scores.csv" in error
    assert str(KINDS[kind].says) in error


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "expected"),
        (b"task,params,n_correct,n_items\n", "got headings only"),
        (bytes(range(256)) * 20, "expected a table"),
        (b"task,n_correct,n_items\na,1,2\na,2,2\n", "params"),
        (b"params,n_correct,n_items\n1e8,1,2\n1e9,2,2\n", "task"),
        (b"task,params\na,1e8\na,1e9\n", "score"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "expected a table"),
        (b'task,params,score\n"a,1e8,0.5\n', "scores.csv"),
        (b"task,params,score\na\x1b[31m,1e8,0.5\na\x1b[31m,1e9,0.5\n", "control characters"),
    ],
)
def test_what_is_no_table_is_one_line_that_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, says: str
) -> None:
    code, error, out = report_of(tmp_path, content, capsys)
    assert code == 2
    assert error.count("\n") == 1
    assert "scores.csv" in error
    assert says in error
    assert not out.exists()


def mixtures(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, derandomize=True, database=None)


MIXED = st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=5, unique=True).flatmap(
    lambda kinds: st.tuples(st.just(kinds), st.lists(NAMES, min_size=len(kinds), max_size=len(kinds)))
)


def check_mixture(kinds: list[str], names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    made = table(kinds, names)
    with tempfile.TemporaryDirectory() as folder:
        code, error, out = report_of(Path(folder), made.text, capsys)
        check(made, code, error, out)


def test_any_mixture_under_any_names(capsys: pytest.CaptureFixture[str]) -> None:
    @mixtures(15)
    @given(MIXED)
    def holds(mixed: tuple[list[str], list[str]]) -> None:
        check_mixture(*mixed, capsys)

    holds()


@pytest.mark.slow
def test_any_mixture_under_any_names_at_length(capsys: pytest.CaptureFixture[str]) -> None:
    @mixtures(600)
    @given(MIXED)
    def holds(mixed: tuple[list[str], list[str]]) -> None:
        check_mixture(*mixed, capsys)

    holds()


@given(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=4, unique=True), st.randoms(use_true_random=False))
@settings(max_examples=6, deadline=None, derandomize=True, database=None)
def test_frames_give_the_same_verdicts_in_any_order_of_rows(kinds: list[str], random: object) -> None:
    assert hasattr(random, "shuffle")
    records = [dict(zip(COLUMNS, (kind, *row), strict=True)) for kind in kinds for row in KINDS[kind].rows]
    quick = es.Settings.from_toml(QUICK)
    given_order = es.analyze_frame(pd.DataFrame(records), settings=quick)
    random.shuffle(records)
    shuffled = es.analyze_frame(pd.DataFrame(records), settings=quick)
    for found in (given_order, shuffled):
        assert sorted(found["task"]) == sorted(kinds)
        failed = set(found["task"][found["verdict"] == "failed"])
        assert failed == {kind for kind in kinds if KINDS[kind].says}
    columns = [name for name in given_order if name not in ("reason", "warnings")]  # these name rows by number
    pd.testing.assert_frame_equal(given_order[columns], shuffled[columns])
