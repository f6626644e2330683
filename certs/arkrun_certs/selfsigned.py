"""The self-signed mode: look, decide, take one step, look again, until there is nothing to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

import structlog

from arkrun_certs import roll
from arkrun_certs.context import LiveContext
from arkrun_certs.decision import RESTING, Action, Decision, Served, Sight, decide, should_serve
from arkrun_certs.errors import MaterialError
from arkrun_certs.inject import Live, Watch, bundle_configurations, with_bundle
from arkrun_certs.loop import take_steps
from arkrun_certs.metrics import CertificateMetrics, failure_reason
from arkrun_certs.settings import CertificateSettings
from arkrun_certs.state import State
from arkrun_certs.store import SecretStore, Stored
from arkrun_kube import ApiError, Client

__all__ = ["SelfSigned"]

_log = structlog.get_logger(__name__)
# After these, what the Secret holds now is not what it should hold: nothing of it is served.
_REPAIRS = (Action.CREATE, Action.RESTORE, Action.RETAIN)


class SelfSigned:
    """Keeps one Secret, the configurations that shall trust it and the context that serves it.

    Without a `context` it serves nothing, as a command line that drives a roll.
    """

    def __init__(
        self,
        settings: CertificateSettings,
        client: Client,
        *,
        metrics: CertificateMetrics,
        clock: Callable[[], datetime],
        context: LiveContext | None = None,
    ) -> None:
        self._settings = settings
        self._store = SecretStore(client, settings)
        self._configurations = bundle_configurations(client, settings, metrics)
        self._metrics = metrics
        self._clock = clock
        self._context = context
        self._kept: State | None = None
        self._served: Served | None = None
        self._published: datetime | None = None
        self._published_seen = monotonic()
        self._blind = ""
        self._refused = ""
        self.distrusting = tuple(map(str, self._configurations.references))

    @property
    def problem(self) -> str:
        """What keeps this process from doing all that it should; empty when nothing does."""
        return self._refused or self._blind

    def watches(self) -> tuple[Watch, ...]:
        """Give a stream of events for each object whose change is a reason to reconcile."""
        return (self._store.watch, *self._configurations.watches())

    async def reconcile(self) -> Decision:
        """Take every step that can be taken now. Raises KubeError when one cannot be."""
        return await take_steps(self._step, str(self._store), self._metrics)

    async def _step(self) -> Decision:
        # Configurations first: a bundle that is written with their version cannot be older than theirs.
        lives, blind = await self._look()
        stored = await self._store.read()
        now = self._clock()
        sight = self._sight(stored, lives, blind)
        decision = decide(sight, self._settings, now)
        waiting = None
        if stored.state and decision.action not in _REPAIRS:
            self._kept = stored.state
            waiting = self._serve(stored.state, sight, now)
        if blind and blind != self._blind:
            _log.error("certificates", action=Action.WAIT.value, reason=blind)
        self._blind = blind
        if not blind:
            self._judge(lives, stored.state)
        if decision.action in RESTING:
            return _sooner(decision, waiting)
        await self._take(decision.action, stored, lives, now)
        _log.info("certificates", action=decision.action.value, reason=decision.reason)
        self._metrics.actions.labels(decision.action.value).inc()
        return decision

    async def _look(self) -> tuple[tuple[Live, ...], str]:
        try:
            return await self._configurations.read(), ""
        except ApiError as error:
            if not error.status:
                raise
            self._metrics.failures.labels(failure_reason(error)).inc()
            return (), f"the configurations cannot be read: {error}"

    def _sight(self, stored: Stored, lives: tuple[Live, ...], blind: str) -> Sight:
        state = stored.state
        differing = [each for each in lives if state and not each.holds(state.bundle)]
        untrusting = [each for each in differing if state and not each.trusts(state.trusted)]
        return Sight(
            state=state,
            problem=stored.problem,
            kept=self._kept,
            served=self._served,
            differing=tuple(str(each.reference) for each in differing),
            untrusting=tuple(str(each.reference) for each in untrusting),
            blind=blind,
            watched=self._watched(state),
        )

    def _watched(self, state: State | None) -> timedelta:
        """Measure for how long the present publication has been seen."""
        published = state.published if state else None
        if published != self._published:
            self._published, self._published_seen = published, monotonic()
        return timedelta(seconds=monotonic() - self._published_seen)

    async def _take(self, action: Action, stored: Stored, lives: tuple[Live, ...], now: datetime) -> None:
        if action is Action.INJECT and stored.state:
            bundle = stored.state.bundle
            outdated = [each for each in lives if not each.holds(bundle)]
            await self._configurations.inject((each, with_bundle(each, bundle)) for each in outdated)
            return
        await self._store.write(stored, self._next(action, stored.state, lives, now))

    def _next(self, action: Action, state: State | None, lives: tuple[Live, ...], now: datetime) -> State:
        if action is Action.CREATE:
            trusted = dict.fromkeys(certificate for each in lives for certificate in each.trusted())
            return roll.create(self._settings, now, trusted)
        if action is Action.RESTORE and self._kept:
            return roll.restore(self._kept, self._settings, now)
        if state is None:
            raise ValueError(f"{action} needs a state")
        if action is Action.RETAIN and self._served:
            return roll.retain(state, self._served)
        return roll.turn(state, action, self._settings, now)

    def _serve(self, state: State, sight: Sight, now: datetime) -> Decision | None:
        if self._context is None:
            return None
        decision = should_serve(sight, self._settings, now)
        if decision.action is not Action.SERVE:
            return decision
        try:
            self._context.load(state.pair)
        except MaterialError as error:
            self._metrics.failures.labels("material").inc()
            self._refused = f"the Secret's leaf is not served: {error}"
            return decision
        self._refused = ""
        self._served = Served(state.pair.leaf, state.authority.certificate)
        ends = state.pair.leaf.not_valid_after_utc
        _log.info("certificates", action="serve", reason=decision.reason, until=ends.isoformat())
        self._metrics.leaf_not_after.set(ends.timestamp())
        self._metrics.ca_not_after.set(state.authority.certificate.not_valid_after_utc.timestamp())
        self._metrics.last_rotation.set(state.rotated.timestamp())
        return None

    def _judge(self, lives: tuple[Live, ...], state: State | None) -> None:
        served = self._served
        self.distrusting = tuple(
            str(each.reference) for each in lives if served and not each.trusts((served.issuer,))
        )
        self._metrics.in_sync.clear()
        for each in lives:
            in_sync = state is not None and each.holds(state.bundle)
            self._metrics.in_sync.labels(str(each.reference)).set(in_sync)
        if state:
            self._metrics.authorities.set(len(state.trusted))


def _sooner(first: Decision, second: Decision | None) -> Decision:
    if second is None or second.due is None:
        return first
    if first.due is None or second.due < first.due:
        return second
    return first
