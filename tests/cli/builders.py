"""Runs with a status, as the API server gives them; a test states only what differs."""

from typing import Any

from arkrun_crd.names import API_VERSION, RUN_KIND, TEAM_LABEL

Json = dict[str, Any]

BLOG_PIPELINE: list[Json] = [{"role": "researcher"}, {"role": "writer", "dependsOn": ["researcher"]}]


def usage(given: int, made: int) -> Json:
    """Build a TokenUsage that adds up."""
    return {"inputTokens": given, "outputTokens": made, "totalTokens": given + made}


def step(name: str, phase: str = "Succeeded", **more: Any) -> Json:
    """Build one entry of status.steps."""
    return {"name": name, "phase": phase, **more}


def record(
    name: str = "blog-run-1",
    *,
    team: str = "blog",
    spec: Json | None = None,
    status: Json | None = None,
    **metadata: Any,
) -> Json:
    """Build a stamped run; `spec` and `status` are laid over the defaults."""
    return {
        "apiVersion": API_VERSION,
        "kind": RUN_KIND,
        "metadata": {
            "name": name,
            "namespace": "my-org",
            "uid": f"uid-of-{name}",
            "resourceVersion": "7",
            "creationTimestamp": "2026-03-17T09:59:59Z",
            "labels": {TEAM_LABEL: team},
            **metadata,
        },
        "spec": {"teamRef": team, "teamGeneration": 3, "pipeline": BLOG_PIPELINE, **(spec or {})},
        "status": status or {},
    }


# The reference page's own example.
DONE: Json = {
    "phase": "Succeeded",
    "startTime": "2026-03-17T10:00:00Z",
    "completionTime": "2026-03-17T10:00:45Z",
    "output": "Transformers use self-attention mechanisms to...",
    "steps": [
        step(
            "researcher",
            taskID="1710000001-0",
            startTime="2026-03-17T10:00:00Z",
            completionTime="2026-03-17T10:00:12Z",
            output="Research findings: ...",
            tokenUsage=usage(320, 1240),
        ),
        step(
            "writer",
            taskID="1710000013-0",
            startTime="2026-03-17T10:00:12Z",
            completionTime="2026-03-17T10:00:45Z",
            output="Transformers use self-attention...",
            tokenUsage=usage(1240, 3360),
        ),
    ],
    "totalTokenUsage": usage(1560, 4600),
}
