"""What happens to every request and every answer: id, log line, metrics, limits on the body, security headers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emergence_stats_api import metrics
from emergence_stats_api.logs import request_id
from emergence_stats_api.problems import Problem, problem_response
from emergence_stats_api.settings import ServiceSettings

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
LINGER_SECONDS = 5.0
logger = logging.getLogger("emergence_stats_api.access")


class Accounting:
    """Outermost: gives every request an id, and every answer its headers, a log line and a place in the metrics."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        """Wrap an application."""
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        identity = given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
        token = request_id.set(identity)
        started, status = time.perf_counter(), 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers["X-Request-Id"] = identity
                if self._settings.behind_https:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unmatched")  # the pattern: paths hold ids and link secrets
            metrics.REQUESTS.labels(scope["method"] if route != "unmatched" else "-", route, status).inc()
            metrics.SECONDS.labels(route).observe(seconds)
            client = scope.get("client")
            logger.info(
                "request",
                extra={
                    "method": scope["method"],
                    "route": route,
                    "status": status,
                    "seconds": round(seconds, 4),
                    "client": client[0] if client else None,
                    "key": scope.get("state", {}).get("key_id"),
                },
            )
            request_id.reset(token)


class BodyLimit:
    """Counts a body's bytes and seconds while it comes in, whatever its head promised.

    A server that answers and closes while the client still sends destroys its own answer (the client's system throws it
    away with the connection). So an answer that comes before the end of the body is followed by a while of listening.
    """

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        """Wrap an application."""
        self._app, self._limit, self._seconds = app, settings.body_limit, settings.body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(Headers(scope=scope), receive, limit=self._limit, seconds=self._seconds)
        began = False

        async def send_noting(message: Message) -> None:
            nonlocal began
            began = True
            if message["type"] != "http.response.body" or message.get("more_body", False) or body.ended:
                await send(message)
                return
            await send({**message, "more_body": True})
            await body.pass_over()
            await send({"type": "http.response.body", "body": b""})

        if (status := body.refused) is not None:
            await self._refuse(status)(scope, receive, send_noting)
            return
        try:
            await self._app(scope, body.receive, send_noting)
        except _BodyError as error:
            if not began:
                await self._refuse(error.status_code)(scope, receive, send_noting)

    def _refuse(self, status: int) -> ASGIApp:
        details = {
            400: ("bad-request", "Expected a Content-Length that is a number."),
            408: ("request-timeout", f"The request did not arrive within {self._seconds:g} s."),
            413: ("too-large", f"Expected at most {self._limit} bytes, got more."),
        }
        return problem_response(status, *details[status], headers={"Connection": "close"})


class _Body:
    """A request's body on its way in.

    Attributes:
        ended: nothing more of it is to come, or to be waited for.
        refused: status of the refusal that its head alone deserves; None: it may come.
    """

    def __init__(self, headers: Headers, receive: Receive, *, limit: int, seconds: float) -> None:
        promised = headers.get("content-length", "0")
        self.refused = 400 if not promised.isdigit() else 413 if int(promised) > limit else None
        # A client that asks first (100-continue) sends nothing unless it is told to.
        self.ended = (promised == "0" and "transfer-encoding" not in headers) or "expect" in headers
        self._receive, self._limit, self._seen = receive, limit, 0
        self._seconds, self._deadline, self._is_complete = seconds, time.monotonic() + seconds, False

    async def receive(self) -> Message:
        """The next piece.

        Raises:
            _BodyError: it is too large, or too slow.
        """
        if self._is_complete:  # then only the end of the connection is waited for
            return await self._receive()
        try:
            async with asyncio.timeout(max(0.0, self._deadline - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            self.ended = True
            raise _BodyError(408) from None
        self._seen += len(message.get("body", b""))
        self.ended = self._is_complete = not message.get("more_body", False)
        if self._seen > self._limit:
            raise _BodyError(413)
        return message

    async def pass_over(self) -> None:
        """Listen for the rest and forget it: so long, and so much, and no more."""
        left = self._limit
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(LINGER_SECONDS, self._seconds)):
                while left > 0 and not self.ended:
                    message = await self._receive()
                    left -= len(message.get("body", b""))
                    self.ended = not message.get("more_body", False)
        self.ended = True


class _BodyError(Problem):
    """A body that is too large or too slow. As a `Problem` it is answered properly wherever it is met."""

    def __init__(self, status: int) -> None:
        kind = {408: "request-timeout", 413: "too-large"}[status]
        detail = {408: "The request did not arrive in time.", 413: "The request is larger than allowed."}[status]
        super().__init__(status, kind, detail)
