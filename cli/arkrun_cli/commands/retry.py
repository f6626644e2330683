"""`ark retry`: reset the failed steps of a run to Pending."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from arkrun_cli.cluster import RUNS, Cluster
from arkrun_cli.errors import NotRetryableError
from arkrun_cli.run_view import TERMINAL
from arkrun_crd.names import TEAM_LABEL
from arkrun_kube import METADATA_LIST, ConflictError, Object

Json = dict[str, Any]

ATTEMPTS = 5


async def retry_run(cluster: Cluster, name: str, steps: Sequence[str] = ()) -> Json:
    """Retry one run and return it as stored. Raises NotRetryableError and KubeError.

    If the run changes between read and write, its new version is read and checked again.
    """
    for attempts_left in reversed(range(ATTEMPTS)):
        patch = retry_patch(await cluster.client.get(cluster.run_path(name)), steps)
        try:
            return await cluster.client.merge(cluster.run_path(name, "status"), patch)
        except ConflictError:
            if not attempts_left:
                raise
    raise AssertionError("unreachable")


async def newest_run(cluster: Cluster, team: str) -> str:
    """Return the name of a team's newest run. Raises NotRetryableError and KubeError."""
    query = {"labelSelector": f"{TEAM_LABEL}={team}"}
    path = RUNS.path(cluster.namespace)
    pages = cluster.client.pages(path, model=Object, accept=METADATA_LIST, query=query)
    runs = [run async for page in pages for run in page["items"] or []]
    return select_newest(runs, team, cluster.namespace)


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
                {"name": step["name"], "phase": "Pending"} if step["name"] in retried else step
                for step in run["status"]["steps"]
            ],
        },
    }


def select_newest(runs: Sequence[Json], team: str, namespace: str) -> str:
    """Return the name of the newest of a team's runs. Raises NotRetryableError if there is no single one.

    Creation times have whole seconds, so two runs may be equally new.
    """
    if not runs:
        raise NotRetryableError(
            f"arkteam {team} has no runs in namespace {namespace}: start one with ark trigger {team}, "
            "or name a run with --run"
        )
    newest = max(run["metadata"]["creationTimestamp"] for run in runs)
    names = sorted(run["metadata"]["name"] for run in runs if run["metadata"]["creationTimestamp"] == newest)
    if len(names) > 1:
        raise NotRetryableError(
            f"{len(names)} runs of arkteam {team} are equally new: choose one with --run "
            + " or --run ".join(names)
        )
    return str(names[0])


def _failed_steps(run: Json) -> list[str]:
    name, status = run["metadata"]["name"], run.get("status") or {}
    phase = status.get("phase") or "Pending"
    if phase not in TERMINAL:
        raise NotRetryableError(f"arkrun {name} is still {phase}: wait until it finishes (ark show {name})")
    failed = [step["name"] for step in status.get("steps") or [] if step.get("phase") == "Failed"]
    if not failed:
        raise NotRetryableError(
            f"arkrun {name} is {phase} and has no failed step: {_alternative(run, phase)}"
        )
    return failed


def _alternative(run: Json, phase: str) -> str:
    team, name = (run.get("spec") or {}).get("teamRef", "TEAM"), run["metadata"]["name"]
    if phase == "Failed":
        return f"it failed before its first step (ark show {name}); start a new run with ark trigger {team}"
    return f"retry an older run with --run NAME (ark runs {team}), or start a new one with ark trigger {team}"
