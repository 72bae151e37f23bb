"""The worker process: huey's consumer, whose tasks take jobs."""

from __future__ import annotations

import logging
import multiprocessing
import os
import secrets
import signal
import socket
import threading
import time

from huey import crontab
from huey.consumer import Consumer

from emergence_stats_api import logs
from emergence_stats_api.settings import ServiceSettings
from emergence_stats_api.store import leases
from emergence_stats_api.store.database import Database
from emergence_stats_api.store.jobs import expire
from emergence_stats_api.work.pool import WorkPool
from emergence_stats_api.work.queue import JobQueue
from emergence_stats_api.work.runner import JobRunner

JOB_NICENESS = 10  # analyses that somebody waits for go first
LONGEST_POLL = 0.5  # seconds between looks at an empty queue
logger = logging.getLogger(__name__)


def run_worker(settings: ServiceSettings) -> None:
    """Work off jobs until told to stop (SIGTERM or SIGINT): jobs in hand then go back into the queue."""
    logs.configure(settings.log_level)
    database = Database(settings.url)
    database.migrate()
    pool = WorkPool(settings.jobs_at_once, memory_mib=settings.memory_limit_mib, nice=JOB_NICENESS)
    stopped = threading.Event()
    runner = JobRunner(settings, database, pool, stopped.is_set)
    queue = JobQueue(database, runner.take)

    @queue.huey.periodic_task(  # type: ignore[untyped-decorator]
        crontab(minute="*/10"), name="expire"
    )
    def expire_jobs() -> None:
        gone = expire(database, days=settings.retention_days, storage_limit=settings.storage_limit)
        if gone:
            logger.info("jobs expired", extra={"jobs": gone})

    consumer = _Consumer(
        queue.huey,
        workers=settings.jobs_at_once,
        max_delay=LONGEST_POLL,
        check_worker_health=True,
        shutdown_timeout=settings.shutdown_seconds,
        graceful_signal="TERM",
    )
    consumer.told = stopped
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_stop_with, args=(parent,), daemon=True).start()
    threading.Thread(target=_keep_house, args=(settings, database, queue, stopped), daemon=True).start()
    logger.info("worker started", extra={"pid": os.getpid()})
    consumer.run()
    pool.close()
    database.close()
    logger.info("worker stopped", extra={"pid": os.getpid()})


class _Consumer(Consumer):  # type: ignore[misc] # huey has no annotations
    """huey's consumer, which lets jobs know at once that it was told to stop, by whichever signal."""

    told: threading.Event

    def stop(self, graceful: bool = False) -> None:  # noqa: ARG002 - jobs in hand give themselves back, so always wait
        self.told.set()
        super().stop(graceful=True)


def _keep_house(settings: ServiceSettings, database: Database, queue: JobQueue, stopped: threading.Event) -> None:
    """Say that we live, and announce jobs whose message or worker was lost."""
    worker_id = f"{socket.gethostname()[:32]}-{os.getpid()}-{secrets.token_hex(4)}"
    pause = settings.lease_seconds / 4
    while not stopped.is_set():
        try:
            leases.sign_of_life(database, worker_id)
            queue.refill()
        except Exception:
            logger.exception("database or queue unavailable; trying again")
        stopped.wait(pause)


def _stop_with(parent: multiprocessing.process.BaseProcess) -> None:
    """A server that was killed leaves its worker; its successor starts another."""
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
    os._exit(1)
