"""Take the pages that lie outside docs/ into the site, and lead every relative link to where its page went.

Pages are written for readers of the repository: a link is relative to the file in which it stands. The README is the
first page of the site.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
PLACES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "LICENSE": "LICENSE.txt",
}
NOTEBOOK = re.compile(r"notebooks/(.+)\.ipynb")

_CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(\]\()([^)\s]+)(\))")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages."""
    for origin, place in PLACES.items():
        files.append(File.generated(config, place, abs_src_path=str(ROOT / origin)))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Rewrite the relative links of one page, leaving code as it is."""
    place = page.file.src_uri
    folder = posixpath.dirname(origin_of(place))
    out, end = [], 0
    for code in _CODE.finditer(markdown):
        out += [_relink(markdown[end : code.start()], folder, place), code[0]]
        end = code.end()
    return "".join([*out, _relink(markdown[end:], folder, place)])


def origin_of(place: str) -> str:
    """Where a page of the site stands in the repository."""
    for origin, taken in PLACES.items():
        if taken == place:
            return origin
    if place.startswith("notebooks/"):
        return place.removesuffix(".md") + ".ipynb"
    return f"docs/{place}"


def place_of(origin: str) -> str:
    """Where a file of the repository stands in the site; one that is not in it keeps its name and fails the build."""
    notebook = NOTEBOOK.fullmatch(origin)
    if notebook:
        return f"notebooks/{notebook[1]}.md"
    return PLACES.get(origin, origin.removeprefix("docs/"))


def _relink(text: str, folder: str, place: str) -> str:
    """The text with its relative links as they must be in the site."""

    def moved(link: re.Match[str]) -> str:
        path, mark, anchor = link[2].partition("#")
        if not path or ":" in path:
            return link[0]
        target = place_of(posixpath.normpath(posixpath.join(folder, path)))
        return link[1] + posixpath.relpath(target, posixpath.dirname(place) or ".") + mark + anchor + link[3]

    return _LINK.sub(moved, text)
