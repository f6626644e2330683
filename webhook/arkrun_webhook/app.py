"""The ASGI application: FastAPI for people and probes, bare endpoints for the API server."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog
from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException

from arkrun_webhook import metrics
from arkrun_webhook.admission import (
    Handler,
    RestoreValidation,
    RunMutation,
    RunValidation,
    TeamValidation,
)
from arkrun_webhook.asgi import Receive, Scope, Send
from arkrun_webhook.endpoint import BODY_LIMIT, Endpoint
from arkrun_webhook.room import Room
from arkrun_webhook.teams import Teams

# Bytes of bodies that are being answered, all together: some dozens of the largest ones.
BODIES_LIMIT = 64 * 1024 * 1024

PATH_SHOWN = 80

log = structlog.get_logger("arkrun_webhook")


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether this process can answer, and why not."""

    ready: bool
    reason: str


class App:
    """Sends the four admission paths straight to their endpoints and everything else to FastAPI."""

    def __init__(self, endpoints: dict[str, Endpoint], rest: FastAPI) -> None:
        self.endpoints = endpoints
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        await self.endpoints.get(scope.get("path", ""), self._rest)(scope, receive, send)


def create_app(
    teams: Teams,
    readiness: Callable[[], Readiness],
    *,
    controllers: Collection[str] = (),
    body_limit: int = BODY_LIMIT,
    bodies_limit: int = BODIES_LIMIT,
    around: Callable[[str, Handler], Handler] = lambda _name, handler: handler,
) -> App:
    """Compose the application; `readiness` is asked on each `/readyz`, `around` may wrap handlers."""
    handlers: dict[str, Handler] = {
        "/mutate/arkruns": RunMutation(teams, controllers),
        "/validate/arkruns": RunValidation(teams),
        "/validate/restored-arkruns": RestoreValidation(),
        "/validate/arkteams": TeamValidation(),
    }
    room = Room(bodies_limit)
    endpoints = {
        path: Endpoint(
            _name(path),
            around(_name(path), handler),
            room=room,
            body_limit=body_limit,
        )
        for path, handler in handlers.items()
    }
    return App(endpoints, _probes(readiness))


def _name(path: str) -> str:
    """Turn /mutate/arkruns into the name that metrics and logs have for it."""
    return path[1:].replace("/", "-")


def _probes(readiness: Callable[[], Readiness]) -> FastAPI:
    rest = FastAPI(title="arkrun-webhook", docs_url=None, redoc_url=None, openapi_url=None)

    @rest.get("/healthz")
    async def healthz() -> Response:
        return Response("ok\n", media_type="text/plain")

    @rest.get("/readyz")
    async def readyz() -> Response:
        state = readiness()
        return Response(f"{state.reason}\n", 200 if state.ready else 503, media_type="text/plain")

    @rest.get("/metrics")
    async def show_metrics() -> Response:
        metrics.READY.set(readiness().ready)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @rest.exception_handler(HTTPException)
    async def not_served(request: Request, error: HTTPException) -> Response:
        problem = f"{request.method} {request.url.path[:PATH_SHOWN]} is not served here"
        log.warning("broken call", webhook="", status=error.status_code, problem=problem)
        return Response(f"{problem}\n", error.status_code, error.headers, "text/plain")

    return rest
