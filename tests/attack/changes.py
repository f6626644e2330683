"""Changes of a JSON object, each guaranteed to change it."""

import copy
import json
import unicodedata
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Spec = dict[str, Any]
Place = tuple[Any, Any]
"""A container and the key or index in it."""

Change = Callable[[Random, Spec], None]

UNKNOWN = "xUnknown"
"""Prefix of the names of fields that no schema declares."""

EXTRA_FIELDS = {
    "pipeline": [{"role": "intruder"}],
    "roles": [{"name": "intruder", "model": "m"}],
    "routing": {"model": "intruder"},
    "input": {"intruder": "yes"},
    "output": "intruder",
    "timeoutSeconds": 86400,
    "maxTokens": 999999,
    "teamGeneration": 99,
    "unheardOf": {"by": "our schema"},
}


def changed(rng: Random, kind: str, spec: Spec) -> Spec:
    """Return a copy of `spec` with a change of this kind, or of another kind if it does not apply."""
    for name in (kind, *rng.sample(sorted(CHANGES), len(CHANGES))):
        after = copy.deepcopy(spec)
        try:
            CHANGES[name](rng, after)
        except (IndexError, KeyError):
            continue
        if not same(spec, after):
            return after
    return {**spec, "teamRef": f"{spec.get('teamRef')}-other"}


