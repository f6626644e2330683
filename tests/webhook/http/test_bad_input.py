"""Malformed requests: the right status, one log line, and the server still serves."""

import gzip
import json
import logging
import socket
import struct
from typing import Any

import pytest
from structlog.testing import capture_logs

from support.builders.reviews import UID, review_body, review_document, run_document, with_token
from webhook.raw_http import head
from webhook.server import Served

MUTATE, VALIDATE = "/mutate/arkruns", "/validate/arkruns"
BOTH = pytest.mark.parametrize("path", [MUTATE, VALIDATE, "/validate/arkteams"])

NOT_REVIEWS = {
    "empty": (b"", "the body is not a readable AdmissionReview: Input data was truncated"),
    "text": (
        b"hello",
        "the body is not a readable AdmissionReview: JSON is malformed: invalid character (byte 0)",
    ),
    "list": (b"[]", "the body is not a readable AdmissionReview: Expected `object`, got `array`"),
    "truncated": (
        review_body(run_document())[:-30],
        "the body is not a readable AdmissionReview: Input data was truncated",
    ),
    "deep": (
        b'{"request":{"uid":"1","object":{"spec":' + b"[" * 200_000 + b"]" * 200_000 + b"}}}",
        "the body is not a readable AdmissionReview: nested too deep",
    ),
    "kind": (
        b'{"apiVersion":"v1","kind":"Pod"}',
        "the body must be an AdmissionReview of admission.k8s.io/v1, not kind 'Pod' of apiVersion 'v1'",
    ),
    "version": (
        b'{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{"uid":"1"}}',
        (
            "the body must be an AdmissionReview of admission.k8s.io/v1, "
            "not kind 'AdmissionReview' of apiVersion 'admission.k8s.io/v1beta1'"
        ),
    ),
    "no request": (
        b'{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}',
        "the AdmissionReview has no request with a uid",
    ),
    "no uid": (
        b'{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":""}}',
        "the AdmissionReview has no request with a uid",
    ),
    "uid of another type": (
        b'{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":7}}',
        "the body is not a readable AdmissionReview: Expected `str`, got `int` - at `$.request.uid`",
    ),
}


@BOTH
@pytest.mark.parametrize("case", NOT_REVIEWS)
def test_a_body_that_is_not_a_review_is_a_400(served: Served, path: str, case: str) -> None:
    """The response has the reason, which is logged once."""
    body, message = NOT_REVIEWS[case]
    with capture_logs() as logs:
        status, headers, answer = served.ask(path, body)

    assert (status, answer.decode()) == (400, f"{message}\n")
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert [(line["log_level"], line["event"], line["problem"]) for line in logs] == [
        ("warning", "broken call", message)
    ]
    assert still_serving(served)


