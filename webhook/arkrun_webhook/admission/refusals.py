"""Refusals of runs and teams; those about reading a team are in errors.py and teams/refusals.py.

docs/troubleshooting.md is generated from the cause and the cure in each docstring.

If the reason is Invalid, kubectl prints the causes instead of the message ("The ArkRun "r1" is
invalid: * field: message"), so each cause is a sentence of its own and the last one says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Raw

from arkrun_crd.names import GROUP, LABEL_VALUE_MAX, RESTORED_ANNOTATION, RUN_PLURAL, TEAM_LABEL
from arkrun_crd.rules.field_path import member
from arkrun_crd.rules.pipeline import Finding
from arkrun_webhook.compare.diff import CHANGE_LIMIT, LISTED_CHANGES, Change
from arkrun_webhook.compare.excerpt import excerpt, excerpt_at, excerpts
from arkrun_webhook.compare.raw_json import ABSENT
from arkrun_webhook.errors import Cause, Refused

LABEL_PATH = member("metadata.labels", TEAM_LABEL)
MARK_PATH = member("metadata.annotations", RESTORED_ANNOTATION)

WARNING_CHANGES = 3
"""Maximum number of differences that are listed in warnings."""


def record_changed(changes: Sequence[Change]) -> Refused:
    """Cause: An update would change `spec` or the team label of a stored run.
    Cure: Create a new run. Other labels, annotations, finalizers and owners can be changed at any
        time.
    """
    advice = "an ArkRun is a record, its spec and team label are written once: create a new run instead"
    return _of_changes(changes, Change.values, advice, type_="FieldValueForbidden", why="RecordChanged")


def encoding_changed() -> Refused:
    """Cause: An update encodes the same `spec` differently, such as 1.0 for 1, or changes a
        top-level field beside `spec` that the CRD of another operator keeps.
    Cure: Send the run as `kubectl get -o json` shows it.
    """
    text = "a number is encoded differently (1.0 for 1), or a field beside spec differs: send the stored run"
    return _single("spec", text, "FieldValueForbidden", "RecordChanged")


def wrong_team_label(team: str, changes: Sequence[Change]) -> Refused:
    """Cause: The client set a team label that differs from `spec.teamRef`.
    Cure: Leave the label out.
    """
    advice = f'the label of a run is the name of its team, "{team}": leave it out and it is filled in'
    return _of_changes(changes, _compared_with_team, advice, type_="FieldValueInvalid", why="StampDiffers")


def label_without_team() -> Refused:
    """Cause: A run without `spec.teamRef` carries a team label, so it would count as a record of that team.
    Cure: Remove the label, or name the team in `spec.teamRef`.
    """
    text = "a run without spec.teamRef belongs to no team: remove the label"
    return _single(LABEL_PATH, text, "FieldValueForbidden", "StampDiffers")


def stamp_disproved(team: str, generation: int, changes: Sequence[Change]) -> Refused:
    """Cause: The team was deleted and recreated between the two webhook calls, or another mutating
        webhook edits runs.
    Cure: Create the run again. If it is refused again, look for other webhooks: `kubectl get
        mutatingwebhookconfigurations`.
    """
    advice = (
        f'not what ArkTeam "{team}" has at generation {generation}: the team was deleted and recreated, '
        "or another webhook changed the stamp: create the run again"
    )
    return _of_changes(changes, _compared_with_team, advice, type_="FieldValueInvalid", why="StampDisproved")


def not_stamped(missing: Sequence[str]) -> Refused:
    """Cause: The MutatingWebhookConfiguration is missing or does not match, or a later webhook removed
        the stamp.
    Cure: Run `helm upgrade`, then check `kubectl get mutatingwebhookconfiguration arkrun -o yaml`.
    """
    message = (
        f"the run is not stamped, {_listed(missing)} missing: the mutating webhook did not see it, or "
        "another one undid it; check the MutatingWebhookConfiguration of arkrun"
    )
    listed = missing[:LISTED_CHANGES]
    causes = tuple(Cause(path, "missing from the stamp", "FieldValueRequired") for path in listed)
    advice = Cause("spec", message, "FieldValueRequired")
    return Refused(message, why="NotStamped", causes=(*causes, advice), changed=tuple(missing))


def team_changed(team: str, generation: int, stamped: Raw) -> Refused:
    """Cause: The team was edited between stamp and proof, or the client sent an old `teamGeneration`.
    Cure: Create the run again without `teamGeneration`.
    """
    message = (
        f'ArkTeam "{team}" is at generation {generation} and spec.teamGeneration is {excerpt(stamped)}: '
        "create the run again, without teamGeneration or with the live one"
    )
    return Refused(message, why="TeamChanged", code=409, reason="Conflict")


def snapshot_replaced(team: str, changes: Sequence[Change], fields: Sequence[str]) -> list[str]:
    """Return the warnings about a snapshot that was replaced by the team's."""
    listed = changes[:WARNING_CHANGES]
    warnings = [f"{change.path}: {change.values()}, as ArkTeam {team} has it" for change in listed]
    if len(changes) > len(listed):
        warnings.append(f"spec: {len(changes) - len(listed)} more differences from ArkTeam {team}")
    advice = f"remove {', '.join(fields)} from the manifest: applying it again would change the record"
    return [*warnings, advice]


