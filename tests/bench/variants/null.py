"""Two webhooks that allow everything, the baseline for Python: `uvicorn bench.variants.null:app`."""

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route


class _Call(msgspec.Struct):
    uid: str


class _Review(msgspec.Struct):
    """The fields of an AdmissionReview that a response needs."""

    request: _Call


async def ready(_request: Request) -> Response:
    """Answer the readiness probe."""
    return PlainTextResponse("ok")


async def allow(request: Request) -> Response:
    """Allow any AdmissionReview."""
    review = msgspec.json.decode(await request.body(), type=_Review)
    return JSONResponse(
        {
            "apiVersion": "admission.k8s.io/v1",
            "kind": "AdmissionReview",
            "response": {"uid": review.request.uid, "allowed": True},
        }
    )


app = Starlette(
    routes=[
        Route("/readyz", ready),
        Route("/mutate/arkruns", allow, methods=["POST"]),
        Route("/validate/arkruns", allow, methods=["POST"]),
    ]
)
