"""Keep the schema of this version, with a job in it, for the tests of every later one.

``python -m tests.api.release_schema``, once at each release that changed it, writes
``released_schemas/REVISION.sqlite.sql`` and ``REVISION.postgresql.sql``; they are never changed afterwards.
"""

from __future__ import annotations

import contextlib
import io
import re
import sqlite3
import subprocess
import tempfile
from pathlib import Path

from emergence_stats_api.store import jobs, keys, leases
from emergence_stats_api.store.database import Database
from tests.api.postgres import postgres, require_postgres

FOLDER = Path(__file__).parent / "released_schemas"
NAME, REPORT = "kept", b"a report"


def fill(database: Database) -> None:
    """A key, a finished job, and a link to its report."""
    database.migrate()
    caller = keys.caller_of_key(database, keys.create_key(database, name="first"))
    assert caller is not None
    new = jobs.NewJob(
        key_id=caller.key_id,
        name=NAME,
        options={"by": []},
        fingerprint="f",
        total=1,
        idempotency_key="i",
        request_id=None,
        inputs=[("a.csv", io.BytesIO(b"task"))],
    )
    jobs.submit(database, new, max_active=1)
    lease = leases.claim(database, seconds=60, max_attempts=3)
    assert lease is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.html")
        path.write_bytes(REPORT)
        leases.finish(
            database, lease, outputs={"report.html": path}, headline="h", counts={"flat": 1}, report_policy="p"
        )


def postgres_dump(url: str) -> str:
    """The statements that make a database, without those of the server's own version."""
    program = require_postgres() / "pg_dump"
    words = [str(program), "--inserts", "--no-owner", "--no-privileges", "--dbname", url]
    text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return re.sub(r"^(--.*|SET .*|\\.*|SELECT pg_catalog\.set_config.*|)\n", "", text, flags=re.MULTILINE)


def main() -> None:
    """Write both files."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "new.sqlite")
        with contextlib.closing(Database(f"sqlite:///{path}")) as database:
            fill(database)
            revision = database.revision()
        with contextlib.closing(sqlite3.connect(path)) as connection:
            text = "\n".join(connection.iterdump()) + "\n"
        (FOLDER / f"{revision}.sqlite.sql").write_text(text, encoding="utf-8")
    with postgres() as url:
        with contextlib.closing(Database(url)) as database:
            fill(database)
        (FOLDER / f"{revision}.postgresql.sql").write_text(postgres_dump(url), encoding="utf-8")


if __name__ == "__main__":
    main()
