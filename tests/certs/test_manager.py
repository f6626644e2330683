"""The manager without a cluster: what probes and scrapes learn before there is a certificate."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from arkrun_certs import CertificateManager, CertificateSettings
from arkrun_kube import Client
from builders_certs import HOST, settings
from builders_kube import target


@asynccontextmanager
async def keeping(
    given: CertificateSettings, registry: CollectorRegistry
) -> AsyncIterator[CertificateManager]:
    """Start a manager whose API server is not there: port 1 of loopback."""
    async with Client(target(f"https://{HOST}:1")) as client:
        manager = CertificateManager(given, client, registry=registry)
        await manager.start()
        yield manager


async def subject_shown(manager: CertificateManager) -> str:
    """Make a handshake as kubelet does, which verifies nothing, and give the certificate."""
    server = await asyncio.start_server(
        lambda _reader, writer: writer.close(), HOST, 0, ssl=manager.ssl_context
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        return await asyncio.to_thread(ssl.get_server_certificate, (HOST, port))


async def test_without_an_api_server_probes_learn_why() -> None:
    """A stand-in answers handshakes, readiness says what is missing, a metric counts it; it never hangs."""
    registry = CollectorRegistry()
    async with keeping(settings(), registry) as manager:
        health = manager.health()
        shown = await subject_shown(manager)

    assert not health.ready
    assert health.reason == (
        "no certificate has been loaded yet: GET /api/v1/namespaces/default/secrets/certs: the API server "
        "at https://127.0.0.1:1 does not answer: Connect call failed ('127.0.0.1', 1)"
    )
    assert shown.startswith("-----BEGIN CERTIFICATE-----")
    assert registry.get_sample_value("arkrun_certs_failures_total", {"reason": "unreachable"}) == 1
    assert registry.get_sample_value("arkrun_certs_ready") == 0


async def test_without_files_probes_learn_why(tmp_path: Path) -> None:
    """A mount that is still empty is named, and the pair is taken as soon as it is there."""
    registry = CollectorRegistry()
    given = CertificateSettings.model_validate({"mode": "files", "directory": tmp_path})
    async with keeping(given, registry) as manager:
        health = manager.health()

    assert not health.ready
    assert health.reason == (
        f"no certificate has been loaded yet: {tmp_path}: "
        f"[Errno 2] No such file or directory: '{tmp_path}/tls.crt'"
    )
    assert registry.get_sample_value("arkrun_certs_failures_total", {"reason": "material"}) == 1


async def test_a_keeper_that_is_cancelled_ends() -> None:
    """Shutting down waits for nothing, even while the API server is away."""
    async with keeping(settings(), CollectorRegistry()) as manager:
        upkeep = asyncio.create_task(manager.run())
        await asyncio.sleep(0.2)
        upkeep.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upkeep
