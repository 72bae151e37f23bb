"""A running service under load, from this machine: one series at a time while a batch job runs, then many queued jobs.

The server, its worker and the clients share the processors, so the clients' own work is part of every figure. Requests
are sent at fixed moments, whether or not the ones before were answered (an open loop): a server that falls behind shows
it. Series differ from request to request. The limits are those of the service's specification.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import io
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import httpx
import numpy as np
import pandas as pd

from benchmarks.cases import Case
from benchmarks.machine import processor_seconds
from benchmarks.suites import make_suite

RATE = 40  # requests a second
START_SECONDS = 900  # kernels may have to be compiled
PROCESSES = 2
PLAIN = {"resamples": "0", "cross_checks": "false"}
HEAD_SECONDS = 5  # of patience with a client whose request does not come


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A service that was started for the measurement.

    Attributes:
        address: where it listens.
        headers: with a key.
        folder: of its database.
        session: the process session of all its processes.
    """

    address: str
    headers: dict[str, str]
    folder: str
    session: int


def run(*, seconds: float, jobs: int, bad_keys: int, slow: int, large: int, seed: int = 1) -> pd.DataFrame:
    """Every measurement, one row each: quantity, value, limit.

    Args:
        seconds: how long single series are asked for.
        jobs: small jobs that are queued at once.
        bad_keys: requests with wrong keys.
        slow: connections that never finish the head of a request.
        large: bodies beyond the limit, half of them without saying so.
        seed: of the series.
    """
    rows: list[tuple[str, str, str]] = []
    with service() as started:
        cases = make_suite("clear", 200, seed)
        before, begun = _others_seconds(started), time.perf_counter()
        answers = asyncio.run(single_series(started, cases, seconds))
        others = (_others_seconds(started) - before) / (time.perf_counter() - begun)
        latencies = np.array([latency for _, latency in answers])
        good = sum(status == 200 for status, _ in answers)
        span = max(seconds, float(latencies.max()))
        rows += [
            (f"single series at {RATE} a second for {seconds:g} s, a batch job running: answered", f"{good}", ""),
            ("the same: answers a second", f"{good / span:.1f}", f">= {RATE}"),
            ("the same: median; 99 % below", f"{_ms(latencies, 0.5)}; {_ms(latencies, 0.99)}", "250 ms"),
            ("the same: refused or failed", f"{len(answers) - good}", "0"),
            ("the same: processors that other programs used meanwhile", f"{others:.2f} of {os.cpu_count()}", ""),
        ]
        rows.append(slow_clients(started, cases, slow))
        rows.append(large_bodies(started, large))
        rows.append(truncated_bodies(started, large))
        _tell(rows)
        rows += queued_jobs(started, cases[0], jobs)
        rows.append(others_jobs(started, cases[0]))
        rows.append(server_errors(started))
        rows.append(wrong_keys(started, bad_keys))  # last: the address is shut out for a while
    _tell(rows)
    return pd.DataFrame(rows, columns=["quantity", "measured", "limit"])


@contextlib.contextmanager
def service() -> Iterator[Started]:
    """The service as `emergence-stats serve` starts it, warm."""
    settings = {"ANALYSIS_PROCESSES": str(PROCESSES), "RATE_LIMIT": "1000000/minute", "LOG_LEVEL": "warning"}
    settings |= {"HEAD_SECONDS": str(HEAD_SECONDS), "BODY_LIMIT_MIB": "4"}
    environment = {**os.environ, **{f"EMERGENCE_STATS_API_{name}": value for name, value in settings.items()}}
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "emergence_stats_api.cli", "serve", "--port", "0", "--data", folder],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
        )
        assert process.stdout is not None
        try:
            address = process.stdout.readline().split()[-1]
            (key,) = re.findall(r"es_\S+", process.stdout.readline())
            started = Started(
                address=address, headers={"Authorization": f"Bearer {key}"}, folder=folder, session=process.pid
            )
            end = time.monotonic() + START_SECONDS
            while not _is_ready(address) and time.monotonic() < end:
                time.sleep(0.5)
            if not _is_ready(address):
                msg = f"expected the service to be ready within {START_SECONDS} s"
                raise RuntimeError(msg)
            yield started
        finally:
            process.terminate()
            process.wait(60)
            process.stdout.close()


def _others_seconds(started: Started) -> float:
    """Processor seconds used by everything but the service and this process."""
    return processor_seconds() - processor_seconds(started.session) - time.process_time()


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=30).status_code == 200
    except httpx.TransportError:
        return False


