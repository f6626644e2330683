"""The next action for the token of the admission paths, decided from an observation and the time.

A rotation runs BEGIN -> PROMOTE -> INJECT -> DROP: every replica accepts the new token before an API server
calls it, and the old token until no API server calls it any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from arkrun_certs.rotation.decision import Action, Decision
from arkrun_certs.rotation.token_state import TokenState, begin, create

__all__ = ["TokenObservation", "apply", "decide"]


@dataclass(frozen=True, slots=True)
class TokenObservation:
    """The input of a decision.

    `state` is the content of the Secret, or None with a `problem`; `last_known` is the last valid state that
    this process has read. `called` are the tokens in the configurations, "" for a webhook without one;
    `out_of_sync` names the configurations that call anything but `state.current`; `unreadable` says why the
    configurations could not be read. Measured with a monotonic clock, `known_for` is how long this process
    has accepted the token that is called next, and `called_for` how long every configuration has called
    `state.current`.
    """

    state: TokenState | None
    problem: str = ""
    last_known: TokenState | None = None
    called: tuple[str, ...] = field(default=(), repr=False)
    out_of_sync: tuple[str, ...] = ()
    unreadable: str = ""
    known_for: timedelta = timedelta()
    called_for: timedelta = timedelta()


def decide(
    observation: TokenObservation,
    *,
    rotation: timedelta,
    propagation: timedelta,
    settle: timedelta,
    now: datetime,
) -> Decision:
    """Return the next action; after it, observe and decide again.

    Within `propagation` every replica has read a change of the Secret, within `settle` every API server
    has seen a change of a configuration.
    """
    state = observation.state
    if state is None:
        action = Action.RESTORE if observation.last_known else Action.CREATE
        return Decision(action, observation.problem)
    if _missing_tokens(state, observation):
        return Decision(Action.RETAIN, "the Secret lacks a token that is still called")
    if observation.unreadable:
        return Decision(Action.WAIT, observation.unreadable)
    return (
        _inject(state, observation, propagation, now)
        or _drop(state, observation, settle, now)
        or _rotate(state, observation, rotation, propagation, now)
        or Decision(Action.NONE, "everything is in place", state.rotated + rotation)
    )


def apply(action: Action, observation: TokenObservation, now: datetime) -> TokenState:
    """Return the state in the Secret after an action."""
    if action is Action.CREATE:
        return create(observation.called, now)
    if action is Action.RESTORE and observation.last_known:
        # Whoever deleted or damaged the Secret may have read the token, so it is replaced.
        return begin(observation.last_known)
    state = observation.state
    if state is None:
        raise ValueError(f"{action} requires a state")
    match action:
        case Action.RETAIN:
            return replace(state, retired=(*_missing_tokens(state, observation), *state.retired))
        case Action.BEGIN:
            return begin(state)
        case Action.PROMOTE:
            return TokenState(state.upcoming, now, retired=(state.current, *state.retired))
        case Action.DROP:
            return replace(state, retired=())
    raise ValueError(f"{action} does not change the state")


def _missing_tokens(state: TokenState, observation: TokenObservation) -> list[str]:
    """Return the tokens that API servers call and this process accepts but the Secret lacks."""
    known = observation.last_known.tokens if observation.last_known else ()
    return [each for each in dict.fromkeys(observation.called) if each in known and each not in state.tokens]


def _inject(
    state: TokenState, observation: TokenObservation, propagation: timedelta, now: datetime
) -> Decision | None:
    if not observation.out_of_sync:
        return None
    remaining = propagation - observation.known_for
    if set(observation.called) <= set(state.tokens) and remaining > timedelta():
        return Decision(Action.WAIT, "waiting until every replica accepts the token", now + remaining)
    return Decision(Action.INJECT, f"{', '.join(observation.out_of_sync)} calls another path")


def _drop(
    state: TokenState, observation: TokenObservation, settle: timedelta, now: datetime
) -> Decision | None:
    if not state.retired:
        return None
    remaining = settle - observation.called_for
    if remaining > timedelta():
        return Decision(Action.WAIT, "waiting until every API server calls the new path", now + remaining)
    return Decision(Action.DROP, "no API server calls an old path any more")


def _rotate(
    state: TokenState,
    observation: TokenObservation,
    rotation: timedelta,
    propagation: timedelta,
    now: datetime,
) -> Decision | None:
    if not state.upcoming:
        due = now >= state.rotated + rotation
        return Decision(Action.BEGIN, "the path is due for rotation") if due else None
    remaining = propagation - observation.known_for
    if remaining > timedelta():
        return Decision(Action.WAIT, "waiting until every replica accepts the next token", now + remaining)
    return Decision(Action.PROMOTE, "every replica accepts the next token")
