"""The unguessable path on the real API server: made, written, called, rotated, healed."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from structlog.testing import capture_logs

from arkrun_certs.rotation.path_state import PathState
from certs_account import Account
from certs_stage import creates, until
from controlplane import ControlPlane
from path_stage import SECRET, SUFFIX, PathStage
from replica import Replica

PROGRAM = Path(sys.executable).with_name("arkrun-certs")

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def control_plane() -> Iterator[ControlPlane]:
    """Start an API server that calls a Service as kube-proxy would let it: by name, not by endpoints."""
    with ControlPlane(apiserver_args=["--enable-aggregator-routing=false"]) as running:
        yield running


@pytest.fixture
def paths(control_plane: ControlPlane, namespace: str) -> PathStage:
    """Make a Service that leads to loopback."""
    stage = PathStage(control_plane, namespace)
    stage.create_service()
    return stage


def replicas_of(stage: PathStage, count: int, **settings: Any) -> list[Replica]:
    """Make replicas, each called by a webhook of its own, and register these without caBundle and path."""
    ports = [Replica(stage.control_plane.kubeconfig, stage.settings()) for _ in range(count)]
    stage.ports = tuple(each.port for each in ports)
    given = stage.settings(**settings)
    for each in ports:
        each.use(given)
    stage.register(*stage.ports)
    return ports


@pytest.mark.parametrize("count", [1, 2, 5])
async def test_replicas_that_start_at_once_agree_on_one_path(paths: PathStage, count: int) -> None:
    """However many start together, one token is made, and the API server calls every replica with it."""
    replicas = replicas_of(paths, count)
    async with AsyncExitStack() as running:
        await asyncio.gather(*(running.enter_async_context(each) for each in replicas))
        await until(paths.calls_one_token, "written")
        await until(lambda: all(each.manager.health().ready for each in replicas), "ready")
        answers = [await paths.create() for _ in range(3)]

    assert [answer.message for answer in answers if answer.status != 201] == []
    assert len(set(paths.paths())) == 1


async def test_the_path_has_a_manager_of_its_own_that_owns_nothing_else(paths: PathStage) -> None:
    """An apply of caBundle alone, as an older replica or a command line makes it, leaves the path."""
    (replica,) = replicas_of(paths, 1)
    async with replica:
        await until(paths.calls_one_token, "written")

    key = f'k:{{"name":"{paths.webhook(replica.port)}"}}'
    owned = {
        each["manager"]: each["fieldsV1"]["f:webhooks"][key]["f:clientConfig"]
        for each in paths.configuration()["metadata"]["managedFields"]
        if each["manager"] in ("arkrun-certs", "arkrun-path")
    }
    assert owned == {
        "arkrun-certs": {"f:caBundle": {}},
        "arkrun-path": {"f:service": {"f:path": {}}},
    }


async def test_nothing_that_is_said_holds_the_token(paths: PathStage) -> None:
    """Neither log nor readiness nor metrics show it, not even when somebody else's path is overruled."""
    (replica,) = replicas_of(paths, 1)
    with capture_logs() as logs:
        async with replica:
            await until(paths.calls_one_token, "written")
            first = paths.path_state().current
            paths.patch([{"op": "replace", "path": "/webhooks/0/clientConfig/service/path", "value": "/x"}])
            await until(paths.calls_one_token, "overruled")
            health = replica.manager.health()
            await asyncio.to_thread(paths.rotate_path)
            await until(lambda: paths.calls_one_token() and first not in paths.paths()[0], "rotated")
            tokens = (first, paths.path_state().current)
            scraped = [str(family) for family in replica.registry.collect()]

    assert [each for each in logs if "manager" in each] == [
        {
            "event": "another manager set the path, overruling it",
            "configuration": f'ValidatingWebhookConfiguration "{paths.name}"',
            "manager": "somebody",
            "log_level": "warning",
        }
    ]
    said = f"{logs}{health}{scraped}"
    assert [token for token in tokens if token in said] == []


