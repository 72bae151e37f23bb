"""Large JSON documents, one member or one element at a time, so that memory holds one of them and not all.

The standard library's scanner does the work on a window of the text that grows until it holds a whole value. Streaming
parsers in C refuse NaN and Infinity, which harnesses written in Python do write.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Container, Iterator
from typing import BinaryIO

from emergence_stats.errors import ReaderError
from emergence_stats.ingest.readers.json_values import JsonValue

_PIECE = 2**20
_LONGEST_VALUE = 2**28  # characters


def members(file: BinaryIO, *, until: Container[str] = ()) -> Iterator[tuple[str, JsonValue]]:
    """Members of the one object in a file, in order, up to the first that is named in ``until``.

    Raises:
        ReaderError: the text is no object, or is cut off before the last member asked for.
    """
    window = _Window(file)
    window.take("{")
    while window.next_character() != "}":
        name = window.value()
        window.take(":")
        if name in until:
            return
        yield str(name), window.value()
        if window.next_character() != "}":
            window.take(",")


def elements(file: BinaryIO, *, member: str | None = None) -> Iterator[JsonValue]:
    """Elements of the one array in a file, or of the array that a member of its one object holds.

    Raises:
        ReaderError: there is no such array, or it is cut off.
    """
    window = _Window(file)
    if member is not None:
        window.take("{")
        while window.next_character() != "}":
            name = window.value()
            window.take(":")
            if name == member:
                break
            window.value()
            if window.next_character() != "}":
                window.take(",")
        else:
            return
        if window.next_character() != "[":
            return
    window.take("[")
    while window.next_character() != "]":
        yield window.value()
        if window.next_character() != "]":
            window.take(",")


class _Window:
    """A part of the text, from the next character on."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._scanner = json.JSONDecoder()
        self._text, self._at, self._ended = "", 0, False

    def next_character(self) -> str:
        """The next character that is not blank; '' at the end."""
        while True:
            while self._at < len(self._text):
                if not self._text[self._at].isspace():
                    return self._text[self._at]
                self._at += 1
            if not self._grow():
                return ""

    def take(self, expected: str) -> None:
        """Go past a character that must be next."""
        found = self.next_character()
        if found != expected:
            msg = f"expected JSON with {expected!r}, got {repr(found) if found else 'the end of the file'}"
            raise ReaderError(msg)
        self._at += 1

    def value(self) -> JsonValue:
        """The next value, whole."""
        self.next_character()
        while True:
            try:
                found, end = self._scanner.raw_decode(self._text, self._at)
            except RecursionError as error:
                msg = f"expected JSON, got a value that cannot be held ({error})"
                raise ReaderError(msg) from error
            except ValueError as error:  # cut off at the window's end, or no JSON at all
                if not self._grow():
                    msg = f"expected JSON, got text that is cut off or damaged ({error})"
                    raise ReaderError(msg) from error
                continue
            if end < len(self._text) or not self._grow():  # the number 12 at the end may go on as 123
                self._at = end
                value: JsonValue = found
                return value

    def _grow(self) -> bool:
        """Read on, twice as much as is waiting; whether there was more."""
        waiting = len(self._text) - self._at
        if self._ended:
            return False
        if waiting > _LONGEST_VALUE:
            msg = f"expected JSON values of at most {_LONGEST_VALUE} characters, got a longer one, or damaged text"
            raise ReaderError(msg)
        piece = self._file.read(max(_PIECE, waiting))
        self._ended = not piece
        try:
            text = self._decoder.decode(piece, final=self._ended)
        except UnicodeDecodeError as error:
            msg = f"expected JSON in UTF-8, got the byte 0x{error.object[error.start]:02x}"
            raise ReaderError(msg) from error
        self._text, self._at = self._text[self._at :] + text, 0
        return bool(text) or not self._ended
