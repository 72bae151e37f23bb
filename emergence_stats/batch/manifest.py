"""What a run of shards says of itself once it is finished: the list of its files, and how they came about."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emergence_stats._version import __version__
from emergence_stats.batch.recipe import Recipe, Sources
from emergence_stats.batch.store import write_aside
from emergence_stats.errors import InputError, ReaderError

FORMAT = 1
_PART = re.compile(r"([1-9][0-9]{0,6})/([1-9][0-9]{0,6})")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Part `number` of `of` parts, from 1 up: the share of one machine.

    Raises:
        InputError: there is no such part.
    """

    number: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        """Check that the part is one of them."""
        if not 1 <= self.number <= self.of:
            msg = f"shard: expected i/N with i from 1 to N, got {self}"
            raise InputError(msg)

    @classmethod
    def of_text(cls, text: str) -> Part:
        """From "3/16".

        Raises:
            InputError: the text says something else.
        """
        found = _PART.fullmatch(text.strip())
        if found is None:
            msg = f"shard: expected i/N with i from 1 to N, such as 3/16, got {text!r:.40}"
            raise InputError(msg)
        return cls(number=int(found[1]), of=int(found[2]))

    def has(self, bucket: int) -> bool:
        """Whether a bucket belongs to this part: buckets are dealt out in turn."""
        return bucket % self.of == self.number - 1

    def __str__(self) -> str:
        """As it is given: "3/16"."""
        return f"{self.number}/{self.of}"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One file of results.

    Attributes:
        bucket: which range of series it holds.
        file: its name.
        n_series: its rows.
        positions: where they stand among all series; empty where nobody counted (a streamed input): shards in the
            order of their buckets are then in order.
    """

    bucket: int
    file: str
    n_series: int
    positions: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A finished part.

    Attributes:
        part: which one.
        recipe: what decided the results.
        sources: where the series came from.
        streamed: whether the input was streamed.
        n_buckets: of the whole run.
        shards: files of this part, by bucket.
        started: time of the day, ISO 8601.
        finished: likewise.
        program_version: of those who wrote it.
    """

    part: Part
    recipe: Recipe
    sources: Sources
    streamed: bool
    n_buckets: int
    shards: tuple[Shard, ...]
    started: str
    finished: str
    program_version: str = __version__

    def write(self, folder: Path) -> Path:
        """Put it beside the shards, under a name that tells the part.

        Those of a run cut into another number of parts stay: whether this one replaces them, or was started with the
        wrong number, nobody knows here. `merge` takes those that are complete.
        """
        path = folder / f"manifest-{self.part.number}-of-{self.part.of}.json"
        values = {
            "format": FORMAT,
            "program": "emergence-stats",
            "program_version": self.program_version,
            "shard": [self.part.number, self.part.of],
            "started": self.started,
            "finished": self.finished,
            "streamed": self.streamed,
            "n_buckets": self.n_buckets,
            "n_series": sum(shard.n_series for shard in self.shards),
            "recipe": self.recipe.to_dict(),
            "sources": self.sources.to_dict(),
            "shards": [[shard.bucket, shard.file, shard.n_series, list(shard.positions)] for shard in self.shards],
        }
        write_aside(path, f"{json.dumps(values, ensure_ascii=True)}\n".encode())
        return path

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Read one back.

        Raises:
            ReaderError: it is not there, damaged, or of another version.
        """
        try:
            values = json.loads(path.read_bytes())
            return cls._of(values)
        except OSError as error:
            msg = f"{path}: expected the manifest of a shard ({error.strerror})"
            raise ReaderError(msg) from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            msg = (
                f"{path}: expected the manifest of a shard, got something else ({type(error).__name__}: {error!s:.80})"
            )
            raise ReaderError(msg) from error

    @classmethod
    def _of(cls, values: Mapping[str, Any]) -> Manifest:
        if values["format"] != FORMAT:
            msg = f"format {values['format']!r}, known is {FORMAT}"
            raise ValueError(msg)
        return cls(
            part=Part(number=values["shard"][0], of=values["shard"][1]),
            recipe=Recipe.from_dict(values["recipe"]),
            sources=Sources.from_dict(values["sources"]),
            streamed=values["streamed"],
            n_buckets=values["n_buckets"],
            shards=tuple(
                Shard(bucket=bucket, file=file, n_series=n_series, positions=tuple(positions))
                for bucket, file, n_series, positions in values["shards"]
            ),
            started=values["started"],
            finished=values["finished"],
            program_version=values["program_version"],
        )
