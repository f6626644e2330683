"""The API server, with the user's own credentials."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_PLURAL, VERSION
from arkrun_kube import Client, Resource, connect

RUNS = Resource(GROUP, VERSION, RUN_PLURAL)
TEAMS = Resource(GROUP, VERSION, TEAM_PLURAL)

# A create waits for the webhooks, each of which may take half a minute.
REQUEST_TIMEOUT_SECONDS = 60.0
INTERRUPTED = 130

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cluster:
    """One API server, and the namespace of the command."""

    client: Client
    namespace: str

    def run_path(self, name: str, subresource: str = "") -> str:
        """Return the path of a run."""
        return RUNS.path(self.namespace, name, subresource)


def with_cluster(
    work: Callable[[Cluster], Awaitable[T]],
    *,
    kubeconfig: str | None = None,
    context: str | None = None,
    namespace: str | None = None,
) -> T:
    """Connect, await `work(cluster)` and return its result; Ctrl-C exits with 130.

    Raises what `work` raises, and arkrun_kube.ConfigError if no API server is configured.
    """

    async def connected() -> T:
        client = connect(
            kubeconfig=kubeconfig or "", context=context or "", agent="ark", timeout=REQUEST_TIMEOUT_SECONDS
        )
        async with client:
            return await work(Cluster(client, namespace or client.namespace))

    try:
        return asyncio.run(connected())
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
