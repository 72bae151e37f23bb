"""A running service: the program as a shell starts it, spoken to over HTTP."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
import uvicorn

from emergence_stats_api import state
from emergence_stats_api.server import listen, server_config
from emergence_stats_api.settings import ServiceSettings
from emergence_stats_api.store.database import Database
from emergence_stats_api.store.keys import create_key
from emergence_stats_api.work.pool import WorkPool
from emergence_stats_api.work.runner import JobRunner

START_SECONDS = 300
JOB_SECONDS = 900  # kernels may have to be compiled first, on a machine that has much else to do

SCORES = textwrap.dedent("""\
    task,params,n_correct,n_items,chance_level
    addition,1e8,3,200,0
    addition,1e9,2,200,0
    addition,1e10,4,200,0
    addition,1e11,150,200,0
    recall,1e8,40,200,0
    recall,1e9,80,200,0
    recall,1e10,121,200,0
    recall,1e11,160,200,0
""")
SERIES: dict[str, Any] = {
    "scale": [1e8, 1e9, 1e10, 1e11],
    "n_correct": [126, 119, 133, 441],
    "n_items": [500] * 4,
    "chance_level": 0.25,
    "name": "unscramble",
}


@dataclasses.dataclass(slots=True, kw_only=True)
class Service:
    """A service that was started.

    Attributes:
        address: where it listens.
        data: its folder.
        key: with all scopes.
        process: of the server, if it has one of its own.
        environment: what that was started with.
        log: what that wrote.
    """

    address: str
    data: Path
    key: str
    process: subprocess.Popen[str] | None = None
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    log: Path | None = None

    def client(self, key: str | None = None) -> httpx.Client:
        """A client with the first key, or another; "" for none."""
        wanted = self.key if key is None else key
        headers = {"Authorization": f"Bearer {wanted}"} if wanted else {}
        return httpx.Client(base_url=self.address, headers=headers, timeout=JOB_SECONDS)

    def new_key(self, *scopes: str) -> str:
        """Another key."""
        database = Database(ServiceSettings(data=self.data).url)
        key = create_key(database, name="somebody", scopes=scopes)
        database.close()
        return key

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the server; with SIGKILL its workers get no word of it."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(60)


def run_program(
    *words: str, data: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the service's command line."""
    command = [sys.executable, "-m", "emergence_stats_api.cli", *words, "--data", str(data)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})}, timeout=120
    )


def start(data: Path, key: str = "", **settings: object) -> Service:
    """Start the service on a free port; `settings` by their names."""
    environment = {f"EMERGENCE_STATS_API_{name.upper()}": str(value) for name, value in settings.items()}
    environment.setdefault("EMERGENCE_STATS_API_ANALYSIS_PROCESSES", "1")
    log = data / "log.jsonl"
    data.mkdir(parents=True, exist_ok=True)
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "emergence_stats_api.cli", "serve", "--port", "0", "--data", str(data)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **environment},
        )
    assert process.stdout is not None
    first = process.stdout.readline()
    second = process.stdout.readline()
    assert first.startswith("emergence_stats listens on "), log.read_text()[-3000:]
    address = first.split()[-1]
    found = re.search(r"es_\S+", second)
    service = Service(
        process=process,
        address=address,
        data=data,
        environment=environment,
        key=found[0] if found else key,
        log=log,
    )
    wait(lambda: _answers(address), START_SECONDS)
    return service


@contextlib.contextmanager
def running(data: Path, key: str = "", **settings: object) -> Iterator[Service]:
    """A service that is stopped at the end."""
    service = start(data, key, **settings)
    try:
        yield service
    finally:
        assert service.process is not None
        if service.process.poll() is None:
            service.stop()
        assert service.process.stdout is not None
        service.process.stdout.close()


class SharedPool(WorkPool):
    """One process for all servers and workers inside this one, started with its first task: a start takes a second."""

    used: ClassVar[SharedPool | None] = None

    def start(self) -> None:
        """Nothing is warmed up."""

    def close(self) -> None:
        """It goes on: `pytest_sessionfinish` ends it."""

    @classmethod
    def get(cls, *_: object, **__: object) -> SharedPool:
        """The pool, whatever was asked for."""
        if cls.used is None:
            cls.used = cls(1, memory_mib=ServiceSettings().memory_limit_mib)
        return cls.used


def pytest_sessionfinish() -> None:
    """End the shared process."""
    if SharedPool.used is not None:
        WorkPool.close(SharedPool.used)


@contextlib.contextmanager
def embedded(data: Path, key: str = "", **settings: object) -> Iterator[Service]:
    """A server inside this process, without workers and with a process that is shared: quick to start and to stop."""
    chosen = embedded_settings(data, **settings)
    database = Database(chosen.url)
    database.migrate()
    key = key or create_key(database, name="test")
    database.close()
    listening = listen(chosen)
    server = uvicorn.Server(server_config(chosen))
    thread = threading.Thread(target=server.run, args=([listening],))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "WorkPool", SharedPool.get)
        thread.start()
        try:
            wait(lambda: _answers(address), START_SECONDS)
            yield Service(address=address, data=data, key=key)
        finally:
            server.should_exit = True
            thread.join()


def embedded_settings(data: Path, **settings: object) -> ServiceSettings:
    """Settings of such a server."""
    return ServiceSettings.model_validate({"data": data, "port": 0, "workers": 0, "analysis_processes": 1, **settings})


def work_off(service: Service, **settings: object) -> None:
    """Take one job of an embedded server and end it, as a worker does."""
    chosen = embedded_settings(service.data, **settings)
    database = Database(chosen.url)
    try:
        JobRunner(chosen, database, SharedPool.get(), stopping=lambda: False).take()
    finally:
        database.close()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def wait(condition: Callable[[], bool], seconds: float = JOB_SECONDS) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def lives(pid: int) -> bool:
    """Whether a process runs: one that has ended and is not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def finished(client: httpx.Client, job_id: str) -> dict[str, Any]:
    """A job once it is done, failed or cancelled."""
    job: dict[str, Any] = {}

    def ended() -> bool:
        job.update(client.get(f"/v1/jobs/{job_id}").json())
        return job["state"] not in ("queued", "running")

    wait(ended)
    return job


def submit(client: httpx.Client, table: str = SCORES, **fields: object) -> dict[str, Any]:
    """Submit a table as a file."""
    answer = client.post(
        "/v1/jobs",
        files={"file": ("scores.csv", table)},
        data={"resamples": "0", **{name: str(value) for name, value in fields.items()}},
    )
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


def require_problem(answer: httpx.Response, status: int, kind: str = "") -> dict[str, Any]:
    """An answer must be problem JSON (RFC 9457)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    if kind:
        assert problem["type"] == f"urn:emergence-stats:problem:{kind}"
    return problem


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all tests that leave it as it was."""
    with running(
        tmp_path_factory.mktemp("service"), body_limit_mib=1, unpacked_limit_mib=2, max_rows=5000, max_series=60
    ) as started:
        yield started


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    """A client with a key of its own, all scopes."""
    with service.client() as made:
        yield made