@pytest.mark.parametrize("count", [1, 3])
async def test_a_rotation_under_load_loses_no_call(paths: PathStage, count: int) -> None:
    """Every replica accepts the next token before it is called, and the old one while it still may be."""
    replicas = replicas_of(paths, count)
    async with AsyncExitStack() as running:
        await asyncio.gather(*(running.enter_async_context(each) for each in replicas))
        await until(paths.calls_one_token, "the beginning")
        await paths.create()
        seen = [paths.path_state().current]
        async with creates(paths) as load:
            for _ in range(2):
                await asyncio.to_thread(paths.rotate_path)
                before = seen[-1]
                await until(
                    lambda before=before: paths.calls_one_token() and paths.path_state().current != before,  # type: ignore[misc]
                    "rotated",
                )
                seen.append(paths.path_state().current)
            await until(lambda: all(each.manager.health().ready for each in replicas), "ready")
        forgotten = [each.manager.accepts(token) for each in replicas for token in seen[:-1]]

    assert load.failures == []
    assert len(load.answers) > 20
    assert len(set(seen)) == 3
    assert not any(forgotten)


async def test_a_rotation_that_is_due_begins_by_itself(paths: PathStage) -> None:
    """Nobody has to ask."""
    (replica,) = replicas_of(paths, 1, path_rotation="5s")
    async with replica:
        await until(paths.calls_one_token, "the beginning")
        first = paths.path_state().current
        async with creates(paths) as load:
            await until(lambda: first not in paths.path_state().tokens, "rotated")

    assert load.failures == []


async def test_a_person_can_rotate_at_any_time(paths: PathStage) -> None:
    """The command says what happens and never shows a token; asked twice, there is one rotation."""
    (replica,) = replicas_of(paths, 1)
    command = [str(PROGRAM), "rotate-path", "--namespace", paths.namespace, "--path-secret", SECRET]
    environment = paths.control_plane.environment()

    def rotate() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    early = await asyncio.to_thread(rotate)
    async with replica:
        await until(paths.calls_one_token, "the beginning")
        first = paths.path_state().current
        done = [await asyncio.to_thread(rotate) for _ in range(2)]
        await until(lambda: paths.calls_one_token() and paths.path_state().current != first, "rotated")

    assert (early.returncode, early.stderr) == (
        1,
        f'arkrun-certs: Secret "{paths.namespace}/path" does not exist: start the server, which creates it\n',
    )
    assert [each.returncode for each in done] == [0, 0]
    assert [re.sub(r"\d\d:\d\d:\d\d", "TIME", line) for line in done[0].stdout.splitlines()] == [
        "TIME  begun: the servers accept the next token, then write it into the configurations",
        "TIME  the old token is accepted for about two more minutes",
    ]


def deleted(paths: PathStage) -> None:
    """Delete the Secret."""
    paths.delete_path_secret()


def emptied(paths: PathStage) -> None:
    """Take everything out of the Secret, as a forced upgrade does."""
    paths.put_path_data({})


def damaged(paths: PathStage) -> None:
    """Write nonsense into the Secret."""
    paths.put_path_data({"path.json": b"{"})


@pytest.mark.parametrize("spoil", [deleted, emptied, damaged])
async def test_a_lost_secret_heals_without_a_lost_call_and_brings_another_token(
    paths: PathStage, spoil: Any
) -> None:
    """Replicas write back what they know; whoever spoils the Secret has seen its token, so it is replaced."""
    replicas = replicas_of(paths, 2)
    async with AsyncExitStack() as running:
        await asyncio.gather(*(running.enter_async_context(each) for each in replicas))
        await until(paths.calls_one_token, "the beginning")
        await paths.create()
        first = paths.path_state().current
        async with creates(paths) as load:
            await asyncio.to_thread(spoil, paths)
            await until(lambda: paths.calls_one_token() and paths.path_state().current != first, "healed")

    assert load.failures == []
    assert paths.path_secret()["type"] == "Opaque"


async def test_a_secret_that_is_lost_while_nobody_runs_costs_no_call_either(paths: PathStage) -> None:
    """The first replica finds the token in the configurations, and another to follow it."""
    (replica,) = replicas_of(paths, 1)
    async with replica:
        await until(paths.calls_one_token, "the beginning")
    first = paths.path_state().current
    paths.delete_path_secret()
    again = Replica(paths.control_plane.kubeconfig, paths.settings(tick="30s"), port=replica.port)
    async with again:
        state = paths.path_state()
        answer = await paths.create()

    assert (state.current, len(state.upcoming)) == (first, 32)
    assert answer.status == 201


