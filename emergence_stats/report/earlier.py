"""Files that an earlier report left in a folder: beside a later one that makes none of them, they would pass for its.

A file goes by its name and by what it says of itself: ``report.md`` may as well be somebody's notes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

HEAD = 64  # bytes at the start of a file that tell what it is


def earlier_files(directory: Path, made: Collection[str]) -> list[Path]:
    """What an earlier report wrote into a folder, and the next one will not replace.

    Pictures stay: their names are those of series, and tell nothing of who drew them.

    Args:
        directory: of both reports.
        made: names of the files of the next one.

    Raises:
        OSError: a file cannot be read.
    """
    found = [
        directory / name
        for name, is_ours in _SIGNS.items()
        if name not in made and (directory / name).is_file() and is_ours(directory / name)
    ]
    if _pooled(directory / "run.json"):
        found += [directory / name for name in ("pool.html", "pool.json") if name not in made]
    return found


def _begins(text: bytes) -> Callable[[Path], bool]:
    def begins(path: Path) -> bool:
        with path.open("rb") as file:
            return file.read(HEAD).startswith(text)

    return begins


def _is_markdown(path: Path) -> bool:
    """It ends with a line that tells how it was made."""
    last = path.read_bytes().rstrip().rpartition(b"\n")[2]
    return last.startswith(b"From ") and b", by emergence-stats " in last


def _pooled(path: Path) -> bool:
    """Whether the report of this record had a pooled analysis; the command of that name writes the same files."""
    try:
        record = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and record.get("program") == "emergence-stats" and record.get("pool") is not None


_SIGNS: Mapping[str, Callable[[Path], bool]] = {
    "results.json": _begins(b'[\n{"schema_version":'),
    "report.md": _is_markdown,
    "results.tex": _begins(b"% Written by emergence-stats "),
}
