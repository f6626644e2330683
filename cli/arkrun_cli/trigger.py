"""Create a run. Its snapshot is the webhook's to write; we only see to it that it did."""

from __future__ import annotations

from typing import Any

from arkrun_cli.cluster import RUNS, Cluster
from arkrun_cli.errors import NotStampedError
from arkrun_crd.names import API_VERSION, RUN_KIND, TEAM_LABEL
from arkrun_kube import ConflictError, UnknownKindError

Json = dict[str, Any]

# API servers before 1.32 do not try another name by themselves when a generated one is taken.
NAME_TRIES = 8

INSTALL = (
    "admission is not installed here: install it with\n"
    "  helm upgrade --install arkrun charts/arkrun --namespace arkrun-system --create-namespace\n"
    "or ask who runs the cluster"
)


def new_run(team: str, given: dict[str, str]) -> Json:
    """Build what we send: teamRef and input, a generated name, nothing else."""
    spec: Json = {"teamRef": team}
    if given:
        spec["input"] = given
    # The API server cuts the base to fit (apiserver, names/generate.go), so a long team's name is fine.
    return {
        "apiVersion": API_VERSION,
        "kind": RUN_KIND,
        "metadata": {"generateName": f"{team}-run-"},
        "spec": spec,
    }


async def trigger(cluster: Cluster, team: str, given: dict[str, str], *, dry_run: bool = False) -> Json:
    """Create a run of `team` in the cluster's namespace; returns it as stored, or as it would be.

    Raises NotStampedError when it comes back without a snapshot; such a run is removed again.
    """
    run = await _create(cluster, new_run(team, given), dry_run=dry_run)
    if stamped(run):
        return run
    name = run["metadata"]["name"]
    if dry_run:
        raise NotStampedError(f"the run would carry no snapshot of arkteam {team}: {INSTALL}")
    await _remove(cluster, run)
    raise NotStampedError(f"arkrun {name} carried no snapshot of arkteam {team} and was removed: {INSTALL}")


def stamped(run: Json) -> bool:
    """Whether the mutating webhook has been here: only it writes the label and the generation."""
    labels, spec = run["metadata"].get("labels") or {}, run["spec"]
    return labels.get(TEAM_LABEL) == spec["teamRef"] and "teamGeneration" in spec


async def _create(cluster: Cluster, run: Json, *, dry_run: bool) -> Json:
    for left in reversed(range(NAME_TRIES)):
        try:
            return await cluster.client.create(RUNS.path(cluster.namespace), run, dry_run=dry_run)
        except ConflictError as error:
            if error.reason != "AlreadyExists" or not left:
                raise
        except UnknownKindError:
            raise NotStampedError(
                f"the cluster does not know ArkRun, asked in namespace {cluster.namespace}: {INSTALL}"
            ) from None
    raise AssertionError("unreachable")


async def _remove(cluster: Cluster, run: Json) -> None:
    metadata = run["metadata"]
    await cluster.client.delete(RUNS.path(metadata["namespace"], metadata["name"]), uid=metadata["uid"])
