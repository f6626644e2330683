"""Teams as the API server last sent them: the same bytes again are the same team, and are not decoded again.

Whether they are the same is asked of the bytes, never of the clock: every look-up is as fresh as its answer.
A create looks its team up twice, once to stamp the run and once to prove the stamp.
"""

from __future__ import annotations

from sys import getsizeof

import msgspec

from arkrun_webhook.snapshot import Team
from arkrun_webhook.teams import Key

REMEMBERED = 2 * 1024 * 1024
"""Bytes that are kept: one or two teams of the largest kind, a hundred of the usual one."""

# What a team takes beside its answer, and an input beside its name: objects, spans, a place in a dict.
_TEAM, _INPUT = 1024, 256


class Decoded:
    """The last answers, up to `limit` bytes; a team shares the bytes that it was decoded from."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit = limit
        self._held = 0
        self._last: dict[Key, tuple[bytes, Team, int]] = {}

    def team(self, key: Key, answer: bytes) -> Team:
        """Give the team of an answer; raises what `spans.BAD_JSON` names."""
        known = self._last.get(key)
        if known is not None and known[0] == answer:
            return known[1]
        team = _decode(answer)
        self._forget(key)
        if (taken := weight(answer, team)) <= self._limit:
            self._remember(key, answer, team, taken)
        return team

    def _remember(self, key: Key, answer: bytes, team: Team, taken: int) -> None:
        """Put it last, and forget what was put longest ago until it fits."""
        self._last[key] = answer, team, taken
        self._held += taken
        while self._held > self._limit:
            self._forget(next(iter(self._last)))

    def _forget(self, key: Key) -> None:
        if key in self._last:
            self._held -= self._last.pop(key)[2]


def weight(answer: bytes, team: Team) -> int:
    """Tell how many bytes it takes at most to remember a team; a name has up to four a character."""
    names = [*(team.spec.input or ()), *(one.name for one in team.spec.inputs or ())]
    return len(answer) + _TEAM + sum(map(getsizeof, names)) + _INPUT * len(names)


_decode = msgspec.json.Decoder(Team).decode
