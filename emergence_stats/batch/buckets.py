"""Which chunk a series belongs to: by a hash of its identity, so that it depends on the series alone.

The metric does not count: metrics of the same outputs are companions and stay together. The hashes are cut into ranges
of equal width, as many as a power of two: chunks in the order of their numbers hold hashes in ascending order, whatever
their number, and a table that grows a little keeps its chunks.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterable, Mapping

from emergence_stats.batch.work import Item

HASH_BITS = 64


def family_hash(identity: Mapping[str, str]) -> int:
    """64 bits of what identifies a series, but for its metric."""
    parts = sorted((name, value) for name, value in identity.items() if name != "metric")
    key = "\0".join(f"{name}\0{value}" for name, value in parts)
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=HASH_BITS // 8).digest())


def bucket_of(family: int, n_buckets: int) -> int:
    """The number of the range that a hash falls in."""
    return family * n_buckets >> HASH_BITS


def bucket_count(n_items: int, per_bucket: int) -> int:
    """How many buckets hold about so many items each: a power of two."""
    return 1 << max(0, math.ceil(math.log2(max(n_items, 1) / per_bucket)))


def bucketed(items: Iterable[Item], n_buckets: int) -> list[tuple[int, list[Item]]]:
    """Items by bucket, in the order of their hashes, and of one family in their own; empty buckets are left out."""
    hashed = sorted(((family_hash(item.row.identity), item) for item in items), key=_hash_and_place)
    groups = itertools.groupby(hashed, key=lambda pair: bucket_of(pair[0], n_buckets))
    return [(bucket, [item for _, item in group]) for bucket, group in groups]


def _hash_and_place(pair: tuple[int, Item]) -> tuple[int, int]:
    return pair[0], pair[1].position
