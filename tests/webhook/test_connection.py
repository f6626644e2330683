"""What one connection may take and keep, however it is used: memory, room, time."""

import gc
import http.client
import ssl
import time
import types
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from arkrun_webhook.app import BODIES_LIMIT
from arkrun_webhook.endpoint import SMALL_BODY, Endpoint
from builders_webhook import review_body, run_document
from historian import wait_for
from served import Served, serving
from wire import head, post, uid_of, update

MUTATE, VALIDATE = "/mutate/arkruns", "/validate/arkruns"
LARGE = 2 * 1024 * 1024
"""Bytes of the largest body that is taken in these tests."""

ALL = BODIES_LIMIT // LARGE
SECONDS = 5
"""Within which what is to come must have come."""

CODE = (type, types.ModuleType, types.FunctionType)
"""What leads everywhere."""

SLOW = f"{MUTATE}?timeout=2s"
"""A look-up that gets no answer takes longer than the second in which a request must be complete."""


@pytest.fixture(autouse=True)
def _alone(served: Served) -> None:
    """Begin when the connections of the test before are gone."""
    wait_for(lambda: connections(served) == [], SECONDS)


def endpoint_of(served: Served, path: str) -> Endpoint:
    """Give an endpoint of the server."""
    found: Endpoint = served.server.config.app.endpoints[path]  # type: ignore[union-attr]
    return found


def connections(served: Served) -> list[Any]:
    """Give the connections that are open to both sides."""
    return [each for each in [*served.server.server_state.connections] if not each.transport.is_closing()]


def only(served: Served) -> Any:
    """Give the one connection, once it is there."""
    wait_for(lambda: len(connections(served)) == 1, SECONDS)
    return connections(served)[0]


def weight(connection: Any) -> int:
    """Give the length of all bytes that a connection leads to."""
    known, last, found = {id(connection)}, [connection], 0
    while last:
        next_ = [one for one in gc.get_referents(*last) if not isinstance(one, CODE) and id(one) not in known]
        known.update(map(id, next_))
        found += sum(len(one) for one in next_ if isinstance(one, bytes))
        last = next_
    return found


def test_large_bodies_that_never_come_give_their_room_back(served: Served) -> None:
    """Whether the client hangs up, or is told that it is too slow."""
    endpoint = endpoint_of(served, VALIDATE)
    with ExitStack() as undo:
        slow = [undo.enter_context(served.connect()) for _ in range(6)]
        for connection in slow:
            connection.sendall(head(VALIDATE, f"Content-Length: {LARGE}") + b"{")
        wait_for(lambda: free(endpoint) == ALL - 6, SECONDS)
        for connection in slow[:3]:
            connection.close()
        for connection in slow[3:]:
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            assert answer.status == 408
        wait_for(lambda: free(endpoint) == ALL, SECONDS)


def test_a_large_body_keeps_its_room_until_it_is_answered(served: Served) -> None:
    """What waits for a look-up holds its body, so it counts."""
    served.silent = True
    endpoint = endpoint_of(served, MUTATE)
    body = review_body(run_document(output="x" * 3 * SMALL_BODY), uid="late")
    with served.connect() as connection:
        connection.sendall(post(f"{MUTATE}?timeout=1s", body))
        wait_for(lambda: free(endpoint) == ALL - 1, SECONDS)

        assert uid_of(connection) == "late"
    wait_for(lambda: free(endpoint) == ALL, SECONDS)


def test_a_large_body_behind_another_request_takes_no_room(served: Served) -> None:
    """It could not be judged at once, so it stays unread until it is its turn."""
    served.silent = True
    with served.connect() as connection:
        connection.sendall(post(SLOW, review_body(run_document(), uid="first")))
        connection.sendall(head(VALIDATE, f"Content-Length: {LARGE}"))
        with suppress(TimeoutError):
            connection.settimeout(0.5)
            connection.sendall(b" " * LARGE)
        kept = only(served)

        wait_for(lambda: kept.flow.read_paused, SECONDS)
        assert free(endpoint_of(served, VALIDATE)) == ALL


