"""`ark trigger`: create a run, and check that the webhook stamped it."""

from __future__ import annotations

from typing import Any

from arkrun_cli.cluster import RUNS, Cluster, check_run
from arkrun_cli.commands.wait import wait as wait_for
from arkrun_cli.errors import NotStampedError
from arkrun_cli.render.formats import CreatedFormat, format_object, resource_name
from arkrun_cli.render.terminal import print_message, print_result
from arkrun_cli.values import as_object
from arkrun_crd.names import API_VERSION, RUN_KIND, TEAM_LABEL
from arkrun_kube import ApiError, ConflictError, UnknownKindError

Json = dict[str, Any]

# API servers before 1.32 do not retry when a generated name exists.
NAME_ATTEMPTS = 8

INSTALL = (
    "admission is not installed: install it with\n"
    "  helm upgrade --install arkrun charts/arkrun --namespace arkrun-system --create-namespace\n"
    "or ask the cluster's administrator"
)


async def trigger_run(
    cluster: Cluster,
    team: str,
    run_input: dict[str, str],
    *,
    dry_run: bool = False,
    output: CreatedFormat | None = None,
    wait: bool = False,
    timeout: float | None = None,
) -> None:
    """Create a run of `team`, and print it as `output`, or with `wait` its progress and its own output.

    Raises what `create_run` raises, and RunFailedError and StillRunningError of a run that it waits for.
    """
    run = await create_run(cluster, team, run_input, dry_run=dry_run)
    created = f"{resource_name(run)} created"
    if dry_run:
        print_result(format_object(run, output or CreatedFormat.YAML))
    elif wait:
        print_message(created)
        await wait_for(cluster, run, timeout=timeout)
    else:
        print_result(format_object(run, output) if output else created)


async def create_run(
    cluster: Cluster, team: str, run_input: dict[str, str], *, dry_run: bool = False
) -> Json:
    """Create a run of `team` in the cluster's namespace; return it as stored, or as it would be.

    Raises KubeError, and NotStampedError if it has no snapshot; such a run is deleted.
    """
    run = await _create(cluster, _new_run(team, run_input), dry_run=dry_run)
    if _is_stamped(run):
        return run
    name = run["metadata"]["name"]
    if dry_run:
        raise NotStampedError(f"the run would have no snapshot of arkteam {team}: {INSTALL}")
    try:
        await _delete(cluster, run)
    except ApiError as error:
        raise NotStampedError(
            f"arkrun {name} has no snapshot of arkteam {team} and could not be deleted ({error.message}): "
            f"delete it with kubectl delete arkrun {name}; {INSTALL}"
        ) from error
    raise NotStampedError(f"arkrun {name} had no snapshot of arkteam {team} and was deleted: {INSTALL}")


def _new_run(team: str, run_input: dict[str, str]) -> Json:
    """Build a manifest of teamRef and input alone: the webhook adds the snapshot."""
    spec: Json = {"teamRef": team}
    if run_input:
        spec["input"] = run_input
    # The API server truncates the base to fit (apiserver, names/generate.go), so long team names are fine.
    return {
        "apiVersion": API_VERSION,
        "kind": RUN_KIND,
        "metadata": {"generateName": f"{team}-run-"},
        "spec": spec,
    }


def _is_stamped(run: Json) -> bool:
    """Return True if the run has the label and the generation that only the webhook writes."""
    labels, spec = as_object(run["metadata"].get("labels")), as_object(run.get("spec"))
    return labels.get(TEAM_LABEL) == spec.get("teamRef") and "teamGeneration" in spec


async def _create(cluster: Cluster, run: Json, *, dry_run: bool) -> Json:
    for attempts_left in reversed(range(NAME_ATTEMPTS)):
        try:
            path = RUNS.path(cluster.namespace)
            return check_run(await cluster.client.create(path, run, dry_run=dry_run), stored=not dry_run)
        except ConflictError as error:
            if error.reason != "AlreadyExists" or not attempts_left:
                raise
        except UnknownKindError:
            raise NotStampedError(
                f"the cluster has no ArkRun CRD (namespace {cluster.namespace}): {INSTALL}"
            ) from None
    raise AssertionError("unreachable")


async def _delete(cluster: Cluster, run: Json) -> None:
    metadata = run["metadata"]
    await cluster.client.delete(RUNS.path(metadata["namespace"], metadata["name"]), uid=metadata["uid"])
