"""The client on a real API server, compared with the real kubectl."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from arkrun_crd.names import GROUP, RUN_PLURAL, VERSION
from arkrun_kube import (
    METADATA,
    METADATA_LIST,
    TABLE,
    ApiError,
    Client,
    ConfigError,
    ConflictError,
    ExpiredError,
    NotFoundError,
    Object,
    Resource,
    UnansweredError,
    UnknownKindError,
    connect,
)
from arkrun_kube.client import PAGE
from controlplane import ControlPlane
from support.builders.kubeconfigs import target, write

pytestmark = pytest.mark.cluster

MAPS = Resource("", "v1", "configmaps")
STARTING = 429  # of a resource whose CRD has just been installed
API = {"apiVersion": "v1", "kind": "ConfigMap"}


@pytest.fixture
async def client(control_plane: ControlPlane) -> AsyncIterator[Client]:
    """Connect as admin."""
    async with connect(kubeconfig=str(control_plane.kubeconfig), agent="tester/1") as opened:
        yield opened


def config_map(name: str, **data: str) -> Object:
    """Build a ConfigMap."""
    return {**API, "metadata": {"name": name}, "data": data}


def impersonating(control_plane: ControlPlane, folder: Path, **user: Any) -> Path:
    """Write the admin's kubeconfig, acting as another user."""
    config = json.loads(control_plane.kubeconfig.read_text())
    config["users"][0]["user"].update({key.replace("_", "-"): value for key, value in user.items()})
    return write(folder / "config", config)


async def test_an_object_is_created_read_patched_and_deleted(client: Client, namespace: str) -> None:
    """Writes have our field manager, and preconditions are checked."""
    path = MAPS.path(namespace, "a")
    await client.create(MAPS.path(namespace), config_map("dry"), dry_run=True)
    made = await client.create(MAPS.path(namespace), config_map("a", x="1"))
    with pytest.raises(ConflictError) as taken:
        await client.create(MAPS.path(namespace), config_map("a"))
    merged = await client.merge(path, {"data": {"y": "2"}})
    with pytest.raises(ConflictError) as old:
        await client.replace(path, made)
    replaced = await client.replace(path, {**merged, "data": {"z": "3"}})
    with pytest.raises(ConflictError) as other_uid:
        await client.delete(path, uid="no-such-uid")
    with pytest.raises(ConflictError) as other_version:
        await client.delete(path, version=made["metadata"]["resourceVersion"])
    await client.delete(path, uid=made["metadata"]["uid"], version=replaced["metadata"]["resourceVersion"])
    with pytest.raises(NotFoundError) as gone:
        await client.get(path)

    assert [each["manager"] for each in made["metadata"]["managedFields"]] == ["tester"]
    assert (merged["data"], replaced["data"]) == ({"x": "1", "y": "2"}, {"z": "3"})
    assert [each.value.reason for each in (taken, old, other_uid, other_version, gone)] == [
        "AlreadyExists",
        "Conflict",
        "Conflict",
        "Conflict",
        "NotFound",
    ]
    assert str(gone.value) == (f'GET {path}: the API server refused with 404: configmaps "a" not found')


async def test_an_apply_conflict_names_the_other_managers(client: Client, namespace: str) -> None:
    """A forced apply succeeds."""
    path = MAPS.path(namespace, "a")
    await client.apply(path, config_map("a", x="1"), manager="first", force=False)
    with pytest.raises(ConflictError) as raised:
        await client.apply(path, config_map("a", x="2"), manager="second", force=False)
    forced = await client.apply(path, config_map("a", x="2"), manager="second", force=True)

    assert raised.value.managers == ("first",)
    assert forced["data"] == {"x": "2"}


async def test_a_missing_object_is_distinguished_from_an_unknown_kind(client: Client, namespace: str) -> None:
    said = []
    for path in (
        MAPS.path(namespace, "none"),
        Resource("example.com", "v1", "things").path(namespace),
        Resource("", "v1", "things").path(namespace, "a"),
    ):
        with pytest.raises(ApiError) as raised:
            await client.get(path)
        said.append(type(raised.value))
    with pytest.raises(NotFoundError, match='namespaces "nowhere" not found'):
        await client.create(MAPS.path("nowhere"), config_map("a"))

    assert said == [NotFoundError, UnknownKindError, UnknownKindError]


