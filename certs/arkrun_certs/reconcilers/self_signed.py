"""The certificates of self-signed mode: issued, rotated, injected and served."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

import structlog

from arkrun_certs.cluster.configuration import WebhookConfiguration
from arkrun_certs.cluster.controller import converge
from arkrun_certs.cluster.injector import Watch, bundle_fields, bundle_injector
from arkrun_certs.cluster.state_store import Snapshot, StateStore
from arkrun_certs.errors import MaterialError
from arkrun_certs.metrics import CertificateMetrics
from arkrun_certs.pki.context import ReloadableContext
from arkrun_certs.rotation import transitions
from arkrun_certs.rotation.decision import IDLE, REPAIRS, Action, Decision
from arkrun_certs.rotation.policy import Observation, Served, decide, should_serve
from arkrun_certs.rotation.state import State
from arkrun_certs.settings import CertificateSettings
from arkrun_kube import Client

__all__ = ["SelfSignedReconciler"]

_log = structlog.get_logger(__name__)


class SelfSignedReconciler:
    """Reconcile the Secret, the configurations that trust it, and the context that serves it.

    Without a `context` nothing is served: a command line uses it to drive a rotation.
    """

    def __init__(
        self,
        settings: CertificateSettings,
        client: Client,
        *,
        metrics: CertificateMetrics,
        clock: Callable[[], datetime],
        context: ReloadableContext | None = None,
    ) -> None:
        self._settings = settings
        self._store = StateStore(client, settings)
        self._injector = bundle_injector(client, settings, metrics)
        self._metrics = metrics
        self._clock = clock
        self._context = context
        self._last_known: State | None = None
        self._served: Served | None = None
        self._published: datetime | None = None
        self._published_since = monotonic()
        self._unreadable = ""
        self._load_error = ""
        self.untrusted_by = tuple(map(str, self._injector.references))

    @property
    def problem(self) -> str:
        """Return why part of the work cannot be done, or "" if all of it can."""
        return self._load_error or self._unreadable

    def watches(self) -> tuple[Watch, ...]:
        """Return the streams of events of the Secret and of each configuration."""
        return (self._store.watch, *self._injector.watches())

    async def reconcile(self) -> Decision:
        """Perform all actions that are possible now. Raises KubeError if one fails."""
        return await converge(self._step, str(self._store), self._metrics)

    async def _step(self) -> Decision:
        # Configurations first: an apply with their resourceVersion then never writes an older bundle.
        configurations, unreadable = await self._injector.read_if_permitted()
        snapshot = await self._store.read()
        now = self._clock()
        observation = self._observe(snapshot, configurations, unreadable)
        decision = decide(observation, self._settings, now)
        waiting = None
        if snapshot.state and decision.action not in REPAIRS:
            self._last_known = snapshot.state
            waiting = self._serve(snapshot.state, observation, now)
        self._report(configurations, snapshot.state, unreadable)
        if decision.action in IDLE:
            return _earlier(decision, waiting)
        await self._execute(decision.action, snapshot, configurations, now)
        _log.info("certificates", action=decision.action.value, reason=decision.reason)
        self._metrics.actions.labels(decision.action.value).inc()
        return decision

    def _observe(
        self, snapshot: Snapshot, configurations: tuple[WebhookConfiguration, ...], unreadable: str
    ) -> Observation:
        state = snapshot.state
        out_of_sync = [each for each in configurations if state and not each.has_bundle(state.bundle)]
        distrusting = [each for each in out_of_sync if state and not each.trusts(state.trusted)]
        return Observation(
            state=state,
            problem=snapshot.problem,
            last_known=self._last_known,
            served=self._served,
            out_of_sync=tuple(str(each.reference) for each in out_of_sync),
            distrusting=tuple(str(each.reference) for each in distrusting),
            unreadable=unreadable,
            published_for=self._published_for(state),
        )

    def _published_for(self, state: State | None) -> timedelta:
        """Return how long the current publication has been seen."""
        published = state.published if state else None
        if published != self._published:
            self._published, self._published_since = published, monotonic()
        return timedelta(seconds=monotonic() - self._published_since)

    async def _execute(
        self,
        action: Action,
        snapshot: Snapshot,
        configurations: tuple[WebhookConfiguration, ...],
        now: datetime,
    ) -> None:
        if action is Action.INJECT and snapshot.state:
            bundle = snapshot.state.bundle
            outdated = [each for each in configurations if not each.has_bundle(bundle)]
            await self._injector.inject((each, bundle_fields(each, bundle)) for each in outdated)
            return
        await self._store.write(snapshot, self._next_state(action, snapshot.state, configurations, now))

    def _next_state(
        self,
        action: Action,
        state: State | None,
        configurations: tuple[WebhookConfiguration, ...],
        now: datetime,
    ) -> State:
        if action is Action.CREATE:
            trusted = dict.fromkeys(authority for each in configurations for authority in each.trusted())
            return transitions.create(self._settings, now, trusted)
        if action is Action.RESTORE and self._last_known:
            # Whoever deleted or damaged the Secret may have read the keys, so they are replaced.
            return transitions.begin(self._last_known, self._settings, now)
        if state is None:
            raise ValueError(f"{action} requires a state")
        if action is Action.RETAIN and self._served:
            return transitions.retain(state, self._served)
        return transitions.apply(state, action, self._settings, now)

    def _serve(self, state: State, observation: Observation, now: datetime) -> Decision | None:
        """Load the leaf of the Secret, or return the decision to wait."""
        if self._context is None:
            return None
        decision = should_serve(observation, self._settings, now)
        if decision.action is not Action.SERVE:
            return decision
        try:
            self._context.load(state.pair)
        except MaterialError as error:
            self._metrics.failures.labels("material").inc()
            self._load_error = f"the Secret's leaf is not served: {error}"
            return decision
        self._load_error = ""
        self._served = Served(state.pair.leaf, state.authority.certificate)
        expiry = state.pair.leaf.not_valid_after_utc
        _log.info("certificates", action="serve", reason=decision.reason, until=expiry.isoformat())
        self._metrics.leaf_not_after.set(expiry.timestamp())
        self._metrics.ca_not_after.set(state.authority.certificate.not_valid_after_utc.timestamp())
        self._metrics.last_rotation.set(state.rotated.timestamp())
        return None

    def _report(
        self, configurations: tuple[WebhookConfiguration, ...], state: State | None, unreadable: str
    ) -> None:
        """Update the log, `untrusted_by` and the gauges; without configurations the last values remain."""
        if unreadable and unreadable != self._unreadable:
            _log.error("certificates", action=Action.WAIT.value, reason=unreadable)
        self._unreadable = unreadable
        if unreadable:
            return
        served = self._served
        self.untrusted_by = tuple(
            str(each.reference) for each in configurations if served and not each.trusts((served.issuer,))
        )
        self._metrics.in_sync.clear()
        for each in configurations:
            in_sync = state is not None and each.has_bundle(state.bundle)
            self._metrics.in_sync.labels(str(each.reference)).set(in_sync)
        if state:
            self._metrics.authorities.set(len(state.trusted))


def _earlier(first: Decision, second: Decision | None) -> Decision:
    if second is None or second.due is None:
        return first
    if first.due is None or second.due < first.due:
        return second
    return first
