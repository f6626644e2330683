"""The live TLS context, in real handshakes."""

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
from builders_certs import HOST, rsa_pair, settings


def state_now() -> State:
    """Make a state that is valid by the true clock, which OpenSSL uses."""
    return transitions.create(settings(), datetime.now(UTC))


@asynccontextmanager
async def serving(live: ReloadableContext) -> AsyncIterator[Endpoint]:
    """Echo lines over TLS."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    server = await asyncio.start_server(echo, HOST, 0, ssl=live.context)
    async with server:
        yield Endpoint(HOST, server.sockets[0].getsockname()[1])


async def test_new_handshakes_get_the_new_leaf_and_open_connections_live_on() -> None:
    """A pair loaded while clients are connected reaches the next client and disturbs nobody."""
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


async def test_a_pair_that_openssl_refuses_leaves_the_last_good_one_in_service() -> None:
    """A refused pair never touches the context that handshakes use."""
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


async def test_a_pair_of_another_key_type_replaces_the_old_one() -> None:
    """Changing from ECDSA to RSA and back serves the newest pair, to clients that accept both."""
    ecdsa = state_now()
    live = ReloadableContext()
    live.load(ecdsa.pair)
    other = rsa_pair(2048)
    async with serving(live) as endpoint:
        live.load(other)
        presented = await connect_tls(endpoint, other.pem)

    assert presented.leaf == other.leaf


async def test_a_client_without_sni_is_served() -> None:
    """The API server names no server when a URL holds an IP address."""
    state = state_now()
    live = ReloadableContext()
    live.load(state.pair)
    async with serving(live) as endpoint:
        assert (await connect_tls(endpoint, state.bundle, HOST)).leaf == state.pair.leaf
        shown = await s_client(endpoint, "-noservername")

    assert "CN = webhook.default.svc" in shown


async def test_tls_1_1_is_refused() -> None:
    """A client that can do no better than TLS 1.1 gets no connection."""
    state = state_now()
    live = ReloadableContext()
    live.load(state.pair)
    async with serving(live) as endpoint:
        old = await s_client(endpoint, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
        new = await s_client(endpoint, "-tls1_2")

    assert "no peer certificate available" in old
    assert "Cipher is (NONE)" in old
    assert "New, TLSv1.2, Cipher is ECDHE-ECDSA-" in new


async def test_an_unknown_ca_is_refused() -> None:
    """A client that trusts another CA refuses the connection, and is told why."""
    live = ReloadableContext()
    live.load(state_now().pair)
    async with serving(live) as endpoint:
        with pytest.raises(EndpointError) as refused:
            await connect_tls(endpoint, state_now().bundle)

    assert str(refused.value) == (
        f"{endpoint}: the certificate is not trusted: unable to get local issuer certificate"
    )


async def test_sessions_cannot_be_resumed() -> None:
    """Every connection shows the certificate of its day: no ticket lets a client skip that."""
    state = state_now()
    live = ReloadableContext()
    live.load(state.pair)
    async with serving(live) as endpoint:
        shown = await s_client(endpoint, "-tls1_2")

    assert "TLS session ticket" not in shown


async def test_without_a_pair_no_handshake_succeeds() -> None:
    """Before a pair is loaded, clients are turned away and the server lives on."""
    live = ReloadableContext()
    async with serving(live) as endpoint:
        with pytest.raises(EndpointError) as refused:
            await connect_tls(endpoint, state_now().bundle)

    assert str(refused.value) == f"{endpoint}: the server closed the connection during the TLS handshake"


def test_loading_leaves_no_file_open_and_none_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is never on a disk, and loading a thousand pairs leaks nothing."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    live = ReloadableContext()
    pair = state_now().pair
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        live.load(pair)

    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert list(tmp_path.iterdir()) == []


async def s_client(endpoint: Endpoint, *arguments: str) -> str:
    """Connect with the openssl program and give all that it says."""
    command = ["openssl", "s_client", "-connect", str(endpoint), *arguments]
    done = await asyncio.to_thread(
        subprocess.run, command, input="", capture_output=True, text=True, check=False
    )
    return str(done.stdout + done.stderr)
