"""Cells to values: numbers, truth values and texts as people write them, and which cells hold something else.

Works column by column. Text is parsed once for each distinct value, so a long table costs little more than a short one.
"""

from __future__ import annotations

import dataclasses
import decimal
import json
import re
import types
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from emergence_stats.ingest.columns import NumberRule
from emergence_stats.series import FloatArray

BoolArray = npt.NDArray[np.bool_]

_DASHES = ("-", "--", "\N{EN DASH}", "\N{EM DASH}")
MISSING_TEXTS = frozenset({"", "na", "n/a", "nan", "none", "null", "nil", "?", "<na>", *_DASHES})
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# Groups of three behind one and the same sign: a comma, a blank of any width, an apostrophe.
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}([, '\u00a0\u2009\u202f])[0-9]{3}(?:\1[0-9]{3})*(?:\.[0-9]*)?")
_SIZE = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))\s*([a-z]+)")
_POWER = re.compile(
    r"(?:([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))\s*[x*\u00d7\u00b7]\s*)?10\s*(?:\^|\*\*)\s*([+-]?[0-9]{1,4})"
)
_INFINITE = re.compile(r"[+-]?inf(?:inity)?")
_SUFFIXES: Mapping[str, str] = types.MappingProxyType(
    dict.fromkeys(("k", "thousand"), "e3")
    | dict.fromkeys(("m", "mn", "million"), "e6")
    | dict.fromkeys(("b", "bn", "billion"), "e9")
    | dict.fromkeys(("t", "tn", "trillion"), "e12")
)
_TRUTHS: Mapping[str, bool] = types.MappingProxyType(
    dict.fromkeys(("true", "t", "yes", "y", "1", "1.0", "higher", "higher is better", "max", "maximize", "up"), True)
    | dict.fromkeys(("false", "f", "no", "n", "0", "0.0", "lower", "lower is better", "min", "minimize", "down"), False)
)
_LARGEST_PLAIN_INTEGER = 1e15  # floats beyond it are printed with an exponent


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NumberColumn:
    """One numeric column.

    Attributes:
        values: numbers; NaN where the cell is blank or bad.
        bad: cells that are not what the rule expects.
        percent_signs: cells that carried a percent sign and were divided by 100.
        conversions: what was done to how many cells, for the notes.
    """

    values: FloatArray
    bad: BoolArray
    percent_signs: BoolArray
    conversions: Mapping[str, int]


def parse_numbers(cells: pd.Series, rule: NumberRule) -> NumberColumn:
    """Read a column of cells of any type as numbers.

    Args:
        cells: the column.
        rule: what its cells must hold.

    Returns:
        Values, the cells that break the rule, and what was converted on the way.
    """
    percent_signs = np.zeros(len(cells), dtype=bool)
    conversions: dict[str, int] = {}
    if pd.api.types.is_numeric_dtype(cells.dtype) and cells.dtype.kind in "iuf":
        values = np.array(cells.to_numpy(dtype=np.float64, na_value=np.nan))
        bad = np.zeros(len(cells), dtype=bool)
    else:
        codes, distinct = _distinct(cells)
        parsed = [_parse_number(value, rule) for value in distinct]
        values = np.array([number for number, _ in parsed], dtype=np.float64)[codes]
        kinds = np.array([kind for _, kind in parsed], dtype=object)[codes]
        bad = kinds == "bad"
        percent_signs = kinds == "percent sign"
        conversions = {kind: int((kinds == kind).sum()) for kind in _CONVERSIONS if (kinds == kind).any()}
    with np.errstate(invalid="ignore"):
        present = ~np.isnan(values)
        bad |= present & ~np.isfinite(values)
        if rule.minimum is not None:
            bad |= present & (values <= rule.minimum if rule.above_minimum else values < rule.minimum)
        if rule.maximum is not None:
            bad |= present & (values > rule.maximum)
        if rule.whole:
            bad |= present & (np.abs(values - np.rint(values)) > 1e-9 * np.maximum(1.0, np.abs(values)))
            values = np.where(np.isfinite(values), np.rint(values), values)
    values[bad] = np.nan
    return NumberColumn(values=values, bad=bad, percent_signs=percent_signs, conversions=conversions)


_CONVERSIONS: Mapping[str, str] = types.MappingProxyType(
    {
        "thousands": "thousands separators left out",
        "suffix": "suffixes K, M, B, T read as thousand, million, billion, trillion",
        "power": "powers of ten (1.3 x 10^24) read as numbers",
        "percent sign": "percent signs read as hundredths",
        "truth": "true and false read as 1 and 0",
    }
)


def _distinct(cells: pd.Series) -> tuple[npt.NDArray[np.intp], list[object]]:
    """A column as codes into its distinct cells, whatever their types."""
    if isinstance(cells.dtype, pd.StringDtype):
        codes, texts = pd.factorize(cells, use_na_sentinel=False)
        return codes, list(texts)
    places: dict[tuple[type, object], int] = {}
    distinct: list[object] = []
    found = np.empty(len(cells), dtype=np.intp)
    for i, value in enumerate(cells.astype(object)):
        # Values of different types are never one: True == 1 == Decimal(1), yet they are read differently.
        key = (type(value), value if isinstance(value, (str, int, float)) else repr(value))
        found[i] = places.setdefault(key, len(distinct))
        if found[i] == len(distinct):
            distinct.append(value)
    return found, distinct


