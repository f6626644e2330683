"""`ark trace` with Tempo, and with backends that do not answer well.

Tempo does not run here, so a server on loopback gives its answers; Jaeger is real (test_trace_on_jaeger.py).
"""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from arkrun_cli.commands.trace import Task, TracedTask, format_task
from arkrun_cli.errors import BadInputError, TraceError
from arkrun_cli.traces.backend import Backend
from arkrun_cli.traces.span import Span, Trace

TASK = "1710000001-0"
Answer = Callable[[str], tuple[int, bytes]]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Serve answers by path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def span(name: str, parent: str = "", start: int = 0) -> Span:
    """Build a span of one second, whose id is its name."""
    return Span(name, parent, "agent", name, start, timedelta(seconds=1), "")


def tempo(path: str) -> tuple[int, bytes]:
    """Answer as Tempo does: no /api/services, ids in base64, times as texts."""
    identifiers = [base64.b64encode(bytes([number] * 8)).decode() for number in (1, 2)]
    spans = [
        {
            "spanId": identifiers[0],
            "name": "task",
            "startTimeUnixNano": "0",
            "endTimeUnixNano": "12000000000",
        },
        {
            "spanId": identifiers[1],
            "parentSpanId": identifiers[0],
            "name": "llm.call",
            "startTimeUnixNano": "1000000000",
            "endTimeUnixNano": "1450000000",
            "attributes": [{"key": "llm.prompt_tokens", "value": {"intValue": "7"}}],
            "status": {"code": "STATUS_CODE_ERROR"},
            "events": [
                {"attributes": [{"key": "exception.message", "value": {"stringValue": "overloaded"}}]}
            ],
        },
    ]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "agent"}}]}
    if path.startswith("/api/search?tags=task.id%3D%221710000001-0%22&"):
        return 200, json.dumps({"traces": [{"traceID": "abc"}]}).encode()
    if path == "/api/traces/abc":
        return 200, json.dumps(
            {"batches": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
        ).encode()
    return 404, b"not found"


def test_a_task_is_found_in_tempo() -> None:
    """By its search, then trace by trace."""
    with serving(tempo) as url:
        found = TracedTask(Task(TASK, "researcher"), Backend(url).find(TASK))

    assert format_task(found) == (
        "researcher  task 1710000001-0  trace abc  12.0s\n"
        "  agent: task  12.0s\n"
        "    agent: llm.call  450ms  7 tokens in  ERROR: overloaded"
    )


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((200, b"<html>log in</html>"), "answered with something else than JSON"),
        ((200, b"[]"), "answered with something else than JSON"),
        ((401, b"{}"), "refused with 401"),
        ((404, b""), "has neither Jaeger's /api/services nor Tempo's /api/search"),
    ],
)
def test_a_backend_that_is_none_is_an_error(answer: tuple[int, bytes], message: str) -> None:
    """One sentence with its address."""
    with serving(lambda _path: answer) as url, pytest.raises(TraceError) as caught:
        Backend(url).find(TASK)

    assert url in str(caught.value)
    assert message in str(caught.value)


def test_a_backend_that_does_not_answer_is_an_error() -> None:
    """Nobody listens there."""
    with pytest.raises(TraceError, match="does not answer: "):
        Backend("http://127.0.0.1:1").find(TASK)


@pytest.mark.parametrize("endpoint", ["localhost:16686", "file:///etc/passwd", "http://", "https://u:p@host"])
def test_an_endpoint_is_a_url(endpoint: str) -> None:
    """Without user and password, which messages would show."""
    with pytest.raises(BadInputError, match="invalid --endpoint"):
        Backend(endpoint)


def test_spans_come_after_their_parents_and_in_their_order() -> None:
    """A span whose parent is missing is a root."""
    trace = Trace(
        "t", (span("late", "root", 5), span("early", "root", 2), span("root", "gone"), span("x", "late"))
    )

    assert [(depth, each.name) for depth, each in trace.tree()] == [
        (0, "root"),
        (1, "early"),
        (1, "late"),
        (2, "x"),
    ]


def test_parents_in_a_circle_are_shown_once() -> None:
    """A damaged trace."""
    trace = Trace("t", (span("a", "b"), span("b", "a")))

    assert sorted(each.name for _, each in trace.tree()) == ["a", "b"]
