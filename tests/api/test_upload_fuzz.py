"""Uploads of every kind and condition: the answer is a result or a problem, and never the server's fault."""

from __future__ import annotations

import gzip
import io
import json
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import SCORES, embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Service

MARK = "es-fuzz-7f3a"  # in every name that could become a path
ACCEPTED, REFUSED = {200, 202}, {400, 413, 422}


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A server with small limits."""
    with embedded(
        tmp_path_factory.mktemp("fuzzed"), body_limit_mib=1, unpacked_limit_mib=2, max_rows=5000, max_series=60
    ) as service:
        yield service


def as_parquet(frame: pd.DataFrame) -> bytes:
    """A table as Parquet."""
    file = io.BytesIO()
    frame.to_parquet(file)
    return file.getvalue()


def as_zip(*members: tuple[str, bytes]) -> bytes:
    """A zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


FRAME = pd.read_csv(io.StringIO(SCORES))
LINES = SCORES.encode()
RECORDS = FRAME.to_json(orient="records")
ESCAPES = (f"../../{MARK}.csv", f"/tmp/{MARK}.csv", f"C:\\{MARK}.csv", f"a/../../{MARK}", f"{MARK}\0.csv")
WHOLE: dict[str, bytes] = {
    "csv": LINES,
    "semicolons": LINES.replace(b",", b";"),
    "utf-16": SCORES.encode("utf-16"),
    "json": RECORDS.encode(),
    "json lines": FRAME.to_json(orient="records", lines=True).encode(),
    "columns": json.dumps(FRAME.to_dict(orient="list")).encode(),
    "parquet": as_parquet(FRAME),
    "gzip": gzip.compress(LINES),
    "gzip of gzip": gzip.compress(gzip.compress(LINES)),
    "gzip of parquet": gzip.compress(as_parquet(FRAME)),
    "zip": as_zip(("scores.csv", LINES)),
    "zip that escapes": as_zip(*((name, LINES) for name in ESCAPES)),
    "zip of an evaluation log": as_zip(("header.json", b'{"version": 2}'), ("samples/1.json", RECORDS.encode())),
    "spreadsheet": as_zip(("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")),
    "zlib": zlib.compress(LINES),
    "gzip bomb": gzip.compress(LINES + b"\n" * 20_000_000),
    "zip bomb": as_zip(("scores.csv", b"\0" * 50_000_000)),
    "zip of zips": as_zip(("a.zip", as_zip(("b.zip", as_zip(("c.csv", b"\0" * 5_000_000)))))),
    "parquet bomb": as_parquet(pd.DataFrame({"task": ["a"] * 300_000, "params": 1e8, "score": 0.5})),
    "header of a megabyte": b"task,params,score," + b"x" * 900_000 + b"\na,1,0.5,1\n",
    "20,000 columns": b",".join(b"c%d" % i for i in range(20_000)) + b"\n",
    "one field of a megabyte": b'task,params,score\n"' + b"x" * 900_000 + b'",1e8,0.5\n',
    "unended quote": b'task,params,score\n"a,1e8,0.5\n' * 50,
    "deep json": b"[" * 50_000,
    "deep objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "large numbers": b"task,params,n_correct,n_items\na,1e400,1,2\na,-1,9e999,1\nb,nan,inf,-inf\nb,1e8,1,1\n",
    "long integers": b'[{"task":"a","params":' + b"9" * 5000 + b',"score":0.5}]',
    "surrogates": b'[{"task":"\\ud800","params":1e8,"score":0.5},{"task":"\\ud800","params":1e9,"score":0.6}]',
    "nul in a name": b"task,params,score\na\0b,1e8,0.5\na\0b,1e9,0.6\n",
    "every byte": bytes(range(256)) * 20,
}


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """One of the files above: whole, cut short, with bytes changed, or joined to another."""
    content = WHOLE[draw(st.sampled_from(sorted(WHOLE)))]
    kind = draw(st.sampled_from(["whole", "cut", "changed", "joined"]))
    if kind == "cut":
        return content[: draw(st.integers(0, len(content)))]
    if kind == "changed":
        changed = bytearray(content)
        for _ in range(draw(st.integers(1, 8))):
            changed[draw(st.integers(0, len(changed) - 1))] = draw(st.integers(0, 255))
        return bytes(changed)
    return content + WHOLE[draw(st.sampled_from(sorted(WHOLE)))] if kind == "joined" else content


contents = st.one_of(damaged(), st.binary(max_size=2000), st.text(max_size=500).map(lambda text: text.encode("utf-8")))
names = st.one_of(st.sampled_from(ESCAPES), st.text(max_size=300), st.just("scores.csv"))
kinds = st.sampled_from(["text/csv", "application/json", "application/zip", "application/octet-stream", "nonsense", ""])
paths = st.sampled_from(["/v1/inspections", "/v1/jobs"])


def send(service: Service, path: str, name: str, kind: str, content: bytes, *, bare: bool) -> httpx.Response:
    """Upload a file, in a form or as the body."""
    with service.client() as client:
        if bare:
            return client.post(path, content=content, headers={"Content-Type": kind or "text/csv"})
        # Encoded by hand: httpx would mend the names.
        quoted = name.encode("utf-8", "replace").replace(b'"', b"%22").replace(b"\r", b"%0D").replace(b"\n", b"%0A")
        body = (
            b'--edge\r\nContent-Disposition: form-data; name="file"; filename="' + quoted + b'"\r\n'
            b"Content-Type: " + kind.encode() + b"\r\n\r\n" + content + b"\r\n--edge--\r\n"
        )
        return client.post(path, content=body, headers={"Content-Type": "multipart/form-data; boundary=edge"})


def check(service: Service, path: str, name: str, kind: str, content: bytes, *, bare: bool) -> None:
    """Send an upload; the answer must be a result or a problem, and no name may have become a file."""
    answer = send(service, path, name, kind, content, bare=bare)
    assert answer.status_code in ACCEPTED | REFUSED, (answer.status_code, answer.text[:500])
    if answer.status_code in REFUSED:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
        assert 0 < len(answer.json()["detail"]) <= 600
        assert str(service.data) not in answer.text
        assert "Traceback" not in answer.text


def stray_files(service: Service) -> list[Path]:
    """Files that should not be there."""
    own = [path for path in service.data.rglob("*") if not path.name.startswith("service")]
    return own + [path for folder in (tempfile.gettempdir(), ".") for path in Path(folder).glob(f"*{MARK}*")]


@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_every_kind_of_file_is_understood_or_refused(fuzzed: Service, kind: str) -> None:
    check(fuzzed, "/v1/inspections", f"../../{MARK}.csv", "text/csv", WHOLE[kind], bare=False)
    assert stray_files(fuzzed) == []


FUZZ = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


def damaged_files(service: Service, examples: int) -> None:
    """Send so many uploads that are whole, damaged or nonsense, under any name, by either path."""

    @settings(max_examples=examples, **FUZZ)  # type: ignore[arg-type]
    @given(path=paths, name=names, kind=kinds, content=contents, bare=st.booleans())
    def understood_or_refused(path: str, name: str, kind: str, content: bytes, *, bare: bool) -> None:
        check(service, path, name, kind, content, bare=bare)
        assert stray_files(service) == []

    understood_or_refused()


def test_damaged_files_under_any_name_are_understood_or_refused(fuzzed: Service) -> None:
    damaged_files(fuzzed, 25)


@pytest.mark.slow
def test_very_many_damaged_files_are_understood_or_refused(fuzzed: Service) -> None:
    damaged_files(fuzzed, 1000)
