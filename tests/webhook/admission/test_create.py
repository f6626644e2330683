"""Creation of a run: the stamp of mutation, and its validation."""

import base64
import json
from typing import Any

import pytest

from arkrun_webhook.errors import TeamBeingDeleted, TeamNotReadable, TeamUnanswered, WebhookError
from support.builders.reviews import UID, parsed_team, review_body, run_document, team
from webhook.server import Served

MUTATE, VALIDATE = "/mutate/arkruns", "/validate/arkruns"
LABEL = {"arkonis.dev/team": "blog"}
PIPELINE = [{"role": "writer"}]
ROLES = [{"name": "writer", "model": "m"}]
STAMPED: dict[str, Any] = {"teamGeneration": 3, "pipeline": PIPELINE, "roles": ROLES}


def added(path: str, value: Any) -> dict[str, Any]:
    """Build a patch operation."""
    return {"path": path, "value": value, "op": "add"}


def test_a_run_with_only_a_team_ref_gets_a_complete_stamp(served: Served) -> None:
    """A run that gives only teamRef is patched to say which team spec it was created from."""
    served.teams["blog"] = team(
        roles=ROLES,
        pipeline=PIPELINE,
        output="o",
        timeoutSeconds=60,
        maxTokens=9,
        input={"tone": "dry"},
        inputs=[{"name": "topic", "default": "cats"}],
    )
    response = served.review(MUTATE, review_body(run_document()))

    assert patch_of(response) == [
        added("/spec/teamGeneration", 3),
        added("/spec/roles", ROLES),
        added("/spec/pipeline", PIPELINE),
        added("/spec/output", "o"),
        added("/spec/timeoutSeconds", 60),
        added("/spec/maxTokens", 9),
        added("/spec/input", {"topic": "cats", "tone": "dry"}),
        added("/metadata/labels", LABEL),
    ]
    assert {key: value for key, value in response.items() if key != "patch"} == {
        "uid": UID,
        "allowed": True,
        "patchType": "JSONPatch",
        "auditAnnotations": {"decision": "stamped", "team-generation": "3"},
    }


def test_a_stamped_run_is_not_changed(served: Served) -> None:
    """The mutation is idempotent."""
    response = served.review(MUTATE, review_body(run_document(LABEL, **STAMPED)))

    assert response == {
        "uid": UID,
        "allowed": True,
        "auditAnnotations": {"decision": "stamped", "team-generation": "3"},
    }


def test_other_labels_are_preserved(served: Served) -> None:
    """The patch adds the label by a pointer with an escaped slash (RFC 6901)."""
    response = served.review(MUTATE, review_body(run_document({"app": "x"}, **STAMPED)))

    assert patch_of(response) == [added("/metadata/labels/arkonis.dev~1team", "blog")]


def test_null_labels_are_replaced(served: Served) -> None:
    document = run_document(**STAMPED)
    document["metadata"]["labels"] = None

    assert patch_of(served.review(MUTATE, review_body(document))) == [added("/metadata/labels", LABEL)]


def test_null_fields_are_filled_like_missing_ones(served: Served) -> None:
    spec: dict[str, Any] = {**STAMPED, "pipeline": None}

    assert patch_of(served.review(MUTATE, review_body(run_document(LABEL, **spec)))) == [
        added("/spec/pipeline", PIPELINE)
    ]


def test_every_field_that_decides_what_runs_is_copied(served: Served) -> None:
    """Unknown fields of the team are copied too; fields that only a team has are not."""
    copied: dict[str, Any] = {
        "defaultContextPolicy": {"strategy": "none"},
        "entry": "writer",
        "ofTomorrow": {"a": [1]},
    }
    own: dict[str, Any] = {
        "notifyRef": {"name": "n"},
        "registryRef": "r",
        "runRetainFor": "1h",
        "limits": {},
        "inputs": [],
    }
    served.teams["blog"] = team(roles=ROLES, pipeline=PIPELINE, **copied, **own)
    response = served.review(MUTATE, review_body(run_document(LABEL, **STAMPED)))

    assert patch_of(response) == [added(f"/spec/{name}", value) for name, value in copied.items()]