def test_an_idle_connection_keeps_no_body(served: Served) -> None:
    """Also not of a request that was refused without its body, or waited for a look-up."""
    bodies = review_body(run_document(output="x" * SMALL_BODY), uid="one")
    for request in (post(MUTATE, bodies), update("one", output="x" * SMALL_BODY)):
        with served.connect() as connection:
            connection.sendall(request)
            assert uid_of(connection) == "one"
            kept = only(served)
            wait_for(lambda kept=kept: weight(kept) < SMALL_BODY, SECONDS)  # type: ignore[misc]
        wait_for(lambda: connections(served) == [], SECONDS)


def test_a_client_that_ends_with_its_request_is_answered(served: Served) -> None:
    """close_notify in the same bytes ends the client's half of the connection, not ours."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = served.context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with served.connect_plain() as connection:
        while outgoing.pending or tls.version() is None:
            with suppress(ssl.SSLWantReadError):
                tls.do_handshake()
                break
            connection.sendall(outgoing.read())
            incoming.write(connection.recv(65536))
        tls.write(update("last"))
        with suppress(ssl.SSLWantReadError):
            tls.unwrap()
        connection.sendall(outgoing.read())
        answer = b""
        while part := connection.recv(65536):
            incoming.write(part)
            with suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError):
                answer += tls.read(65536)

    assert answer.endswith(b'"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}')


def test_a_request_that_broke_does_not_disturb_the_end() -> None:
    """A connection that is closing, and whose client lingers, is nothing to wait for or to fall over."""
    with serving() as served, served.connect() as connection:
        connection.sendall(b"CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n")

        assert connection.recv(20) == b"HTTP/1.1 400 Bad Req"


def test_many_requests_at_once_are_read_bit_by_bit(served: Served) -> None:
    """What waits its turn is at most what one read has brought."""
    served.silent = True
    request, most = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 0
    with served.connect() as connection:
        connection.sendall(post(SLOW, review_body(run_document(), uid="first")))
        connection.settimeout(0.2)
        with suppress(TimeoutError):
            connection.sendall(request * 20_000)
        kept = only(served)
        for _ in range(40):
            most = max(most, len(kept.pipeline))
            time.sleep(0.05)

    assert 0 < most <= 64 * 1024 // len(request) + 1


def test_endless_trailers_close_the_connection(served: Served) -> None:
    """What follows a chunked body is no way to fill the memory."""
    with served.connect() as connection, suppress(OSError):
        connection.sendall(
            b"POST /validate/arkruns HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
        )
        kept = only(served)
        for _ in range(100):
            connection.sendall(b"a: b\r\n" * 1000)
    wait_for(kept.transport.is_closing, SECONDS)
    assert len(kept.headers) == 3


def test_who_waits_for_us_is_not_too_slow(served: Served) -> None:
    """While a look-up keeps a connection from being read, its client is not blamed for what is unread."""
    served.silent = True
    first, second = post(SLOW, review_body(run_document(), uid="first")), update("second")
    third = update("third")
    with served.connect() as connection:
        connection.sendall(first + second + third[:40])
        time.sleep(0.1)
        connection.sendall(third[40:])

        assert [uid_of(connection) for _ in range(3)] == ["first", "second", "third"]


def test_a_client_that_never_reads_is_left(served: Served) -> None:
    """Its answers fill what may wait to be written; then it has the time that a request has."""
    request = head(VALIDATE, "Content-Length: 0") * 500
    with served.connect() as connection, suppress(OSError):
        connection.settimeout(5)
        for _ in range(1000):
            connection.sendall(request)
    wait_for(lambda: connections(served) == [], SECONDS)


def free(endpoint: Endpoint) -> int:
    """Count the large bodies for which there is room."""
    held = list(iter(lambda: endpoint.hold(LARGE), None))
    for each in held:
        each()
    return len(held)
