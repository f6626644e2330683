"""Random edits of a stored run in etcd, each with the expected states.

They are derived from the edit and from what the API server returns afterwards, independently of the code
under test.
"""

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from arkrun_crd.names import SPEC_SEAL_ANNOTATION, STATUS_SEAL_ANNOTATION, TEAM_LABEL
from arkrun_crd.seal.verify import State

Json = dict[str, Any]
States = frozenset[State]

ALTERED = frozenset({State.ALTERED})
UNKNOWN = frozenset({State.UNKNOWN})
NOT_SEALED = frozenset({State.NOT_SEALED})
VERIFIED = frozenset({State.VERIFIED})

FREE = ("conditions", "observedGeneration")
NAMES = {"spec": SPEC_SEAL_ANNOTATION, "status": STATUS_SEAL_ANNOTATION}


@dataclass(frozen=True)
class Edit:
    """An edited object; `copied_to` is the namespace and name of a copy, else None."""

    kind: str
    run: Json
    expected: Callable[[Json], States]
    copied_to: tuple[str, str] | None = None


def random_edit(run: Json, other: Json, source: random.Random) -> Edit:
    """Edit a copy of a sealed run as stored; `other` is another sealed run."""
    ended = run["status"]["phase"] in ("Succeeded", "Failed")
    kinds = [_spec, _identity, _seal_changed, _seal_removed, _seals_swapped, _copied]
    kinds += [_status, _status_noted] if ended else []
    return source.choice(kinds)(copy.deepcopy(run), other, source)


def _spec(run: Json, _other: Json, source: random.Random) -> Edit:
    before = copy.deepcopy(run["spec"])
    _change(run["spec"], source)
    return Edit("spec", run, lambda stored: ALTERED if differs(stored["spec"], before) else VERIFIED)


def _status(run: Json, _other: Json, source: random.Random) -> Edit:
    before = copy.deepcopy(run["status"])
    if source.random() < 0.1:
        run["status"]["phase"] = source.choice(["Pending", "Running", "Succeeded", "Failed", "x"])
    elif source.random() < 0.1:
        run["status"]["completionTime"] = f"20{source.randrange(20, 30)}-03-17T10:00:45Z"
    else:
        _change(run["status"], source)
    return Edit("status", run, lambda stored: _status_expected(before, stored.get("status") or {}))


def _status_expected(before: Json, after: Json) -> States:
    """Return the expected states; a Failed run that is unfinished or ended later may have been retried."""
    old, new = ({key: value for key, value in each.items() if key not in FREE} for each in (before, after))
    if not differs(old, new):
        return VERIFIED
    reopened = new.get("phase") not in ("Succeeded", "Failed")
    later = str(new.get("completionTime", "")) > old["completionTime"]
    return UNKNOWN if old["phase"] == "Failed" and (reopened or later) else ALTERED


def _status_noted(run: Json, _other: Json, source: random.Random) -> Edit:
    run["status"]["observedGeneration"] = source.randrange(9)
    return Edit("observedGeneration", run, lambda _stored: VERIFIED)


def _identity(run: Json, _other: Json, source: random.Random) -> Edit:
    field = source.choice(["uid", "namespace", "name", "generation", "team"])
    metadata = run["metadata"]
    if field == "team":
        metadata["labels"] = source.choice([{}, {TEAM_LABEL: "other"}])
    elif field == "generation":
        metadata["generation"] += 1
    else:
        metadata[field] = f"{metadata[field][:-1]}{'x' if metadata[field][-1] != 'x' else 'y'}"
    return Edit(field, run, lambda stored: _identity_expected(run, stored))


def _identity_expected(sent: Json, stored: Json) -> States:
    """Return the expected states; the API server may restore a name from the request's path."""
    return ALTERED if stored["metadata"]["uid"] == sent["metadata"]["uid"] else UNKNOWN


def _seal_changed(run: Json, _other: Json, source: random.Random) -> Edit:
    annotations = run["metadata"]["annotations"]
    name = source.choice([each for each in NAMES.values() if each in annotations])
    text = annotations[name]
    at = source.randrange(len(text))
    inserted = source.choice(["", "0", "a", "f", " ", '"', "é"])
    edited = text[:at] + inserted + text[at + 1 :]
    if edited == text:
        edited = text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]
    annotations[name] = edited
    key = text.index('"key":"') + len('"key":"')
    may_be_unknown = at == 1 or key <= at < key + 16
    return Edit("seal changed", run, lambda _stored: ALTERED | UNKNOWN if may_be_unknown else ALTERED)


def _seal_removed(run: Json, _other: Json, source: random.Random) -> Edit:
    annotations = run["metadata"]["annotations"]
    chosen = source.choice(
        [[each] for each in NAMES.values() if each in annotations] + [list(NAMES.values())]
    )
    for name in chosen:
        annotations.pop(name, None)
    return Edit("seal removed", run, lambda _stored: NOT_SEALED)


def _seals_swapped(run: Json, other: Json, source: random.Random) -> Edit:
    annotations, others = run["metadata"]["annotations"], other["metadata"]["annotations"]
    name = source.choice([each for each in NAMES.values() if each in annotations and each in others])
    annotations[name] = others[name]
    return Edit("seal of another run", run, lambda _stored: ALTERED)


def _copied(run: Json, _other: Json, source: random.Random) -> Edit:
    metadata = run["metadata"]
    metadata["name"] = f"copy-{source.randrange(10**9)}"
    if source.random() < 0.5:
        metadata["uid"] = (
            f"0{metadata['uid'][1:]}" if metadata["uid"][0] != "0" else f"1{metadata['uid'][1:]}"
        )
    copied_to = (metadata["namespace"], metadata["name"])
    return Edit("copy under another name", run, lambda _stored: ALTERED, copied_to)


def _change(value: Any, source: random.Random) -> None:
    """Replace, drop or add one member at any depth."""
    container, key = source.choice(list(_members(value)))
    old = container[key]
    action = source.random()
    if action < 0.2 and isinstance(container, dict) and key not in ("phase", "name", "role"):
        del container[key]
    elif action < 0.3 and isinstance(container, dict):
        container["xAdded"] = source.choice([1, None, "x", {"a": [1.5]}])
    elif isinstance(old, bool):
        container[key] = not old
    elif isinstance(old, int | float):
        container[key] = source.choice([old + 1, -old - 1, 2**53 + old])
    elif isinstance(old, str):
        container[key] = source.choice([f"{old}x", f" {old}", old[:-1], old.swapcase()])
    elif isinstance(old, list):
        container[key] = source.choice([old[:-1], [*old, *old[:1]], old[::-1]])
    elif old is None:
        container[key] = "x"
    else:
        container[key] = {**old, "xAdded": 1}


def _members(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from _members(inner)


def differs(left: Any, right: Any) -> bool:
    """Return True if two JSON values differ: true and 1 do, 1 and 1.0 do not."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() != right.keys() or any(differs(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) != len(right) or any(map(differs, left, right))
    return isinstance(left, bool) != isinstance(right, bool) or bool(left != right)
