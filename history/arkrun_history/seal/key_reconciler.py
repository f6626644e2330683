"""Reconcile the signing keys: one step after the other, until a published key signs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from arkrun_history import metrics
from arkrun_history.errors import HistoryError, KeyringError
from arkrun_history.seal.key_store import KeyStore
from arkrun_history.seal.keyring import Action, Keyring, SigningKey, apply, decide
from arkrun_kube import ConflictError, KubeError

__all__ = ["KeyReconciler"]

log = structlog.get_logger("arkrun_history")

INTERVAL_SECONDS, MIN_INTERVAL_SECONDS = 20.0, 1.0
RETRY_SECONDS = 2.0
MAX_STEPS = 10


class KeyReconciler:
    """Maintains the keys; `ready` is set while the public half of the signing key stands in the ConfigMap.

    A `provided` Secret is only read: its owner rotates the key.
    """

    def __init__(
        self,
        store: KeyStore,
        clock: Callable[[], datetime],
        *,
        rotation: timedelta,
        ahead: timedelta,
        provided: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._rotation = rotation
        self._ahead = ahead
        self._provided = provided
        due = min(rotation, ahead).total_seconds()
        self._interval = max(MIN_INTERVAL_SECONDS, min(INTERVAL_SECONDS, due))
        self._signing: SigningKey | None = None
        self.ready = asyncio.Event()
        self.problem = "no signing key yet"

    async def run(self) -> None:
        """Reconcile until cancelled."""
        while True:
            succeeded = await self.reconcile_once()
            await asyncio.sleep(self._interval if succeeded else RETRY_SECONDS)

    async def reconcile_once(self) -> bool:
        """Reconcile; return False, with `problem` set, if that failed."""
        try:
            await self.reconcile()
        except (KubeError, HistoryError) as error:
            metrics.FAILURES.labels("keys").inc()
            if self.problem != str(error):
                log.warning("seal keys", action="retry", reason=str(error))
            self.problem = str(error)
            return False
        self.problem = ""
        return True

    async def reconcile(self) -> None:
        """Perform every action that is due. Raises KubeError and KeyringError."""
        for _ in range(MAX_STEPS):
            try:
                if await self._step() is Action.NONE:
                    return
            except ConflictError:
                continue
        raise KeyringError(f"the seal keys were changed by others {MAX_STEPS} times in a row")

    async def _step(self) -> Action:
        keyring, secret = await self._store.read_keyring()
        if self._provided:
            keyring = self._given(keyring)
        published = await self._store.read_published()
        signs = keyring is not None and keyring.current.public.id in published
        self._set_signing(keyring.current if keyring and signs else None)
        now = self._clock()
        action = decide(keyring, published, rotation=self._rotation, ahead=self._ahead, now=now)
        if action is Action.NONE:
            return action
        if action is Action.PUBLISH and keyring:
            await self._store.publish(keyring.public)
        else:
            await self._store.write_keyring(apply(action, keyring, now), secret)
        log.info("seal keys", action=action.value)
        return action

    def _given(self, keyring: Keyring | None) -> Keyring:
        if keyring is None:
            raise KeyringError(
                "the Secret of the seal keys has no seal.key: expected an Ed25519 private key (PEM)"
            )
        return replace(keyring, created=None, upcoming=None, begun=None)

    def signing_key(self) -> SigningKey:
        """Return the key that signs now. Raises KeyringError if none is published."""
        if self._signing is None:
            raise KeyringError("no signing key is published yet")
        return self._signing

    def _set_signing(self, key: SigningKey | None) -> None:
        self._signing = key
        (self.ready.set if key else self.ready.clear)()
