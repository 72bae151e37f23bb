"""Files, folders and frames in, one tidy table out, with an account of what was read and what was not."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from emergence_stats.errors import InputError, ReaderError
from emergence_stats.ingest import columns as names
from emergence_stats.ingest.conflicts import Duplicates, settle_conflicts
from emergence_stats.ingest.file_table import FileTable, ReadFile, file_table, frame_table
from emergence_stats.ingest.fill import Registries, fill_models, fill_tasks, has_scale, unknown_reason
from emergence_stats.ingest.parsing import DOUBTFUL_PERCENT, PERCENT, ParsedTable, parse_table
from emergence_stats.ingest.registries.models import ModelRegistry
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


def read(
    source: Source | Iterable[Source],
    *,
    scale: str | None = None,
    by: Iterable[str] | str = (),
    duplicates: Duplicates = "both",
    models: Source | Iterable[Source] = (),
    tasks: Source | Iterable[Source] = (),
) -> pd.DataFrame:
    """Read scores from files, folders and frames into one tidy table.

    Args:
        source: a file, a folder (read with its subfolders), a pandas or Arrow frame, or several of these. Files are
            tables or logs of evaluation harnesses; which, is found out from their content.
        scale: a scale column that must be there.
        by: further columns that must be there.
        duplicates: what becomes of two scores for one model and task: "both" stay, or the "latest" evaluated.
        models: registries of models of your own, CSV or TOML, for those that the shipped one does not know.
        tasks: registries of tasks of your own.

    Returns:
        One row per measurement. ``frame.attrs`` holds ``notes``, ``skipped`` and ``files``.

    Raises:
        ReaderError: nothing there is a table or log of a known format, or no model of it has a known size.
        TableError: the only table lacks a column that a series is made of.
    """
    return read_tidy(source, scale=scale, by=by, duplicates=duplicates, models=models, tasks=tasks).frame


def read_tidy(
    sources: Source | Iterable[Source],
    *,
    scale: str | None = None,
    by: Iterable[str] | str = (),
    duplicates: Duplicates = "both",
    models: Source | Iterable[Source] = (),
    tasks: Source | Iterable[Source] = (),
    on_progress: Callable[[int, int], None] | None = None,
) -> TidyTable:
    """Read as `read` does, and return the account beside the frame.

    A file that cannot be used is skipped with its reason, unless it is all there is.

    Args:
        sources: as of `read`; so are the others.
        scale: a scale column that must be there.
        by: further columns that must be there.
        duplicates: what becomes of two scores for one model and task.
        models: registries of models.
        tasks: registries of tasks.
        on_progress: called with the number of inputs read so far, and of all.

    Raises:
        ReaderError: nothing there is a table or log of a known format, or no model of it has a known size.
        TableError: the only table lacks a column that a series is made of.
    """
    wanted = names.wanted_columns(by)
    if duplicates not in ("both", "latest"):
        msg = f"duplicates: expected 'both' or 'latest', got {duplicates!r:.40}"
        raise ReaderError(msg)
    given = _listed(sources)
    gathered = gather(given, registries=(*_listed(models), *_listed(tasks)), on_progress=on_progress)
    skipped, errors, notes = list(gathered.skipped), list(gathered.errors), list(gathered.notes)
    tables: list[FileTable] = []
    for table in gathered.tables:
        try:
            columns = list(table.frame.columns)
            names.require_columns(columns, scale=scale, by=wanted, scale_to_come=table.may_lack_scale)
        except InputError as error:
            told = f" ({'; '.join(table.notes)})" if table.notes else ""
            skipped.append(SkippedFile(path=table.account.path or "frame", reason=f"{error}{told}"))
            errors.append(error)
            continue
        tables.append(table)
        notes += [f"{table.account.path}: {note}" for note in table.notes]
    if not tables:
        raise _nothing_usable(given, skipped, errors)
    whole, lost, told_notes = _completed(tables, gathered.registries, duplicates=duplicates, by=wanted)
    skipped += lost
    notes += told_notes
    if len(whole) == 0:
        raise _nothing_usable(given, skipped, [ReaderError(item.reason) for item in skipped])
    parsed = parse_table(whole, scale=scale, by=wanted)
    notes += parsed.notes
    frame = _tidy_frame(parsed)
    files = (*(table.account for table in tables), *gathered.others)
    frame.attrs = {
        "notes": list(notes),
        "skipped": [dataclasses.asdict(skip) for skip in skipped],
        "files": [dataclasses.asdict(account) for account in files],
    }
    return TidyTable(frame=frame, files=files, skipped=tuple(skipped), notes=tuple(notes))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """All inputs, read one by one.

    Attributes:
        tables: those with rows.
        others: registries and further files of logs.
        registries: what is known beside the input, with what was found in it.
        skipped: what was left out.
        errors: the errors behind that.
        notes: what is to be known of single inputs.
    """

    tables: tuple[FileTable, ...]
    others: tuple[ReadFile, ...]
    registries: Registries
    skipped: tuple[SkippedFile, ...]
    errors: tuple[InputError, ...]
    notes: tuple[str, ...]


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
    entries: dict[str, list[Entry]] = {"model": [], "task": []}
    for path, item in _expanded(registries):
        table = _registry_table(path, item)
        others.append(table.account)
        _take_entries(table, entries)
    inputs = list(_expanded(given))
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
            _take_entries(table, entries)
    known = Registries(models=ModelRegistry(entries["model"]), tasks=TaskRegistry(entries["task"]))
    return Gathered(
        tables=tuple(tables), others=tuple(others), registries=known, skipped=tuple(skipped), errors=tuple(errors),
        notes=(),
    )  # fmt: skip


def _completed(
    tables: list[FileTable], registries: Registries, *, duplicates: Duplicates, by: tuple[str, ...]
) -> tuple[pd.DataFrame, list[SkippedFile], list[str]]:
    """Rows of all inputs under the columns of all, what they lack filled from registries where these know it."""
    whole = tables[0].frame if len(tables) == 1 else pd.concat([table.frame for table in tables], ignore_index=True)
    sizes = [len(table.frame) for table in tables]
    fillable = np.repeat(np.array([table.may_lack_scale for table in tables], dtype=bool), sizes)
    logs = np.repeat(np.array([table.log for table in tables], dtype=bool), sizes)
    lost: list[SkippedFile] = []
    notes: list[str] = []
    if fillable.any():
        whole, unknown, notes = fill_models(whole, fillable, registries.models)
        lost = [
            SkippedFile(path=f"model {model.name or '(unnamed)'}", reason=unknown_reason(model)) for model in unknown
        ]
        kept = has_scale(whole, fillable)
        whole, logs = whole[kept].reset_index(drop=True), logs[kept]
    if len(whole) == 0:
        return whole, lost, notes
    whole = fill_tasks(whole, logs, registries.tasks)
    whole, conflicts = settle_conflicts(whole, logs, duplicates=duplicates, by=by)
    return whole, lost, notes + conflicts


def _listed(sources: object) -> list[object]:
    """One source or several as a list."""
    if isinstance(sources, (str, os.PathLike, SourceFile, pd.DataFrame, ArrowStream)):
        return [sources]
    if isinstance(sources, Iterable):
        return list(sources)
    msg = f"expected a path, a pandas frame or an Arrow table, got {type(sources).__name__}"
    raise ReaderError(msg)


def _expanded(
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
        return frame_table(pa.table(item).to_pandas(), "Arrow table")
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


def _take_entries(table: FileTable, entries: dict[str, list[Entry]]) -> None:
    """Add a registry's entries, which name their file as source unless they name one."""
    if table.registry is not None:
        kind, found = table.registry
        entries[kind] += [{**entry, "source": entry.get("source") or table.account.path} for entry in found]


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
