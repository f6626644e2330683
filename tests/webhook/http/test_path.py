"""Requests without the token of the path get no information and leave no trace."""

from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from support.builders.reviews import TOKEN, review_body, run_document
from webhook.server import Served

FORGED = review_body(run_document(), userInfo={"username": "cfo@example.com"})
GUESSES = (
    "/mutate/arkruns",
    "/validate/arkruns",
    "/0123456789abcdef0123456789abcdee/mutate/arkruns",
    f"/{TOKEN[:-1]}/mutate/arkruns",
    f"/{TOKEN}0/mutate/arkruns",
    f"/{TOKEN.upper()}/mutate/arkruns",
    f"/%C3%A9{TOKEN}/mutate/arkruns",
    f"/{TOKEN}/mutate/pods",
    f"/{TOKEN}/healthz",
    f"/{TOKEN}",
    f"//{TOKEN}/mutate/arkruns",
    "/",
    "/docs",
)


def counted() -> dict[str, float]:
    """Read every counter of calls and look-ups."""
    return {
        f"{sample.name}{sample.labels}": sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
        if family.name.startswith("arkrun_webhook_") and sample.name.endswith(("_total", "_count"))
    }


@pytest.mark.parametrize("path", GUESSES)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_request_without_the_token_is_a_404_and_leaves_no_trace(
    served: Served, monkeypatch: pytest.MonkeyPatch, path: str, method: str
) -> None:
    """No team is looked up, nothing is counted or logged, and each wrong path has the same answer."""
    asked: list[Any] = []
    monkeypatch.setattr(served, "teams", _Watched(served.teams, asked))
    before = counted()
    with capture_logs() as logs:
        status, headers, answer = served.ask_exactly(path, FORGED, method)

    headers.pop("date")
    assert (status, answer) == (404, b"this is not served here\n")
    assert headers == {"content-length": "24", "content-type": "text/plain; charset=utf-8"}
    assert logs == []
    assert asked == []
    assert counted() == before


class _Watched(dict[str, Any]):
    """Notes what is looked up."""

    def __init__(self, teams: dict[str, Any], asked: list[Any]) -> None:
        super().__init__(teams)
        self._asked = asked

    def get(self, key: str, default: Any = None) -> Any:
        """Return a team, and record the look-up."""
        self._asked.append(key)
        return super().get(key, default)


def test_the_same_request_with_the_token_is_answered(served: Served) -> None:
    assert served.review("/mutate/arkruns", FORGED)["allowed"] is True


def test_probes_and_metrics_need_no_token_and_contain_no_records(served: Served) -> None:
    """Their responses contain no run, team, user or token."""
    served.review("/mutate/arkruns", FORGED)
    answers = [served.ask_exactly(path, method="GET") for path in ("/healthz", "/readyz", "/metrics")]

    assert [status for status, _, _ in answers] == [200, 200, 200]
    said = b"".join(body for _, _, body in answers).decode()
    assert [word for word in (TOKEN, "cfo@", "blog", "my-org") if word in said] == []


def test_a_large_body_without_the_token_is_not_read(served: Served) -> None:
    """The response precedes the body, so memory is reserved only with the token."""
    with served.connect() as connection:
        connection.sendall(
            b"POST /mutate/arkruns HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 7000000\r\n\r\n{"
        )

        assert connection.recv(65536).startswith(b"HTTP/1.1 404 ")
