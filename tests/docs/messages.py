"""Messages of webhook and policies, with their causes and cures from the sources."""

import asyncio
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Raw
from starlette.types import Message, Scope

from arkrun_crd.rules import pipeline
from arkrun_webhook.admission import refusals
from arkrun_webhook.admission.run_validation import undeclared
from arkrun_webhook.admission.team_validation import name_too_long
from arkrun_webhook.compare.diff import Change
from arkrun_webhook.compare.raw_json import ABSENT
from arkrun_webhook.errors import Refused, TeamBeingDeleted, TeamNotFound, TeamUnanswered
from arkrun_webhook.http.app import Readiness, create_app
from arkrun_webhook.http.endpoint import FAULT
from arkrun_webhook.review.response import errored
from arkrun_webhook.teams import refusals as team_refusals
from arkrun_webhook.teams.lookup import Teams
from arkrun_webhook.teams.team import Team

TEAM = ("my-org", "blog")

EXPLANATION = re.compile(r"^Cause: (.*?)\n^Cure: (.*)\Z", re.DOTALL | re.MULTILINE)
VALIDATION = re.compile(
    r"^    # Cause: (.*?)\n    # Cure: (.*?)\n    - expression: (.*?)(?=\n    - |\n    #|\n---)",
    re.DOTALL | re.MULTILINE,
)
FIXED = re.compile(r"^      message: (?:>-)?(.*?)(?=\Z|\n      \w)", re.DOTALL | re.MULTILINE)
PAGE = re.compile(r"docs/(\w+\.md)")
COMPUTED = re.compile(r"^      messageExpression: >-\n\s+'([^']*)'", re.MULTILINE)


REFUSALS: dict[Callable[..., Refused], tuple[tuple[Any, ...], ...]] = {
    refusals.record_changed: (([Change("spec.maxTokens", Raw(b"5"), Raw(b"7"))],),),
    refusals.encoding_changed: ((),),
    TeamNotFound: (TEAM,),
    TeamBeingDeleted: (TEAM,),
    team_refusals.read_forbidden: (TEAM,),
    team_refusals.credentials_rejected: (TEAM,),
    team_refusals.kind_unknown: (TEAM,),
    team_refusals.unexpected_status: ((*TEAM, 406),),
    team_refusals.answer_malformed: (TEAM,),
    team_refusals.not_sent: (
        (*TEAM, 'the token cannot be read: "/var/run/token": No such file or directory'),
    ),
    team_refusals.team_malformed: ((*TEAM, "Expected `int`, got `str` - at `$.spec.maxTokens`"),),
    TeamUnanswered: ((*TEAM, "no answer in time"),),
    refusals.team_changed: (("blog", 4, Raw(b"3")),),
    refusals.wrong_team_label: (("blog", [Change(refusals.LABEL_PATH, Raw(b'"other"'), Raw(b'"blog"'))]),),
    refusals.label_without_team: ((),),
    refusals.stamp_disproved: (("blog", 3, [Change("spec.roles[0].model", Raw(b'"b"'), Raw(b'"m"'))]),),
    refusals.not_stamped: ((["spec.teamGeneration"],),),
    refusals.input_missing: (("blog", ["topic"]),),
    refusals.team_ref_invalid: ((Raw(b'"Blog"'),), (ABSENT,)),
    refusals.team_name_too_long: (("b" * 64,),),
    refusals.spec_malformed: ((Raw(b"[]"),),),
    refusals.pipeline_invalid: (([pipeline.Finding("spec.pipeline[0].role", "…")],),),
    refusals.may_not_restore: (("alice", "my-org"),),
    refusals.not_restorable: ((["spec.teamGeneration"],),),
    refusals.wrong_kind: (("ArkRun", "arkonis.dev", "Pod", ""),),
    refusals.unknown_operation: (("PATCH",),),
    refusals.object_missing: (("UPDATE", "oldObject"),),
    refusals.namespace_invalid: (("../x",),),
}
"""The refusals with the arguments of their examples."""

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
"""A call for each reason not to respond with an AdmissionReview; None is a body that is never sent."""


def refusal_rows() -> Iterator[tuple[str, ...]]:
    """Return message, reason and code, cause and cure of each refusal."""
    for refuse, examples in REFUSALS.items():
        for arguments in examples:
            refused = refuse(*arguments)
            yield _code(refused.message), f"{refused.why} {refused.code}", *explanation(refuse)
    yield _code(FAULT), "Panic 500", *explanation(errored)


def explanation(refuse: Callable[..., object]) -> tuple[str, str]:
    """Return cause and cure from the docstring of a refusal.

    Raises ValueError if the lines `Cause:` and `Cure:` are missing.
    """
    found = EXPLANATION.search(inspect.getdoc(refuse) or "")
    if found is None:
        raise ValueError(f"the docstring of {refuse.__qualname__} needs the lines `Cause: …` and `Cure: …`")
    return _plain(found[1]), _plain(found[2])


def policy_rows(template: str) -> Iterator[tuple[str, ...]]:
    """Return message, cause and cure of each validation of the admission policies.

    A message built by CEL is abbreviated to its beginning. Raises ValueError if a validation has no comment
    with cause and cure.
    """
    validations = VALIDATION.findall(template)
    if len(validations) != template.count("    - expression: "):
        raise ValueError("a validation needs the comments `# Cause: …` and `# Cure: …` above its expression")
    for cause, cure, body in validations:
        computed = COMPUTED.search(body)
        message = f"{computed[1]}…" if computed else _plain(FIXED.findall(body)[0]).strip("'")
        yield _code(message), _plain(cause.replace("#", "")), _plain(cure.replace("#", ""))


def call_rows() -> Iterator[tuple[str, ...]]:
    """Return status, reason and message of each call without an AdmissionReview as response."""
    for why, (scope, body) in CALLS.items():
        status, text = asyncio.run(_answer(scope, body))
        yield str(status), why, _code(text.strip())


def finding_rows() -> Iterator[tuple[str, ...]]:
    """Return the message of each rule for a team's spec, and its effect: refusal or warning."""
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
    """Send a call to the ASGI application."""

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


def _plain(text: str) -> str:
    """Join the lines of a text, and turn names of pages into links."""
    return PAGE.sub(r"[\1](\1)", " ".join(text.split()))


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"
