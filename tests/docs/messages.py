"""Every message of the webhook, made by the code that says it, with its cause and its cure."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import Raw
from starlette.types import Message, Scope

from arkrun_crd.rules import pipeline
from arkrun_kube import ApiError, UnknownKindError
from arkrun_webhook.admission import refusals
from arkrun_webhook.admission.run_validation import undeclared
from arkrun_webhook.admission.team_validation import name_too_long
from arkrun_webhook.compare.diff import Change
from arkrun_webhook.errors import Refused, TeamBeingDeleted, TeamNotFound, TeamNotReadable, TeamUnanswered
from arkrun_webhook.http.app import Readiness, create_app
from arkrun_webhook.http.endpoint import FAULT
from arkrun_webhook.teams.api_server import unreadable
from arkrun_webhook.teams.lookup import Teams
from arkrun_webhook.teams.team import Team

TEAM = ("my-org", "blog")


@dataclass(frozen=True)
class Explained:
    """A refusal, and what a person wants to know about it."""

    refused: Refused
    cause: str
    cure: str


REFUSALS = (
    Explained(
        refusals.record_changed([Change("spec.maxTokens", Raw(b"5"), Raw(b"7"))]),
        "An update would alter `spec` or the team label of a stored run.",
        "Create a new run. Labels, annotations, finalizers and owners of your own are free.",
    ),
    Explained(
        refusals.respelled(),
        "An update writes the same spec in other words, or a field beside `spec` that a foreign CRD keeps.",
        "Send the run as `kubectl get -o json` shows it.",
    ),
    Explained(
        TeamNotFound(*TEAM),
        "The run's `teamRef` names no ArkTeam of its namespace.",
        "Create the team, or correct the name or the namespace.",
    ),
    Explained(
        TeamBeingDeleted(*TEAM),
        "The team has a deletionTimestamp; a finalizer still holds it.",
        "See its finalizers: `kubectl get arkteam blog -o jsonpath='{.metadata.finalizers}'`.",
    ),
    Explained(
        unreadable(*TEAM, ApiError("", status=403)),
        "The webhook's ClusterRole or its binding is gone or was edited.",
        "`helm upgrade` brings the chart's RBAC back.",
    ),
    Explained(
        unreadable(*TEAM, ApiError("", status=401)),
        "The API server does not take the webhook's token: expired, revoked, or of another cluster.",
        "Restart the pod; outside a cluster, renew the KUBECONFIG.",
    ),
    Explained(
        unreadable(*TEAM, UnknownKindError("", status=404)),
        "The ArkTeam CRD is not installed.",
        "Install it: `crds.arkteams.enabled=true`, or the operator's chart.",
    ),
    Explained(
        unreadable(*TEAM, ApiError("", status=406)),
        "The API server, or what stands before it, gave an answer that no team look-up should get.",
        "See the API server's log and audit log for the webhook's ServiceAccount.",
    ),
    Explained(
        TeamNotReadable(*TEAM, "its spec is malformed: Expected `int`, got `str` - at `$.spec.maxTokens`"),
        "A foreign ArkTeam CRD let through what no team can hold.",
        "Correct the field that is named.",
    ),
    Explained(
        TeamUnanswered(*TEAM, "no answer in time"),
        "The API server is down, restarting or overloaded, from where the webhook runs.",
        "Try again. If it stays: the NetworkPolicy, and `arkrun_webhook_team_lookup_duration_seconds`.",
    ),
    Explained(
        refusals.team_changed("blog", 4, Raw(b"3")),
        "The team was edited between the stamp and its proof, or the client brought an old teamGeneration.",
        "Create the run again; leave `teamGeneration` out.",
    ),
    Explained(
        refusals.wrong_team_label("blog", [Change(refusals.LABEL_PATH, Raw(b'"other"'), Raw(b'"blog"'))]),
        "The client brought a label that names another team than `teamRef`.",
        "Leave the label out.",
    ),
    Explained(
        refusals.label_without_team(),
        "A run of an `agent` carries the label of a team.",
        "Remove the label, or name the team in `spec.teamRef`.",
    ),
    Explained(
        refusals.stamp_disproved("blog", 3, [Change("spec.roles[0].model", Raw(b'"b"'), Raw(b'"m"'))]),
        "The team was deleted and recreated between the two calls, or another mutating webhook edits runs.",
        "Create the run again; if it stays: `kubectl get mutatingwebhookconfigurations`.",
    ),
    Explained(
        refusals.not_stamped(["spec.teamGeneration"]),
        "The MutatingWebhookConfiguration is missing or does not match, or a later webhook undid the stamp.",
        "`helm upgrade`, then `kubectl get mutatingwebhookconfiguration arkrun -o yaml`.",
    ),
    Explained(
        refusals.input_missing("blog", ["topic"]),
        "The team declares the input as required and nobody gives it.",
        'Add it: `ark trigger blog --input \'{"topic": "…"}\'`, or give the team a default.',
    ),
    Explained(
        refusals.team_ref_invalid(Raw(b'"Blog"')),
        "`teamRef` is missing or no name that an object can have.",
        "Write the team's `metadata.name`.",
    ),
    Explained(
        refusals.team_name_too_long("b" * 64),
        "A label's value has 63 characters at most, and a run carries its team's name as a label.",
        "Give the team a shorter name.",
    ),
    Explained(
        refusals.spec_malformed(Raw(b"[]")),
        "`spec` is a list or a text.",
        "Write an object with `teamRef`.",
    ),
    Explained(
        refusals.breaks_rules([pipeline.Finding("spec.pipeline[0].role", "…")]),
        "The team's spec could not run; the faults are listed below.",
        "Correct the ArkTeam; a team that is older than the webhook is judged when it is next run.",
    ),
    Explained(
        refusals.may_not_restore("alice", "my-org"),
        "The run has the annotation of a backup, and the caller lacks the verb.",
        "Grant exactly this rule to the backup tool's ServiceAccount, or remove the annotation.",
    ),
    Explained(
        refusals.not_restorable(["spec.teamGeneration"]),
        "A restored run must be a complete record: label, generation and a snapshot.",
        "Restore the whole object; without the annotation it becomes a new run.",
    ),
    Explained(
        refusals.wrong_kind("ArkRun", "arkonis.dev", "Pod", ""),
        "A webhook configuration of somebody's own sends other objects here.",
        "Correct its `rules`; the chart's send ArkRuns and ArkTeams alone.",
    ),
    Explained(
        refusals.unknown_operation("PATCH"),
        "No API server sends this; somebody builds AdmissionReviews by hand.",
        "Send CREATE, UPDATE, DELETE or CONNECT.",
    ),
    Explained(
        refusals.object_missing("UPDATE", "oldObject"),
        "No API server sends this; somebody builds AdmissionReviews by hand.",
        "Send `object`, and on UPDATE `oldObject`.",
    ),
    Explained(
        refusals.namespace_invalid("../x"),
        "No API server sends this; somebody builds AdmissionReviews by hand.",
        "Send the namespace of the object.",
    ),
)

CALLS: dict[str, tuple[Scope, bytes | None]] = {
    "Method": ({"method": "GET"}, b""),
    "ContentType": ({"headers": [(b"content-type", b"text/yaml")]}, b""),
    "ContentEncoding": (
        {"headers": [(b"content-type", b"application/json"), (b"content-encoding", b"gzip")]},
        b"",
    ),
    "TooLarge": (
        {"headers": [(b"content-type", b"application/json"), (b"content-length", b"99000000")]},
        b"",
    ),
    "SlowClient": ({}, None),
    "NotJSON": ({}, b"{"),
    "NotAdmissionReview": ({}, b'{"apiVersion": "v1", "kind": "Pod"}'),
    "NoRequest": ({}, b'{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}'),
    "": ({"path": "/mutate/pods"}, b""),
}
"""A call for each reason why one cannot be answered with an AdmissionReview; None never sends its body."""


def refusal_rows() -> Iterator[tuple[str, ...]]:
    """Give message, reason and code, cause and cure of each refusal."""
    for one in REFUSALS:
        yield _code(one.refused.message), f"{one.refused.why} {one.refused.code}", one.cause, one.cure
    yield (
        _code(FAULT),
        "Panic 500",
        "A bug in the webhook; the request was denied.",
        "The log has the traceback beside the uid; report it.",
    )


def call_rows() -> Iterator[tuple[str, ...]]:
    """Give status, reason and message of each call that gets no AdmissionReview."""
    for why, (scope, body) in CALLS.items():
        status, text = asyncio.run(_answer(scope, body))
        yield str(status), why, _code(text.strip())


def finding_rows() -> Iterator[tuple[str, ...]]:
    """Give what each rule of a team's spec says, and whether that refuses the team or only warns."""
    cycle = [{"role": "a", "dependsOn": ["b"]}, {"role": "b", "dependsOn": ["a"]}]
    roles = [{"name": "a", "canDelegate": ["x"]}, {"name": "b"}, {"name": "b"}]
    shapes = [{"name": "a", "tools": "x"}, {"name": "b", "tools": []}, {"name": "c", "tools": {}}]
    steps = [
        {"role": "a", "outputSchema": "{", "validate": {"schema": "[]", "rejectPatterns": ["(?=x)"]}},
        {"role": "b", "dependsOn": ["x"], "if": "{{ .steps.x.output }}{{ .steps.a.output }}"},
        {"role": "b", "inputs": {"p": "{{ .input.y }}{{ .steps.a.output"}},
        {"role": "c"},
    ]
    spec = {"roles": roles, "pipeline": steps, "entry": "x", "inputs": [{"name": "z"}], "runRetainFor": "7d"}
    found = [
        *pipeline.check_team({}),
        *pipeline.check_team(spec),
        *pipeline.check_team({"roles": [{"name": "a"}, {"name": "b"}], "pipeline": cycle}),
        *pipeline.check_team({"roles": shapes, "routing": {}, "search": {}}),
        *pipeline.check_team({"roles": roles[:1], "entry": "x"}),
        *pipeline.check_size(pipeline.SPEC_LIMIT + 1),
    ]
    for finding in found:
        yield _code(str(finding)), "refused" if finding.fatal else "warning"
    yield _code(undeclared("tpoic", "blog")), "warning"
    replaced = [Change(f"spec.roles[{number}].model", Raw(b'"b"'), Raw(b'"m"')) for number in range(4)]
    for warning in refusals.snapshot_replaced("blog", replaced, ["roles"]):
        yield _code(warning), "warning"
    yield _code(name_too_long(64)), "warning"


async def _answer(scope: Scope, body: bytes | None) -> tuple[int, str]:
    """Send one call to the application itself."""

    async def fetch(namespace: str, name: str, deadline: float) -> Team:  # noqa: ARG001
        raise TeamNotFound(namespace, name)

    async def receive() -> Message:
        if body is None:
            raise TimeoutError
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    sent: list[Message] = []
    app = create_app(Teams(fetch), lambda: Readiness(ready=True, reason="ok"), lambda _token: True)
    usual = {"type": "http", "method": "POST", "path": "/token/validate/arkruns", "query_string": b""}
    await app({**usual, "headers": [(b"content-type", b"application/json")], **scope}, receive, send)
    return sent[0]["status"], sent[1]["body"].decode()


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"
