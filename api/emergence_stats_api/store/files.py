"""Inputs and results in the database, in parts: one place to back up, and results appear all at once or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from emergence_stats_api.store.database import Database
from emergence_stats_api.store.tables import File, Part

PART_BYTES = 2**20
INPUT, OUTPUT = "input", "output"


def store_file(session: Session, *, job_id: str, role: str, name: str, content: BinaryIO) -> int:
    """Write a file's bytes; returns their number."""
    file = File(job_id=job_id, role=role, name=name, size=0, sha256="")
    session.add(file)
    session.flush()
    digest, number = hashlib.sha256(), 0
    while chunk := content.read(PART_BYTES):
        digest.update(chunk)
        session.add(Part(file_id=file.id, number=number, content=chunk))
        session.flush()
        session.expunge_all()
        file.size += len(chunk)
        number += 1
    file.sha256 = digest.hexdigest()
    session.merge(file)
    session.flush()
    return file.size


def list_files(session: Session, job_id: str, role: str) -> list[File]:
    """Files of a job in the order in which they came."""
    return list(session.scalars(select(File).where(File.job_id == job_id, File.role == role).order_by(File.id)))


def find_output(database: Database, job_id: str, name: str) -> File | None:
    """A result of a job by its name."""
    with database.read() as session:
        return session.scalars(
            select(File).where(File.job_id == job_id, File.role == OUTPUT, File.name == name)
        ).one_or_none()


def read_parts(database: Database, file_id: int) -> Iterator[bytes]:
    """The bytes of a file, a part at a time, each with a connection of its own: a slow reader holds none."""
    number = 0
    while True:
        with database.read() as session:
            content = session.scalar(select(Part.content).where(Part.file_id == file_id, Part.number == number))
        if content is None:
            return
        yield content
        number += 1
