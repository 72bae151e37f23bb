"""The page of public names: one directive for mkdocstrings for each name in `emergence_stats.__all__`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

import emergence_stats

PLACE = "reference/python.md"
INTRODUCTION = """\
# Python

`import emergence_stats as es` gives these names; they are loaded on first use.
"""
# What the public names take or return, and what a user of them touches without importing it.
PARTS = (
    "emergence_stats.verdict.Verdict",
    "emergence_stats.criteria.Condition",
    "emergence_stats.threshold.Quantity",
    "emergence_stats.comparison.Comparison",
    "emergence_stats.influence.Influence",
    "emergence_stats.stability.Stability",
    "emergence_stats.resolution.ladder.Resolution",
    "emergence_stats.settings.PriorSettings",
    "emergence_stats.settings.VerdictSettings",
    "emergence_stats.settings.EvidenceSettings",
    "emergence_stats.settings.ResolutionSettings",
)


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the page."""
    files.append(File.generated(config, PLACE, content=page()))
    return files


def page() -> str:
    """Functions first, then classes with what belongs to them, then modules."""
    kinds: Mapping[str, Callable[[object], bool]] = {
        "Functions": inspect.isfunction,
        "Classes": inspect.isclass,
        "Modules": inspect.ismodule,
    }
    public = {name: getattr(emergence_stats, name) for name in emergence_stats.__all__}
    text = INTRODUCTION
    for title, is_kind in kinds.items():
        text += f"\n## {title}\n\n"
        text += "".join(_directive(name, value) for name, value in public.items() if is_kind(value))
    return text + "\n## Parts of results and settings\n\n" + "".join(f"::: {name}\n\n" for name in PARTS)


def _directive(name: str, value: Any) -> str:  # noqa: ANN401
    """One name where it is defined (`read` is a function and the module that holds it), under its public name."""
    home = value.__name__ if inspect.ismodule(value) else f"{value.__module__}.{value.__qualname__}"
    public = f"emergence_stats.{name}"
    return f"[](){{#{public}}}\n\n::: {home}\n    options: {{heading: {public}, toc_label: {name}}}\n\n"
