"""What clients send is never trusted: limits while it comes in, formats by content, names that name nothing."""

from __future__ import annotations

import gzip
import io
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pandas as pd
import pytest

from tests.api.conftest import SCORES, SERIES, embedded, finished, require_problem, submit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.api.conftest import Service

MIB = 2**20


def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(client: httpx.Client) -> None:
    require_problem(client.post("/v1/jobs", content=b"x" * (MIB + 1)), 413, "too-large")


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/inspections", "/v1/analyses"])
def test_a_body_that_does_not_say_is_counted_while_it_comes(client: httpx.Client, path: str) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 50_000

    headers = {"Content-Type": "application/json"}
    require_problem(client.post(path, content=endless(), headers=headers), 413, "too-large")


def test_an_answer_before_the_end_of_the_body_arrives(tmp_path: Path) -> None:
    """A client that sends all of its body before it reads must not find the connection reset instead of the answer."""
    pieces = [b"x" * MIB] * 8
    with embedded(tmp_path, body_limit_mib=5) as service, service.client() as client:
        for _ in range(5):
            require_problem(client.post("/v1/inspections", content=b"".join(pieces)), 413)
            require_problem(client.post("/v1/inspections", content=iter(pieces)), 413)
            stranger = {"Authorization": "Bearer es_unknown"}
            require_problem(client.post("/v1/inspections", content=iter(pieces[:5]), headers=stranger), 401)


def test_a_form_that_does_not_say_is_counted_while_it_comes(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 50_000

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    require_problem(client.post("/v1/jobs", content=endless(), headers=headers), 413, "too-large")


def bomb() -> bytes:
    """A gzip file of 20 kB that unpacks to 20 MB."""
    return gzip.compress(SCORES.encode() + b"\n" * 20_000_000)


def parquet_bomb() -> bytes:
    """A small Parquet file with very many equal rows."""
    file = io.BytesIO()
    pd.DataFrame({"task": ["a"] * 300_000, "params": 1e8, "score": 0.5}).to_parquet(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (bomb(), 413, "once unpacked"),
        (parquet_bomb(), 413, "rows"),
        (gzip.compress(SCORES.encode())[:-20], 422, "truncated"),
        (b"\x1f\x8b" + b"\0" * 50, 422, "damaged"),
        (b"PAR1" + b"\0" * 50, 422, "damaged or truncated"),
        (b"PK\x03\x04 xl/", 422, "Excel"),
        (b"\x80\x04\x95 pickle", 422, "pickle"),
        (b"<html><script>alert(1)</script>", 422, "web page"),
        (b"\0\1\2\3" * 9, 422, "expected a table"),
        (b"task,params\n", 422, "expected"),
        (b" \n", 422, "Expected a table"),
        (("task,params,score\n" + "".join(f"t{i},1e8,0.5\n" for i in range(100))).encode(), 413, "at most 60 series"),
        (("task,params,score\n" + "a,1e8,0.5\n" * 6000).encode(), 413, "at most 5000 rows"),
    ],
)
def test_content_that_is_no_table_or_too_much_of_one(
    client: httpx.Client, content: bytes, status: int, words: str
) -> None:
    answer = client.post("/v1/jobs", files={"file": ("scores.csv", content)}, data={"resamples": "0"})
    assert words in require_problem(answer, status)["detail"]


def test_the_format_is_told_by_the_content_not_by_the_name(client: httpx.Client) -> None:
    file = io.BytesIO()
    pd.read_csv(io.StringIO(SCORES)).to_parquet(file)
    answer = client.post("/v1/inspections", files={"file": ("scores.csv", file.getvalue(), "text/csv")})
    assert answer.json()["files"] == [{"name": "scores.csv", "format": "Parquet", "n_rows": 8}]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/passwd", "passwd"),
        ("C:\\Windows\\system.ini", "system.ini"),
        ("/absolute/a.csv", "a.csv"),
        ("..", "upload-1"),
        ("a\x1b[31m\u202eb.csv", "a[31mb.csv"),
        ("x" * 400, "x" * 120),
    ],
)
def test_a_name_from_a_client_is_a_label_only(service: Service, client: httpx.Client, name: str, shown: str) -> None:
    before = {path for path in service.data.rglob("*") if "sqlite" not in path.name}
    answer = client.post("/v1/inspections", files={"file": (name, SCORES)})
    assert answer.json()["files"][0]["name"] == shown
    assert {path for path in service.data.rglob("*") if "sqlite" not in path.name} == before


