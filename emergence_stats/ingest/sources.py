"""Inputs to bytes: files and folders found in a fixed order, each read once, and only as far as it is needed."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import io
import os
import stat
import zlib
from collections.abc import Iterator
from gzip import GzipFile
from pathlib import Path
from typing import BinaryIO

from emergence_stats.errors import ReaderError

_GZIP = b"\x1f\x8b"
_ATTEMPTS = 3
_HASH_BYTES = 2**20
HEAD_BYTES = 65536
LARGE_BYTES = 64 * 2**20  # files beyond it are not held in memory unless their reader wants all of it
MAX_UNPACKED_BYTES = 4 * 2**30
_PLAUSIBLE_BYTES, _PLAUSIBLE_RATIO = 256 * 2**20, 200  # text packed tighter than that is a bomb, not a table


@dataclasses.dataclass(frozen=True, kw_only=True)
class SourceFile:
    """One input file: its bytes, or the place on disk where a large one is read piece by piece.

    Attributes:
        path: name for messages.
        sha256: hash of the bytes as they were stored.
        stored: the bytes as they were stored; None for a large file on disk.
        location: where it lies on disk; None for bytes that came another way, whose name is never looked up.
    """

    path: str
    sha256: str
    stored: bytes | None
    location: Path | None = None

    @classmethod
    def from_bytes(cls, path: str, stored: bytes) -> SourceFile:
        """A file from bytes already at hand, such as an upload."""
        return cls(path=path, sha256=hashlib.sha256(stored).hexdigest(), stored=stored)

    @functools.cached_property
    def content(self) -> bytes:
        """All of it, unpacked if it was compressed.

        Raises:
            ReaderError: it is damaged, unpacks to more than 4 GiB, or cannot be read any more.
        """
        if self.stored is not None:
            return _unpacked(self.stored) if self.stored.startswith(_GZIP) else self.stored
        with self.open() as file:
            return file.read()

    @functools.cached_property
    def head(self) -> bytes:
        """Its first 64 KiB."""
        with self.open() as file:
            return file.read(HEAD_BYTES)

    @property
    def large(self) -> bool:
        """Whether it is better read piece by piece."""
        return self.stored is None

    def open(self) -> BinaryIO:
        """The unpacked content as a seekable stream.

        Raises:
            ReaderError: it is damaged, or cannot be read any more.
        """
        if self.stored is not None:
            return io.BytesIO(self.content)
        if self.location is None:
            msg = "expected content, got a name alone"
            raise ReaderError(msg)
        try:
            return self.location.open("rb")
        except OSError as error:
            msg = f"expected a readable file, got {_cause(error)}"
            raise ReaderError(msg) from error

    def beside(self, name: str) -> SourceFile | None:
        """A file of another name in the same folder, or None."""
        if self.location is None or not (self.location.parent / name).is_file():
            return None
        try:
            return read_file(self.location.parent / name)
        except ReaderError:
            return None


def find_files(path: Path) -> Iterator[tuple[Path, str | None]]:
    """The file itself, or the files of a folder and its subfolders, sorted; names that start with a dot are left out.

    Links to folders are followed, each folder once.

    Yields:
        A path, and what is wrong with it if it is a folder that cannot be gone into.

    Raises:
        ReaderError: there is nothing at the path, or it cannot be looked at.
    """
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError) as error:
        msg = f"{str(path)[:200]}: expected a file or a folder, got {_cause(error)}"
        raise ReaderError(msg) from error
    if not stat.S_ISDIR(kind):
        yield path, None
        return
    found: list[tuple[Path, str | None]] = []
    waiting, entered = [path], {path.resolve()}
    while waiting:
        folder = waiting.pop()
        try:
            # Real folders before links to them: a folder is named by where it is, not by a link to it.
            entries = sorted(os.scandir(folder), key=lambda entry: (entry.is_symlink(), entry.name))
        except OSError as error:
            found.append((folder, f"expected a folder that can be read, got {_cause(error)}"))
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            place = Path(entry.path)
            if not _is_folder(entry):
                found.append((place, None))
            elif place.resolve() in entered:
                found.append((place, f"a link to the folder {place.resolve()}, which is read already"))
            else:
                entered.add(place.resolve())
                waiting.append(place)
    yield from sorted(found, key=lambda item: item[0].parts)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder or a link to one; a link to itself is neither."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def read_file(path: Path) -> SourceFile:
    """Read a file once, and make sure that it stood still meanwhile. A large one is hashed and left on disk.

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
                file_read = _hashed(path, file) if _stays_on_disk(file, before.st_size) else _held(path, file)
                after = os.fstat(file.fileno())
            if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
                break
        else:
            msg = f"expected a file at rest, got one that changed while it was read, {_ATTEMPTS} times"
            raise ReaderError(msg)
    except OSError as error:
        msg = f"expected a readable file, got {_cause(error)}"
        raise ReaderError(msg) from error
    if file_read.stored is not None and not file_read.stored.strip():
        msg = "expected a table, got an empty file"
        raise ReaderError(msg)
    return file_read


def _stays_on_disk(file: BinaryIO, size: int) -> bool:
    """Whether a file is too large to be held; a packed one is read whole, since it cannot be searched."""
    packed = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    return size > LARGE_BYTES and not packed


def _held(path: Path, file: BinaryIO) -> SourceFile:
    """A file with its bytes."""
    stored = file.read()
    return SourceFile(path=str(path), sha256=hashlib.sha256(stored).hexdigest(), stored=stored, location=path)


def _hashed(path: Path, file: BinaryIO) -> SourceFile:
    """A file that stays on disk."""
    digest = hashlib.sha256()
    while piece := file.read(_HASH_BYTES):
        digest.update(piece)
    return SourceFile(path=str(path), sha256=digest.hexdigest(), stored=None, location=path)


def _unpacked(stored: bytes) -> bytes:
    """Content of a gzip file."""
    most = min(MAX_UNPACKED_BYTES, max(_PLAUSIBLE_BYTES, _PLAUSIBLE_RATIO * len(stored)))
    try:
        content = GzipFile(fileobj=io.BytesIO(stored)).read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        msg = f"expected a whole gzip file, got a damaged or truncated one ({error})"
        raise ReaderError(msg) from error
    if len(content) > most:
        msg = f"expected at most {most / 2**30:g} GiB of content, got more in a gzip file of {len(stored)} bytes"
        raise ReaderError(msg)
    return content


def _cause(error: Exception) -> str:
    """The system's own words for what went wrong."""
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
