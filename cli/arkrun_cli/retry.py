"""Send the failed steps of a run back to Pending, and touch nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from arkrun_cli.cluster import RUNS, Cluster
from arkrun_cli.errors import NotRetryableError
from arkrun_cli.record import TERMINAL
from arkrun_crd.names import TEAM_LABEL
from arkrun_kube import METADATA_LIST, ConflictError, Object

Json = dict[str, Any]

TRIES = 5


def reopened(run: Json, steps: Sequence[str] = ()) -> Json:
    """Give the status patch that retries a Failed run; only the named steps when there are any.

    A step becomes {name, phase: Pending}, as the operator's own retry writes it. The patch carries
    resourceVersion, so it applies to exactly this version. Raises NotRetryableError.
    """
    name, status = run["metadata"]["name"], run.get("status") or {}
    phase = status.get("phase") or "Pending"
    if phase not in TERMINAL:
        raise NotRetryableError(f"arkrun {name} is still {phase}: wait until it is over (ark show {name})")
    failed = [step["name"] for step in status.get("steps") or [] if step.get("phase") == "Failed"]
    if not failed:
        raise NotRetryableError(f"arkrun {name} is {phase} and no step of it failed: {_instead(run)}")
    if strange := [step for step in steps if step not in failed]:
        raise NotRetryableError(
            f"{', '.join(strange)}: no failed step of arkrun {name}; failed are: {', '.join(failed)}"
        )
    again = set(steps or failed)
    return {
        "metadata": {"resourceVersion": run["metadata"]["resourceVersion"]},
        "status": {
            "phase": "Running",
            "completionTime": None,
            "steps": [
                {"name": step["name"], "phase": "Pending"} if step["name"] in again else step
                for step in status["steps"]
            ],
        },
    }


def latest(runs: Sequence[Json], team: str, namespace: str) -> str:
    """Give the name of the run that `ark retry TEAM` means: the team's newest. Raises NotRetryableError.

    `runs` are (partial) objects with metadata. Creation times have whole seconds: of two newest, the
    user must choose.
    """
    if not runs:
        raise NotRetryableError(
            f"arkteam {team} has no runs in namespace {namespace}: start one with ark trigger {team}; "
            "a run's own name goes behind --run"
        )
    newest = max(run["metadata"]["creationTimestamp"] for run in runs)
    names = sorted(run["metadata"]["name"] for run in runs if run["metadata"]["creationTimestamp"] == newest)
    if len(names) > 1:
        raise NotRetryableError(
            f"{len(names)} runs are the newest of arkteam {team}: choose one with --run "
            + " or --run ".join(names)
        )
    return str(names[0])


async def retry(cluster: Cluster, name: str, steps: Sequence[str] = ()) -> Json:
    """Retry one run by name and return it as it is then. Raises NotRetryableError and KubeError.

    When the run changes between our read and our write, what it has become is judged anew.
    """
    for left in reversed(range(TRIES)):
        patch = reopened(await cluster.client.get(cluster.run(name)), steps)
        try:
            return await cluster.client.merge(cluster.run(name, "status"), patch)
        except ConflictError:
            if not left:
                raise
    raise AssertionError("unreachable")


async def latest_of(cluster: Cluster, team: str) -> str:
    """Return the name of a team's newest run. Raises NotRetryableError and KubeError."""
    return latest(await runs_of(cluster, team), team, cluster.namespace)


async def runs_of(cluster: Cluster, team: str) -> list[Json]:
    """List a team's runs, metadata only."""
    query = {"labelSelector": f"{TEAM_LABEL}={team}"}
    path = RUNS.path(cluster.namespace)
    pages = cluster.client.pages(path, model=Object, accept=METADATA_LIST, query=query)
    return [run async for page in pages for run in page["items"] or []]


def _instead(run: Json) -> str:
    team, name = (run.get("spec") or {}).get("teamRef", "TEAM"), run["metadata"]["name"]
    if (run.get("status") or {}).get("phase") == "Failed":
        return f"it failed before its first step, see ark show {name}; start anew with ark trigger {team}"
    return (
        f"an older run is retried with --run NAME (ark runs {team}), a new one starts with ark trigger {team}"
    )
