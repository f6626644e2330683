"""/healthz, /readyz and /metrics over plain HTTP, unauthenticated because no response contains a secret."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from arkrun_history.metrics import READY
from arkrun_kube.listening import listen


@asynccontextmanager
async def serving(
    host: str, port: int, port_file: Path | None, problem: Callable[[], str]
) -> AsyncIterator[None]:
    """Serve inside the `with` block; `problem` returns why this replica is not ready, empty if it is.

    Raises OSError if the port is in use.
    """

    async def readyz(_request: web.Request) -> web.Response:
        current = problem()
        READY.set(not current)
        return web.Response(text=f"{current or 'ok'}\n", status=503 if current else 200)

    app = web.Application()
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/metrics", _metrics)
    app.router.add_get("/readyz", readyz)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, listen(host, port)).start()
        if port_file is not None:
            _write(port_file, runner.addresses[0][1])
        yield
    finally:
        await runner.cleanup()


def _write(file: Path, port: int) -> None:
    file.write_text(f"{port}\n")


async def _healthz(_request: web.Request) -> web.Response:
    # All work happens in the event loop that answers this request.
    return web.Response(text="ok\n")


async def _metrics(request: web.Request) -> web.Response:
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return web.Response(body=encode(REGISTRY), headers={"Content-Type": content_type})
