"""What Prometheus reads at ``/metrics``: counts of this server process, and of jobs from the database."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from emergence_stats_api.store import jobs, leases
from emergence_stats_api.store.database import Database
from emergence_stats_api.work.queue import JobQueue

REGISTRY = CollectorRegistry()
REQUESTS = Counter("emergence_stats_requests", "Requests answered.", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "emergence_stats_request_seconds",
    "Seconds to answer a request.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
    registry=REGISTRY,
)


def page(database: Database, queue: JobQueue, *, worker_seconds: float, waiting: int) -> bytes:
    """All metrics as text."""
    now = CollectorRegistry()  # looked up at each visit, from whichever server is asked
    by_state = Gauge("emergence_stats_jobs", "Jobs in each state.", ["state"], registry=now)
    for state, number in jobs.count_by_state(database).items():
        by_state.labels(state).set(number)
    Gauge("emergence_stats_queue_messages", "Messages no worker has taken.", registry=now).set(queue.waiting())
    Gauge("emergence_stats_workers", "Worker processes alive.", registry=now).set(
        leases.count_workers(database, seconds=worker_seconds)
    )
    Gauge("emergence_stats_waiting_analyses", "Requests that wait for a process.", registry=now).set(waiting)
    return generate_latest(REGISTRY) + generate_latest(now)
