"""`python -m bench.serve ours|null`: the two servers that are Python.

`ours` is the webhook's own composition root with two parts replaced: where a team comes from (bytes
read at the start, taken for an answer at each look-up) and where the certificate comes from (a file).
"""

import argparse
import asyncio
import ssl
from pathlib import Path

import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from arkrun_certs import Health
from arkrun_certs.path_token import accepted
from arkrun_webhook import logs
from arkrun_webhook.apiserver import read_team
from arkrun_webhook.errors import TeamNotFound
from arkrun_webhook.server import compose
from arkrun_webhook.settings import Settings
from arkrun_webhook.snapshot import Team
from builders_webhook import TOKEN

_ANSWER = (
    b'{"response":{"uid":"705ab4f5-6393-11e8-b7cc-42010a800002","allowed":true},'
    b'"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}'
)
_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_ANSWER))],
}
_BODY = {"type": "http.response.body", "body": _ANSWER}


class FixedCertificate:
    """A pair from files, always healthy."""

    def __init__(self, folder: Path) -> None:
        self.ssl_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ssl_context.load_cert_chain(folder / "tls.crt", folder / "tls.key")

    def accepts(self, token: str) -> bool:
        """Accept one token, compared as a replica does."""
        return accepted(token, (TOKEN,))

    def health(self) -> Health:
        """Give good health."""
        return Health(ready=True, reason="ok")


class FixedTeams:
    """Answers look-ups from the bytes of a GET, read as `ApiServer` reads them."""

    def __init__(self, folder: Path) -> None:
        self._bodies = {path.stem: path.read_bytes() for path in folder.glob("*.json")}

    async def team(self, namespace: str, name: str, deadline: float) -> Team:  # noqa: ARG002
        """Look up a team; raises `TeamNotFound`."""
        if name not in self._bodies:
            raise TeamNotFound(namespace, name)
        body = bytes(memoryview(self._bodies[name]))  # bytes of its own, as a GET brings them
        return read_team(namespace, name, 200, body)


async def null(_scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body, answer; what any ASGI application has to do."""
    chunks, more = [], True
    while more:
        message = await receive()
        chunks.append(message["body"])
        more = message["more_body"]
    b"".join(chunks)
    await send(_START)
    await send(_BODY)


def null_server(port: int, certificate: FixedCertificate) -> uvicorn.Server:
    """Serve `null` with the settings of `arkrun_webhook.server.compose`."""
    config = uvicorn.Config(
        null,
        host="127.0.0.1",
        port=port,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ssl_context_factory=lambda _config, _default: certificate.ssl_context,
    )
    return uvicorn.Server(config)


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m bench.serve")
    parser.add_argument("server", choices=("ours", "null"))
    parser.add_argument("port", type=int)
    parser.add_argument("certificates", type=Path)
    parser.add_argument("teams", type=Path)
    arguments = parser.parse_args()
    certificate = FixedCertificate(arguments.certificates)
    if arguments.server == "ours":
        logs.configure("info", "json")
        settings = Settings(host="127.0.0.1", port=arguments.port, drain_seconds=0)
        server: uvicorn.Server = compose(settings, FixedTeams(arguments.teams), certificate)
    else:
        server = null_server(arguments.port, certificate)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server.serve())


if __name__ == "__main__":
    main()
