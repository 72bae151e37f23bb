"""Templates to pages, under a policy that lets nothing in but this server's own style and script."""

from __future__ import annotations

import functools
from collections.abc import Mapping

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


def problem_page(
    title: str,
    detail: str,
    status: int,
    *,
    caller: object = None,
    headers: Mapping[str, str] | None = None,
    framed: bool = False,
) -> HTMLResponse:
    """What went wrong, as a page of its own or in a frame of another one of this server's."""
    shown = page("problem", status, caller=caller, problem={"title": title, "detail": detail}, framed=framed)
    # A browser does not always say that it asks for a frame, so any problem may be shown in one of ours.
    shown.headers["Content-Security-Policy"] = PAGE_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    shown.headers["X-Frame-Options"] = "SAMEORIGIN"
    shown.headers.update(headers or {})
    return shown


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("emergence_stats_api.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