async def test_a_list_joins_its_pages(client: Client, namespace: str, control_plane: ControlPlane) -> None:
    """Of the requested representation and selection; a list of all has none."""
    names = [f"m-{number:04}" for number in range(PAGE + 1)]
    items = [{**config_map(name), "metadata": {"name": name, "labels": {"n": name}}} for name in names]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    control_plane.kubectl("create", "-n", namespace, "-f", "-", input=text)
    path = MAPS.path(namespace)

    pages = [page async for page in client.pages(path, model=Object, accept=METADATA_LIST)]
    tables = [page async for page in client.pages(path, model=Object, accept=TABLE)]
    query = {"labelSelector": "n in (m-0001, m-0500)"}
    chosen = [page async for page in client.pages(path, model=Object, query=query)]
    whole = await client.list_all(path, model=Object, accept=METADATA_LIST)

    assert [[item["metadata"]["name"] for item in page["items"]] for page in pages] == [
        names[:PAGE],
        names[PAGE:],
    ]
    assert {page["items"][0]["kind"] for page in pages} == {"PartialObjectMetadata"}
    assert [item["metadata"]["name"] for item in whole["items"]] == names
    assert [[row["cells"][0] for row in page["rows"]] for page in tables] == [names[:PAGE], names[PAGE:]]
    assert [[item["metadata"]["name"] for item in page["items"]] for page in chosen] == [["m-0001", "m-0500"]]


class _Metadata(msgspec.Struct):
    name: str = ""


class _Partial(msgspec.Struct):
    kind: str
    metadata: _Metadata


async def test_a_watch_yields_events(client: Client, namespace: str) -> None:
    """A watch of one object starts with its current state and yields metadata only."""
    for name in ("a", "b"):
        await client.create(MAPS.path(namespace), config_map(name))
    watching = client.watch(MAPS.path(namespace), model=_Partial, accept=METADATA, name="a", seconds=30)
    seen = []
    async with aclosing(watching):
        async for event in watching:
            if event.type != "BOOKMARK":
                seen.append((event.type, event.object.kind, event.object.metadata.name))
            if event.type == "ADDED":
                await client.merge(MAPS.path(namespace, "b"), {"data": {"x": "1"}})
                await client.merge(MAPS.path(namespace, "a"), {"data": {"x": "1"}})
                await client.delete(MAPS.path(namespace, "a"))
            if event.type == "DELETED":
                break

    assert seen == [(each, "PartialObjectMetadata", "a") for each in ("ADDED", "MODIFIED", "DELETED")]


async def test_a_watch_ends_after_its_timeout(client: Client, namespace: str) -> None:
    """The API server ends it without an error."""
    events = client.watch(MAPS.path(namespace), model=Object, seconds=1)

    assert [event.type async for event in events if event.type != "BOOKMARK"] == []


async def test_an_unavailable_resource_version_is_expired(crds: ControlPlane, client: Client) -> None:
    """The caller must list again."""
    runs = Resource(GROUP, VERSION, RUN_PLURAL)
    assert crds.url == client.server

    async def refusal() -> ApiError:
        with pytest.raises(ApiError) as raised:
            _ = [event async for event in client.watch(runs.path(), model=Object, version="1", seconds=5)]
        return raised.value

    while (error := await refusal()).status == STARTING:  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0.2)

    assert (type(error), error.status, error.reason) == (ExpiredError, 410, "Expired")


@pytest.mark.parametrize("name", ["..", ".", "a/b", "%2e%2e"])
def test_a_name_that_changes_the_request_path_is_refused(name: str) -> None:
    """Such names are refused by kubectl too."""
    with pytest.raises(ConfigError) as raised:
        MAPS.path("ns", name)

    assert str(raised.value) == f'invalid name "{name}": expected the name of an object, without "/" and "%"'


