"""An UPDATE carries its spec twice, as a rule in the same bytes: they are compared, not read.

The API server writes `object` and `oldObject` one behind the other, keys sorted, so two objects that differ
in their metadata alone end in the same bytes: from the value of `spec` on. Comparing those is ten times as
fast as reading them as JSON. What stands before is read.

Why equal bytes are equal specs: the review is read with a mark in the place of both endings, and the marks
turn out to be the specs of both objects. So both endings begin where a reader of the whole is in the same
state, and make the same of the same bytes. Did they end deeper or higher than they began, the braces behind
them would not close the review; did they leave their object and come back into another, that other would
have to come twice under one key. Neither is JSON that an API server writes: what a user writes into a spec or
a status comes behind the first `spec` of its object, which is where the endings begin. So the members of one
ending are those of both, where a rule asks for the spec. Else they are not looked at: what is nested too deep
for us there, or is no JSON, passes where it is the same in both.

Nothing but equal endings may be left out. Who guesses where a list ends that no rule asks for, such as that
of the managed fields, is led from one object into the other by lists of that name in a status.
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

# What may stand before `object`, and how far from the middle `oldObject` may begin.
_HEAD, _REACH = 8192, 2048

_OBJECT, _OLD, _SPEC = b'"object":', b'"oldObject":', b'"spec":'


class Short(Struct, gc=False):
    """A review with `MARK` in the place of both endings, and one of them: the members from `spec` on."""

    text: bytes
    ending: memoryview

    def as_object(self) -> bytes:
        """Give an object with the members of the ending, and no others."""
        return b"".join((b"{", self.ending, b"}"))


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
    new, old = body.find(_SPEC, start, end), body.find(_SPEC, behind)
    if new < 0 or old < 0:
        return None
    ending = memoryview(body)[new:end]
    if not body.startswith(ending, old):
        return None
    parts = body[:new], _WRITTEN, body[end:old], _WRITTEN, body[old + len(ending) :]
    return Short(b"".join(parts), ending)
