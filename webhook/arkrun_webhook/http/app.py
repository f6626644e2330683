"""The application: four admission endpoints, probes and metrics."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.routing import Route, Router

from arkrun_webhook import metrics
from arkrun_webhook.admission.handler import Handler
from arkrun_webhook.admission.restore_validation import RestoreValidation
from arkrun_webhook.admission.run_mutation import RunMutation
from arkrun_webhook.admission.run_validation import RunValidation
from arkrun_webhook.admission.team_validation import TeamValidation
from arkrun_webhook.http.bodies import BODIES_LIMIT, BODY_LIMIT, READ_SECONDS, Bodies
from arkrun_webhook.http.endpoint import Endpoint
from arkrun_webhook.http.guard import NOT_SERVED, Guard
from arkrun_webhook.teams.lookup import Teams


@dataclass(frozen=True, slots=True)
class Readiness:
    """The result of a readiness check; `reason` is one sentence in either case."""

    ready: bool
    reason: str


def create_app(
    teams: Teams,
    readiness: Callable[[], Readiness],
    accepts: Callable[[str], bool],
    *,
    clients: Collection[str] | None = None,
    controllers: Collection[str] = (),
    body_limit: int = BODY_LIMIT,
    bodies_limit: int = BODIES_LIMIT,
    read_seconds: float = READ_SECONDS,
    wrap: Callable[[str, Handler], Handler] | None = None,
) -> Router:
    """Build the application.

    `readiness` is called for each `/readyz`, `accepts` with the first segment of each admission path.
    `clients` is passed to `Guard`, and `wrap` may wrap each handler. A body must arrive in `read_seconds`.
    """
    handlers: dict[str, Handler] = {
        "/mutate/arkruns": RunMutation(teams, controllers),
        "/validate/arkruns": RunValidation(teams),
        "/validate/restored-arkruns": RestoreValidation(),
        "/validate/arkteams": TeamValidation(),
    }
    bodies = Bodies(limit=body_limit, total=bodies_limit, seconds=read_seconds)
    routes = []
    for path, handler in handlers.items():
        name = path[1:].replace("/", "-")
        # Routed ahead of FastAPI, whose middlewares wrap the reading of a body.
        guard = Guard(Endpoint(name, wrap(name, handler) if wrap else handler, bodies), accepts, clients)
        routes.append(Route("/{token}" + path, guard))
    return Router(routes, redirect_slashes=False, default=_probes(readiness))


def _probes(readiness: Callable[[], Readiness]) -> FastAPI:
    app = FastAPI(
        title="arkrun-webhook", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )

    @app.get("/healthz")
    async def healthz() -> Response:
        return PlainTextResponse("ok\n")

    @app.get("/readyz")
    async def readyz() -> Response:
        state = readiness()
        return PlainTextResponse(f"{state.reason}\n", 200 if state.ready else 503)

    @app.get("/metrics")
    async def show_metrics() -> Response:
        metrics.READY.set(readiness().ready)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @app.exception_handler(HTTPException)
    async def not_served(_request: Request, error: HTTPException) -> Response:
        return PlainTextResponse(NOT_SERVED, error.status_code, error.headers)

    return app
