"""The site: it builds without a warning, holds every page and every public name, and loads nothing from elsewhere."""

from __future__ import annotations

import html.parser
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

import pytest
import typer

import emergence_stats
from emergence_stats.cli.app import PROGRAM, app
from tests.docs.pages import ROOT

LOADED = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src", "use": "href"}


class Page(html.parser.HTMLParser):
    """What a page of the site loads, where it leads, which anchors it has, and what it says."""

    def __init__(self, text: str) -> None:
        """Read the page."""
        super().__init__()
        self.loaded: list[str] = []
        self.targets: list[str] = []
        self.anchors: set[str] = set()
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep addresses and anchors."""
        values = {name: value for name, value in attrs if value}
        if tag in LOADED and LOADED[tag] in values and values.get("rel") not in ("canonical", "next", "prev"):
            self.loaded.append(values[LOADED[tag]])
        if tag == "a" and "href" in values:
            self.targets.append(values["href"])
        self.anchors |= {values[name] for name in ("id", "name") if name in values}

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.words.append(data)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly: a warning (dead link or anchor, page in no menu, wrong docstring) is an error."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "DOCS_RUN_NOTEBOOKS": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    """Every page by its place."""
    return {
        str(path.relative_to(site)): Page(path.read_text(encoding="utf-8"))
        for path in site.rglob("*.html")
        if path.name != "404.html"  # served from anywhere, hence with absolute addresses
    }


def test_every_page_of_the_repository_is_in_it(pages: dict[str, Page]) -> None:
    written = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    written = {place.with_name("index.html") if place.stem == "README" else place for place in written}
    written |= {Path("index.html"), Path("contributing.html"), Path("changelog.html")}
    written |= {Path("notebooks") / f"{path.stem}.html" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {str(place) for place in written} <= set(pages)


def test_every_page_is_in_the_menu(pages: dict[str, Page]) -> None:
    listed = {urldefrag(target).url for target in pages["index.html"].targets}
    assert set(pages) <= listed


def test_every_link_within_it_leads_to_a_page_and_an_anchor(site: Path, pages: dict[str, Page]) -> None:
    for place, page in pages.items():
        for target in page.targets:
            path, anchor = urldefrag(target)
            if urlsplit(target).scheme:
                continue
            there = (site / place).parent / path if path else site / place
            there = there / "index.html" if there.is_dir() else there
            assert there.is_file(), f"{place}: {target}"
            if anchor and there.suffix == ".html":
                found = pages[str(there.resolve().relative_to(site.resolve()))].anchors
                assert anchor in found or anchor == "__skip", f"{place}: {target}"


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[str, Page]) -> None:
    for place, page in pages.items():
        for address in page.loaded:
            assert not urlsplit(address).netloc, f"{place}: {address}"
            assert ((site / place).parent / urldefrag(address).url.partition("?")[0]).is_file(), f"{place}: {address}"
    for sheet in site.rglob("*.css"):
        assert "url(http" not in sheet.read_text(encoding="utf-8"), sheet.name


def test_formulas_are_drawn_by_the_browser(pages: dict[str, Page], site: Path) -> None:
    assert "<math" in (site / "method.html").read_text(encoding="utf-8")
    for place, page in pages.items():
        assert not [word for word in page.words if "\\(" in word or "\\[" in word], place


def test_every_public_name_is_explained(pages: dict[str, Page]) -> None:
    names = {f"emergence_stats.{name}" for name in emergence_stats.__all__ if not name.startswith("__")}
    assert names <= pages["reference/python.html"].anchors


def test_every_command_and_option_is_listed(pages: dict[str, Page]) -> None:
    text = "".join(pages["reference/commands.html"].words)
    for name, command in typer.main.get_group(app).commands.items():
        assert f"{PROGRAM} {name}" in text
        for parameter in command.params:
            assert parameter.opts[0].removeprefix("--") in text
