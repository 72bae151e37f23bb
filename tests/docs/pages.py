"""The pages of documentation, and what tests ask of their text: code spans, code blocks, links, headings."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
)

_FENCED = re.compile(r"^```(\w*) *([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r'title="([^"]+)"')
_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block.

    Attributes:
        language: the first word after the fence.
        title: what the fence says in ``title="..."``, or an empty text.
        text: what stands between the fences.
        start: where that begins in the text of the page.
        line: line of the opening fence.
    """

    language: str
    title: str
    text: str
    start: int
    line: int


def name_of(page: Path) -> str:
    """The page from the top of the repository, for messages and test ids."""
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str | None = None) -> list[Block]:
    """Fenced blocks in their order; of one language, or all."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            language=found[1],
            title=(_TITLE.findall(found[2]) or [""])[0],
            text=found[3],
            start=found.start(3),
            line=text.count("\n", 0, found.start()) + 1,
        )
        for found in _FENCED.finditer(text)
        if language in (None, found[1])
    ]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCED.sub("", page.read_text(encoding="utf-8"))


def code_spans(page: Path) -> list[str]:
    """Texts between backquotes, line breaks as blanks."""
    return [" ".join(span.split()) for span in _SPAN.findall(prose(page))]


def links(page: Path) -> list[str]:
    """Targets of links, as they stand."""
    return _LINK.findall(_SPAN.sub("", prose(page)))


def anchors(page: Path) -> set[str]:
    """What a link to a heading of the page may say: as GitHub makes it from the heading."""
    headings = _HEADING.findall(prose(page))
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.strip().replace(" ", "-") for heading in plain}
