"""Files, folders and frames in, one tidy table out, with an account of what was read and what was not."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from emergence_stats.errors import InputError, ReaderError
from emergence_stats.ingest import columns as names
from emergence_stats.ingest.parsing import DOUBTFUL_PERCENT, PERCENT, ParsedTable, parse_table
from emergence_stats.ingest.readers import HEAD_BYTES, READERS
from emergence_stats.ingest.readers.foreign import foreign_format
from emergence_stats.ingest.sources import SourceFile, find_files, read_file


@runtime_checkable
class ArrowStream(Protocol):
    """Anything that hands its rows out through the Arrow C stream interface: pyarrow, polars, DuckDB, ..."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A PyCapsule with an ArrowArrayStream."""


_ENDINGS: Mapping[str, tuple[str, ...]] = {
    ".parquet": ("Parquet",),
    ".pq": ("Parquet",),
    ".csv": ("delimited text",),
    ".tsv": ("delimited text",),
    ".json": ("JSON", "JSON lines"),
    ".jsonl": ("JSON", "JSON lines"),
}

type Source = str | os.PathLike[str] | SourceFile | pd.DataFrame | ArrowStream


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SkippedFile:
    """An input that was left out, and why."""

    path: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """An input that was read.

    Attributes:
        path: its path; '' for a frame.
        format: name of the format.
        n_rows: number of rows.
        sha256: hash of the bytes that were parsed; '' for a frame.
    """

    path: str
    format: str
    n_rows: int
    sha256: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TidyTable:
    """A tidy table and the account of how it came about.

    Attributes:
        frame: one row per measurement in canonical columns; cells that could not be read stand as they were given.
        files: inputs that were read.
        skipped: inputs that were left out.
        notes: what was converted or decided, as sentences.
    """

    frame: pd.DataFrame
    files: tuple[ReadFile, ...]
    skipped: tuple[SkippedFile, ...]
    notes: tuple[str, ...]


def read(source: Source | Iterable[Source], *, scale: str | None = None, by: Iterable[str] | str = ()) -> pd.DataFrame:
    """Read scores from files, folders and frames into one tidy table.

    Args:
        source: a file, a folder (read with its subfolders), a pandas or Arrow frame, or several of these.
        scale: a scale column that must be there.
        by: further columns that must be there.

    Returns:
        One row per measurement. ``frame.attrs`` holds ``notes``, ``skipped`` and ``files``.

    Raises:
        ReaderError: nothing there is a table of a known format.
        TableError: the only table lacks a column that a series is made of.
    """
    return read_tidy(source, scale=scale, by=by).frame


def read_tidy(
    sources: Source | Iterable[Source], *, scale: str | None = None, by: Iterable[str] | str = ()
) -> TidyTable:
    """Read as `read` does, and return the account beside the frame.

    A file that cannot be used is skipped with its reason, unless it is all there is.

    Raises:
        ReaderError: nothing there is a table of a known format.
        TableError: the only table lacks a column that a series is made of.
    """
    wanted = names.wanted_columns(by)
    given = _listed(sources)
    frames: list[pd.DataFrame] = []
    files: list[ReadFile] = []
    skipped: list[SkippedFile] = []
    notes: list[str] = []
    errors: list[InputError] = []
    for path, item in _expanded(given):
        remarks: list[str] = []
        try:
            frame, account, remarks = _one_table(path, item)
            names.require_columns(list(frame.columns), scale=scale, by=wanted)
        except InputError as error:
            told = f" ({'; '.join(remarks)})" if remarks else ""
            skipped.append(SkippedFile(path=path or "frame", reason=f"{error}{told}"))
            errors.append(error)
            continue
        frames.append(frame)
        files.append(account)
        notes += [f"{path}: {remark}" for remark in remarks]
    if not frames:
        raise _nothing_usable(given, skipped, errors)
    # Rows of all inputs under the columns of all: what an input lacks is blank.
    whole = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    parsed = parse_table(whole, scale=scale, by=wanted)
    notes += parsed.notes
    frame = _tidy_frame(parsed)
    frame.attrs = {
        "notes": list(notes),
        "skipped": [dataclasses.asdict(skip) for skip in skipped],
        "files": [dataclasses.asdict(account) for account in files],
    }
    return TidyTable(frame=frame, files=tuple(files), skipped=tuple(skipped), notes=tuple(notes))


def _listed(sources: object) -> list[object]:
    """One source or several as a list."""
    if isinstance(sources, (str, os.PathLike, SourceFile, pd.DataFrame, ArrowStream)):
        return [sources]
    if isinstance(sources, Iterable):
        return list(sources)
    msg = f"expected a path, a pandas frame or an Arrow table, got {type(sources).__name__}"
    raise ReaderError(msg)


def _expanded(given: Iterable[object]) -> Iterator[tuple[str, Path | SourceFile | pd.DataFrame | ArrowStream]]:
    """Each file of each source once, with its path, and each frame."""
    seen: set[Path] = set()
    for source in given:
        if isinstance(source, str) and not source:
            msg = "expected a path, got an empty text"
            raise ReaderError(msg)
        if isinstance(source, (str, os.PathLike)):
            for path in find_files(Path(source)):
                if path.resolve() not in seen:
                    seen.add(path.resolve())
                    yield str(path), path
        elif isinstance(source, SourceFile):
            yield source.path, source
        elif isinstance(source, (pd.DataFrame, ArrowStream)):
            yield "", source
        else:
            msg = f"expected a path, a pandas frame or an Arrow table, got {type(source).__name__}"
            raise ReaderError(msg)


