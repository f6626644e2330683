"""Pairs that others make and kubelet mounts, on the real API server and in real handshakes."""

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
from builders_certs import Clock, settings
from certs_stage import Stage, creates, until
from mount import Mount, files_of
from replica import Replica

pytestmark = pytest.mark.cluster


def pair_now() -> State:
    """Make a pair and its CA that are valid by the true clock."""
    return transitions.create(settings(), datetime.now(UTC))


def mounted(stage: Stage, mount: Mount, **changes: Any) -> CertificateSettings:
    """Make settings of the files mode."""
    return stage.settings(**{"mode": "files", "directory": mount.directory, "file_poll": "0.1s", **changes})


def ends(state: State) -> str:
    """Tell when a leaf ends, as readiness does."""
    return f"{state.pair.leaf.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC"


async def test_a_swap_that_reaches_replicas_one_after_the_other_loses_no_create(
    stage: Stage, tmp_path: Path
) -> None:
    """Old and new CA are trusted while one kubelet has swapped and the other has not."""
    first, second = pair_now(), pair_now()
    mounts = [Mount(tmp_path / name) for name in ("a", "b")]
    for mount in mounts:
        mount.put(files_of(first))
    replicas = [Replica(stage.control_plane.kubeconfig, mounted(stage, mount)) for mount in mounts]
    stage.register(*(each.port for each in replicas))
    async with AsyncExitStack() as running:
        for each in replicas:
            await running.enter_async_context(each)
        await until(lambda: stage.bundles() == [first.bundle] * 2, "the beginning")
        async with creates(stage) as load:
            for mount, replica in zip(mounts, replicas, strict=True):
                mount.put(files_of(second))
                await until(partial(stage.serves, replica.port, second.pair.pem), "the new pair is served")
        healths = [each.manager.health() for each in replicas]
        in_sync = [
            each.metric("bundle_in_sync", configuration=f'ValidatingWebhookConfiguration "{stage.name}"')
            for each in replicas
        ]

    assert load.failures == []
    assert len(load.answers) > 3
    assert stage.bundles() == [first.bundle + second.bundle] * 2
    assert [each.ready for each in healths] == [True, True]
    assert in_sync == [1, 1]
    assert replicas[0].metric("leaf_not_after_timestamp_seconds") == (
        second.pair.leaf.not_valid_after_utc.timestamp()
    )


async def test_a_pair_that_is_no_good_is_not_served_and_readiness_tells(stage: Stage, tmp_path: Path) -> None:
    """A mismatched pair leaves the last good one in service until a good one comes; the reason is shown."""
    first, second = pair_now(), pair_now()
    mount = Mount(tmp_path / "tls")
    mount.put(files_of(first))
    replica = Replica(stage.control_plane.kubeconfig, mounted(stage, mount))
    stage.register(replica.port)
    async with replica:
        await until(lambda: stage.bundles() == [first.bundle], "the beginning")
        mount.put({**files_of(second), "tls.key": first.pair.key})
        await until(lambda: replica.metric("failures_total", reason="material"), "refused")
        refused = replica.manager.health()
        answer = await stage.create()
        served = await asyncio.to_thread(stage.serves, replica.port, first.pair.pem)
        mount.put(files_of(second))
        await until(lambda: stage.serves(replica.port, second.pair.pem), "mended")
        await until(lambda: ";" not in replica.manager.health().reason, "readiness knows")

    assert refused.ready
    assert refused.reason == (
        f"the served certificate is valid until {ends(first)}; {mount.directory}: "
        f"the private key does not belong to the certificate CN=webhook.default.svc"
    )
    assert served
    assert answer.status == 201


async def test_a_reset_while_the_pair_is_torn_heals(stage: Stage, tmp_path: Path) -> None:
    """What is served stays trusted, whatever the mount holds just now."""
    first = pair_now()
    mount = Mount(tmp_path / "tls")
    mount.put(files_of(first))
    replica = Replica(stage.control_plane.kubeconfig, mounted(stage, mount, file_poll="1h", tick="1h"))
    stage.register(replica.port)
    async with replica:
        await until(lambda: stage.bundles() == [first.bundle], "the beginning")
        mount.put({"tls.crt": b"torn"})
        stage.control_plane.kubectl("replace", "-f", "-", input=json.dumps(stage.manifest([replica.port])))
        await until(lambda: stage.bundles() == [first.bundle], "healed")
        answer = await stage.create()

    assert answer.status == 201


async def test_a_configuration_that_trusts_somebody_else_makes_unready(stage: Stage, tmp_path: Path) -> None:
    """Without a ca.crt nothing is injected, so a caBundle that does not verify the pair is all there is."""
    first, stranger = pair_now(), pair_now()
    mount = Mount(tmp_path / "tls")
    mount.put({name: content for name, content in files_of(first).items() if name != "ca.crt"})
    replica = Replica(stage.control_plane.kubeconfig, mounted(stage, mount))
    stage.register_trusting(stranger.bundle, replica.port)
    async with replica:
        distrusted = replica.manager.health()
        stage.register_trusting(first.bundle, replica.port)
        await until(lambda: replica.manager.health().ready, "trusted")
        answer = await stage.create()

    assert not distrusted.ready
    assert distrusted.reason == (
        f'the served certificate is not trusted by ValidatingWebhookConfiguration "{stage.name}"'
    )
    assert answer.status == 201


async def test_with_cainjector_the_files_are_all_that_is_looked_at(stage: Stage, tmp_path: Path) -> None:
    """Without configurations to inject, no object is read: an account without any right is enough."""
    first, second = pair_now(), pair_now()
    mount = Mount(tmp_path / "tls")
    mount.put(files_of(first))
    nobody = stage.control_plane.user_kubeconfig("nobody")
    replica = Replica(nobody, mounted(stage, mount, validating_configurations=()))
    async with replica:
        started = replica.manager.health()
        mount.put(files_of(second))
        await until(lambda: stage.serves(replica.port, second.pair.pem), "reloaded")

    assert started.ready
    assert replica.metric("failures_total", reason="forbidden") == 0


async def test_a_clock_that_jumps_over_the_end_tells_and_comes_back(stage: Stage, tmp_path: Path) -> None:
    """A mounted pair cannot be renewed here: readiness says that it is over, and the pair is served on."""
    first = pair_now()
    mount = Mount(tmp_path / "tls")
    mount.put(files_of(first))
    clock = Clock()
    replica = Replica(stage.control_plane.kubeconfig, mounted(stage, mount), clock)
    stage.register(replica.port)
    async with replica:
        await until(lambda: stage.bundles() == [first.bundle], "the beginning")
        clock.offset = timedelta(days=40)
        over = replica.manager.health()
        during = await stage.create()
        clock.offset = timedelta()
        back = replica.manager.health()

    assert not over.ready
    assert over.reason == f"the served certificate is not valid now, it ends {ends(first)}"
    assert back.ready
    assert during.status == 201
