"""Entries of a registry found by name: what the registries of models and tasks have in common."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from importlib import resources

from emergence_stats.ingest.registries.registry_file import Entry, entry_pattern, registry_entries


class Names[Fact]:
    """Facts under their names, and under the patterns of further names.

    Args:
        entries: of a registry, as `registry_file.registry_entries` gives them.
        plain: brings a name into the form in which names are compared.
        fact: what an entry says.

    Raises:
        ReaderError: an entry has a number or pattern that is none.
    """

    def __init__(self, entries: Iterable[Entry], *, plain: Callable[[str], str], fact: Callable[[Entry], Fact]) -> None:
        """Read every entry once."""
        self._listed: list[tuple[str, re.Pattern[str] | None, str, Fact]] = [
            (plain(entry["name"]), entry_pattern(entry), entry["name"], fact(entry)) for entry in entries
        ]

    def get(self, name: str) -> Fact | None:
        """The fact of the first entry that a name means, or None.

        Args:
            name: in the form in which names are compared.
        """
        for plain, pattern, _, fact in self._listed:
            if plain == name or (pattern is not None and pattern.fullmatch(name) is not None):
                return fact
        return None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Every name, in the form in which names are compared and as it is written."""
        return ((plain, name) for plain, _, name, _ in self._listed)


def sourced(entries: Iterable[Entry], source: str) -> list[Entry]:
    """Entries of which each names a source: its own, else this one."""
    return [{**entry, "source": entry.get("source") or source} for entry in entries]


@functools.cache
def shipped_entries(*files: str) -> tuple[Entry, ...]:
    """Entries of files of the package."""
    data = resources.files("emergence_stats.ingest.registries").joinpath("data")
    found: list[Entry] = []
    for file in files:
        registry = registry_entries(data.joinpath(file).read_text(encoding="utf-8"))
        found += registry[1] if registry is not None else []
    return tuple(found)
