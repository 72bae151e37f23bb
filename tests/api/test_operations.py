"""What those who run the service look at: log, metrics, probes, traces."""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import json
import socket
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from emergence_stats_api import logs, tracing
from emergence_stats_api.server import listen
from emergence_stats_api.settings import ServiceSettings
from tests.api.conftest import SERIES, embedded, finished, require_problem, running, submit, wait
from tests.api.postgres import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.api.conftest import Service


def log_of(service: Service, request_id: str) -> list[dict[str, Any]]:
    """The lines of a request, and of the job it made; every line must be a JSON object of the documented form."""
    assert service.log is not None
    whole, _, _ = service.log.read_text(encoding="utf-8").rpartition("\n")  # the last line may be half written
    entries = [json.loads(line) for line in whole.splitlines()]
    assert all({"time", "level", "logger", "message", "request_id"} <= entry.keys() for entry in entries)
    return [entry for entry in entries if entry["request_id"] == request_id]


def test_a_request_is_one_line_of_the_log_with_its_id(service: Service, client: httpx.Client) -> None:
    answer = client.get("/v1/jobs/nowhere", headers={"X-Request-Id": "from-the-proxy.1"})
    assert answer.headers["x-request-id"] == "from-the-proxy.1"
    assert require_problem(answer, 404)["instance"] == "urn:request:from-the-proxy.1"
    wait(lambda: bool(log_of(service, "from-the-proxy.1")), 10)  # written once the answer is on its way
    (line,) = log_of(service, "from-the-proxy.1")
    told = {name: line[name] for name in ("level", "logger", "method", "route", "status", "client", "key")}
    assert told == {
        "level": "info",
        "logger": "emergence_stats_api.access",
        "method": "GET",
        "route": "/v1/jobs/{job_id}",
        "status": 404,
        "client": "127.0.0.1",
        "key": service.key.split("_")[1],
    }
    assert line["seconds"] > 0


@pytest.mark.parametrize("given", ["", "two words", "x" * 65, '"};{"level":"error'])
def test_an_id_that_could_spoil_the_log_is_replaced(client: httpx.Client, given: str) -> None:
    answer = client.get("/healthz", headers={"X-Request-Id": given})
    assert len(answer.headers["x-request-id"]) == 16
    assert answer.headers["x-request-id"] != client.get("/healthz").headers["x-request-id"]


def test_a_jobs_lines_carry_the_id_of_the_request_that_made_it(service: Service, client: httpx.Client) -> None:
    client.headers["X-Request-Id"] = "nightly-7"
    job = submit(client)["id"]
    client.headers["X-Request-Id"] = "looking"
    finished(client, job)
    wait(lambda: len(log_of(service, "nightly-7")) >= 3, 10)
    request, begun, ended = log_of(service, "nightly-7")
    assert (request["route"], begun["message"], ended["message"]) == ("/v1/jobs", "job started", "job ended")
    assert (begun["job"], begun["attempt"], ended["outcome"]) == (job, 1, "done")


def test_the_log_holds_no_secrets(service: Service, client: httpx.Client) -> None:
    job = finished(client, submit(client)["id"])["id"]
    link = client.post(f"/v1/jobs/{job}/shares").json()["url"]
    assert client.get(link).status_code == 200
    assert client.get("/v1/jobs", headers={"Authorization": "Bearer es_0123456789ab_" + "s" * 43}).status_code == 401
    assert service.log is not None
    text = service.log.read_text(encoding="utf-8")
    assert link.rpartition("/")[2] not in text
    assert service.key.split("_", 2)[2] not in text
    assert "s" * 43 not in text


def test_a_line_break_in_a_message_begins_no_other_line() -> None:
    import logging

    record = logging.LogRecord("x", logging.ERROR, "", 0, 'first\n{"level": "info"} %s', ("\u2028",), None)
    (line,) = logs.JsonFormatter().format(record).splitlines()
    assert json.loads(line)["message"] == 'first\n{"level": "info"} \u2028'


