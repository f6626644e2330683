"""Objects of a release that remain in a cluster, found by name and label in every kind."""

import time

from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_PLURAL
from e2e.cluster import Cluster

# What the tests made, what the API server derives from a CRD, and what passes by itself.
NOT_OURS = (RUN_PLURAL, TEAM_PLURAL)
PASSING = ("events", "events.events.k8s.io", "namespaces", "apiservices.apiregistration.k8s.io")
# Helm does not wait for pods that drain.
GONE_SECONDS = 90.0
COLUMNS = (
    "custom-columns=:.kind,:.metadata.namespace,:.metadata.name,:.metadata.labels.app\\.kubernetes\\.io/name"
)


def leftovers(cluster: Cluster) -> set[str]:
    """List every object that carries our name as a label or in its own name, but for what is kept."""
    names = cluster.kubectl("api-resources", "--verbs=list", "-o", "name").split()
    ours = {f"{plural}.{GROUP}" for plural in NOT_OURS}
    kinds = [name for name in names if name not in {*PASSING, *ours}]
    listed = cluster.kubectl(
        "get", ",".join(kinds), "-A", "--no-headers", "--ignore-not-found", "-o", COLUMNS
    )
    lines = [line.split() for line in listed.splitlines()]
    found = {" ".join(line) for line in lines if "arkrun" in " ".join(line[2:])}
    return {each for each in found if not _kept(each)}


def _kept(line: str) -> bool:
    """Return True for CRDs and the policy of the record, which stay with the runs."""
    kind, _namespace, name = line.split()[:3]
    policy = kind.startswith("ValidatingAdmissionPolicy") and name.endswith("-record")
    return kind == "CustomResourceDefinition" or policy


def wait_until_only(expected: set[str], cluster: Cluster) -> None:
    """Wait until no more is left than is expected; pods that drain and what owns them take a while."""
    deadline = time.monotonic() + GONE_SECONDS
    while (found := leftovers(cluster)) != expected:
        assert time.monotonic() < deadline, found ^ expected
        time.sleep(0.5)
