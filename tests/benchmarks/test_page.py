"""The page of measurements keeps what other commands and people wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.page import VALIDATION, section, write_section


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text("# Title\n\nProse.\n")
    return path


def test_a_section_is_added_once_and_then_replaced_in_place(page: Path) -> None:
    write_section("first", "## First\n\nold", page=page)
    write_section("second", "## Second", page=page)
    write_section("first", r"## First, new \1 | 3", page=page)
    text = page.read_text()
    assert text.startswith("# Title\n\nProse.\n")
    assert "old" not in text
    assert text.index(r"## First, new \1 | 3") < text.index("## Second")
    assert text.count("<!-- section first -->") == 1


def test_writing_the_same_again_changes_nothing(page: Path) -> None:
    write_section("first", "## First", page=page)
    once = page.read_text()
    write_section("first", "## First", page=page)
    assert page.read_text() == once


def test_a_damaged_page_is_not_written_to(page: Path) -> None:
    write_section("first", "## First", page=page)
    damaged = page.read_text().replace("<!-- end of section first -->", "")
    page.write_text(damaged)
    with pytest.raises(ValueError, match="expected the marks <!-- section first -->"):
        write_section("first", "## New", page=page)
    assert page.read_text() == damaged


def test_a_section_says_where_its_numbers_come_from() -> None:
    text = section("Speed", "make bench", {"commit": "abc"}, "What it is.\n", "| a |")
    assert text == "## Speed\n\nWritten by `make bench`: commit abc.\n\nWhat it is.\n\n| a |"


def test_every_section_of_the_page_is_well_marked() -> None:
    text = VALIDATION.read_text()
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings
    assert text.count("<!-- section ") == text.count("<!-- end of section ") == len(headings)
