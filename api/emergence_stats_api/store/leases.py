"""What workers do with jobs. A job is leased to one attempt at a time; an attempt that lost its lease changes nothing.

So a job finishes once, however often it was started: a worker that was killed stops renewing, its lease runs out and
another attempt takes over; one that was only slow finds that the lease is no longer its own.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from emergence_stats_api.store.database import Database
from emergence_stats_api.store.files import INPUT, OUTPUT, list_files, store_file
from emergence_stats_api.store.jobs import CANCELLED, DONE, FAILED, QUEUED, RUNNING
from emergence_stats_api.store.tables import File, Job, Worker


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A job that is ours to work on.

    Attributes:
        job_id: the job.
        owner: secret of this attempt.
        attempt: 1 for the first.
        options: how to analyse.
        request_id: of the request that submitted it.
        inputs: file id and label of each input.
    """

    job_id: str
    owner: str
    attempt: int
    options: Mapping[str, Any]
    request_id: str | None
    inputs: tuple[tuple[int, str], ...]


def claim(database: Database, *, seconds: float, max_attempts: int) -> Lease | None:
    """Take the next job: of the key with the fewest running, the oldest. None: nothing waits.

    Args:
        database: where jobs are.
        seconds: how long the lease lasts without renewal.
        max_attempts: a job whose worker died so often is given up.
    """
    owner = secrets.token_hex(16)
    with database.write() as session:
        now = database.now(session)
        open_ = or_(Job.state == QUEUED, (Job.state == RUNNING) & (Job.lease_until < now))
        _give_up(session, now, max_attempts)
        other = aliased(Job)
        running = (
            select(func.count())
            .where(other.key_id == Job.key_id, other.state == RUNNING, other.lease_until >= now)
            .scalar_subquery()
        )
        identity = session.scalar(
            select(Job.id).where(open_).order_by(running, Job.created_at).limit(1).with_for_update(skip_locked=True)
        )
        if identity is None:
            return None
        session.execute(
            update(Job)
            .where(Job.id == identity)
            .values(
                state=RUNNING,
                attempt=Job.attempt + 1,
                done=0,
                lease_owner=owner,
                lease_until=now + seconds,
                started_at=func.coalesce(Job.started_at, now),
            )
        )
        job = session.scalars(select(Job).where(Job.id == identity)).one()
        return Lease(
            job_id=job.id,
            owner=owner,
            attempt=job.attempt,
            options=dict(job.options),
            request_id=job.request_id,
            inputs=tuple((file.id, file.name) for file in list_files(session, job.id, INPUT)),
        )


def _give_up(session: Session, now: float, max_attempts: int) -> None:
    """Fail jobs that have killed their worker too often, and end those that were to be cancelled."""
    dead = (Job.state == RUNNING) & (Job.lease_until < now)
    session.execute(
        update(Job)
        .where(dead, Job.cancel_requested)
        .values(state=CANCELLED, finished_at=now, lease_owner=None, lease_until=None)
    )
    session.execute(
        update(Job)
        .where(dead, Job.attempt >= max_attempts)
        .values(
            state=FAILED,
            finished_at=now,
            lease_owner=None,
            lease_until=None,
            error=f"given up: its worker stopped {max_attempts} times while it ran, for want of memory or power",
        )
    )


def renew(database: Database, lease: Lease, *, seconds: float, done: int, total: int) -> bool | None:
    """Report progress and keep the lease.

    Returns:
        Whether the job is to be cancelled; None: the lease is lost, stop without a trace.
    """
    with database.write() as session:
        now = database.now(session)
        found = session.execute(
            update(Job).where(_ours(lease)).values(lease_until=now + seconds, done=done, total=total)
        )
        if not found.rowcount:  # type: ignore[attr-defined]
            return None
        return session.scalars(select(Job.cancel_requested).where(Job.id == lease.job_id)).one()


def finish(
    database: Database,
    lease: Lease,
    *,
    outputs: Mapping[str, Path],
    headline: str,
    counts: Mapping[str, int],
    report_policy: str,
) -> bool:
    """Store the results and mark the job done, in one transaction; False: the lease was lost, nothing is stored."""
    with database.write() as session:
        now = database.now(session)
        total = sum(counts.values())
        found = session.execute(
            update(Job)
            .where(_ours(lease))
            .values(
                state=DONE,
                finished_at=now,
                done=total,
                total=total,
                headline=headline,
                counts=dict(counts),
                report_policy=report_policy,
                error=None,
                lease_owner=None,
                lease_until=None,
            )
        )
        if not found.rowcount:  # type: ignore[attr-defined]
            return False
        session.execute(delete(File).where(File.job_id == lease.job_id, File.role == OUTPUT))
        size = 0
        for name, path in outputs.items():
            with path.open("rb") as content:
                size += store_file(session, job_id=lease.job_id, role=OUTPUT, name=name, content=content)
        session.execute(update(Job).where(Job.id == lease.job_id).values(size=Job.size + size))
        return True


def fail(database: Database, lease: Lease, error: str, *, state: str = FAILED) -> None:
    """End a job without results."""
    with database.write() as session:
        session.execute(
            update(Job)
            .where(_ours(lease))
            .values(
                state=state, finished_at=database.now(session), error=error or None, lease_owner=None, lease_until=None
            )
        )


def release(database: Database, lease: Lease) -> None:
    """Put a job back: the worker was told to stop. That is no failed attempt."""
    with database.write() as session:
        session.execute(
            update(Job)
            .where(_ours(lease))
            .values(state=QUEUED, attempt=Job.attempt - 1, done=0, lease_owner=None, lease_until=None)
        )


def abandon(database: Database, lease: Lease) -> None:
    """Let a lease run out at once: the attempt died, the next one may begin."""
    with database.write() as session:
        session.execute(update(Job).where(_ours(lease)).values(lease_until=0.0))


def count_open(database: Database) -> int:
    """Jobs that a worker could take now."""
    with database.read() as session:
        now = database.now(session)
        return (
            session.scalar(
                select(func.count(Job.id)).where(
                    or_(Job.state == QUEUED, (Job.state == RUNNING) & (Job.lease_until < now))
                )
            )
            or 0
        )


def sign_of_life(database: Database, worker_id: str) -> None:
    """Note that a worker process is alive; forget those that were silent for an hour."""
    with database.write() as session:
        now = database.now(session)
        session.execute(delete(Worker).where(Worker.seen_at < now - 3600))
        found = session.execute(update(Worker).where(Worker.id == worker_id).values(seen_at=now))
        if not found.rowcount:  # type: ignore[attr-defined]
            session.add(Worker(id=worker_id, started_at=now, seen_at=now))


def count_workers(database: Database, *, seconds: float) -> int:
    """Worker processes that were alive within so many seconds."""
    with database.read() as session:
        now = database.now(session)
        return session.scalar(select(func.count(Worker.id)).where(Worker.seen_at > now - seconds)) or 0


def _ours(lease: Lease) -> ColumnElement[bool]:
    return (Job.id == lease.job_id) & (Job.state == RUNNING) & (Job.lease_owner == lease.owner)