def test_a_team_cannot_set_fields_of_the_run(served: Served) -> None:
    """A team's CRD keeps unknown fields, and some have the names of a run's."""
    own: dict[str, Any] = {"teamRef": "other", "agent": "a", "prompt": "p", "teamGeneration": 99}
    served.teams["blog"] = team(roles=ROLES, pipeline=PIPELINE, **own)
    document = run_document(LABEL, **STAMPED)

    assert "patch" not in served.review(MUTATE, review_body(document))
    assert served.review(VALIDATE, review_body(document))["allowed"] is True


def test_the_run_of_a_routed_team_has_no_roles(served: Served) -> None:
    """A run has the fields that its team has, and no others."""
    served.teams["blog"] = team(routing={"model": "m"})

    assert patch_of(served.review(MUTATE, review_body(run_document(LABEL)))) == [
        added("/spec/teamGeneration", 3),
        added("/spec/routing", {"model": "m"}),
    ]


def test_values_of_the_run_override_those_of_the_team(served: Served) -> None:
    """These are output, timeoutSeconds, maxTokens and input."""
    served.teams["blog"] = team(
        roles=ROLES, pipeline=PIPELINE, output="o", timeoutSeconds=60, maxTokens=9, input={"a": "1", "b": "2"}
    )
    own = {"output": "mine", "timeoutSeconds": 5, "maxTokens": 1, "input": {"b": "3"}}
    response = served.review(MUTATE, review_body(run_document(LABEL, **STAMPED, **own)))

    assert patch_of(response) == [added("/spec/input", {"a": "1", "b": "3"})]


def test_zero_and_empty_strings_are_values(served: Served) -> None:
    """Zero means no limit and "" means no output; both override the value of the team."""
    limits: dict[str, Any] = {"timeoutSeconds": 60, "maxTokens": 9, "output": "o"}
    served.teams["blog"] = team(roles=ROLES, pipeline=PIPELINE, **limits)
    own = {"timeoutSeconds": 0, "maxTokens": 0, "output": ""}
    document = run_document(LABEL, **STAMPED, **own)

    assert "patch" not in served.review(MUTATE, review_body(document))
    assert served.review(VALIDATE, review_body(document))["allowed"] is True


def test_a_default_of_another_type_becomes_a_string(served: Served) -> None:
    """Inputs are strings, but a foreign schema allows other defaults."""
    served.teams["blog"] = team(
        roles=ROLES, pipeline=PIPELINE, inputs=[{"name": "n", "default": 5}], input={"f": True}
    )
    response = served.review(MUTATE, review_body(run_document(LABEL, **STAMPED)))

    assert patch_of(response) == [added("/spec/input", {"n": "5", "f": "true"})]


def test_the_snapshot_is_copied_byte_for_byte(served: Served) -> None:
    """The patch contains the bytes of the API server, unknown fields included."""
    span = '[{"role":"writer","z":1.50,"\\u00e9":1e2,"a":[],"n":null}]'
    document = json.dumps({"metadata": {"name": "blog", "generation": 3}, "spec": {}})
    body = document.replace("{}", '{"pipeline":' + span + ',"roles":[]}')
    served.teams["blog"] = parsed_team(body)
    response = served.review(MUTATE, review_body(run_document(LABEL)))

    assert f'"/spec/pipeline","value":{span}' in base64.b64decode(response["patch"]).decode()


@pytest.mark.parametrize(
    ("spec", "patch", "warnings"),
    [
        (
            {"pipeline": [{"role": "editor"}]},
            added("/spec/pipeline", PIPELINE),
            ['spec.pipeline[0].role: "editor" -> "writer", as ArkTeam blog has it'],
        ),
        (
            {"roles": [{"name": "writer"}]},
            added("/spec/roles", ROLES),
            ['spec.roles[0].model: added "m", as ArkTeam blog has it'],
        ),
        (
            {"roles": []},
            added("/spec/roles", ROLES),
            ['spec.roles[0]: added {"name":"writer","model":"m"}, as ArkTeam blog has it'],
        ),
        (
            {"routing": {"model": "m"}},
            {"path": "/spec/routing", "op": "remove"},
            ['spec.routing: removed, was {"model": "m"}, as ArkTeam blog has it'],
        ),
    ],
)
def test_a_snapshot_that_differs_is_replaced(
    served: Served, spec: dict[str, Any], patch: dict[str, Any], warnings: list[str]
) -> None:
    """Go clients re-encode what they copy, so a difference is replaced with a warning."""
    response = served.review(MUTATE, review_body(run_document(LABEL, **{**STAMPED, **spec})))

    (field,) = spec
    assert patch_of(response) == [patch]
    advice = f"remove {field} from the manifest: applying it again would change the record"
    assert response["warnings"] == [*warnings, advice]
    assert response["auditAnnotations"]["replaced"] == warnings[0].partition(": ")[0]


