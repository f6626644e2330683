"""Teams as the API server last sent them: the same bytes again are the same team, and are not decoded again.

Whether they are the same is asked of the bytes, never of the clock: every look-up is as fresh as its answer.
A create looks its team up twice, once to stamp the run and once to prove the stamp.
"""

from __future__ import annotations

import msgspec

from arkrun_webhook.snapshot import Team

REMEMBERED = 2 * 1024 * 1024
"""Bytes that are kept: a few teams of the largest kind, hundreds of the usual one."""

_INPUT = 256
"""Bytes that an input of a team takes at most beside its text: a name, a span, a place in a dict."""

Key = tuple[str, str]


class Decoded:
    """The last answers, up to `limit` bytes; a team shares the bytes that it was decoded from."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit = limit
        self._held = 0
        self._last: dict[Key, tuple[bytes, Team]] = {}

    def team(self, key: Key, answer: bytes) -> Team:
        """Give the team of an answer; raises what `spans.BAD_JSON` names."""
        known = self._last.get(key)
        if known is not None and known[0] == answer:
            return known[1]
        team = _decode(answer)
        self._remember(key, answer, team)
        return team

    def _remember(self, key: Key, answer: bytes, team: Team) -> None:
        """Put it last, and forget the first ones: those whose answer has been the same for longest."""
        self._forget(key)
        self._last[key] = answer, team
        self._held += size(answer, team)
        while self._held > self._limit:
            self._forget(next(iter(self._last)))

    def _forget(self, key: Key) -> None:
        if key in self._last:
            self._held -= size(*self._last.pop(key))


def size(answer: bytes, team: Team) -> int:
    """Tell how many bytes it takes to remember a team."""
    return len(answer) + _INPUT * (len(team.spec.input or ()) + len(team.spec.inputs or ()))


_decode = msgspec.json.Decoder(Team).decode
