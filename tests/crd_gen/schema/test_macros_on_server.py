"""Immutable, Kept, SetOnce and Sealed on the real API server: every known bypass is rejected."""

import copy
import json
import time
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import ConfigDict

from controlplane import ControlPlane
from crd_gen import (
    AtomicList,
    CustomResource,
    EmbeddedResource,
    Immutable,
    IntOrString,
    Kept,
    MapList,
    Names,
    Node,
    Nullable,
    Sealed,
    SetOnce,
    Version,
)
from crd_gen.resources.definition import definition
from support.cluster.namespaces import create_namespace
from support.crds.definitions import CRDS

pytestmark = pytest.mark.cluster
GONE = object()


class Inner(Node):
    key: str
    size: int | None = None
    kind: str = "x"


class MayBeNull(Node):
    value: str | None
    other: Annotated[str | None, Nullable()] = None
    anything: Any = None


class Open(Node):
    model_config = ConfigDict(extra="allow")
    size: int = 1


class Part(Node):
    key: Annotated[str, Immutable()]


class Defaulted(Node):
    key: Annotated[str, Immutable()] | None = None
    size: int = 1


class Spec(Node):
    inner: Annotated[Inner, Immutable()]
    null: Annotated[MayBeNull, Immutable(known_fields_only=True)]
    open: Annotated[Open, Immutable(known_fields_only=True)]
    nested: Annotated[dict[str, Open], Immutable(known_fields_only=True)]
    words: Annotated[dict[str, str], Immutable()]
    anything: Annotated[dict[str, Any], Immutable(known_fields_only=True)]
    items: Annotated[list[Inner], AtomicList(), Immutable()]
    either: Annotated[int | str, IntOrString(), Immutable()]
    number: Annotated[float, Immutable()]
    whole: Annotated[dict[str, Any], EmbeddedResource(), Immutable(known_fields_only=True)]
    empty: Annotated[list[str], AtomicList(), Immutable()] | None = None
    never: Annotated[str, Immutable()] | None = None
    kept: Annotated[Part, Kept()] | None = None
    defaulted: Defaulted = Defaulted(key="d")


class Status(Node):
    phase: Literal["Open", "Done"]
    started: Annotated[str, SetOnce()] | None = None
    text: str | None = None
    words: dict[str, str] | None = None
    keyed: Annotated[list[Inner], MapList("key")] | None = None
    empty: list[str] | None = None
    open: Open | None = None
    size: int = 3
    free: list[str] | None = None


class Record(CustomResource):
    names: ClassVar = Names(group="records.example.com", kind="Record", plural="records")
    version: ClassVar = Version(name="v1")
    spec: Spec
    status: Annotated[Status, Sealed(known_fields_only=True, when=("Done",), but=("free",))] | None = None


ITEM = {"key": "a", "kind": "x"}
SPEC: dict[str, Any] = {
    "inner": {"key": "k", "size": 1, "kind": "y"},
    "null": {"value": "v", "other": None, "anything": {"a": 1}},
    "open": {"size": 2, "unknown": {"a": 1}},
    "nested": {"a": {"size": 1, "unknown": 1}},
    "words": {"a": "b"},
    "anything": {"a": [1, {"b": None}]},
    "items": [ITEM, {"key": "b", "kind": "x"}],
    "either": 1,
    "number": 1.5,
    "whole": {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "labels": {"a": "b"}},
        "spec": {"a": 1},
    },
    "empty": [],
    "kept": {"key": "k"},
    "defaulted": {"key": "k", "size": 1},
}
STATUS: dict[str, Any] = {
    "phase": "Done",
    "started": "s",
    "text": "t",
    "words": {"a": "b"},
    "keyed": [ITEM],
    "empty": [],
    "open": {"size": 1, "unknown": 1},
    "size": 4,
}

