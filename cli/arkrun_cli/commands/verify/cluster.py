"""`ark verify` of stored runs: one, or all of them page by page, within bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from arkrun_cli.access import Access
from arkrun_cli.cluster import RUNS, Cluster, with_cluster
from arkrun_cli.commands.verify.outcome import Outcome, verify_runs
from arkrun_cli.errors import CannotTellError
from arkrun_cli.seal.key_source import keys_of_cluster
from arkrun_cli.seal.keys import Keys, keys_of_files
from arkrun_kube import ApiError, KubeError

__all__ = ["verify_in_cluster"]

# A page of the largest runs is in memory twice while it is received.
PAGE_LIMIT = 250


class _Page(msgspec.Struct):
    items: list[msgspec.Raw] | None = None


def verify_in_cluster(
    access: Access,
    name: str | None,
    *,
    all_namespaces: bool,
    keys: Sequence[Path],
    keys_from: str,
    as_json: bool,
) -> int:
    """Verify one run, or all runs, and return the exit code. Raises BadInputError and CannotTellError."""

    async def work(cluster: Cluster) -> int:
        known = keys_of_files(keys) if keys else await keys_of_cluster(cluster, keys_from)
        outcome = Outcome(as_json=as_json, every=name is not None)
        if name is not None:
            verify_runs([await cluster.get_run(name)], known, outcome)
        else:
            await _verify_all(cluster, "" if all_namespaces else cluster.namespace, known, outcome)
        return outcome.finish()

    try:
        return with_cluster(access, work)
    except ApiError as error:
        raise CannotTellError(error.message) from None
    except KubeError as error:
        raise CannotTellError(str(error)) from None


async def _verify_all(cluster: Cluster, namespace: str, keys: Keys, outcome: Outcome) -> None:
    """Verify each page while the next one is on its way."""
    verifying: asyncio.Task[None] | None = None
    query = {"limit": str(PAGE_LIMIT)}
    async for page in cluster.client.pages(RUNS.path(namespace), model=_Page, query=query):
        if verifying:
            await verifying
        verifying = asyncio.create_task(asyncio.to_thread(_verify_page, page, keys, outcome))
    if verifying:
        await verifying


def _verify_page(page: _Page, keys: Keys, outcome: Outcome) -> None:
    verify_runs((msgspec.json.decode(item) for item in page.items or ()), keys, outcome)