def _one_table(
    path: str, item: Path | SourceFile | pd.DataFrame | ArrowStream
) -> tuple[pd.DataFrame, ReadFile, list[str]]:
    """One input as a frame that says where its rows came from."""
    if isinstance(item, pd.DataFrame):
        return _from_frame(item, "pandas frame")
    if isinstance(item, (Path, SourceFile)):
        return _from_file(item if isinstance(item, SourceFile) else read_file(item))
    import pyarrow as pa

    try:
        return _from_frame(pa.table(item).to_pandas(), "Arrow table")
    except (pa.ArrowException, TypeError, ValueError) as error:
        msg = f"{path or 'Arrow table'}: expected rows and columns, got something else ({error})"
        raise ReaderError(msg) from error


def _from_frame(given: pd.DataFrame, kind: str) -> tuple[pd.DataFrame, ReadFile, list[str]]:
    """A frame under canonical names; rows that say where they came from keep it."""
    frame = given.set_axis(names.canonical_names(list(given.columns)), axis="columns").reset_index(drop=True)
    if names.SOURCE_ROW not in frame:
        frame[names.SOURCE_FILE] = ""
        frame[names.SOURCE_ROW] = np.arange(1, len(frame) + 1)
    return frame, ReadFile(path="", format=kind, n_rows=len(frame), sha256=""), []


def _from_file(file: SourceFile) -> tuple[pd.DataFrame, ReadFile, list[str]]:
    """A file read by the first reader that knows its format."""
    head, path = file.content[:HEAD_BYTES], Path(file.path)
    foreign = foreign_format(head)
    if foreign is not None:
        msg = f"expected a table ({', '.join(READERS)}), got {foreign}"
        raise ReaderError(msg)
    name = next((name for name, reader in READERS.items() if reader.sniff(head, path)), None)
    if name is None:
        kind = "text with control characters in it" if head[:64].isascii() and b"\0" not in head[:64] else "binary data"
        msg = f"expected a table ({', '.join(READERS)}), got {kind} that starts with {head[:8]!r}"
        raise ReaderError(msg)
    raw = READERS[name].read(file.content, path)
    frame = raw.frame.set_axis(names.canonical_names(list(raw.frame.columns)), axis="columns")
    frame = frame.drop(columns=[column for column in names.SOURCE if column in frame and column != names.SOURCE_UNIT])
    if len(frame) == 0:
        msg = "expected at least one row, got none"
        raise ReaderError(msg)
    frame[names.SOURCE_FILE] = file.path
    frame[names.SOURCE_ROW] = np.asarray(raw.rows)
    if raw.problems:
        frame[names.SOURCE_PROBLEM] = pd.Series(dict(raw.problems), dtype=object).reindex(range(len(frame))).to_numpy()
    notes = [*_misnamed(path, name), *raw.notes]
    return frame, ReadFile(path=file.path, format=name, n_rows=len(frame), sha256=file.sha256), notes


def _misnamed(path: Path, name: str) -> list[str]:
    """A note where the file's name promises another format than its content has; the content counts."""
    endings = [ending.lower() for ending in path.suffixes if ending.lower() != ".gz"]
    promised = _ENDINGS.get(endings[-1]) if endings else None
    return (
        [f"named {endings[-1]}, but its content is {name}: read as that"] if promised and name not in promised else []
    )


def _nothing_usable(given: list[object], skipped: list[SkippedFile], errors: list[InputError]) -> InputError:
    """The error for input of which nothing can be used."""
    if not skipped:
        return ReaderError("expected at least one file or frame, got " + ("empty folders" if given else "nothing"))
    if len(skipped) == 1:
        place = f"{skipped[0].path}: " if skipped[0].path != "frame" else ""
        return type(errors[0])(f"{place}{skipped[0].reason}")
    first = f"{skipped[0].path}: {skipped[0].reason}"
    return ReaderError(
        f"expected at least one usable table, got {len(skipped)} inputs of which none is; the first: {first}"
    )


def _tidy_frame(parsed: ParsedTable) -> pd.DataFrame:
    """The frame with numbers and truth values in their own types; wrong cells as they were given."""
    frame = parsed.frame.copy()
    directions = pd.Series(parsed.given_direction, index=frame.index).astype("boolean")
    for name in (*names.NUMBERS, "higher_is_better"):
        if name not in frame:
            continue
        values = directions if name == "higher_is_better" else pd.Series(parsed.numbers[name], index=frame.index)
        bad = np.zeros(len(frame), dtype=bool)
        for check in parsed.checks:
            if check.column == name:
                bad |= check.bad
        frame[name] = values.astype(object).where(~bad, parsed.frame[name].astype(object)) if bad.any() else values
    if parsed.units.percent.any():
        frame[names.SOURCE_UNIT] = np.select(
            [parsed.units.doubtful, parsed.units.percent], [DOUBTFUL_PERCENT, PERCENT], default=""
        )
    return frame
