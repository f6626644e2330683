"""Connect to the API server that kubectl would use."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from arkrun_kube.client import CALL_SECONDS, Client
from arkrun_kube.config import incluster
from arkrun_kube.config.entries import User
from arkrun_kube.config.headers import impersonation
from arkrun_kube.config.kubeconfig import locations, read
from arkrun_kube.config.target import Target, target_of
from arkrun_kube.errors import ConfigError

__all__ = ["connect"]


def connect(
    *,
    kubeconfig: str = "",
    context: str = "",
    agent: str = "arkrun",
    timeout: float = CALL_SECONDS,
    on_response: Callable[[str | None, float], None] | None = None,
    user: str = "",
    groups: Sequence[str] = (),
) -> Client:
    """Return a client to be opened with `async with`; sends no request.

    Like kubectl, use `kubeconfig`, else the files in $KUBECONFIG, else ~/.kube/config, else the pod's
    ServiceAccount. `user` and `groups` are impersonated, as by --as and --as-group. Raises ConfigError if
    there is no configuration or it is invalid.
    """
    target = _target(kubeconfig, context, user, groups)
    if on_response is None:
        return Client(target, agent=agent, timeout=timeout)
    return Client(target, agent=agent, timeout=timeout, on_response=on_response)


def _target(explicit: str, context: str, user: str, groups: Sequence[str]) -> Target:
    files = locations(explicit)
    found = read(files)
    if not found.empty:
        selection = found.select(context)
        return target_of(replace(selection, user=_acting_as(selection.user, user, groups)))
    named = bool(explicit or os.environ.get("KUBECONFIG"))
    if incluster.possible() and not named and not context:
        headers = impersonation(_acting_as(User(), user, groups), "--as")
        return replace(incluster.target(), headers=headers)
    raise ConfigError(
        f"no cluster configured: {_describe(files)}: set KUBECONFIG to a file that kubectl can use, "
        "or run in a pod"
    )


def _describe(files: Sequence[Path]) -> str:
    """Return why the kubeconfig has no entries."""
    if not files:
        return "neither KUBECONFIG nor HOME names a kubeconfig"
    listed = ", ".join(f'"{file}"' for file in files)
    does = "do" if len(files) > 1 else "does"
    state = "holds no entries" if any(file.exists() for file in files) else f"{does} not exist"
    return f"kubeconfig {listed} {state}"


def _acting_as(stored: User, user: str, groups: Sequence[str]) -> User:
    """Return the user's entry with the impersonation of the command line, which comes before its own."""
    if user:
        stored = msgspec.structs.replace(stored, impersonate=user)
    elif groups and not stored.impersonate:
        raise ConfigError("--as-group is given without --as: name the user to impersonate too")
    return msgspec.structs.replace(stored, impersonate_groups=list(groups)) if groups else stored
