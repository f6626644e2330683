"""Rotation by hand: begin it, then perform the same actions as a running server until it is complete."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from prometheus_client import CollectorRegistry

from arkrun_certs.cluster.secret import Secret, decode_data
from arkrun_certs.cluster.state_store import StateStore
from arkrun_certs.errors import MaterialError
from arkrun_certs.metrics import CertificateMetrics
from arkrun_certs.pki.x509 import Certificate, name_of
from arkrun_certs.reconcilers.self_signed import SelfSignedReconciler
from arkrun_certs.rotation import token_state, transitions
from arkrun_certs.rotation.state import State
from arkrun_certs.settings import CertificateSettings
from arkrun_kube import Client, ConflictError

__all__ = ["begin_path_rotation", "begin_rotation", "rotate_ca"]

_POLL_SECONDS = 0.5


async def begin_rotation(
    settings: CertificateSettings, store: StateStore, clock: Callable[[], datetime]
) -> Certificate:
    """Add an upcoming CA to the Secret, unless there is one, and return it.

    Raises MaterialError if the Secret is missing or invalid, KubeError if it cannot be written.
    """
    while True:
        snapshot = await store.read()
        if snapshot.state is None:
            raise MaterialError(f"{snapshot.problem}: there is no CA to rotate, start the server first")
        if snapshot.state.upcoming:
            return snapshot.state.upcoming.certificate
        with suppress(ConflictError):
            await store.write(snapshot, transitions.begin(snapshot.state, settings, clock()))


async def begin_path_rotation(settings: CertificateSettings, client: Client) -> None:
    """Add an upcoming token to the Secret of the path, unless there is one.

    Raises MaterialError if the Secret is missing or invalid, KubeError if it cannot be written.
    """
    store = Secret(client, settings, settings.path_secret)
    while True:
        secret = await store.read()
        if secret is None:
            raise MaterialError(f"{store} does not exist: start the server, which creates it")
        state = token_state.begin(token_state.decode(decode_data(secret)))
        with suppress(ConflictError):
            return await store.write(secret, token_state.encode(state))


async def rotate_ca(
    settings: CertificateSettings,
    client: Client,
    *,
    clock: Callable[[], datetime],
    progress: Callable[[str], None],
    until_dropped: bool = False,
) -> State:
    """Rotate the CA and return the state in which the new CA signs.

    With `until_dropped`, return the state in which only the new CA is trusted. Each phase is reported to
    `progress`. Raises MaterialError and KubeError.
    """
    store = StateStore(client, settings)
    target = await begin_rotation(settings, store, clock)
    progress(f"begun: {name_of(target)} is in the bundle")
    metrics = CertificateMetrics(CollectorRegistry())
    reconciler = SelfSignedReconciler(settings, client, metrics=metrics, clock=clock)
    last_phase = ""
    while True:
        decision = await reconciler.reconcile()
        snapshot = await store.read()
        if snapshot.state is None:
            raise MaterialError(snapshot.problem)
        phase = _phase(snapshot.state, target)
        if phase != last_phase:
            progress(phase)
            last_phase = phase
        if _is_complete(snapshot.state, target, until_dropped=until_dropped):
            return snapshot.state
        pause = (decision.due - clock()).total_seconds() if decision.due else 0
        await asyncio.sleep(min(max(pause, 0.05), _POLL_SECONDS))


def _phase(state: State, target: Certificate) -> str:
    if _is_upcoming(state, target):
        return "published: every configuration trusts it, settling" if state.published else "publishing"
    if not state.retired:
        return "dropped: no other CA is trusted any more"
    last = max(each.until for each in state.retired)
    return f"promoted: it signs the served leaf; older CAs stay trusted until {last:%Y-%m-%d %H:%M:%S} UTC"


def _is_complete(state: State, target: Certificate, *, until_dropped: bool) -> bool:
    if _is_upcoming(state, target):
        return False
    return not (until_dropped and state.retired)


def _is_upcoming(state: State, target: Certificate) -> bool:
    return state.upcoming is not None and state.upcoming.certificate == target
