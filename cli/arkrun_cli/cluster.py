"""The API server, with the user's own credentials."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

from arkrun_cli.access import Access
from arkrun_cli.errors import BadAnswerError, BadInputError
from arkrun_cli.times import Clock
from arkrun_cli.values import as_object
from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL, VERSION
from arkrun_kube import Client, Resource, connect

Json = dict[str, Any]

RUNS = Resource(GROUP, VERSION, RUN_PLURAL)
TEAMS = Resource(GROUP, VERSION, TEAM_PLURAL)

# A create waits for the webhooks, each of which may take half a minute.
REQUEST_TIMEOUT_SECONDS = 60.0
INTERRUPTED = 130

_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", re.ASCII)

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Cluster:
    """One API server, and the namespace of the command."""

    client: Client
    namespace: str
    clock: Clock = field(default_factory=Clock)

    def run_path(self, name: str, subresource: str = "") -> str:
        """Return the path of a run. Raises BadInputError without a name."""
        if not name:
            raise BadInputError('invalid run name "": expected the name of an ArkRun')
        return RUNS.path(self.namespace, name, subresource)

    async def get_run(self, name: str) -> Json:
        """Read a run. Raises KubeError, and BadAnswerError for something else than an object with a name."""
        return check_run(await self.client.get(self.run_path(name)))


def check_run(run: Json, *, stored: bool = True) -> Json:
    """Return the run if it can be told from others; a dry run's is not `stored`. Raises BadAnswerError."""
    metadata = as_object(run.get("metadata"))
    needed = ("name", "namespace", "uid", "resourceVersion") if stored else ("name",)
    missing = [key for key in needed if not isinstance(metadata.get(key), str) or not metadata[key]]
    if missing:
        raise BadAnswerError(
            f"the API server answered with an object without metadata.{missing[0]}, which is no ArkRun: "
            "check the server of the kubeconfig"
        )
    return run


def team_selector(team: str) -> str:
    """Return the label selector of a team's runs. Raises BadInputError for a name that no team can have."""
    if not _LABEL_VALUE.fullmatch(team):
        raise BadInputError(
            f'invalid team name "{team}": expected at most 63 letters, digits, "-", "_" and "."'
        )
    return f"{TEAM_LABEL}={team}"


def with_cluster(
    access: Access,
    work: Callable[Concatenate[Cluster, P], Awaitable[T]],
    *arguments: P.args,
    **options: P.kwargs,
) -> T:
    """Connect, await `work(cluster, *arguments, **options)` and return its result; Ctrl-C exits with 130.

    Raises what `work` raises, and arkrun_kube.ConfigError if no API server is configured.
    """

    async def connected() -> T:
        clock = Clock()
        client = connect(
            kubeconfig=access.get("kubeconfig") or "",
            context=access.get("context") or "",
            agent="ark",
            timeout=REQUEST_TIMEOUT_SECONDS,
            on_response=clock.observe,
            user=access.get("as_user") or "",
            groups=access.get("as_groups") or (),
        )
        async with client:
            cluster = Cluster(client, access.get("namespace") or client.namespace, clock)
            return await work(cluster, *arguments, **options)

    try:
        return asyncio.run(connected())
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
