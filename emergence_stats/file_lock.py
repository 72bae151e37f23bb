"""Locks on files, which the system gives up with the process that holds them, however that ends."""

from __future__ import annotations

from typing import IO


def lock_now(file: IO[str]) -> bool | None:
    """Lock an open file for this process, without waiting.

    Returns:
        Whether it is locked now: False where another process holds it, None where files cannot be locked at all.
    """
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        return None
    return True
