"""Messages through a pipe: their length in eight bytes, then the message."""

from __future__ import annotations

import struct
from typing import IO

_LENGTH = struct.Struct("<Q")


def write_frame(pipe: IO[bytes], message: bytes) -> None:
    """Send one message."""
    for part in (_LENGTH.pack(len(message)), message):
        view = memoryview(part)
        while view:  # a raw pipe takes as much as it has room for
            view = view[pipe.write(view) :]
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes | None:
    """The next message; None at the end.

    Raises:
        ValueError: the pipe was cut off in the middle of one.
    """
    head = _exactly(pipe, _LENGTH.size)
    if not head:
        return None
    return _exactly(pipe, _LENGTH.unpack(head)[0])


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    parts: list[bytes] = []
    missing = size
    while missing:
        part = pipe.read(missing)
        if not part:
            if not parts and size == _LENGTH.size:
                return b""
            msg = f"expected {missing} more bytes, got the end"
            raise ValueError(msg)
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
