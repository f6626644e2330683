"""Leader election by a coordination.k8s.io Lease, compatible with client-go.

All durations are measured with a monotonic clock. Other candidates take over after seeing the same record
for its whole duration; the holder stops earlier, counted from the time when it sent its last renewal.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import structlog

from arkrun_kube.client import Client
from arkrun_kube.errors import ConflictError, KubeError, NotFoundError
from arkrun_kube.paths import Resource

__all__ = ["Lease"]

log = structlog.get_logger("arkrun_kube")

LEASES = Resource("coordination.k8s.io", "v1", "leases")
RENEW_SHARE = 2 / 3
"""Fraction of the duration after which a leader without renewal stops, as in client-go (10 of 15 s)."""
RETRY_SHARE = 2 / 15
REFUSED = (401, 403)
MICRO_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


class _Record(msgspec.Struct, rename="camel", frozen=True):
    holder_identity: str | None = None
    lease_duration_seconds: int | None = None
    acquire_time: str | None = None
    renew_time: str | None = None
    lease_transitions: int | None = None


class _Metadata(msgspec.Struct, rename="camel"):
    resource_version: str


class _Lease(msgspec.Struct):
    metadata: _Metadata
    spec: _Record


class Lease:
    """A candidate for a Lease, which lasts `seconds` without renewal.

    `on_failure` is called with the error if the Lease cannot be read or written.
    """

    def __init__(
        self,
        client: Client,
        namespace: str,
        name: str,
        *,
        identity: str,
        seconds: int = 15,
        on_failure: Callable[[KubeError], None] = lambda _error: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._collection = LEASES.path(namespace)
        self._path = LEASES.path(namespace, name)
        self._name = name
        self._on_failure = on_failure
        self._identity = identity
        self._seconds = seconds
        self._monotonic = monotonic
        self._until = float("-inf")
        self._observed: tuple[_Record | None, float] = (None, 0.0)
        self._answered_at = float("-inf")

    @property
    def left(self) -> float:
        """The seconds for which this process leads without another renewal; 0 if it does not lead."""
        return max(0.0, self._until - self._monotonic())

    @property
    def answered(self) -> bool:
        """Return True if the Lease was read within its duration."""
        return self._monotonic() - self._answered_at < self._seconds

    async def acquire(self, *, retry_refusals: bool = True) -> None:
        """Wait until this process leads; without `retry_refusals`, raises ApiError on 401 and 403."""
        while not await self.try_acquire(retry_refusals=retry_refusals):  # noqa: ASYNC110 - other processes decide
            await asyncio.sleep(self._seconds * RETRY_SHARE)
        log.info("leading", lease=self._name, identity=self._identity)

    async def renew(self) -> None:
        """Renew until this process no longer leads."""
        while self.left:
            await asyncio.sleep(min(self._seconds * RETRY_SHARE, self.left))
            await self.try_acquire()
        log.warning("no longer leading", lease=self._name, identity=self._identity)

    async def release(self) -> None:
        """Release the Lease so that another replica can acquire it immediately."""
        if not self.left:
            return
        self._until = float("-inf")
        try:
            lease = await self._read()
            if lease is not None and lease.spec.holder_identity == self._identity:
                await self._write(lease, holder="")
        except KubeError as error:
            log.info("lease not released", reason=str(error))

    async def try_acquire(self, *, retry_refusals: bool = True) -> bool:
        """Try once to acquire or renew; return True if this process leads."""
        sent = self._monotonic()
        try:
            lease = await self._read()
            self._answered_at = self._monotonic()
            if lease is not None and self._held_by_another(lease.spec):
                self._until = float("-inf")
                return False
            await self._write(lease, holder=self._identity)
        except ConflictError:
            return self.left > 0
        except KubeError as error:
            if error.status in REFUSED and not retry_refusals:
                raise
            self._on_failure(error)
            log.warning("lease not renewed", reason=str(error), left=round(self.left, 1))
            return self.left > 0
        self._until = sent + self._seconds * RENEW_SHARE
        return True

    def _held_by_another(self, record: _Record) -> bool:
        """Return True unless the Lease is free, held by this process, or expired by our own clock."""
        if record != self._observed[0]:
            self._observed = (record, self._monotonic())
        if not record.holder_identity or record.holder_identity == self._identity:
            return False
        unchanged = self._monotonic() - self._observed[1]
        return unchanged < (record.lease_duration_seconds or self._seconds)

    async def _read(self) -> _Lease | None:
        try:
            return await self._client.get(self._path, model=_Lease)
        except NotFoundError:
            return None

    async def _write(self, lease: _Lease | None, *, holder: str) -> None:
        before = lease.spec if lease else _Record()
        now = datetime.now(UTC).strftime(MICRO_TIME)
        ours = before.holder_identity == holder
        spec = {
            "holderIdentity": holder,
            "leaseDurationSeconds": self._seconds if holder else 1,
            "acquireTime": before.acquire_time if ours else now,
            "renewTime": now,
            "leaseTransitions": (before.lease_transitions or 0) + (0 if ours or not holder else 1),
        }
        if lease is None:
            body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": self._name}}
            await self._client.create(self._collection, {**body, "spec": spec})
            return
        version = {"resourceVersion": lease.metadata.resource_version}
        await self._client.merge(self._path, {"metadata": version, "spec": spec})
