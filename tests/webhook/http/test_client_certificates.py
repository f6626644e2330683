"""Client certificates: required for admission calls, not for probes and scrapes."""

import asyncio
import http.client
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
import uvloop
from kubernetes.aio.client import ApiClient, Configuration
from structlog.testing import capture_logs

from arkrun_certs import CertificateManager
from arkrun_webhook.server import compose
from arkrun_webhook.settings import Settings
from support.builders.reviews import TOKEN, review_body, run_document, with_token
from webhook.server import Served, serving

MUTATE = "/mutate/arkruns"
REFUSED = b"a client certificate with an accepted name is required\n"


class Authorities:
    """A CA of servers and one of clients, and what a client would present."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.servers, self.clients = trustme.CA(), trustme.CA()
        pair = self.servers.issue_cert("127.0.0.1")
        (directory / "tls.crt").write_bytes(b"".join(part.bytes() for part in pair.cert_chain_pems))
        (directory / "tls.key").write_bytes(pair.private_key_pem.bytes())
        self.trust(self.clients)

    @property
    def file(self) -> Path:
        """Return the path of the client CA."""
        return self.directory / "client-ca.crt"

    def trust(self, authority: trustme.CA) -> None:
        """Replace the client CA."""
        self.file.write_bytes(authority.cert_pem.bytes())

    def context(self, authority: trustme.CA | None, name: str = "apiserver") -> ssl.SSLContext:
        """Build a client's context, with a certificate of an authority if there is one."""
        context = ssl.create_default_context(cadata=self.servers.cert_pem.bytes().decode())
        if authority:
            authority.issue_cert("apiserver.example.com", common_name=name).configure_cert(context)
        return context


@pytest.fixture
def authorities(tmp_path: Path) -> Authorities:
    """Write a serving pair and the CA of clients."""
    return Authorities(tmp_path)


@contextmanager
def demanding(authorities: Authorities, **settings: object) -> Iterator[int]:
    """Serve with a real manager, and yield the port."""
    given = Settings.model_validate(
        {
            "host": "127.0.0.1",
            "port": 0,
            "cert_mode": "files",
            "cert_dir": authorities.directory,
            "path_tokens": (TOKEN,),
            "client_ca_file": authorities.file,
            **settings,
        }
    )
    ready, stopping = threading.Event(), threading.Event()
    ports: list[int] = []

    async def serve() -> None:
        async with ApiClient(Configuration(host="https://127.0.0.1:1")) as client:
            fast = given.certificates().model_copy(update={"file_poll": given.certificates().settle / 300})
            manager = CertificateManager(fast, client)
            await manager.start()
            upkeep = asyncio.create_task(manager.run())
            server = compose(given, teams.team, manager)
            serving_task = asyncio.create_task(server.serve())
            while not server.listening.is_set():  # noqa: ASYNC110 - nothing tells us
                await asyncio.sleep(0.01)
            ports.append(server.port)
            ready.set()
            await asyncio.to_thread(stopping.wait)
            server.should_exit = True
            await serving_task
            upkeep.cancel()

    teams = Served(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    thread = threading.Thread(target=lambda: uvloop.run(serve()))
    thread.start()
    assert ready.wait(20)
    try:
        yield ports[0]
    finally:
        stopping.set()
        thread.join()


def ask(port: int, context: ssl.SSLContext, path: str = MUTATE, method: str = "POST") -> tuple[int, bytes]:
    """Send one request."""
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=10)
    try:
        body = review_body(run_document()) if method == "POST" else None
        connection.request(method, with_token(path), body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def until(condition: Callable[[], bool]) -> None:
    """Wait until the file was read."""
    for _ in range(200):
        if condition():
            return
        threading.Event().wait(0.05)
    raise AssertionError("never came true")


def test_only_admission_calls_need_a_client_certificate(authorities: Authorities) -> None:
    """Probes and scrapes have none; an admission call without one is refused with the reason and logged."""
    with demanding(authorities) as port:
        nobody = authorities.context(None)
        with capture_logs() as logs:
            refused = ask(port, nobody)
        probes = [ask(port, nobody, path, "GET")[0] for path in ("/healthz", "/readyz", "/metrics")]
        unknown = ask(port, nobody, "/mutate/pods")
        allowed = ask(port, authorities.context(authorities.clients))[0]

    assert refused == (403, REFUSED)
    assert [line for line in logs if line["event"] == "broken call"] == [
        {
            "event": "broken call",
            "webhook": "",
            "status": 403,
            "problem": "a client certificate with an accepted name is required",
            "log_level": "warning",
        }
    ]
    assert probes == [200, 200, 200]
    assert unknown == (404, b"this is not served here\n")
    assert allowed == 200


def test_a_certificate_of_another_ca_is_rejected(authorities: Authorities) -> None:
    """TLS itself rejects the connection."""
    with demanding(authorities) as port:
        stranger = authorities.context(trustme.CA())
        with pytest.raises((ssl.SSLError, ConnectionError)):
            ask(port, stranger)


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (("apiserver",), 200),
        (("other", "apiserver.example.com"), 200),
        (("other",), 403),
    ],
)
def test_only_the_configured_names_may_call(
    authorities: Authorities, names: tuple[str, ...], status: int
) -> None:
    """The common name or an alternative name of the certificate must be allowed."""
    with demanding(authorities, client_names=names) as port:
        assert ask(port, authorities.context(authorities.clients))[0] == status


def test_a_new_client_ca_is_loaded_and_an_invalid_one_is_not(authorities: Authorities) -> None:
    """The file is read after a change; the serving pair stays, and the old CA is no longer trusted."""
    successor = trustme.CA()
    old, new = authorities.context(authorities.clients), authorities.context(successor)

    def is_taken(context: ssl.SSLContext) -> bool:
        try:
            return ask(port, context)[0] == 200
        except (ssl.SSLError, ConnectionError):
            return False

    with demanding(authorities) as port:
        authorities.file.write_text("no certificate")
        until(
            lambda: (
                b"client-ca.crt: not PEM certificates"
                in ask(port, authorities.context(None), "/readyz", "GET")[1]
            )
        )
        still = is_taken(old)
        authorities.trust(successor)
        until(lambda: is_taken(new))
        gone = not is_taken(old)
        renewed = authorities.servers.issue_cert("127.0.0.1")
        pem = b"".join(part.bytes() for part in renewed.cert_chain_pems)
        (authorities.directory / "tls.key").write_bytes(renewed.private_key_pem.bytes())
        (authorities.directory / "tls.crt").write_bytes(pem)
        until(lambda: ssl.get_server_certificate(("127.0.0.1", port)).strip().encode() in pem)
        after = is_taken(new), ask(port, authorities.context(None))

    assert still
    assert gone
    assert after == (True, (403, REFUSED))


def test_without_the_ca_file_every_client_is_rejected(authorities: Authorities) -> None:
    """No certificate can be verified, and readiness names the missing file."""
    authorities.file.unlink()
    with demanding(authorities) as port:
        refused = ask(port, authorities.context(authorities.clients))
        readiness = ask(port, authorities.context(None), "/readyz", "GET")

    assert refused == (403, REFUSED)
    assert readiness == (
        503,
        (
            f"no client CA has been loaded yet; [Errno 2] No such file or directory: '{authorities.file}'\n"
        ).encode(),
    )


def test_without_a_client_ca_no_certificate_is_requested() -> None:
    """Most API servers have none."""
    with serving() as served:
        assert served.review(MUTATE, review_body(run_document()))["allowed"] is True
