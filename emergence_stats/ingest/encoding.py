"""Bytes to text: byte-order marks, UTF-8, UTF-16, then a guess among the older encodings; binary data is refused."""

from __future__ import annotations

import codecs

from emergence_stats.errors import ReaderError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is a prefix of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OLDER = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "shift_jis", "gb18030", "big5", "euc_kr"]
_COMMONEST = "cp1252"
_SAMPLE_BYTES = 65536
_MAX_CONTROL_SHARE = 0.01


def decode(content: bytes, *, partial: bool = False) -> tuple[str, str]:
    """Decode a text file.

    Args:
        content: the whole file, or its beginning.
        partial: whether it is only the beginning, and may end within a character.

    Returns:
        The text without its byte-order mark, and the name of the encoding.

    Raises:
        ReaderError: the bytes are not text in any encoding that is tried.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), None) or _unmarked(content, partial)
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(content, not partial)
    except UnicodeDecodeError as error:
        msg = f"expected text in {encoding}, got the byte 0x{content[error.start]:02x} at position {error.start}"
        raise ReaderError(msg) from error
    if _looks_binary(text[:_SAMPLE_BYTES]):
        msg = "expected a table in CSV, Parquet or JSON, got binary data"
        raise ReaderError(msg)
    return text, encoding


def _unmarked(content: bytes, partial: bool) -> str:
    """Name of the encoding of text that has no byte-order mark."""
    sample = content[:_SAMPLE_BYTES]
    if b"\0" in sample:
        # Mostly Latin text in UTF-16 has a zero in every other byte.
        zeros = sample[0::2].count(0), sample[1::2].count(0)
        half = len(sample) / 2
        if max(zeros) > 0.4 * half and min(zeros) < 0.1 * half:
            return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
        msg = "expected a table in CSV, Parquet or JSON, got binary data"
        raise ReaderError(msg)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content, not partial)
    except UnicodeDecodeError:
        return _guessed(sample)
    return "utf-8"


def _guessed(sample: bytes) -> str:
    """The likeliest of the older encodings; Western European where nothing speaks for another."""
    import charset_normalizer

    matches = list(charset_normalizer.from_bytes(sample, cp_isolation=_OLDER, threshold=0.3))
    if not matches:
        return _COMMONEST
    likeliest = [
        match for match in matches if (match.chaos, -match.coherence) <= (matches[0].chaos, -matches[0].coherence)
    ]
    return _COMMONEST if any(match.encoding == _COMMONEST for match in likeliest) else matches[0].encoding


def _looks_binary(text: str) -> bool:
    """Whether there are control characters that no text file has."""
    controls = sum(text.count(chr(code)) for code in range(32) if chr(code) not in "\t\n\r\f\v")
    return "\0" in text or controls > _MAX_CONTROL_SHARE * max(len(text), 1)
