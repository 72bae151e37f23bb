"""Whatever comes in, only the package's own errors come out."""

from __future__ import annotations

import contextlib
import json

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from emergence_stats.errors import EmergenceStatsError
from emergence_stats.ingest import SourceFile, read_tidy, series_from_table

HEADINGS = [
    "task",
    "params",
    "score",
    "n_items",
    "n_correct",
    "metric",
    "chance_level",
    "higher_is_better",
    "x",
    "",
]
CELLS = st.one_of(
    st.sampled_from(
        ["", "a", "7B", "1,000", "0,5", "12%", "nan", "inf", "1e400", "-1", '"', "TRUE", "\u0663", "e", "b", "%", "."]
    ),
    st.integers(-2, 150).map(str),
    st.floats().map(str),
    st.text(max_size=6),
)
OBJECTS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=4), st.decimals(),
    st.lists(st.integers(), max_size=2), st.dates(), st.complex_numbers(),
)  # fmt: skip


PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))


def nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Arrays and objects of simpler values."""
    return st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(HEADINGS), inner, max_size=5))


def read_all(source: SourceFile | pd.DataFrame) -> None:
    """Read a source to its series; every row must belong to one of them."""
    with contextlib.suppress(EmergenceStatsError):
        tidy = read_tidy(source)
        rows = series_from_table(tidy)
        assert sum(row.n_rows for row in rows) == len(tidy.frame)
        assert all((row.series is None) != (row.problem is None) for row in rows)


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_bytes(content: bytes) -> None:
    with contextlib.suppress(EmergenceStatsError):
        read_all(SourceFile.from_bytes("fuzz", content))


@given(
    headings=st.lists(st.sampled_from(HEADINGS[3:]), max_size=7, unique=True),
    rows=st.lists(st.lists(CELLS, max_size=8), max_size=6),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]),
)
@settings(max_examples=150, deadline=None)
def test_any_delimited_text(headings: list[str], rows: list[list[str]], delimiter: str, encoding: str) -> None:
    lines = [delimiter.join(cells) for cells in [["task", "params", "score", *headings], *rows]]
    read_all(SourceFile.from_bytes("fuzz.csv", "\n".join(lines).encode(encoding, "replace")))


@given(st.recursive(PLAIN, nested, max_leaves=20))
@settings(max_examples=150, deadline=None)
def test_any_json(value: object) -> None:
    read_all(SourceFile.from_bytes("fuzz.json", json.dumps(value).encode()))


@given(
    st.lists(
        st.fixed_dictionaries(
            {"task": OBJECTS, "params": OBJECTS, "score": OBJECTS, "n_items": OBJECTS, "extra": OBJECTS}
        ),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=150, deadline=None)
def test_any_frame(records: list[dict[str, object]]) -> None:
    read_all(pd.DataFrame({name: pd.Series([row[name] for row in records], dtype=object) for name in records[0]}))
