"""Roll the CA now: begin, then take the same steps that every replica takes, until the new CA signs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from prometheus_client import CollectorRegistry

from arkrun_certs import roll
from arkrun_certs.errors import MaterialError
from arkrun_certs.metrics import CertificateMetrics
from arkrun_certs.selfsigned import SelfSigned
from arkrun_certs.settings import CertificateSettings
from arkrun_certs.state import State
from arkrun_certs.store import SecretStore
from arkrun_certs.x509 import Certificate, name_of
from arkrun_kube import Client, ConflictError

__all__ = ["begin_now", "rotate_now"]

_LOOK_SECONDS = 0.5


async def begin_now(
    settings: CertificateSettings, store: SecretStore, clock: Callable[[], datetime]
) -> Certificate:
    """Put a CA to come into the Secret, or find the one of a roll that is underway, and return it.

    Raises MaterialError when the Secret holds no usable state, KubeError when it cannot be written.
    """
    while True:
        stored = await store.read()
        if stored.state is None:
            raise MaterialError(f"{stored.problem}: there is nothing to roll, start the server first")
        if stored.state.upcoming:
            return stored.state.upcoming.certificate
        state = roll.begin(stored.state, settings, clock())
        try:
            await store.write(stored, state)
        except ConflictError:
            continue


async def rotate_now(
    settings: CertificateSettings,
    client: Client,
    *,
    clock: Callable[[], datetime],
    say: Callable[[str], None],
    until_dropped: bool = False,
) -> State:
    """Roll and return the state in which the new CA signs, or alone is trusted with `until_dropped`.

    `say` is told every phase. Raises MaterialError and KubeError.
    """
    store = SecretStore(client, settings)
    target = await begin_now(settings, store, clock)
    say(f"begun: {name_of(target)} is in the bundle")
    driver = SelfSigned(settings, client, metrics=CertificateMetrics(CollectorRegistry()), clock=clock)
    said = ""
    while True:
        decision = await driver.reconcile()
        stored = await store.read()
        if stored.state is None:
            raise MaterialError(stored.problem)
        phase = _phase(stored.state, target)
        if phase != said:
            say(phase)
            said = phase
        if _over(stored.state, target, until_dropped=until_dropped):
            return stored.state
        due = decision.due or clock()
        pause = (due - clock()).total_seconds()
        await asyncio.sleep(min(max(pause, 0.05), _LOOK_SECONDS))


def _phase(state: State, target: Certificate) -> str:
    if state.upcoming and state.upcoming.certificate == target:
        return "published: every configuration trusts it, settling" if state.published else "publishing"
    if not state.retired:
        return "dropped: no other CA is trusted any more"
    last = max(each.until for each in state.retired)
    return f"promoted: it signs the served leaf; older CAs stay trusted until {last:%Y-%m-%d %H:%M:%S} UTC"


def _over(state: State, target: Certificate, *, until_dropped: bool) -> bool:
    if state.upcoming and state.upcoming.certificate == target:
        return False
    return not (until_dropped and state.retired)
