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


class Server:
    """A running server.

    Attributes:
        url: of the empty database in it.
    """

    def __init__(self, folder: Path) -> None:
        """Make and start it in an empty folder."""
        self._programs, self._home = require_postgres(), folder / "home"
        self._home.mkdir()
        self._data = str(self._home / "data")
        # The server refuses to run as root; Debian's package brings a user for it.
        self._become: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(self._home, "postgres", "postgres")
            self._become = ["runuser", "-u", "postgres", "--"]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"postgresql://service@127.0.0.1:{self._port}/postgres"
        self._run("initdb", "--pgdata", self._data, "--auth", "trust", "--username", "service", "--no-sync")
        self.start()

    def start(self) -> None:
        """Start it, again."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._home} -c fsync=off"
        log = str(self._home / "log")
        self._run("pg_ctl", "--pgdata", self._data, "--wait", "--log", log, "--options", options, "start")

    def stop(self) -> None:
        """End it at once, whoever is connected."""
        self._run("pg_ctl", "--pgdata", self._data, "--wait", "--mode", "immediate", "stop")

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [*self._become, str(self._programs / program), *words],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._home,
            timeout=120,
        )


@contextlib.contextmanager
def postgres_server() -> Iterator[Server]:
    """A running server, thrown away at the end."""
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = Server(folder)
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A running server.

    Yields:
        The URL of an empty database in it.
    """
    with postgres_server() as server:
        yield server.url
