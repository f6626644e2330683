"""`ark retry`: reset the failed steps of a run to Pending."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from arkrun_cli.cluster import Cluster, check_run
from arkrun_cli.commands.newest import newest_run
from arkrun_cli.commands.wait import wait as wait_for
from arkrun_cli.errors import NotRetryableError
from arkrun_cli.render.terminal import print_message, print_result
from arkrun_cli.run_view import TERMINAL
from arkrun_cli.values import as_list, as_object, as_objects, as_text
from arkrun_kube import ConflictError

Json = dict[str, Any]

ATTEMPTS = 5


async def retry_run(
    cluster: Cluster,
    run: str | None,
    *,
    team: str = "",
    steps: Sequence[str] = (),
    wait: bool = False,
    timeout: float | None = None,
) -> None:
    """Retry a run, or without one the newest of `team`; with `wait`, print its progress and its output.

    Raises NoRunError, NotRetryableError and KubeError; RunFailedError and StillRunningError with `wait`.
    """
    name = run or await newest_run(cluster, team)
    retried = await _reset_steps(cluster, name, steps)
    message = f"arkrun.arkonis.dev/{name} retried"
    if wait:
        print_message(message)
        await wait_for(cluster, retried, timeout=timeout)
    else:
        print_result(message)


async def _reset_steps(cluster: Cluster, name: str, steps: Sequence[str]) -> Json:
    """Write the retry of a run and return it as stored.

    If the run changes between read and write, its new version is read and checked again.
    """
    for attempts_left in reversed(range(ATTEMPTS)):
        patch = retry_patch(await cluster.get_run(name), steps)
        try:
            return check_run(await cluster.client.merge(cluster.run_path(name, "status"), patch))
        except ConflictError:
            if not attempts_left:
                raise
    raise AssertionError("unreachable")


def retry_patch(run: Json, steps: Sequence[str] = ()) -> Json:
    """Build the status patch that retries a Failed run, or only the named steps of it.

    A step becomes {name, phase: Pending}, as the operator's own retry writes it. The patch carries the
    resourceVersion, so it applies to exactly this version. Raises NotRetryableError.
    """
    failed = _failed_steps(run)
    if unknown := [step for step in steps if step not in failed]:
        raise NotRetryableError(
            f"arkrun {run['metadata']['name']} has no failed step {', '.join(unknown)}; "
            f"failed steps: {', '.join(failed)}"
        )
    retried = set(steps or failed)
    return {
        "metadata": {"resourceVersion": run["metadata"]["resourceVersion"]},
        "status": {
            "phase": "Running",
            "completionTime": None,
            "steps": [
                {"name": step["name"], "phase": "Pending"} if as_text(step.get("name")) in retried else step
                for step in run["status"]["steps"]
            ],
        },
    }


def _failed_steps(run: Json) -> list[str]:
    metadata, status = run["metadata"], as_object(run.get("status"))
    name, phase = metadata["name"], as_text(status.get("phase")) or "Pending"
    if metadata.get("deletionTimestamp"):
        raise NotRetryableError(
            f"arkrun {name} is being deleted: start a new run with ark trigger {_team(run)}"
        )
    if phase not in TERMINAL:
        raise NotRetryableError(f"arkrun {name} is still {phase}: wait until it finishes (ark show {name})")
    steps = as_objects(status.get("steps"))
    failed = [as_text(step["name"]) for step in steps if step.get("phase") == "Failed" and step.get("name")]
    if not failed:
        raise NotRetryableError(
            f"arkrun {name} is {phase} and has no failed step: {_alternative(run, phase)}"
        )
    if len(steps) < len(as_list(status.get("steps"))):
        raise NotRetryableError(f"arkrun {name} has entries in status.steps that are no objects")
    return failed


def _alternative(run: Json, phase: str) -> str:
    team, name = _team(run), run["metadata"]["name"]
    if phase == "Failed":
        return f"it failed before its first step (ark show {name}); start a new run with ark trigger {team}"
    return f"retry an older run with --run NAME (ark runs {team}), or start a new one with ark trigger {team}"


def _team(run: Json) -> str:
    return as_text(as_object(run.get("spec")).get("teamRef")) or "TEAM"
