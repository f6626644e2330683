"""Keeps the token of the admission paths: in its Secret, in the configurations, and in this process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic

import structlog

from arkrun_certs.decision import RESTING, Action, Decision
from arkrun_certs.errors import MaterialError
from arkrun_certs.inject import Configurations, Live, Watch, references_of, with_paths
from arkrun_certs.loop import take_steps
from arkrun_certs.metrics import CertificateMetrics, failure_reason
from arkrun_certs.path_token import PathState, PathView, advance, begin, decide, decode, encode, find_token
from arkrun_certs.secret import Secret, data_of
from arkrun_certs.settings import CertificateSettings
from arkrun_kube import ApiError, Client, ConflictError, Object

__all__ = ["PathReconciler", "begin_now"]

_log = structlog.get_logger(__name__)
# Until these are taken, what this process knew before is accepted too.
_REPAIRS = (Action.CREATE, Action.RESTORE, Action.RETAIN)


async def begin_now(settings: CertificateSettings, client: Client) -> None:
    """Put the next token into the Secret, unless a rotation is under way.

    Raises MaterialError when the Secret holds no usable state, KubeError when it cannot be written.
    """
    secret = Secret(client, settings, settings.path_secret)
    while True:
        live = await secret.read()
        if live is None:
            raise MaterialError(f"{secret} does not exist: start the server, which creates it")
        with suppress(ConflictError):
            return await secret.write(live, encode(begin(decode(data_of(live)))))


class PathReconciler:
    """Keeps one Secret and the configurations that call its token; `tokens` are those to accept now.

    `uncalling` names the configurations that do not call an accepted token.
    """

    def __init__(
        self,
        settings: CertificateSettings,
        client: Client,
        *,
        metrics: CertificateMetrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._secret = Secret(client, settings, settings.path_secret)
        self._configurations = Configurations(
            client, references_of(settings), manager=settings.path_manager, what="path", metrics=metrics
        )
        self._metrics = metrics
        self._clock = clock
        self._kept: PathState | None = None
        self._seen: dict[str, float] = {}
        self._held: tuple[str, float] | None = None
        self.tokens: tuple[str, ...] = ()
        self.uncalling = tuple(map(str, self._configurations.references))
        self.problem = ""

    def watches(self) -> tuple[Watch, ...]:
        """Return a stream of events for each object whose change is a reason to reconcile."""
        return (self._secret.watch, *self._configurations.watches())

    async def reconcile(self) -> Decision:
        """Take every step that can be taken now. Raises KubeError when one cannot be."""
        return await take_steps(self._step, str(self._secret), self._metrics)

    async def _step(self) -> Decision:
        # Configurations first: a path that is written with their version cannot be older than theirs.
        lives, unreadable = await self._read_configurations()
        live = await self._secret.read()
        now = self._clock()
        view = self._view(live, lives, unreadable)
        decision = decide(
            view,
            rotation=self._settings.path_rotation,
            spread=self._settings.settle + self._settings.tick,
            settle=self._settings.settle,
            now=now,
        )
        self._accept(view.state, repairing=decision.action in _REPAIRS)
        self.problem = unreadable
        if not unreadable:
            self._compare(lives, view.state)
        if decision.action in RESTING:
            return decision
        await self._take(decision.action, view, live, lives, now)
        action = f"path-{decision.action.value}"
        _log.info("path", action=decision.action.value, reason=decision.reason)
        self._metrics.actions.labels(action).inc()
        return decision

    async def _read_configurations(self) -> tuple[tuple[Live, ...], str]:
        try:
            return await self._configurations.read(), ""
        except ApiError as error:
            if not error.status:
                raise
            self._metrics.failures.labels(failure_reason(error)).inc()
            return (), f"the configurations cannot be read: {error}"

    def _view(self, live: Object | None, lives: tuple[Live, ...], unreadable: str) -> PathView:
        state, problem = self._decode(live)
        differing = tuple(
            str(each.reference) for each in lives if state and self._called(each) - {state.current}
        )
        return PathView(
            state=state,
            problem=problem,
            kept=self._kept,
            called=tuple(sorted(set().union(*map(self._called, lives)))),
            differing=differing,
            unreadable=unreadable,
            seen=self._since_seen(state, differing=bool(differing)),
            held=self._since_held(state, holding=bool(lives) and not differing),
        )

    def _decode(self, live: Object | None) -> tuple[PathState | None, str]:
        if live is None:
            return None, f"{self._secret} does not exist"
        try:
            return decode(data_of(live)), ""
        except MaterialError as error:
            return None, f"{self._secret} is unusable: {error}"

    def _called(self, live: Live) -> set[str]:
        """Collect the tokens that our webhooks in a configuration call, "" for one that calls none."""
        paths = self._settings.paths
        return {find_token(path, paths[name]) for name, path in live.paths.items() if name in paths}

    def _since_seen(self, state: PathState | None, *, differing: bool) -> timedelta:
        """Measure for how long the token that is next to be called has been accepted here."""
        now = monotonic()
        if state is None:
            return timedelta()
        self._seen = {each: self._seen.get(each, now) for each in state.tokens}
        token = state.current if differing else state.upcoming or state.current
        return timedelta(seconds=now - self._seen[token])

    def _since_held(self, state: PathState | None, *, holding: bool) -> timedelta:
        """Measure for how long every configuration has called the current token."""
        now = monotonic()
        if state is None or not holding:
            self._held = None
            return timedelta()
        if self._held is None or self._held[0] != state.current:
            self._held = (state.current, now)
        return timedelta(seconds=now - self._held[1])

    def _accept(self, state: PathState | None, *, repairing: bool) -> None:
        known = state.tokens if state else ()
        if repairing and self._kept:
            known = tuple(dict.fromkeys((*known, *self._kept.tokens)))
        elif state:
            self._kept = state
        self.tokens = known

    async def _take(
        self, action: Action, view: PathView, live: Object | None, lives: tuple[Live, ...], now: datetime
    ) -> None:
        if action is Action.INJECT and view.state:
            wanted = [(each, self._wanted(each, view.state)) for each in lives]
            outdated = [(each, paths) for each, paths in wanted if paths.items() - each.paths.items()]
            await self._configurations.inject((each, with_paths(paths)) for each, paths in outdated)
            return
        await self._secret.write(live, encode(advance(action, view, now)))

    def _wanted(self, live: Live, state: PathState) -> dict[str, str]:
        paths = self._settings.paths
        return {name: f"/{state.current}{paths[name]}" for name in live.paths if name in paths}

    def _compare(self, lives: tuple[Live, ...], state: PathState | None) -> None:
        self.uncalling = tuple(
            str(each.reference) for each in lives if not self._called(each) <= set(self.tokens)
        )
        self._metrics.path_in_sync.clear()
        for each in lives:
            in_sync = state is not None and self._called(each) <= {state.current}
            self._metrics.path_in_sync.labels(str(each.reference)).set(in_sync)
