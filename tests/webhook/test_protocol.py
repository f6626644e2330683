"""Requests in parts, one after the other on one connection."""

import http.client
import json
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from arkrun_webhook.app import BODIES_LIMIT
from arkrun_webhook.endpoint import SMALL_BODY, Endpoint
from builders_webhook import review_body, run_document
from served import Served

MUTATE, VALIDATE = "/mutate/arkruns", "/validate/arkruns"
LARGE = 2 * 1024 * 1024
"""Bytes of the largest body that is taken in these tests."""


def uid_of(connection: socket.socket) -> str:
    """Read one answer; gives the uid in it."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    uid: str = json.loads(answer.read())["response"]["uid"]
    return uid


def head(method: str, path: str, length: int) -> bytes:
    """Write the head of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: x", "Content-Type: application/json"]
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()


@pytest.mark.parametrize("size", [0, SMALL_BODY, 3 * SMALL_BODY], ids=["small", "at the limit", "large"])
@pytest.mark.parametrize("path", [MUTATE, VALIDATE])
def test_a_review_in_parts_is_one_review(served: Served, path: str, size: int) -> None:
    """However a review is cut, and whatever has to be looked up, each gets its answer in turn."""
    with served.connect() as connection:
        for number, parts in enumerate((1, 2, 7)):
            body = review_body(run_document(output="x" * size), uid=f"review-{number}")
            text = head("POST", path, len(body)) + body
            step = len(text) // parts + 1
            for start in range(0, len(text), step):
                connection.sendall(text[start : start + step])

            assert uid_of(connection) == f"review-{number}"


def test_an_answer_to_head_leaves_the_connection_in_order(served: Served) -> None:
    """It has no body, so what follows is the next answer."""
    body = review_body(run_document(), uid="next")
    with served.connect() as connection:
        connection.sendall(head("HEAD", VALIDATE, 0))
        answer = http.client.HTTPResponse(connection, method="HEAD")
        answer.begin()
        assert answer.status == 405
        connection.sendall(head("POST", MUTATE, len(body)) + body)

        assert uid_of(connection) == "next"


def test_an_answer_comes_before_what_breaks_the_connection(served: Served) -> None:
    """A review is answered although what follows it in the same bytes is no HTTP."""
    body = review_body(run_document(), old=run_document(), operation="UPDATE", uid="first")
    with served.connect() as connection:
        connection.sendall(head("POST", VALIDATE, len(body)) + body + b"\x16\x03\x01 hello\r\n\r\n")

        assert uid_of(connection) == "first"
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == 400


def test_large_bodies_that_never_come_give_their_room_back(served: Served) -> None:
    """Whether the client hangs up, or is told that it is too slow."""
    endpoint = served.server.config.app.endpoints[VALIDATE]  # type: ignore[union-attr]
    with ExitStack() as undo:
        slow = [undo.enter_context(served.connect()) for _ in range(6)]
        for connection in slow:
            connection.sendall(head("POST", VALIDATE, LARGE) + b"{")
        eventually(lambda: free(endpoint) == BODIES_LIMIT // LARGE - 6)
        for connection in slow[:3]:
            connection.close()
        for connection in slow[3:]:
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            assert answer.status == 408
        eventually(lambda: free(endpoint) == BODIES_LIMIT // LARGE)


def test_a_large_body_keeps_its_room_until_it_is_answered(served: Served) -> None:
    """What waits for a look-up holds its body, so it counts."""
    served.silent = True
    endpoint = served.server.config.app.endpoints[MUTATE]  # type: ignore[union-attr]
    body = review_body(run_document(output="x" * 3 * SMALL_BODY), uid="late")
    with served.connect() as connection:
        connection.sendall(head("POST", f"{MUTATE}?timeout=1s", len(body)) + body)
        eventually(lambda: free(endpoint) == BODIES_LIMIT // LARGE - 1)

        assert uid_of(connection) == "late"
    eventually(lambda: free(endpoint) == BODIES_LIMIT // LARGE)


def free(endpoint: Endpoint) -> int:
    """Count the large bodies for which there is room."""
    held = list(iter(lambda: endpoint.hold(LARGE), None))
    for each in held:
        each()
    return len(held)


def eventually(condition: Callable[[], bool]) -> None:
    """Poll for some seconds until it holds."""
    for _ in range(100):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to be")
