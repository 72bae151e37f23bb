"""The schema: every revision that was ever released becomes this version's, with its data, on both databases."""

from __future__ import annotations

import contextlib
import io
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from emergence_stats_api.store import jobs, keys, leases
from emergence_stats_api.store.database import Database
from emergence_stats_api.store.files import OUTPUT, find_output, read_parts
from emergence_stats_api.store.tables import Table
from tests.api.postgres import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

RELEASED = sorted((Path(__file__).parent / "released_schemas").glob("*.sql"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    with contextlib.ExitStack() as stack:
        is_sqlite = request.param == "sqlite"
        url = f"sqlite:///{tmp_path / 'new.sqlite'}" if is_sqlite else stack.enter_context(postgres())
        opened = Database(url)
        yield opened
        opened.close()


def differences(database: Database) -> list[object]:
    """Where the database and the tables of this version differ."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Table.metadata))


def test_a_new_database_has_the_tables_of_this_version(database: Database) -> None:
    assert database.revision() is None
    database.migrate()
    assert database.is_current()
    assert differences(database) == []
    database.migrate()  # once more: nothing happens


def test_a_job_lives_on_either_database(database: Database, tmp_path: Path) -> None:
    database.migrate()
    key = keys.create_key(database, name="k")
    caller = keys.caller_of_key(database, key)
    assert caller is not None
    content = bytes(range(256)) * 10_000  # more than one part
    new = jobs.NewJob(
        key_id=caller.key_id,
        name="job",
        options={"by": []},
        fingerprint="f",
        total=1,
        idempotency_key="same",
        request_id=None,
        inputs=[("a", io.BytesIO(content))],
    )
    job, is_new = jobs.submit(database, new, max_active=2)
    assert is_new
    assert jobs.submit(database, new, max_active=2)[0].id == job.id
    with pytest.raises(jobs.NoRoomError):
        jobs.submit(database, new, max_active=1)
    lease = leases.claim(database, seconds=60, max_attempts=3)
    assert lease is not None
    assert leases.claim(database, seconds=60, max_attempts=3) is None
    assert b"".join(read_parts(database, lease.inputs[0][0])) == content
    assert leases.renew(database, lease, seconds=60, done=0, total=1) is False
    out = tmp_path / "report.html"
    out.write_bytes(content)
    assert leases.finish(
        database, lease, outputs={"report.html": out}, headline="h", counts={"flat": 1}, report_policy="p"
    )
    file = find_output(database, job.id, "report.html")
    assert file is not None
    assert (file.role, file.size) == (OUTPUT, len(content))
    assert b"".join(read_parts(database, file.id)) == content
    assert jobs.count_by_state(database)["done"] == 1
    assert jobs.expire(database, days=1e-9, storage_limit=10**9) == 1
    assert jobs.list_jobs(database, caller.key_id) == []


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_a_released_schema_becomes_this_versions_and_keeps_its_data(released: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript(released.read_text(encoding="utf-8"))
    with contextlib.closing(Database(f"sqlite:///{path}")) as database:
        assert database.revision() == released.stem
        database.migrate()
        assert database.is_current()
        assert differences(database) == []
        (key,) = keys.list_keys(database)
        (job,) = jobs.list_jobs(database, key.id)
        assert (job.name, job.state) == ("kept", "done")
        file = find_output(database, job.id, "report.html")
        assert file is not None
        assert b"".join(read_parts(database, file.id)) == b"a report"
