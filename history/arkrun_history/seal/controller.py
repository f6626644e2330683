"""The leader's sealing: workers take runs from the tracker and seal them while the keys are maintained."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import structlog

from arkrun_crd.names import RUN_KIND
from arkrun_crd.seal.canonical import CanonicalError
from arkrun_history import metrics
from arkrun_history.cluster.recorder import Recorder
from arkrun_history.cluster.resources import format_key
from arkrun_history.errors import KeyringError
from arkrun_history.reflector.table import Key, Metadata
from arkrun_history.seal.key_reconciler import KeyReconciler
from arkrun_history.seal.sealer import Sealer
from arkrun_history.seal.tracker import LIVE, SealTracker, Task
from arkrun_kube import KubeError

__all__ = ["SealController"]

log = structlog.get_logger("arkrun_history")

WORKERS = 8
BACKOFF_SECONDS, MAX_BACKOFF_SECONDS = 0.5, 30.0
UNSEALABLE_SECONDS = 300.0
"""Seconds until a run that cannot be sealed is tried again, unless it changes before."""
# These answers are about the run or our rights, not about the moment: too large, invalid, forbidden.
_PERMANENT = frozenset({400, 403, 413, 422})
_TOO_LARGE = "too large"
_METRICS_SECONDS = 1.0


class SealController:
    """Seals what `tracker` queues."""

    def __init__(self, tracker: SealTracker, keys: KeyReconciler, sealer: Sealer, recorder: Recorder) -> None:
        self.tracker = tracker
        self._keys = keys
        self._sealer = sealer
        self._recorder = recorder
        self._attempts: Counter[str] = Counter()
        self._unsealable: set[str] = set()
        self._reported: set[str] = set()

    @property
    def problem(self) -> str:
        """Return why nothing can be sealed; empty if sealing works."""
        return self._keys.problem and f"seal keys: {self._keys.problem}"

    async def run(self) -> None:
        """Maintain the keys and seal until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keys.run())
            group.create_task(self._report())
            for _ in range(WORKERS):
                group.create_task(self._work())

    async def run_once(self) -> int:
        """Seal what is queued, and return how many runs are left unsealed.

        Raises KubeError and KeyringError.
        """
        await self._keys.reconcile()
        while not self.tracker.empty:
            await self._seal(await self.tracker.next_task())
        return len(self.tracker.unsealed & (self._unsealable | self._attempts.keys()))

    async def _work(self) -> None:
        while True:
            await self._keys.ready.wait()
            await self._seal(await self.tracker.next_task())

    async def _seal(self, task: Task) -> None:
        try:
            await self._sealer.seal(task.run, task.uid, reopened=task.uid in self.tracker.reopened)
        except CanonicalError as error:
            await self._give_up(task, str(error))
        except KeyringError as error:
            self._retry(task, str(error))
        except KubeError as error:
            if error.status in _PERMANENT or _TOO_LARGE in str(error):
                await self._give_up(task, str(error))
            else:
                self._retry(task, str(error))
        except Exception as error:
            # Unexpected content of one run must not stop the others.
            log.exception("unexpected error", run=format_key(task.run))
            await self._give_up(task, f"{type(error).__name__}: {error}")
        else:
            self._succeed(task)

    def _succeed(self, task: Task) -> None:
        if task.priority == LIVE:
            metrics.SEAL_LAG.observe(time.monotonic() - task.since)
        self.tracker.reopened.discard(task.uid)
        self._attempts.pop(task.uid, None)
        self._unsealable.discard(task.uid)

    def _retry(self, task: Task, reason: str) -> None:
        self._attempts[task.uid] += 1
        backoff = min(BACKOFF_SECONDS * 2 ** (self._attempts[task.uid] - 1), MAX_BACKOFF_SECONDS)
        metrics.FAILURES.labels("seal").inc()
        log.warning("run not sealed", run=format_key(task.run), reason=reason, again_in=backoff)
        asyncio.get_running_loop().call_later(backoff, self.tracker.add, task)

    async def _give_up(self, task: Task, reason: str) -> None:
        """Report a run that cannot be sealed, and try it again after a while."""
        metrics.FAILURES.labels("seal").inc()
        self._unsealable.add(task.uid)
        log.warning("run cannot be sealed", run=format_key(task.run), reason=reason)
        await self._event(task.uid, task.run, "SealFailed", f"this run cannot be sealed: {reason}")
        asyncio.get_running_loop().call_later(UNSEALABLE_SECONDS, self.tracker.add, task)

    async def _report(self) -> None:
        """Update the gauges, and report runs that lost a seal."""
        while True:
            self._unsealable &= self.tracker.unsealed
            metrics.UNSEALED.set(len(self.tracker.unsealed))
            metrics.UNSEALABLE.set(len(self._unsealable))
            metrics.STRIPPED.set(len(self.tracker.stripped))
            self._reported &= self.tracker.stripped.keys()
            for uid, run in list(self.tracker.stripped.items()):
                if uid not in self._reported:
                    self._reported.add(uid)
                    log.warning("seal removed", run=format_key(run))
                    note = "a seal of this run was removed; it is not sealed again: check it with ark verify"
                    await self._event(uid, run, "SealRemoved", note)
            await asyncio.sleep(_METRICS_SECONDS)

    async def _event(self, uid: str, run: Key, reason: str, note: str) -> None:
        metadata = Metadata(name=run[1], namespace=run[0], uid=uid)
        await self._recorder.event(metadata, "Warning", reason, note, regarding=RUN_KIND, action="Seal")
