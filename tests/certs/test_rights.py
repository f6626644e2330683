"""Missing permissions and unwritable Secrets: reported in readiness, logs and metrics, then repaired."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from arkrun_certs.rotation.state import State, decode
from builders_certs import Clock
from certs_account import Account
from certs_stage import Stage, creates, until
from replica import Replica

pytestmark = pytest.mark.cluster


@pytest.fixture
def account(stage: Stage) -> Account:
    """Return an account with all required permissions."""
    account = Account(stage)
    account.may_manage_secrets()
    account.may_inject()
    return account


def state_of(stage: Stage) -> State:
    """Read the state in the Secret."""
    return decode(stage.data())


async def test_the_documented_permissions_suffice(stage: Stage, account: Account) -> None:
    """They cover the first start, a rotation and a deleted Secret."""
    replica = Replica(account.kubeconfig, stage.settings())
    stage.register(replica.port)
    async with replica:
        await until(stage.settled, "the initial state")
        await asyncio.to_thread(stage.begin_rotation)
        await until(stage.settled, "rotated")
        await asyncio.to_thread(stage.delete_secret)
        await until(stage.settled, "repaired")

    assert replica.metric("failures_total", reason="forbidden") == 0


@pytest.mark.parametrize(
    ("kind", "grant", "told"),
    [
        ("role", Account.may_manage_secrets, 'secrets "certs" is forbidden: User "USER" cannot get'),
        ("clusterrole", Account.may_inject, 'configurations.admissionregistration.k8s.io "CONFIGURATION" is'),
    ],
    ids=["the Secret", "the configuration"],
)
async def test_a_rotation_waits_for_revoked_permissions(
    stage: Stage, account: Account, kind: str, grant: Any, told: str
) -> None:
    """The missing permission is reported, creates succeed, and the rotation completes once it is back."""
    replica = Replica(account.kubeconfig, stage.settings(tick="1s"))
    stage.register(replica.port)
    told = told.replace("USER", account.name).replace("CONFIGURATION", stage.name)
    with capture_logs() as logs:
        async with replica:
            await until(stage.settled, "the initial state")
            async with creates(stage) as load:
                await asyncio.to_thread(account.revoke, kind)
                await asyncio.to_thread(stage.begin_rotation)
                await until(lambda: told in replica.manager.health().reason, "readiness tells")
                lacking = replica.manager.health()
                await asyncio.to_thread(grant, account)
                await until(stage.settled, "repaired")
                await until(lambda: ";" not in replica.manager.health().reason, "readiness knows")

    assert load.failures == []
    assert lacking.ready
    assert replica.metric("failures_total", reason="forbidden")
    assert any(told in str(each.get("reason")) for each in logs)
    assert state_of(stage).retired


async def test_a_forbidden_configuration_does_not_block_the_others(stage: Stage, account: Account) -> None:
    """The second configuration gets its caBundle, and readiness names the first."""
    locked = Stage(stage.control_plane, stage.namespace)
    account.may_inject(locked.name)
    both = stage.settings(validating_configurations=(locked.name, stage.name))
    replica = Replica(account.kubeconfig, both)
    path = f"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/{locked.name}"
    told = (
        f'not trusted by ValidatingWebhookConfiguration "{locked.name}"; '
        f"PATCH {path}: the API server refused with 403: "
    )
    for each in (locked, stage):
        each.register(replica.port)
    async with replica:
        await until(lambda: stage.bundles() == [state_of(stage).bundle], "injected")
        await until(lambda: told in replica.manager.health().reason, "readiness tells")
        ready = replica.manager.health().ready
    stage.control_plane.kubectl("delete", "validatingwebhookconfiguration", locked.name)

    assert not ready


async def test_an_immutable_secret_is_reported_and_replaced_once_deleted(stage: Stage) -> None:
    """The current leaf is served until the Secret has been deleted and recreated."""
    clock = Clock()
    replica = Replica(stage.control_plane.kubeconfig, stage.settings(tick="0.2s"), clock)
    stage.register(replica.port)
    patch = ("patch", "secret", "certs", "-n", stage.namespace, "--type=merge", "-p", '{"immutable":true}')
    async with replica:
        await until(stage.settled, "the initial state")
        before = state_of(stage)
        await asyncio.to_thread(stage.control_plane.kubectl, *patch)
        async with creates(stage) as load:
            clock.offset = timedelta(days=25)
            await until(lambda: "immutable" in replica.manager.health().reason, "readiness tells")
            immutable = replica.manager.health()
            await asyncio.to_thread(stage.delete_secret)
            await until(lambda: stage.settled() and state_of(stage).authority != before.authority, "repaired")

    assert load.failures == []
    assert immutable.ready
    assert (
        f'Secret "{stage.namespace}/certs" is immutable: delete it and it is recreated '
        "(the API server refused with 422: " in immutable.reason
    )
    assert before.authority.certificate in state_of(stage).trusted
    assert replica.metric("failures_total", reason="refused")


async def test_a_bundle_is_restored_although_the_secret_is_immutable(stage: Stage) -> None:
    """Injection does not write the Secret unless there is a rotation."""
    replica = Replica(stage.control_plane.kubeconfig, stage.settings(tick="1h"))
    stage.register(replica.port)
    patch = ("patch", "secret", "certs", "-n", stage.namespace, "--type=merge", "-p", '{"immutable":true}')
    async with replica:
        await until(stage.settled, "the initial state")
        stage.control_plane.kubectl(*patch)
        stage.control_plane.kubectl("replace", "-f", "-", input=json.dumps(stage.manifest([replica.port])))
        await until(stage.settled, "repaired")
        answer = await stage.create()

    assert answer.status == 201


async def test_a_secret_of_another_type_is_reported_and_replaced_once_deleted(stage: Stage) -> None:
    """A type with its own required keys cannot store the certificates."""
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "certs", "namespace": stage.namespace},
        "type": "kubernetes.io/basic-auth",
        "stringData": {"username": "u", "password": "p"},
    }
    stage.control_plane.kubectl("create", "-f", "-", input=json.dumps(body))
    replica = Replica(stage.control_plane.kubeconfig, stage.settings())
    stage.register(replica.port)
    async with replica:
        wrong = replica.manager.health()
        await asyncio.to_thread(stage.delete_secret)
        await until(stage.settled, "repaired")
        answer = await stage.create()

    assert not wrong.ready
    assert wrong.reason.startswith(
        f'no certificate has been loaded yet: Secret "{stage.namespace}/certs" is of type '
        '"kubernetes.io/basic-auth": delete it and it is recreated (the API server refused with 422: '
    )
    assert answer.status == 201