async def test_a_secret_of_the_chart_is_filled_and_created_with_the_charts_metadata(paths: PathStage) -> None:
    """Helm knows the Secret as its own, also after somebody deleted it."""
    labels, annotations = {"app.kubernetes.io/managed-by": "Helm"}, {"meta.helm.sh/release-name": "a"}
    (replica,) = replicas_of(paths, 1, labels=labels, annotations=annotations)
    async with replica:
        await until(paths.calls_one_token, "the beginning")
        secret = paths.path_secret()

    assert secret["metadata"]["name"] == SECRET
    assert secret["metadata"]["labels"] == labels
    assert secret["metadata"]["annotations"] == annotations
    assert secret["data"].keys() == {"path.json"}


async def test_a_configuration_that_was_replaced_is_healed_by_the_watch(paths: PathStage) -> None:
    """Without caBundle and path, as some GitOps tools write it: both come back, the token is the same."""
    (replica,) = replicas_of(paths, 1, tick="1h")
    async with replica:
        await until(paths.calls_one_token, "the beginning")
        before = paths.path_state()
        for _ in range(2):
            manifest = json.dumps(paths.manifest([replica.port]))
            await asyncio.to_thread(paths.control_plane.kubectl, "replace", "-f", "-", input=manifest)
            await until(lambda: paths.calls_one_token() and paths.settled(), "healed")
        await until(lambda: replica.manager.health().ready, "ready")
        answer = await paths.create()

    assert answer.status == 201
    assert paths.path_state() == before


async def test_a_call_without_the_path_is_refused_by_the_failure_policy(paths: PathStage) -> None:
    """A replica that may not write the path leaves the API server at POST /: nothing is let in."""
    (replica,) = replicas_of(paths, 1, paths={})
    async with replica:
        await until(lambda: all(paths.bundles()), "trusted")
        answer = await paths.create()

    assert paths.paths() == [""]
    assert answer.status == 500
    assert f'failed calling webhook "{paths.webhook(replica.port)}"' in answer.message


async def test_webhooks_that_are_not_ours_are_left_alone(paths: PathStage) -> None:
    """An entry that somebody added, and one that has a url, keep what they have."""
    (replica,) = replicas_of(paths, 1)
    first = paths.configuration()["webhooks"][0]
    theirs = {
        **first,
        "name": "theirs.example.com",
        "failurePolicy": "Ignore",
        "clientConfig": {
            "service": {"name": "theirs", "namespace": paths.namespace, "path": "/theirs", "port": 443}
        },
    }
    paths.patch([{"op": "add", "path": "/webhooks/-", "value": theirs}])
    async with replica:
        await until(lambda: paths.paths()[0], "written")
        await until(lambda: replica.manager.health().ready, "ready")

    assert paths.paths() == [f"/{paths.path_state().current}{SUFFIX}", "/theirs"]


async def test_where_cainjector_writes_the_ca_only_the_path_is_ours(paths: PathStage, tmp_path: Path) -> None:
    """The certificate comes from files, its CA is somebody else's business."""
    (maker,) = replicas_of(paths, 1)
    async with maker:
        await until(paths.settled, "the beginning")
        data = paths.data()
    for name in ("tls.crt", "tls.key", "ca.crt"):
        (tmp_path / name).write_bytes(data[name])
    paths.delete_configuration()
    files = paths.settings(mode="files", directory=tmp_path, inject_ca=False)
    replica = Replica(paths.control_plane.kubeconfig, files, port=maker.port)
    paths.register_trusting(data["ca.crt"], maker.port)
    async with replica:
        await until(paths.calls_one_token, "written")
        answer = await paths.create()
        health = replica.manager.health()

    managers = {each["manager"] for each in paths.configuration()["metadata"]["managedFields"]}
    assert managers == {"helm", "arkrun-path"}
    assert answer.status == 201
    assert health.ready


async def test_the_rights_of_the_docstrings_are_enough(paths: PathStage) -> None:
    """A start on an empty cluster, a rotation and a deleted Secret need no further right."""
    account = Account(paths)
    account.may_keep_the_secret()
    account.may_inject()
    replica = Replica(account.kubeconfig, paths.settings())
    paths.ports = (replica.port,)
    replica.use(paths.settings())
    paths.register(replica.port)
    async with replica:
        await until(paths.calls_one_token, "the beginning")
        for change in (paths.rotate_path, paths.delete_path_secret):
            before = paths.path_state().current
            await asyncio.to_thread(change)
            await until(
                lambda before=before: paths.calls_one_token() and paths.path_state().current != before,  # type: ignore[misc]
                "another token",
            )

    assert replica.metric("failures_total", reason="forbidden") == 0


