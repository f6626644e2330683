"""The API server's rules for metadata, which no schema of a CRD has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from arkrun_cli.values import as_list, as_object

Json = dict[str, Any]

NAME_MAX, LABEL_MAX, ANNOTATIONS_MAX = 253, 63, 256 * 1024

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII)
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", re.ASCII)
_QUALIFIED = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)

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
_MEMBERS: dict[str, Any] = {
    **dict.fromkeys(("name", "generateName", "namespace", "selfLink", "uid", "resourceVersion"), _TEXT),
    **dict.fromkeys(("creationTimestamp", "deletionTimestamp"), _TIME),
    **dict.fromkeys(("generation", "deletionGracePeriodSeconds"), _NUMBER),
    "labels": {},
    "annotations": {},
    "finalizers": [_TEXT],
    "ownerReferences": [_REFERENCE],
    "managedFields": [_ANY],
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


def _types(value: Json, members: Json, path: str) -> Iterator[Fault]:
    for key, member in value.items():
        if key not in members:
            yield Fault(f"{path}.{key}", "unknown field; kubectl refuses it")
        elif member is not None:
            yield from _type(member, members[key], f"{path}.{key}")


def _type(value: Any, expected: Any, path: str) -> Iterator[Fault]:
    if expected is _TIME:
        if not isinstance(value, str) or not _TIME.fullmatch(value):
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
    if isinstance(expected, dict) and isinstance(value, dict):
        yield from _types(value, expected, path)
    elif isinstance(expected, dict):
        yield Fault(path, "expected an object")
    elif value is not None:
        yield from _type(value, expected, path)


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
    prefix = metadata.get("generateName")
    # The API server appends letters to the prefix, so it may end in "-" or ".".
    if prefix and not name and not _SUBDOMAIN.fullmatch(f"{prefix}x"):
        yield Fault(
            "metadata.generateName",
            f'invalid prefix "{prefix[:80]}": expected lower-case letters, digits, "-" and "."',
        )
    if namespace and (len(namespace) > LABEL_MAX or not _DNS_LABEL.fullmatch(namespace)):
        yield Fault("metadata.namespace", f'invalid namespace "{namespace[:80]}"')


def _labels(metadata: Json) -> Iterator[Fault]:
    for key, value in as_object(metadata.get("labels")).items():
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
    size = sum(len(key.encode()) + len((value or "").encode()) for key, value in annotations.items())
    if size > ANNOTATIONS_MAX:
        yield Fault("metadata.annotations", f"{size} bytes, and {ANNOTATIONS_MAX} are the most")


def _finalizers(metadata: Json) -> Iterator[Fault]:
    for index, name in enumerate(as_list(metadata.get("finalizers"))):
        if message := _qualified(name or ""):
            yield Fault(f"metadata.finalizers[{index}]", message)


def _owners(metadata: Json) -> Iterator[Fault]:
    for index, owner in enumerate(as_list(metadata.get("ownerReferences"))):
        for key in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(key):
                yield Fault(f"metadata.ownerReferences[{index}]", f"{key} is required")


def _qualified(key: str) -> str:
    """Return what is wrong with a key such as example.com/name; an empty text if nothing is."""
    prefix, slash, name = key.rpartition("/")
    if slash and (len(prefix) > NAME_MAX or not _SUBDOMAIN.fullmatch(prefix)):
        return f'invalid prefix "{prefix[:80]}": expected a name such as example.com'
    if len(name) > LABEL_MAX or not _QUALIFIED.fullmatch(name):
        return f'invalid key "{key[:80]}": expected at most {LABEL_MAX} letters, digits, "-", "_" and "."'
    return ""
