"""What people do with jobs: submit, look, cancel, retry, delete. Every call is bound to one key's jobs."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from emergence_stats_api.store.database import Database
from emergence_stats_api.store.files import INPUT, OUTPUT, store_file
from emergence_stats_api.store.tables import File, Job, Key

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
ACTIVE = (QUEUED, RUNNING)
FINISHED = (DONE, FAILED, CANCELLED)
STATES = (*ACTIVE, *FINISHED)


class NoRoomError(Exception):
    """The key has as many jobs queued or running as it may."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job as it was asked for.

    Attributes:
        key_id: whose it is.
        name: label.
        options: how to analyse, as JSON.
        fingerprint: hash of inputs and options: tells whether two requests are the same.
        total: series found.
        idempotency_key: name of the request, chosen by the client, or None.
        request_id: of the request, for the log.
        inputs: label and content of each upload.
    """

    key_id: str
    name: str
    options: Mapping[str, Any]
    fingerprint: str
    total: int
    idempotency_key: str | None
    request_id: str | None
    inputs: Sequence[tuple[str, BinaryIO]]


def find_by_idempotency_key(database: Database, key_id: str, idempotency_key: str) -> Job | None:
    """The job that a request of this name made."""
    with database.read() as session:
        return session.scalars(
            select(Job).where(Job.key_id == key_id, Job.idempotency_key == idempotency_key)
        ).one_or_none()


def submit(database: Database, new: NewJob, *, max_active: int) -> tuple[Job, bool]:
    """Store a job with its inputs, at once or not at all.

    Returns:
        The job, and whether it is new; False: a request of the same name came first, its job is returned.

    Raises:
        NoRoomError: so many jobs of the key are queued or running.
    """
    try:
        with database.write() as session:
            _require_room(session, new.key_id, max_active)
            job = Job(
                id=secrets.token_urlsafe(18),
                key_id=new.key_id,
                name=new.name,
                state=QUEUED,
                options=dict(new.options),
                fingerprint=new.fingerprint,
                idempotency_key=new.idempotency_key,
                request_id=new.request_id,
                created_at=database.now(session),
                attempt=0,
                done=0,
                total=new.total,
                cancel_requested=False,
                size=0,
            )
            identity = job.id
            session.add(job)
            session.flush()
            size = sum(
                store_file(session, job_id=identity, role=INPUT, name=name, content=content)
                for name, content in new.inputs
            )
            session.execute(update(Job).where(Job.id == identity).values(size=size))
    except IntegrityError:
        first = find_by_idempotency_key(database, new.key_id, new.idempotency_key or "")
        if first is None:
            raise
        return first, False
    created = find(database, new.key_id, identity)
    assert created is not None
    return created, True


def find(database: Database, key_id: str, job_id: str) -> Job | None:
    """A job of this key; None: there is none, or it is somebody else's."""
    with database.read() as session:
        return session.scalars(select(Job).where(Job.id == job_id, Job.key_id == key_id)).one_or_none()


def list_jobs(
    database: Database, key_id: str, *, state: str | None = None, before: str | None = None, limit: int = 50
) -> list[Job]:
    """Jobs of a key, newest first.

    Args:
        database: where they are.
        key_id: whose.
        state: only those in this state.
        before: id of the last job of the page before.
        limit: jobs at most.
    """
    query = select(Job).where(Job.key_id == key_id).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    if state is not None:
        query = query.where(Job.state == state)
    with database.read() as session:
        if before is not None:
            last = session.scalars(select(Job).where(Job.id == before, Job.key_id == key_id)).one_or_none()
            if last is None:
                return []
            query = query.where(
                (Job.created_at < last.created_at) | ((Job.created_at == last.created_at) & (Job.id < last.id))
            )
        return list(session.scalars(query))


def count_active(database: Database, key_id: str) -> int:
    """Jobs of a key that are queued or running."""
    with database.read() as session:
        return _active(session, key_id)


def _active(session: Session, key_id: str) -> int:
    return session.scalar(select(func.count()).where(Job.key_id == key_id, Job.state.in_(ACTIVE))) or 0


def _require_room(session: Session, key_id: str, max_active: int) -> None:
    """Hold the key's jobs against the limit, with its other requests waiting (SQLite's writers do so by themselves)."""
    session.execute(select(Key.id).where(Key.id == key_id).with_for_update())
    if _active(session, key_id) >= max_active:
        raise NoRoomError


def count_by_state(database: Database) -> dict[str, int]:
    """Jobs of all keys."""
    with database.read() as session:
        found = session.execute(select(Job.state, func.count(Job.id)).group_by(Job.state)).all()
    return dict.fromkeys(STATES, 0) | {row[0]: row[1] for row in found}


def cancel(database: Database, key_id: str, job_id: str) -> None:
    """Stop a job: at once if it waits, as soon as its worker looks if it runs. A finished one stays as it is."""
    with database.write() as session:
        session.execute(
            update(Job)
            .where(Job.id == job_id, Job.key_id == key_id, Job.state == QUEUED)
            .values(state=CANCELLED, finished_at=database.now(session))
        )
        session.execute(
            update(Job)
            .where(Job.id == job_id, Job.key_id == key_id, Job.state == RUNNING)
            .values(cancel_requested=True)
        )


def retry(database: Database, key_id: str, job_id: str, *, max_active: int) -> bool:
    """Queue a failed or cancelled job again; False: it is neither.

    Raises:
        NoRoomError: so many jobs of the key are queued or running.
    """
    with database.write() as session:
        _require_room(session, key_id, max_active)
        session.execute(
            delete(File).where(
                File.role == OUTPUT,
                File.job_id.in_(
                    select(Job.id).where(Job.id == job_id, Job.key_id == key_id, Job.state.in_((FAILED, CANCELLED)))
                ),
            )
        )
        found = session.execute(
            update(Job)
            .where(Job.id == job_id, Job.key_id == key_id, Job.state.in_((FAILED, CANCELLED)))
            .values(
                state=QUEUED, attempt=0, done=0, error=None, cancel_requested=False, started_at=None, finished_at=None
            )
        )
        return bool(found.rowcount)  # type: ignore[attr-defined]


def remove(database: Database, key_id: str, job_id: str) -> bool:
    """Delete a job with all its files; a worker that runs it finds its lease gone. False: there is no such job."""
    with database.write() as session:
        found = session.execute(delete(Job).where(Job.id == job_id, Job.key_id == key_id))
        return bool(found.rowcount)  # type: ignore[attr-defined]


def expire(database: Database, *, days: float, storage_limit: int) -> int:
    """Delete finished jobs that are too old, then the oldest until the rest fits; returns how many."""
    with database.write() as session:
        now = database.now(session)
        expired = list(
            session.scalars(select(Job.id).where(Job.state.in_(FINISHED), Job.finished_at < now - days * 86400))
        )
        total = session.scalar(select(func.coalesce(func.sum(Job.size), 0)).where(Job.id.not_in(expired))) or 0
        if total > storage_limit:
            finished = session.execute(
                select(Job.id, Job.size)
                .where(Job.state.in_(FINISHED), Job.id.not_in(expired))
                .order_by(Job.finished_at)
            ).all()
            for identity, size in finished:
                if total <= storage_limit:
                    break
                expired.append(identity)
                total -= size
        for identity in expired:
            session.execute(delete(Job).where(Job.id == identity))
    return len(expired)


def age(moment: float | None) -> float:
    """Seconds since a moment, 0 if there was none."""
    return 0.0 if moment is None else max(0.0, time.time() - moment)
