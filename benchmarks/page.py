"""``docs/validation.md``: generated sections, each written by its own command, among prose that is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from benchmarks.machine import ROOT

VALIDATION = ROOT / "docs" / "validation.md"


def write_section(name: str, text: str, *, page: Path = VALIDATION) -> None:
    """Put a text between the marks of its section, in place of what stood there; a new section goes to the end.

    Args:
        name: what the marks call the section.
        text: Markdown, from its heading on.
        page: the file, which must exist.

    Raises:
        ValueError: the page opens the section and does not close it, or has it more than once.
    """
    opening, closing = f"<!-- section {name} -->", f"<!-- end of section {name} -->"
    before = page.read_text(encoding="utf-8")
    if (before.count(opening), before.count(closing)) not in {(0, 0), (1, 1)}:
        msg = f"{page.name}: expected the marks {opening} and {closing} once each, or neither"
        raise ValueError(msg)
    block = f"{opening}\n\n{text.strip()}\n\n{closing}"
    pattern = re.compile(re.escape(opening) + ".*?" + re.escape(closing), flags=re.DOTALL)
    after, found = pattern.subn(lambda _: block, before)
    if not found:
        after = f"{before.rstrip()}\n\n{block}\n"
    page.write_text(after, encoding="utf-8")


def section(title: str, command: str, facts: Mapping[str, str], *parts: str) -> str:
    """A heading, where the numbers come from, and the parts, as Markdown."""
    origin = f"Written by `{command}`: " + "; ".join(f"{name} {value}" for name, value in facts.items()) + "."
    return "\n\n".join([f"## {title}", origin, *(part.strip() for part in parts)])
