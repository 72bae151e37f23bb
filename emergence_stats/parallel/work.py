"""What is to be done with a chunk: the contract between those who compute and those who spread the computing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Work[Item, Result, Answer](Protocol):
    """Work on chunks of items. It is sent to workers by pickle, once per chunk, so it is small.

    Results and answers depend on the chunk alone: a chunk may be computed twice, and in any process.
    """

    def prepare(self) -> None:
        """Do what is needed once per process, such as loading compiled code; no limit of time applies."""

    def items(self, payload: bytes) -> Sequence[Item]:
        """The items of a chunk."""

    def one(self, item: Item) -> Result:
        """Compute one item; what is wrong with an item is part of its result, not raised."""

    def failed(self, item: Item, reason: str) -> Result:
        """The result of an item that was stopped."""

    def answer(self, items: Sequence[Item], results: Sequence[Result]) -> Answer:
        """What is sent back for the whole chunk."""


def run_here[Item, Result, Answer](work: Work[Item, Result, Answer], payload: bytes) -> Answer:
    """Compute a chunk in this process."""
    items = work.items(payload)
    return work.answer(items, [work.one(item) for item in items])
