"""Templates to pages, under a policy that lets nothing in but this server's own style and script."""

from __future__ import annotations

import functools

import jinja2
from fastapi.responses import HTMLResponse

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def page(name: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page from its template."""
    text = _environment().get_template(f"{name}.html.j2").render(**values)
    return HTMLResponse(text, status_code=status, headers={"Content-Security-Policy": PAGE_POLICY})


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("emergence_stats_api.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
