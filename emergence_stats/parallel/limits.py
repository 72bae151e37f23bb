"""How long one item may take, and how much memory; both are watched from another process."""

from __future__ import annotations

import dataclasses
import math

from emergence_stats.errors import InputError

GIGABYTE = 10**9


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of each item; None sets none.

    Attributes:
        seconds: of wall time for one item.
        gigabytes: of data that the process of an item may hold (10^9 bytes), libraries included; not watched where the
            system has no such limit (Windows, macOS).
    """

    seconds: float | None = None
    gigabytes: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is not positive.

        Raises:
            InputError: a limit is not a positive number.
        """
        for name, value in (("time limit", self.seconds), ("memory limit", self.gigabytes)):
            if value is not None and not (math.isfinite(value) and value > 0.0):
                msg = f"{name}: expected a positive number, got {value:g}"
                raise InputError(msg)

    @property
    def any(self) -> bool:
        """Whether anything is limited."""
        return self.seconds is not None or self.gigabytes is not None

    def late(self) -> str:
        """The reason of an item that took too long."""
        return f"not finished within the time limit of {self.seconds:g} s for one series"


DEFAULT_LIMITS = Limits(seconds=600.0)  # of runs of hours, which nothing that hangs may stop