async def test_the_server_sees_the_impersonated_user(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    """Its refusal equals that of kubectl, and permissions of the group apply."""
    path = MAPS.path(namespace)
    file = impersonating(control_plane, tmp_path, **{"as": "alice"})
    async with connect(kubeconfig=str(file)) as client:
        with pytest.raises(ApiError) as raised:
            await client.get(path)
    kubectl = control_plane.kubectl("get", "configmaps", "-n", namespace, kubeconfig=file, check=False)
    file = impersonating(control_plane, tmp_path, **{"as": "alice"}, as_groups=["system:masters"])
    async with connect(kubeconfig=str(file)) as client:
        listed = await client.get(path)

    assert kubectl.stderr.strip() == f"Error from server (Forbidden): {raised.value.message}"
    assert listed["items"] == []


async def test_the_identity_equals_that_of_kubectl(control_plane: ControlPlane, tmp_path: Path) -> None:
    """User, uid, groups and extras, as the API server sees them."""
    user = {"as": "alice", "as-uid": "7", "as-groups": ["a", "b"], "as-user-extra": {"x.y/z": ["1", "2"]}}
    file = impersonating(control_plane, tmp_path, **user)
    reviews = Resource("authentication.k8s.io", "v1", "selfsubjectreviews").path()
    async with connect(kubeconfig=str(file)) as client:
        ours = await client.create(
            reviews, {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        )
    theirs = json.loads(control_plane.kubectl("auth", "whoami", "-o", "json", kubeconfig=file).stdout)

    assert ours["status"]["userInfo"] == theirs["status"]["userInfo"]
    assert ours["status"]["userInfo"]["username"] == "alice"


async def test_a_plugin_receives_the_same_as_from_kubectl(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    """This is all of KUBERNETES_EXEC_INFO."""
    told = tmp_path / "told"
    plugin = tmp_path / "plugin"
    plugin.write_text(f'#!/bin/sh\nprintf %s "$KUBERNETES_EXEC_INFO" >> "{told}"; echo >> "{told}"; exit 1\n')
    plugin.chmod(0o755)
    config = json.loads(control_plane.kubeconfig.read_text())
    config["clusters"][0]["cluster"] |= {
        "tls-server-name": "127.0.0.1",
        "proxy-url": "http://127.0.0.1:1",
        "disable-compression": True,
        "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "a"}}],
    }
    config["users"][0]["user"] = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "./plugin",
            "interactiveMode": "IfAvailable",
            "provideClusterInfo": True,
        }
    }
    file = write(tmp_path / "config", config)

    control_plane.kubectl("get", "--raw=/version", kubeconfig=file, check=False)
    theirs = {json.dumps(json.loads(line), sort_keys=True) for line in told.read_text().splitlines() if line}
    told.unlink()
    with pytest.raises(ConfigError):
        await connect(kubeconfig=str(file)).__aenter__()
    ours = {json.dumps(json.loads(line), sort_keys=True) for line in told.read_text().splitlines() if line}

    assert ours == theirs


async def test_files_are_merged_as_kubectl_merges_them(
    control_plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = ("https://first", "https://second")
    files = []
    for number, server in enumerate(servers):
        cluster = {"name": "c", "cluster": {"server": server}}
        context = {"name": "c", "context": {"cluster": "c", "user": "u", "namespace": f"ns-{number}"}}
        content = {"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "contexts": [context]}
        files.append(write(tmp_path / str(number), content))
    rest = {"current-context": "c", "users": [{"name": "u", "user": {"token": "t"}}]}
    files.append(write(tmp_path / "rest", {"apiVersion": "v1", "kind": "Config", **rest}))
    listed = ":".join(map(str, files))
    monkeypatch.setenv("KUBECONFIG", listed)

    client = connect()
    shown = control_plane.kubectl(
        "config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server} {..namespace}",
        kubeconfig=Path(listed),
    )  # fmt: skip

    assert f"{client.server} {client.namespace}" == shown.stdout == "https://first ns-0"


async def test_an_unreachable_api_server_is_distinguished_from_one_that_refuses() -> None:
    """Nobody listens on port 1."""
    async with Client(target("https://127.0.0.1:1")) as client:
        with pytest.raises(UnansweredError) as raised:
            await client.get("/version")

    assert str(raised.value) == (
        "GET /version: the API server at https://127.0.0.1:1 does not answer: Connection refused"
    )


@pytest.mark.filterwarnings("error::ResourceWarning")
def test_an_abandoned_watch_leaves_no_open_socket(control_plane: ControlPlane) -> None:
    """Even if the API server does not answer the end of TLS, for which asyncio waits."""

    async def abandon_a_watch() -> None:
        async with (
            connect(kubeconfig=str(control_plane.kubeconfig), agent="tester") as client,
            aclosing(client.watch("/api/v1/namespaces", model=Object)) as events,
        ):
            await anext(events)
            os.kill(control_plane.pids["kube-apiserver"], signal.SIGSTOP)

    try:
        asyncio.run(abandon_a_watch())
        gc.collect()  # warns about an open socket
    finally:
        os.kill(control_plane.pids["kube-apiserver"], signal.SIGCONT)
