"""Objects of a release that remain in a cluster, found by name and label among all kinds."""

import time

from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_PLURAL
from e2e.cluster import Cluster

# Objects of the tests, objects that the API server derives from a CRD, and temporary objects.
USER_KINDS = (RUN_PLURAL, TEAM_PLURAL)
IGNORED_KINDS = ("events", "events.events.k8s.io", "namespaces", "apiservices.apiregistration.k8s.io")
# Helm does not wait for draining pods.
GONE_SECONDS = 90.0
COLUMNS = (
    "custom-columns=:.kind,:.metadata.namespace,:.metadata.name,:.metadata.labels.app\\.kubernetes\\.io/name"
)


def leftovers(cluster: Cluster) -> set[str]:
    """Return every object with our name in its name or label, except those kept on uninstall."""
    names = cluster.kubectl("api-resources", "--verbs=list", "-o", "name").split()
    ours = {f"{plural}.{GROUP}" for plural in USER_KINDS}
    kinds = [name for name in names if name not in {*IGNORED_KINDS, *ours}]
    listed = cluster.kubectl(
        "get", ",".join(kinds), "-A", "--no-headers", "--ignore-not-found", "-o", COLUMNS
    )
    lines = [line.split() for line in listed.splitlines()]
    named = {" ".join(line) for line in lines if "arkrun" in " ".join(line[2:])}
    return {each for each in named if not _kept(each)}


def _kept(line: str) -> bool:
    """Return True for CRDs and the policies of record and seal, which are kept on uninstall."""
    kind, _namespace, name = line.split()[:3]
    policy = kind.startswith("ValidatingAdmissionPolicy") and name.endswith(("-record", "-seal"))
    return kind == "CustomResourceDefinition" or policy


def wait_until_only(expected: set[str], cluster: Cluster) -> None:
    """Wait until only the expected objects remain; draining pods and their owners take a while."""
    deadline = time.monotonic() + GONE_SECONDS
    while (remaining := leftovers(cluster)) != expected:
        assert time.monotonic() < deadline, remaining ^ expected
        time.sleep(0.5)