def test_markup_and_formulas_in_a_table_stay_text(client: httpx.Client) -> None:
    table = SCORES.replace("addition", "<img src=x onerror=alert(1)>").replace("recall", "=cmd|' /C calc'!A0")
    job = finished(client, submit(client, table, name="<script>alert(2)</script>")["id"])
    assert job["state"] == "done"
    assert job["name"] == "<script>alert(2)</script>"  # JSON: text is text
    report = client.get(f"/v1/jobs/{job['id']}/report")
    assert "<img src=x" not in report.text
    assert "&lt;img src=x" in report.text
    policy = report.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "sandbox allow-scripts" in policy
    assert "script-src 'sha256-" in policy
    assert report.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"series": {**SERIES, "scale": []}}, "scale"),
        ({"series": {**SERIES, "sclae": [1]}}, "sclae"),
        ({"series": []}, "series"),
        ({"series": SERIES, "resamples": -1}, "resamples"),
        ({"series": SERIES, "resamples": 10**9}, "resamples"),
        ({"series": SERIES, "settings": {"prior": {"nonsense": 1}}}, "nonsense"),
        ({"series": {**SERIES, "n_correct": [1, 2]}}, "n_correct"),
        ({"series": {**SERIES, "chance_level": 7}}, "chance_level"),
        ({}, "series"),
        ([], "series"),
        ("x", ""),
    ],
)
def test_a_request_that_is_not_valid_says_what_was_expected(client: httpx.Client, body: object, words: str) -> None:
    assert words in require_problem(client.post("/v1/analyses", json=body), 422)["detail"]


def test_more_series_or_points_than_are_answered_at_once(client: httpx.Client) -> None:
    require_problem(client.post("/v1/analyses", json={"series": [SERIES] * 9}), 413, "too-many-series")
    many = {"scale": [float(i + 1) for i in range(201)], "score": [0.5] * 201}
    require_problem(client.post("/v1/analyses", json=many), 413, "too-many-points")


def test_options_that_are_not_valid(client: httpx.Client) -> None:
    for fields, words in (
        ({"resamples": "-1"}, "resamples"),
        ({"resamples": "100000"}, "resamples"),
        ({"colour": "red"}, "colour"),
        ({"settings": "{"}, "settings"),
        ({"scale": "weight"}, "weight"),
    ):
        answer = client.post("/v1/jobs", files={"file": ("a.csv", SCORES)}, data=fields)
        assert words in require_problem(answer, 422)["detail"]


def test_bytes_that_are_no_json(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    for content in (b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000):
        for path in ("/v1/jobs", "/v1/analyses"):
            answer = client.post(path, content=content, headers=headers)
            assert answer.status_code in (400, 422), (path, content[:9], answer.text)
            require_problem(answer, answer.status_code)


def test_slow_and_truncated_clients_are_dropped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with embedded(tmp_path, head_seconds=1, body_seconds=1) as service:
        place = urlsplit(service.address)
        head = f"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.key}\r\n"
        for sent, answered in (
            (b"GET /healthz HTTP/1.1\r\nHo", b""),  # a head that never ends
            (f"{head}Content-Length: 100\r\n\r\nshort".encode(), b"HTTP/1.1 408"),  # a body that never ends
        ):
            with socket.create_connection((str(place.hostname), int(place.port or 0))) as connection:
                started = time.monotonic()
                connection.sendall(sent)
                connection.settimeout(20)
                received = b""
                while chunk := connection.recv(4096):
                    received += chunk
                    if answered and b"\r\n\r\n" in received:
                        break
                assert received.startswith(answered)
                assert time.monotonic() - started < 15
        with socket.create_connection((str(place.hostname), int(place.port or 0))) as connection:
            connection.sendall(f"{head}Content-Length: 100\r\n\r\ncut".encode())  # and gone
        with service.client() as client:
            assert client.get("/healthz").status_code == 200
            assert client.get("/v1/jobs").json()["jobs"] == []
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_second_request_that_never_ends_is_dropped_and_a_pause_between_requests_is_not(tmp_path: Path) -> None:
    whole = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with embedded(tmp_path, head_seconds=0.5) as service:
        place = urlsplit(service.address)
        with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=30) as connection:
            for _ in range(2):
                connection.sendall(whole)
                received = b""
                while not received.endswith(b"}"):
                    received += connection.recv(4096)
                assert received.startswith(b"HTTP/1.1 200")
                time.sleep(0.8)  # longer than the patience with a head
            connection.sendall(whole[:20])
            while connection.recv(4096):
                pass


def test_an_analysis_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with embedded(tmp_path, analysis_seconds=0.05) as service, service.client() as client:
        problem = require_problem(client.post("/v1/analyses", json={**SERIES, "resamples": 1000}), 422, "too-slow")
        assert "use a job" in problem["detail"]


def test_a_key_has_so_many_jobs_at_a_time(tmp_path: Path) -> None:
    with embedded(tmp_path, max_active_jobs=2) as service, service.client() as client:
        first = submit(client)["id"]
        submit(client)
        answer = client.post("/v1/jobs", files={"file": ("a.csv", SCORES)})
        require_problem(answer, 429, "too-many-jobs")
        assert int(answer.headers["retry-after"]) > 0
        assert client.post(f"/v1/jobs/{first}/cancel").json()["state"] == "cancelled"
        submit(client)