def test_metrics_count_requests_by_pattern_and_jobs_by_state(client: httpx.Client) -> None:
    before = samples(client)
    job = finished(client, submit(client)["id"])
    for identity in (job["id"], "nowhere", "../etc"):
        client.get(f"/v1/jobs/{identity}/run")
    after = samples(client)
    run = {"method": "GET", "route": "/v1/jobs/{job_id}/run"}
    for status, number in (("200", 1), ("404", 1)):
        name = key("emergence_stats_requests_total", **run, status=status)
        assert after[name] - before.get(name, 0) == number
    seconds = key("emergence_stats_request_seconds_count", route=run["route"])
    assert after[seconds] - before.get(seconds, 0) == 2
    done = key("emergence_stats_jobs", state="done")
    assert after[done] - before[done] == 1
    assert after[key("emergence_stats_workers")] == 1
    assert after[key("emergence_stats_waiting_analyses")] == 0
    assert job["id"] not in str(after.keys())


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """A sample's name and labels."""
    return name, frozenset(labels.items())


def samples(client: httpx.Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """What Prometheus would read."""
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        key(sample.name, **sample.labels): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_a_whole_service_is_ready(service: Service) -> None:
    with service.client("") as nobody:
        assert nobody.get("/healthz").json()["status"] == "ok"
        wait(lambda: nobody.get("/readyz").status_code == 200)
        parts = nobody.get("/readyz").json()["parts"]
    assert parts == {"database": True, "schema": True, "workers": True, "analyses": True}


def test_a_service_that_lacks_something_says_what(tmp_path: Path) -> None:
    with embedded(tmp_path) as service, service.client() as client:
        assert client.get("/readyz").json()["parts"]["workers"] is False
        assert client.get("/readyz").json()["parts"]["schema"] is True
        with contextlib.closing(sqlite3.connect(tmp_path / "service.sqlite")) as database, database:
            database.execute("update alembic_version set version_num = 'older'")
        lacking = client.get("/readyz")
        assert lacking.status_code == 503
        assert (lacking.json()["ready"], lacking.json()["parts"]["schema"]) == (False, False)
        assert client.get("/healthz").status_code == 200


@pytest.mark.slow
def test_a_database_that_goes_away_is_told_and_does_not_kill_the_server(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        database = contextlib.ExitStack()
        url = database.enter_context(postgres())
        service = stack.enter_context(running(tmp_path, database_url=url))
        client = stack.enter_context(service.client())
        wait(lambda: client.get("/readyz").status_code == 200)
        database.close()
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").json()["parts"]["database"] is False
        for answer in (client.get("/v1/jobs"), client.post("/v1/analyses", json=SERIES)):
            require_problem(answer, 503, "database-unavailable")
            assert int(answer.headers["retry-after"]) > 0


def test_the_body_of_an_answer_does_not_wait_for_the_clients_word_on_its_head() -> None:
    class Telling(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            sent_at_once.append(
                transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
            )
            transport.close()

    async def connect() -> None:
        listening = listen(ServiceSettings(port=0))
        async with await asyncio.get_running_loop().create_server(Telling, sock=listening):
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            assert await reader.read() == b""  # until it is closed
            writer.close()

    sent_at_once: list[bool] = []
    asyncio.run(connect())
    assert sent_at_once == [True]


@contextlib.contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """An OpenTelemetry collector that keeps what it is sent."""
    received: list[bytes] = []

    class Keeping(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keeping) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/traces", received
        finally:
            server.shutdown()
            thread.join()


def test_requests_are_traced_down_to_the_last_and_secrets_are_not(tmp_path: Path) -> None:
    with collector() as (address, received):
        with embedded(tmp_path, otlp_endpoint=address) as service, service.client() as client:
            client.get("/v1/jobs", headers={"X-Request-Id": "traced"})
            client.get("/shared/secret-of-a-link")
            client.get("/healthz")
        spans = [
            span
            for body in received
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
    assert [span.name for span in spans] == ["GET /v1/jobs"]
    attributes = {item.key: item.value.string_value for item in spans[0].attributes}
    assert (attributes["request_id"], attributes["http.route"]) == ("traced", "/v1/jobs")
    assert b"secret-of-a-link" not in b"".join(received)
    assert service.key.encode() not in b"".join(received)


def test_without_an_address_nothing_is_traced() -> None:
    from fastapi import FastAPI

    app = FastAPI()
    tracing.install(app, ServiceSettings())()
    assert app.user_middleware == []
