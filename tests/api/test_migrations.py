"""The schema: every revision that was ever released becomes this version's, with its data, on both databases."""

from __future__ import annotations

import contextlib
import io
import secrets
import shutil
from typing import TYPE_CHECKING

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from emergence_stats.errors import InputError
from emergence_stats_api.store import database as database_module
from emergence_stats_api.store import jobs, keys, leases
from emergence_stats_api.store.database import Database
from emergence_stats_api.store.files import OUTPUT, find_output, read_parts
from emergence_stats_api.store.tables import File, Table
from tests.api.postgres import postgres
from tests.api.release_schema import FOLDER, NAME, REPORT
from tests.api.test_recovery import new_job

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RELEASED = sorted(FOLDER.glob("*.sql"))
HEAD = str(ScriptDirectory.from_config(database_module.migration_config()).get_current_head())


@pytest.fixture(scope="module")
def postgres_server() -> Iterator[str]:
    """PostgreSQL for all tests here."""
    with postgres() as url:
        yield url


def empty_database(request: pytest.FixtureRequest) -> str:
    """URL of a further database in it."""
    server: str = request.getfixturevalue("postgres_server")
    name = f"test_{secrets.token_hex(8)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    return server.rpartition("/")[0] + f"/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    url = f"sqlite:///{tmp_path / 'new.sqlite'}" if request.param == "sqlite" else empty_database(request)
    with contextlib.closing(Database(url)) as opened:
        yield opened


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


def load(database: Database, released: Path) -> None:
    """Make a database what a released version left behind."""
    text = released.read_text(encoding="utf-8")
    with contextlib.closing(database.engine.raw_connection()) as connection:
        if database.is_sqlite:
            connection.cursor().execute("pragma foreign_keys = off")  # tables stand there by name
            connection.driver_connection.executescript(text)  # type: ignore[union-attr]
        else:
            connection.cursor().execute(text)
            connection.commit()
    database.close()


def require_kept(database: Database) -> None:
    """The data of `release_schema.fill` are there, whole."""
    assert database.is_current()
    (key,) = keys.list_keys(database)
    (job,) = jobs.list_jobs(database, key.id)
    assert (job.name, job.state, job.counts) == (NAME, "done", {"flat": 1})
    file = find_output(database, job.id, "report.html")
    assert file is not None
    assert b"".join(read_parts(database, file.id)) == REPORT


@pytest.fixture(params=RELEASED, ids=lambda path: path.name.removesuffix(".sql"))
def released(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database as a released version left it."""
    path: Path = request.param
    is_sqlite = path.name.endswith(".sqlite.sql")
    url = f"sqlite:///{tmp_path / 'old.sqlite'}" if is_sqlite else empty_database(request)
    with contextlib.closing(Database(url)) as database:
        load(database, path)
        assert database.revision() == path.name.partition(".")[0]
        yield database


def test_a_released_schema_becomes_this_versions_and_keeps_its_data(released: Database) -> None:
    released.migrate()
    require_kept(released)
    assert differences(released) == []
    key = keys.list_keys(released)[0].id
    new_job(released, f"es_{key}_")  # and takes further rows
    assert len(jobs.list_jobs(released, key)) == 2


def test_every_revision_of_the_schema_is_kept_for_both_databases() -> None:
    kinds = {path.name.partition(".")[2] for path in RELEASED if path.name.startswith(f"{HEAD}.")}
    assert kinds == {"sqlite.sql", "postgresql.sql"}, "python -m tests.api.release_schema writes them"


def test_a_damaged_database_is_not_migrated(tmp_path: Path) -> None:
    with contextlib.closing(Database(f"sqlite:///{tmp_path / 'x.sqlite'}")) as database:
        database.migrate()
        with contextlib.closing(database.engine.raw_connection()) as connection:
            connection.cursor().execute("pragma foreign_keys = off")
            connection.cursor().execute("insert into parts values (7, 0, x'00')")
        database.close()
        with pytest.raises(InputError, match="rows of parts to belong to some of files"):
            database.migrate()


ALTERING = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "HEAD", None, None


def upgrade():
    with op.batch_alter_table("jobs", recreate="auto") as jobs:
        jobs.alter_column("name", type_=sa.String(300), existing_type=sa.String(200))
"""


def test_a_table_can_be_altered_without_losing_what_refers_to_it(
    released: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite alters a table by making another and dropping the old one, which would delete what refers to its rows."""
    migrations = tmp_path / "migrations"
    shutil.copytree(database_module.MIGRATIONS, migrations)
    (migrations / "versions" / "9999_altering.py").write_text(ALTERING.replace("HEAD", HEAD))
    monkeypatch.setattr(database_module, "MIGRATIONS", migrations)
    released.migrate()
    assert released.revision() == "9999"
    require_kept(released)
    key = keys.list_keys(released)[0].id
    assert jobs.remove(released, key, jobs.list_jobs(released, key)[0].id)
    with released.read() as session:  # and references hold again
        assert session.query(File).count() == 0
