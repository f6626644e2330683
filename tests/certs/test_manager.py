"""The manager before there is a certificate, without a cluster."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from arkrun_certs import CertificateManager, CertificateSettings
from arkrun_kube import Client
from support.builders.kubeconfigs import target
from support.certs.builders import HOST, settings


@asynccontextmanager
async def starting(
    given: CertificateSettings, registry: CollectorRegistry
) -> AsyncIterator[CertificateManager]:
    """Start a manager whose API server is unreachable: port 1 of loopback."""
    async with Client(target(f"https://{HOST}:1")) as client:
        manager = CertificateManager(given, client, registry=registry)
        await manager.start()
        yield manager


async def presented_certificate(manager: CertificateManager) -> str:
    """Return the certificate that a client without verification gets, as PEM."""
    server = await asyncio.start_server(
        lambda _reader, writer: writer.close(), HOST, 0, ssl=manager.ssl_context
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        return await asyncio.to_thread(ssl.get_server_certificate, (HOST, port))


async def test_readiness_names_an_unreachable_api_server() -> None:
    """A placeholder certificate serves the probe, and the failure is counted."""
    registry = CollectorRegistry()
    async with starting(settings(), registry) as manager:
        health = manager.health()
        shown = await presented_certificate(manager)

    assert not health.ready
    assert health.reason == (
        "no certificate has been loaded yet: GET /api/v1/namespaces/default/secrets/certs: the API server "
        "at https://127.0.0.1:1 does not answer: Connection refused"
    )
    assert shown.startswith("-----BEGIN CERTIFICATE-----")
    assert registry.get_sample_value("arkrun_certs_failures_total", {"reason": "unreachable"}) == 1
    assert registry.get_sample_value("arkrun_certs_ready") == 0


async def test_readiness_names_the_missing_file(tmp_path: Path) -> None:
    """An empty directory in files mode is reported with its path."""
    registry = CollectorRegistry()
    given = CertificateSettings.model_validate({"mode": "files", "directory": tmp_path})
    async with starting(given, registry) as manager:
        health = manager.health()

    assert not health.ready
    assert health.reason == (
        f"no certificate has been loaded yet: {tmp_path}: "
        f"[Errno 2] No such file or directory: '{tmp_path}/tls.crt'"
    )
    assert registry.get_sample_value("arkrun_certs_failures_total", {"reason": "material"}) == 1


async def test_a_cancelled_manager_stops_while_the_api_server_is_unreachable() -> None:
    """Shutdown does not wait for a pending request or retry."""
    async with starting(settings(), CollectorRegistry()) as manager:
        upkeep = asyncio.create_task(manager.run())
        await asyncio.sleep(0.2)
        upkeep.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upkeep