def test_only_the_first_differences_are_named(served: Served) -> None:
    """The warning lists three paths at most."""
    roles = [{"name": f"r{number}", "model": "m"} for number in range(5)]
    served.teams["blog"] = team(roles=roles, pipeline=[{"role": "r0"}])
    other = [{"name": f"r{number}", "model": "n"} for number in range(5)]
    spec = {"teamGeneration": 3, "pipeline": [{"role": "r0"}], "roles": other}
    response = served.review(MUTATE, review_body(run_document(LABEL, **spec)))

    assert response["warnings"] == [
        *(f'spec.roles[{number}].model: "n" -> "m", as ArkTeam blog has it' for number in range(3)),
        "spec: 2 more differences from ArkTeam blog",
        "remove roles from the manifest: applying it again would change the record",
    ]


@pytest.mark.parametrize("path", [MUTATE, VALIDATE])
def test_another_generation_is_a_conflict(served: Served, path: str) -> None:
    """The client has read the team before its last edit and must create the run again."""
    response = served.review(path, review_body(run_document(LABEL, **{**STAMPED, "teamGeneration": 2})))

    assert (response["status"]["code"], response["status"]["reason"]) == (409, "Conflict")
    assert response["status"]["message"] == (
        'ArkTeam "blog" is at generation 3 and spec.teamGeneration is 2: '
        "create the run again, without teamGeneration or with the live one"
    )


@pytest.mark.parametrize("path", [MUTATE, VALIDATE])
def test_a_run_of_an_agent_is_not_stamped(served: Served, path: str) -> None:
    """A run without a team is stored as it is."""
    document = {**run_document(), "spec": {"agent": "billing", "prompt": "Say hello."}}

    response = served.review(path, review_body(document))

    assert (response["allowed"], "patch" in response) == (True, False)


@pytest.mark.parametrize("path", [MUTATE, VALIDATE])
def test_a_run_of_an_agent_has_no_team_label(served: Served, path: str) -> None:
    """With the label it would count towards the history of that team."""
    document = {**run_document(LABEL), "spec": {"agent": "billing", "teamGeneration": 3}}

    assert causes_of(served.review(path, review_body(document))) == {
        'metadata.labels["arkonis.dev/team"]': (
            "a run without spec.teamRef belongs to no team: remove the label"
        )
    }


def test_invalid_tools_are_refused_also_without_a_team(served: Served) -> None:
    """A run that a Go client cannot decode breaks its list of all runs."""
    document = {**run_document(), "spec": {"agent": "billing", "roles": [{"tools": 7}]}}

    assert causes_of(served.review(VALIDATE, review_body(document))) == {
        "spec.roles[0].tools": "must be a list of HTTP tools, or an object with mcp and webhooks"
    }


def test_a_label_of_another_team_is_refused(served: Served) -> None:
    """A run cannot be listed under a team that it was not created from."""
    response = served.review(MUTATE, review_body(run_document({"arkonis.dev/team": "other"})))

    assert causes_of(response) == {
        'metadata.labels["arkonis.dev/team"]': 'the run gives "other", the team has "blog"',
        "spec": 'the label of a run is the name of its team, "blog": leave it out and it is filled in',
    }


@pytest.mark.parametrize("path", [MUTATE, VALIDATE])
def test_a_missing_required_input_is_named(served: Served, path: str) -> None:
    served.teams["blog"] = team(
        roles=ROLES,
        pipeline=PIPELINE,
        inputs=[{"name": "topic", "required": True}, {"name": "my key", "required": True}],
    )
    response = served.review(path, review_body(run_document(LABEL, **STAMPED)))

    text = 'required by ArkTeam "blog", and neither the run nor the team gives it: add it to spec.input'
    assert causes_of(response) == {"spec.input.topic": text, 'spec.input["my key"]': text}
    assert response["status"]["message"] == f'spec.input.topic, spec.input["my key"]: {text}'


def test_an_undeclared_input_is_a_warning(served: Served) -> None:
    served.teams["blog"] = team(roles=ROLES, pipeline=PIPELINE, inputs=[{"name": "topic"}])
    body = review_body(run_document(LABEL, **STAMPED, input={"tpoic": "x"}), namespace="never-read")
    response = served.review(VALIDATE, body)

    assert response["allowed"] is True
    assert response["warnings"] == ['spec.input: "tpoic" is not among the inputs of ArkTeam "blog"']


