"""Checks before a measurement: webhooks make the same decisions, and variants store the same runs."""

import json
import ssl
import urllib.request
from base64 import b64decode
from collections.abc import Sequence
from copy import deepcopy

from arkrun_crd.names import API_VERSION, GROUP, RUN_KIND, RUN_PLURAL, TEAM_LABEL, VERSION
from bench import teams
from bench.errors import DisagreeError
from bench.teams import Json
from bench.variants.site import STAMPING, Site

EXPECTED = {
    "stamp a run with teamRef and input": True,
    "stamp a run with another generation": False,
    "stamp a run without a required input": False,
    "verify a stamped run": True,
    "verify a run with a forged stamp": False,
    "verify a run without a stamp": False,
    "update other metadata": True,
    "update the spec": False,
}
"""The requests to both webhooks, and whether they must be allowed."""

Case = tuple[Json, Json | None]


def check(made: Site, variants: Sequence[str], kilobytes: int) -> None:
    """Raise DisagreeError unless the variants store the same run and the webhooks enforce the same rules."""
    first, *others = [(variant, stored(made, variant, kilobytes)) for variant in variants]
    for variant, content in others:
        if content != first[1]:
            raise DisagreeError(f"{variant} stores another run of {kilobytes} KB than {first[0]}")
    for variant in [each for each in variants if each in STAMPING]:
        if (found := decisions(made, variant)) != EXPECTED:
            wrong = [name for name, allowed in found.items() if allowed != EXPECTED[name]]
            raise DisagreeError(f"{variant} violates the rules: {', '.join(wrong)}")


def stored(made: Site, variant: str, kilobytes: int) -> Json:
    """Create a run as a dry run; return spec and team label as they would be stored.

    Raises DisagreeError if the run is refused.
    """
    path, run = made.runs(variant), made.run(variant, kilobytes)
    answer = made.control_plane.api.call("POST", f"{path}?dryRun=All", json.dumps(run).encode())
    if answer.status != 201:
        raise DisagreeError(f"{variant} refuses a valid run: {answer.message}")
    stored_run = answer.json()
    return {"label": stored_run["metadata"]["labels"][TEAM_LABEL], "spec": stored_run["spec"]}


def decisions(made: Site, variant: str) -> dict[str, bool]:
    """Call both webhooks of a variant directly: CRD rules or policies would refuse some requests first."""
    hooks = made.hooks(variant)
    return {
        name: _allowed(hooks[0 if name.startswith("stamp") else 1], variant, *case)
        for name, case in _cases().items()
    }


def _cases() -> dict[str, Case]:
    """Build the new and the old object of each case."""
    owner = teams.team(min(teams.STEPS))
    plain, honest = teams.trigger("run", owner), teams.stamped("run", owner)
    other_generation, without_input, forged, labelled = map(deepcopy, (plain, plain, honest, honest))
    other_generation["spec"]["teamGeneration"] = 7
    without_input["spec"]["input"] = {}
    forged["spec"]["roles"][0]["model"] = "another"
    labelled["metadata"]["labels"]["mine"] = "yes"
    built: list[Case] = [
        (plain, None),
        (other_generation, None),
        (without_input, None),
        (honest, None),
        (forged, None),
        (plain, None),
        (labelled, honest),
        (forged, honest),
    ]
    return dict(zip(EXPECTED, built, strict=True))


def _allowed(hook: Json, namespace: str, new: Json, old: Json | None) -> bool:
    """Send an AdmissionReview to the webhook's registered address."""
    client = hook["clientConfig"]
    context = ssl.create_default_context(cadata=b64decode(client["caBundle"]).decode())
    body = json.dumps(_review(namespace, new, old)).encode()
    request = urllib.request.Request(client["url"], body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, context=context, timeout=30) as answer:
        return bool(json.load(answer)["response"]["allowed"])


def _review(namespace: str, new: Json, old: Json | None) -> Json:
    kind = {"group": GROUP, "version": VERSION, "kind": RUN_KIND}
    resource = {"group": GROUP, "version": VERSION, "resource": RUN_PLURAL}
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": kind,
            "resource": resource,
            "requestKind": kind,
            "requestResource": resource,
            "name": new["metadata"]["name"],
            "namespace": namespace,
            "operation": "CREATE" if old is None else "UPDATE",
            "userInfo": {"username": "alice", "groups": ["system:authenticated"]},
            "object": {**new, "apiVersion": API_VERSION},
            "oldObject": old,
            "dryRun": False,
            "options": {"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions"},
        },
    }
