"""Work for the tests of `emergence_stats.parallel`, in a module of its own that workers can import."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

MARKS = 0


def mark() -> None:
    """Leave a trace in this process."""
    global MARKS  # of the process, not of any work in it
    MARKS += 1


@dataclasses.dataclass(frozen=True)
class Squares:
    """Squares of numbers; a text among them does harm instead.

    "hang" never ends, "eat" takes all memory there is, "die" kills its process each time, "die once PATH" only if
    there is no such file, "raise" is a mistake in the work itself. "marked" asks whether `mark` was called before.
    """

    seconds: float = 0.0

    def prepare(self) -> None:
        """Nothing to prepare."""

    def items(self, payload: bytes) -> list[int | str]:
        """A JSON list."""
        items: list[int | str] = json.loads(payload)
        return items

    def one(self, item: int | str) -> str:
        """A square, or harm."""
        time.sleep(self.seconds)
        if isinstance(item, int):
            return str(item**2)
        if item == "hang":
            while True:
                time.sleep(60.0)
        if item == "eat":
            return self._eat()
        if item == "marked":
            return str(MARKS > 0)
        if item == "raise":
            raise KeyError(item)
        marker = Path(item.removeprefix("die once "))
        if item == "die" or not marker.exists():
            if item != "die":
                marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return "survived"

    def failed(self, item: int | str, reason: str) -> str:
        """Item and reason."""
        return f"{item}: {reason}"

    def answer(self, items: Sequence[int | str], results: Sequence[str]) -> list[str]:
        """All results."""
        assert len(items) == len(results)
        return list(results)

    def _eat(self) -> str:
        eaten = []
        try:
            while True:
                eaten.append(bytearray(64 * 2**20))
        except MemoryError:
            eaten.clear()
            return "not enough memory"
