"""`ark trace` with Tempo, and with backends that do not answer well.

Tempo does not run here, so a server on loopback gives its answers; Jaeger is real (test_trace_on_jaeger.py).
"""

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from arkrun_cli.commands.trace import Task, TracedTask, format_task
from arkrun_cli.errors import BadInputError, TraceError
from arkrun_cli.traces.backend import Backend
from arkrun_cli.traces.span import Span, Trace

TASK = "1710000001-0"
Answer = Callable[[str], tuple[int, bytes]]
Json = dict[str, Any]


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

    with serving_with(Handler) as url:
        yield url


@contextmanager
def serving_with(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve requests with a handler."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
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


def tempo(
    found_days_ago: float = 0, answer: Callable[[Json], Json] = lambda batch: {"batches": [batch]}
) -> Answer:
    """Answer as Tempo does: no /api/services, searches of a week at most, ids in base64, times as texts.

    `answer` puts the spans into the form of the API's version 1 or 2.
    """
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
    submitted = int(time.time() - found_days_ago * 86_400)

    def respond(path: str) -> tuple[int, bytes]:
        if path == "/api/traces/abc":
            return 200, json.dumps(answer({"resource": resource, "scopeSpans": [{"spans": spans}]})).encode()
        parts = urlsplit(path)
        if parts.path != "/api/search":
            return 404, b"404 page not found"
        query = dict(parse_qsl(parts.query))
        start, end = int(query["start"]), int(query["end"])
        if end - start > 168 * 3600:
            refusal = f"range specified by start and end exceeds 168h0m0s. received start={start} end={end}"
            return 400, refusal.encode()
        assert query["q"] == '{ .task.id = "1710000001-0" }'
        found = [{"traceID": "abc"}] if start <= submitted <= end else []
        return 200, json.dumps({"traces": found, "metrics": {}}).encode()

    return respond


TREE = (
    "researcher  task 1710000001-0  trace abc  12.0s\n"
    "  agent: task  12.0s\n"
    "    agent: llm.call  450ms  7 tokens in  ERROR: overloaded"
)


@pytest.mark.parametrize("days_ago", [0, 6.9, 20, 29.9])
def test_a_task_is_found_in_tempo(days_ago: float) -> None:
    """By its search, a week at a time, then trace by trace."""
    with serving(tempo(days_ago)) as url:
        found = TracedTask(Task(TASK, "researcher"), Backend(url).find(TASK))

    assert format_task(found) == TREE


def test_a_task_of_the_past_month_alone_is_found() -> None:
    """The message says so."""
    with serving(tempo(31)) as url:
        assert Backend(url).find(TASK) == []


@pytest.mark.parametrize(
    "answer",
    [
        lambda batch: {"batches": [batch]},
        lambda batch: {"resourceSpans": [batch]},
        lambda batch: {"trace": {"resourceSpans": [batch]}, "metrics": {}},
        lambda batch: {
            "batches": [{"resource": batch["resource"], "instrumentationLibrarySpans": batch["scopeSpans"]}]
        },
    ],
    ids=["v1", "OTLP", "v2", "before 2.0"],
)
def test_each_form_of_a_trace_is_read(answer: Callable[[Json], Json]) -> None:
    """Of every version of Tempo's API."""
    with serving(tempo(answer=answer)) as url:
        assert format_task(TracedTask(Task(TASK, "researcher"), Backend(url).find(TASK))) == TREE


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((200, b"<html>log in</html>"), "answered with something else than JSON"),
        ((200, b"[]"), "answered with something else than JSON"),
        ((401, b"no org id"), "refused with 401: no org id"),
        ((502, b"<html>Bad gateway</html>"), "refused with 502"),
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


@pytest.mark.parametrize(
    "endpoint",
    [
        "localhost:16686",
        "file:///etc/passwd",
        "http://",
        "https://u:p@host",
        "http://[::1",
        "http://host:x",
        "http://host:99999",
        "http://ho st:1",
        "http://host?org=1",
    ],
)
def test_an_endpoint_is_a_url(endpoint: str) -> None:
    """With a port that exists, and without user and password, which messages would show."""
    with pytest.raises(BadInputError, match="invalid --endpoint"):
        Backend(endpoint)


def test_a_redirect_is_not_followed() -> None:
    """It could take the headers, and with them a token, to another server."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", "https://login.invalid/")
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Log nothing."""

    with serving_with(Handler) as url, pytest.raises(TraceError) as caught:
        Backend(url, ["Authorization: Bearer x"]).find(TASK)

    assert str(caught.value) == (
        f"the trace backend at {url} refused with 302: it redirects to https://login.invalid/"
    )


def test_a_server_that_speaks_no_http_is_an_error() -> None:
    """Such as an ssh server."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"SSH-2.0-x\r\n\r\n")
                connection.recv(1000)

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(TraceError, match=r"does not answer: SSH-2\.0-x"):
            Backend(f"http://127.0.0.1:{server.getsockname()[1]}").find(TASK)
        thread.join()


@pytest.mark.parametrize("header", ["a", "a b:c", "ä:b", "a:€", "a:b\nc", ":b"])
def test_a_header_is_a_name_and_a_value(header: str) -> None:
    """Of the characters that HTTP has."""
    with pytest.raises(BadInputError, match="invalid --header: expected NAME:VALUE"):
        Backend("http://127.0.0.1:1", [header])


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
