"""Files mode: pairs of another tool, mounted by kubelet, on the real API server."""

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from arkrun_certs import CertificateSettings
from arkrun_certs.rotation import transitions
from arkrun_certs.rotation.state import State
from certs.secret_volume import SecretVolume, files_of
from support.certs.builders import Clock, settings
from support.certs.environment import Environment, creates, until
from support.certs.replica import Replica

pytestmark = pytest.mark.cluster


def pair_now() -> State:
    """Build a pair and its CA that are valid by the system clock."""
    return transitions.create(settings(), datetime.now(UTC))


def mounted(env: Environment, mount: SecretVolume, **changes: Any) -> CertificateSettings:
    """Build settings for files mode."""
    return env.settings(**{"mode": "files", "directory": mount.directory, "file_poll": "0.1s", **changes})


def format_expiry(state: State) -> str:
    """Format the expiry of the leaf like the readiness reason."""
    return f"{state.pair.leaf.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC"


async def test_no_create_fails_while_mounts_are_updated_one_after_another(
    env: Environment, tmp_path: Path
) -> None:
    """Both CAs are trusted while one replica has the new pair and the other does not."""
    first, second = pair_now(), pair_now()
    mounts = [SecretVolume(tmp_path / name) for name in ("a", "b")]
    for mount in mounts:
        mount.put(files_of(first))
    replicas = [Replica(env.control_plane.kubeconfig, mounted(env, mount)) for mount in mounts]
    env.register(*(each.port for each in replicas))
    async with AsyncExitStack() as running:
        for each in replicas:
            await running.enter_async_context(each)
        await until(lambda: env.bundles() == [first.bundle] * 2, "the initial state")
        async with creates(env) as load:
            for mount, replica in zip(mounts, replicas, strict=True):
                mount.put(files_of(second))
                await until(partial(env.serves, replica.port, second.pair.pem), "the new pair is served")
        healths = [each.manager.health() for each in replicas]
        in_sync = [
            each.metric("bundle_in_sync", configuration=f'ValidatingWebhookConfiguration "{env.name}"')
            for each in replicas
        ]

    assert load.failures == []
    assert len(load.answers) > 3
    assert env.bundles() == [first.bundle + second.bundle] * 2
    assert [each.ready for each in healths] == [True, True]
    assert in_sync == [1, 1]
    assert replicas[0].metric("leaf_not_after_timestamp_seconds") == (
        second.pair.leaf.not_valid_after_utc.timestamp()
    )


async def test_a_mismatched_pair_is_not_served_and_readiness_says_why(
    env: Environment, tmp_path: Path
) -> None:
    """The last valid pair is served until a valid one is mounted."""
    first, second = pair_now(), pair_now()
    mount = SecretVolume(tmp_path / "tls")
    mount.put(files_of(first))
    replica = Replica(env.control_plane.kubeconfig, mounted(env, mount))
    env.register(replica.port)
    async with replica:
        await until(lambda: env.bundles() == [first.bundle], "the initial state")
        mount.put({**files_of(second), "tls.key": first.pair.key})
        await until(lambda: replica.metric("failures_total", reason="material"), "refused")
        refused = replica.manager.health()
        answer = await env.create()
        served = await asyncio.to_thread(env.serves, replica.port, first.pair.pem)
        mount.put(files_of(second))
        await until(lambda: env.serves(replica.port, second.pair.pem), "mended")
        await until(lambda: ";" not in replica.manager.health().reason, "readiness knows")

    assert refused.ready
    assert refused.reason == (
        f"the served certificate is valid until {format_expiry(first)}; {mount.directory}: "
        f"the private key does not belong to the certificate CN=webhook.default.svc"
    )
    assert served
    assert answer.status == 201


async def test_a_lost_bundle_is_restored_while_the_mounted_pair_is_invalid(
    env: Environment, tmp_path: Path
) -> None:
    """The CA of the served pair is injected again."""
    first = pair_now()
    mount = SecretVolume(tmp_path / "tls")
    mount.put(files_of(first))
    replica = Replica(env.control_plane.kubeconfig, mounted(env, mount, file_poll="1h", tick="1h"))
    env.register(replica.port)
    async with replica:
        await until(lambda: env.bundles() == [first.bundle], "the initial state")
        mount.put({"tls.crt": b"torn"})
        env.control_plane.kubectl("replace", "-f", "-", input=json.dumps(env.manifest([replica.port])))
        await until(lambda: env.bundles() == [first.bundle], "repaired")
        answer = await env.create()

    assert answer.status == 201


async def test_a_bundle_that_does_not_verify_the_pair_makes_the_server_unready(
    env: Environment, tmp_path: Path
) -> None:
    """Without ca.crt nothing is injected, so a foreign caBundle has to be corrected by its owner."""
    first, stranger = pair_now(), pair_now()
    mount = SecretVolume(tmp_path / "tls")
    mount.put({name: content for name, content in files_of(first).items() if name != "ca.crt"})
    replica = Replica(env.control_plane.kubeconfig, mounted(env, mount))
    env.register_trusting(stranger.bundle, replica.port)
    async with replica:
        distrusted = replica.manager.health()
        env.register_trusting(first.bundle, replica.port)
        await until(lambda: replica.manager.health().ready, "trusted")
        answer = await env.create()

    assert not distrusted.ready
    assert distrusted.reason == (
        f'the served certificate is not trusted by ValidatingWebhookConfiguration "{env.name}"'
    )
    assert answer.status == 201


async def test_without_configurations_no_api_access_is_needed(env: Environment, tmp_path: Path) -> None:
    """An account without any permission serves and reloads the files, as with cainjector."""
    first, second = pair_now(), pair_now()
    mount = SecretVolume(tmp_path / "tls")
    mount.put(files_of(first))
    nobody = env.control_plane.user_kubeconfig("nobody")
    replica = Replica(nobody, mounted(env, mount, validating_configurations=()))
    async with replica:
        started = replica.manager.health()
        mount.put(files_of(second))
        await until(lambda: env.serves(replica.port, second.pair.pem), "reloaded")

    assert started.ready
    assert replica.metric("failures_total", reason="forbidden") == 0


async def test_an_expired_pair_makes_the_server_unready_but_stays_served(
    env: Environment, tmp_path: Path
) -> None:
    """A mounted pair cannot be renewed here, and the server is ready again once the clock is correct."""
    first = pair_now()
    mount = SecretVolume(tmp_path / "tls")
    mount.put(files_of(first))
    clock = Clock()
    replica = Replica(env.control_plane.kubeconfig, mounted(env, mount), clock)
    env.register(replica.port)
    async with replica:
        await until(lambda: env.bundles() == [first.bundle], "the initial state")
        clock.offset = timedelta(days=40)
        over = replica.manager.health()
        during = await env.create()
        clock.offset = timedelta()
        back = replica.manager.health()

    assert not over.ready
    assert over.reason == f"the served certificate is not valid now, it ends {format_expiry(first)}"
    assert back.ready
    assert during.status == 201
