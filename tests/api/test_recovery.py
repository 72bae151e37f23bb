"""Jobs that last: whatever is killed in mid-job, the job finishes, once."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from emergence_stats_api.settings import ServiceSettings
from emergence_stats_api.store import jobs, leases
from emergence_stats_api.store.database import Database
from emergence_stats_api.store.files import OUTPUT, list_files
from emergence_stats_api.store.keys import create_key
from emergence_stats_api.store.tables import Job
from tests.api.conftest import (
    SCORES,
    SERIES,
    embedded,
    finished,
    lives,
    require_problem,
    running,
    submit,
    wait,
    work_off,
)
from tests.api.postgres import postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    import httpx


MANY = 24


def long_table(size: int) -> str:
    """A job that takes a while: the process that works on it starts with it."""
    return "task,params,n_correct,n_items,chance_level\n" + "".join(
        f"task {i},{scale},{correct + i % 48},200,0\n"
        for i in range(size)
        for scale, correct in (("1e8", 3), ("1e9", 5), ("1e10", 30), ("1e11", 140))
    )


QUICK: dict[str, Any] = {"lease_seconds": 5}  # long enough for a busy machine, short enough for a test


@pytest.fixture(params=["sqlite", "postgresql"])
def database_settings(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """Settings for each of the databases."""
    if request.param == "sqlite":
        yield {}
    else:
        with postgres() as url:
            yield {"database_url": url}


def test_a_job_whose_worker_is_killed_is_finished_by_the_next_once(tmp_path: Path) -> None:
    with embedded(tmp_path) as service, service.client() as client:
        job = submit(client, long_table(MANY))["id"]
        command = [sys.executable, "-m", "emergence_stats_api.cli", "worker", "--data", str(tmp_path)]
        environment = {**os.environ, "EMERGENCE_STATS_API_LEASE_SECONDS": str(QUICK["lease_seconds"])}
        with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment) as worker:
            wait(lambda: client.get(f"/v1/jobs/{job}").json()["state"] == "running")
            worker.kill()

        def taken_over() -> bool:
            work_off(service)
            return bool(client.get(f"/v1/jobs/{job}").json()["state"] == "done")

        wait(taken_over)
        assert client.get(f"/v1/jobs/{job}").json()["attempt"] == 2
        require_once(client, job)


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["server and worker", "server", "worker", "analysis"])
def test_a_job_whose_process_is_killed_finishes_once(
    tmp_path: Path, database_settings: dict[str, Any], victim: str
) -> None:
    settings = {**QUICK, **database_settings}
    with running(tmp_path, **settings) as service, service.client() as client:
        job = submit(client, long_table(MANY))["id"]
        wait(lambda: client.get(f"/v1/jobs/{job}").json()["state"] == "running")
        assert service.process is not None
        server = service.process.pid
        wait(lambda: any(worker_like(*child) for child in descendants(server)))
        (worker,) = (pid for pid, command in descendants(server) if worker_like(pid, command))
        if "worker" in victim:
            os.kill(worker, signal.SIGKILL)
        if "server" in victim:
            service.stop(signal.SIGKILL)
        if victim == "analysis":
            os.kill(next(pid for pid, command in descendants(worker) if "spawn_main" in command), signal.SIGKILL)
        if "server" not in victim:
            require_once(client, job)
            assert finished(client, job)["attempt"] > 1
        key = service.key
    if "server" in victim:
        with running(tmp_path, key, **settings) as again, again.client() as client:
            require_once(client, job)


@pytest.mark.slow
@pytest.mark.parametrize("size", [MANY, 600], ids=["ends meanwhile", "goes on"])
def test_a_job_outlives_a_database_that_is_away_for_longer_than_its_lease(tmp_path: Path, size: int) -> None:
    with (
        postgres_server() as server,
        running(tmp_path, database_url=server.url, **QUICK) as service,
        service.client() as client,
    ):
        wait(lambda: client.get("/readyz").status_code == 200)
        job = submit(client, long_table(size))["id"]
        wait(lambda: client.get(f"/v1/jobs/{job}").json()["state"] == "running")
        server.stop()
        for answer in (client.get(f"/v1/jobs/{job}"), client.post("/v1/analyses", json=SERIES)):
            require_problem(answer, 503, "database-unavailable")
        time.sleep(2 * QUICK["lease_seconds"])
        server.start()
        wait(lambda: client.get(f"/v1/jobs/{job}").status_code == 200)
        require_once(client, job, size)
        assert finished(client, submit(client)["id"])["state"] == "done"
        assert client.get("/metrics").status_code == 200


def require_once(client: httpx.Client, job: str, size: int = MANY) -> None:
    """The job ends well, with one set of results, and does not start again."""
    done = finished(client, job)
    assert done["state"] == "done"
    assert done["progress"] == {"done": size, "total": size}
    results = client.get(f"/v1/jobs/{job}/results").json()
    assert [document["series"]["name"] for document in results] == sorted(f"task {i}" for i in range(size))
    assert client.get(f"/v1/jobs/{job}").json() == done


def progress(client: httpx.Client, job: str) -> int:
    """Series done."""
    return int(client.get(f"/v1/jobs/{job}").json()["progress"]["done"])


def descendants(pid: int) -> list[tuple[int, str]]:
    """Processes that a process started, with their command lines."""
    listed = subprocess.run(["ps", "-ww", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    return [(int(own), command) for own, parent, command in rows if int(parent) == pid]


def family(pid: int) -> set[int]:
    """A process's descendants of every generation."""
    children = {child for child, _ in descendants(pid)}
    return children.union(*map(family, children))


