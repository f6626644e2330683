"""The unguessable first part of the admission paths, and what to do next with it; free of I/O.

A rotation goes BEGIN -> PROMOTE -> INJECT -> DROP: every replica accepts the next token before an API
server calls it, and the old one until no API server can call it any more.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from arkrun_certs.decision import Action, Decision
from arkrun_certs.errors import MaterialError

__all__ = [
    "PathState",
    "PathView",
    "accepted",
    "advance",
    "begin",
    "create",
    "decide",
    "decode",
    "encode",
    "find_token",
]

_BYTES = 16
# The API server takes only DNS-1123 subdomains as the segments of a path: no upper case, no underscore.
_TOKEN = re.compile(r"[0-9a-f]{32}")
_KEY = "path.json"


@dataclass(frozen=True, slots=True)
class PathState:
    """What the Secret says; `rotated` is the moment when `current` took its place.

    No token is in repr(), which may end in a log.
    """

    current: str = field(repr=False)
    rotated: datetime
    upcoming: str = field(default="", repr=False)
    retired: tuple[str, ...] = field(default=(), repr=False)

    @property
    def tokens(self) -> tuple[str, ...]:
        """Every token that replicas accept."""
        return (self.current, *filter(None, (self.upcoming,)), *self.retired)


@dataclass(frozen=True, slots=True)
class PathView:
    """Everything that a decision looks at.

    `state` is what the Secret holds, None with a `problem` when that is unusable; `kept` is the last good
    state that this process has seen. `called` are the tokens in the configurations, "" for a webhook
    that calls none; `differing` names the configurations that do not call `state.current` everywhere;
    `unreadable` says why they cannot be read. By a timer, `seen` is how long this process has known the
    token that is next to be called, `held` how long every configuration has called `state.current`.
    """

    state: PathState | None
    problem: str = ""
    kept: PathState | None = None
    called: tuple[str, ...] = field(default=(), repr=False)
    differing: tuple[str, ...] = ()
    unreadable: str = ""
    seen: timedelta = timedelta()
    held: timedelta = timedelta()


def accepted(token: str, tokens: Iterable[str]) -> bool:
    """Return True if `token` is one of `tokens`; takes the same time wherever they differ."""
    given = token.encode()
    return sum([hmac.compare_digest(given, each.encode()) for each in tokens]) > 0


def find_token(path: str, suffix: str) -> str:
    """Return the token of a path that ends with `suffix`, "" when it has none."""
    token = path.removesuffix(suffix).removeprefix("/")
    return token if path == f"/{token}{suffix}" and _TOKEN.fullmatch(token) else ""


def create(called: Iterable[str], now: datetime) -> PathState:
    """Start with a new token; one that is called stays in use until all replicas know the new one."""
    found = tuple(dict.fromkeys(filter(None, called)))
    if not found:
        return PathState(_new_token(), now)
    return PathState(found[0], now, upcoming=_new_token(), retired=found[1:])


def begin(state: PathState) -> PathState:
    """Add the next token, or return the state as it is when a rotation is under way."""
    return state if state.upcoming else replace(state, upcoming=_new_token())


def advance(action: Action, view: PathView, now: datetime) -> PathState:
    """Return the state that an action leaves in the Secret."""
    if action is Action.CREATE:
        return create(view.called, now)
    if action is Action.RESTORE and view.kept:
        # Whoever deletes or damages the Secret wants another token.
        return begin(view.kept)
    state = view.state
    if state is None:
        raise ValueError(f"{action} needs a state")
    match action:
        case Action.RETAIN:
            return replace(state, retired=(*_forgotten(state, view), *state.retired))
        case Action.BEGIN:
            return begin(state)
        case Action.PROMOTE:
            return PathState(state.upcoming, now, retired=(state.current, *state.retired))
        case Action.DROP:
            return replace(state, retired=())
    raise ValueError(f"{action} changes no state")


def decide(
    view: PathView, *, rotation: timedelta, spread: timedelta, settle: timedelta, now: datetime
) -> Decision:
    """Choose the one next step; after it has been taken, look and ask again.

    `spread` is the time within which every replica has read the Secret, `settle` the time within which
    every API server has learned of a configuration.
    """
    state = view.state
    if state is None:
        action = Action.RESTORE if view.kept else Action.CREATE
        return Decision(action, view.problem)
    if _forgotten(state, view):
        return Decision(Action.RETAIN, "the Secret forgot a token that is still called")
    if view.unreadable:
        return Decision(Action.WAIT, view.unreadable)
    return (
        _inject(state, view, spread, now)
        or _drop(state, view, settle, now)
        or _rotate(state, view, rotation, spread, now)
        or Decision(Action.NONE, "everything is in place", state.rotated + rotation)
    )


def encode(state: PathState) -> dict[str, bytes]:
    """Lay a state out as the data of a Secret."""
    document = {
        "current": state.current,
        "retired": state.retired,
        "rotated": state.rotated.isoformat(),
        "upcoming": state.upcoming,
    }
    return {_KEY: json.dumps(document, sort_keys=True).encode()}


def decode(data: Mapping[str, bytes]) -> PathState:
    """Read what `encode` wrote. Raises MaterialError, whose text never holds a token."""
    if not data.get(_KEY):
        raise MaterialError(f"{_KEY} is missing or empty")
    try:
        document = json.loads(data[_KEY])
        rotated = datetime.fromisoformat(document["rotated"])
        state = PathState(document["current"], rotated, document["upcoming"], tuple(document["retired"]))
        valid = rotated.tzinfo is not None and all(map(_TOKEN.fullmatch, state.tokens))
    except (ValueError, TypeError, KeyError, AttributeError):
        valid = False
    if not valid:
        raise MaterialError(f"{_KEY} is not what this package writes")
    return state


def _new_token() -> str:
    return secrets.token_hex(_BYTES)


def _forgotten(state: PathState, view: PathView) -> list[str]:
    """List what the API servers call and this process accepts, but the Secret does not hold."""
    known = view.kept.tokens if view.kept else ()
    return [each for each in dict.fromkeys(view.called) if each in known and each not in state.tokens]


def _inject(state: PathState, view: PathView, spread: timedelta, now: datetime) -> Decision | None:
    if not view.differing:
        return None
    if set(view.called) <= set(state.tokens) and view.seen < spread:
        return Decision(Action.WAIT, "replicas learn of the token", now + spread - view.seen)
    return Decision(Action.INJECT, f"{', '.join(view.differing)} calls another path")


def _drop(state: PathState, view: PathView, settle: timedelta, now: datetime) -> Decision | None:
    if not state.retired:
        return None
    if view.held < settle:
        return Decision(Action.WAIT, "API servers learn of the path", now + settle - view.held)
    return Decision(Action.DROP, "no API server calls an old path any more")


def _rotate(
    state: PathState, view: PathView, rotation: timedelta, spread: timedelta, now: datetime
) -> Decision | None:
    if not state.upcoming:
        due = now >= state.rotated + rotation
        return Decision(Action.BEGIN, "the path is due for rotation") if due else None
    if view.seen < spread:
        return Decision(Action.WAIT, "replicas learn of the next token", now + spread - view.seen)
    return Decision(Action.PROMOTE, "every replica accepts the next token")
