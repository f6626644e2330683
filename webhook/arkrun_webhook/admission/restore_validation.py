"""The handler of `/validate/restored-arkruns`."""

from __future__ import annotations

from arkrun_crd.names import RUN_KIND
from arkrun_webhook.admission import refusals
from arkrun_webhook.admission.handler import is_restored, stored_object, team_name
from arkrun_webhook.admission.stamp import run_spec
from arkrun_webhook.compare.equality import is_set
from arkrun_webhook.compare.raw_json import ABSENT
from arkrun_webhook.review import response
from arkrun_webhook.review.request import AdmissionRequest, Object
from arkrun_webhook.review.response import AdmissionResponse


class RestoreValidation:
    """Check that a record from a backup is complete.

    The match conditions of the configuration check that the caller has the verb `restore`.
    """

    async def __call__(self, request: AdmissionRequest, deadline: float) -> AdmissionResponse:  # noqa: ARG002
        """Allow the record; raises `Refused` if it is incomplete."""
        run = stored_object(request, RUN_KIND)
        if run is None or request.operation != "CREATE" or not is_restored(run):
            return response.allowed(request.uid)
        if missing := _missing(run):
            raise refusals.not_restorable(missing)
        return response.allowed(request.uid, decision="restored")


def _missing(run: Object) -> list[str]:
    """Return the fields of a complete record that the run lacks."""
    if (name := team_name(run)) is None:
        return []
    spec = run_spec(run)
    missing = [] if run.metadata.team_label == name else [refusals.LABEL_PATH]
    if not is_set(spec.get("teamGeneration", ABSENT)):
        missing.append("spec.teamGeneration")
    if not any(is_set(spec.get(field, ABSENT)) for field in ("pipeline", "roles", "routing")):
        missing.append("spec.pipeline, spec.roles or spec.routing")
    return missing
