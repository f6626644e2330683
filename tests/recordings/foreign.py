"""Permissive CRDs without our rules, as installed by an operator: all unknown fields are preserved."""

import json
from typing import Any

from arkrun_crd.names import GROUP, RUN_KIND, RUN_PLURAL, TEAM_KIND, TEAM_PLURAL, VERSION
from controlplane import ControlPlane


def foreign_crd(kind: str, plural: str) -> dict[str, Any]:
    """Build the CRD of one kind, with the labels and annotations of its own release."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": VERSION, "served": True, "storage": True, "subresources": {"status": {}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{GROUP}",
            "labels": {"app.kubernetes.io/managed-by": "Helm"},
            "annotations": {"meta.helm.sh/release-name": "ark", "meta.helm.sh/release-namespace": "ark"},
        },
        "spec": {
            "group": GROUP,
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
            "scope": "Namespaced",
            "versions": [{**version, "schema": {"openAPIV3Schema": anything}}],
        },
    }


FOREIGN_CRDS = (foreign_crd(RUN_KIND, RUN_PLURAL), foreign_crd(TEAM_KIND, TEAM_PLURAL))


def install_foreign_crds(control_plane: ControlPlane) -> None:
    """Create both CRDs and wait until they are served."""
    for crd in FOREIGN_CRDS:
        control_plane.kubectl("create", "-f", "-", input=json.dumps(crd))
    control_plane.wait_for_crds("crd", "--all")
