"""A hash of values by what they hold: the same in every process, whatever way they came about."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from emergence_stats.batch.work import Item


def digest_of(items: Iterable[Item]) -> str:
    """Hash of the series of a chunk, their companions included; their places do not count."""
    digest = hashlib.sha256()
    for item in items:
        _feed(digest, (item.row, item.beside))
    return digest.hexdigest()


def _feed(digest: Any, value: object) -> None:  # noqa: ANN401  # hashlib names no public class
    """Add one value with its kind, so that no two different values look alike."""
    if isinstance(value, np.ndarray):
        digest.update(f"array {value.dtype.str} {value.shape};".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    elif dataclasses.is_dataclass(value):
        digest.update(f"{type(value).__name__}(".encode())
        for field in dataclasses.fields(value):
            digest.update(f"{field.name}=".encode())
            _feed(digest, getattr(value, field.name))
        digest.update(b")")
    elif isinstance(value, Mapping):
        digest.update(f"mapping {len(value)};".encode())
        for key, content in value.items():
            _feed(digest, key)
            _feed(digest, content)
    elif isinstance(value, (tuple, list)):
        digest.update(f"list {len(value)};".encode())
        for content in value:
            _feed(digest, content)
    else:
        text = repr(value)
        digest.update(f"{type(value).__name__} {len(text)} {text};".encode())
