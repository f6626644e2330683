"""The secret path in a release with a Service: no drift for GitOps tools and no conflicts for Helm."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import yaml

from arkrun_certs import CertificateSettings
from arkrun_certs.rotation.token_state import decode
from arkrun_webhook.settings import PATHS
from controlplane import Answer, ControlPlane
from support.certs.environment import until
from support.certs.replica import Replica
from support.cluster.installation import CONFIGURATIONS, REGISTRATIONS
from support.rendering import Rendering
from support.repository import CHART

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


class Release:
    """The chart with a Service, whose pods are replaced by a replica in this process."""

    def __init__(self, plane: ControlPlane, namespace: str, *, helm3: bool) -> None:
        self.plane = plane
        self.name = namespace
        self._helm = plane.helm3 if helm3 else plane.helm
        off = {"enabled": False}
        self.values: dict[str, Any] = {
            "fullnameOverride": namespace,
            "crds": {"arkruns": off, "arkteams": off},
            "policies": off,
            "startupCheck": {"hook": "none"},
            "webhook": {"namespaceSelector": {"matchLabels": {"nobody": "has"}}},
        }

    def helm(self, verb: str, **values: Any) -> None:
        arguments = [f"--set-json={key}={json.dumps(value)}" for key, value in (self.values | values).items()]
        self._helm(verb, self.name, str(CHART), "--namespace", self.name, *arguments)

    def uninstall(self) -> None:
        self._helm("uninstall", self.name, "--namespace", self.name)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """Run a replica as a pod would, until the block ends."""
        settings = CertificateSettings(
            namespace=self.name,
            secret=f"{self.name}-cert",
            dns_names=("webhook",),
            mutating_configurations=(self.name,),
            validating_configurations=(self.name,),
            labels={"app.kubernetes.io/managed-by": "Helm"},
            annotations={
                "meta.helm.sh/release-name": self.name,
                "meta.helm.sh/release-namespace": self.name,
            },
            paths=PATHS,
            path_secret=f"{self.name}-path",
        )
        async with Replica(self.plane.kubeconfig, settings):
            await until(self.is_written, "the path is written")
            yield

    def secret(self) -> Answer:
        return self.plane.api.call("GET", f"/api/v1/namespaces/{self.name}/secrets/{self.name}-path")

    def paths(self) -> dict[str, str]:
        """Return the path in each webhook's URL."""
        answers = [
            self.plane.api.call("GET", f"{REGISTRATIONS}/{each}/{self.name}")
            for each in CONFIGURATIONS.values()
        ]
        hooks = [hook for answer in answers for hook in answer.json()["webhooks"]]
        return {hook["name"]: hook["clientConfig"]["service"].get("path", "") for hook in hooks}

    def is_written(self) -> bool:
        """Return True if every webhook's path has the token from the Secret."""
        data = self.secret().json().get("data", {})
        if not data:
            return False
        token = decode({key: b64decode(value) for key, value in data.items()}).current
        return self.paths() == {name: f"/{token}{PATHS[name]}" for name in self.paths()}

    def drift(self, chart: Rendering, *arguments: str) -> str:
        """Return the diff between the rendered and the live objects, as a GitOps tool computes it."""
        kinds = (*CONFIGURATIONS, "Secret", "Role", "ClusterRole")
        objects = [
            each
            for each in chart.objects(self.values, release=self.name, namespace=self.name)
            if each["kind"] in kinds
        ]
        text = yaml.safe_dump_all(objects)
        return self.plane.kubectl("diff", *arguments, "-f", "-", input=text).stdout


@pytest.mark.parametrize("helm3", [False, True], ids=["Helm 4", "Helm 3"])
async def test_a_release_with_the_path_neither_drifts_nor_conflicts(
    control_plane: ControlPlane, namespace: str, chart: Rendering, helm3: bool
) -> None:
    """Upgrades work, even after the Secret was deleted, and uninstalling removes everything."""
    release = Release(control_plane, namespace, helm3=helm3)
    await asyncio.to_thread(release.helm, "install")
    async with release.served():
        before = release.paths()
        drift = [
            await asyncio.to_thread(
                release.drift, chart, "--server-side", "--field-manager=argocd-controller"
            ),
            await asyncio.to_thread(release.drift, chart),
        ]
        await asyncio.to_thread(release.helm, "upgrade", replicaCount=3)
        after = release.paths()
        control_plane.kubectl("-n", namespace, "delete", "secret", f"{namespace}-path")
        await until(release.is_written, "the Secret is back")
        await asyncio.to_thread(release.helm, "upgrade", replicaCount=1)
        upgraded = release.is_written()
    await asyncio.to_thread(release.uninstall)

    assert drift == ["", ""]
    assert after == before
    assert upgraded
    assert release.secret().status == 404
