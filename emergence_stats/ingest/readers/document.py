"""What several readers ask of a file before one of them claims it, worked out once."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping

from emergence_stats.errors import ReaderError
from emergence_stats.ingest.encoding import decode
from emergence_stats.ingest.readers import json_stream
from emergence_stats.ingest.readers.json_values import JsonValue, parse_json
from emergence_stats.ingest.sources import SourceFile

_LONGEST_FIRST_LINE = 2**24
_BULK = ("samples", "reductions")  # members that make logs large, behind those that say what they are
_NOTHING: Mapping[str, JsonValue] = {}


@dataclasses.dataclass(frozen=True)
class Document:
    """A file under the eyes of the readers.

    Attributes:
        file: the file.
    """

    file: SourceFile

    @property
    def head(self) -> bytes:
        """The first 64 KiB."""
        return self.file.head

    @functools.cached_property
    def value(self) -> JsonValue:
        """The one JSON value that the whole file holds.

        Raises:
            ReaderError: it holds something else.
        """
        return parse_json(decode(self.file.content)[0])

    @functools.cached_property
    def outline(self) -> Mapping[str, JsonValue]:
        """Members of the one JSON object in the file; of a large file, those before its samples. Else nothing."""
        if not self._begins_with(b"{") or (self.first_line and self._has_more_lines):
            return _NOTHING
        try:
            if self.file.large:
                with self.file.open() as file:
                    return dict(json_stream.members(file, until=_BULK))
            return self.value if isinstance(self.value, dict) else _NOTHING
        except ReaderError:
            return _NOTHING

    @functools.cached_property
    def first_element(self) -> Mapping[str, JsonValue]:
        """The first element of the one JSON array in the file, if it is an object; else nothing."""
        if not self._begins_with(b"["):
            return _NOTHING
        try:
            first = next(self.elements(), None)
        except ReaderError:
            return _NOTHING
        return first if isinstance(first, dict) else _NOTHING

    @functools.cached_property
    def first_line(self) -> Mapping[str, JsonValue]:
        """The object on the first line that is not blank; nothing if there is none."""
        if not self._begins_with(b"{"):
            return _NOTHING
        try:
            with self.file.open() as file:
                line = file.readline(_LONGEST_FIRST_LINE)
                while line.isspace():
                    line = file.readline(_LONGEST_FIRST_LINE)
            value = parse_json(line.decode("utf-8-sig"))
        except (ReaderError, UnicodeDecodeError):
            return _NOTHING
        return value if isinstance(value, dict) else _NOTHING

    def elements(self, member: str | None = None) -> Iterator[JsonValue]:
        """Elements of the array in the file, or of the array that a member of its object holds, one at a time."""
        with self.file.open() as file:
            yield from json_stream.elements(file, member=member)

    def lines(self) -> Iterator[tuple[int, Mapping[str, JsonValue] | None]]:
        """Number and object of every line that is not blank, one at a time; None for a line that holds none."""
        with self.file.open() as file:
            for number, line in enumerate(file, start=1):
                if line.isspace():
                    continue
                try:
                    value = parse_json(line.decode("utf-8-sig"))
                except (ReaderError, UnicodeDecodeError):
                    value = None
                yield number, value if isinstance(value, dict) else None

    @functools.cached_property
    def _has_more_lines(self) -> bool:
        with self.file.open() as file:
            lines = (line for line in file if not line.isspace())
            return next(lines, None) is not None and next(lines, None) is not None

    def _begins_with(self, character: bytes) -> bool:
        return self.head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == character
