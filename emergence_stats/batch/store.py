"""A folder of shards: each written aside and renamed, and believed only if its bytes are those it was written with.

A shard's name is ``<key>-<content>.parquet``. The key is a hash of the chunk's series, the settings and the program's
version: a run that needs a shard looks for its key. The second part is a hash of the file's bytes, so that a file that
was cut short, or damaged later, is seen to be so and computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from emergence_stats.batch.shard_file import read_facts
from emergence_stats.errors import OutputError
from emergence_stats.parallel import Limits

KEY_DIGITS, CONTENT_DIGITS = 32, 16
PARTIAL = ".partial-"


class Store:
    """Shards in a folder."""

    def __init__(self, folder: Path) -> None:
        """Make the folder if it is missing, and see what is there.

        Raises:
            OutputError: it cannot be written.
        """
        self.folder = folder
        with _told(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._names: dict[str, list[str]] = {}
            for path in folder.glob("*.parquet"):
                self._names.setdefault(path.name.partition("-")[0], []).append(path.name)

    def find(self, key: str, limits: Limits) -> str | None:
        """Name of the whole, undamaged shard of a key; a damaged one is removed.

        One in which series were given up under other limits is not taken: they may come through this time.
        """
        for name in self._names.get(key[:KEY_DIGITS], []):
            path = self.folder / name
            try:
                whole = is_whole(path)
                usable = whole and ((facts := read_facts(path)).stopped == 0 or facts.limits == limits)
            except (OSError, ValueError):
                whole = usable = False
            if usable:
                return name
            if not whole:
                with contextlib.suppress(OSError):
                    path.unlink()
        return None

    def put(self, key: str, content: bytes) -> str:
        """Write a shard; its name. Earlier ones of the same key are removed.

        Raises:
            OutputError: it cannot be written, because the disk is full, say; nothing half written is left.
        """
        start = key[:KEY_DIGITS]
        name = f"{start}-{_hash(content)}.parquet"
        write_aside(self.folder / name, content)
        for old in self._names.get(start, []):
            if old != name:
                with contextlib.suppress(OSError):
                    (self.folder / old).unlink()
        self._names[start] = [name]
        return name


def is_whole(path: Path) -> bool:
    """Whether a shard's bytes are those it was written with.

    Raises:
        OSError: it cannot be read.
    """
    told = path.stem.rpartition("-")[2]
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:CONTENT_DIGITS] == told


def write_aside(path: Path, content: bytes) -> None:
    """Write a file under another name, make sure that it is on the disk, and rename it.

    Raises:
        OutputError: it cannot be written; nothing half written is left.
    """
    aside = path.with_name(f"{PARTIAL}{secrets.token_hex(6)}")
    with _told(path):
        try:
            with aside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        if hasattr(os, "O_DIRECTORY"):  # the name, too, has to be on the disk
            folder = os.open(path.parent, os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def remove_leftovers(folder: Path) -> None:
    """Remove what killed runs left half written; not while another one writes there."""
    for path in folder.glob(f"{PARTIAL}*"):
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"{path}: cannot be written: {error.strerror or error}"
        raise OutputError(msg) from error


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:CONTENT_DIGITS]