def worker_like(pid: int, command: str) -> bool:
    """Whether a process is a worker: one that has a process of its own to analyse in."""
    return "spawn_main" in command and any("spawn_main" in child for _, child in descendants(pid))


def test_a_stopped_service_answers_what_is_open_puts_its_job_back_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with running(tmp_path, **QUICK) as service, service.client() as client, ThreadPoolExecutor() as threads:
        job = submit(client, long_table(200))["id"]
        wait(lambda: progress(client, job) > 0)
        assert service.process is not None
        started = family(service.process.pid)
        assert len(started) >= 4  # analyst, reader, worker, its analyst
        asked: list[Future[httpx.Response]] = []

        def one_is_open() -> bool:
            if not asked or asked[-1].done():  # answered before anybody looked: ask again
                asked.append(threads.submit(client.post, "/v1/analyses", json={**SERIES, "resamples": 1000}))
            return "emergence_stats_waiting_analyses 1.0" in client.get("/metrics").text

        wait(one_is_open)
        assert service.stop() == 0
        answer = asked[-1].result()
        assert (answer.status_code, answer.json()["resamples"]) == (200, 1000)
    wait(lambda: not any(lives(pid) for pid in started), 30)
    with contextlib.closing(Database(ServiceSettings(data=tmp_path).url)) as database, database.read() as session:
        (stored,) = session.query(Job).all()
        assert (stored.state, stored.attempt, stored.lease_owner) == ("queued", 0, None)


