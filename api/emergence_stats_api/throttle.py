"""How often a key, or an address with wrong keys, may ask: moving windows in the memory of the server process."""

from __future__ import annotations

import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from emergence_stats_api.problems import Problem


class Throttle:
    """Counts requests."""

    def __init__(self, rate: str, bad_key_rate: str) -> None:
        """Make one with the limits for keys and for addresses, each as "number/unit"."""
        self._windows = MovingWindowRateLimiter(MemoryStorage())
        self._rate, self._bad_key_rate = parse(rate), parse(bad_key_rate)

    def count(self, key_id: str) -> None:
        """Count a request of a key.

        Raises:
            Problem: 429, its rate is used up.
        """
        if not self._windows.hit(self._rate, "key", key_id):
            raise self._refusal(self._rate, "key", key_id, "This key asks too often")

    def require_trusted(self, address: str) -> None:
        """Refuse an address that has just tried too many wrong keys.

        Raises:
            Problem: 429.
        """
        if not self._windows.test(self._bad_key_rate, "address", address):
            raise self._refusal(self._bad_key_rate, "address", address, "Too many wrong keys from this address")

    def count_bad_key(self, address: str) -> None:
        """Count a wrong key."""
        self._windows.hit(self._bad_key_rate, "address", address)

    def _refusal(self, rate: RateLimitItem, kind: str, name: str, what: str) -> Problem:
        reset = self._windows.get_window_stats(rate, kind, name).reset_time
        return Problem(429, "too-many-requests", f"{what}: at most {rate}.", retry_after=reset - time.time())
