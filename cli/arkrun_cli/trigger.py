"""Create a run. Its snapshot is the webhook's to write; we only see to it that it did."""

from __future__ import annotations

from typing import Any

from arkrun_cli.cluster import Cluster
from arkrun_cli.errors import ConflictError, NotFoundError, NotStampedError, RefusedError
from arkrun_crd.names import API_VERSION, RUN_KIND, TEAM_LABEL

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


def trigger(cluster: Cluster, team: str, given: dict[str, str], *, dry_run: bool = False) -> Json:
    """Create a run of `team` in the cluster's namespace; gives it as stored, or as it would be.

    Raises NotStampedError when it comes back without a snapshot; such a run is removed again.
    """
    run = _create(cluster, new_run(team, given), dry_run=dry_run)
    if stamped(run):
        return run
    name = run["metadata"]["name"]
    if dry_run:
        raise NotStampedError(f"the run would carry no snapshot of arkteam {team}: {INSTALL}")
    _remove(cluster, run)
    raise NotStampedError(f"arkrun {name} carried no snapshot of arkteam {team} and was removed: {INSTALL}")


def stamped(run: Json) -> bool:
    """Whether the mutating webhook has been here: only it writes the label and the generation."""
    labels, spec = run["metadata"].get("labels") or {}, run["spec"]
    return labels.get(TEAM_LABEL) == spec["teamRef"] and "teamGeneration" in spec


def _create(cluster: Cluster, run: Json, *, dry_run: bool) -> Json:
    for left in reversed(range(NAME_TRIES)):
        try:
            return cluster.create(cluster.runs(cluster.namespace), run, dry_run=dry_run)
        except ConflictError as error:
            if error.reason != "AlreadyExists" or not left:
                raise
        except NotFoundError as error:
            raise _explained(error, cluster) from error
    raise AssertionError("unreachable")


def _explained(error: NotFoundError, cluster: Cluster) -> RefusedError:
    """404 on a create: the namespace, or the whole kind. The server's text for the latter helps nobody."""
    if "could not find the requested resource" not in str(error):
        return error
    return NotFoundError(
        404, "", f"the cluster does not know ArkRun, asked in namespace {cluster.namespace}: {INSTALL}"
    )


def _remove(cluster: Cluster, run: Json) -> None:
    metadata = run["metadata"]
    cluster.delete(cluster.runs(metadata["namespace"], metadata["name"]), uid=metadata["uid"])
