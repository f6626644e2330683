"""The unguessable admission path on the real API server."""

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

from arkrun_certs.rotation.token_state import TokenState
from certs.account import Account
from certs.path_environment import SECRET, SUFFIX, PathEnvironment
from controlplane import ControlPlane
from support.certs.environment import REGISTRATIONS, creates, until
from support.certs.replica import Replica

PROGRAM = Path(sys.executable).with_name("arkrun-certs")

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


@pytest.fixture(scope="module")
def control_plane() -> Iterator[ControlPlane]:
    """Start an API server that resolves Services by name, as behind kube-proxy, not by endpoints."""
    with ControlPlane(apiserver_args=["--enable-aggregator-routing=false"]) as running:
        yield running


@pytest.fixture
def paths(control_plane: ControlPlane, namespace: str) -> PathEnvironment:
    """Return an environment with a Service that resolves to loopback."""
    env = PathEnvironment(control_plane, namespace)
    env.create_service()
    return env


def replicas_of(env: PathEnvironment, count: int, **settings: Any) -> list[Replica]:
    """Build replicas, each called by its own webhook, and register these without caBundle and path."""
    ports = [Replica(env.control_plane.kubeconfig, env.settings()) for _ in range(count)]
    env.ports = tuple(each.port for each in ports)
    given = env.settings(**settings)
    for each in ports:
        each.use(given)
    env.register(*env.ports)
    return ports


@pytest.mark.parametrize("count", [1, 2, 5])
async def test_replicas_that_start_simultaneously_agree_on_one_path(
    paths: PathEnvironment, count: int
) -> None:
    """One token is created, and the API server calls every replica with it."""
    replicas = replicas_of(paths, count)
    async with AsyncExitStack() as running:
        await asyncio.gather(*(running.enter_async_context(each) for each in replicas))
        await until(paths.calls_one_token, "written")
        await until(lambda: all(each.manager.health().ready for each in replicas), "ready")
        answers = [await paths.create() for _ in range(3)]

    assert [answer.message for answer in answers if answer.status != 201] == []
    assert len(set(paths.paths())) == 1


async def test_path_and_bundle_have_separate_field_managers(paths: PathEnvironment) -> None:
    """An apply of caBundle alone therefore never removes the path."""
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


async def test_logs_readiness_and_metrics_never_contain_the_token(paths: PathEnvironment) -> None:
    """This includes the log entry for a path that another manager had set."""
    (replica,) = replicas_of(paths, 1)
    with capture_logs() as logs:
        async with replica:
            await until(paths.calls_one_token, "written")
            first = paths.token_state().current
            paths.patch([{"op": "replace", "path": "/webhooks/0/clientConfig/service/path", "value": "/x"}])
            await until(paths.calls_one_token, "overruled")
            health = replica.manager.health()
            await asyncio.to_thread(paths.rotate_path)
            await until(lambda: paths.calls_one_token() and first not in paths.paths()[0], "rotated")
            tokens = (first, paths.token_state().current)
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
async def test_no_create_fails_during_path_rotations(paths: PathEnvironment, count: int) -> None:
    """Every replica accepts the new token before it is called, and drops the old one afterwards."""
    replicas = replicas_of(paths, count)
    async with AsyncExitStack() as running:
        await asyncio.gather(*(running.enter_async_context(each) for each in replicas))
        await until(paths.calls_one_token, "the initial state")
        await paths.create()
        seen = [paths.token_state().current]
        async with creates(paths) as load:
            for _ in range(2):
                await asyncio.to_thread(paths.rotate_path)
                before = seen[-1]
                await until(
                    lambda before=before: paths.calls_one_token() and paths.token_state().current != before,  # type: ignore[misc]
                    "rotated",
                )
                seen.append(paths.token_state().current)
            await until(lambda: all(each.manager.health().ready for each in replicas), "ready")
        forgotten = [each.manager.accepts(token) for each in replicas for token in seen[:-1]]

    assert load.failures == []
    assert len(load.answers) > 20
    assert len(set(seen)) == 3
    assert not any(forgotten)


async def test_a_due_path_rotation_starts_automatically(paths: PathEnvironment) -> None:
    """No create fails while the token is replaced."""
    (replica,) = replicas_of(paths, 1, path_rotation="5s")
    async with replica:
        await until(paths.calls_one_token, "the initial state")
        first = paths.token_state().current
        async with creates(paths) as load:
            await until(lambda: first not in paths.token_state().tokens, "rotated")

    assert load.failures == []


