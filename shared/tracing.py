"""W3C trace context: from the ingress through AMQP headers to the worker and back out.

https://www.w3.org/TR/trace-context/#traceparent-header
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from random import getrandbits
from typing import Any, Final

import structlog
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, TraceFlags

from shared.contracts.traceparent import FORM

HEADER: Final = "traceparent"
_tracer = trace.get_tracer("colomba")


def continued(traceparent: object) -> str:
    """Give a traceparent for work done here: the same trace when there is a sound one, else a new trace."""
    sound = FORM.fullmatch(traceparent) if isinstance(traceparent, str) else None
    trace_id = sound[1] if sound else f"{getrandbits(128) or 1:032x}"
    return f"00-{trace_id}-{getrandbits(64) or 1:016x}-{sound[3] if sound else '01'}"


def trace_id(traceparent: str | None) -> str | None:
    """Give the trace's id, for a log line."""
    return traceparent[3:35] if traceparent else None


def inject(headers: MutableMapping[str, Any]) -> None:
    """Write the current span's context into headers that leave this process."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        headers[HEADER] = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def extract(headers: Mapping[str, Any]) -> SpanContext | None:
    """Read the context that came with headers; None when there is none or it is broken."""
    value = headers.get(HEADER)
    sound = FORM.fullmatch(value) if isinstance(value, str) else None
    if sound is None:
        return None
    flags = TraceFlags(int(sound[3], 16))
    return SpanContext(int(sound[1], 16), int(sound[2], 16), is_remote=True, trace_flags=flags)


@contextmanager
def span(name: str, parent: Mapping[str, Any] | None = None, **attributes: Any) -> Iterator[Span]:
    """Work inside a span, child of what the headers `parent` carry; its trace id stands in every log line within.

    Without an exporter configured nothing is recorded, but the context still travels.
    """
    remote = extract(parent) if parent else None
    context = trace.set_span_in_context(NonRecordingSpan(remote)) if remote else None
    current = _tracer.start_span(name, context=context, attributes=attributes)
    if not current.get_span_context().is_valid or current.get_span_context() == remote:
        current = NonRecordingSpan(_fresh(remote))
    trace_id_text = f"{current.get_span_context().trace_id:032x}"
    with trace.use_span(current, end_on_exit=True), structlog.contextvars.bound_contextvars(trace_id=trace_id_text):
        yield current


def _fresh(remote: SpanContext | None) -> SpanContext:
    """Make a context of our own where no SDK makes one."""
    trace_id_number = remote.trace_id if remote else getrandbits(128) or 1
    flags = remote.trace_flags if remote else TraceFlags(TraceFlags.SAMPLED)
    return SpanContext(trace_id_number, getrandbits(64) or 1, is_remote=False, trace_flags=flags)
