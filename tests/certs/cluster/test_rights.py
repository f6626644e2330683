"""Missing permissions and unwritable Secrets: reported in readiness, logs and metrics, then repaired."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from arkrun_certs.rotation.state import State, decode
from certs.account import Account
from support.certs.builders import Clock
from support.certs.environment import Environment, creates, until
from support.certs.replica import Replica

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


@pytest.fixture
def account(env: Environment) -> Account:
    """Return an account with all required permissions."""
    account = Account(env)
    account.may_manage_secrets()
    account.may_inject()
    return account


def state_of(env: Environment) -> State:
    """Read the state in the Secret."""
    return decode(env.data())


async def test_the_documented_permissions_suffice(env: Environment, account: Account) -> None:
    """They cover the first start, a rotation and a deleted Secret."""
    replica = Replica(account.kubeconfig, env.settings())
    env.register(replica.port)
    async with replica:
        await until(env.settled, "the initial state")
        await asyncio.to_thread(env.begin_rotation)
        await until(env.settled, "rotated")
        await asyncio.to_thread(env.delete_secret)
        await until(env.settled, "repaired")

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
    env: Environment, account: Account, kind: str, grant: Any, told: str
) -> None:
    """The missing permission is reported, creates succeed, and the rotation completes once it is back."""
    replica = Replica(account.kubeconfig, env.settings(tick="1s"))
    env.register(replica.port)
    told = told.replace("USER", account.name).replace("CONFIGURATION", env.name)
    with capture_logs() as logs:
        async with replica:
            await until(env.settled, "the initial state")
            async with creates(env) as load:
                await asyncio.to_thread(account.revoke, kind)
                await asyncio.to_thread(env.begin_rotation)
                await until(lambda: told in replica.manager.health().reason, "readiness tells")
                lacking = replica.manager.health()
                await asyncio.to_thread(grant, account)
                await until(env.settled, "repaired")
                await until(lambda: ";" not in replica.manager.health().reason, "readiness knows")

    assert load.failures == []
    assert lacking.ready
    assert replica.metric("failures_total", reason="forbidden")
    assert any(told in str(each.get("reason")) for each in logs)
    assert state_of(env).retired


async def test_a_forbidden_configuration_does_not_block_the_others(
    env: Environment, account: Account
) -> None:
    """The second configuration gets its caBundle, and readiness names the first."""
    locked = Environment(env.control_plane, env.namespace)
    account.may_inject(locked.name)
    both = env.settings(validating_configurations=(locked.name, env.name))
    replica = Replica(account.kubeconfig, both)
    path = f"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/{locked.name}"
    told = (
        f'not trusted by ValidatingWebhookConfiguration "{locked.name}"; '
        f"PATCH {path}: the API server refused with 403: "
    )
    for each in (locked, env):
        each.register(replica.port)
    async with replica:
        await until(lambda: env.bundles() == [state_of(env).bundle], "injected")
        await until(lambda: told in replica.manager.health().reason, "readiness tells")
        ready = replica.manager.health().ready
    env.control_plane.kubectl("delete", "validatingwebhookconfiguration", locked.name)

    assert not ready


async def test_an_immutable_secret_is_reported_and_replaced_once_deleted(env: Environment) -> None:
    """The current leaf is served until the Secret has been deleted and recreated."""
    clock = Clock()
    replica = Replica(env.control_plane.kubeconfig, env.settings(tick="0.2s"), clock)
    env.register(replica.port)
    patch = ("patch", "secret", "certs", "-n", env.namespace, "--type=merge", "-p", '{"immutable":true}')
    async with replica:
        await until(env.settled, "the initial state")
        before = state_of(env)
        await asyncio.to_thread(env.control_plane.kubectl, *patch)
        async with creates(env) as load:
            clock.offset = timedelta(days=25)
            await until(lambda: "immutable" in replica.manager.health().reason, "readiness tells")
            immutable = replica.manager.health()
            await asyncio.to_thread(env.delete_secret)
            await until(lambda: env.settled() and state_of(env).authority != before.authority, "repaired")

    assert load.failures == []
    assert immutable.ready
    assert (
        f'Secret "{env.namespace}/certs" is immutable: delete it and it is recreated '
        "(the API server refused with 422: " in immutable.reason
    )
    assert before.authority.certificate in state_of(env).trusted
    assert replica.metric("failures_total", reason="refused")


async def test_a_bundle_is_restored_although_the_secret_is_immutable(env: Environment) -> None:
    """Injection does not write the Secret unless there is a rotation."""
    replica = Replica(env.control_plane.kubeconfig, env.settings(tick="1h"))
    env.register(replica.port)
    patch = ("patch", "secret", "certs", "-n", env.namespace, "--type=merge", "-p", '{"immutable":true}')
    async with replica:
        await until(env.settled, "the initial state")
        env.control_plane.kubectl(*patch)
        env.control_plane.kubectl("replace", "-f", "-", input=json.dumps(env.manifest([replica.port])))
        await until(env.settled, "repaired")
        answer = await env.create()

    assert answer.status == 201


async def test_a_secret_of_another_type_is_reported_and_replaced_once_deleted(env: Environment) -> None:
    """A type with its own required keys cannot store the certificates."""
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "certs", "namespace": env.namespace},
        "type": "kubernetes.io/basic-auth",
        "stringData": {"username": "u", "password": "p"},
    }
    env.control_plane.kubectl("create", "-f", "-", input=json.dumps(body))
    replica = Replica(env.control_plane.kubeconfig, env.settings())
    env.register(replica.port)
    async with replica:
        wrong = replica.manager.health()
        await asyncio.to_thread(env.delete_secret)
        await until(env.settled, "repaired")
        answer = await env.create()

    assert not wrong.ready
    assert wrong.reason.startswith(
        f'no certificate has been loaded yet: Secret "{env.namespace}/certs" is of type '
        '"kubernetes.io/basic-auth": delete it and it is recreated (the API server refused with 422: '
    )
    assert answer.status == 201
