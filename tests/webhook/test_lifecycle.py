"""The process: its port, its log, and how it ends."""

import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trustme

from controlplane import Process
from support.builders.reviews import TOKEN, review_body, run_document, with_token

PROGRAM = Path(sys.executable).with_name("arkrun-webhook")
VALIDATE = "/validate/arkruns"
pytestmark = [pytest.mark.slow, pytest.mark.process]

# An API server that nobody has to reach: these tests ask for no team.
KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "none", "cluster": {"server": "http://127.0.0.1:1"}}],
    "users": [{"name": "none", "user": {"token": "none"}}],
    "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
    "current-context": "none",
}


class Running:
    """A webhook process with a certificate from files."""

    def __init__(self, directory: Path, authority: trustme.CA, drain_seconds: int) -> None:
        self.directory = directory
        self.context = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
        self.process = Process(
            "arkrun-webhook",
            [
                PROGRAM,
                "serve",
                "--port=0",
                f"--port-file={directory / 'port'}",
                f"--drain-seconds={drain_seconds}",
            ],
            log=directory / "log",
            environment={
                "KUBECONFIG": str(directory / "kubeconfig"),
                "ARKRUN_HOST": "127.0.0.1",
                "ARKRUN_CERT_MODE": "files",
                "ARKRUN_CERT_DIR": str(directory),
                "ARKRUN_PATH_TOKENS": TOKEN,
                "ARKRUN_LOG_LEVEL": "debug",
            },
        )

    @property
    def port(self) -> int:
        """The port that it chose."""
        return int((self.directory / "port").read_text())

    def connect(self) -> http.client.HTTPSConnection:
        """Open a connection."""
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=10)

    def events(self) -> list[dict[str, object]]:
        """Read the log."""
        return [json.loads(line) for line in (self.directory / "log").read_text().splitlines()]


@pytest.fixture
def running(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    """Serve on a free port until the test ends; drains for 3 s, or for as long as the test says."""
    authority = trustme.CA()
    pair = authority.issue_cert("127.0.0.1")
    (tmp_path / "kubeconfig").write_text(json.dumps(KUBECONFIG))
    (tmp_path / "ca.crt").write_bytes(authority.cert_pem.bytes())
    (tmp_path / "tls.crt").write_bytes(b"".join(part.bytes() for part in pair.cert_chain_pems))
    (tmp_path / "tls.key").write_bytes(pair.private_key_pem.bytes())
    webhook = Running(tmp_path, authority, getattr(request, "param", 3))
    webhook.process.start()
    webhook.process.wait_until((tmp_path / "port").exists, seconds=30)
    yield webhook
    webhook.process.stop()


def ask(connection: http.client.HTTPSConnection, method: str, path: str) -> tuple[int, str | None, bytes]:
    """Send a request; return the status, the header Connection and the body."""
    body = review_body(run_document(), old=run_document(), operation="UPDATE") if method == "POST" else None
    connection.request(method, with_token(path), body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.getheader("Connection"), answer.read()


def test_the_log_never_contains_the_token(running: Running) -> None:
    """The level is debug, and requests are answered, refused or malformed."""
    statuses = []
    calls = (("POST", VALIDATE), ("GET", VALIDATE), ("POST", "/mutate/pods"), ("GET", "/metrics"))
    for method, path in calls:
        with closing(running.connect()) as connection:
            statuses.append(ask(connection, method, path)[0])

    assert statuses == [200, 405, 404, 200]
    assert TOKEN not in (running.directory / "log").read_text()


def test_sigterm_drains_before_the_process_ends(running: Running) -> None:
    """Readiness fails, requests are answered with `Connection: close`, and the exit code is 0."""
    kept = running.connect()
    assert ask(kept, "POST", VALIDATE)[:2] == (200, None)
    running.process.terminate()
    running.process.wait_until(lambda: "draining" in running.process.tail(), seconds=5)

    status, connection, reason = ask(running.connect(), "GET", "/readyz")
    assert (status, connection, reason) == (503, "close", b"draining: this process is stopping\n")
    assert ask(running.connect(), "GET", "/healthz")[0] == 200
    assert ask(running.connect(), "POST", VALIDATE)[:2] == (200, "close")
    assert ask(kept, "POST", VALIDATE)[:2] == (200, "close")
    assert running.process.wait(10) == 0
    assert running.events()[-1]["event"] == "stopped"


@pytest.mark.parametrize("running", [600], indirect=True)
def test_a_second_signal_ends_the_process_immediately(running: Running) -> None:
    running.process.terminate()
    running.process.wait_until(lambda: "draining" in running.process.tail(), seconds=5)
    running.process.terminate()

    assert running.process.wait(60) == 0


@pytest.mark.parametrize("running", [0], indirect=True)
def test_the_log_is_json_and_ignores_invalid_requests(running: Running) -> None:
    """Anybody can send invalid requests, so they are not logged."""
    with running.context.wrap_socket(
        socket.create_connection(("127.0.0.1", running.port)), server_hostname="127.0.0.1"
    ) as raw:
        raw.sendall(b"nonsense\r\n\r\n")
        raw.recv(4096)
    events = running.events()

    assert {"host", "port", "level", "timestamp"} <= next(e for e in events if e["event"] == "serving").keys()
    assert [event["event"] for event in events if event["level"] == "warning"] == []


def test_a_process_without_a_cluster_ends_with_the_reason(tmp_path: Path) -> None:
    """The message names the kubeconfig and what to do, without a traceback."""
    environment = {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "ARKRUN_CERT_MODE": "files",
        "ARKRUN_CERT_DIR": "/",
        "ARKRUN_PATH_TOKENS": TOKEN,
        "KUBECONFIG": "/nowhere",
    }
    done = subprocess.run([PROGRAM, "serve"], env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == (
        'arkrun-webhook: cannot serve: no cluster configured: kubeconfig "/nowhere" does not exist: '
        "set KUBECONFIG to a file that kubectl can use, or run in a pod"
    )
    assert "Traceback" not in done.stderr
