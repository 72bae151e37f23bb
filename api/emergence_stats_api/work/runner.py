"""One job from lease to results."""

from __future__ import annotations

import concurrent.futures
import logging
import tempfile
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pebble
from sqlalchemy.exc import OperationalError

from emergence_stats_api.logs import request_id
from emergence_stats_api.settings import ServiceSettings
from emergence_stats_api.store import leases
from emergence_stats_api.store.database import Database
from emergence_stats_api.store.files import read_parts
from emergence_stats_api.store.jobs import CANCELLED
from emergence_stats_api.store.leases import Lease
from emergence_stats_api.work import tasks
from emergence_stats_api.work.pool import WorkPool

OUTPUTS = ("report.html", "results.json", "results.parquet", "run.json")
LOOK_SECONDS = 0.25
RENEWALS = 5  # per lease: four may fail before it is lost
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0  # seconds between tries to store what came of a job
logger = logging.getLogger(__name__)


class JobRunner:
    """Works off jobs, one after another."""

    def __init__(
        self, settings: ServiceSettings, database: Database, pool: WorkPool, stopping: Callable[[], bool]
    ) -> None:
        """Make a runner; `stopping` tells whether the worker was told to stop."""
        self._settings, self._database, self._pool, self._stopping = settings, database, pool, stopping

    def take(self) -> None:
        """Take the next job and finish it, if there is one."""
        if self._stopping():
            return
        lease = leases.claim(
            self._database, seconds=self._settings.lease_seconds, max_attempts=self._settings.max_attempts
        )
        if lease is None:
            return
        token = request_id.set(lease.request_id or "-")
        started = time.monotonic()
        logger.info("job started", extra={"job": lease.job_id, "attempt": lease.attempt})
        outcome = "unavailable"
        try:
            outcome = self._run(lease)
        except OperationalError:
            self._insist(lambda: leases.release(self._database, lease))
            outcome = "released"
        except Exception:
            logger.exception("job broke", extra={"job": lease.job_id})
            error = "the worker met an error; its log has it under this job"
            self._insist(lambda: leases.fail(self._database, lease, error))
            outcome = "broken"
        finally:
            seconds = round(time.monotonic() - started, 3)
            logger.info("job ended", extra={"job": lease.job_id, "seconds": seconds, "outcome": outcome})
            request_id.reset(token)

    def _run(self, lease: Lease) -> str:
        """Give the job to a process and watch it; returns the outcome for the log."""
        with tempfile.TemporaryDirectory(prefix="emergence-stats-") as name:
            folder = Path(name)
            inputs = [(label, self._fetch(folder / f"input-{i}", file)) for i, (file, label) in enumerate(lease.inputs)]
            out, progress = folder / "out", folder / "progress"
            future = self._pool.submit(
                tasks.report,
                inputs,
                lease.options,
                reading_limits(self._settings),
                out,
                progress,
                seconds=self._settings.job_seconds,
            )
            try:
                return self._watch(future, lease, progress) or self._settle(future, lease, out)
            finally:
                future.cancel()

    def _insist[Answer](self, write: Callable[[], Answer]) -> Answer:
        """What a write answers, however long the database is away.

        Raises:
            OperationalError: the worker was told to stop before the database was back.
        """
        pause = FIRST_PAUSE
        while True:
            try:
                return write()
            except OperationalError as error:
                if self._stopping():
                    raise
                logger.warning("database unavailable; trying again", extra={"error": str(error.orig)})
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _fetch(self, path: Path, file_id: int) -> Path:
        with path.open("wb") as file:
            for part in read_parts(self._database, file_id):
                file.write(part)
        return path

    def _watch(
        self, future: concurrent.futures.Future[tasks.Reported | tasks.Refused], lease: Lease, progress: Path
    ) -> str | None:
        """Wait for the process, report progress and renew the lease; returns why it should not go on, if so."""
        renewed, reported = time.monotonic(), -1
        total: int = lease.options.get("total", 0)
        while True:
            concurrent.futures.wait([future], timeout=LOOK_SECONDS)
            if future.done():
                return None
            if self._stopping():
                leases.release(self._database, lease)
                return "released"
            done = _read_count(progress)
            due = time.monotonic() - renewed > self._settings.lease_seconds / RENEWALS
            if not (due or (done != reported and time.monotonic() - renewed > 1)):
                continue
            renewed, reported = time.monotonic(), done
            try:
                cancel = leases.renew(
                    self._database, lease, seconds=self._settings.lease_seconds, done=done, total=max(total, done)
                )
            except OperationalError as error:  # the lease may outlast that, and be ours even if it has run out
                logger.warning("database unavailable; going on", extra={"error": str(error.orig)})
                continue
            if cancel is None:
                return "lost"
            if cancel:
                leases.fail(self._database, lease, "", state=CANCELLED)
                return CANCELLED

    def _settle(
        self, future: concurrent.futures.Future[tasks.Reported | tasks.Refused], lease: Lease, out: Path
    ) -> str:
        """Store what came of it."""
        try:
            answer = future.result()
        except TimeoutError:
            return self._fail(
                lease, f"took longer than {self._settings.job_seconds:g} s, the limit for a job", "timeout"
            )
        except MemoryError:
            return self._fail(lease, "needed more memory than a job may use", "memory")
        except (
            pebble.ProcessExpired,
            BrokenProcessPool,
        ):  # killed, perhaps for want of memory: as if the worker had died
            logger.warning("analysis process died", extra={"job": lease.job_id, "attempt": lease.attempt})
            self._insist(lambda: leases.abandon(self._database, lease))
            return "died"
        except concurrent.futures.CancelledError:
            self._insist(lambda: leases.release(self._database, lease))
            return "released"
        except Exception:
            logger.exception("analysis broke", extra={"job": lease.job_id})
            return self._fail(lease, "the analysis met an error; the server's log has it under this job", "broken")
        if isinstance(answer, tasks.Refused):
            return self._fail(lease, answer.detail, "refused")
        reported = answer
        stored = self._insist(
            lambda: leases.finish(
                self._database,
                lease,
                outputs={name: out / name for name in OUTPUTS},
                headline=reported.headline,
                counts=reported.counts,
                report_policy=reported.policy,
            )
        )
        return "done" if stored else "lost"

    def _fail(self, lease: Lease, error: str, outcome: str) -> str:
        self._insist(lambda: leases.fail(self._database, lease, error))
        return outcome


def reading_limits(settings: ServiceSettings) -> tasks.ReadingLimits:
    """What an upload may hold."""
    return tasks.ReadingLimits(
        unpacked_bytes=settings.unpacked_limit, rows=settings.max_rows, series=settings.max_series
    )


def _read_count(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0
