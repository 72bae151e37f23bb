"""Checks of the plain arguments of public functions: one line that names the argument, before anything is computed.

Settings have their own rules (`setting_rules`), series theirs (`series`); this is for what stands beside them.
"""

from __future__ import annotations

import math
import numbers

from emergence_stats.errors import InputError


def whole_number(name: str, value: object, *, minimum: int = 0) -> int:
    """A whole number that is not too small, as a plain int.

    Args:
        name: of the argument, for the message.
        value: what the caller gave; NumPy's integers are welcome, True and False are not.
        minimum: smallest value allowed.

    Raises:
        InputError: it is no whole number, or too small.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < minimum:
        msg = f"{name}: expected a whole number from {minimum} up, got {value!r:.80}"
        raise InputError(msg)
    return int(value)


def real_number(name: str, value: object, expected: str = "a finite number") -> float:
    """A finite number, as a plain float.

    Args:
        name: of the argument, for the message.
        value: what the caller gave.
        expected: what the message says was expected.

    Raises:
        InputError: it is no number, or not finite.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
        msg = f"{name}: expected {expected}, got {value!r:.80}"
        raise InputError(msg)
    return float(value)


def instance[Kind](name: str, value: object, kind: type[Kind], hint: str = "") -> Kind:
    """A value of a certain class.

    Args:
        name: of the argument, for the message.
        value: what the caller gave.
        kind: the class.
        hint: what the message adds, such as where to get one.

    Raises:
        InputError: it is of another class.
    """
    if not isinstance(value, kind):
        msg = f"{name}: expected {kind.__module__.partition('.')[0]}.{kind.__name__}{hint}, got {_shown(value)}"
        raise InputError(msg)
    return value


def _shown(value: object) -> str:
    """A wrong argument for a message: small values as they are, others by their class."""
    plain = value is None or isinstance(value, (str, int, float))
    return f"{value!r:.80}" if plain else f"an object of class {type(value).__name__}"
