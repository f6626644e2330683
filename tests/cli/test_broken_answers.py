"""Answers that no API server gives, from a server on loopback: `ark` says so in one sentence."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from commands import ARK, Done

COMMANDS = [
    ("show", "x"),
    ("logs", "x"),
    ("diff", "x", "y"),
    ("runs",),
    ("show", "--last"),
    ("retry", "--run", "x"),
    ("retry", "t"),
    ("trigger", "t"),
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
    thread = threading.Thread(target=server.serve_forever)
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


def ark(kubeconfig: Path, *arguments: str) -> Done:
    """Run `ark` with this kubeconfig."""
    return subprocess.run(
        [ARK, *arguments, "--kubeconfig", str(kubeconfig)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_answer_that_is_no_object_of_ours_is_one_sentence(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Null, lists, numbers, objects without metadata."""
    file = tmp_path / "kubeconfig"
    for answer in ANSWERS:
        with api_server(json.dumps(answer).encode()) as kubeconfig:
            file.write_text(json.dumps(kubeconfig))
            done = ark(file, *command)

        assert done.returncode in (0, 1), (answer, done)
        assert "Traceback" not in done.stderr, (answer, done.stderr)
        assert len(done.stderr.splitlines()) == 1, (answer, done.stderr)


def test_a_login_page_is_named_as_such(tmp_path: Path) -> None:
    """A proxy in front of the API server may answer 200 with one."""
    file = tmp_path / "kubeconfig"
    with api_server(b"<!doctype html><title>Log in</title>") as kubeconfig:
        file.write_text(json.dumps(kubeconfig))
        done = ark(file, "show", "x")

    assert done.stderr == (
        'error: the answer is no JSON and begins with "<!doctype html><title>Log in</title>": '
        "is the server of the kubeconfig an API server, or a proxy with a login page?\n"
    )
