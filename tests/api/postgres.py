"""A PostgreSQL of Debian's packages, started for the tests on a free port and thrown away."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def _programs() -> Path | None:
    """Folder of the newest server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    on_path = shutil.which("pg_ctl")
    return found[-1] if found else Path(on_path).resolve().parent if on_path else None


def require_postgres() -> Path:
    """The server's programs; skips the test where there are none, but not in CI, which installs them."""
    programs = _programs()
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail("expected PostgreSQL in CI: .ci/run installs it")
        pytest.skip("no PostgreSQL on this machine (apt-get install postgresql)")
    return programs


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A running server.

    Yields:
        The URL of an empty database in it.
    """
    programs = require_postgres()
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        home = folder / "home"
        home.mkdir()
        # The server refuses to run as root; Debian's package brings a user for it.
        become = []
        if os.geteuid() == 0:
            shutil.chown(home, "postgres", "postgres")
            become = ["runuser", "-u", "postgres", "--"]

        def run(program: str, *words: str) -> None:
            subprocess.run(
                [*become, str(programs / program), *words], check=True, stdout=subprocess.DEVNULL, cwd=home, timeout=120
            )

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        data = str(home / "data")
        run("initdb", "--pgdata", data, "--auth", "trust", "--username", "service", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off"
        run("pg_ctl", "--pgdata", data, "--wait", "--log", str(home / "log"), "--options", options, "start")
        try:
            yield f"postgresql://service@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "--pgdata", data, "--wait", "--mode", "immediate", "stop")
