import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from shared import tracing

SOUND = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_work_here_continues_the_trace_that_came_in():
    continued = tracing.continued(SOUND)

    assert tracing.trace_id(continued) == tracing.trace_id(SOUND)
    assert continued != SOUND
    assert tracing.extract({"traceparent": continued}) is not None


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "",
        "x",
        7,
        SOUND.upper(),
        SOUND + "-x",
        "00-" + "0" * 32 + SOUND[35:],
        SOUND[:36] + "0" * 16 + "-01",
        "ff" + SOUND[2:],
    ],
)
def test_what_is_no_traceparent_starts_a_new_trace(broken):
    continued = tracing.continued(broken)

    assert tracing.trace_id(continued) != tracing.trace_id(SOUND)
    assert tracing.extract({"traceparent": continued}) is not None
    assert tracing.extract({"traceparent": broken}) is None


@given(st.text())
def test_no_header_breaks_tracing(text):
    assert tracing.continued(text).startswith("00-")


def test_a_span_carries_its_trace_out_again_and_into_the_log():
    headers: dict[str, str] = {}

    with tracing.span("webhook.handle", {"traceparent": SOUND}):
        tracing.inject(headers)
        bound = structlog.contextvars.get_contextvars()

    assert tracing.trace_id(headers["traceparent"]) == tracing.trace_id(SOUND)
    assert headers["traceparent"] != SOUND
    assert bound["trace_id"] == tracing.trace_id(SOUND)
    assert "trace_id" not in structlog.contextvars.get_contextvars()


def test_a_span_without_a_parent_begins_a_trace_and_children_stay_in_it():
    outer: dict[str, str] = {}
    inner: dict[str, str] = {}

    with tracing.span("command.accept"):
        tracing.inject(outer)
        with tracing.span("message.send"):
            tracing.inject(inner)

    assert tracing.extract(outer) is not None
    assert tracing.trace_id(outer["traceparent"]) == tracing.trace_id(inner["traceparent"])


def test_outside_of_spans_nothing_is_injected():
    headers: dict[str, str] = {}

    tracing.inject(headers)

    assert headers == {}


def test_a_message_without_trace_has_no_trace_id():
    assert tracing.trace_id(None) is None
