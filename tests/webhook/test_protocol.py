"""Requests in parts, one after the other on one connection."""

import http.client

import pytest

from arkrun_webhook.endpoint import SMALL_BODY
from builders_webhook import review_body, run_document
from served import Served
from wire import head, post, uid_of, update

MUTATE, VALIDATE = "/mutate/arkruns", "/validate/arkruns"


@pytest.mark.parametrize("size", [0, SMALL_BODY, 3 * SMALL_BODY], ids=["small", "at the limit", "large"])
@pytest.mark.parametrize("path", [MUTATE, VALIDATE])
def test_a_review_in_parts_is_one_review(served: Served, path: str, size: int) -> None:
    """However a review is cut, and whatever has to be looked up, each gets its answer in turn."""
    with served.connect() as connection:
        for number, parts in enumerate((1, 2, 7)):
            body = review_body(run_document(output="x" * size), uid=f"review-{number}")
            text = post(path, body)
            step = len(text) // parts + 1
            for start in range(0, len(text), step):
                connection.sendall(text[start : start + step])

            assert uid_of(connection) == f"review-{number}"


def test_an_answer_to_head_leaves_the_connection_in_order(served: Served) -> None:
    """It has no body, so what follows is the next answer."""
    body = review_body(run_document(), uid="next")
    with served.connect() as connection:
        connection.sendall(head(VALIDATE, "Content-Length: 0", method="HEAD"))
        answer = http.client.HTTPResponse(connection, method="HEAD")
        answer.begin()
        assert answer.status == 405
        connection.sendall(post(MUTATE, body))

        assert uid_of(connection) == "next"


def test_an_answer_comes_before_what_breaks_the_connection(served: Served) -> None:
    """A review is answered although what follows it in the same bytes is no HTTP."""
    with served.connect() as connection:
        connection.sendall(update("first") + b"\x16\x03\x01 hello\r\n\r\n")

        assert uid_of(connection) == "first"
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == 400
