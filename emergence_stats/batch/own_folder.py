"""Folders for what a process keeps on disk while it runs, removed when their owner is gone.

The owner holds a lock on a file in its folder, which the system gives up with the process, however that ends.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import IO

from emergence_stats.errors import OutputError

LOCK = "owner"
UNLOCKED = ".new"


class OwnFolder:
    """A folder of this process alone."""

    def __init__(self, path: Path, lock: IO[str]) -> None:
        """See `make`."""
        self.path = path
        self._lock = lock

    @classmethod
    def make(cls, parent: Path, prefix: str) -> OwnFolder:
        """A new folder; those of the same prefix whose owners are gone are removed.

        Raises:
            OutputError: nothing can be written there.
        """
        try:
            parent.mkdir(parents=True, exist_ok=True)
            path = Path(tempfile.mkdtemp(prefix=f"{UNLOCKED}{prefix}", dir=parent))
            lock = (path / LOCK).open("w")
            _locked(lock)
            path = path.rename(parent / path.name.removeprefix(UNLOCKED))  # now others may find it, and see the lock
        except OSError as error:
            msg = f"{parent}: cannot be written: {error.strerror or error}"
            raise OutputError(msg) from error
        for other in parent.glob(f"{prefix}*"):
            if other != path:
                _remove_if_left(other)
        return cls(path, lock)

    def remove(self) -> None:
        """Remove the folder."""
        self._lock.close()
        shutil.rmtree(self.path, ignore_errors=True)


def _remove_if_left(folder: Path) -> None:
    """Remove a folder without an owner; where files cannot be locked, nobody can tell, and it stays."""
    with contextlib.suppress(OSError), (folder / LOCK).open("r+") as lock:
        if _locked(lock):
            shutil.rmtree(folder, ignore_errors=True)


def _locked(file: IO[str]) -> bool:
    """Lock a file for this process; whether that was possible."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True
