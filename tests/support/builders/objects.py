"""Objects for the tests on the real API server; a test states only what differs."""

from typing import Any

from arkrun_crd.names import API_VERSION, RUN_KIND, TEAM_KIND

LIMITS = {"tokensPerCall": 4000, "concurrentTasks": 5, "timeoutSeconds": 60, "retries": 3}

# Complete: the CRD has no default to add.
PIPELINE_TEAM: dict[str, Any] = {
    "roles": [
        {"name": "researcher", "model": "m-1", "systemPrompt": "Find facts.\nCite {{ .input.topic }}."},
        {
            "name": "writer",
            "arkAgent": "writer-agent",
            "limits": LIMITS,
        },
    ],
    "pipeline": [
        {
            "role": "researcher",
            "inputs": {"prompt": "Research {{ .input.topic }}"},
            "maxOutputBytes": 65536,
        },
        {
            "role": "writer",
            "dependsOn": ["researcher"],
            "inputs": {"facts": "{{ .steps.researcher.output }}"},
            "maxOutputBytes": 65536,
        },
    ],
    "output": "{{ .steps.writer.output }}",
    "input": {"topic": "transformers", "tone": "dry"},
    "timeoutSeconds": 600,
    "maxTokens": 9000,
}
ROUTED_TEAM: dict[str, Any] = {
    "routing": {"registryRef": {"name": "agents"}, "model": "m-1", "systemPrompt": "Choose.", "maxHops": 3},
    "output": "{{ .routed.output }}",
}


def team(name: str = "blog", **spec: Any) -> dict[str, Any]:
    """Build an ArkTeam, a pipeline of two steps unless its spec is given."""
    return {
        "apiVersion": API_VERSION,
        "kind": TEAM_KIND,
        "metadata": {"name": name},
        "spec": spec or PIPELINE_TEAM,
    }


def run(name: str = "run-1", *, team: str = "blog", **spec: Any) -> dict[str, Any]:
    """Build an ArkRun as a person writes it: teamRef and what else is given."""
    return {
        "apiVersion": API_VERSION,
        "kind": RUN_KIND,
        "metadata": {"name": name},
        "spec": {"teamRef": team, **spec},
    }