async def test_rotate_path_starts_one_rotation_and_never_prints_a_token(paths: PathEnvironment) -> None:
    """A second command during a rotation changes nothing; a missing Secret is an error."""
    (replica,) = replicas_of(paths, 1)
    command = [str(PROGRAM), "rotate-path", "--namespace", paths.namespace, "--path-secret", SECRET]
    environment = paths.control_plane.environment()

    def rotate() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    early = await asyncio.to_thread(rotate)
    async with replica:
        await until(paths.calls_one_token, "the initial state")
        first = paths.token_state().current
        done = [await asyncio.to_thread(rotate) for _ in range(2)]
        await until(lambda: paths.calls_one_token() and paths.token_state().current != first, "rotated")

    assert (early.returncode, early.stderr) == (
        1,
        f'arkrun-certs: Secret "{paths.namespace}/path" does not exist: start the server, which creates it\n',
    )
    assert [each.returncode for each in done] == [0, 0]
    assert [re.sub(r"\d\d:\d\d:\d\d", "TIME", line) for line in done[0].stdout.splitlines()] == [
        "TIME  begun: the servers accept the next token, then write it into the configurations",
        "TIME  the old token is accepted for about two more minutes",
    ]


def delete_secret(paths: PathEnvironment) -> None:
    """Delete the Secret."""
    paths.delete_path_secret()


def empty_secret(paths: PathEnvironment) -> None:
    """Remove all data, as a forced upgrade does."""
    paths.put_path_data({})


def damage_secret(paths: PathEnvironment) -> None:
    """Overwrite the state with invalid JSON."""
    paths.put_path_data({"path.json": b"{"})


@pytest.mark.parametrize("damage", [delete_secret, empty_secret, damage_secret])
async def test_a_lost_secret_is_restored_with_a_new_token_and_no_failed_create(
    paths: PathEnvironment, damage: Any
) -> None:
    """Whoever deleted or damaged the Secret may know the token, so it is replaced."""
    replicas = replicas_of(paths, 2)
    async with AsyncExitStack() as running:
        await asyncio.gather(*(running.enter_async_context(each) for each in replicas))
        await until(paths.calls_one_token, "the initial state")
        await paths.create()
        first = paths.token_state().current
        async with creates(paths) as load:
            await asyncio.to_thread(damage, paths)
            await until(lambda: paths.calls_one_token() and paths.token_state().current != first, "repaired")

    assert load.failures == []
    assert paths.path_secret()["type"] == "Opaque"


async def test_a_secret_lost_while_no_replica_runs_is_restored_from_the_configurations(
    paths: PathEnvironment,
) -> None:
    """The first replica accepts the token in the configurations and adds an upcoming one."""
    (replica,) = replicas_of(paths, 1)
    async with replica:
        await until(paths.calls_one_token, "the initial state")
    first = paths.token_state().current
    paths.delete_path_secret()
    again = Replica(paths.control_plane.kubeconfig, paths.settings(tick="30s"), port=replica.port)
    async with again:
        state = paths.token_state()
        answer = await paths.create()

    assert (state.current, len(state.upcoming)) == (first, 32)
    assert answer.status == 201


async def test_a_created_secret_has_the_labels_and_annotations_of_the_settings(
    paths: PathEnvironment,
) -> None:
    """Helm recognizes the Secret as its own even if it was deleted and recreated."""
    labels, annotations = {"app.kubernetes.io/managed-by": "Helm"}, {"meta.helm.sh/release-name": "a"}
    (replica,) = replicas_of(paths, 1, labels=labels, annotations=annotations)
    async with replica:
        await until(paths.calls_one_token, "the initial state")
        secret = paths.path_secret()

    assert secret["metadata"]["name"] == SECRET
    assert secret["metadata"]["labels"] == labels
    assert secret["metadata"]["annotations"] == annotations
    assert secret["data"].keys() == {"path.json"}


async def test_bundle_and_path_are_restored_after_a_replace(paths: PathEnvironment) -> None:
    """The watch corrects a configuration that a GitOps tool replaced, with the same token."""
    (replica,) = replicas_of(paths, 1, tick="1h")
    async with replica:
        await until(paths.calls_one_token, "the initial state")
        before = paths.token_state()
        for _ in range(2):
            manifest = json.dumps(paths.manifest([replica.port]))
            await asyncio.to_thread(paths.control_plane.kubectl, "replace", "-f", "-", input=manifest)
            await until(lambda: paths.calls_one_token() and paths.settled(), "repaired")
        await until(lambda: replica.manager.health().ready, "ready")
        answer = await paths.create()

    assert answer.status == 201
    assert paths.token_state() == before


