"""/healthz, /readyz and /metrics, over plain HTTP: they hold nothing secret, and probes need no key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from arkrun_history.metrics import READY


@asynccontextmanager
async def serving(
    host: str, port: int, port_file: Path | None, problem: Callable[[], str]
) -> AsyncIterator[None]:
    """Serve meanwhile; `problem` says why this replica is not ready, empty when it is.

    Raises OSError when the port is taken.
    """

    async def readyz(_request: web.Request) -> web.Response:
        said = problem()
        READY.set(not said)
        return web.Response(text=f"{said or 'ok'}\n", status=503 if said else 200)

    app = web.Application()
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/metrics", _metrics)
    app.router.add_get("/readyz", readyz)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        if port_file is not None:
            _write(port_file, runner.addresses[0][1])
        yield
    finally:
        await runner.cleanup()


def _write(file: Path, port: int) -> None:
    file.write_text(f"{port}\n")


async def _healthz(_request: web.Request) -> web.Response:
    """Answer: then the event loop turns, in which all work happens."""
    return web.Response(text="ok\n")


async def _metrics(request: web.Request) -> web.Response:
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return web.Response(body=encode(REGISTRY), headers={"Content-Type": content_type})
