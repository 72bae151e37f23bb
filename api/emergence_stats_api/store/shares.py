"""Links that show one report to whoever has them, until they are taken back or the job is deleted."""

from __future__ import annotations

import secrets
import time

from sqlalchemy import delete, select

from emergence_stats_api.store.database import Database
from emergence_stats_api.store.keys import digest
from emergence_stats_api.store.tables import Job, Share


def share(database: Database, job_id: str) -> tuple[Share, str]:
    """Make a link; returns it and the secret in it, which cannot be shown again."""
    token = secrets.token_urlsafe(32)
    made = Share(id=secrets.token_urlsafe(12), job_id=job_id, token_sha256=digest(token), created_at=time.time())
    with database.write() as session:
        session.add(made)
    return made, token


def list_shares(database: Database, job_id: str) -> list[Share]:
    """Links of a job."""
    with database.read() as session:
        return list(session.scalars(select(Share).where(Share.job_id == job_id).order_by(Share.created_at)))


def unshare(database: Database, job_id: str, share_id: str) -> bool:
    """Take a link back; False: there is none."""
    with database.write() as session:
        found = session.execute(delete(Share).where(Share.id == share_id, Share.job_id == job_id))
        return bool(found.rowcount)  # type: ignore[attr-defined]


def shared_job(database: Database, token: str) -> Job | None:
    """The job that a link shows."""
    with database.read() as session:
        return session.scalars(
            select(Job).join(Share, Share.job_id == Job.id).where(Share.token_sha256 == digest(token))
        ).one_or_none()
