"""A user of the API server with the permissions that `arkrun_certs` requires."""

import json
from typing import Any

from support.certs.environment import Environment

SECRET_RULES = [
    {
        "apiGroups": [""],
        "resources": ["secrets"],
        "resourceNames": ["certs", "path"],
        "verbs": ["get", "watch", "update"],
    },
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
]
REGISTRATION = "admissionregistration.k8s.io"


def configurations(names: list[str], *verbs: str) -> dict[str, Any]:
    """Build an RBAC rule for configurations by name."""
    resources = ["validatingwebhookconfigurations"]
    return {"apiGroups": [REGISTRATION], "resources": resources, "resourceNames": names, "verbs": verbs}


class Account:
    """A user with the documented permissions, which can be revoked."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self.name = f"manager-{env.name}"
        self.kubeconfig = env.control_plane.user_kubeconfig(self.name)

    def may_manage_secrets(self) -> None:
        """Grant access to the Secrets."""
        self._grant("Role", SECRET_RULES)

    def may_inject(self, *read_only: str) -> None:
        """Grant access to the configuration, and read access to others."""
        self._grant(
            "ClusterRole",
            [
                configurations([self._env.name], "get", "watch", "patch"),
                *([configurations(list(read_only), "get", "watch")] if read_only else []),
            ],
        )

    def may_only_read(self) -> None:
        """Grant read access to the configuration."""
        self._grant("ClusterRole", [configurations([self._env.name], "get", "watch")])

    def revoke(self, kind: str) -> None:
        """Revoke the permissions of a Role or ClusterRole."""
        self._env.control_plane.kubectl("delete", kind, self.name, "-n", self._env.namespace)

    def _grant(self, kind: str, rules: list[dict[str, Any]]) -> None:
        metadata = {"name": self.name, "namespace": self._env.namespace}
        rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": metadata}
        role_ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": self.name}
        subjects = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": self.name}]
        binding = {"kind": f"{kind}Binding", "roleRef": role_ref, "subjects": subjects}
        for each in ({"kind": kind, "rules": rules}, binding):
            self._env.control_plane.kubectl("apply", "-f", "-", input=json.dumps({**rbac, **each}))
