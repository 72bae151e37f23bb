"""Files, folders and frames in, one tidy table out, with an account of what was read and what was not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from emergence_stats.errors import InputError, ReaderError
from emergence_stats.ingest import columns as names
from emergence_stats.ingest.conflicts import Duplicates, settle_conflicts
from emergence_stats.ingest.file_table import FileTable, ReadFile
from emergence_stats.ingest.fill import Registries, UnknownModel, fill_models, fill_tasks, has_scale, unknown_reason
from emergence_stats.ingest.gather import SkippedFile, Source, gather, listed_sources
from emergence_stats.ingest.parsing import DOUBTFUL_PERCENT, PERCENT, ParsedTable, parse_table


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TidyTable:
    """A tidy table and the account of how it came about.

    Attributes:
        frame: one row per measurement in canonical columns; cells that could not be read stand as they were given.
        files: inputs that were read.
        skipped: inputs that were left out.
        notes: what was converted or decided, as sentences.
        unknown_models: models whose rows were left out, since nothing says how large they are.
    """

    frame: pd.DataFrame
    files: tuple[ReadFile, ...]
    skipped: tuple[SkippedFile, ...]
    notes: tuple[str, ...]
    unknown_models: tuple[UnknownModel, ...] = ()


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
    given = listed_sources(sources)
    gathered = gather(given, registries=(*listed_sources(models), *listed_sources(tasks)), on_progress=on_progress)
    skipped, errors = list(gathered.skipped), list(gathered.errors)
    notes: list[str] = []
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
    files, registries = (*(table.account for table in tables), *gathered.others), gathered.registries
    del gathered
    whole, unknown, told_notes = _completed(tables, registries, duplicates=duplicates, by=wanted)
    skipped += [
        SkippedFile(path=f"model {model.name or '(unnamed)'}", reason=unknown_reason(model)) for model in unknown
    ]
    notes += told_notes
    if len(whole) == 0:
        raise _nothing_usable(given, skipped, [ReaderError(item.reason) for item in skipped])
    parsed = parse_table(whole, scale=scale, by=wanted)
    notes += parsed.notes
    frame = _tidy_frame(parsed)
    frame.attrs = {
        "notes": list(notes),
        "skipped": [dataclasses.asdict(skip) for skip in skipped],
        "files": [dataclasses.asdict(account) for account in files],
    }
    return TidyTable(
        frame=frame, files=files, skipped=tuple(skipped), notes=tuple(notes), unknown_models=tuple(unknown)
    )


def _completed(
    tables: list[FileTable], registries: Registries, *, duplicates: Duplicates, by: tuple[str, ...]
) -> tuple[pd.DataFrame, list[UnknownModel], list[str]]:
    """Rows of all inputs under the columns of all, what they lack filled from registries where these know it.

    The list of tables is emptied on the way: thousands of logs are not to be held twice.
    """
    whole = tables[0].frame if len(tables) == 1 else pd.concat([table.frame for table in tables], ignore_index=True)
    sizes = [len(table.frame) for table in tables]
    fillable = np.repeat(np.array([table.may_lack_scale for table in tables], dtype=bool), sizes)
    logs = np.repeat(np.array([table.log for table in tables], dtype=bool), sizes)
    tables.clear()
    for name in whole.columns:
        if whole[name].dtype == object and pd.api.types.infer_dtype(whole[name], skipna=True) == "string":
            whole[name] = whole[name].astype("category" if name == names.SOURCE_FILE else "str")
    unknown: list[UnknownModel] = []
    notes: list[str] = []
    if fillable.any():
        whole, unknown, notes = fill_models(whole, fillable, registries.models)
        kept = has_scale(whole, fillable)
        whole, logs = whole[kept].reset_index(drop=True), logs[kept]
    if len(whole) == 0:
        return whole, unknown, notes
    whole = fill_tasks(whole, logs, registries.tasks)
    whole, conflicts = settle_conflicts(whole, logs, duplicates=duplicates, by=by)
    return whole, unknown, notes + conflicts


def _nothing_usable(given: list[object], skipped: list[SkippedFile], errors: list[InputError]) -> InputError:
    """The error for input of which nothing can be used."""
    if not skipped:
        found = "empty folders, or registries alone" if given else "nothing"
        return ReaderError(f"expected at least one file or frame of scores, got {found}")
    if len(skipped) == 1:
        place = f"{skipped[0].path}: " if skipped[0].path != "frame" else ""
        return type(errors[0])(f"{place}{skipped[0].reason}")
    first = f"{skipped[0].path}: {skipped[0].reason}"
    return ReaderError(
        f"expected at least one usable table, got {len(skipped)} inputs of which none is; the first: {first}"
    )


def _tidy_frame(parsed: ParsedTable) -> pd.DataFrame:
    """The frame with numbers and truth values in their own types; wrong cells as they were given."""
    frame = parsed.frame.copy(deep=False)
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
