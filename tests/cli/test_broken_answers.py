"""Answers that no API server gives, from a server on loopback: `ark` says so in one sentence."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from arkrun_cli.cli import main

COMMANDS = [
    ("show", "x"),
    ("logs", "x"),
    ("diff", "x", "y"),
    ("runs",),
    ("show", "--last"),
    ("retry", "--run", "x"),
    ("retry", "t"),
    ("trigger", "t"),
    ("trace", "x", "--endpoint", "http://127.0.0.1:1"),
]
ANSWERS: list[Any] = [
    None,
    [],
    "text",
    5,
    {},
    {"metadata": None},
    {"metadata": []},
    {"metadata": {"name": 5}},
    {"kind": "List", "items": None},
    {"kind": "Table", "columnDefinitions": None, "rows": []},
    {"kind": "Table", "columnDefinitions": [{"name": "Name"}], "rows": [{}]},
]


@contextmanager
def api_server(body: bytes, status: int = 200) -> Iterator[dict[str, Any]]:
    """Answer every request alike; return a kubeconfig."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, *_arguments: Any) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": url}}],
            "users": [{"name": "u", "user": {"token": "t"}}],
        }
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


Ark = Callable[..., tuple[object, str]]


@pytest.fixture
def ark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ark:
    """Return a function that runs `ark` in this process; it returns exit code and stderr."""

    def run(kubeconfig: dict[str, Any], *arguments: str) -> tuple[object, str]:
        file = tmp_path / "kubeconfig"
        file.write_text(json.dumps(kubeconfig))
        monkeypatch.setattr(sys, "argv", ["ark", *arguments, "--kubeconfig", str(file)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr().err

    return run


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_answer_that_is_no_object_of_ours_is_one_sentence(ark: Ark, command: tuple[str, ...]) -> None:
    """Null, lists, numbers, objects without metadata."""
    for answer in ANSWERS:
        with api_server(json.dumps(answer).encode()) as kubeconfig:
            code, message = ark(kubeconfig, *command)

        assert code in (0, 1), (answer, code, message)
        assert len(message.splitlines()) == 1, (answer, message)


def test_a_login_page_is_named_as_such(ark: Ark) -> None:
    """A proxy in front of the API server may answer 200 with one."""
    with api_server(b"<!doctype html><title>Log in</title>") as kubeconfig:
        code, message = ark(kubeconfig, "show", "x")

    assert (code, message) == (
        1,
        (
            "error: GET /apis/arkonis.dev/v1alpha1/namespaces/default/arkruns/x: the answer is no JSON "
            'and begins with "<!doctype html><title>Log in</title>": '
            "is the server of the kubeconfig an API server, or a proxy with a login page?\n"
        ),
    )
