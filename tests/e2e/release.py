"""A release of the chart, managed with Helm 3 or Helm 4."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from e2e.cluster import Cluster
from support.repository import CHART

# A previous version of the chart; see the README beside it.
OLD_CHART = Path(__file__).with_name("charts") / "arkrun-0.0.9.tgz"
TIMEOUT = "--timeout=180s"
# The strictest Pod Security level, enforced and not only warned about.
RESTRICTED = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}

Helm = Literal["helm", "helm3"]


class Release:
    """A release in a namespace with Pod Security `restricted`."""

    def __init__(
        self, cluster: Cluster, *, helm: Helm = "helm", name: str = "arkrun", namespace: str = "arkrun-system"
    ) -> None:
        self.cluster = cluster
        self.helm: Helm = helm
        self.name = name
        self.namespace = namespace

    @property
    def fullname(self) -> str:
        """Return the prefix of the names of the chart's objects."""
        return self.name if "arkrun" in self.name else f"{self.name}-arkrun"

    @property
    def selector(self) -> str:
        """The label selector of the webhook's pods."""
        return f"app.kubernetes.io/instance={self.name},app.kubernetes.io/component=webhook"

    def install(self, values: Mapping[str, Any] | None = None, *, chart: Path = CHART) -> None:
        """Install the chart and wait until the API server calls the webhook."""
        self.make_namespace()
        self._deploy("install", chart, values or {})

    def take_over(self, values: Mapping[str, Any] | None = None, *, chart: Path = CHART) -> None:
        """Install the chart and adopt CRDs that another release left."""
        self.make_namespace()
        self._deploy("install", chart, values or {}, "--take-ownership")

    def upgrade(self, values: Mapping[str, Any] | None = None, *, chart: Path = CHART) -> None:
        """Upgrade the release with exactly these values."""
        self._deploy("upgrade", chart, values or {})

    def rollback(self) -> None:
        """Roll back to the previous revision."""
        self._helm("rollback", self.name, "--wait", TIMEOUT)

    def uninstall(self) -> None:
        """Uninstall the release if it is installed."""
        self._helm("uninstall", self.name, "--ignore-not-found", "--wait", TIMEOUT)

    def make_namespace(self) -> None:
        """Create the release's namespace unless it exists."""
        body = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": self.namespace, "labels": RESTRICTED},
        }
        self.cluster.kubectl("apply", "-f", "-", input=json.dumps(body))

    def pods(self) -> list[dict[str, Any]]:
        """Return the webhook's pods that are not being deleted."""
        listed = self.kubectl("get", "pods", "-l", self.selector, "-o", "json")
        pods: list[dict[str, Any]] = json.loads(listed)["items"]
        return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl in the release's namespace."""
        return self.cluster.kubectl("-n", self.namespace, *arguments)

    def wait_for_rollout(self) -> None:
        """Wait until all pods are up to date and ready."""
        self.kubectl("rollout", "status", f"deployment/{self.fullname}", TIMEOUT)

    def _deploy(self, verb: str, chart: Path, values: Mapping[str, Any], *flags: str) -> None:
        file = self.cluster.directory / f"{self.name}-values.json"
        file.write_text(json.dumps({**image(self.cluster.image), **values}))
        self._helm(verb, self.name, str(chart), "--values", str(file), "--wait", TIMEOUT, *flags)

    def _helm(self, *arguments: str) -> None:
        self.cluster.run(self.helm, *arguments, "--namespace", self.namespace)


def image(name: str) -> dict[str, Any]:
    """Return the values for an image by its repository:tag or repository@digest."""
    repository, at, digest = name.partition("@")
    if at:
        return {"image": {"repository": repository, "digest": digest}}
    repository, _, tag = name.rpartition(":")
    return {"image": {"repository": repository, "tag": tag}}
