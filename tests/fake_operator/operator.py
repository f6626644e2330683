"""The controller: watches runs, adds and removes the finalizer, writes one status per pass."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import aiohttp
from kubernetes.aio import client, config

from arkrun_crd.names import GROUP, RUN_PLURAL, VERSION
from fake_operator.machine import TERMINAL, Json, Outcome, reconcile, steps_of

FINALIZER = f"{GROUP}/run-cleanup"
MERGE = "application/merge-patch+json"

Script = Callable[[Json, str, int], Outcome]
"""Returns the outcome of a task, given the run, the step's name and the number of the attempt (from 0)."""


def scripted(tries: Mapping[str, list[Outcome]]) -> Script:
    """Return a script with the outcomes of each step in turn, repeating the last; other steps succeed."""

    def outcome(_run: Json, step: str, attempt: int) -> Outcome:
        listed = tries.get(step) or [Outcome(output=f"{step} done")]
        return listed[min(attempt, len(listed) - 1)]

    return outcome


class Operator:
    """Executes every run in a background thread, until the end of the `with` block.

    `script` may be a mapping from step to its outcomes in turn. An empty `namespace` means all.
    """

    def __init__(
        self,
        kubeconfig: Path,
        script: Script | Mapping[str, list[Outcome]] | None = None,
        *,
        namespace: str = "",
    ) -> None:
        self._kubeconfig = kubeconfig
        self._namespace = namespace
        self._script = script if callable(script) else scripted(script or {})
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._main()), name="operator", daemon=True
        )
        self._watching = threading.Event()
        self._stop: Callable[[], object] = lambda: None
        self._tries: dict[tuple[str, str], int] = {}
        self._waits: dict[tuple[str, str], int] = {}
        self._playing: dict[str, asyncio.Task[None]] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._watching.wait(30):
            raise RuntimeError("the fake operator could not list runs within 30 s")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self._thread.join()

    async def _main(self) -> None:
        loop, me = asyncio.get_running_loop(), asyncio.current_task()
        assert me is not None
        self._stop = lambda: loop.call_soon_threadsafe(me.cancel)
        settings = client.Configuration()
        await config.load_kube_config(  # type: ignore[no-untyped-call]
            str(self._kubeconfig), client_configuration=settings, persist_config=False
        )
        async with client.ApiClient(settings) as connection:
            self._api = client.CustomObjectsApi(connection)
            try:
                await self.run()
            except asyncio.CancelledError:
                for task in self._playing.values():
                    task.cancel()
                await asyncio.gather(*self._playing.values(), return_exceptions=True)

    async def run(self) -> None:
        """Watch until cancelled; list again after a broken watch."""
        while True:
            try:
                await self._watch()
            except (client.ApiException, aiohttp.ClientError, OSError):
                await asyncio.sleep(0.5)

    async def _watch(self) -> None:
        listed = json.loads(await (await self._list()).read())
        for run in listed["items"]:
            self._see(run)
        self._watching.set()
        version = listed["metadata"]["resourceVersion"]
        # kubernetes.aio's Watch (37.0) cannot watch custom objects: it passes an unsupported argument.
        rest = b""
        async with await self._list(watch=True, resource_version=version, timeout_seconds=300) as stream:
            async for chunk in stream.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n")
                for event in map(json.loads, lines):
                    if event["type"] == "ERROR":
                        return
                    if event["type"] in ("ADDED", "MODIFIED"):
                        self._see(event["object"])

    async def _list(self, **arguments: Any) -> Any:
        if self._namespace:
            listing = self._api.list_namespaced_custom_object_without_preload_content
            return await listing(GROUP, VERSION, self._namespace, RUN_PLURAL, **arguments)
        everywhere = self._api.list_cluster_custom_object_without_preload_content
        return await everywhere(GROUP, VERSION, RUN_PLURAL, **arguments)

    def _see(self, run: Json) -> None:
        uid, terminal = run["metadata"]["uid"], (run.get("status") or {}).get("phase") in TERMINAL
        has_finalizer = FINALIZER in run["metadata"].get("finalizers", [])
        task = self._playing.get(uid)
        if (not terminal or has_finalizer) and (task is None or task.done()):
            self._playing[uid] = asyncio.create_task(self._play(run))

    async def _play(self, run: Json) -> None:
        try:
            run = await self._hold(run, True)
            while (run.get("status") or {}).get("phase") not in TERMINAL:
                tasks = await self._tasks(run)
                run = await self._write(run, reconcile(run, tasks, datetime.now(UTC), self._cold(run)))
            await self._hold(run, False)
        except client.ApiException as error:
            # Deleted or changed concurrently: the next event resumes the run in its new state.
            if error.status not in (404, 409):
                raise

    def _cold(self, run: Json) -> set[str]:
        """Return the steps whose agents have no pods yet; each pass in WarmingUp counts."""
        uid, cold = run["metadata"]["uid"], set()
        phases = {step["name"]: step["phase"] for step in (run.get("status") or {}).get("steps", [])}
        for name in steps_of(run["spec"]):
            waited = self._waits.get((uid, name), 0)
            if phases.get(name) == "WarmingUp":
                self._waits[uid, name] = waited = waited + 1
            if waited < self._script(run, name, self._tries.get((uid, name), 0)).cold:
                cold.add(name)
        return cold

    async def _tasks(self, run: Json) -> Mapping[str, Outcome]:
        """Wait until a running task ends; return it with its outcome."""
        running = [s["name"] for s in (run.get("status") or {}).get("steps", []) if s["phase"] == "Running"]
        if not running:
            return {}
        uid = run["metadata"]["uid"]
        outcomes = {name: self._script(run, name, self._tries.get((uid, name), 0)) for name in running}
        soonest = min(outcome.seconds for outcome in outcomes.values())
        await asyncio.sleep(soonest)
        ended = {name: outcome for name, outcome in outcomes.items() if outcome.seconds <= soonest}
        for name in ended:
            self._tries[uid, name] = self._tries.get((uid, name), 0) + 1
        return ended

    async def _write(self, run: Json, status: Json) -> Json:
        body = {**run, "status": status}
        return cast("Json", await self._api.replace_namespaced_custom_object_status(*self._where(run), body))

    async def _hold(self, run: Json, hold: bool) -> Json:
        metadata = run["metadata"]
        finalizers = metadata.get("finalizers", [])
        if hold == (FINALIZER in finalizers) or (hold and metadata.get("deletionTimestamp")):
            return run
        updated = [*finalizers, FINALIZER] if hold else [f for f in finalizers if f != FINALIZER]
        body = {"metadata": {"finalizers": updated, "resourceVersion": metadata["resourceVersion"]}}
        where = self._where(run)
        return cast("Json", await self._api.patch_namespaced_custom_object(*where, body, _content_type=MERGE))

    @staticmethod
    def _where(run: Json) -> tuple[str, str, str, str, str]:
        metadata = run["metadata"]
        return GROUP, VERSION, metadata["namespace"], RUN_PLURAL, metadata["name"]
