"""JSON text to values, with the failures of the parser turned into one kind of error."""

from __future__ import annotations

import json

from emergence_stats.errors import ReaderError

type JsonValue = dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None


def parse_json(text: str) -> JsonValue:
    """The value that a JSON text holds.

    Raises:
        ReaderError: the text is not JSON, is cut off, or is nested or long beyond reason.
    """
    try:
        value: JsonValue = json.loads(text)
        if "\\ud" in text or "\\uD" in text:  # perhaps half a surrogate pair, which no file can hold: make it "?"
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        cut = "the end of the text" if error.pos >= len(text.rstrip()) else f"{text[error.pos : error.pos + 20]!r}"
        msg = f"expected JSON, got {cut} at line {error.lineno}, column {error.colno} ({error.msg})"
        raise ReaderError(msg) from error
    except (RecursionError, ValueError) as error:  # nested too deep, or an integer of thousands of digits
        msg = f"expected JSON, got a value that cannot be held ({error})"
        raise ReaderError(msg) from error
    return value
