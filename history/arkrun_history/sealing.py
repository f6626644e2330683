"""Build the sealing of a replica from the settings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from arkrun_history.cluster.clock import ServerClock
from arkrun_history.cluster.recorder import Recorder
from arkrun_history.policy.durations import parse_duration
from arkrun_history.reflector.store import RunStore
from arkrun_history.seal.controller import SealController
from arkrun_history.seal.key_reconciler import KeyReconciler
from arkrun_history.seal.key_store import KeyStore
from arkrun_history.seal.sealer import Sealer
from arkrun_history.seal.tracker import SealTracker
from arkrun_history.settings import Settings
from arkrun_kube import Client

__all__ = ["build_sealing"]


def build_sealing(
    settings: Settings, client: Client, clock: ServerClock, runs: RunStore, recorder: Recorder
) -> SealController:
    """Return the controller that seals the runs of a store."""
    store = KeyStore(
        client,
        settings.effective_lease_namespace(),
        secret=settings.seal_secret,
        config_map=settings.seal_keys,
    )
    keys = KeyReconciler(
        store,
        lambda: datetime.fromtimestamp(clock.now(), UTC),
        rotation=timedelta(seconds=parse_duration(settings.seal_key_rotation)),
        ahead=timedelta(seconds=parse_duration(settings.seal_key_ahead)),
        provided=settings.seal_secret_provided,
    )
    return SealController(SealTracker(runs), keys, Sealer(client, clock, keys.signing_key), recorder)
