"""The API server's rules for metadata, which no schema of a CRD has."""

from __future__ import annotations

import json
import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from arkrun_cli.values import as_list, as_object

Json = Mapping[str, Any]

NAME_MAX, LABEL_MAX, ANNOTATIONS_MAX = 253, 63, 256 * 1024
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII)
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", re.ASCII)
_QUALIFIED = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?", re.ASCII)
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|[+-](\d\d):(\d\d))", re.ASCII
)
_LIMITS = (12, 31, 23, 59, 59, 24, 60)

# Types of ObjectMeta's members; of lists and objects, those of their entries.
_TEXT, _NUMBER, _FLAG, _ANY = "a string", "an integer", "a boolean", "anything"
_REFERENCE = {
    "apiVersion": _TEXT,
    "kind": _TEXT,
    "name": _TEXT,
    "uid": _TEXT,
    "controller": _FLAG,
    "blockOwnerDeletion": _FLAG,
}
_MANAGED = {
    **dict.fromkeys(("manager", "operation", "apiVersion", "fieldsType", "subresource"), _TEXT),
    "time": _TIME,
    "fieldsV1": _ANY,
}
_MEMBERS: dict[str, Any] = {
    **dict.fromkeys(("name", "generateName", "namespace", "selfLink", "uid", "resourceVersion"), _TEXT),
    **dict.fromkeys(("creationTimestamp", "deletionTimestamp"), _TIME),
    **dict.fromkeys(("generation", "deletionGracePeriodSeconds"), _NUMBER),
    "labels": {},
    "annotations": {},
    "finalizers": [_TEXT],
    "ownerReferences": [_REFERENCE],
    "managedFields": [_MANAGED],
}
_TYPES = {_TEXT: str, _NUMBER: int, _FLAG: bool}


class Fault(NamedTuple):
    """One problem of the metadata, with its path."""

    path: str
    message: str


def check_metadata(value: Any) -> list[Fault]:
    """Return what the API server refuses in an object's metadata."""
    if value is None:
        value = {}
    if not isinstance(value, dict):
        return [Fault("metadata", "expected an object")]
    if faults := list(_types(value, _MEMBERS, "metadata")):
        return faults
    return [*_names(value), *_labels(value), *_annotations(value), *_finalizers(value), *_owners(value)]


def check_list_metadata(value: Any) -> list[Fault]:
    """Return what kubectl refuses in the metadata of a List, of which it ignores unknown fields."""
    if value is not None and not isinstance(value, dict):
        return [Fault("metadata", "expected an object")]
    known = {key: member for key, member in as_object(value).items() if key in _MEMBERS}
    return list(_types(known, _MEMBERS, "metadata"))


def check_last_applied(value: Json) -> list[Fault]:
    """Return a fault if the annotation to which `kubectl apply` copies the object makes it too large."""
    metadata = as_object(value.get("metadata"))
    annotations = {
        key: text for key, text in as_object(metadata.get("annotations")).items() if key != LAST_APPLIED
    }
    copied = {"namespace": "default", **metadata, "annotations": annotations}
    text = json.dumps({**value, "metadata": copied}, ensure_ascii=False, separators=(",", ":")) + "\n"
    # Go escapes these characters as \uXXXX.
    escaped = sum((6 - len(character.encode())) * text.count(character) for character in "<>&\u2028\u2029")
    size = _size(annotations) + len(LAST_APPLIED) + len(text.encode()) + escaped
    if size <= ANNOTATIONS_MAX or _size(annotations) > ANNOTATIONS_MAX:
        return []
    message = (
        f"{size} bytes with the copy of the object that kubectl apply adds, expected at most "
        f"{ANNOTATIONS_MAX}: use kubectl apply --server-side, or kubectl create"
    )
    return [Fault("metadata.annotations", message)]


def _types(value: Json, members: Json, path: str) -> Iterator[Fault]:
    for key, member in value.items():
        if member is None:
            continue
        if key in members:
            yield from _type(member, members[key], f"{path}.{key}")
        else:
            yield Fault(f"{path}.{key}", "unknown field; kubectl refuses it")


def _type(value: Any, expected: Any, path: str) -> Iterator[Fault]:
    if expected is _TIME:
        if not isinstance(value, str) or not _is_time(value):
            yield Fault(path, "expected a time such as 2026-01-01T00:00:00Z")
    elif isinstance(expected, list):
        if not isinstance(value, list):
            yield Fault(path, "expected a list")
        for index, item in enumerate(as_list(value)):
            yield from _item(item, expected[0], f"{path}[{index}]")
    elif isinstance(expected, dict):
        if not isinstance(value, dict):
            yield Fault(path, "expected an object of strings")
        for key, item in as_object(value).items():
            yield from _item(item, _TEXT, f'{path}["{key}"]')
    elif expected in _TYPES and type(value) is not _TYPES[expected]:
        yield Fault(path, f"expected {expected}")


