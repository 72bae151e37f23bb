"""The examples in the pages, run as a reader would: from top to bottom of a page, in one folder.

- A block with a title is a file of that name.
- ``python`` blocks share their names. A ``text`` block titled "prints" shows what the one before it prints.
- Lines of a ``console`` block that begin with ``$`` are given to a shell; below them is what they print, errors too.

``python -m tests.docs.examples`` (`make docs-examples`) writes what is printed today into the pages.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.docs.pages import PAGES, Block, blocks, name_of

PRINTS = "prints"
PROMPT = "$ "
SECONDS_PER_COMMAND = 300  # the first one may have to compile


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A block that shows what is printed, and what is."""

    block: Block
    printed: str


def run(page: Path, folder: Path) -> Iterator[Shown]:
    """Run the examples of a page in an empty folder."""
    names: dict[str, object] = {"__name__": "__main__"}
    printed = ""
    with contextlib.chdir(folder):
        for block in blocks(page):
            if block.language == "python":
                code = compile(block.text, f"{name_of(page)}:{block.line}", "exec")
                with contextlib.redirect_stdout(io.StringIO()) as output:
                    exec(code, names)
                printed = output.getvalue()
            elif block.language == "console":
                yield Shown(block=block, printed=session(block.text))
            elif block.title == PRINTS:
                yield Shown(block=block, printed=printed)
            elif block.title:
                Path(block.title).parent.mkdir(parents=True, exist_ok=True)
                Path(block.title).write_text(block.text, encoding="utf-8")


def session(text: str) -> str:
    """The session that a block shows, as it runs here."""
    commands = [line.removeprefix(PROMPT) for line in text.splitlines() if line.startswith(PROMPT)]
    return "".join(f"{PROMPT}{command}\n{_printed(command)}" for command in commands)


def _printed(command: str) -> str:
    """What a command prints, without the blanks at the ends of lines that tables leave."""
    done = subprocess.run(
        command,
        shell=True,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=SECONDS_PER_COMMAND,
    )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


def _environment() -> Mapping[str, str]:
    """The reader's environment: the program on the path, a terminal of a usual width, no colours."""
    program = str(Path(sys.executable).parent)
    return os.environ | {
        "PATH": os.pathsep.join([program, os.environ.get("PATH", "")]),
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }


def rewritten(page: Path, folder: Path) -> str:
    """The text of a page with what its examples print today."""
    text = page.read_text(encoding="utf-8")
    for shown in sorted(run(page, folder), key=lambda shown: shown.block.start, reverse=True):
        end = shown.block.start + len(shown.block.text)
        text = text[: shown.block.start] + shown.printed + text[end:]
    return text


def main() -> None:
    """Rewrite every page whose examples print something else than it shows."""
    for page in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            text = rewritten(page, Path(folder))
        if text != page.read_text(encoding="utf-8"):
            page.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{name_of(page)}\n")


if __name__ == "__main__":
    main()