@pytest.mark.parametrize(
    ("span", "problem"),
    [
        (b'{"teamRef":"\xff"}', "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b'{"teamRef":"\\ud800"}', "JSON is malformed: unexpected end of hex escape (byte 548)"),
        (b'{"teamRef":1e999}', "Number out of range"),
    ],
)
def test_an_invalid_value_inside_the_object_is_a_400(served: Served, span: bytes, problem: str) -> None:
    """Invalid JSON deep in the object is the fault of the client."""
    body = review_body(run_document()).replace(b'{"teamRef": "blog"}', span)
    with capture_logs() as logs:
        status, _, answer = served.ask(MUTATE, body)

    assert status == 400
    assert answer.decode() == f"the body is not a readable AdmissionReview: {problem}\n"
    assert [line["event"] for line in logs] == ["broken call"]


def test_nan_is_a_400(served: Served) -> None:
    """NaN is not JSON (RFC 8259)."""
    body = json.dumps(review_document(run_document(maxTokens=float("nan")))).encode()

    assert served.ask(MUTATE, body)[0] == 400


def test_the_last_of_two_equal_keys_counts(served: Served) -> None:
    """The decoder of the API server does the same."""
    body = review_body(run_document()).replace(b'"teamRef": "blog"', b'"teamRef": "UPPER", "teamRef": "blog"')

    assert served.review(MUTATE, body)["allowed"] is True


@BOTH
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_than_post_are_a_405(served: Served, path: str, method: str) -> None:
    """The response names POST."""
    status, headers, answer = served.ask(path, method=method)

    assert (status, headers["allow"]) == (405, "POST")
    assert answer.decode() == f"send an AdmissionReview by POST, not {method}\n"


def test_head_has_no_body(served: Served) -> None:
    assert served.ask(VALIDATE, method="HEAD")[::2] == (405, b"")


@BOTH
def test_a_body_of_another_type_is_a_415(served: Served, path: str) -> None:
    """Only application/json is accepted, with any parameters."""
    status, _, answer = served.ask(path, b"{}", Content_Type="text/yaml")

    assert (status, answer.decode()) == (415, "the content type must be application/json, not 'text/yaml'\n")
    plain = served.ask(MUTATE, review_body(run_document()), Content_Type="application/json; charset=utf-8")
    assert plain[0] == 200


@BOTH
def test_a_compressed_body_is_a_415(served: Served, path: str) -> None:
    """The API server does not compress, and a small compressed body may be large."""
    status, _, answer = served.ask(path, gzip.compress(review_body(run_document())), Content_Encoding="gzip")

    assert (status, answer.decode()) == (
        415,
        "the body must be sent uncompressed, not as 'gzip'\n",
    )


INCOMPLETE: dict[str, tuple[dict[str, Any], str]] = {
    "operation": (
        {"operation": "PATCH"},
        "unknown operation 'PATCH': expected CREATE, UPDATE, DELETE or CONNECT",
    ),
    "no operation": (
        {"operation": ""},
        "unknown operation '': expected CREATE, UPDATE, DELETE or CONNECT",
    ),
    "no object": (
        {"object": None},
        "the AdmissionReview of this CREATE has no object",
    ),
    "no old object": (
        {"operation": "UPDATE", "oldObject": None},
        "the AdmissionReview of this UPDATE has no oldObject",
    ),
}


@BOTH
@pytest.mark.parametrize("case", INCOMPLETE)
def test_an_incomplete_review_is_refused(served: Served, path: str, case: str) -> None:
    """A review without a subject is refused with its uid."""
    request, message = INCOMPLETE[case]
    kind = "ArkTeam" if path.endswith("teams") else "ArkRun"
    response = served.review(path, review_body(run_document(), kind=kind, **request))

    assert response == {
        "uid": UID,
        "allowed": False,
        "status": {"message": message, "reason": "BadRequest", "code": 400},
        "auditAnnotations": response["auditAnnotations"],
    }


@BOTH
@pytest.mark.parametrize("kind", ["Pod", ""])
def test_an_object_of_another_kind_is_refused(served: Served, path: str, kind: str) -> None:
    """The message says that the configuration is wrong."""
    ours = "ArkTeam" if path.endswith("teams") else "ArkRun"

    assert served.review(path, review_body(run_document(), kind=kind))["status"] == {
        "message": (
            f'this endpoint reviews {ours} of arkonis.dev, not {kind} of group "arkonis.dev": '
            "correct the rules of the webhook configuration"
        ),
        "reason": "BadRequest",
        "code": 400,
    }


@pytest.mark.parametrize("path", [MUTATE, VALIDATE])
@pytest.mark.parametrize("namespace", ["", "..", "a/b", "Upper", "x?y"])
def test_an_invalid_namespace_is_never_part_of_a_request_path(
    served: Served, path: str, namespace: str
) -> None:
    response = served.review(path, review_body(run_document(), namespace=namespace))

    assert response["status"] == {
        "message": f"invalid namespace {namespace!r} in the AdmissionReview: expected a DNS label",
        "reason": "BadRequest",
        "code": 400,
    }


def test_another_version_of_a_kind_is_validated_alike(served: Served) -> None:
    """An unknown version must not bypass the validation."""
    document = review_document(run_document(maxTokens=2), old=run_document(maxTokens=1), operation="UPDATE")
    document["request"]["kind"]["version"] = "v1"

    assert served.review(VALIDATE, json.dumps(document).encode())["allowed"] is False


@BOTH
def test_long_names_are_truncated_in_responses_and_logs(served: Served, path: str) -> None:
    endless = "x" * 500_000
    document = run_document(input={endless: "1"})
    document["spec"][endless] = 1
    body = review_body(document, old=run_document(), operation="UPDATE", name=endless, namespace=endless)
    wrong = review_body(document, operation=endless)
    with capture_logs() as logs:
        answers = [served.ask(path, each)[2] for each in (body, wrong, b'{"kind":"%s"}' % endless.encode())]

    assert max(map(len, answers)) < 20_000
    assert max(len(str(line)) for line in logs) < 20_000


@BOTH
def test_a_large_body_is_a_413_that_the_client_reads(served: Served, path: str) -> None:
    """The client can read the status of a refused body of 20 MB: the connection is not reset."""
    with capture_logs() as logs:
        status, _, answer = served.ask(path, b"x" * 20_000_000)

    assert (status, answer.decode()) == (413, "the body is larger than 2097152 bytes\n")
    assert [line["event"] for line in logs] == ["broken call"]
    assert still_serving(served)


def test_a_large_body_without_a_length_is_a_413(served: Served) -> None:
    """The size of a chunked body is counted on arrival."""
    with served.connect() as connection:
        connection.sendall(head(VALIDATE, "Transfer-Encoding: chunked"))
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        connection.sendall(chunk * 40 + b"0\r\n\r\n")

        assert received(connection).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_disconnects_is_logged_for_debugging_only(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """There is no log line above debug, and no traceback."""
    with capture_logs() as logs, caplog.at_level(logging.INFO):
        with served.connect() as connection:
            connection.sendall(head(VALIDATE, "Content-Length: 5000") + b'{"kind"')
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert still_serving(served)

    assert [line for line in logs if line["log_level"] != "debug" and line["event"] != "admission"] == []
    assert [record for record in caplog.records if record.name != "uvicorn.access"] == []


def test_a_body_that_does_not_arrive_is_a_408(served: Served) -> None:
    """The connection of a client that stops in the middle of its body is closed."""
    with served.connect() as connection:
        connection.sendall(head(VALIDATE, "Content-Length: 5000") + b'{"kind"')
        answer = received(connection)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"\r\nconnection: close\r\n" in answer
    assert answer.endswith(b"\r\n\r\nthe body did not arrive within 1 s\n")


def test_slow_clients_do_not_delay_others(served: Served) -> None:
    """Many clients announce large bodies and send nothing."""
    slow = [served.connect() for _ in range(60)]
    for connection in slow:
        connection.sendall(head(VALIDATE, "Content-Length: 2000000") + b"{")

    assert still_serving(served)
    for connection in slow:
        connection.close()


def test_incomplete_headers_close_the_connection_after_a_timeout(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The timeout is that of the whole head, also for a client that sends a byte now and then."""
    monkeypatch.setattr("arkrun_webhook.http.protocol.HEADER_SECONDS", 0.3)
    with served.connect() as connection:
        connection.sendall(b"POST /validate/arkruns HTTP/1.1\r\nHost:")

        assert received(connection) == b""


def test_too_large_headers_close_the_connection(served: Served) -> None:
    """Headers beyond 64 KiB are not kept in memory."""
    with served.connect() as connection:
        connection.sendall(b"POST /validate/arkruns HTTP/1.1\r\nX: " + b"x" * 100_000)

        assert received(connection) == b""


def test_bytes_that_are_not_http_are_a_400(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")

        assert received(connection).startswith(b"HTTP/1.1 400 ")


def test_a_wrong_content_length_affects_only_its_own_connection(served: Served) -> None:
    """The rest of a body with a too small length is an invalid request; the server stays up."""
    body = review_body(run_document())
    with served.connect() as connection:
        connection.sendall(head(MUTATE, f"Content-Length: {len(body) - 10}") + body)
        answers = received(connection)

    assert answers.startswith(b"HTTP/1.1 400 Bad Request")
    assert still_serving(served)


def test_pipelined_requests_are_answered_in_order(served: Served) -> None:
    first = review_body(run_document(), uid="first")
    second = review_body(run_document(), uid="second")
    with served.connect() as connection:
        connection.sendall(
            head(MUTATE, f"Content-Length: {len(first)}")
            + first
            + head(MUTATE, f"Content-Length: {len(second)}", "Connection: close")
            + second
        )
        answers = received(connection)

    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert answers.index(b'"uid":"first"') < answers.index(b'"uid":"second"')


@pytest.mark.parametrize("path", ["/mutate/pods", "/mutate/arkruns/", "/x/../mutate/arkruns", "/docs"])
def test_an_unknown_path_is_a_404(served: Served, path: str) -> None:
    """This holds behind the token too."""
    status, _, answer = served.ask(path, review_body(run_document()))

    assert (status, answer) == (404, b"this is not served here\n")


def test_a_wrong_method_at_a_probe_is_a_405(served: Served) -> None:
    status, headers, answer = served.ask("/healthz")

    assert (status, headers["allow"]) == (405, "GET")
    assert answer == b"this is not served here\n"


def test_a_protocol_upgrade_is_ignored(served: Served) -> None:
    """The request is answered as HTTP/1.1, with one log line."""
    with capture_logs() as logs, served.connect() as connection:
        connection.sendall(
            f"GET {with_token(VALIDATE)} HTTP/1.1\r\nHost: webhook\r\n".encode()
            + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        )
        assert connection.recv(65536).startswith(b"HTTP/1.1 405 ")

    assert [line["event"] for line in logs] == ["broken call"]


RAW = {
    "two lengths": (["Content-Length: 5", "Content-Length: 6"], b"x"),
    "length and chunks": (["Content-Length: 5", "Transfer-Encoding: chunked"], b"5\r\nhello\r\n0\r\n\r\n"),
    "length below zero": (["Content-Length: -5"], b"x"),
    "length of letters": (["Content-Length: many"], b"x"),
    "chunk of no size": (["Transfer-Encoding: chunked"], b"zz\r\nhello\r\n0\r\n\r\n"),
    "chunk of endless size": (["Transfer-Encoding: chunked"], b"fffffffffffffffffff\r\nhello"),
    "folded header": (["X: a\r\n b", "Content-Length: 1"], b"x"),
    "NUL in a header": (["X: a\0b", "Content-Length: 1"], b"x"),
}


@pytest.mark.parametrize("case", RAW)
def test_an_ambiguous_request_is_a_400(served: Served, caplog: pytest.LogCaptureFixture, case: str) -> None:
    """There is no log line, and the connection is closed."""
    headers, body = RAW[case]
    with served.connect() as connection:
        connection.sendall(head(VALIDATE, *headers) + body)

        assert received(connection).startswith(b"HTTP/1.1 400 ")
    assert [record.message for record in caplog.records] == []
    assert still_serving(served)


def received(connection: socket.socket) -> bytes:
    """Read until the server closes the connection; closes our side when it waits for more."""
    connection.settimeout(10)
    chunks = []
    while chunk := connection.recv(65536):
        chunks.append(chunk)
        if b"413" in chunk:
            break
    return b"".join(chunks)


def still_serving(served: Served) -> bool:
    """Return True if a valid review is answered."""
    return served.review(MUTATE, review_body(run_document()))["allowed"] is True
