"""Limits of memory and time of one connection."""

import http.client
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest

from arkrun_webhook.http.bodies import BODIES_LIMIT
from support.builders.reviews import review_body, run_document, with_token
from support.polling import wait_for
from webhook.raw_http import head, post, uid_of, update
from webhook.server import Served, serving

MUTATE, VALIDATE = "/mutate/arkruns", "/validate/arkruns"
LARGE = 2 * 1024 * 1024
"""Bytes of the largest body that is taken in these tests."""

SECONDS = 5
"""Within which what is to come must have come."""

SLOW = f"{MUTATE}?timeout=2s"
"""A look-up that gets no answer takes longer than the second in which a request must be complete."""


@pytest.fixture(autouse=True)
def _alone(served: Served) -> None:
    """Begin when the connections of the test before are gone."""
    wait_for(lambda: connections(served) == [], SECONDS)


def connections(served: Served) -> list[Any]:
    """List the connections that are open to both sides."""
    return [each for each in [*served.server.server_state.connections] if not each.transport.is_closing()]


@contextmanager
def uploads(served: Served, count: int, size: int) -> Iterator[list[ssl.SSLSocket]]:
    """Open connections that announce a body of LARGE bytes, send `size` of them and stop."""
    with ExitStack() as undo:
        opened = [undo.enter_context(served.connect()) for _ in range(count)]
        for connection in opened:
            with suppress(OSError):
                connection.sendall(head(VALIDATE, f"Content-Length: {LARGE}") + b" " * size)
        yield opened


def answer_of(connection: ssl.SSLSocket) -> int:
    """Read the status of an answer."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status


def test_a_large_body_that_never_arrives_is_a_408(served: Served) -> None:
    """The connection is closed afterwards."""
    with uploads(served, 3, LARGE // 2) as slow:
        assert [answer_of(connection) for connection in slow] == [408, 408, 408]
    wait_for(lambda: connections(served) == [], SECONDS)


def test_slow_uploads_do_not_delay_a_large_review(served: Served) -> None:
    """The uploads exceed the memory: the oldest are dropped, and the review is answered immediately."""
    large = review_body(run_document(output="x" * 750_000))
    with uploads(served, BODIES_LIMIT // LARGE + 8, LARGE - 1000) as slow:
        assert served.review(MUTATE, large)["allowed"] is True
        assert answer_of(slow[0]) == 408


def test_a_large_review_that_waits_for_a_look_up_is_answered(served: Served) -> None:
    """Its memory is reserved until then."""
    served.silent = True
    body = review_body(run_document(output="x" * 750_000), uid="late")
    with served.connect() as connection:
        connection.sendall(post(f"{MUTATE}?timeout=1s", body))

        assert uid_of(connection) == "late"


def test_an_aborted_request_does_not_disturb_the_shutdown() -> None:
    """A closing connection whose client does not react neither delays nor breaks the shutdown."""
    with serving() as served, served.connect() as connection:
        connection.sendall(b"CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n")

        assert connection.recv(12).startswith(b"HTTP/1.1 4")


def test_endless_trailers_close_the_connection(served: Served) -> None:
    """Trailers after a chunked body cannot fill the memory."""
    with served.connect() as connection, suppress(OSError):
        connection.sendall(
            f"POST {with_token(VALIDATE)} HTTP/1.1\r\nHost: x\r\n".encode()
            + b"Content-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
        )
        wait_for(lambda: len(connections(served)) == 1, SECONDS)
        (kept,) = connections(served)
        for _ in range(100):
            connection.sendall(b"a: b\r\n" * 1000)
    wait_for(kept.transport.is_closing, SECONDS)
    assert len(kept.headers) < 64 * 1024


def test_a_client_that_waits_for_a_response_is_not_disconnected(served: Served) -> None:
    """A look-up pauses reading, so unread bytes are not the fault of the client."""
    served.silent = True
    first, second = post(SLOW, review_body(run_document(), uid="first")), update("second")
    third = update("third")
    with served.connect() as connection:
        connection.sendall(first + second + third[:40])
        time.sleep(0.1)
        connection.sendall(third[40:])

        assert [uid_of(connection) for _ in range(3)] == ["first", "second", "third"]


def test_a_client_that_never_reads_is_disconnected(served: Served) -> None:
    """Its answers fill what may wait to be written; then it has the time that a request has."""
    request = post(VALIDATE, review_body(run_document(input={"k" * 400: "x"}))) * 100
    with served.connect() as connection, suppress(OSError):
        connection.settimeout(5)
        for _ in range(1000):
            connection.sendall(request)
    wait_for(lambda: connections(served) == [], 60)


NEVER_A_REQUEST = {
    "an empty line after a request": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n\r\n",
    "the body of a request that was answered": (
        b"POST /x/mutate/arkruns HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    ),
}


@pytest.mark.parametrize("case", NEVER_A_REQUEST)
def test_bytes_outside_a_request_do_not_keep_a_connection_open(
    served: Served, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the time that the head of a request has."""
    monkeypatch.setattr("arkrun_webhook.http.protocol.HEADER_SECONDS", 0.3)
    with served.connect() as connection:
        connection.sendall(NEVER_A_REQUEST[case])
        assert connection.recv(100).startswith(b"HTTP/1.1 ")
        connection.sendall(b"\r\n")

        wait_for(lambda: connections(served) == [], SECONDS)


def test_too_many_pipelined_requests_close_the_connection(served: Served) -> None:
    """While one is being answered, a hundred may wait behind it."""
    served.silent = True
    with served.connect() as connection, suppress(OSError):
        connection.sendall(post(SLOW, review_body(run_document())) + update("next") * 300)

        wait_for(lambda: connections(served) == [], SECONDS)
