"""Read a team from the API server, and map errors to refusals of the run."""

from __future__ import annotations

import asyncio
from time import monotonic

from msgspec import Raw

from arkrun_crd.names import GROUP, TEAM_PLURAL, VERSION
from arkrun_kube import (
    Client,
    ConfigError,
    KubeError,
    MalformedError,
    NotFoundError,
    Resource,
    UnansweredError,
    UnknownKindError,
)
from arkrun_webhook.compare.raw_json import BAD_JSON
from arkrun_webhook.errors import Refused, TeamNotFound, TeamUnanswered
from arkrun_webhook.teams import refusals
from arkrun_webhook.teams.team import Team, parse_team

TEAMS = Resource(GROUP, VERSION, TEAM_PLURAL)

# An attempt may take at most this share of the remaining time, so that another one can follow if the server
# is gone and never answers on a connection that still looks open.
ATTEMPT_SHARE = 0.5
PAUSE_SECONDS = 0.05

_TOO_MANY_REQUESTS, _SERVER_ERROR = 429, 500
_BY_STATUS = {401: refusals.credentials_rejected, 403: refusals.read_forbidden}


class _NoAnswerError(Exception):
    """The API server did not answer before the deadline; the message is the last problem."""


class ApiServer:
    """Read teams from the API server, without a cache."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def team(self, namespace: str, name: str, deadline: float) -> Team:
        """Read an ArkTeam with a quorum read, with retries until `deadline` (a time of time.monotonic()).

        Raises `TeamNotFound`, `TeamNotReadable`, `TeamUnanswered`.
        """
        try:
            document = await self._get(TEAMS.path(namespace, name), deadline)
        except _NoAnswerError as error:
            raise TeamUnanswered(namespace, name, str(error)) from None
        except KubeError as error:
            raise unreadable(namespace, name, error) from None
        return read_team(namespace, name, document)

    async def _get(self, path: str, deadline: float) -> bytes:
        """Repeat the request until the API server answers; raises `_NoAnswerError` at `deadline`."""
        problem = ""
        while (remaining := deadline - monotonic()) > 0:
            try:
                return bytes(await self._client.get(path, model=Raw, timeout=remaining * ATTEMPT_SHARE))
            except UnansweredError as error:
                # The last attempts have little time, so a timeout does not replace a response.
                problem = problem or error.cause
            except KubeError as error:
                if error.status != _TOO_MANY_REQUESTS and error.status < _SERVER_ERROR:
                    raise
                problem = f"HTTP {error.status}"
            await asyncio.sleep(PAUSE_SECONDS)
        raise _NoAnswerError(problem or "out of time")


def read_team(namespace: str, name: str, document: bytes) -> Team:
    """Parse an ArkTeam; raises `TeamNotReadable` if it is malformed."""
    try:
        return parse_team(document)
    except BAD_JSON as error:
        raise refusals.team_malformed(namespace, name, error) from error


def unreadable(namespace: str, name: str, error: KubeError) -> Refused:
    """Return the refusal of a run whose team cannot be read because of `error`."""
    if isinstance(error, NotFoundError):
        return TeamNotFound(namespace, name)
    if isinstance(error, UnknownKindError):
        return refusals.kind_unknown(namespace, name)
    if isinstance(error, ConfigError):
        return refusals.not_sent(namespace, name, error)
    if isinstance(error, MalformedError):
        return refusals.answer_malformed(namespace, name)
    if error.status in _BY_STATUS:
        return _BY_STATUS[error.status](namespace, name)
    return refusals.unexpected_status(namespace, name, error.status)
