"""The look-up of a team: what the API server's answers, refusals and silences mean for a review."""

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

# One try may take at most this share of the time that is left, so that another can follow it when
# a server that has just gone away never answers on a connection that still looks open.
TRY_SHARE = 0.5
PAUSE_SECONDS = 0.05

_TOO_MANY, _FIRST_FAULT = 429, 500
_BY_STATUS = {401: refusals.credentials_rejected, 403: refusals.read_forbidden}


class _NoAnswerError(Exception):
    """The last problem of a question that was asked until its time was over."""


class ApiServer:
    """The one question of the webhook; every answer is fresh."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def team(self, namespace: str, name: str, deadline: float) -> Team:
        """Read an ArkTeam by quorum; tries again until `deadline` (of time.monotonic()).

        Raises `TeamNotFound`, `TeamNotReadable`, `TeamUnanswered`.
        """
        try:
            document = await self._answer(TEAMS.path(namespace, name), deadline)
        except _NoAnswerError as error:
            raise TeamUnanswered(namespace, name, str(error)) from None
        except KubeError as error:
            raise unreadable(namespace, name, error) from None
        return read_team(namespace, name, document)

    async def _answer(self, path: str, deadline: float) -> bytes:
        """Ask until the API server is able to answer; raises `_NoAnswerError` when `deadline` is reached."""
        problem = "out of time"
        while (left := deadline - monotonic()) > 0:
            try:
                return bytes(await self._client.get(path, model=Raw, timeout=left * TRY_SHARE))
            except UnansweredError as error:
                problem = error.cause
            except KubeError as error:
                if error.status != _TOO_MANY and error.status < _FIRST_FAULT:
                    raise
                problem = f"HTTP {error.status}"
            await asyncio.sleep(PAUSE_SECONDS)
        raise _NoAnswerError(problem)


def read_team(namespace: str, name: str, document: bytes) -> Team:
    """Parse an ArkTeam; raises `TeamNotReadable` when it is malformed."""
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
        return refusals.not_asked(namespace, name, error)
    if isinstance(error, MalformedError):
        return refusals.answer_malformed(namespace, name)
    if error.status in _BY_STATUS:
        return _BY_STATUS[error.status](namespace, name)
    return refusals.unexpected_status(namespace, name, error.status)