async def test_without_a_written_path_the_failure_policy_rejects_requests(paths: PathEnvironment) -> None:
    """The replica answers POST / with 404, so nothing is admitted."""
    (replica,) = replicas_of(paths, 1, paths={})
    async with replica:
        await until(lambda: all(paths.bundles()), "trusted")
        answer = await paths.create()

    assert paths.paths() == [""]
    assert answer.status == 500
    assert f'failed calling webhook "{paths.webhook(replica.port)}"' in answer.message


async def test_webhooks_that_the_settings_do_not_name_keep_their_path(paths: PathEnvironment) -> None:
    """This holds for an entry that another tool added to our configuration."""
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

    assert paths.paths() == [f"/{paths.token_state().current}{SUFFIX}", "/theirs"]


async def test_with_inject_ca_off_only_the_path_is_written(paths: PathEnvironment, tmp_path: Path) -> None:
    """The certificate comes from files, and caBundle remains with its manager."""
    (maker,) = replicas_of(paths, 1)
    async with maker:
        await until(paths.settled, "the initial state")
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


async def test_the_documented_permissions_suffice_for_the_path(paths: PathEnvironment) -> None:
    """They cover the first start, a rotation and a deleted Secret."""
    account = Account(paths)
    account.may_manage_secrets()
    account.may_inject()
    replica = Replica(account.kubeconfig, paths.settings())
    paths.ports = (replica.port,)
    replica.use(paths.settings())
    paths.register(replica.port)
    async with replica:
        await until(paths.calls_one_token, "the initial state")
        for change in (paths.rotate_path, paths.delete_path_secret):
            before = paths.token_state().current
            await asyncio.to_thread(change)
            await until(
                lambda before=before: paths.calls_one_token() and paths.token_state().current != before,  # type: ignore[misc]
                "another token",
            )

    assert replica.metric("failures_total", reason="forbidden") == 0


async def test_readiness_names_the_configuration_whose_path_cannot_be_written(paths: PathEnvironment) -> None:
    """Without permission to patch it, the replica is not ready."""
    (replica,) = replicas_of(paths, 1)
    async with replica:
        await until(lambda: replica.manager.health().ready, "ready")
    account = Account(paths)
    account.may_manage_secrets()
    account.may_only_read()
    paths.patch([{"op": "replace", "path": "/webhooks/0/clientConfig/service/path", "value": "/x"}])
    poor = Replica(account.kubeconfig, paths.settings(), port=replica.port)
    async with poor:
        health = poor.manager.health()

    assert not health.ready
    assert health.reason.startswith(
        f'no accepted admission path is called by ValidatingWebhookConfiguration "{paths.name}"; '
        f"PATCH {REGISTRATIONS}/{paths.name}: the API server refused with 403: "
    )


HELMS = {
    "Helm 4": ("helm", "--server-side=true"),
    "Helm 4, client side": ("helm", "--server-side=false"),
    "Helm 3": ("helm3",),
}


class Release:
    """A chart with the configuration of the environment, which renders a path or not."""

    def __init__(self, paths: PathEnvironment, directory: Path, helm: tuple[str, ...]) -> None:
        self._paths = paths
        self._directory = directory
        self._program, *self._arguments = helm
        (directory / "templates").mkdir()
        (directory / "Chart.yaml").write_text("{apiVersion: v2, name: certs-test, version: 0.1.0}")

    def run(self, verb: str, *, seconds: int, **client_config: str) -> None:
        """Install or upgrade with a time limit, and with a path if there is one."""
        manifest = self._paths.manifest(self._paths.ports, **client_config)
        for webhook in manifest["webhooks"]:
            webhook["timeoutSeconds"] = seconds
        (self._directory / "templates" / "webhook.yaml").write_text(yaml.safe_dump(manifest))
        where = ("certs-test", str(self._directory), "--namespace", self._paths.namespace)
        getattr(self._paths.control_plane, self._program)(verb, *where, *self._arguments)


@pytest.mark.parametrize("helm", HELMS.values(), ids=HELMS.keys())
async def test_a_helm_upgrade_leaves_the_path_unchanged(
    paths: PathEnvironment, tmp_path: Path, helm: tuple[str, ...]
) -> None:
    """The chart does not render the path, so there is no conflict and no failed create."""
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
async def test_an_upgrade_from_a_chart_that_rendered_the_path_works(
    paths: PathEnvironment, tmp_path: Path, helm: tuple[str, ...], first: str
) -> None:
    """Helm 3 removes the path that it had rendered, and the replica writes it again."""
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
    assert isinstance(paths.token_state(), TokenState)