def _item(value: Any, expected: Any, path: str) -> Iterator[Fault]:
    if value is None:
        return
    if isinstance(expected, dict) and isinstance(value, dict):
        yield from _types(value, expected, path)
    elif isinstance(expected, dict):
        yield Fault(path, "expected an object")
    else:
        yield from _type(value, expected, path)


def _is_time(text: str) -> bool:
    """Return True for a time that Go's time.Parse accepts as RFC 3339."""
    match = _TIME.fullmatch(text)
    if match is None:
        return False
    year, *parts = (int(part or 0) for part in match.groups())
    month, day = parts[:2]
    in_range = all(part <= limit for part, limit in zip(parts, _LIMITS, strict=True))
    return in_range and month >= 1 and 1 <= day <= monthrange(year, month)[1]


def _names(metadata: Json) -> Iterator[Fault]:
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if not name and not metadata.get("generateName"):
        yield Fault("metadata", "name or generateName is required")
    if name and (len(name) > NAME_MAX or not _SUBDOMAIN.fullmatch(name)):
        yield Fault(
            "metadata.name",
            f'invalid name "{name[:80]}": expected lower-case letters, digits, "-" and ".", '
            f"at most {NAME_MAX}",
        )
    prefix = metadata.get("generateName") or ""
    # As the API server does: a "-" at the end may stay, and takes the letter before with it.
    checked = f"{prefix[:-2]}a" if len(prefix) > 1 and prefix.endswith("-") else prefix
    if prefix and (len(checked) > NAME_MAX or not _SUBDOMAIN.fullmatch(checked)):
        yield Fault(
            "metadata.generateName",
            f'invalid prefix "{prefix[:80]}": expected lower-case letters, digits, "-" and ".", '
            f"at most {NAME_MAX}",
        )
    if namespace and (len(namespace) > LABEL_MAX or not _DNS_LABEL.fullmatch(namespace)):
        yield Fault("metadata.namespace", f'invalid namespace "{namespace[:80]}"')


def _labels(metadata: Json) -> Iterator[Fault]:
    for key, value in as_object(metadata.get("labels")).items():
        if value is None:
            continue
        path = f'metadata.labels["{key}"]'
        if message := _qualified(key):
            yield Fault(path, message)
        if value and (len(value) > LABEL_MAX or not _QUALIFIED.fullmatch(value)):
            yield Fault(
                path,
                f'invalid value "{value[:80]}": expected letters, digits, "-", "_" and ".", '
                f"at most {LABEL_MAX}",
            )


def _annotations(metadata: Json) -> Iterator[Fault]:
    annotations = as_object(metadata.get("annotations"))
    for key in annotations:
        # Unlike a label's, the prefix may have capital letters.
        if message := _qualified(key.lower()):
            yield Fault(f'metadata.annotations["{key}"]', message)
    if (size := _size(annotations)) > ANNOTATIONS_MAX:
        yield Fault("metadata.annotations", f"{size} bytes, expected at most {ANNOTATIONS_MAX}")


def _size(annotations: Json) -> int:
    return sum(len(key.encode()) + len((value or "").encode()) for key, value in annotations.items())


def _finalizers(metadata: Json) -> Iterator[Fault]:
    finalizers = as_list(metadata.get("finalizers"))
    for index, name in enumerate(finalizers):
        if message := _qualified(name or ""):
            yield Fault(f"metadata.finalizers[{index}]", message)
    if {"orphan", "foregroundDeletion"} <= set(finalizers):
        yield Fault("metadata.finalizers", "orphan and foregroundDeletion exclude each other")


def _owners(metadata: Json) -> Iterator[Fault]:
    owners = [as_object(owner) for owner in as_list(metadata.get("ownerReferences"))]
    for index, owner in enumerate(owners):
        path = f"metadata.ownerReferences[{index}]"
        for key in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(key):
                yield Fault(path, f"{key} is required")
        version = owner.get("apiVersion") or "v1"
        if version.count("/") > 1 or version.endswith("/"):
            yield Fault(f"{path}.apiVersion", f'invalid version "{version}": expected GROUP/VERSION')
        if version.removeprefix("/") == "v1" and owner.get("kind") == "Event":
            yield Fault(path, "an Event cannot be an owner")
    if sum(owner.get("controller") is True for owner in owners) > 1:
        yield Fault("metadata.ownerReferences", "expected at most one controller")


def _qualified(key: str) -> str:
    """Return what is wrong with a key such as example.com/name; an empty text if nothing is."""
    prefix, slash, name = key.rpartition("/")
    if slash and (len(prefix) > NAME_MAX or not _SUBDOMAIN.fullmatch(prefix)):
        return f'invalid prefix "{prefix[:80]}": expected a name such as example.com'
    if len(name) > LABEL_MAX or not _QUALIFIED.fullmatch(name):
        return f'invalid key "{key[:80]}": expected at most {LABEL_MAX} letters, digits, "-", "_" and "."'
    return ""
