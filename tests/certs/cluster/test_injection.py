"""Injection of caBundle into webhook configurations on the real API server."""

import asyncio
import base64
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from structlog.testing import capture_logs

from arkrun_certs.rotation.state import decode
from support.certs.builders import other
from support.certs.environment import Environment, creates, until
from support.certs.replica import Replica

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


def in_sync(env: Environment) -> bool:
    """Return True if every webhook has the bundle of the Secret."""
    bundle = decode(env.data()).bundle
    return all(each == bundle for each in env.bundles())


def owned_by_us(env: Environment) -> list[dict[str, Any]]:
    """Return the fields that our field manager owns."""
    fields = env.configuration()["metadata"]["managedFields"]
    return [each["fieldsV1"] for each in fields if each["manager"] == "arkrun-certs"]


async def test_our_field_manager_owns_only_the_ca_bundle(env: Environment) -> None:
    """Every other field of the configuration remains with its manager."""
    replica = Replica(env.control_plane.kubeconfig, env.settings())
    env.register(replica.port)
    async with replica:
        await until(lambda: in_sync(env), "injected")

    key = f'k:{{"name":"r{replica.port}.certs.example.com"}}'
    assert owned_by_us(env) == [
        {"f:webhooks": {key: {".": {}, "f:clientConfig": {"f:caBundle": {}}, "f:name": {}}}}
    ]


async def test_a_missing_configuration_is_never_created(env: Environment) -> None:
    """A configuration that does not exist, or was deleted, is not recreated by the injection."""
    async with Replica(env.control_plane.kubeconfig, env.settings()) as replica:
        absent = names(env)
        env.register(replica.port)
        await until(lambda: in_sync(env), "injected")
        env.control_plane.kubectl("delete", "validatingwebhookconfiguration", env.name)
        env.delete_secret()
        await until(lambda: "state.json" in env.data(), "the Secret is back")
        deleted = names(env)
        health = replica.manager.health()

    assert env.name not in absent
    assert env.name not in deleted
    assert health.ready


async def test_a_configuration_that_the_settings_do_not_name_is_unchanged(env: Environment) -> None:
    """It does not matter that its webhooks call the same server."""
    neighbour = Environment(env.control_plane, env.namespace)
    replica = Replica(env.control_plane.kubeconfig, env.settings())
    neighbour.register(replica.port)
    env.register(replica.port)
    async with replica:
        await until(lambda: in_sync(env), "injected")

    assert neighbour.bundles() == [b""]
    neighbour.control_plane.kubectl("delete", "validatingwebhookconfiguration", neighbour.name)


async def test_a_removed_bundle_is_restored_by_the_watch(env: Environment) -> None:
    """A replace without caBundle, as some GitOps tools perform it, is corrected before the next tick."""
    replica = Replica(env.control_plane.kubeconfig, env.settings(tick="1h"))
    env.register(replica.port)
    async with replica:
        await until(lambda: in_sync(env), "injected")
        manifest = json.dumps(env.manifest([replica.port]))
        env.control_plane.kubectl("replace", "-f", "-", input=manifest)
        await until(lambda: in_sync(env), "repaired")
        answer = await env.create()

    assert answer.status == 201


