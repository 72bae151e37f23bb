r"""Formulas as MathML, made when the site is built: browsers draw it themselves, so that no script is needed for it.

`pymdownx.arithmatex` has marked them as ``\(...\)`` and ``\[...\]``. What cannot be translated fails the build.
"""

from __future__ import annotations

import html
import re

import math_core
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

_INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.DOTALL)
_BLOCK = re.compile(r'<div class="arithmatex">\s*\\\[(.*?)\\\]\s*</div>', re.DOTALL)
_CONVERTER = math_core.LatexToMathML()


def on_page_content(content: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Translate the formulas of one page."""

    def inline(found: re.Match[str]) -> str:
        return _mathml(found[1], page, displayed=False)

    def block(found: re.Match[str]) -> str:
        return f'<div class="formula">{_mathml(found[1], page, displayed=True)}</div>'

    return _BLOCK.sub(block, _INLINE.sub(inline, content))


def _mathml(formula: str, page: Page, *, displayed: bool) -> str:
    """One formula."""
    try:
        return _CONVERTER.convert_with_local_state(html.unescape(formula).strip(), displaystyle=displayed)
    except math_core.LatexError as error:
        msg = f"{page.file.src_uri}: formula {formula.strip()!r}: {error}"
        raise PluginError(msg) from error
