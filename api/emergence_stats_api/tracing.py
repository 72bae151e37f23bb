"""OpenTelemetry, where it is wanted and installed (the extra ``otel``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from emergence_stats.errors import SettingsError
from emergence_stats_api.logs import request_id
from emergence_stats_api.settings import ServiceSettings

UNTRACED = "/healthz,/readyz,/metrics,/shared/"  # a trace holds the path, and that of a shared report is its secret


def install(app: FastAPI, settings: ServiceSettings) -> Callable[[], None]:
    """Trace the requests of an application; each span has the id that the request has in the log.

    Args:
        app: the application.
        settings: `otlp_endpoint` says where traces go; None: nothing is traced.

    Returns:
        What sends the last traces, to be called at the end.

    Raises:
        SettingsError: an address is given and the packages are missing.
    """
    if settings.otlp_endpoint is None:
        return _nothing
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        msg = "otlp_endpoint: expected the packages of emergence-stats-api[otel], which are not installed"
        raise SettingsError(msg) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "emergence-stats"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otlp_endpoint)))
    FastAPIInstrumentor.instrument_app(
        app,
        tracer_provider=provider,
        excluded_urls=UNTRACED,
        server_request_hook=_name,
        exclude_spans=["send", "receive"],
    )
    return provider.shutdown


def _name(span: Any, _scope: dict[str, Any]) -> None:
    span.set_attribute("request_id", request_id.get())


def _nothing() -> None:
    """No traces, nothing to send."""
