"""An UPDATE carries its spec twice, as a rule in the same bytes: they are compared, not read.

The API server writes `object` and `oldObject` one behind the other, keys sorted, so two objects that differ
in their metadata alone end in the same bytes: from the value of `spec` on. Comparing those is ten times as
fast as reading them as JSON. What stands before is read, but for the list of who wrote which field, which
grows with the steps of a run: no rule looks at it.

Why equal bytes are equal specs: the review is read with a mark in the place of both endings, and the marks
turn out to be the specs of both objects. So both endings begin where a reader of the whole is in the same
state, and make the same of the same bytes. Did they end deeper or higher than they began, the braces behind
them would not close the review; did they leave their object and come back into another, that other would
have to come twice under one key. Neither is JSON that an API server writes: what a user writes into a spec or
a status comes behind the first `spec` of its object, which is where the endings begin, and managed fields, of
which no list has a name behind it, come before. So the members of one ending are those of both, where a rule
asks for the spec. Else what is between, and what managed fields say, is not looked at, so whoever else writes
what is no JSON there, or nests it too deep, is not told.
"""

from __future__ import annotations

import secrets

from msgspec import Raw, Struct

SMALLEST = 8 * 1024
"""Bytes of a review below which reading all of it is as fast."""

_NAME = secrets.token_hex(16)
MARK = {_NAME: Raw(b"0")}
"""Stands for the spec that both objects have; nobody can know it, so no spec looks like it."""

_WRITTEN = b'"spec":{"%b":0}' % _NAME.encode()

# What may stand before `object`; how far from the middle `oldObject` may begin, and into an object its list
# of managed fields, before which only short annotations are.
_HEAD, _REACH = 8192, 2048

_OBJECT, _OLD, _SPEC = b'"object":', b'"oldObject":', b'"spec":'
_MANAGED, _NAME_BEHIND = b'"managedFields":[', b'],"name":"'


class Short(Struct, gc=False):
    """A review with `MARK` in the place of both endings, and where one of them stands in the whole."""

    text: bytes
    whole: bytes
    at: slice

    def ending(self) -> bytes:
        """Give an object with the members of an ending, and no others."""
        return b"".join((b"{", memoryview(self.whole)[self.at], b"}"))


def shorten(body: bytes) -> Short | None:
    """Put `MARK` into the place of both endings; None when a review does not look like one that has them."""
    start = body.find(_OBJECT, 0, _HEAD)
    if start < 0 or len(body) < SMALLEST:
        return None
    middle = (start + len(body)) // 2
    behind = body.find(_OLD, middle - _REACH, middle + _REACH)
    end = body.rfind(b"}", start, behind)
    if behind < 0 or body[end + 1 : behind].strip() != b",":
        return None
    cut, old_cut = _managed(body, start, end), _managed(body, behind, len(body))
    new, old = body.find(_SPEC, cut.stop, end), body.find(_SPEC, old_cut.stop)
    if new < 0 or old < 0 or not body.startswith(memoryview(body)[new:end], old):
        return None
    head, between, twin_end = body[cut.stop : new], body[old_cut.stop : old], old + end - new
    parts = body[: cut.start], head, _WRITTEN, body[end : old_cut.start], between, _WRITTEN, body[twin_end:]
    return Short(b"".join(parts), body, slice(new, end))


def _managed(body: bytes, start: int, stop: int) -> slice:
    """Find the items of metadata.managedFields: no rule reads who wrote which field.

    The name is the next member that every object has, and what looks like it within a text would have
    its quotes escaped. A list of that name behind the beginning of a spec is what somebody wrote there.
    """
    key = body.find(_MANAGED, start, start + _REACH)
    last = body.find(_NAME_BEHIND, key, stop) if key >= 0 else -1
    if last < 0 or body.find(_SPEC, start, key) >= 0:
        return slice(start, start)
    return slice(key + len(_MANAGED), last)
