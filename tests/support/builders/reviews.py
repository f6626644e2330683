"""AdmissionReviews, runs and teams as the webhook receives them; a test states only what differs."""

import json
from typing import Any

import msgspec

from arkrun_webhook.review.request import Object
from arkrun_webhook.teams.team import Team, parse_team

TOKEN = "0123456789abcdef0123456789abcdef"
UID = "705ab4f5-6393-11e8-b7cc-42010a800002"


def with_token(path: str, token: str = TOKEN) -> str:
    """Prefix an admission path with the token; probes and metrics have none."""
    return path if path.startswith(("/healthz", "/readyz", "/metrics")) else f"/{token}{path}"


def parsed_team(body: str) -> Team:
    """Build what the look-up gives from JSON text."""
    return parse_team(body.encode())


def team_document(name: str = "blog", *, generation: int = 3, **spec: Any) -> dict[str, Any]:
    """Build an ArkTeam as the API server sends it; a team of one step unless told otherwise."""
    return {
        "apiVersion": "arkonis.dev/v1alpha1",
        "kind": "ArkTeam",
        "metadata": {"name": name, "namespace": "my-org", "generation": generation, "uid": "1"},
        "spec": spec or {"roles": [{"name": "writer", "model": "m"}], "pipeline": [{"role": "writer"}]},
    }


def team(name: str = "blog", *, generation: int = 3, **spec: Any) -> Team:
    """Build what the look-up gives."""
    return parsed_team(json.dumps(team_document(name, generation=generation, **spec)))


def run_document(labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """Build an ArkRun of the team `blog`."""
    metadata: dict[str, Any] = {"name": "blog-run-a1b2c3", "namespace": "my-org"}
    if labels is not None:
        metadata["labels"] = labels
    return {
        "apiVersion": "arkonis.dev/v1alpha1",
        "kind": "ArkRun",
        "metadata": metadata,
        "spec": {"teamRef": "blog", **spec},
    }


def decoded(document: dict[str, Any]) -> Object:
    """Parse an object as the endpoint does."""
    return msgspec.json.decode(json.dumps(document), type=Object)


def review_document(
    document: dict[str, Any] | None,
    *,
    old: dict[str, Any] | None = None,
    operation: str = "CREATE",
    kind: str = "ArkRun",
    **request: Any,
) -> dict[str, Any]:
    """Build an AdmissionReview of admission.k8s.io/v1."""
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": UID,
            "kind": {"group": "arkonis.dev", "version": "v1alpha1", "kind": kind},
            "resource": {"group": "arkonis.dev", "version": "v1alpha1", "resource": f"{kind.lower()}s"},
            "operation": operation,
            "name": "blog-run-a1b2c3",
            "namespace": "my-org",
            "userInfo": {"username": "alice"},
            "object": document,
            "oldObject": old,
            **request,
        },
    }


def review_body(document: dict[str, Any] | None, **options: Any) -> bytes:
    """Build the bytes of an AdmissionReview."""
    return json.dumps(review_document(document, **options)).encode()