@pytest.mark.parametrize("path", [MUTATE, VALIDATE])
@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("nobody", None),
        ("", 'spec.teamRef: must be the name of an ArkTeam, not ""'),
        ("../pods", 'spec.teamRef: must be the name of an ArkTeam, not "../pods"'),
        ("Blog", 'spec.teamRef: must be the name of an ArkTeam, not "Blog"'),
        (7, "spec.teamRef: must be the name of an ArkTeam, not 7"),
        (None, "spec.teamRef: must be the name of an ArkTeam, not null"),
        (
            "x" * 64,
            (
                "spec.teamRef: has 64 characters, and the label arkonis.dev/team of its runs holds 63: "
                "give the ArkTeam a shorter name"
            ),
        ),
    ],
)
def test_an_invalid_team_ref_is_refused(served: Served, path: str, ref: Any, message: str | None) -> None:
    """An invalid teamRef never becomes part of a request path."""
    response = served.review(path, review_body(run_document(teamRef=ref)))

    missing = (
        'ArkTeam "nobody" does not exist in namespace "my-org": create it first, or correct spec.teamRef'
    )
    assert response["status"]["message"] == (message or missing)
    assert response["status"]["code"] == 422


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({}, "spec.teamRef: required: name the ArkTeam to run, or an ArkAgent in spec.agent"),
        (None, "spec.teamRef: required: name the ArkTeam to run, or an ArkAgent in spec.agent"),
        ([], "spec: must be an object, not []"),
        ("x", 'spec: must be an object, not "x"'),
    ],
)
@pytest.mark.parametrize("path", [MUTATE, VALIDATE])
def test_an_empty_or_invalid_spec_is_refused(served: Served, path: str, spec: Any, message: str) -> None:
    response = served.review(path, review_body({**run_document(), "spec": spec}))

    assert response["status"]["message"] == message


@pytest.mark.parametrize("path", [MUTATE, VALIDATE])
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            TeamBeingDeleted("my-org", "blog"),
            (
                422,
                "Invalid",
                (
                    'ArkTeam "blog" in namespace "my-org" is being deleted: '
                    "wait until it is gone and create it again, or use another team"
                ),
            ),
        ),
        (
            TeamNotReadable("my-org", "blog", "malformed"),
            (
                500,
                "InternalError",
                'ArkTeam "blog" in namespace "my-org" is not readable for arkrun-webhook: malformed',
            ),
        ),
        (
            TeamUnanswered("my-org", "blog", "out of time"),
            (
                503,
                "ServiceUnavailable",
                (
                    'the API server did not answer when arkrun-webhook asked for ArkTeam "blog" '
                    'in namespace "my-org" (out of time): try again'
                ),
            ),
        ),
    ],
)
def test_an_error_of_the_look_up_is_the_refusal(
    served: Served, path: str, error: WebhookError, expected: tuple[int, str, str]
) -> None:
    """The refusal distinguishes a deleted team, an unreadable one, and an API server without an answer."""
    served.teams["blog"] = error
    status = served.review(path, review_body(run_document()))["status"]

    assert (status["code"], status["reason"], status["message"]) == expected


def test_validation_accepts_the_stamp_of_mutation(served: Served) -> None:
    """The audit log contains the generation."""
    response = served.review(VALIDATE, review_body(run_document(LABEL, **STAMPED)))

    assert response == {
        "uid": UID,
        "allowed": True,
        "auditAnnotations": {"decision": "proved", "team-generation": "3"},
    }


def test_an_unstamped_run_is_refused(served: Served) -> None:
    """The refusal says that the mutating webhook was not called and what to check."""
    served.teams["blog"] = team(roles=ROLES, pipeline=PIPELINE, maxTokens=9, input={"a": "1"})
    response = served.review(VALIDATE, review_body(run_document()))

    paths = [
        "spec.teamGeneration",
        "spec.pipeline",
        "spec.roles",
        "spec.maxTokens",
        "spec.input",
        'metadata.labels["arkonis.dev/team"]',
    ]
    message = (
        f"the run is not stamped, {', '.join(paths)} missing: the mutating webhook did not see it, "
        "or another one undid it; check the MutatingWebhookConfiguration of arkrun"
    )
    assert response["status"]["message"] == message
    assert causes_of(response) == {**dict.fromkeys(paths, "missing from the stamp"), "spec": message}


