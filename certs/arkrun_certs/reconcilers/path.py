"""The token of the admission paths: stored, rotated, injected and accepted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

import structlog

from arkrun_certs.cluster.configuration import WebhookConfiguration, references_of
from arkrun_certs.cluster.controller import converge
from arkrun_certs.cluster.injector import Injector, Watch, path_fields
from arkrun_certs.cluster.secret import Secret, decode_data
from arkrun_certs.errors import MaterialError
from arkrun_certs.metrics import CertificateMetrics
from arkrun_certs.rotation.decision import IDLE, REPAIRS, Action, Decision
from arkrun_certs.rotation.token_policy import TokenObservation, apply, decide
from arkrun_certs.rotation.token_state import TokenState, decode, encode, find_token
from arkrun_certs.settings import CertificateSettings
from arkrun_kube import Client, Object

__all__ = ["PathReconciler"]

_log = structlog.get_logger(__name__)


class PathReconciler:
    """Reconcile the Secret of the token and the configurations that call it.

    `tokens` are accepted now; `uncalled_by` names the configurations that call none of them.
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
        self._injector = Injector(
            client, references_of(settings), manager=settings.path_manager, field="path", metrics=metrics
        )
        self._metrics = metrics
        self._clock = clock
        self._last_known: TokenState | None = None
        self._known_since: dict[str, float] = {}
        self._called_since: tuple[str, float] | None = None
        self.tokens: tuple[str, ...] = ()
        self.uncalled_by = tuple(map(str, self._injector.references))
        self.problem = ""

    def watches(self) -> tuple[Watch, ...]:
        """Return the streams of events of the Secret and of each configuration."""
        return (self._secret.watch, *self._injector.watches())

    async def reconcile(self) -> Decision:
        """Perform all actions that are possible now. Raises KubeError if one fails."""
        return await converge(self._step, str(self._secret), self._metrics)

    async def _step(self) -> Decision:
        # Configurations first: an apply with their resourceVersion then never writes an older path.
        configurations, unreadable = await self._injector.read_if_permitted()
        secret = await self._secret.read()
        now = self._clock()
        observation = self._observe(secret, configurations, unreadable)
        decision = decide(
            observation,
            rotation=self._settings.path_rotation,
            propagation=self._settings.settle + self._settings.tick,
            settle=self._settings.settle,
            now=now,
        )
        self._update_tokens(observation.state, repairing=decision.action in REPAIRS)
        self.problem = unreadable
        if not unreadable:
            self._report(configurations, observation.state)
        if decision.action in IDLE:
            return decision
        if decision.action is Action.INJECT and observation.state:
            await self._inject(observation.state, configurations)
        else:
            await self._secret.write(secret, encode(apply(decision.action, observation, now)))
        _log.info("path", action=decision.action.value, reason=decision.reason)
        self._metrics.actions.labels(f"path-{decision.action.value}").inc()
        return decision

    def _observe(
        self, secret: Object | None, configurations: tuple[WebhookConfiguration, ...], unreadable: str
    ) -> TokenObservation:
        state, problem = self._decode(secret)
        out_of_sync = tuple(
            str(each.reference)
            for each in configurations
            if state and self._called_tokens(each) - {state.current}
        )
        return TokenObservation(
            state=state,
            problem=problem,
            last_known=self._last_known,
            called=tuple(sorted(set().union(*map(self._called_tokens, configurations)))),
            out_of_sync=out_of_sync,
            unreadable=unreadable,
            known_for=self._known_for(state, out_of_sync=bool(out_of_sync)),
            called_for=self._called_for(state, called=bool(configurations) and not out_of_sync),
        )

    def _decode(self, secret: Object | None) -> tuple[TokenState | None, str]:
        if secret is None:
            return None, f"{self._secret} does not exist"
        try:
            return decode(decode_data(secret)), ""
        except MaterialError as error:
            return None, f"{self._secret} is unusable: {error}"

    def _called_tokens(self, configuration: WebhookConfiguration) -> set[str]:
        """Return the tokens that our webhooks of a configuration call, "" for one without a token."""
        paths = self._settings.paths
        return {find_token(path, paths[name]) for name, path in configuration.paths.items() if name in paths}

    def _known_for(self, state: TokenState | None, *, out_of_sync: bool) -> timedelta:
        """Return how long this process has accepted the token that is called next."""
        now = monotonic()
        if state is None:
            return timedelta()
        self._known_since = {each: self._known_since.get(each, now) for each in state.tokens}
        token = state.current if out_of_sync else state.upcoming or state.current
        return timedelta(seconds=now - self._known_since[token])

    def _called_for(self, state: TokenState | None, *, called: bool) -> timedelta:
        """Return how long every configuration has called the current token."""
        now = monotonic()
        if state is None or not called:
            self._called_since = None
            return timedelta()
        if self._called_since is None or self._called_since[0] != state.current:
            self._called_since = (state.current, now)
        return timedelta(seconds=now - self._called_since[1])

    def _update_tokens(self, state: TokenState | None, *, repairing: bool) -> None:
        """Accept the tokens of the Secret, and until it is repaired the last known tokens as well."""
        tokens = state.tokens if state else ()
        if repairing and self._last_known:
            tokens = tuple(dict.fromkeys((*tokens, *self._last_known.tokens)))
        elif state:
            self._last_known = state
        self.tokens = tokens

    async def _inject(self, state: TokenState, configurations: tuple[WebhookConfiguration, ...]) -> None:
        expected = [(each, self._expected_paths(each, state)) for each in configurations]
        outdated = [(each, paths) for each, paths in expected if paths.items() - each.paths.items()]
        await self._injector.inject((each, path_fields(paths)) for each, paths in outdated)

    def _expected_paths(self, configuration: WebhookConfiguration, state: TokenState) -> dict[str, str]:
        paths = self._settings.paths
        return {name: f"/{state.current}{paths[name]}" for name in configuration.paths if name in paths}

    def _report(self, configurations: tuple[WebhookConfiguration, ...], state: TokenState | None) -> None:
        self.uncalled_by = tuple(
            str(each.reference)
            for each in configurations
            if not self._called_tokens(each) <= set(self.tokens)
        )
        self._metrics.path_in_sync.clear()
        for each in configurations:
            in_sync = state is not None and self._called_tokens(each) <= {state.current}
            self._metrics.path_in_sync.labels(str(each.reference)).set(in_sync)
