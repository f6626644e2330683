"""What a release leaves in a cluster, found by names and labels in every kind that the API server lists."""

from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_PLURAL
from e2e.cluster import Cluster

# Users' own objects; the namespace, which helm did not make; what the API server derives from a CRD, and events.
NOT_OURS = (RUN_PLURAL, TEAM_PLURAL)
PASSING = ("events", "events.events.k8s.io", "namespaces", "apiservices.apiregistration.k8s.io")
COLUMNS = (
    "custom-columns=:.kind,:.metadata.namespace,:.metadata.name,:.metadata.labels.app\\.kubernetes\\.io/name"
)


def leftovers(cluster: Cluster) -> set[str]:
    """Give every object that carries our name as a label or in its own name, CRDs excepted."""
    names = cluster.kubectl("api-resources", "--verbs=list", "-o", "name").split()
    ours = {f"{plural}.{GROUP}" for plural in NOT_OURS}
    kinds = [name for name in names if name not in {*PASSING, *ours}]
    listed = cluster.kubectl(
        "get", ",".join(kinds), "-A", "--no-headers", "--ignore-not-found", "-o", COLUMNS
    )
    lines = [line.split() for line in listed.splitlines()]
    found = {" ".join(line) for line in lines if "arkrun" in " ".join(line[2:])}
    return {each for each in found if not each.startswith("CustomResourceDefinition ")}
