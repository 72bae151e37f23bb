"""OpenTelemetry, where it is wanted and installed (the extra ``otel``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from emergence_stats.errors import SettingsError
from emergence_stats_api.settings import ServiceSettings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter


def install(app: FastAPI, settings: ServiceSettings, exporter: SpanExporter | None = None) -> None:
    """Trace the requests of an application.

    Args:
        app: the application.
        settings: `otlp_endpoint` says where traces go; None: nothing is traced.
        exporter: takes the traces instead of that address.

    Raises:
        SettingsError: an address is given and the packages are missing.
    """
    if settings.otlp_endpoint is None and exporter is None:
        return
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
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter(endpoint=settings.otlp_endpoint)))
    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider, excluded_urls="healthz,readyz,metrics")
