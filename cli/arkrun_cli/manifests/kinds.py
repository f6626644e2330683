"""The kinds and versions that a cluster with arkrun can have."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

from arkrun_cli.manifests.findings import Problem
from arkrun_crd.names import API_VERSION, GROUP, RUN_KIND, TEAM_KIND

__all__ = ["check_kind", "check_list_kind", "check_type"]

# Kinds of the operator, which has their definitions; there may be more.
OTHER_KINDS = ("ArkAgent", "ArkBudget", "ArkEvent", "ArkNotify", "ArkRegistry")
NO_OBJECT = "not a Kubernetes object: apiVersion, kind and metadata are required"
EXAMPLES = {"apiVersion": API_VERSION, "kind": TEAM_KIND}
# Names that an API server can have kinds and versions of.
_SYNTAX = {
    "apiVersion": (re.compile(r"/?([-a-z0-9.]+/)?[-a-z0-9]+", re.ASCII), "GROUP/VERSION"),
    "kind": (re.compile(r"[A-Za-z][-A-Za-z0-9]*", re.ASCII), "letters and digits"),
}
_OURS = (RUN_KIND, TEAM_KIND)


def check_type(value: Any) -> Problem | None:
    """Return what is wrong with apiVersion and kind, without which nothing else can be checked."""
    if not isinstance(value, dict):
        return Problem("kind", "", NO_OBJECT)
    for key in ("apiVersion", "kind"):
        if not value.get(key):
            return Problem("kind", "", NO_OBJECT if key not in value else f"{key} is empty")
        if not isinstance(value[key], str):
            return Problem("kind", key, f"expected a string, such as {EXAMPLES[key]}")
    for key, (pattern, expected) in _SYNTAX.items():
        if not pattern.fullmatch(value[key]):
            return Problem("kind", key, f"invalid {key} {value[key]}; expected {expected}")
    return None


def check_list_kind(version: str, kind: str) -> Problem | None:
    """Return what is wrong with the kind of an object that has items."""
    if kind == "List":
        # Every version that the API server serves has it.
        group, _, number = version.rpartition("/")
        if version == API_VERSION or (group != GROUP and (group or number == "v1")):
            return None
        return Problem("kind", "apiVersion", f"unknown version {version} of List; expected v1")
    if version == "v1" and get_close_matches(kind.lower(), ["list"]):
        return Problem("kind", "kind", f"unknown kind {kind}; did you mean List?")
    return check_kind(version, kind.removesuffix("List"))


def check_kind(version: str, kind: str) -> Problem | None:
    """Return a problem if the kind or its API version is unknown."""
    if version == API_VERSION:
        message = "" if kind in _OURS else _unknown_kind(kind)
        return Problem("kind", "kind", message) if message else None
    if version.partition("/")[0].strip().lower() == GROUP or kind in _OURS:
        return Problem("kind", "apiVersion", f"unknown version {version}; expected {API_VERSION}")
    return None


def _unknown_kind(kind: str) -> str:
    """Return what is wrong with a kind of the group; an empty string if it may be the operator's."""
    kinds = (*_OURS, *OTHER_KINDS)
    if kind in OTHER_KINDS:
        return ""
    lists = [f"{each}List" for each in kinds] if kind.lower().endswith("list") else []
    known = {each.lower(): each for each in (*kinds, *lists) if not _is_extended(each, kind)}
    if similar := get_close_matches(kind.lower(), known, n=1, cutoff=0.81):
        return f"unknown kind {kind}; did you mean {known[similar[0]]}?"
    return "" if kind.startswith("Ark") else f"unknown kind {kind}"


def _is_extended(known: str, kind: str) -> bool:
    """Return True if the kind is a known one with another word: ArkTeamLimit."""
    return kind.startswith(known) and kind[len(known) :][:1].isupper()
