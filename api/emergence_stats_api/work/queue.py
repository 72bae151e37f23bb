"""The queue: huey, in SQLite beside the embedded database or in the same PostgreSQL.

A message says "there is a job to take", no more. huey forgets a message once a worker has taken it, so what a job is
and who has it stands in the table of jobs (`store.leases`); `refill` makes good for messages that were lost with a
killed worker or server. A message too many finds nothing to take and does no harm.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from huey import Huey, SqliteHuey
from peewee import PeeweeException

from emergence_stats_api.store.database import Database
from emergence_stats_api.store.leases import count_open

NAME = "emergence-stats"
UNAVAILABLE = (PeeweeException, sqlite3.Error)  # what huey's storages raise, on PostgreSQL and on SQLite
logger = logging.getLogger(__name__)


class JobQueue:
    """Messages between server and workers.

    Attributes:
        huey: the queue itself.
    """

    def __init__(self, database: Database, take: Callable[[], None]) -> None:
        """Open the queue that belongs to a database.

        Args:
            database: where the jobs are.
            take: what a worker does with a message.
        """
        self._database = database
        self.huey: Huey = _sqlite_huey(database) if database.is_sqlite else _postgres_huey(database)

        def take_job() -> None:  # defined here, so that the message names the same function in server and worker
            take()

        self._take = self.huey.task(name="take_job")(take_job)

    def announce(self, messages: int = 1) -> None:
        """Tell the workers that there are jobs to take; if the queue is away, they find them by themselves later."""
        try:
            with self._connected():
                for _ in range(messages):
                    self._take()
        except UNAVAILABLE:
            logger.warning("queue unavailable; the workers will look for themselves", exc_info=True)

    def waiting(self) -> int:
        """Messages that no worker has taken yet."""
        with self._connected():
            return int(self.huey.pending_count())

    def refill(self) -> int:
        """Announce jobs that wait although no message does; returns how many."""
        missing = count_open(self._database) - self.waiting()
        if missing > 0:
            self.announce(missing)
        return max(0, missing)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[None]:
        """A connection that is given back: server threads come and go."""
        if self._database.is_sqlite:
            try:
                yield
            finally:
                self.huey.storage.close()
        else:
            with self.huey.storage.database.connection_context():
                yield


def _sqlite_huey(database: Database) -> Huey:
    """Messages in a file of their own beside the database: short transactions, nothing to back up."""
    path = Path(database.url.database or "service.sqlite")
    return SqliteHuey(NAME, filename=str(path.with_name(f"{path.stem}-queue.sqlite")), timeout=30, results=False)


def _postgres_huey(database: Database) -> Huey:
    from huey.contrib.sql_huey import SqlHuey
    from playhouse.pool import PooledPostgresqlDatabase

    url = database.url
    options = {key: value for key, value in url.query.items() if isinstance(value, str)}
    connection = PooledPostgresqlDatabase(
        url.database,
        host=options.pop("host", url.host),
        port=url.port,
        user=url.username,
        password=url.password,
        prefer_psycopg3=True,
        max_connections=20,
        stale_timeout=300,
        timeout=30,
        **options,
    )
    queue: Huey = SqlHuey(NAME, database=connection, results=False)
    return queue