async def test_readiness_says_what_keeps_the_path_from_being_called(paths: PathStage) -> None:
    """Without the right to patch the configurations a replica must not be called ready."""
    (replica,) = replicas_of(paths, 1)
    async with replica:
        await until(lambda: replica.manager.health().ready, "ready")
    account = Account(paths)
    account.may_keep_the_secret()
    account.may_only_read()
    paths.patch([{"op": "replace", "path": "/webhooks/0/clientConfig/service/path", "value": "/x"}])
    poor = Replica(account.kubeconfig, paths.settings(), port=replica.port)
    async with poor:
        health = poor.manager.health()

    assert not health.ready
    assert health.reason.startswith(
        f'no accepted admission path is called by ValidatingWebhookConfiguration "{paths.name}"; '
        "the API server refused with 403: "
    )


HELMS = {
    "Helm 4": ("helm", "--server-side=true"),
    "Helm 4, client side": ("helm", "--server-side=false"),
    "Helm 3": ("helm3",),
}


class Release:
    """A chart with the stage's configuration, which renders a path or not."""

    def __init__(self, paths: PathStage, directory: Path, helm: tuple[str, ...]) -> None:
        self._paths = paths
        self._directory = directory
        self._program, *self._arguments = helm
        (directory / "templates").mkdir()
        (directory / "Chart.yaml").write_text("{apiVersion: v2, name: stage, version: 0.1.0}")

    def run(self, verb: str, *, seconds: int, **client_config: str) -> None:
        """Install or upgrade with a time limit, and with a path if there is one."""
        manifest = self._paths.manifest(self._paths.ports, **client_config)
        for webhook in manifest["webhooks"]:
            webhook["timeoutSeconds"] = seconds
        (self._directory / "templates" / "webhook.yaml").write_text(yaml.safe_dump(manifest))
        where = ("stage", str(self._directory), "--namespace", self._paths.namespace)
        getattr(self._paths.control_plane, self._program)(verb, *where, *self._arguments)


@pytest.mark.parametrize("helm", HELMS.values(), ids=HELMS.keys())
async def test_helm_upgrades_leave_the_path_alone(
    paths: PathStage, tmp_path: Path, helm: tuple[str, ...]
) -> None:
    """The chart does not render it, so there is no conflict, no drift and no lost call."""
    replica = Replica(paths.control_plane.kubeconfig, paths.settings())
    paths.ports = (replica.port,)
    replica.use(paths.settings())
    release = Release(paths, tmp_path, helm)
    await asyncio.to_thread(release.run, "install", seconds=5)
    async with replica:
        await until(paths.calls_one_token, "written")
        await paths.create()
        async with creates(paths) as load:
            for seconds in (6, 7):
                await asyncio.to_thread(release.run, "upgrade", seconds=seconds)
        written = replica.metric("actions_total", action="path-inject")

    assert paths.configuration()["webhooks"][0]["timeoutSeconds"] == 7
    assert written == 1
    assert load.failures == []


@pytest.mark.parametrize("first", ["the chart", "the webhook"])
@pytest.mark.parametrize("helm", HELMS.values(), ids=HELMS.keys())
async def test_an_upgrade_from_a_chart_that_rendered_the_path_ends_in_a_working_state(
    paths: PathStage, tmp_path: Path, helm: tuple[str, ...], first: str
) -> None:
    """Helm 3 removes the path that it rendered, whoever wrote it since; it comes back at once."""
    replica = Replica(paths.control_plane.kubeconfig, paths.settings())
    paths.ports = (replica.port,)
    replica.use(paths.settings())
    release = Release(paths, tmp_path, helm)
    await asyncio.to_thread(release.run, "install", seconds=5, path="/ask")
    if first == "the chart":
        await asyncio.to_thread(release.run, "upgrade", seconds=6)
    async with replica:
        await until(paths.calls_one_token, "written")
        if first == "the webhook":
            await asyncio.to_thread(release.run, "upgrade", seconds=6)
        await until(paths.calls_one_token, "written again")
        await until(lambda: replica.manager.health().ready, "ready")
        answer = await paths.create()
        await asyncio.to_thread(release.run, "upgrade", seconds=7)
        later = await paths.create()

    assert paths.configuration()["webhooks"][0]["timeoutSeconds"] == 7
    assert (answer.status, later.status) == (201, 201)
    assert isinstance(paths.path_state(), PathState)
