"""Two webhooks that allow everything, as any webhook in Python pays: `uvicorn bench.variants.null:app`."""

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route


class _Call(msgspec.Struct):
    uid: str


class _Review(msgspec.Struct):
    """All that has to be read of an AdmissionReview to answer it."""

    request: _Call


async def ready(_request: Request) -> Response:
    """Answer the readiness probe."""
    return PlainTextResponse("ok")


async def allow(request: Request) -> Response:
    """Answer an AdmissionReview with yes."""
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