def patch_bundle(env: Environment, bundle: str) -> None:
    """Set caBundle with `kubectl patch`."""
    patch = [{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": bundle}]
    arguments = ("--type=json", "--field-manager=somebody", "-p", json.dumps(patch))
    env.control_plane.kubectl("patch", "validatingwebhookconfiguration", env.name, *arguments)


def force_bundle(env: Environment, bundle: str) -> None:
    """Set caBundle by a forced server-side apply, as a GitOps tool may do."""
    arguments = ("apply", "--server-side", "--field-manager=somebody", "--force-conflicts", "-f", "-")
    manifest = env.manifest(env.ports, caBundle=bundle)
    env.control_plane.kubectl(*arguments, input=json.dumps(manifest))


@pytest.mark.parametrize("take", [patch_bundle, force_bundle])
async def test_a_bundle_of_another_manager_is_replaced_and_the_manager_logged(
    env: Environment, take: Callable[[Environment, str], None]
) -> None:
    """The metric counts it once."""
    replica = Replica(env.control_plane.kubeconfig, env.settings(tick="1h"))
    env.register(replica.port)
    with capture_logs() as logs:
        async with replica:
            await until(lambda: in_sync(env), "injected")
            take(env, base64.b64encode(other().bundle).decode())
            await until(lambda: in_sync(env), "repaired")
            overruled = replica.metric("failures_total", reason="overruled")

    assert [each for each in logs if "manager" in each] == [
        {
            "event": "another manager set the caBundle, overruling it",
            "configuration": f'ValidatingWebhookConfiguration "{env.name}"',
            "manager": "somebody",
            "log_level": "warning",
        }
    ]
    assert overruled == 1


async def test_a_configuration_that_is_created_later_is_injected(env: Environment) -> None:
    """The server is ready with the first configuration, and metrics exist only for existing ones."""
    late = Environment(env.control_plane, env.namespace)
    both = env.settings(validating_configurations=(env.name, late.name), tick="1h")
    replica = Replica(env.control_plane.kubeconfig, both)
    env.register(replica.port)
    name = f'ValidatingWebhookConfiguration "{late.name}"'
    async with replica:
        await until(env.settled, "the initial state")
        before = replica.manager.health(), replica.metric("bundle_in_sync", configuration=name)
        late.register(replica.port)
        await until(lambda: in_sync(late), "injected")
        await until(lambda: replica.metric("bundle_in_sync", configuration=name) == 1, "the metric knows")
        answer = await env.create()
        late.control_plane.kubectl("delete", "validatingwebhookconfiguration", late.name)
        await until(lambda: replica.metric("bundle_in_sync", configuration=name) is None, "it is gone")

    assert before[0].ready
    assert before[1] is None
    assert answer.status == 201


async def test_a_rotation_completes_after_a_configuration_was_deleted_and_recreated(
    env: Environment,
) -> None:
    """While the new CA settles, its configuration loses caBundle: the CA is published again first."""
    replica = Replica(env.control_plane.kubeconfig, env.settings(tick="1h"))
    env.register(replica.port)
    async with replica:
        await until(env.settled, "the initial state")
        first = decode(env.data()).authority
        await asyncio.to_thread(env.begin_rotation)
        await until(lambda: decode(env.data()).published, "the new CA settles")
        env.control_plane.kubectl("delete", "validatingwebhookconfiguration", env.name)
        env.register(replica.port)
        await until(lambda: env.settled() and decode(env.data()).authority != first, "rotated")
        answer = await env.create()

    assert answer.status == 201


HELMS = {
    "Helm 4": ("helm", "--server-side=true"),
    "Helm 4, client side": ("helm", "--server-side=false"),
    "Helm 3": ("helm3",),
}
REPLACING = {
    "Helm 4": ("helm", "--server-side=false", "--force-replace"),
    "Helm 3": ("helm3", "--force"),
}


class Release:
    """A chart with the configuration of the environment, which a value changes."""

    def __init__(
        self, env: Environment, directory: Path, ports: Sequence[int], helm: tuple[str, ...]
    ) -> None:
        self._env = env
        self._directory = directory
        self._program, *self._arguments = helm
        manifest = env.manifest(ports)
        manifest["webhooks"][0]["timeoutSeconds"] = "SECONDS"
        template = yaml.safe_dump(manifest).replace("SECONDS", "{{ .Values.seconds }}")
        (directory / "templates").mkdir()
        (directory / "Chart.yaml").write_text("{apiVersion: v2, name: certs-test, version: 0.1.0}")
        (directory / "templates" / "webhook.yaml").write_text(template)

    def install(self) -> None:
        """Install the release."""
        self._helm("install", 5)

    def upgrade(self, seconds: int) -> None:
        """Change a field of the configuration."""
        self._helm("upgrade", seconds, *(each for each in self._arguments if "force" in each))

    def _helm(self, verb: str, seconds: int, *more: str) -> None:
        where = (
            "certs-test",
            str(self._directory),
            "--namespace",
            self._env.namespace,
            f"--set=seconds={seconds}",
        )
        side = (each for each in self._arguments if "force" not in each)
        getattr(self._env.control_plane, self._program)(verb, *where, *side, *more)


@pytest.mark.parametrize("helm", HELMS.values(), ids=HELMS.keys())
async def test_a_helm_upgrade_leaves_the_bundle_unchanged(
    env: Environment, tmp_path: Path, helm: tuple[str, ...]
) -> None:
    """The upgrade causes no conflict, no second injection and no failed create."""
    replica = Replica(env.control_plane.kubeconfig, env.settings(tick="1h"))
    release = Release(env, tmp_path, [replica.port], helm)
    await asyncio.to_thread(release.install)
    async with replica:
        await until(lambda: in_sync(env), "injected")
        await until(lambda: replica.metric("actions_total", action="inject") == 1, "the metric knows")
        async with creates(env) as load:
            for seconds in (6, 7):
                await asyncio.to_thread(release.upgrade, seconds)
        after = replica.metric("actions_total", action="inject")

    webhook = env.configuration()["webhooks"][0]
    assert webhook["timeoutSeconds"] == 7
    assert in_sync(env)
    assert after == 1
    assert load.failures == []


@pytest.mark.parametrize("helm", REPLACING.values(), ids=REPLACING.keys())
async def test_the_bundle_is_restored_after_a_forced_helm_upgrade(
    env: Environment, tmp_path: Path, helm: tuple[str, ...]
) -> None:
    """A forced upgrade replaces the configuration without caBundle, and the watch restores it."""
    replica = Replica(env.control_plane.kubeconfig, env.settings(tick="1h"))
    release = Release(env, tmp_path, [replica.port], helm)
    await asyncio.to_thread(release.install)
    async with replica:
        await until(lambda: in_sync(env), "injected")
        await asyncio.to_thread(release.upgrade, 6)
        await until(lambda: in_sync(env), "repaired")
        await until(lambda: replica.metric("actions_total", action="inject") == 2, "the metric knows")
        answer = await env.create()
        injected = replica.metric("actions_total", action="inject")

    assert env.configuration()["webhooks"][0]["timeoutSeconds"] == 6
    assert injected == 2
    assert answer.status == 201


def names(env: Environment) -> list[str]:
    """Return the names of all validating configurations."""
    listed = env.control_plane.kubectl("get", "validatingwebhookconfigurations", "-o", "json").stdout
    return [each["metadata"]["name"] for each in json.loads(listed)["items"]]
