"""Inputs to bytes: files and folders found in a fixed order, and each file read exactly once."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import stat
import zlib
from collections.abc import Iterator
from gzip import GzipFile
from pathlib import Path

from emergence_stats.errors import ReaderError

_GZIP = b"\x1f\x8b"
_ATTEMPTS = 3
MAX_UNPACKED_BYTES = 4 * 2**30


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One input file as it was read.

    Attributes:
        path: name for messages.
        content: its bytes, unpacked if it was compressed.
        sha256: hash of the bytes as they were stored.
    """

    path: str
    content: bytes
    sha256: str

    @classmethod
    def from_bytes(cls, path: str, stored: bytes) -> SourceFile:
        """A file from bytes already at hand, such as an upload.

        Raises:
            ReaderError: a compressed file is damaged or unpacks to more than 4 GiB.
        """
        content = _unpacked(stored) if stored.startswith(_GZIP) else stored
        return cls(path=path, content=content, sha256=hashlib.sha256(stored).hexdigest())


def find_files(path: Path) -> Iterator[Path]:
    """The file itself, or the files of a folder and its subfolders, sorted; names that start with a dot are left out.

    Raises:
        ReaderError: there is nothing at the path, or it cannot be looked at.
    """
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError) as error:
        msg = f"{str(path)[:200]}: expected a file or a folder, got {_cause(error)}"
        raise ReaderError(msg) from error
    if not stat.S_ISDIR(kind):
        yield path
        return
    found: list[Path] = []
    for folder, subfolders, names in os.walk(path):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        found.extend(Path(folder) / name for name in names if not name.startswith("."))
    yield from sorted(found, key=lambda file: file.parts)


def read_file(path: Path) -> SourceFile:
    """Read a file once, and make sure that it stood still meanwhile.

    Raises:
        ReaderError: it cannot be read, is no regular file, is empty, or kept changing.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            msg = "expected a regular file, got a device, pipe or socket"
            raise ReaderError(msg)
        for _ in range(_ATTEMPTS):
            with path.open("rb") as file:
                before = os.fstat(file.fileno())
                stored = file.read()
                after = os.fstat(file.fileno())
            if len(stored) == after.st_size and (before.st_size, before.st_mtime_ns) == (
                after.st_size,
                after.st_mtime_ns,
            ):
                break
        else:
            msg = f"expected a file at rest, got one that changed while it was read, {_ATTEMPTS} times"
            raise ReaderError(msg)
    except OSError as error:
        msg = f"expected a readable file, got {_cause(error)}"
        raise ReaderError(msg) from error
    if not stored.strip():
        msg = "expected a table, got an empty file"
        raise ReaderError(msg)
    return SourceFile.from_bytes(str(path), stored)


def _unpacked(stored: bytes) -> bytes:
    """Content of a gzip file."""
    try:
        content = GzipFile(fileobj=io.BytesIO(stored)).read(MAX_UNPACKED_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        msg = f"expected a whole gzip file, got a damaged or truncated one ({error})"
        raise ReaderError(msg) from error
    if len(content) > MAX_UNPACKED_BYTES:
        limit = f"{MAX_UNPACKED_BYTES / 2**30:g} GiB"
        msg = f"expected at most {limit} of content, got more in a gzip file of {len(stored)} bytes"
        raise ReaderError(msg)
    return content


def _cause(error: Exception) -> str:
    """The system's own words for what went wrong."""
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
