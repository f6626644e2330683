"""The resources that history reads, and how log lines name their objects."""

from __future__ import annotations

from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_PLURAL, VERSION
from arkrun_history.reflector.table import Key
from arkrun_kube import Resource

RUNS = Resource(GROUP, VERSION, RUN_PLURAL)
TEAMS = Resource(GROUP, VERSION, TEAM_PLURAL)


def format_key(key: Key) -> str:
    """Return a key as namespace/name."""
    return "/".join(key)
