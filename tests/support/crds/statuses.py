"""Statuses of a run as the operator writes them; a test states only what differs."""

from typing import Any

START, END = "2026-03-17T10:00:00Z", "2026-03-17T10:00:45Z"

Status = dict[str, Any]


def usage(put_in: int = 320, out: int = 1240) -> dict[str, int]:
    """Build a token usage that adds up."""
    return {"inputTokens": put_in, "outputTokens": out, "totalTokens": put_in + out}


def step(name: str, phase: str = "Pending", **fields: Any) -> dict[str, Any]:
    """Build the state of a step; one that Succeeded has all that it can have."""
    if phase == "Succeeded" and not fields:
        fields = {"taskID": "1-0", "output": f"{name} is done", "startTime": START, "completionTime": END}
        fields["tokenUsage"] = usage()
    return {"name": name, "phase": phase, **fields}


def running(*steps: dict[str, Any]) -> Status:
    """Build the status of a run on its way."""
    return {"phase": "Running", "startTime": START, "steps": list(steps)}


def succeeded(*steps: dict[str, Any]) -> Status:
    """Build the status of a run that came to its end."""
    ended = {"phase": "Succeeded", "completionTime": END, "output": "done", "totalTokenUsage": usage()}
    return {**running(*(steps or (step("a", "Succeeded"),))), **ended}


def failed(*steps: dict[str, Any]) -> Status:
    """Build the status of a run with a step that failed."""
    ended = {"phase": "Failed", "completionTime": END}
    return {**running(*(steps or (step("a", "Succeeded"), step("b", "Failed", message="no")))), **ended}
