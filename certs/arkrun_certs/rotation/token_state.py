"""The unguessable tokens of the admission paths, as stored in their Secret."""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from arkrun_certs.errors import MaterialError

__all__ = ["TokenState", "begin", "create", "decode", "encode", "find_token", "is_accepted"]

_TOKEN_BYTES = 16
# The segments of a webhook path must be DNS-1123 subdomains: no upper case, no underscore.
_TOKEN = re.compile(r"[0-9a-f]{32}")
_KEY = "path.json"


@dataclass(frozen=True, slots=True)
class TokenState:
    """The tokens in the Secret; `rotated` is when `current` became the current token.

    repr() omits the tokens because it may end up in a log.
    """

    current: str = field(repr=False)
    rotated: datetime
    upcoming: str = field(default="", repr=False)
    retired: tuple[str, ...] = field(default=(), repr=False)

    @property
    def tokens(self) -> tuple[str, ...]:
        """Return all tokens that replicas accept."""
        return (self.current, *filter(None, (self.upcoming,)), *self.retired)


def is_accepted(token: str, tokens: Iterable[str]) -> bool:
    """Return True if `token` is one of `tokens`, comparing in constant time."""
    candidate = token.encode()
    return sum([hmac.compare_digest(candidate, each.encode()) for each in tokens]) > 0


def find_token(path: str, suffix: str) -> str:
    """Return the token of a path that ends with `suffix`, or "" if it has none."""
    token = path.removesuffix(suffix).removeprefix("/")
    return token if path == f"/{token}{suffix}" and _TOKEN.fullmatch(token) else ""


def create(called: Iterable[str], now: datetime) -> TokenState:
    """Return a state with a new token; tokens that are called now stay valid until all replicas know it."""
    tokens = tuple(dict.fromkeys(filter(None, called)))
    if not tokens:
        return TokenState(_new_token(), now)
    return TokenState(tokens[0], now, upcoming=_new_token(), retired=tokens[1:])


def begin(state: TokenState) -> TokenState:
    """Add an upcoming token, or return the state unchanged during a rotation."""
    return state if state.upcoming else replace(state, upcoming=_new_token())


def encode(state: TokenState) -> dict[str, bytes]:
    """Encode a state as the data of a Secret."""
    document = {
        "current": state.current,
        "retired": state.retired,
        "rotated": state.rotated.isoformat(),
        "upcoming": state.upcoming,
    }
    return {_KEY: json.dumps(document, sort_keys=True).encode()}


def decode(data: Mapping[str, bytes]) -> TokenState:
    """Parse what `encode` wrote. Raises MaterialError, whose message never contains a token."""
    if not data.get(_KEY):
        raise MaterialError(f"{_KEY} is missing or empty")
    try:
        document = json.loads(data[_KEY])
        rotated = datetime.fromisoformat(document["rotated"])
        state = TokenState(document["current"], rotated, document["upcoming"], tuple(document["retired"]))
        valid = rotated.tzinfo is not None and all(map(_TOKEN.fullmatch, state.tokens))
    except (ValueError, TypeError, KeyError, AttributeError):
        valid = False
    if not valid:
        raise MaterialError(f"{_KEY} is invalid")
    return state


def _new_token() -> str:
    return secrets.token_hex(_TOKEN_BYTES)
