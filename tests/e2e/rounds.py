"""A round of install, use, upgrade, rollback and uninstall, and its observations."""

import json
from typing import Any

from arkrun_crd.names import RUN_PLURAL, TEAM_PLURAL
from controlplane import Answer
from e2e.cluster import Cluster
from e2e.leftovers import leftovers, wait_until_only
from e2e.release import Helm, Release, image
from support.builders.objects import run, team
from support.cluster.resources import Resource

# Drain quickly, because the rounds check what remains, not draining.
QUICK: dict[str, Any] = {"webhook": {"drainSeconds": 3}}
NAMES = ("arkrun", "prod", "records-of-arkrun")
NAMESPACES = ("arkrun-system", "records")
HELMS: tuple[Helm, ...] = ("helm", "helm3")
EVERYBODY = [{"ipBlock": {"cidr": each}} for each in ("0.0.0.0/0", "::/0")]
UPGRADES: tuple[dict[str, Any], ...] = (
    {"replicaCount": 3},
    {"webhook": {"port": 10250, "drainSeconds": 3}},
    {"certificates": {"leafValidity": "2d"}, "networkPolicy": {"enabled": True, "from": EVERYBODY}},
    {"commonLabels": {"round": "yes"}, "podDisruptionBudget": {"enabled": False}},
)

Observations = list[tuple[str, int | list[str]]]


def play(cluster: Cluster, number: int) -> Observations:
    """Run a round and return its observations; names, namespace, values and helm depend on its number."""
    release = Release(
        cluster,
        helm=HELMS[number % len(HELMS)],
        name=NAMES[number % len(NAMES)],
        namespace=NAMESPACES[number % len(NAMESPACES)],
    )
    namespace = f"round-{number}"
    cluster.kubectl("create", "namespace", namespace)
    before = leftovers(cluster)
    release.take_over(QUICK)
    observations = [*_use(cluster, namespace, "installed")]
    release.upgrade(
        {**QUICK, **UPGRADES[number % len(UPGRADES)], **image(cluster.next_image or cluster.image)}
    )
    observations += _use(cluster, namespace, "upgraded")
    release.rollback()
    observations += _use(cluster, namespace, "rolled-back")
    release.uninstall()
    wait_until_only(before, cluster)
    observations += _use_after_uninstallation(cluster, namespace)
    for each in (namespace, release.namespace):
        cluster.kubectl("delete", "namespace", each, "--timeout=60s")
    return observations


def _use(cluster: Cluster, namespace: str, name: str) -> Observations:
    """Create a run, try to change it and finish it; return the statuses of the answers."""
    teams, runs = (Resource(cluster.api, namespace, plural) for plural in (TEAM_PLURAL, RUN_PLURAL))
    teams.apply("blog", team())
    created = runs.create(run(name))
    answers: dict[str, Answer] = {
        "create": created,
        "change": runs.patch(name, {"spec": {"maxTokens": 1}}),
        "relabel": runs.patch(name, {"metadata": {"labels": {"arkonis.dev/team": "other"}}}),
        "unknown team": runs.create(run(f"{name}-2", team="none")),
        "label": runs.patch(name, {"metadata": {"labels": {"a": "b"}}}),
        "start": runs.patch(name, {"status": {"phase": "Running"}}, suffix="/status"),
        "finish": runs.patch(name, {"status": {"phase": "Succeeded"}}, suffix="/status"),
    }
    stamp = json.dumps(created.json().get("spec", {}).get("teamGeneration"))
    return [(f"{name}: {request}", answer.status) for request, answer in answers.items()] + [
        (f"{name}: generation", [stamp])
    ]


def _use_after_uninstallation(cluster: Cluster, namespace: str) -> Observations:
    """Change, label and delete a run without the chart; return the statuses of the answers."""
    runs = Resource(cluster.api, namespace, RUN_PLURAL)
    return [
        ("without: change", runs.patch("installed", {"spec": {"maxTokens": 1}}).status),
        ("without: label", runs.patch("installed", {"metadata": {"labels": {"c": "d"}}}).status),
        ("without: delete", runs.delete("installed").status),
    ]