async def single_series(started: Started, cases: Sequence[Case], seconds: float) -> list[tuple[int, float]]:
    """Status and seconds of every request."""
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx.AsyncClient(
        base_url=started.address, headers=started.headers, timeout=120, limits=limits
    ) as client:
        batch = await client.post("/v1/jobs", files={"file": ("batch.csv", batch_table(cases))})
        batch.raise_for_status()

        async def ask(number: int) -> tuple[int, float]:
            await asyncio.sleep(number / RATE)
            sent = time.perf_counter()
            answer = await client.post("/v1/analyses", json={"series": as_json(cases[number % len(cases)])})
            return answer.status_code, time.perf_counter() - sent

        answers = await asyncio.gather(*(ask(i) for i in range(int(RATE * seconds))))
        state = (await client.get(f"/v1/jobs/{batch.json()['id']}")).json()["state"]
        assert state in ("running", "done"), state
        (await client.delete(f"/v1/jobs/{batch.json()['id']}")).raise_for_status()
    return list(answers)


def queued_jobs(started: Started, case: Case, number: int) -> list[tuple[str, str, str]]:
    """Many small jobs at once: how many come out, and how fast."""
    content = table([case])
    begun = time.perf_counter()
    with httpx.Client(base_url=started.address, headers=started.headers, timeout=120) as client:
        made = set()
        for _ in range(number):
            answer = client.post("/v1/jobs", files={"file": ("one.csv", content)}, data=PLAIN)
            answer.raise_for_status()
            made.add(answer.json()["id"])
        queued = time.perf_counter() - begun
        while any(client.get("/v1/jobs", params={"state": state}).json()["jobs"] for state in ("queued", "running")):
            time.sleep(1)
        span = time.perf_counter() - begun
        done = sum(client.get(f"/v1/jobs/{identity}").json()["state"] == "done" for identity in made)
    lost = number - done
    return [
        (f"{number} jobs of one series: queued in; done after", f"{queued:.0f} s; {span:.0f} s", ""),
        ("the same: lost or failed", f"{lost}", "0"),
    ]


def wrong_keys(started: Started, number: int) -> tuple[str, str, str]:
    """Requests with wrong keys: all refused, and the server still answers."""
    with httpx.Client(base_url=started.address, timeout=60) as client:
        refused = sum(
            client.get("/v1/jobs", headers={"Authorization": f"Bearer es_{i:012x}_{'x' * 43}"}).status_code
            in (401, 429)
            for i in range(number)
        )
        alive = client.get("/healthz").status_code == 200
    return (f"{number} wrong keys: refused; still alive", f"{refused}; {_yes(alive)}", f"{number}; yes")


def slow_clients(started: Started, cases: Sequence[Case], number: int) -> tuple[str, str, str]:
    """Connections that never finish a request: others are answered meanwhile, and the connections are closed."""
    place = urlsplit(started.address)
    with contextlib.ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection((str(place.hostname), int(place.port or 0))))
            for _ in range(number)
        ]
        for connection in connections:
            connection.sendall(b"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nX-Slow")
        latencies = []
        with httpx.Client(base_url=started.address, headers=started.headers, timeout=60) as client:
            for case in cases[:20]:
                sent = time.perf_counter()
                client.post("/v1/analyses", json={"series": as_json(case)}).raise_for_status()
                latencies.append(time.perf_counter() - sent)
        closed = 0
        for connection in connections:
            connection.settimeout(HEAD_SECONDS + 10)
            with contextlib.suppress(TimeoutError):
                closed += connection.recv(1) == b""
    median = _ms(np.array(latencies), 0.5)
    return (
        f"{number} clients that never finish: closed; median of an analysis meanwhile",
        f"{closed}; {median}",
        f"{number}",
    )


def large_bodies(started: Started, number: int) -> tuple[str, str, str]:
    """Bodies of twice the limit, half of them without a word of their size: all refused."""

    def endless() -> Iterator[bytes]:
        for _ in range(8):
            yield b"x" * 2**20

    refused = 0
    with httpx.Client(base_url=started.address, headers=started.headers, timeout=60) as client:
        for i in range(number):
            content = b"x" * 2**23 if i % 2 else endless()
            try:
                refused += client.post("/v1/jobs", content=content).status_code == 413
            except httpx.WriteError:  # the answer came, and the connection was closed, while we still wrote
                refused += 1
        alive = client.get("/healthz").status_code == 200
    return (f"{number} bodies of twice the limit: refused; still alive", f"{refused}; {_yes(alive)}", f"{number}; yes")


