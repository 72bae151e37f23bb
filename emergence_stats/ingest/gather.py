"""Sources to tables: every file and frame read by itself, registries taken up, and the rest skipped with its reason."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

import pandas as pd

from emergence_stats.errors import InputError, ReaderError
from emergence_stats.ingest.file_table import FileTable, ReadFile, file_table, frame_table
from emergence_stats.ingest.fill import Registries
from emergence_stats.ingest.registries.models import ModelRegistry
from emergence_stats.ingest.registries.names import sourced
from emergence_stats.ingest.registries.registry_file import Entry
from emergence_stats.ingest.registries.tasks import TaskRegistry
from emergence_stats.ingest.sources import SourceFile, find_files, read_file


@runtime_checkable
class ArrowStream(Protocol):
    """Anything that hands its rows out through the Arrow C stream interface: pyarrow, polars, DuckDB, ..."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A PyCapsule with an ArrowArrayStream."""


type Source = str | os.PathLike[str] | SourceFile | pd.DataFrame | ArrowStream


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SkippedFile:
    """An input that was left out, and why."""

    path: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """All inputs, read one by one.

    Attributes:
        tables: those with rows.
        others: registries and further files of logs.
        registries: what is known beside the input, with what was found in it.
        skipped: what was left out.
        errors: the errors behind that.
    """

    tables: tuple[FileTable, ...]
    others: tuple[ReadFile, ...]
    registries: Registries
    skipped: tuple[SkippedFile, ...]
    errors: tuple[InputError, ...]


def gather(
    given: Iterable[object],
    *,
    registries: Iterable[object] = (),
    on_progress: Callable[[int, int], None] | None = None,
) -> Gathered:
    """Read every input, each by itself.

    Args:
        given: files, folders and frames.
        registries: files that must be registries of models or tasks.
        on_progress: called with the number of inputs read so far, and of all.

    Raises:
        ReaderError: a given path is not there, or a file given as registry is none.
    """
    tables: list[FileTable] = []
    others: list[ReadFile] = []
    skipped: list[SkippedFile] = []
    errors: list[InputError] = []
    given_registries = [_registry_table(path, item) for path, item in expanded_sources(registries)]
    others += [table.account for table in given_registries]
    inputs = list(expanded_sources(given))
    for done, (path, item) in enumerate(inputs, start=1):
        try:
            table = _one_table(path, item)
        except InputError as error:
            skipped.append(SkippedFile(path=path or "frame", reason=str(error)))
            errors.append(error)
            continue
        finally:
            if on_progress is not None:
                on_progress(done, len(inputs))
        if (table.registry is None and not table.account.part_of) or len(table.frame):
            tables.append(table)
        else:
            others.append(table.account)
            given_registries += [table] if table.registry is not None else []
    return Gathered(
        tables=tuple(tables),
        others=tuple(others),
        registries=registries_of(given_registries),
        skipped=tuple(skipped),
        errors=tuple(errors),
    )


def listed_sources(sources: object) -> list[object]:
    """One source or several as a list."""
    if isinstance(sources, (str, os.PathLike, SourceFile, pd.DataFrame, ArrowStream)):
        return [sources]
    if isinstance(sources, Iterable):
        return list(sources)
    msg = f"expected a path, a pandas frame or an Arrow table, got {type(sources).__name__}"
    raise ReaderError(msg)


def expanded_sources(
    given: Iterable[object],
) -> Iterator[tuple[str, Path | SourceFile | pd.DataFrame | ArrowStream | ReaderError]]:
    """Each file of each source once, with its path, and each frame; the reason in place of what cannot be gone into."""
    seen: set[Path] = set()
    for source in given:
        if isinstance(source, str) and not source:
            msg = "expected a path, got an empty text"
            raise ReaderError(msg)
        if isinstance(source, (str, os.PathLike)):
            for path, problem in find_files(Path(source)):
                if problem is not None:
                    yield str(path), ReaderError(problem)
                elif (place := _resolved(path)) not in seen:
                    seen.add(place)
                    yield str(path), path
        elif isinstance(source, SourceFile):
            yield source.path, source
        elif isinstance(source, (pd.DataFrame, ArrowStream)):
            yield "", source
        else:
            msg = f"expected a path, a pandas frame or an Arrow table, got {type(source).__name__}"
            raise ReaderError(msg)


def _resolved(path: Path) -> Path:
    """Where a path leads; a link that leads to itself, where it stands."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def _one_table(path: str, item: Path | SourceFile | pd.DataFrame | ArrowStream | ReaderError) -> FileTable:
    """One input as a table."""
    if isinstance(item, ReaderError):
        raise item
    if isinstance(item, pd.DataFrame):
        return frame_table(item, "pandas frame")
    if isinstance(item, (Path, SourceFile)):
        return file_table(item if isinstance(item, SourceFile) else read_file(item))
    import pyarrow as pa

    try:
        return frame_table(pa.table(item).to_pandas(integer_object_nulls=True), "Arrow table")
    except (pa.ArrowException, TypeError, ValueError) as error:
        msg = f"{path or 'Arrow table'}: expected rows and columns, got something else ({error})"
        raise ReaderError(msg) from error


def _registry_table(path: str, item: Path | SourceFile | pd.DataFrame | ArrowStream | ReaderError) -> FileTable:
    """A file that was given as a registry."""
    try:
        table = _one_table(path, item)
        if table.registry is None:
            msg = f"expected a registry of models or tasks (headings such as model, params), got {table.account.format}"
            raise ReaderError(msg)
    except InputError as error:
        msg = f"{path}: {error}"
        raise ReaderError(msg) from error
    return table


def registries_of(tables: Iterable[FileTable]) -> Registries:
    """The shipped registries, and before them those of some files, which are the source of entries that name none."""
    entries: dict[str, list[Entry]] = {"model": [], "task": []}
    for table in tables:
        if table.registry is not None:
            kind, found = table.registry
            entries[kind] += sourced(found, table.account.path)
    return Registries(models=ModelRegistry(entries["model"]), tasks=TaskRegistry(entries["task"]))
