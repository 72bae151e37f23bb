"""The shell of every HTML page: one file that needs no network, style, script and figures inside.

`templates/page.html.j2` is the shell; a page is a template that extends it and is drawn by `render`. A
Content-Security-Policy that names our one style and one script by their hashes keeps anything else inert, whatever a
series is called.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import hashlib
import re
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING

from emergence_stats.report.vocabulary import VERDICTS

if TYPE_CHECKING:
    import jinja2


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """What every page holds; `title` is that of the browser's tab."""

    title: str
    program_version: str
    style: str
    style_hash: str
    script: str
    script_hash: str


def render(template: str, *, title: str, program_version: str, **parts: object) -> str:
    """A whole page as text that ends in a newline; the same text for the same parts.

    Args:
        template: name of a template that extends ``page.html.j2``.
        title: of the browser's tab.
        program_version: version of this package.
        parts: what the template draws.
    """
    style, script = source("style.css"), source("script.js")
    shell = Shell(
        title=title,
        program_version=program_version,
        style=style,
        style_hash=content_hash(style),
        script=script,
        script_hash=content_hash(script),
    )
    page = environment().get_template(template).render(shell=shell, verdicts=VERDICTS, **parts)
    return f"{page}\n"


@functools.cache
def light_colours() -> Mapping[str, str]:
    """The colours of a light page by name, verdicts among them, as its style sheet has them; for other figures."""
    light, _, _ = source("style.css").partition("}")
    return types.MappingProxyType(dict(re.findall(r"--(\w+): (#[0-9a-f]+)", light)))


@functools.cache
def environment() -> jinja2.Environment:
    """Templates of the package; texts are escaped unless a template marks them as our own SVG."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("emergence_stats.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_keep_units,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _keep_units(value: object) -> object:
    """Texts in which a percent sign stays with its number; what a template marks as safe is left as it is."""
    return value.replace(" %", "\N{NO-BREAK SPACE}%") if type(value) is str else value


@functools.cache
def macros() -> jinja2.environment.TemplateModule:
    """The pieces of pages, as functions."""
    return environment().get_template("macros.html.j2").module


def source(name: str) -> str:
    """A file of `templates/`, as it stands inside a page."""
    loader = environment().loader
    assert loader is not None
    return loader.get_source(environment(), name)[0].strip()


def content_hash(content: str) -> str:
    """The source expression of an inline element in a Content-Security-Policy."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
