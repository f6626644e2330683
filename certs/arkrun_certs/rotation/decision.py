"""An action and the reason for it: the result of every policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["IDLE", "REPAIRS", "Action", "Decision"]


class Action(StrEnum):
    """The next action of a reconciler; after WAIT and NONE there is nothing to do now.

    Of the Secret: CREATE it; RESTORE its content; RETAIN tokens that API servers still call; RENEW the leaf;
    BEGIN a rotation with a new CA or token; PROMOTE the new one; DROP the old one. Of the configurations:
    INJECT the caBundle; PUBLISH the new token; WITHDRAW one that is not accepted. Of this process: SERVE.
    """

    CREATE = "create"
    RESTORE = "restore"
    RETAIN = "retain"
    RENEW = "renew"
    BEGIN = "begin"
    INJECT = "inject"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    PROMOTE = "promote"
    SERVE = "serve"
    DROP = "drop"
    WAIT = "wait"
    NONE = "none"


IDLE = (Action.WAIT, Action.NONE)

# Actions that repair a Secret whose content must not be used.
REPAIRS = (Action.CREATE, Action.RESTORE, Action.RETAIN)


@dataclass(frozen=True, slots=True)
class Decision:
    """An action; `due` is when the next decision can differ even if nothing changes in the cluster."""

    action: Action
    reason: str
    due: datetime | None = None
