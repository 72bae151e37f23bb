"""Settings that the documentation names: they exist, each is explained, and each default is what the code has."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from emergence_stats import Settings
from emergence_stats_api.settings import ServiceSettings
from tests.docs.pages import PAGES, ROOT, blocks, code_spans, name_of

DEFAULTS = {
    f"{group}.{name}": value for group, values in Settings().to_dict().items() for name, value in values.items()
}
GROUPS = "|".join(Settings().to_dict())
QUOTED = re.compile(rf"((?:{GROUPS})\.\w+) = (.+)")
NAMED = re.compile(rf"(?:{GROUPS})\.[a-z_]+\*?")
OPERATE = "operate.md"
DECISIONS = ROOT / "docs" / "decisions"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_default_that_is_quoted_is_the_default(page: Path) -> None:
    for span in code_spans(page):
        quoted = QUOTED.fullmatch(span)
        if quoted:
            value = tomllib.loads(f"value = {quoted[2]}")["value"]
            assert value == DEFAULTS[quoted[1]], span


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    for span in code_spans(page):
        if NAMED.fullmatch(span) and not span.endswith(".py"):
            start = span.removesuffix("*")
            assert any(name.startswith(start) if span.endswith("*") else name == start for name in DEFAULTS), span


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_setting_is_explained_by_a_decision(name: str) -> None:
    pages = [page for page in DECISIONS.glob("*.md") if page.name != "README.md"]
    assert any(re.search(rf"{re.escape(name)}\b", page.read_text(encoding="utf-8")) for page in pages)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_of_toml_is_valid_settings(page: Path, tmp_path: Path) -> None:
    for block in blocks(page, "toml"):
        if page.name == OPERATE:  # the service has settings of its own
            path = tmp_path / "service.toml"
            path.write_text(block.text, encoding="utf-8")
            ServiceSettings.load(path)
        else:
            Settings.from_toml(block.text)