def same(left: Any, right: Any) -> bool:
    """Return True if two values are the same JSON; 1 and 1.0 differ, the order of keys is irrelevant."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def places(node: Any) -> Iterator[Place]:
    """List every member and item at any depth."""
    keys = node.keys() if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield node, key
        yield from places(node[key])


def _pick(rng: Random, spec: Spec, *types: type) -> Place:
    return rng.choice([(holder, key) for holder, key in places(spec) if type(holder[key]) in types])


def _value(rng: Random, spec: Spec) -> None:
    holder, key = _pick(rng, spec, str, int, float, bool)
    old = holder[key]
    if isinstance(old, bool):
        holder[key] = not old
    elif isinstance(old, int | float):
        holder[key] = old + rng.choice([1, -1, 1000])
    else:
        holder[key] = rng.choice([f"{old}x", old[:-1], old.swapcase(), f" {old}", f"{old}\n", ""])


def _rounded(rng: Random, spec: Spec) -> None:
    """Replace a large integer by the nearest float, which CEL considers equal."""
    holder, key = rng.choice([(holder, key) for holder, key in places(spec) if _is_large(holder[key])])
    holder[key] = float(holder[key])


def _respelled(rng: Random, spec: Spec) -> None:
    """Replace 1 by 1.0: equal as JSON numbers, but a change of the record."""
    holder, key = _pick(rng, spec, int)
    holder[key] = float(holder[key])


def _is_large(value: Any) -> bool:
    return type(value) is int and float(value) != value


def _type(rng: Random, spec: Spec) -> None:
    holder, key = _pick(rng, spec, str, int, float, bool, dict, list)
    old = holder[key]
    others: list[Any] = [str(old), [old], {"value": old}, None, bool(old), 1, 0, "true", [], {}]
    holder[key] = rng.choice([other for other in others if not same(other, old)])


def _drop(rng: Random, spec: Spec) -> None:
    holder, key = rng.choice(list(places(spec)))
    del holder[key]


def _null(rng: Random, spec: Spec) -> None:
    holder, key = rng.choice(list(places(spec)))
    holder[key] = None


def _empty(rng: Random, spec: Spec) -> None:
    holder, key = _pick(rng, spec, str, int, dict, list)
    holder[key] = type(holder[key])()


def _add(rng: Random, spec: Spec) -> None:
    holders = [spec, *(holder[key] for holder, key in places(spec) if isinstance(holder[key], dict))]
    rng.choice(holders)[f"added{rng.randrange(1000)}"] = rng.choice([1, "x", True, None, {}, [], {"a": [1]}])


def _fill(rng: Random, spec: Spec) -> None:
    field = rng.choice([name for name in EXTRA_FIELDS if name not in spec])
    spec[field] = copy.deepcopy(EXTRA_FIELDS[field])


def _replace_field(rng: Random, spec: Spec) -> None:
    field = rng.choice([name for name in EXTRA_FIELDS if name in spec])
    spec[field] = copy.deepcopy(EXTRA_FIELDS[field])


def _shorten(rng: Random, spec: Spec) -> None:
    holder, key = _pick(rng, spec, list)
    holder[key].pop(rng.randrange(len(holder[key])) if holder[key] else 0)


def _lengthen(rng: Random, spec: Spec) -> None:
    holder, key = _pick(rng, spec, list)
    items = holder[key]
    items.insert(rng.randrange(len(items) + 1), copy.deepcopy(rng.choice(items)))


def _reorder(rng: Random, spec: Spec) -> None:
    holder, key = _pick(rng, spec, list)
    rng.shuffle(holder[key])


def _lookalike(rng: Random, spec: Spec) -> None:
    holder, key = _pick(rng, spec, str)
    old = holder[key]
    holder[key] = rng.choice(
        [
            unicodedata.normalize("NFD", old),
            old.replace("e", "\u0435"),
            f"{old}\u200b",
            old.replace(" ", "\u00a0"),
        ]
    )


def _rename(rng: Random, spec: Spec) -> None:
    holder, key = rng.choice([(holder, key) for holder, key in places(spec) if isinstance(key, str)])
    holder[key.swapcase()] = holder.pop(key)


def _team_ref(rng: Random, spec: Spec) -> None:
    spec["teamRef"] = rng.choice(["routed", "dynamic", "blog", "nobody"])


def _nothing_left(rng: Random, spec: Spec) -> None:
    keep = rng.choice([(), ("teamRef",)])
    for field in [name for name in spec if name not in keep]:
        del spec[field]


def _unknown(rng: Random, spec: Spec) -> Place:
    """Choose a field at any depth that our schemas do not declare."""
    return rng.choice([(holder, key) for holder, key in places(spec) if str(key).startswith(UNKNOWN)])


def _unknown_swapped(rng: Random, spec: Spec) -> None:
    """Replace one unknown field by another: CEL considers the two objects equal."""
    holder, key = _unknown(rng, spec)
    value = holder.pop(key)
    holder[f"{UNKNOWN}{rng.randrange(1000)}"] = rng.choice([value, "swapped", 1, None])


def _unknown_replaced(rng: Random, spec: Spec) -> None:
    holder, key = _unknown(rng, spec)
    holder[key] = rng.choice(["replaced", {"x": 1}, [holder[key]], None, 0])


def _unknown_dropped(rng: Random, spec: Spec) -> None:
    holder, key = _unknown(rng, spec)
    del holder[key]


def _unknown_added(rng: Random, spec: Spec) -> None:
    holders = [spec, *(holder[key] for holder, key in places(spec) if isinstance(holder[key], dict))]
    rng.choice(holders)[f"{UNKNOWN}{rng.randrange(1000)}"] = rng.choice([1, "x", None, {}, [], {"a": [1]}])


CHANGES: dict[str, Change] = {
    "unknown field swapped": _unknown_swapped,
    "unknown field replaced": _unknown_replaced,
    "unknown field dropped": _unknown_dropped,
    "unknown field added": _unknown_added,
    "value": _value,
    "number rounded": _rounded,
    "number respelled": _respelled,
    "type": _type,
    "member dropped": _drop,
    "member nulled": _null,
    "value emptied": _empty,
    "member added": _add,
    "absent field filled": _fill,
    "field replaced": _replace_field,
    "item dropped": _shorten,
    "item doubled": _lengthen,
    "items reordered": _reorder,
    "look-alike": _lookalike,
    "member renamed": _rename,
    "teamRef": _team_ref,
    "spec emptied": _nothing_left,
}
