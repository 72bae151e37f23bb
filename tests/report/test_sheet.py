"""Sheets: pages of other results in the shell of the report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from emergence_stats.errors import OutputError
from emergence_stats.report.files import write_sheet
from emergence_stats.report.sheet import Section, Sheet, render_sheet
from emergence_stats.report.table_view import TableView
from tests.report.structure import HOSTILE, Structure, refers_to_nothing_outside

if TYPE_CHECKING:
    from pathlib import Path


def sheet_about(name: str) -> Sheet:
    table = TableView(title=name, header=(name, "P"), rows=((name, "0.5"), (name,)), note=name, numbers=frozenset({1}))
    section = Section(
        heading=name, finding=name, verdict="smooth", facts=((name, name),), tables=(table,), notes=(name,),
        warnings=(name,), quote=name,
    )  # fmt: skip
    return Sheet(
        kind="Forecast", headline=name, overview=name, sections=(section, section), origin=((name, name),),
        program_version="0",
    )  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_inert(name: str) -> None:
    page = render_sheet(sheet_about(name))
    structure = Structure.of(page)
    assert len(structure.ids()) == len(set(structure.ids()))
    assert refers_to_nothing_outside(page.replace("http://example.org", ""))
    assert [tag for tag, _ in structure.elements].count("script") == 1


def test_a_sheet_says_what_it_was_given() -> None:
    text = " ".join(Structure.of(render_sheet(sheet_about("Unscrambling at 10B"))).text)
    assert text.count("Unscrambling at 10B") >= 12
    assert "Smooth" in text


def test_page_and_document_are_written_together(tmp_path: Path) -> None:
    path = write_sheet(tmp_path / "out", "plan", sheet=sheet_about("x"), document={"kind": "plan"})
    assert path == tmp_path / "out" / "plan.html"
    assert json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8")) == {"kind": "plan"}
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="expected a folder"):
        write_sheet(tmp_path / "file", "plan", sheet=sheet_about("x"), document={})