def test_an_idempotency_key_is_honoured_across_restarts(tmp_path: Path) -> None:
    headers = {"Idempotency-Key": "nightly-1"}
    body: dict[str, Any] = {"files": {"file": ("scores.csv", SCORES)}, "data": {"resamples": "0"}, "headers": headers}
    with embedded(tmp_path) as service, service.client() as client:
        first = client.post("/v1/jobs", **body)
        assert "idempotent-replayed" not in first.headers
        answers: list[httpx.Response] = []
        threads = [threading.Thread(target=lambda: answers.append(client.post("/v1/jobs", **body))) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        key = service.key
    with embedded(tmp_path, key) as service, service.client() as client:
        answers.append(client.post("/v1/jobs", **body))
        assert {answer.status_code for answer in answers} == {202}
        assert {answer.json()["id"] for answer in answers} == {first.json()["id"]}
        assert {answer.headers["idempotent-replayed"] for answer in answers} == {"true"}
        assert len(client.get("/v1/jobs").json()["jobs"]) == 1
        changed = client.post("/v1/jobs", **{**body, "data": {"resamples": "1"}})
        require_problem(changed, 422, "idempotency-key-reused")
        with service.client(service.new_key("submit", "read")) as other:
            assert other.post("/v1/jobs", **body).json()["id"] != first.json()["id"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    """An empty database."""
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    database.migrate()
    yield database
    database.close()


def new_job(database: Database, key: str, name: str = "job", *, max_active: int = 9) -> Job:
    """A job of a key."""
    import io

    made, _ = jobs.submit(
        database,
        jobs.NewJob(
            key_id=key.split("_")[1],
            name=name,
            options={},
            fingerprint="",
            total=1,
            idempotency_key=None,
            request_id=None,
            inputs=[("a", io.BytesIO(b"x" * 3_000_000))],
        ),
        max_active=max_active,
    )
    return made


def test_only_who_holds_the_lease_finishes_a_job(store: Database, tmp_path: Path) -> None:
    key = create_key(store, name="k")
    job = new_job(store, key)
    slow = leases.claim(store, seconds=-1, max_attempts=3)  # its lease has run out at once
    quick = leases.claim(store, seconds=60, max_attempts=3)
    assert slow is not None
    assert quick is not None
    assert slow.job_id == quick.job_id == job.id
    assert leases.claim(store, seconds=60, max_attempts=3) is None
    out = tmp_path / "out"
    out.write_bytes(b"result")
    words: dict[str, Any] = {"outputs": {"o": out}, "headline": "", "counts": {"flat": 1}, "report_policy": ""}
    assert leases.renew(store, slow, seconds=60, done=1, total=1) is None
    assert not leases.finish(store, slow, **words)
    assert leases.finish(store, quick, **words)
    assert not leases.finish(store, quick, **words)
    with store.read() as session:
        assert [file.name for file in list_files(session, job.id, OUTPUT)] == ["o"]


def test_a_job_that_kills_its_workers_is_given_up(store: Database) -> None:
    key = create_key(store, name="k")
    job = new_job(store, key)
    for _ in range(3):
        assert leases.claim(store, seconds=-1, max_attempts=3) is not None
    assert leases.claim(store, seconds=60, max_attempts=3) is None
    given_up = jobs.find(store, key.split("_")[1], job.id)
    assert given_up is not None
    assert given_up.state == "failed"
    assert "stopped 3 times" in str(given_up.error)


def test_requests_at_the_same_time_get_no_more_jobs_than_the_key_may_have(store: Database) -> None:
    key = create_key(store, name="k")
    with ThreadPoolExecutor(8) as threads:
        made = [threads.submit(new_job, store, key, max_active=3) for _ in range(8)]
    refused = [future.exception() for future in made if future.exception() is not None]
    assert [type(error) for error in refused] == [jobs.NoRoomError] * 5
    assert jobs.count_active(store, key.split("_")[1]) == 3
    job = next(future.result().id for future in made if future.exception() is None)
    jobs.cancel(store, key.split("_")[1], job)
    new_job(store, key, max_active=3)
    with pytest.raises(jobs.NoRoomError):
        jobs.retry(store, key.split("_")[1], job, max_active=3)


def test_keys_take_turns(store: Database) -> None:
    busy, other = create_key(store, name="busy"), create_key(store, name="other")
    for name in ("a", "b", "c"):
        new_job(store, busy, name)
    new_job(store, other, "d")
    order = []
    while lease := leases.claim(store, seconds=60, max_attempts=3):
        order.append(lease.job_id)
    with store.read() as session:
        names = {job.id: job.name for job in session.query(Job)}
    assert [names[job] for job in order] == ["a", "d", "b", "c"]


def test_old_jobs_expire_and_the_oldest_make_room(store: Database) -> None:
    key = create_key(store, name="k")
    made = [new_job(store, key, str(i)).id for i in range(4)]
    for job in made[:3]:
        jobs.cancel(store, key.split("_")[1], job)
    assert jobs.expire(store, days=1, storage_limit=10**9) == 0
    assert jobs.expire(store, days=1, storage_limit=7_000_000) == 2
    left = [job.id for job in jobs.list_jobs(store, key.split("_")[1])]
    assert left == [made[3], made[2]]  # what waits is never removed
    assert jobs.expire(store, days=1e-9, storage_limit=10**9) == 1


@pytest.mark.slow
def test_a_running_job_can_be_cancelled_and_tried_again(tmp_path: Path) -> None:
    with running(tmp_path, **QUICK) as service, service.client() as client:
        job = submit(client, long_table(200))["id"]
        wait(lambda: client.get(f"/v1/jobs/{job}").json()["state"] == "running")
        assert client.post(f"/v1/jobs/{job}/cancel").status_code == 202
        assert finished(client, job)["state"] == "cancelled"
        assert client.post(f"/v1/jobs/{job}/retry").json()["state"] == "queued"
        deleted = submit(client, long_table(200))["id"]
        assert client.delete(f"/v1/jobs/{deleted}").status_code == 204
        assert finished(client, job)["state"] == "done"
