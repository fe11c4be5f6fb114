"""Traces: W3C trace context across HTTP and Kafka.

The SDK is always set up, so that every log line and event has a trace id; spans leave the process
only when ``OTEL_EXPORTER_OTLP_ENDPOINT`` is set.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"

_propagator = TraceContextTextMapPropagator()


def setup_traces(service: str, instance: str) -> None:
    """Sets the process's tracer provider; doing it again in the same process changes nothing."""
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return
    provider = TracerProvider(
        resource=Resource.create({"service.name": service, "service.instance.id": instance})
    )
    if os.environ.get(ENDPOINT_VARIABLE):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def shutdown_traces() -> None:
    """Sends what is still waiting; the provider stays, as OpenTelemetry allows one per process."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.force_flush(timeout_millis=2_000)


def current_traceparent() -> str | None:
    """The W3C ``traceparent`` of the span that is active here; None outside any."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")


def current_trace_id() -> str | None:
    """The trace id (32 hexadecimal digits) of the span that is active here; None outside any."""
    context = trace.get_current_span().get_span_context()
    return format(context.trace_id, "032x") if context.is_valid else None


@contextmanager
def span_from(
    traceparent: str | None, name: str, *, kind: SpanKind = SpanKind.CONSUMER
) -> Iterator[Span]:
    """A span that continues the trace of ``traceparent``, or starts one without a good one.

    For work that an event causes: the span is current inside the block.
    """
    parent = _propagator.extract({"traceparent": traceparent} if traceparent else {})
    tracer = trace.get_tracer("lifering")
    with tracer.start_as_current_span(name, context=parent, kind=kind) as span:
        yield span
