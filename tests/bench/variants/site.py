"""A control plane with a namespace per variant; only the webhooks differ."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from arkrun_crd.names import GROUP, RESTORED_ANNOTATION, RUN_PLURAL, TEAM_PLURAL, VERSION
from bench import teams
from bench.clients import Call, create, send
from bench.errors import LoadError
from bench.teams import Json
from bench.variants import configurations, peer
from bench.variants.usage import Usage, usage_of
from bench.variants.webhooks import Null, Ours, Peer, Program, Webhook, issue_certificate
from controlplane import ControlPlane
from support.cluster.installation import Installation
from support.repository import CRDS

VARIANTS = ("none", "null", "ours", "peer")
STAMPING = ("ours", "peer")
"""Variants whose webhook stamps; clients of the others send stamped runs."""

_POLICY_SECONDS = 30.0
_BINDINGS = "validatingadmissionpolicybindings"


class Site:
    """A control plane, our installation, and the other variants' webhooks."""

    def __init__(self, control_plane: ControlPlane, installed: Installation, folder: Path) -> None:
        self.control_plane = control_plane
        self.installed = installed
        self.folder = folder
        self.webhooks: dict[str, Webhook] = {}
        self.programs: dict[str, Program] = {"ours": Ours(installed)}
        self._numbers = count()

    def runs(self, variant: str) -> str:
        return f"/apis/{GROUP}/{VERSION}/namespaces/{variant}/{RUN_PLURAL}"

    def run(self, variant: str, kilobytes: int) -> Json:
        """Build a run with a unique name, as clients of the variant send it."""
        build = teams.trigger if variant in STAMPING else teams.stamped
        return build(f"run-{next(self._numbers)}", teams.team(kilobytes))

    def creates(self, variant: str, kilobytes: int, number: int) -> list[Call]:
        """Build this many calls that create runs."""
        return [create(self.runs(variant), self.run(variant, kilobytes)) for _ in range(number)]

    def delete_runs(self, variant: str) -> None:
        """Delete all runs of a variant, to bound the size of etcd; raises LoadError."""
        answer = self.control_plane.api.call("DELETE", self.runs(variant))
        if answer.status != 200:
            raise LoadError(f"the runs of {variant} were not deleted: {answer.message}")

    def hooks(self, variant: str) -> tuple[Json, Json]:
        """Return the registered mutating and validating webhook for a variant's runs."""
        name = "arkrun" if variant == "ours" else _configuration(variant)
        return configurations.read(self.control_plane, name)

    def usage(self, variant: str) -> dict[str, Usage]:
        """Return the usage so far of each process that takes part in a create of the variant."""
        pids = self.control_plane.pids
        used = {"api_server": usage_of(pids["kube-apiserver"]), "etcd": usage_of(pids["etcd"])}
        if variant == "ours":
            used["webhook"] = usage_of(self.installed.pid)
        elif variant in self.webhooks:
            used["webhook"] = self.webhooks[variant].usage()
        return used

    def prepare(self, variant: str) -> None:
        """Create the variant's namespace and teams."""
        metadata = {"name": variant}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        owners = f"/apis/{GROUP}/{VERSION}/namespaces/{variant}/{TEAM_PLURAL}"
        send(self.control_plane, [create("/api/v1/namespaces", namespace)], 1)
        send(self.control_plane, [create(owners, teams.team(kilobytes)) for kilobytes in teams.STEPS], 1)

    def add(self, variant: str, program: Program, webhook: Webhook, bundle: str) -> None:
        """Start and register the webhook of a variant; raises LoadError if it is not called."""
        self.programs[variant], self.webhooks[variant] = program, webhook
        name = _configuration(variant)
        rendered = configurations.render(self.control_plane, name, variant, webhook.url, bundle)
        configurations.register(self.control_plane, rendered)
        run = self.run(variant, min(teams.STEPS))
        configurations.wait_until_called(self.control_plane, rendered, self.runs(variant), run)


def _configuration(variant: str) -> str:
    return f"bench-{variant}"


@contextmanager
def site(variants: Sequence[str], folder: Path, progress: Callable[[str], None]) -> Iterator[Site]:
    """Start a site with these variants; raises BenchError and controlplane.ControlPlaneError."""
    program = peer.build(progress) if "peer" in variants else None
    selected = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["arkrun-system", "ours"]}
    values = {
        "crds.arkruns.enabled": False,
        "crds.arkteams.enabled": False,
        "webhook.namespaceSelector": {"matchExpressions": [selected]},
    }
    with ExitStack() as undo:
        control_plane = undo.enter_context(ControlPlane(progress=progress))
        control_plane.apply_crds(CRDS)
        installed = undo.enter_context(Installation(control_plane, values=values))
        made, bundle = Site(control_plane, installed, folder), issue_certificate(folder)
        for variant in variants:
            made.prepare(variant)
        _bind_policies_everywhere(made, variants[0])
        others: dict[str, Program] = {"null": Null(folder)}
        if program is not None:
            others["peer"] = Peer(program, folder, installed.environment["KUBECONFIG"])
        for variant in [each for each in variants if each in others]:
            webhook = Webhook(variant, others[variant], folder)
            undo.callback(webhook.stop)
            webhook.start()
            made.add(variant, others[variant], webhook, bundle)
        yield made


def _bind_policies_everywhere(made: Site, probed: str) -> None:
    """Remove the namespace selector from the bindings, so that every variant has the policies' cost.

    Raises LoadError if the policies do not take effect in the namespace `probed` in time.
    """
    control_plane = made.control_plane
    patch = json.dumps([{"op": "remove", "path": "/spec/matchResources"}])
    for name in control_plane.kubectl("get", _BINDINGS, "-o", "name").stdout.split():
        control_plane.kubectl("patch", name, "--type=json", "-p", patch)
    deadline = time.monotonic() + _POLICY_SECONDS
    while not _policies_apply(made, probed):
        if time.monotonic() > deadline:
            raise LoadError(f"the policies do not take effect in the namespace {probed}")
        time.sleep(0.1)


def _policies_apply(made: Site, namespace: str) -> bool:
    """Return True if a write that only a policy refuses is refused."""
    answer = made.installed.dry_run({"agent": "nobody"}, {RESTORED_ANNOTATION: "no"}, namespace=namespace)
    return "ValidatingAdmissionPolicy" in answer.message