Change = tuple[str, Any]
OF_SPEC: list[Change] = [
    *(("inner.key", "z"), ("inner.size", GONE), ("inner.size", None), ("inner.kind", GONE), ("inner", GONE)),
    *(("null.value", None), ("null.value", "z"), ("null.other", "z"), ("null.other", GONE)),
    *(("null.anything", {"a": 2}), ("null.anything", GONE), ("open.unknown.a", 2), ("open.unknown", GONE)),
    *(
        ("open.new", 1),
        ("open.size", GONE),
        ("nested.a.unknown", 2),
        ("nested.b", {"size": 1}),
        ("nested", {}),
    ),
    *(
        ("words.a", "z"),
        ("words", {}),
        ("words.b", ""),
        ("anything.a", []),
        ("anything.b", 1),
        ("anything", {}),
    ),
    *(
        ("items", [ITEM]),
        ("items", []),
        ("items", [{"key": "b", "kind": "x"}, ITEM]),
        ("items", [ITEM, ITEM]),
    ),
    *(("either", "1"), ("number", 1.25), ("whole.spec.a", 2), ("whole.metadata.labels.a", "z")),
    *(
        ("whole.apiVersion", "v2"),
        ("empty", GONE),
        ("empty", None),
        ("empty", ["x"]),
        ("never", ""),
        ("never", "x"),
    ),
    *(
        ("kept", GONE),
        ("kept", None),
        ("kept.key", "z"),
        ("kept", {}),
        ("defaulted", GONE),
        ("defaulted", None),
    ),
    *(("defaulted.key", GONE), ("defaulted.key", "d")),
]
OF_STATUS: list[Change] = [
    *(("phase", "Open"), ("phase", GONE), ("started", "z"), ("started", GONE), ("text", "z"), ("text", GONE)),
    *(("text", None), ("words", {}), ("words", GONE), ("words.b", ""), ("keyed", []), ("keyed", GONE)),
    *(
        ("keyed", [{"key": "a", "kind": "z"}]),
        ("keyed", [{**ITEM, "size": 1}]),
        ("empty", ["x"]),
        ("empty", GONE),
    ),
    *(("open.unknown", 2), ("open.new", 1), ("open", GONE), ("size", GONE), ("size", 5)),
]


@pytest.fixture(scope="module")
def path(control_plane: ControlPlane) -> Iterator[str]:
    """Return the path of a record whose status is sealed."""
    api = control_plane.api
    answer = api.call("POST", CRDS, json.dumps(definition(Record)).encode())
    assert answer.status == 201, answer.message
    folder = f"/apis/records.example.com/v1/namespaces/{create_namespace(control_plane)}/records"
    head = {"apiVersion": "records.example.com/v1", "kind": "Record", "metadata": {"name": "a"}}
    while (created := api.call("POST", folder, json.dumps({**head, "spec": SPEC}).encode())).status == 404:
        time.sleep(0.1)
    assert created.status == 201, created.message
    sealed = api.call("PUT", f"{folder}/a/status", json.dumps({**created.json(), "status": STATUS}).encode())
    assert sealed.status == 200, sealed.message
    yield f"{folder}/a"
    api.call("DELETE", f"{CRDS}/records.records.example.com")


@pytest.mark.parametrize("part", ["spec", "status"])
def test_every_change_is_rejected(control_plane: ControlPlane, path: str, part: str) -> None:
    """A changed, added or removed value is rejected at its field, and the object is unchanged."""
    changes = OF_SPEC if part == "spec" else OF_STATUS
    before = control_plane.api.call("GET", path).json()
    address = path if part == "spec" else f"{path}/status"

    for where, value in changes:
        body = json.dumps({**before, part: changed(before[part], where, value)}).encode()
        answer = control_plane.api.call("PUT", address, body)
        assert answer.status == 422, (where, value, answer.body)
        assert f"{part}.{where.split('.')[0]}" in answer.message, (where, value)
    after = control_plane.api.call("GET", path).json()
    assert (after["spec"], after["status"]) == (SPEC, STATUS)


def test_status_cannot_be_removed(control_plane: ControlPlane, path: str) -> None:
    """A sealed status is not removed by an update without it."""
    whole = control_plane.api.call("GET", path).json()
    del whole["status"]

    answers = [
        control_plane.api.call("PUT", f"{path}{part}", json.dumps(whole).encode()) for part in ("", "/status")
    ]

    assert control_plane.api.call("GET", path).json()["status"] == STATUS
    assert [answer.status for answer in answers] == [200, 422]
    assert "status: Forbidden: cannot be removed once it is set" in answers[1].message


def test_labels_and_unsealed_fields_can_change(control_plane: ControlPlane, path: str) -> None:
    """Labels and the fields in but can change at any time."""
    whole = control_plane.api.call("GET", path).json()
    whole["status"]["free"] = ["x"]
    whole["metadata"]["labels"] = {"a": "b"}

    for address in (f"{path}/status", path):
        answer = control_plane.api.call("PUT", address, json.dumps(whole).encode())
        assert answer.status == 200, answer.message
        whole = answer.json()
        whole["metadata"]["labels"] = {"a": "c"}
    del whole["status"]["free"]
    assert control_plane.api.call("PUT", f"{path}/status", json.dumps(whole).encode()).status == 200


def changed(part: dict[str, Any], where: str, value: Any) -> dict[str, Any]:
    """Copy a part of the object with one value changed or gone."""
    copied = copy.deepcopy(part)
    *above, last = where.split(".")
    place = copied
    for key in above:
        place = place[key]
    place[last] = value
    if value is GONE:
        del place[last]
    return copied
