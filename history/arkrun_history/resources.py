"""The resources that history reads, and how their objects are named in logs."""

from __future__ import annotations

from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_PLURAL, VERSION
from arkrun_history.table import Key
from arkrun_kube import Resource

RUNS = Resource(GROUP, VERSION, RUN_PLURAL)
TEAMS = Resource(GROUP, VERSION, TEAM_PLURAL)


def shown(key: Key) -> str:
    """Return a key as people write it."""
    return "/".join(key)
