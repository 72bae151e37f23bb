"""One input, a file or a frame, as one table that says where its rows came from."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from emergence_stats.errors import ReaderError
from emergence_stats.ingest import columns as names
from emergence_stats.ingest.encoding import decode
from emergence_stats.ingest.readers import ANY_TEXT, READERS
from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.readers.foreign import foreign_format
from emergence_stats.ingest.registries.registry_file import Entry, is_registry, registry_entries
from emergence_stats.ingest.sources import SourceFile
from emergence_stats.ingest.wide import unpivot

_ENDINGS: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {
        ".parquet": ("Parquet",),
        ".pq": ("Parquet",),
        ".csv": (ANY_TEXT,),
        ".tsv": (ANY_TEXT,),
    }
)
_JSON_ENDINGS = (".json", ".jsonl")
_NO_JSON = ("Parquet", "Inspect log", ANY_TEXT)
_ONE_LINE_FORMATS = 20  # formats named in a message


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """An input that was read.

    Attributes:
        path: its path; '' for a frame.
        format: name of the format.
        n_rows: number of rows.
        sha256: hash of the bytes that were parsed; '' for a frame.
        part_of: the file whose scores it belongs to, where it has none itself.
    """

    path: str
    format: str
    n_rows: int
    sha256: str
    part_of: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FileTable:
    """One input.

    Attributes:
        frame: its rows under canonical names; empty for a registry and for the further files of a log.
        account: what it is.
        notes: what was done to it.
        may_lack_scale: whether its scales may come from the names of its models: a log, or a table without any.
        log: whether it is a log.
        registry: kind and entries, if it is a registry of models or tasks.
    """

    frame: pd.DataFrame
    account: ReadFile
    notes: tuple[str, ...] = ()
    may_lack_scale: bool = False
    log: bool = False
    registry: tuple[str, list[Entry]] | None = None


def frame_table(given: pd.DataFrame, kind: str) -> FileTable:
    """A frame under canonical names; rows that say where they came from keep it."""
    frame = given.set_axis(names.canonical_names(list(given.columns)), axis="columns").reset_index(drop=True)
    if names.SOURCE_ROW not in frame:
        frame[names.SOURCE_FILE] = ""
        frame[names.SOURCE_ROW] = np.arange(1, len(frame) + 1)
    frame, notes = _long(frame)
    account = ReadFile(path="", format=kind, n_rows=len(frame), sha256="")
    return FileTable(frame=frame, account=account, notes=notes, may_lack_scale=_may_lack_scale(frame))


def file_table(file: SourceFile) -> FileTable:
    """A file read by the first reader that knows its format.

    Raises:
        ReaderError: none does, or the one that does cannot read it.
        TableError: it is a table whose headings contradict each other.
    """
    document, path = Document(file), Path(file.path)
    name = next((name for name, reader in READERS.items() if reader.sniff(document)), None)
    if name in (None, ANY_TEXT):
        _refuse_foreign(file, known=name is not None)
    if name is None:
        msg = "expected a known format"
        raise ReaderError(msg)
    if name in (ANY_TEXT, "JSON") and is_registry(decode(file.head, partial=True)[0]):
        registry = registry_entries(decode(file.content)[0])
        if registry is None:
            msg = "expected a registry, got a text that begins like one"
            raise ReaderError(msg)
        account = ReadFile(
            path=file.path, format=f"registry of {registry[0]}s", n_rows=len(registry[1]), sha256=file.sha256
        )
        return FileTable(frame=pd.DataFrame(), account=account, registry=registry)
    raw = READERS[name].read(document)
    frame = raw.frame if raw.log else raw.frame.set_axis(names.canonical_names(list(raw.frame.columns)), axis="columns")
    claimed = [column for column in names.SOURCE if column in frame and column != names.SOURCE_UNIT]
    frame = frame.drop(columns=claimed) if claimed else frame
    if len(frame) == 0 and not raw.part_of:
        msg = "expected at least one row, got none"
        raise ReaderError(msg)
    frame[names.SOURCE_FILE] = pd.Series([file.path] * len(frame), dtype=object)
    frame[names.SOURCE_ROW] = np.asarray(raw.rows, dtype=np.int64)
    if raw.problems:
        frame[names.SOURCE_PROBLEM] = pd.Series(dict(raw.problems), dtype=object).reindex(range(len(frame))).to_numpy()
    notes = [*_misnamed(path, name), *raw.notes]
    if not raw.log:
        frame, wide_notes = _long(frame)
        notes += wide_notes
    account = ReadFile(path=file.path, format=name, n_rows=len(frame), sha256=file.sha256, part_of=raw.part_of)
    lacks = raw.log or _may_lack_scale(frame)
    return FileTable(frame=frame, account=account, notes=tuple(notes), may_lack_scale=lacks, log=raw.log)


def _long(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A wide table made long; any other as it is."""
    found = unpivot(frame)
    return (frame, ()) if found is None else (found[0], tuple(found[1]))


def _may_lack_scale(frame: pd.DataFrame) -> bool:
    """Whether a table names its models and has no column of sizes; one that has speaks for itself."""
    return "model" in frame and not any(name in frame for name in (*names.SCALES, *names.OTHER_SCALES))


def _refuse_foreign(file: SourceFile, *, known: bool) -> None:
    """Raise for a format that is known and not read, or that is no text."""
    foreign, head = foreign_format(file.head), file.head
    if foreign is None and known:
        return
    if foreign is None:
        kind = "text with control characters in it" if head[:64].isascii() and b"\0" not in head[:64] else "binary data"
        foreign = f"{kind} that starts with {head[:8]!r}"
    msg = f"expected a table (Parquet, JSON, CSV) or a log of an evaluation harness, got {foreign}"
    raise ReaderError(msg)


def _misnamed(path: Path, name: str) -> list[str]:
    """A note where the file's name promises another format than its content has; the content counts."""
    endings = [ending.lower() for ending in path.suffixes if ending.lower() != ".gz"]
    if not endings:
        return []
    promised = name in _ENDINGS[endings[-1]] if endings[-1] in _ENDINGS else name not in _NO_JSON
    odd = (endings[-1] in _ENDINGS or endings[-1] in _JSON_ENDINGS) and not promised
    return [f"named {endings[-1]}, but its content is {name}: read as that"] if odd else []
