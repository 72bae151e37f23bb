"""Folders for what a process keeps on disk while it runs, removed when their owner is gone.

The owner holds a lock on a file in its folder.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import IO

from emergence_stats.errors import OutputError
from emergence_stats.file_lock import lock_now

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
            lock_now(lock)
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
        if lock_now(lock):
            shutil.rmtree(folder, ignore_errors=True)
