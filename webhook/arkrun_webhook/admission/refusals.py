"""The refusals of admission; those of a team that cannot be read are in errors.py and teams/refusals.py.

Each docstring names cause and cure, from which docs/troubleshooting.md is generated.

kubectl shows the causes, not the message, when the reason is Invalid ("The ArkRun "r1" is
invalid: * field: message"), so each cause reads on its own and the last one says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Raw

from arkrun_crd.names import GROUP, LABEL_VALUE_MAX, RESTORED_ANNOTATION, RUN_PLURAL, TEAM_LABEL
from arkrun_crd.rules.field_path import member
from arkrun_crd.rules.pipeline import Finding
from arkrun_webhook.compare.diff import MOST, SHOWN, Change
from arkrun_webhook.compare.excerpt import excerpt, excerpt_at, excerpts
from arkrun_webhook.compare.raw_json import ABSENT
from arkrun_webhook.errors import Cause, Refused

LABEL_PATH = member("metadata.labels", TEAM_LABEL)
MARK_PATH = member("metadata.annotations", RESTORED_ANNOTATION)

WARNED = 3
"""Differences that warnings name before they only count."""


def record_changed(found: Sequence[Change]) -> Refused:
    """Cause: An update would change `spec` or the team label of a stored run.
    Cure: Create a new run. Other labels, annotations, finalizers and owners can be changed at any
        time.
    """
    advice = "an ArkRun is a record, its spec and team label are written once: create a new run instead"
    return _of_changes(found, Change.values, advice, type_="FieldValueForbidden", why="RecordChanged")


def respelled() -> Refused:
    """Cause: An update writes the same `spec` with other JSON, such as 1.0 for 1, or changes a
        top-level field beside `spec` that the CRD of another operator keeps.
    Cure: Send the run as `kubectl get -o json` shows it.
    """
    text = "a number is spelled otherwise (1.0 for 1), or a field beside spec differs: send the run as it was"
    return _single("spec", text, "FieldValueForbidden", "RecordChanged")


def wrong_team_label(team: str, found: Sequence[Change]) -> Refused:
    """Cause: The client set a team label that differs from `spec.teamRef`.
    Cure: Leave the label out.
    """
    advice = f'the label of a run is the name of its team, "{team}": leave it out and it is filled in'
    return _of_changes(found, _beside_team, advice, type_="FieldValueInvalid", why="StampDiffers")


def label_without_team() -> Refused:
    """Cause: A run without `spec.teamRef` carries a team label, so it would count as a record of that team.
    Cure: Remove the label, or name the team in `spec.teamRef`.
    """
    text = "a run without spec.teamRef belongs to no team: remove the label"
    return _single(LABEL_PATH, text, "FieldValueForbidden", "StampDiffers")


def stamp_disproved(team: str, generation: int, found: Sequence[Change]) -> Refused:
    """Cause: The team was deleted and recreated between the two webhook calls, or another mutating
        webhook edits runs.
    Cure: Create the run again. If it is refused again, look for other webhooks: `kubectl get
        mutatingwebhookconfigurations`.
    """
    advice = (
        f'not what ArkTeam "{team}" has at generation {generation}: the team was deleted and recreated, '
        "or another webhook changed the stamp: create the run again"
    )
    return _of_changes(found, _beside_team, advice, type_="FieldValueInvalid", why="StampDisproved")


def not_stamped(lacking: Sequence[str]) -> Refused:
    """Cause: The MutatingWebhookConfiguration is missing or does not match, or a later webhook removed
        the stamp.
    Cure: Run `helm upgrade`, then check `kubectl get mutatingwebhookconfiguration arkrun -o yaml`.
    """
    message = (
        f"the run is not stamped, {_listed(lacking)} missing: the mutating webhook did not see it, or "
        "another one undid it; check the MutatingWebhookConfiguration of arkrun"
    )
    causes = tuple(Cause(path, "missing from the stamp", "FieldValueRequired") for path in lacking[:SHOWN])
    advice = Cause("spec", message, "FieldValueRequired")
    return Refused(message, why="NotStamped", causes=(*causes, advice), changed=tuple(lacking))


def team_changed(team: str, generation: int, stamped: Raw) -> Refused:
    """Cause: The team was edited between stamp and proof, or the client sent an old `teamGeneration`.
    Cure: Create the run again without `teamGeneration`.
    """
    message = (
        f'ArkTeam "{team}" is at generation {generation} and spec.teamGeneration is {excerpt(stamped)}: '
        "create the run again, without teamGeneration or with the live one"
    )
    return Refused(message, why="TeamChanged", code=409, reason="Conflict")


def snapshot_replaced(team: str, found: Sequence[Change], fields: Sequence[str]) -> list[str]:
    """Return the warnings for a run whose snapshot was replaced by its team's."""
    first = [f"{change.path}: {change.values()}, as ArkTeam {team} has it" for change in found[:WARNED]]
    if len(found) > WARNED:
        first.append(f"spec: {len(found) - WARNED} more differences from ArkTeam {team}")
    advice = f"remove {', '.join(fields)} from the manifest: applying it again would change the record"
    return [*first, advice]


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
    """Cause: `spec` is a list, a string or another value that is no object.
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


def breaks_rules(findings: Sequence[Finding]) -> Refused:
    """Cause: The team's pipeline could not run; the message names each rule that it breaks.
    Cure: Correct the ArkTeam. A team that was stored before the webhook was installed is checked
        when it is run next.
    """
    causes = tuple(Cause(one.field, one.message, one.type) for one in findings)
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


def not_restorable(lacking: Sequence[str]) -> Refused:
    """Cause: A restored run must be a complete record: team label, `teamGeneration` and a snapshot.
    Cure: Restore the whole object, or remove the annotation to create a new run.
    """
    text = (
        f"keeps a complete record as it is, and this one lacks {_listed(lacking)}: "
        "restore all of it, or drop the annotation to make a new run"
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
    found: Sequence[Change], say: Callable[[Change], str], advice: str, *, type_: str, why: str
) -> Refused:
    causes = [Cause(change.path, say(change), type_) for change in found[:SHOWN]]
    text = "; ".join(f"{cause.field}: {cause.message}" for cause in causes)
    if len(found) > SHOWN:
        more = f"{'at least ' if len(found) == MOST else ''}{len(found) - SHOWN} more differences"
        causes.append(Cause("spec", more, type_))
        text = f"{text}; and {more}"
    causes.append(Cause("spec", advice, type_))
    paths = tuple(change.path for change in found)
    return Refused(f"{text}; {advice}", why=why, causes=tuple(causes), changed=paths)


def _beside_team(change: Change) -> str:
    path, given, held = change.path, change.before, change.after
    if given == ABSENT:
        return f"the run leaves it out, the team has {excerpt_at(path, held)}"
    if held == ABSENT:
        return f"the run gives {excerpt_at(path, given)}, the team has none"
    shown = excerpts(path, given, held)
    return f"the run gives {shown[0]}, the team has {shown[1]}"


def _listed(words: Sequence[str]) -> str:
    text = ", ".join(words[:SHOWN])
    return text if len(words) <= SHOWN else f"{text} and {len(words) - SHOWN} more"
