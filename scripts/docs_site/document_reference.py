"""The page of the JSON document, written from its schema: one table for each object in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

import emergence_stats

PLACE = "reference/document.md"
SCHEMA = Path(emergence_stats.__file__).parent / "schema" / "analysis.schema.json"

type Schema = Mapping[str, Any]


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the page."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    files.append(File.generated(config, PLACE, content=page(schema)))
    return files


def page(schema: Schema) -> str:
    """The document and the parts that it is made of."""
    head = (
        f"# The JSON document\n\n{schema['description']}\n\n"
        f"Written from `{SCHEMA.name}` (JSON Schema 2020-12, `{schema['$id']}`), to which the tests hold "
        "every document. Fields are always present unless they are said to be optional.\n"
    )
    text = head + "\n## Analysis\n\n" + "".join(_table(schema, ""))
    for name, part in schema["$defs"].items():
        description = part.get("description", "")
        text += f"\n## {name}\n\n" + (f"{description}\n\n" if description else "")
        text += "".join(_table(part, "")) if "properties" in part else f"{_kind(part)}.\n"
    return text


def _table(schema: Schema, prefix: str) -> Iterator[str]:
    """Rows of the fields, nested ones under their full name."""
    if not prefix:
        yield "| field | type | meaning |\n|---|---|---|\n"
    for name, field in schema["properties"].items():
        meaning = field.get("description", "")
        if name not in schema.get("required", ()):
            meaning = f"optional. {meaning}".strip()
        yield f"| `{prefix}{name}` | {_kind(field)} | {meaning} |\n"
        inner, mark = (field["items"], "[]") if "items" in field else (field, "")
        for option in inner.get("oneOf", [inner]):
            if "properties" in option:
                yield from _table(option, f"{prefix}{name}{mark}.")


def _kind(field: Schema) -> str:
    """The type of a field in words."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name})"
    if "oneOf" in field:
        return " or ".join(_kind(option) for option in field["oneOf"])
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    if "enum" in field:
        return ", ".join(f"`{json.dumps(value)}`" for value in field["enum"])
    kinds = field.get("type", "any")
    words = " or ".join([kinds] if isinstance(kinds, str) else kinds)
    if "items" in field:
        words += f" of {_kind(field['items'])}"
    return words + _limits(field)


def _limits(field: Schema) -> str:
    """What a number or the length of a list is held to."""
    signs = {"minimum": "≥", "exclusiveMinimum": "\\>", "maximum": "≤", "exclusiveMaximum": "\\<"}
    words = [f"{sign} {field[key]}" for key, sign in signs.items() if key in field]
    lengths = {"minItems": "at least", "maxItems": "at most"}
    words += [f"{bound} {field[key]} items" for key, bound in lengths.items() if key in field]
    return f" ({', '.join(words)})" if words else ""
