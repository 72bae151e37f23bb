"""SQLite or PostgreSQL through SQLAlchemy, and transactions on it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from emergence_stats.errors import InputError, SettingsError

BUSY_SECONDS = 30  # a SQLite writer waits so long for another
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


class Database:
    """An open database.

    Attributes:
        url: where it is, with the driver that is used.
        engine: SQLAlchemy's engine.
    """

    def __init__(self, url: str) -> None:
        """Open a database; nothing is connected yet.

        Raises:
            SettingsError: the URL is not one of SQLite or PostgreSQL.
        """
        self.url = _with_driver(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if self.url.database:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.engine = create_engine(self.url, connect_args={"timeout": BUSY_SECONDS})
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.engine = create_engine(self.url, pool_pre_ping=True, pool_size=10, max_overflow=20)
        self._writer = self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only looks."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction: committed at the end, rolled back if anything fails."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def now(self, session: Session) -> float:
        """The database's clock, so that leases do not depend on the clocks of several machines."""
        if self.is_sqlite:
            return time.time()
        return float(session.execute(text("select extract(epoch from clock_timestamp())")).scalar_one())

    def migrate(self) -> None:
        """Bring the schema to this version's; nothing happens if it is there already."""
        with self._altering() as connection:
            if not self.is_sqlite:  # two servers that start together: one migrates, the other waits
                connection.execute(text("select pg_advisory_xact_lock(727274)"))
            config = migration_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextlib.contextmanager
    def _altering(self) -> Iterator[Connection]:
        """A transaction in which tables may be altered.

        SQLite alters a table by copying and dropping it. With foreign keys on, that deletes what refers to its rows;
        they can be turned off outside transactions only.
        """
        with self._writer.connect() as connection:
            if not self.is_sqlite:
                with connection.begin():
                    yield connection
                return
            cursor = connection.connection.cursor()
            cursor.execute("pragma foreign_keys = off")
            try:
                with connection.begin():
                    yield connection
                    if (broken := connection.execute(text("pragma foreign_key_check")).first()) is not None:
                        msg = f"database: expected rows of {broken[0]} to belong to some of {broken[2]}; restore a copy"
                        raise InputError(msg)
            finally:
                cursor.execute("pragma foreign_keys = on")

    def revision(self) -> str | None:
        """The schema's revision; None: an empty database."""
        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def is_current(self) -> bool:
        """Whether the schema is this version's."""
        return self.revision() == ScriptDirectory.from_config(migration_config()).get_current_head()

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def migration_config() -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _with_driver(given: str) -> URL:
    try:
        url = make_url(given)
    except ArgumentError as error:
        msg = "database_url: expected a URL such as sqlite:///file or postgresql://user@host/name, got something else"
        raise SettingsError(msg) from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite":
        msg = f"database_url: expected sqlite or postgresql, got {url.get_backend_name()}"
        raise SettingsError(msg)
    return url


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Write-ahead log: readers never wait; deleting a job deletes its files."""
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says
    cursor = connection.cursor()
    for pragma in ("journal_mode = wal", "synchronous = normal", "foreign_keys = on"):
        cursor.execute(f"pragma {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A transaction that will write takes the lock at once: one that finds out later cannot wait for it."""
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