def input_missing(team: str, names: Sequence[str]) -> Refused:
    """Cause: The team requires this input, and neither the run nor the team has a value for it.
    Cure: Add it, for example with `ark trigger blog --set topic=…`, or give the input a default in
        the team.
    """
    text = f'required by ArkTeam "{team}", and neither the run nor the team gives it: add it to spec.input'
    causes = tuple(Cause(member("spec.input", name), text, "FieldValueRequired") for name in names)
    fields = _listed([cause.field for cause in causes])
    return Refused(f"{fields}: {text}", why="InputMissing", causes=causes)


def spec_malformed(spec: Raw) -> Refused:
    """Cause: `spec` is not an object but, for example, a list or a string.
    Cure: Write an object with `teamRef`.
    """
    text = f"must be an object, not {excerpt(spec)}"
    return _single("spec", text, "FieldValueTypeInvalid", "SpecMalformed")


def team_ref_invalid(value: Raw) -> Refused:
    """Cause: `teamRef` is missing, or is not a valid object name.
    Cure: Write the team's `metadata.name`.
    """
    if value == ABSENT:
        text = "required: name the ArkTeam to run, or an ArkAgent in spec.agent"
        return _single("spec.teamRef", text, "FieldValueRequired", "TeamRefInvalid")
    text = f"must be the name of an ArkTeam, not {excerpt(value)}"
    return _single("spec.teamRef", text, "FieldValueInvalid", "TeamRefInvalid")


def team_name_too_long(name: str) -> Refused:
    """Cause: A label value has at most 63 characters, and every run carries its team's name as a
        label.
    Cure: Recreate the team under a shorter name.
    """
    text = (
        f"has {len(name)} characters, and the label {TEAM_LABEL} of its runs holds {LABEL_VALUE_MAX}: "
        "give the ArkTeam a shorter name"
    )
    return _single("spec.teamRef", text, "FieldValueTooLong", "TeamRefInvalid")


def pipeline_invalid(findings: Sequence[Finding]) -> Refused:
    """Cause: The team cannot run; the message names each field that is wrong.
    Cure: Correct the ArkTeam. A team that was stored before the webhook was installed is checked
        when a run of it is created.
    """
    causes = tuple(Cause(finding.field, finding.message, finding.type) for finding in findings)
    return Refused("; ".join(map(str, findings)), why="PipelineInvalid", causes=causes)


def may_not_restore(user: str, namespace: str) -> Refused:
    """Cause: The run carries the annotation of a restored record, and the caller lacks the verb
        `restore`.
    Cure: Grant this rule to the ServiceAccount of the backup tool, or remove the annotation.
    """
    message = (
        f'user "{user}" may not restore ArkRuns in namespace "{namespace}": the annotation '
        f'{RESTORED_ANNOTATION} needs the RBAC rule apiGroups: ["{GROUP}"], resources: ["{RUN_PLURAL}"], '
        'verbs: ["restore"]'
    )
    return Refused(message, why="RestoreForbidden", code=403, reason="Forbidden")