def test_a_stamp_that_differs_from_the_team_is_refused(served: Served) -> None:
    """A correct generation does not validate a snapshot that is forged, reverted or of a recreated team."""
    forged = {**STAMPED, "roles": [{"name": "writer", "model": "evil"}]}
    response = served.review(VALIDATE, review_body(run_document(LABEL, **forged)))

    assert causes_of(response) == {
        "spec.roles[0].model": 'the run gives "evil", the team has "m"',
        "spec": (
            'not what ArkTeam "blog" has at generation 3: the team was deleted and recreated, '
            "or another webhook changed the stamp: create the run again"
        ),
    }
    assert response["auditAnnotations"] == {
        "decision": "refused",
        "reason": "StampDisproved",
        "changed": "spec.roles[0].model",
    }


@pytest.mark.parametrize(
    ("spec", "cause"),
    [
        (
            {"roles": [{"name": "writer"}]},
            {"spec.roles[0].model": 'the run leaves it out, the team has "m"'},
        ),
        ({"routing": {"model": "m"}}, {"spec.routing": 'the run gives {"model": "m"}, the team has none'}),
    ],
)
def test_a_stamp_with_missing_or_extra_fields_is_refused(
    served: Served, spec: dict[str, Any], cause: dict[str, str]
) -> None:
    """The refusal names what another mutating webhook removed or added."""
    causes = causes_of(served.review(VALIDATE, review_body(run_document(LABEL, **{**STAMPED, **spec}))))

    assert cause.items() <= causes.items()


def test_a_run_of_an_invalid_team_is_refused(served: Served) -> None:
    """A team that was created before the webhook may be invalid."""
    pipeline = [{"role": "writer", "dependsOn": ["writer"]}]
    served.teams["blog"] = team(roles=ROLES, pipeline=pipeline)
    response = served.review(VALIDATE, review_body(run_document(LABEL, **{**STAMPED, "pipeline": pipeline})))

    assert causes_of(response) == {"spec.pipeline": "its steps wait for each other: writer -> writer"}


def test_a_run_too_large_for_its_status_is_refused(served: Served) -> None:
    """A spec near etcd's limit would make every status write fail."""
    roles = [{"name": "writer", "systemPrompt": "x" * 500_000}]
    served.teams["blog"] = team(roles=roles, pipeline=PIPELINE)
    spec = {**STAMPED, "roles": roles, "output": "y" * 600_000}
    response = served.review(VALIDATE, review_body(run_document(LABEL, **spec)))

    assert causes_of(response) == {
        "spec": "has 1100139 bytes as JSON, and at most 1048576 leave space for a run's status "
        "in etcd: shorten prompts or schemas"
    }


def test_an_unexpected_kind_is_refused(served: Served) -> None:
    response = served.review(MUTATE, review_body(run_document(), kind="Pod"))

    assert response["status"] == {
        "message": (
            'this endpoint reviews ArkRun of arkonis.dev, not Pod of group "arkonis.dev": '
            "correct the rules of the webhook configuration"
        ),
        "reason": "BadRequest",
        "code": 400,
    }


@pytest.mark.parametrize(
    "options",
    [{"operation": "DELETE"}, {"subResource": "status"}, {"operation": "UPDATE", "old": run_document()}],
)
def test_mutation_allows_every_other_operation(served: Served, options: dict[str, Any]) -> None:
    """Only a creation is stamped."""
    assert served.review(MUTATE, review_body(run_document(), **options)) == {"uid": UID, "allowed": True}


def test_a_dry_run_gets_the_same_response(served: Served) -> None:
    """The webhook has no side effects."""
    wet = served.review(MUTATE, review_body(run_document()))

    assert served.review(MUTATE, review_body(run_document(), dryRun=True)) == wet


def patch_of(response: dict[str, Any]) -> Any:
    """Decode the patch of an answer."""
    assert response["allowed"] is True
    return json.loads(base64.b64decode(response["patch"]))


def causes_of(response: dict[str, Any]) -> dict[str, str]:
    """Map the fields of a refusal's causes to their messages."""
    assert response["allowed"] is False
    return {cause["field"]: cause["message"] for cause in response["status"]["details"]["causes"]}
