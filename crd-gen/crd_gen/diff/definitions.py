"""The comparison of two sets of definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crd_gen.diff.change import Change, Weight
from crd_gen.diff.keywords import Detail
from crd_gen.diff.schemas import schema_changes
from crd_gen.manifests.normalize import normalize

Definition = dict[str, Any]
BREAKING, SAFE = Weight.BREAKING, Weight.SAFE


def compare(old: Mapping[str, Definition], new: Mapping[str, Definition]) -> list[Change]:
    """Return every change between two sets of definitions by name, the most severe first, then by path."""
    found: list[Change] = []
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            text = "definition removed with all its objects"
            found.append(Change(BREAKING, name, "", "", "definition-removed", text))
        elif name not in old:
            found.append(Change(SAFE, name, "", "", "definition-added", "definition added"))
        else:
            found += _definition(name, normalize(old[name]), normalize(new[name]))
    return sorted(found, key=lambda change: (-change.weight, change.where, change.code, change.text))


def _definition(name: str, old: Definition, new: Definition) -> Iterator[Change]:
    for weight, code, text in (
        *_identity(old, new),
        *_names(old["names"], new["names"]),
        *_storage(old, new),
    ):
        yield Change(weight, name, "", "", code, text)
    before, after = ({version["name"]: version for version in spec["versions"]} for spec in (old, new))
    for version in sorted(before.keys() | after.keys()):
        if version not in after:
            yield Change(BREAKING, name, version, "", "version-removed", "version removed")
        elif version not in before:
            yield Change(SAFE, name, version, "", "version-added", "version added")
        else:
            yield from _version(name, before[version], after[version])


def _identity(old: Definition, new: Definition) -> Iterator[Detail]:
    for word in ("group", "scope"):
        if old.get(word) != new.get(word):
            yield BREAKING, f"{word}-changed", f"{word} changed from {old.get(word)!r} to {new.get(word)!r}"
    if old["conversion"] != new["conversion"]:
        if _without_ca(old["conversion"]) == _without_ca(new["conversion"]):
            yield SAFE, "words", "caBundle of the conversion webhook changed"
        else:
            said = f"conversion changed from {old['conversion']!r} to {new['conversion']!r}"
            yield BREAKING, "conversion-changed", said
    before, after = bool(old.get("preserveUnknownFields")), bool(new.get("preserveUnknownFields"))
    if before and not after:
        yield BREAKING, "pruning-turned-on", "preserveUnknownFields is off: unknown fields are now pruned"
    if after and not before:
        yield (
            Weight.LOOSENING,
            "pruning-turned-off",
            "preserveUnknownFields is on: unknown fields are preserved",
        )


def _without_ca(conversion: Definition) -> Definition:
    webhook = conversion.get("webhook", {})
    config = {word: value for word, value in webhook.get("clientConfig", {}).items() if word != "caBundle"}
    return {**conversion, "webhook": {**webhook, "clientConfig": config}}


def _names(old: Definition, new: Definition) -> Iterator[Detail]:
    for word in ("kind", "listKind", "plural", "singular"):
        if old.get(word) != new.get(word):
            yield BREAKING, "name-changed", f"{word} changed from {old.get(word)!r} to {new.get(word)!r}"
    for word in ("shortNames", "categories"):
        before, after = set(old.get(word, ())), set(new.get(word, ()))
        for name in sorted(before - after):
            yield BREAKING, "name-removed", f"{name!r} removed from {word}"
        for name in sorted(after - before):
            yield SAFE, "name-added", f"{name!r} added to {word}"


def _storage(old: Definition, new: Definition) -> Iterator[Detail]:
    before, after = (
        next((version["name"] for version in spec["versions"] if version["storage"]), "")
        for spec in (old, new)
    )
    if before != after:
        text = f"storage version changed from {before} to {after}: existing objects must be migrated"
        yield Weight.TIGHTENING, "storage-switched", text


def _version(name: str, old: Definition, new: Definition) -> Iterator[Change]:
    version = new["name"]
    for weight, code, text in (
        *_serving(old, new),
        *_subresources(old, new),
        *_columns(old, new),
        *_selectors(old, new),
    ):
        yield Change(weight, name, version, "", code, text)
    before, after = (spec["schema"]["openAPIV3Schema"] for spec in (old, new))
    for path, (weight, code, text) in schema_changes(before, after):
        yield Change(weight, name, version, path, code, text)


def _serving(old: Definition, new: Definition) -> Iterator[Detail]:
    if old["served"] and not new["served"]:
        yield BREAKING, "version-unserved", "version no longer served"
    if new["served"] and not old["served"]:
        yield SAFE, "version-served", "version now served"
    if bool(new.get("deprecated")) != bool(old.get("deprecated")):
        yield (
            SAFE,
            "deprecation",
            "version now deprecated" if new.get("deprecated") else "version no longer deprecated",
        )
    elif old.get("deprecationWarning") != new.get("deprecationWarning"):
        yield SAFE, "words", "deprecation warning changed"


def _subresources(old: Definition, new: Definition) -> Iterator[Detail]:
    before, after = old.get("subresources", {}), new.get("subresources", {})
    if "status" in before and "status" not in after:
        yield (
            BREAKING,
            "status-removed",
            "status subresource removed: an update of the object can change its status",
        )
    if "status" in after and "status" not in before:
        yield (
            BREAKING,
            "status-added",
            "status subresource added: an update of the object cannot change its status",
        )
    if before.get("scale") != after.get("scale"):
        if "scale" not in before:
            yield SAFE, "scale-added", "scale subresource added"
        else:
            yield BREAKING, "scale-changed", "scale subresource removed or changed"


def _columns(old: Definition, new: Definition) -> Iterator[Detail]:
    before, after = (
        {column["name"]: column for column in version.get("additionalPrinterColumns", ())}
        for version in (old, new)
    )
    for name in before.keys() - after.keys():
        yield BREAKING, "column-removed", f"column {name!r} removed"
    for name in after.keys() - before.keys():
        yield SAFE, "column-added", f"column {name!r} added"
    for name in before.keys() & after.keys():
        if any(before[name].get(word) != after[name].get(word) for word in ("jsonPath", "type", "format")):
            yield (
                BREAKING,
                "column-changed",
                f"column {name!r} now shows {after[name]['jsonPath']} as {after[name]['type']}",
            )
        elif before[name] != after[name]:
            yield SAFE, "words", f"description or priority of column {name!r} changed"


def _selectors(old: Definition, new: Definition) -> Iterator[Detail]:
    before, after = (
        {field["jsonPath"] for field in version.get("selectableFields", ())} for version in (old, new)
    )
    for path in sorted(before - after):
        yield BREAKING, "selector-removed", f"selectable field {path} removed"
    for path in sorted(after - before):
        yield SAFE, "selector-added", f"selectable field {path} added"
