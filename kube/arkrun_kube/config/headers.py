"""Request headers of credentials and impersonation."""

from __future__ import annotations

import base64
from urllib.parse import quote

from arkrun_kube.config.entries import User
from arkrun_kube.errors import ConfigError

__all__ = ["Headers", "basic", "bearer", "impersonation"]

Headers = tuple[tuple[str, str], ...]

# Characters of a header name (RFC 9110, token); the API server decodes the others from %XX.
_TOKEN = "!#$&'*+-.^_`|~"  # noqa: S105 - characters


def bearer(token: str, title: str) -> str:
    """Return the Authorization header of a token; raises ConfigError if it cannot be sent."""
    return f"Bearer {_sendable(token, f'the token of {title}')}"


def basic(username: str, password: str) -> str:
    """Return the Authorization header of a username and password."""
    text = f"{username}:{password}".encode(errors="replace")
    return f"Basic {base64.b64encode(text).decode()}"


def impersonation(user: User, title: str) -> Headers:
    """Return the headers that impersonate another user; raises ConfigError."""
    if not user.impersonate:
        if user.impersonate_uid or user.impersonate_groups or user.impersonate_extra:
            raise ConfigError(f"{title} has as-uid, as-groups or as-user-extra without as: name the user too")
        return ()
    headers = [("Impersonate-User", user.impersonate)]
    if user.impersonate_uid:
        headers.append(("Impersonate-Uid", user.impersonate_uid))
    headers += [("Impersonate-Group", group) for group in user.impersonate_groups or ()]
    for key, values in (user.impersonate_extra or {}).items():
        headers += [(f"Impersonate-Extra-{quote(key, safe=_TOKEN)}", value) for value in values]
    return tuple((name, _sendable(value, f"{name} of {title}")) for name, value in headers)


def _sendable(value: str, what: str) -> str:
    if value.isprintable():
        return value
    raise ConfigError(f"{what} has line breaks or control characters: write it on one line")
