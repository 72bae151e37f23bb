"""The commands of docs/operate.md for back-up and restore, as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from emergence_stats_api.store import jobs, keys
from emergence_stats_api.store.database import Database
from tests.api.conftest import embedded, submit
from tests.api.postgres import postgres, require_postgres
from tests.api.test_recovery import new_job

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operate.md"


def documented(program: str) -> str:
    """The page's command line of a program, without its remark."""
    (line,) = re.findall(rf"^{program} .*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return str(line).partition("   #")[0]


def run(command: str, folder: Path, **environment: str) -> None:
    """Run a command line of the page."""
    path = f"{require_postgres()}:{os.environ['PATH']}" if command.startswith("pg_") else os.environ["PATH"]
    subprocess.run(["bash", "-c", command], check=True, cwd=folder, env={**os.environ, "PATH": path, **environment})


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="no sqlite3 on this machine (apt-get install sqlite3)")
def test_a_copy_of_the_embedded_database_made_while_it_runs_is_a_whole_service(tmp_path: Path) -> None:
    home, restored = tmp_path / "home", tmp_path / "restored"
    with embedded(home / ".local/share/emergence-stats") as service, service.client() as client:
        job = submit(client)
        run(documented("sqlite3"), tmp_path, HOME=str(home))
        submit(client)  # after the copy
    restored.mkdir()
    (tmp_path / "backup.sqlite").rename(restored / "service.sqlite")
    with embedded(restored, service.key) as service, service.client() as client:
        assert [item["id"] for item in client.get("/v1/jobs").json()["jobs"]] == [job["id"]]


@pytest.mark.slow
def test_a_dump_of_postgresql_is_a_whole_service(tmp_path: Path) -> None:
    with postgres() as url:
        database = Database(url)
        database.migrate()
        key = keys.create_key(database, name="k")
        job = new_job(database, key)
        database.close()
        run(documented("pg_dump"), tmp_path, DATABASE=url)
    with postgres() as url:
        run(documented("pg_restore"), tmp_path, DATABASE=url)
        database = Database(url)
        database.migrate()
        caller = keys.caller_of_key(database, key)
        assert caller is not None
        assert [item.id for item in jobs.list_jobs(database, caller.key_id)] == [job.id]
        database.close()
