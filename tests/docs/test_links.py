"""Links between pages lead somewhere, and the index of decisions is complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, links, name_of


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_within_the_repository_resolve(page: Path) -> None:
    for link in links(page):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_outside_are_encrypted(page: Path) -> None:
    assert not [link for link in links(page) if link.startswith("http://")]


def test_every_decision_is_in_the_index() -> None:
    decisions = ROOT / "docs" / "decisions"
    listed = set(links(decisions / "README.md"))
    assert {page.name for page in decisions.glob("*.md")} - {"README.md"} <= listed


def test_every_decision_says_what_would_change_it_and_how() -> None:
    for page in (ROOT / "docs" / "decisions").glob("*.md"):
        if page.name != "README.md":
            text = page.read_text(encoding="utf-8")
            for part in ("Context", "Choice", "Considered", "What would change this default", "How to change it"):
                assert f"**{part}.**" in text, f"{page.name}: {part}"
