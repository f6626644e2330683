"""Proxies on loopback: which one is used, and that it works."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from arkrun_kube import ConfigError, UnansweredError, connect
from arkrun_kube.config.proxy import from_environment
from support.builders.kubeconfigs import document, write
from support.http_server import listening

PATH = "/api/v1/namespaces/ns"


@asynccontextmanager
async def answering(asked: list[str]) -> AsyncIterator[str]:
    """Answer each request with {}, as the API server or as a proxy; return the URL."""

    async def answer(request: web.Request) -> web.Response:
        asked.append(f"{request.host} {request.path} {request.headers.get('Proxy-Authorization')}")
        return web.Response(body=b"{}")

    async with listening(answer) as url:
        yield url


@asynccontextmanager
async def tunnelling(asked: list[str], *, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Forward CONNECT to the port that is asked for, on loopback, whatever the host; return HOST:PORT."""
    tunnels: set[asyncio.Task[None]] = set()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError):
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[0]
        asked.append(line)
        far = await asyncio.open_connection("127.0.0.1", int(line.split()[1].rpartition(":")[2]))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(forward(reader, far[1]), forward(far[0], writer))

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tunnels.add(asyncio.create_task(tunnel(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await asyncio.gather(*tunnels)


async def look_up(folder: Path, content: Any) -> None:
    """Read something by a client of this kubeconfig."""
    async with connect(kubeconfig=str(write(folder / "config", content)), timeout=5) as client:
        assert await client.get(PATH) == {}


async def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials in its URL are sent, and its scheme is optional."""
    asked: list[str] = []
    async with answering(asked) as proxy:
        for named in (proxy.replace("//", "//me:secret@"), proxy.removeprefix("http://")):
            monkeypatch.setenv("HTTP_PROXY", named)
            await look_up(tmp_path, document("http://api.invalid"))

    assert asked == [f"api.invalid {PATH} Basic bWU6c2VjcmV0", f"api.invalid {PATH} None"]


async def test_the_proxy_of_the_kubeconfig_is_preferred(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid")
    async with answering(asked) as proxy:
        await look_up(tmp_path, document("http://api.invalid", cluster={"proxy-url": proxy}))

    assert asked == [f"api.invalid {PATH} None"]


async def test_no_proxy_bypasses_the_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As in Go, loopback addresses always do."""
    asked: list[str] = []
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid")
    async with answering(asked) as url:
        await look_up(tmp_path, document(url))

    assert asked == [f"{url.removeprefix('http://')} {PATH} None"]


@pytest.mark.parametrize(
    ("scheme", "names"),
    # Where TLS within TLS fails, asyncio of Python 3.11 logs a fault of its own.
    [("http", ("api", "other")), ("https", ("api",))],
)
async def test_tls_servers_are_reached_through_a_tunnel(
    tmp_path: Path, scheme: str, names: tuple[str, ...]
) -> None:
    """The proxy may use TLS itself; the certificate of the API server is verified."""
    authority, asked = trustme.CA(), list[str]()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.invalid", "127.0.0.1").configure_cert(tls)
    (tmp_path / "ca.crt").write_bytes(authority.cert_pem.bytes())

    async def answer(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer a-token"
        return web.Response(body=b"{}")

    async with (
        listening(answer, tls=tls) as url,
        tunnelling(asked, tls=tls if scheme == "https" else None) as proxy,
    ):
        port = url.rpartition(":")[2]
        cluster = {"certificate-authority": "ca.crt", "proxy-url": f"{scheme}://{proxy}"}
        await look_up(tmp_path, document(f"https://api.invalid:{port}", cluster=cluster))
        if "other" in names:
            with pytest.raises(UnansweredError, match=r"certificate is not valid for 'other\.invalid'"):
                await look_up(tmp_path, document(f"https://other.invalid:{port}", cluster=cluster))

    assert asked == [f"CONNECT {name}.invalid:{port} HTTP/1.1" for name in names]


@pytest.mark.parametrize(
    ("no_proxy", "server", "direct"),
    [
        ("", "https://example.com:6443", False),
        ("*", "https://example.com", True),
        ("example.com", "https://api.example.com", True),
        ("example.com", "https://badexample.com", False),
        (".example.com", "https://example.com", False),
        ("*.example.com", "https://api.example.com", True),
        ("x, EXAMPLE.com", "https://example.com", True),
        ("example.com:6443", "https://example.com:6443", True),
        ("example.com:6443", "https://example.com", False),
        ("10.0.0.0/8", "https://10.96.0.1", True),
        ("10.0.0.0/8", "https://11.0.0.1", False),
        ("10.0.0.0/8", "https://example.com", False),
        ("10.96.0.1", "https://10.96.0.1:443", True),
        ("fd00::/8", "https://[fd00::1]:6443", True),
        ("fd00::1", "https://[fd00::1]:6443", True),
        ("[fd00::1]:6443", "https://[fd00::1]:6443", True),
        ("", "https://localhost", True),
        ("", "https://127.1.2.3", True),
        ("", "https://[::1]", True),
    ],
)
def test_no_proxy_is_parsed_as_go_does(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, server: str, direct: bool
) -> None:
    """Names, domains, addresses, networks and ports."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)

    assert from_environment(server) == ("" if direct else "http://proxy:3128")


def test_an_unusable_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message omits the password in its URL."""
    monkeypatch.setenv("https_proxy", "socks5://me:secret@proxy:1080")

    with pytest.raises(ConfigError) as raised:
        from_environment("https://example.com")

    assert str(raised.value) == (
        'HTTPS_PROXY has the scheme "socks5": expected http://HOST:PORT or https://HOST:PORT'
    )
