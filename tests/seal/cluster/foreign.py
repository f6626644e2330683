"""The CRD of an operator: printer columns of its own, defaults, and every field kept."""

import json
from typing import Any

from arkrun_crd.names import RUN_KIND, RUN_PLURAL, TEAM_KIND, TEAM_PLURAL
from controlplane import ControlPlane
from recordings.foreign import foreign_crd

Json = dict[str, Any]

KEPT: Json = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
# Runs copy the pipeline of their team, so an operator declares it alike in both CRDs.
PIPELINE: Json = {
    "type": "array",
    "items": {**KEPT, "properties": {"maxOutputBytes": {"type": "integer", "default": 65536}}},
}
RUN_SPEC: Json = {
    **KEPT,
    "properties": {
        "timeoutSeconds": {"type": "integer", "default": 600},
        "ratio": {"type": "number", "default": 0.5},
        "pipeline": PIPELINE,
    },
}
TEAM_SPEC: Json = {**KEPT, "properties": {"pipeline": PIPELINE}}


def install_operator_crds(control_plane: ControlPlane) -> None:
    """Create both CRDs and wait until they are served."""
    run, team = foreign_crd(RUN_KIND, RUN_PLURAL), foreign_crd(TEAM_KIND, TEAM_PLURAL)
    for crd, spec in ((run, RUN_SPEC), (team, TEAM_SPEC)):
        schema = {**KEPT, "properties": {"spec": spec, "status": KEPT}}
        crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = schema
    run["spec"]["versions"][0]["additionalPrinterColumns"] = [
        {"name": "Team", "type": "string", "jsonPath": ".spec.teamRef"},
        {"name": "Phase", "type": "string", "jsonPath": ".status.phase"},
    ]
    for crd in (run, team):
        control_plane.kubectl("create", "-f", "-", input=json.dumps(crd))
    control_plane.wait_for_crds("crd", "--all")
