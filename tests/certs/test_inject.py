"""Whose field caBundle is, on the real API server."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from structlog.testing import capture_logs

from arkrun_certs.state import decode
from builders_certs import other
from certs_stage import Stage, until
from replica import Replica

pytestmark = pytest.mark.cluster


def in_sync(stage: Stage) -> bool:
    """Whether every webhook trusts the bundle of the Secret."""
    bundle = decode(stage.data()).bundle
    return all(each == bundle for each in stage.bundles())


def owned_by_us(stage: Stage) -> list[dict[str, Any]]:
    """List what the API server thinks is ours."""
    fields = stage.configuration()["metadata"]["managedFields"]
    return [each["fieldsV1"] for each in fields if each["manager"] == "arkrun-certs"]


async def test_our_manager_owns_the_bundle_and_nothing_else(stage: Stage) -> None:
    """Server-side apply gives us caBundle of each webhook; every other field stays whose it was."""
    replica = Replica(stage.control_plane.kubeconfig, stage.settings())
    stage.register(replica.port)
    async with replica:
        await until(lambda: in_sync(stage), "injected")

    key = f'k:{{"name":"r{replica.port}.certs.example.com"}}'
    assert owned_by_us(stage) == [
        {"f:webhooks": {key: {".": {}, "f:clientConfig": {"f:caBundle": {}}, "f:name": {}}}}
    ]


async def test_a_configuration_is_never_created(stage: Stage) -> None:
    """A named configuration that does not exist stays away, before and after it was deleted."""
    async with Replica(stage.control_plane.kubeconfig, stage.settings()) as replica:
        absent = names(stage)
        stage.register(replica.port)
        await until(lambda: in_sync(stage), "injected")
        stage.control_plane.kubectl("delete", "validatingwebhookconfiguration", stage.name)
        stage.delete_secret()
        await until(lambda: "state.json" in stage.data(), "the Secret is back")
        deleted = names(stage)
        health = replica.keeper.health()

    assert stage.name not in absent
    assert stage.name not in deleted
    assert health.ready


async def test_a_configuration_that_is_not_named_is_left_alone(stage: Stage) -> None:
    """Only configurations of the settings are touched, whatever their webhooks point at."""
    neighbour = Stage(stage.control_plane, stage.namespace)
    replica = Replica(stage.control_plane.kubeconfig, stage.settings())
    neighbour.register(replica.port)
    stage.register(replica.port)
    async with replica:
        await until(lambda: in_sync(stage), "injected")

    assert neighbour.bundles() == [b""]
    neighbour.control_plane.kubectl("delete", "validatingwebhookconfiguration", neighbour.name)


async def test_a_reset_heals(stage: Stage) -> None:
    """A replace without caBundle, as some GitOps tools do, is healed by a watch, not by a tick."""
    replica = Replica(stage.control_plane.kubeconfig, stage.settings(tick="1h"))
    stage.register(replica.port)
    async with replica:
        await until(lambda: in_sync(stage), "injected")
        manifest = json.dumps(stage.manifest([replica.port]))
        stage.control_plane.kubectl("replace", "-f", "-", input=manifest)
        await until(lambda: in_sync(stage), "healed")
        answer = await stage.create()

    assert answer.status == 201


async def test_another_manager_is_overruled_and_named(stage: Stage) -> None:
    """A bundle set by hand is put right, and the log names the manager that had set it."""
    replica = Replica(stage.control_plane.kubeconfig, stage.settings(tick="1h"))
    stage.register(replica.port)
    theirs = base64.b64encode(other().bundle).decode()
    patch = [{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": theirs}]
    arguments = ("--type=json", "--field-manager=somebody", "-p", json.dumps(patch))
    with capture_logs() as logs:
        async with replica:
            await until(lambda: in_sync(stage), "injected")
            stage.control_plane.kubectl("patch", "validatingwebhookconfiguration", stage.name, *arguments)
            await until(lambda: in_sync(stage), "healed")
            overruled = replica.metric("failures_total", reason="overruled")

    assert [each for each in logs if "manager" in each] == [
        {
            "event": "another manager set the caBundle, overruling it",
            "configuration": f'ValidatingWebhookConfiguration "{stage.name}"',
            "manager": "somebody",
            "log_level": "warning",
        }
    ]
    assert overruled == 1


@pytest.mark.parametrize("server_side", ["true", "false"], ids=["Helm 4", "as Helm 3 does"])
async def test_helm_upgrades_leave_the_bundle_alone(stage: Stage, tmp_path: Path, server_side: str) -> None:
    """An upgrade that changes the configuration keeps the bundle, and finds no conflict."""
    replica = Replica(stage.control_plane.kubeconfig, stage.settings(tick="1h"))
    manifest = stage.manifest([replica.port])
    manifest["webhooks"][0]["timeoutSeconds"] = "SECONDS"
    template = yaml.safe_dump(manifest).replace("SECONDS", "{{ .Values.seconds }}")
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("{apiVersion: v2, name: stage, version: 0.1.0}")
    (tmp_path / "templates" / "webhook.yaml").write_text(template)

    def helm(verb: str, seconds: int) -> None:
        where = ("--namespace", stage.namespace, f"--set=seconds={seconds}", f"--server-side={server_side}")
        stage.control_plane.helm(verb, "stage", str(tmp_path), *where)

    helm("install", 5)
    async with replica:
        await until(lambda: in_sync(stage), "injected")
        before = replica.metric("actions_total", action="inject")
        for seconds in (6, 7):
            await asyncio.to_thread(helm, "upgrade", seconds)
        answer = await stage.create()
        after = replica.metric("actions_total", action="inject")

    webhook = stage.configuration()["webhooks"][0]
    assert webhook["timeoutSeconds"] == 7
    assert in_sync(stage)
    assert before == after == 1
    assert answer.status == 201


def names(stage: Stage) -> list[str]:
    """List all validating configurations."""
    listed = stage.control_plane.kubectl("get", "validatingwebhookconfigurations", "-o", "json").stdout
    return [each["metadata"]["name"] for each in json.loads(listed)["items"]]
