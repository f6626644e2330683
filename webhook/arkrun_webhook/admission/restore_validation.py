"""`/validate/restored-arkruns`."""

from __future__ import annotations

from arkrun_crd.names import RUN_KIND
from arkrun_webhook.admission import refusals
from arkrun_webhook.admission.handler import is_restored, stored_object, team_name
from arkrun_webhook.admission.stamp import run_spec
from arkrun_webhook.compare.equality import given
from arkrun_webhook.compare.raw_json import ABSENT
from arkrun_webhook.review import response
from arkrun_webhook.review.request import AdmissionRequest, Object
from arkrun_webhook.review.response import AdmissionResponse


class RestoreValidation:
    """Check that a record from a backup is complete.

    That the caller has the verb `restore` is decided by the API server, in the match conditions.
    """

    async def __call__(self, request: AdmissionRequest, deadline: float) -> AdmissionResponse:  # noqa: ARG002
        """Decide whether the record may be stored."""
        run = stored_object(request, RUN_KIND)
        if run is None or request.operation != "CREATE" or not is_restored(run):
            return response.allowed(request.uid)
        if lacking := _missing(run):
            raise refusals.not_restorable(lacking)
        return response.allowed(request.uid, decision="restored")


def _missing(run: Object) -> list[str]:
    """List what a complete record has and this one lacks."""
    if (name := team_name(run)) is None:
        return []
    spec = run_spec(run)
    lacking = [] if run.metadata.team_label == name else [refusals.LABEL_PATH]
    if not given(spec.get("teamGeneration", ABSENT)):
        lacking.append("spec.teamGeneration")
    if not any(given(spec.get(field, ABSENT)) for field in ("pipeline", "roles", "routing")):
        lacking.append("spec.pipeline, spec.roles or spec.routing")
    return lacking
