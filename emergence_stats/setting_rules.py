"""What a setting may be: its type with the values that are allowed, and the one check that reads both.

A settings group annotates each field with one of the types below and calls `check_group` in its ``__post_init__``.
A new kind of limit is one more ``Annotated`` row here.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
import numbers
import typing
from collections.abc import Callable, Sequence
from typing import Annotated

from emergence_stats.errors import SettingsError

Plain = int | float | str | tuple[float, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """The values that a setting may take.

    Attributes:
        expected: the values in words, as they stand in the error message.
        holds: whether a value of the right type (finite numbers only) is one of them.
    """

    expected: str
    holds: Callable[..., bool]


def _ascending(values: Sequence[float]) -> bool:
    """Whether each value is larger than the one before."""
    return all(low < high for low, high in itertools.pairwise(values))


Finite = Annotated[float, Rule("a finite number", lambda _value: True)]
Positive = Annotated[float, Rule("a finite number above 0", lambda value: value > 0)]
Fraction = Annotated[float, Rule("a number above 0 and below 1", lambda value: 0 < value < 1)]
Share = Annotated[float, Rule("a number from 0 to 1", lambda value: 0 <= value <= 1)]
Rate = Annotated[float, Rule("a number from 0 to below 1", lambda value: 0 <= value < 1)]
Count = Annotated[int, Rule("a whole number above 0", lambda value: value > 0)]
SeveralChains = Annotated[int, Rule("a whole number above 1", lambda value: value > 1)]
Engine = Annotated[str, Rule("'quadrature' or 'pymc'", lambda value: value in ("quadrature", "pymc"))]
CountFromZero = Annotated[int, Rule("a whole number that is not negative", lambda value: value >= 0)]
ExplanationMasses = Annotated[
    tuple[float, float, float, float, float, float],
    Rule(
        "6 numbers that are not negative, one of them above 0",
        lambda values: len(values) == 6 and min(values) >= 0 and max(values) > 0,
    ),
]
BetaShape = Annotated[
    tuple[float, float], Rule("2 numbers above 0", lambda values: len(values) == 2 and min(values) > 0)
]
NodesFromZero = Annotated[
    tuple[float, ...],
    Rule(
        "7 ascending numbers from 0 to below 1, the first 0",
        lambda values: len(values) == 7 and values[0] == 0 and values[-1] < 1 and _ascending(values),
    ),
]
PositiveNodes = Annotated[
    tuple[float, ...],
    Rule("7 ascending numbers above 0", lambda values: len(values) == 7 and values[0] > 0 and _ascending(values)),
]
Factors = Annotated[
    tuple[float, ...],
    Rule("ascending numbers above 0", lambda values: len(values) > 0 and values[0] > 0 and _ascending(values)),
]


def check_group(name: str, group: object) -> None:
    """Bring every field of a settings group to its declared type and hold it against its rule.

    Whole numbers become floats and lists become tuples where the type says so; anything else is an error.

    Args:
        name: name of the group, for the error message.
        group: a frozen dataclass whose fields are annotated with the types of this module.

    Raises:
        SettingsError: a value is of another type or not allowed; names the setting, what was expected and what came.
    """
    group_type: type = type(group)
    for field, (kind, rule) in _rules(group_type).items():
        value = getattr(group, field)
        plain = _plain(value, kind)
        if plain is None or not rule.holds(plain):
            msg = f"{name}.{field}: expected {rule.expected}, got {value!r:.80}"
            raise SettingsError(msg)
        object.__setattr__(group, field, plain)


@functools.cache
def _rules(group: type) -> dict[str, tuple[type, Rule]]:
    """Type and rule of every field of a settings group, from ``Annotated[type, rule]``."""
    rules = {}
    for field, hint in typing.get_type_hints(group, include_extras=True).items():
        kind, rule = typing.get_args(hint)
        rules[field] = (typing.get_origin(kind) or kind, rule)
    return rules


def _plain(value: object, kind: type) -> Plain | None:
    """The value as text, a finite number, or a tuple of them, of the wanted type; None if it is not one."""
    if kind is str:
        return value if isinstance(value, str) else None
    if kind is tuple:
        items = [_number(item) for item in value] if isinstance(value, (list, tuple)) else [None]
        numbers_only = tuple(item for item in items if item is not None)
        return numbers_only if len(numbers_only) == len(items) else None
    if kind is int:
        return None if isinstance(value, bool) or not isinstance(value, numbers.Integral) else int(value)
    return _number(value)


def _number(value: object) -> float | None:
    """A finite float, or None. True and False are not numbers here."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
