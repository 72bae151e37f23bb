"""A folder of files, all or nothing.

Everything is written into a staging folder first and moved into place when it is complete, each file by an atomic
rename. Whatever fails before that, a full disk or an interrupt, leaves the destination as it was.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emergence_stats.errors import OutputError
from emergence_stats.report.analysis_document import AnalysisDocument
from emergence_stats.report.document import FailedSeries, ReportDocument
from emergence_stats.report.earlier import earlier_files
from emergence_stats.report.exports import Writer, export_writers
from emergence_stats.report.html import render_html
from emergence_stats.report.pooling_sheet import pooling_sheet
from emergence_stats.report.run_record import RunRecord
from emergence_stats.report.sheet import Sheet, render_sheet
from emergence_stats.report.tables import write_frame, write_json, write_json_list

if TYPE_CHECKING:
    import pandas as pd


def write_report(
    directory: str | Path,
    *,
    report: ReportDocument,
    results: Sequence[AnalysisDocument | FailedSeries],
    frame: pd.DataFrame,
    run: RunRecord,
    also: Collection[str] = (),
    pooled: Mapping[str, Any] | None = None,
) -> Path:
    """Write ``report.html``, ``results.json``, ``results.parquet`` and ``run.json`` into a folder.

    Args:
        directory: made if missing; files of an earlier report are replaced or removed, other files are kept.
        report: what the page shows.
        results: one analysis or failure per series, in the order of `frame`.
        frame: the results table, one row per series.
        run: how all this was made.
        also: names of `exports.EXPORTS`: what is written beside these.
        pooled: what families say together: ``pool.html`` and ``pool.json`` beside these.

    Returns:
        The path of the page.

    Raises:
        OutputError: the folder cannot be written; nothing in it has changed.
    """
    directory = Path(directory)

    def write_page(path: Path) -> None:
        path.write_text(render_html(report), encoding="utf-8", newline="\n")

    # The page comes last: where it is new, so is everything beside it.
    writers: dict[str, Writer] = {
        "results.parquet": lambda path: write_frame(path, frame),
        "results.json": lambda path: write_json_list(path, results),
        "run.json": lambda path: write_json(path, run.to_dict()),
        **export_writers(report, also),
        **({} if pooled is None else sheet_writers("pool", pooling_sheet(pooled), pooled)),
        "report.html": write_page,
    }
    write_report_files(directory, writers)
    return directory / "report.html"


def write_sheet(directory: str | Path, name: str, *, sheet: Sheet, document: Mapping[str, object]) -> Path:
    """Write ``NAME.html`` and ``NAME.json`` into a folder.

    Args:
        directory: made if missing; files of these names are replaced, others are kept.
        name: of the command, such as "forecast".
        sheet: what the page shows.
        document: the result as plain values.

    Returns:
        The path of the page.

    Raises:
        OutputError: the folder cannot be written; nothing in it has changed.
    """
    directory = Path(directory)
    write_files(directory, sheet_writers(name, sheet, document))
    return directory / f"{name}.html"


def sheet_writers(name: str, sheet: Sheet, document: Mapping[str, object]) -> dict[str, Writer]:
    """Writers of ``NAME.json`` and ``NAME.html``."""

    def write_page(path: Path) -> None:
        path.write_text(render_sheet(sheet), encoding="utf-8", newline="\n")

    return {f"{name}.json": lambda path: write_json(path, document), f"{name}.html": write_page}


def write_report_files(directory: Path, writers: Mapping[str, Writer]) -> None:
    """As `write_files`, and remove what an earlier report made and this one does not.

    Raises:
        OutputError: the folder cannot be written; nothing in it has changed.
    """
    try:
        earlier = earlier_files(directory, tuple(writers))
    except OSError as error:
        msg = f"{directory}: files of an earlier report cannot be read: {_reason(error)}"
        raise OutputError(msg) from error
    write_files(directory, writers, instead_of=earlier)


def write_files(directory: Path, writers: Mapping[str, Writer], *, instead_of: Collection[Path] = ()) -> None:
    """Call each writer with a path, and bring all files to `directory` once the last has succeeded.

    Args:
        directory: made if missing.
        writers: file name, perhaps in a subfolder, to the function that writes it; moved into place in this order.
        instead_of: files to remove before the last one is moved into place.

    Raises:
        OutputError: a file could not be written.
    """
    with _staging(directory) as staging:
        for name, write in writers.items():
            try:
                (staging / name).parent.mkdir(exist_ok=True)
                write(staging / name)
            except OSError as error:
                msg = f"{directory / name}: cannot be written: {_reason(error)}"
                raise OutputError(msg) from error
        try:
            if directory.exists():
                *first, last = writers
                for name in first:
                    _move(staging, directory, name)
                for path in instead_of:
                    path.unlink(missing_ok=True)
                _move(staging, directory, last)
            else:
                staging.rename(directory)
        except OSError as error:
            msg = f"{directory}: files cannot be moved into place: {_reason(error)}"
            raise OutputError(msg) from error


def _move(staging: Path, directory: Path, name: str) -> None:
    """Bring a file into place."""
    (directory / name).parent.mkdir(exist_ok=True)
    (staging / name).replace(directory / name)


def require_writable(directory: str | Path) -> None:
    """Find out now, not after an hour of analysis, whether a folder can be written.

    Raises:
        OutputError: it cannot.
    """
    with _staging(Path(directory)):
        pass


@contextlib.contextmanager
def _staging(directory: Path) -> Iterator[Path]:
    """A new folder on the same file system, inside the destination or beside it; removed at the end."""
    directory = directory.absolute()
    try:
        existing = next(path for path in (directory, *directory.parents) if path.exists())
        if not existing.is_dir():
            msg = f"{existing}: expected a folder to write to, got a file"
            raise OutputError(msg)
        home = directory if existing == directory else directory.parent
        made = [path for path in (home, *home.parents) if not path.exists()]
        staging = home / f".{directory.name or 'report'}-{secrets.token_hex(4)}.partial"
        home.mkdir(parents=True, exist_ok=True)
        staging.mkdir()
    except OutputError:
        raise
    except OSError as error:
        msg = f"{directory}: cannot be written: {_reason(error)}"
        raise OutputError(msg) from error
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        for folder in made:  # folders made on the way, unless the report now stands in them
            with contextlib.suppress(OSError):
                folder.rmdir()


def _reason(error: OSError) -> str:
    """The operating system's words, without number and path."""
    return error.strerror or os.strerror(error.errno or 0) if error.errno else str(error) or type(error).__name__
