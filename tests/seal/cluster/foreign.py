"""The CRD of an operator: printer columns of its own, defaults, and every field kept."""

import json
from typing import Any

from arkrun_crd.names import RUN_KIND, RUN_PLURAL, TEAM_KIND, TEAM_PLURAL
from controlplane import ControlPlane
from recordings.foreign import foreign_crd

Json = dict[str, Any]

KEPT: Json = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
SPEC: Json = {
    **KEPT,
    "properties": {
        "timeoutSeconds": {"type": "integer", "default": 600},
        "ratio": {"type": "number", "default": 0.5},
        "pipeline": {
            "type": "array",
            "items": {**KEPT, "properties": {"maxOutputBytes": {"type": "integer", "default": 65536}}},
        },
    },
}


def install_operator_crds(control_plane: ControlPlane) -> None:
    """Create both CRDs and wait until they are served."""
    run = foreign_crd(RUN_KIND, RUN_PLURAL)
    (version,) = run["spec"]["versions"]
    version["schema"]["openAPIV3Schema"] = {**KEPT, "properties": {"spec": SPEC, "status": KEPT}}
    version["additionalPrinterColumns"] = [
        {"name": "Team", "type": "string", "jsonPath": ".spec.teamRef"},
        {"name": "Phase", "type": "string", "jsonPath": ".status.phase"},
    ]
    for crd in (run, foreign_crd(TEAM_KIND, TEAM_PLURAL)):
        control_plane.kubectl("create", "-f", "-", input=json.dumps(crd))
    control_plane.wait_for_crds("crd", "--all")
