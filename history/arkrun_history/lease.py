"""One of several replicas works: the one that holds a coordination.k8s.io Lease.

kubernetes.aio has a leader election, but by the wall clock, and it cannot say in the middle of a pass
whether the Lease is still ours. Here only monotonic time counts: others take over when they have seen
the same record for its whole duration, and we stop before, counted from when our last renewal was sent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import structlog

from arkrun_history.api import Api
from arkrun_history.errors import ApiError, ConflictError, NotFoundError
from arkrun_history.metrics import FAILURES, LEADING

log = structlog.get_logger("arkrun_history")

RENEW_SHARE = 2 / 3
"""Of the duration: after it without a renewal we no longer lead, as in client-go (10 of 15 s)."""
RETRY_SHARE = 2 / 15
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
    """Our share in one Lease. `seconds` is how long it lasts without renewal."""

    def __init__(
        self,
        api: Api,
        namespace: str,
        name: str,
        *,
        identity: str,
        seconds: int = 15,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._collection = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
        self._name = name
        self._identity = identity
        self._seconds = seconds
        self._monotonic = monotonic
        self._until = float("-inf")
        self._seen: tuple[_Record | None, float] = (None, 0.0)
        self._heard = float("-inf")

    @property
    def left(self) -> float:
        """For how many seconds we may still act without another renewal; 0 when we do not lead."""
        return max(0.0, self._until - self._monotonic())

    @property
    def answered(self) -> bool:
        """Whether the API server has let us see the Lease lately."""
        return self._monotonic() - self._heard < self._seconds

    async def acquire(self) -> None:
        """Wait until we lead."""
        while not await self._try():  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(self._seconds * RETRY_SHARE)
        LEADING.set(1)
        log.info("leading", lease=self._name, identity=self._identity)

    async def keep(self) -> None:
        """Renew until we do not lead any more."""
        while self.left:
            await asyncio.sleep(min(self._seconds * RETRY_SHARE, self.left))
            await self._try()
        LEADING.set(0)
        log.warning("no longer leading", lease=self._name, identity=self._identity)

    async def release(self) -> None:
        """Let another replica take over at once."""
        if not self.left:
            return
        self._until = float("-inf")
        LEADING.set(0)
        try:
            lease = await self._read()
            if lease is not None and lease.spec.holder_identity == self._identity:
                await self._write(lease, holder="")
        except ApiError as error:
            log.info("lease not released", reason=str(error))

    async def _try(self) -> bool:
        """Take or renew it once; whether we lead then."""
        sent = self._monotonic()
        try:
            lease = await self._read()
            self._heard = self._monotonic()
            if lease is not None and self._taken(lease.spec):
                self._until = float("-inf")
                return False
            await self._write(lease, holder=self._identity)
        except ConflictError:
            return self.left > 0
        except ApiError as error:
            FAILURES.labels("lease").inc()
            log.warning("lease not renewed", reason=str(error), left=round(self.left, 1))
            return self.left > 0
        self._until = sent + self._seconds * RENEW_SHARE
        return True

    def _taken(self, record: _Record) -> bool:
        """Whether another holds it and has not been silent for its whole duration, by our own clock."""
        if record != self._seen[0]:
            self._seen = (record, self._monotonic())
        if not record.holder_identity or record.holder_identity == self._identity:
            return False
        silent = self._monotonic() - self._seen[1]
        return silent < (record.lease_duration_seconds or self._seconds)

    async def _read(self) -> _Lease | None:
        try:
            return msgspec.json.decode(await self._api.get(f"{self._collection}/{self._name}"), type=_Lease)
        except NotFoundError:
            return None
        except msgspec.MsgspecError as error:
            raise ApiError(f"the Lease {self._name} makes no sense: {error}") from None

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
            await self._api.create(self._collection, {**body, "spec": spec})
            return
        version = {"resourceVersion": lease.metadata.resource_version}
        await self._api.merge(f"{self._collection}/{self._name}", {"metadata": version, "spec": spec})
