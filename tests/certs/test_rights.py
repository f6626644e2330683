"""Missing rights and a Secret that cannot be written: said in readiness, log and metric, then healed."""

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
    """Give an account with all rights that are needed."""
    account = Account(stage)
    account.may_keep_the_secret()
    account.may_inject()
    return account


def signing(stage: Stage) -> State:
    """Read what the Secret holds."""
    return decode(stage.data())


async def test_the_rights_of_the_docstrings_are_enough(stage: Stage, account: Account) -> None:
    """A start on an empty cluster, a roll and a deleted Secret need no further right."""
    replica = Replica(account.kubeconfig, stage.settings())
    stage.register(replica.port)
    async with replica:
        await until(stage.settled, "the beginning")
        await asyncio.to_thread(stage.begin_rotation)
        await until(stage.settled, "rolled")
        await asyncio.to_thread(stage.delete_secret)
        await until(stage.settled, "healed")

    assert replica.metric("failures_total", reason="forbidden") == 0


@pytest.mark.parametrize(
    ("kind", "give_back", "told"),
    [
        ("role", Account.may_keep_the_secret, 'secrets "certs" is forbidden: User "USER" cannot get'),
        ("clusterrole", Account.may_inject, 'configurations.admissionregistration.k8s.io "CONFIGURATION" is'),
    ],
    ids=["the Secret", "the configuration"],
)
async def test_rights_taken_away_during_a_roll_and_given_back(
    stage: Stage, account: Account, kind: str, give_back: Any, told: str
) -> None:
    """The roll rests where it was, creates go on, readiness, log and metric tell; then it ends by itself."""
    replica = Replica(account.kubeconfig, stage.settings(tick="1s"))
    stage.register(replica.port)
    told = told.replace("USER", account.name).replace("CONFIGURATION", stage.name)
    with capture_logs() as logs:
        async with replica:
            await until(stage.settled, "the beginning")
            async with creates(stage) as load:
                await asyncio.to_thread(account.may_not, kind)
                await asyncio.to_thread(stage.begin_rotation)
                await until(lambda: told in replica.manager.health().reason, "readiness tells")
                lacking = replica.manager.health()
                await asyncio.to_thread(give_back, account)
                await until(stage.settled, "healed")
                await until(lambda: ";" not in replica.manager.health().reason, "readiness knows")

    assert load.failures == []
    assert lacking.ready
    assert replica.metric("failures_total", reason="forbidden")
    assert any(told in str(each.get("reason")) for each in logs)
    assert signing(stage).retired


async def test_a_configuration_that_may_not_be_patched_keeps_none_from_being_healed(
    stage: Stage, account: Account
) -> None:
    """The first of two is out of reach: the second gets its caBundle all the same, and readiness tells."""
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
        await until(lambda: stage.bundles() == [signing(stage).bundle], "injected")
        await until(lambda: told in replica.manager.health().reason, "readiness tells")
        ready = replica.manager.health().ready
    stage.control_plane.kubectl("delete", "validatingwebhookconfiguration", locked.name)

    assert not ready


async def test_an_immutable_secret_is_named_and_its_successor_taken(stage: Stage) -> None:
    """Nobody can write it again: that is said, what is served is served on, and deleting it heals."""
    clock = Clock()
    replica = Replica(stage.control_plane.kubeconfig, stage.settings(tick="0.2s"), clock)
    stage.register(replica.port)
    patch = ("patch", "secret", "certs", "-n", stage.namespace, "--type=merge", "-p", '{"immutable":true}')
    async with replica:
        await until(stage.settled, "the beginning")
        before = signing(stage)
        await asyncio.to_thread(stage.control_plane.kubectl, *patch)
        async with creates(stage) as load:
            clock.offset = timedelta(days=25)
            await until(lambda: "immutable" in replica.manager.health().reason, "readiness tells")
            immutable = replica.manager.health()
            await asyncio.to_thread(stage.delete_secret)
            await until(lambda: stage.settled() and signing(stage).authority != before.authority, "healed")

    assert load.failures == []
    assert immutable.ready
    assert (
        f'Secret "{stage.namespace}/certs" is immutable: delete it, and a new one is made '
        "(the API server refused with 422: " in immutable.reason
    )
    assert before.authority.certificate in signing(stage).trusted
    assert replica.metric("failures_total", reason="refused")


async def test_an_immutable_secret_lets_a_reset_configuration_heal(stage: Stage) -> None:
    """Without a roll, the caBundle is put right without a write to the Secret."""
    replica = Replica(stage.control_plane.kubeconfig, stage.settings(tick="1h"))
    stage.register(replica.port)
    patch = ("patch", "secret", "certs", "-n", stage.namespace, "--type=merge", "-p", '{"immutable":true}')
    async with replica:
        await until(stage.settled, "the beginning")
        stage.control_plane.kubectl(*patch)
        stage.control_plane.kubectl("replace", "-f", "-", input=json.dumps(stage.manifest([replica.port])))
        await until(stage.settled, "healed")
        answer = await stage.create()

    assert answer.status == 201


async def test_a_secret_of_a_wrong_type_is_named_and_its_successor_taken(stage: Stage) -> None:
    """A type that wants keys of its own cannot hold ours: a start on it says so, and deleting it heals."""
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
        await until(stage.settled, "healed")
        answer = await stage.create()

    assert not wrong.ready
    assert wrong.reason.startswith(
        f'no certificate has been loaded yet: Secret "{stage.namespace}/certs" is of type '
        '"kubernetes.io/basic-auth": delete it, and a new one is made (the API server refused with 422: '
    )
    assert answer.status == 201