def truncated_bodies(started: Started, number: int) -> tuple[str, str, str]:
    """Bodies that end before they said, with their connection."""
    place = urlsplit(started.address)
    head = f"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: {started.headers['Authorization']}\r\n"
    with httpx.Client(base_url=started.address, headers=started.headers, timeout=60) as client:
        before = _jobs_made(client)
        for _ in range(number):
            with socket.create_connection((str(place.hostname), int(place.port or 0))) as connection:
                connection.sendall(f"{head}Content-Length: 100000\r\n\r\ntask,params,score\n".encode())
        made = _jobs_made(client) - before
        alive = client.get("/healthz").status_code == 200
    return (f"{number} bodies that are cut off: jobs made of them; still alive", f"{made:g}; {_yes(alive)}", "0; yes")


def others_jobs(started: Started, case: Case) -> tuple[str, str, str]:
    """Every path of a job, asked for with another key and with ids that do not exist."""
    data = started.folder
    command = [sys.executable, "-m", "emergence_stats_api.cli", "keys", "create", "other", "--data", data]
    key = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    with (
        httpx.Client(base_url=started.address, headers=started.headers, timeout=60) as owner,
        httpx.Client(base_url=started.address, headers={"Authorization": f"Bearer {key}"}, timeout=60) as other,
    ):
        job = owner.post("/v1/jobs", files={"file": ("one.csv", table([case]))}, data=PLAIN).json()["id"]
        document = owner.get("/openapi.json").json()
        asked = [
            other.request(method, path.format(job_id=identity, share_id="x"), params={"since": identity})
            for path, operations in document["paths"].items()
            for method in operations
            if "{job_id}" in path
            for identity in (job, "x" * len(job))
        ]
    found = sum(answer.status_code == 404 for answer in asked)
    return (f"{len(asked)} requests for other people's jobs and for none: 404", f"{found}", f"{len(asked)}")


def server_errors(started: Started) -> tuple[str, str, str]:
    """Answers of 500 and above to anything before, as the service itself counts them."""
    text = httpx.get(f"{started.address}/metrics", headers=started.headers, timeout=60).text
    counts = re.findall(
        r'^emergence_stats_requests_total\{(?!.*route="/readyz").*status="5\d\d"\} (\S+)$', text, re.MULTILINE
    )  # /readyz says 503 until it is warm
    told = sum(float(count) for count in counts)
    return ("answers of 500 and above to all of these", f"{told:g}", "0")


def _jobs_made(client: httpx.Client) -> float:
    """Jobs in any state."""
    counts = re.findall(r"^emergence_stats_jobs\{.*\} (\S+)$", client.get("/metrics").text, re.MULTILINE)
    return sum(float(count) for count in counts)


def as_json(case: Case) -> dict[str, object]:
    """A series as a request holds it."""
    series = case.series
    fields: dict[str, object] = {"scale": series.scale.tolist(), "chance_level": series.chance_level}
    for name in ("n_correct", "n_items"):
        values = getattr(series, name)
        if values is not None:
            fields[name] = values.tolist()
    if series.n_correct is None and series.score is not None:
        fields["score"] = series.score.tolist()
    return fields


def table(cases: Sequence[Case]) -> bytes:
    """Series as a tidy table."""
    frames = []
    for number, case in enumerate(cases):
        fields = as_json(case)
        frames.append(pd.DataFrame({**fields, "params": fields.pop("scale"), "task": f"task {number}"}))
    text = io.StringIO()
    pd.concat(frames).drop(columns="scale", errors="ignore").to_csv(text, index=False)
    return text.getvalue().encode()


def batch_table(cases: Sequence[Case]) -> bytes:
    """A job that outlasts the measurement."""
    return table([*cases] * 10)


def _tell(rows: Sequence[tuple[str, str, str]]) -> None:
    """What is known so far: the whole takes minutes."""
    for row in rows:
        print(*row, sep=" | ", file=sys.stderr, flush=True)


def _yes(true: bool) -> str:
    return "yes" if true else "no"


def _ms(latencies: np.ndarray, quantile: float) -> str:
    return f"{1000 * np.quantile(latencies, quantile):.0f} ms"