def conversion_note(column: str, kind: str, count: int) -> str:
    """What was converted, as one sentence."""
    return f"column {column}: {_CONVERSIONS[kind]} in {count} cell{'s' if count != 1 else ''}"


def _parse_number(value: object, rule: NumberRule) -> tuple[float, str]:
    """One cell: its number (NaN if blank or bad) and how it was read: plain, bad or a kind of conversion."""
    if isinstance(value, str):
        return _parse_text(value.strip().replace("\N{MINUS SIGN}", "-"), rule)
    if isinstance(value, (bool, np.bool_)):
        return (float(value), "truth") if rule.truths else (np.nan, "bad")
    if isinstance(value, complex):
        return np.nan, "bad"
    if is_missing(value):
        return np.nan, "plain"
    if isinstance(value, (int, float, np.integer, np.floating, decimal.Decimal)):
        try:
            return float(value), "plain"
        except OverflowError:  # an integer beyond the range of floats
            return np.inf, "plain"
        except ValueError:  # a signalling NaN
            return np.nan, "bad"
    return np.nan, "bad"


def _parse_text(text: str, rule: NumberRule) -> tuple[float, str]:
    """One text as a number."""
    lower = text.lower()
    if lower in MISSING_TEXTS:
        return np.nan, "plain"
    if _NUMBER.fullmatch(text):
        return float(text), "plain"
    if thousands := _THOUSANDS.fullmatch(text):
        return float(text.replace(thousands[1], "")), "thousands"
    if _INFINITE.fullmatch(lower):
        return float(lower), "plain"
    body = text[:-1].rstrip()
    if rule.percent_sign and text.endswith("%") and _NUMBER.fullmatch(body):
        return round_digits(float(body) / 100.0), "percent sign"
    # The exponent is appended as text, so that 1.4B is exactly 1.4e9.
    if rule.suffixes and (size := _SIZE.fullmatch(lower)) and size[2] in _SUFFIXES:
        return float(size[1] + _SUFFIXES[size[2]]), "suffix"
    if rule.truths and lower in ("true", "false"):
        return float(lower == "true"), "truth"
    if power := _POWER.fullmatch(lower):
        return float(f"{power[1] or 1}e{power[2]}"), "power"
    return np.nan, "bad"


def round_digits(value: float) -> float:
    """The value to 12 significant digits: 4.1 / 100 is 0.041, not 0.040999999999999995."""
    return float(f"{value:.12g}")


def parse_truths(cells: pd.Series) -> tuple[FloatArray, BoolArray]:
    """Read a column of truth values: 1 true, 0 false, NaN blank; and which cells are none of them."""
    values = np.full(len(cells), np.nan)
    bad = np.zeros(len(cells), dtype=bool)
    codes, texts = text_codes(cells)
    for code, text in enumerate(texts):
        word = text.strip().lower().replace("_", " ")
        if word in _TRUTHS:
            values[codes == code] = float(_TRUTHS[word])
        elif word not in MISSING_TEXTS:
            bad |= codes == code
    return values, bad


def is_missing(value: object) -> bool:
    """Whether a single cell holds nothing: None, NaN, NaT or NA."""
    if isinstance(value, (float, np.floating)):
        return bool(np.isnan(value))
    return value is None or value is pd.NA or value is pd.NaT


def as_text(value: object) -> str:
    """A cell as the text that identifies it; whole numbers without a decimal point, blanks as ''."""
    if isinstance(value, str):
        # Half a surrogate pair cannot be written to any file.
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if is_missing(value):
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < _LARGEST_PLAIN_INTEGER else repr(number)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (dict, list, tuple)):
        return as_text(json.dumps(value, default=str, ensure_ascii=False))
    return as_text(str(value))


def text_codes(cells: pd.Series) -> tuple[npt.NDArray[np.intp], list[str]]:
    """A column as codes into its distinct texts."""
    if isinstance(cells.dtype, pd.CategoricalDtype) or cells.dtype == object:
        cells = pd.Series([as_text(value) for value in cells.astype(object)], dtype=object)
    codes, distinct = pd.factorize(cells, use_na_sentinel=False)
    texts = [as_text(value).strip() for value in distinct]  # "a" and "a " would look like one name
    if len(set(texts)) < len(texts):  # such as NaN and '', which are both blank
        codes_of_texts, distinct_texts = pd.factorize(np.array(texts, dtype=object))
        return codes_of_texts[codes], [str(text) for text in distinct_texts]
    return codes, texts


def joint_codes(columns: Sequence[npt.NDArray[np.intp]]) -> npt.NDArray[np.intp]:
    """Codes of the combinations of several columns of codes; the order of the codes means nothing."""
    joint = columns[0]
    for codes in columns[1:]:
        # Made dense again after each column, or the product would pass the range of integers.
        joint = pd.factorize(joint.astype(np.int64) * (int(codes.max(initial=0)) + 1) + codes)[0]
    return joint


def shown(value: object) -> str:
    """A cell for a message: quoted if it is text that is no number, without line breaks, cut when long."""
    if is_missing(value) or value == "":
        return "a blank"
    plain = as_text(value)
    text = repr(value) if isinstance(value, str) and not _NUMBER.fullmatch(plain) else plain
    return text if len(text) <= 60 else f"{text[:57]}..."
