"""The reloadable TLS context in real handshakes."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from arkrun_certs.errors import EndpointError, MaterialError
from arkrun_certs.pki.context import ReloadableContext
from arkrun_certs.rotation import transitions
from arkrun_certs.rotation.state import State
from arkrun_certs.tools.endpoint import Endpoint, connect_tls
from support.certs.builders import HOST, rsa_pair, settings


def state_now() -> State:
    """Build a state that is valid by the system clock, which OpenSSL uses."""
    return transitions.create(settings(), datetime.now(UTC))


@asynccontextmanager
async def serving(live: ReloadableContext) -> AsyncIterator[Endpoint]:
    """Serve an echo protocol over TLS."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    server = await asyncio.start_server(echo, HOST, 0, ssl=live.context)
    async with server:
        yield Endpoint(HOST, server.sockets[0].getsockname()[1])


async def test_a_new_pair_serves_new_handshakes_and_leaves_open_connections_alone() -> None:
    """The next client gets the new leaf, and a connected client notices nothing."""
    old, new = state_now(), state_now()
    live = ReloadableContext()
    live.load(old.pair)
    trusting = ssl.create_default_context(cadata=(old.bundle + new.bundle).decode())
    async with serving(live) as endpoint:
        reader, writer = await asyncio.open_connection(HOST, endpoint.port, ssl=trusting)
        live.load(new.pair)
        writer.write(b"still here\n")
        echoed = await reader.readline()
        presented = await connect_tls(endpoint, new.bundle)
        writer.transport.abort()

    assert echoed == b"still here\n"
    assert presented.leaf == new.pair.leaf
    assert presented.protocol == "TLSv1.3"


async def test_a_pair_that_openssl_refuses_does_not_replace_the_served_one() -> None:
    """A key that is too weak raises MaterialError, and handshakes still get the last pair."""
    good = state_now()
    live = ReloadableContext()
    live.load(good.pair)
    weak = rsa_pair(1024)
    async with serving(live) as endpoint:
        with pytest.raises(MaterialError) as refused:
            live.load(weak)
        presented = await connect_tls(endpoint, good.bundle)

    assert str(refused.value) == "OpenSSL refuses the serving pair: EE_KEY_TOO_SMALL"
    assert presented.leaf == good.pair.leaf
    assert live.pair == good.pair


async def test_an_rsa_pair_replaces_an_ecdsa_pair() -> None:
    """A client that accepts both key types gets the pair that was loaded last."""
    ecdsa = state_now()
    live = ReloadableContext()
    live.load(ecdsa.pair)
    other = rsa_pair(2048)
    async with serving(live) as endpoint:
        live.load(other)
        presented = await connect_tls(endpoint, other.pem)

    assert presented.leaf == other.leaf


async def test_a_client_without_sni_is_served() -> None:
    """An API server sends no SNI if the URL contains an IP address."""
    state = state_now()
    live = ReloadableContext()
    live.load(state.pair)
    async with serving(live) as endpoint:
        assert (await connect_tls(endpoint, state.bundle, HOST)).leaf == state.pair.leaf
        shown = await s_client(endpoint, "-noservername")

    assert "CN = webhook.default.svc" in shown


async def test_tls_1_1_is_refused() -> None:
    """The minimum version is TLS 1.2."""
    state = state_now()
    live = ReloadableContext()
    live.load(state.pair)
    async with serving(live) as endpoint:
        old = await s_client(endpoint, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
        new = await s_client(endpoint, "-tls1_2")

    assert "no peer certificate available" in old
    assert "Cipher is (NONE)" in old
    assert "New, TLSv1.2, Cipher is ECDHE-ECDSA-" in new


async def test_a_client_that_trusts_another_ca_refuses_the_connection() -> None:
    """The error contains the reason of OpenSSL."""
    live = ReloadableContext()
    live.load(state_now().pair)
    async with serving(live) as endpoint:
        with pytest.raises(EndpointError) as refused:
            await connect_tls(endpoint, state_now().bundle)

    assert str(refused.value) == (
        f"{endpoint}: the certificate is not trusted: unable to get local issuer certificate"
    )


async def test_sessions_cannot_be_resumed() -> None:
    """No session ticket is issued, so every connection verifies the current certificate."""
    state = state_now()
    live = ReloadableContext()
    live.load(state.pair)
    async with serving(live) as endpoint:
        shown = await s_client(endpoint, "-tls1_2")

    assert "TLS session ticket" not in shown


async def test_a_handshake_before_the_first_pair_is_rejected() -> None:
    """The client sees a closed connection, and the server goes on."""
    live = ReloadableContext()
    async with serving(live) as endpoint:
        with pytest.raises(EndpointError) as refused:
            await connect_tls(endpoint, state_now().bundle)

    assert str(refused.value) == f"{endpoint}: the server closed the connection during the TLS handshake"


def test_loading_pairs_leaks_neither_descriptors_nor_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is passed to OpenSSL in memory, never in a temporary file."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    live = ReloadableContext()
    pair = state_now().pair
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        live.load(pair)

    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert list(tmp_path.iterdir()) == []


async def s_client(endpoint: Endpoint, *arguments: str) -> str:
    """Run `openssl s_client` and return its output."""
    command = ["openssl", "s_client", "-connect", str(endpoint), *arguments]
    done = await asyncio.to_thread(
        subprocess.run, command, input="", capture_output=True, text=True, check=False
    )
    return str(done.stdout + done.stderr)
