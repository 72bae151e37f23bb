"""What a report can be written as beside its page and data. To add one: a function here and a row of `EXPORTS`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from emergence_stats.errors import InputError
from emergence_stats.report.document import Entry, ReportDocument
from emergence_stats.report.latex import render_latex
from emergence_stats.report.markdown import render_markdown
from emergence_stats.report.pictures import picture_name, pictured, write_picture

type Writer = Callable[[Path], None]
type Writers = Mapping[str, Writer]


def export_writers(report: ReportDocument, wanted: Collection[str]) -> dict[str, Writer]:
    """File name to the function that writes it, for every export that is wanted."""
    return {
        name: writer
        for export in EXPORTS
        if export in wanted
        for name, writer in EXPORTS[export](report, wanted).items()
    }


def known_exports(wanted: Iterable[str]) -> tuple[str, ...]:
    """The names of exports, each once.

    Raises:
        InputError: there is no export of that name.
    """
    names = tuple(dict.fromkeys(wanted))
    for name in names:
        if name not in EXPORTS:
            msg = f"--also: expected one of {', '.join(EXPORTS)}, got {name!r}"
            raise InputError(msg)
    return names


def _markdown(report: ReportDocument, wanted: Collection[str]) -> Writers:
    kind = next((kind for kind in ("svg", "png") if kind in wanted), None)
    drawn = {entry.anchor for entry in pictured(report)} if kind else set()

    def picture_of(entry: Entry) -> str | None:
        return picture_name(entry, kind) if kind and entry.anchor in drawn else None

    return {"report.md": lambda path: _write(path, render_markdown(report, picture_of))}


def _latex(report: ReportDocument, wanted: Collection[str]) -> Writers:  # noqa: ARG001  # the same beside any other
    return {"results.tex": lambda path: _write(path, render_latex(report))}


def _pictures(report: ReportDocument, wanted: Collection[str], *, kind: str) -> Writers:  # noqa: ARG001
    writers: dict[str, Writer] = {}
    for entry in pictured(report):
        assert entry.document is not None
        writers[picture_name(entry, kind)] = functools.partial(write_picture, document=entry.document)
    return writers


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


EXPORTS: Mapping[str, Callable[[ReportDocument, Collection[str]], Writers]] = {
    "markdown": _markdown,
    "latex": _latex,
    "png": functools.partial(_pictures, kind="png"),
    "svg": functools.partial(_pictures, kind="svg"),
}