def not_restorable(missing: Sequence[str]) -> Refused:
    """Cause: A restored run must be a complete record: team label, `teamGeneration` and a snapshot.
    Cure: Restore the whole object, or remove the annotation to create a new run.
    """
    text = (
        f"a restored record must be complete, and this one lacks {_listed(missing)}: "
        "restore the whole object, or remove the annotation to create a new run"
    )
    return _single(MARK_PATH, text, "FieldValueInvalid", "RestoreIncomplete")


def wrong_kind(expected: str, group: str, got: str, got_group: str) -> Refused:
    """Cause: A webhook configuration outside the chart sends other objects to this endpoint.
    Cure: Correct its `rules`. Those of the chart send only ArkRuns and ArkTeams.
    """
    message = (
        f'this endpoint reviews {expected} of {group}, not {got} of group "{got_group}": '
        "correct the rules of the webhook configuration"
    )
    return Refused(message, why="WrongKind", code=400, reason="BadRequest")


def unknown_operation(operation: str) -> Refused:
    """Cause: The AdmissionReview was not sent by an API server.
    Cure: Send CREATE, UPDATE, DELETE or CONNECT.
    """
    message = f"unknown operation {operation[:40]!r}: expected CREATE, UPDATE, DELETE or CONNECT"
    return Refused(message, why="UnknownOperation", code=400, reason="BadRequest")


def object_missing(operation: str, member: str) -> Refused:
    """Cause: The AdmissionReview was not sent by an API server.
    Cure: Send `object`, and on UPDATE `oldObject`.
    """
    message = f"the AdmissionReview of this {operation} has no {member}"
    return Refused(message, why="NoObject", code=400, reason="BadRequest")


def namespace_invalid(namespace: str) -> Refused:
    """Cause: The AdmissionReview was not sent by an API server.
    Cure: Send the namespace of the object.
    """
    message = f"invalid namespace {namespace[:63]!r} in the AdmissionReview: expected a DNS label"
    return Refused(message, why="NamespaceInvalid", code=400, reason="BadRequest")


def _single(field: str, text: str, type_: str, why: str) -> Refused:
    return Refused(f"{field}: {text}", why=why, causes=(Cause(field, text, type_),))


def _of_changes(
    changes: Sequence[Change], describe: Callable[[Change], str], advice: str, *, type_: str, why: str
) -> Refused:
    causes = [Cause(change.path, describe(change), type_) for change in changes[:LISTED_CHANGES]]
    text = "; ".join(f"{cause.field}: {cause.message}" for cause in causes)
    if len(changes) > LISTED_CHANGES:
        at_least = "at least " if len(changes) == CHANGE_LIMIT else ""
        rest = f"{at_least}{len(changes) - LISTED_CHANGES} more differences"
        causes.append(Cause("spec", rest, type_))
        text = f"{text}; and {rest}"
    causes.append(Cause("spec", advice, type_))
    paths = tuple(change.path for change in changes)
    return Refused(f"{text}; {advice}", why=why, causes=tuple(causes), changed=paths)


def _compared_with_team(change: Change) -> str:
    path, in_run, in_team = change.path, change.before, change.after
    if in_run == ABSENT:
        return f"the run leaves it out, the team has {excerpt_at(path, in_team)}"
    if in_team == ABSENT:
        return f"the run gives {excerpt_at(path, in_run)}, the team has none"
    run_text, team_text = excerpts(path, in_run, in_team)
    return f"the run gives {run_text}, the team has {team_text}"


def _listed(paths: Sequence[str]) -> str:
    text = ", ".join(paths[:LISTED_CHANGES])
    return text if len(paths) <= LISTED_CHANGES else f"{text} and {len(paths) - LISTED_CHANGES} more"
