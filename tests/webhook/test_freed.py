"""A connection that is over leaves nothing to a garbage collection, least of all the buffers of its TLS."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from arkrun_webhook.endpoint import SMALL_BODY
from arkrun_webhook.protocol import PatientProtocol
from builders_webhook import review_body, run_document
from historian import wait_for
from served import Served
from wire import head, post, uid_of, update

MUTATE = "/mutate/arkruns"
LATE = f"{MUTATE}?timeout=2s"
SECONDS = 5
"""Within which what is to come must have come."""


def living() -> list[PatientProtocol]:
    """Give every connection of this process that is in memory."""
    return [each for each in gc.get_objects() if isinstance(each, PatientProtocol)]


@pytest.fixture(autouse=True)
def _only_by_count() -> Iterator[None]:
    """Free nothing but what nobody holds; begin when the connections of the test before are gone."""
    gc.collect()
    gc.disable()
    wait_for(lambda: living() == [], SECONDS)
    yield
    gc.enable()


def is_waiting(connection: PatientProtocol | None) -> bool:
    """Tell whether a request has begun, or waits for an answer."""
    return connection is not None and (connection._framing > 0 or connection.cycle is not None)


def only() -> weakref.ref[PatientProtocol]:
    """Give the one connection, once it is there, without holding it."""
    wait_for(lambda: len(living()) == 1, SECONDS)
    return weakref.ref(living()[0])


@pytest.mark.parametrize(
    "request_",
    [
        update("passed"),
        post(MUTATE, review_body(run_document(), uid="looked up")),
        post(MUTATE, review_body(run_document(output="x" * 3 * SMALL_BODY), uid="large")),
        head("/healthz", method="GET"),
    ],
    ids=["passed", "looked up", "large", "health"],
)
def test_a_connection_that_ended_is_freed_at_once(served: Served, request_: bytes) -> None:
    """No ring of objects keeps it, and the buffers of its TLS, until a collection."""
    with served.connect() as connection:
        connection.sendall(request_)
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
        kept = only()
    wait_for(lambda: kept() is None, SECONDS)


@pytest.mark.parametrize(
    "request_",
    [
        b"POST",
        update("half")[:-10],
        update("large", output="x" * 3 * SMALL_BODY)[:-10],
        post(LATE, review_body(run_document(), uid="first")) * 3,
    ],
    ids=["head", "body", "large body", "look-ups"],
)
def test_a_connection_that_was_left_is_freed_at_once(served: Served, request_: bytes) -> None:
    """Whatever it was waiting for."""
    served.silent = True
    with served.connect() as connection:
        connection.sendall(request_)
        kept = only()
        wait_for(lambda: is_waiting(kept()), SECONDS)
    wait_for(lambda: kept() is None, SECONDS)


def test_a_connection_without_a_handshake_makes_nothing(served: Served) -> None:
    """Probes of a TCP port, and clients that do not trust us, are common."""
    for words in (b"", b"GET / HTTP/1.1\r\n\r\n"):
        with served.connect_plain() as connection:
            connection.sendall(words)
    with served.connect() as connection:
        connection.sendall(update("after"))
        assert uid_of(connection) == "after"
        assert len(living()) == 1
