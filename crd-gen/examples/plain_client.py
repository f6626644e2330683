"""The plain client: `python plain_client.py NAMESPACE` creates a cache, and shows what the server refuses."""

import json
import sys
from typing import Any

from api import Cache, CacheSpec
from kubernetes import client, config

KIND: dict[str, Any] = {
    "group": Cache.names.group,
    "version": Cache.version.name,
    "plural": Cache.names.plural,
}


def main(namespace: str) -> None:
    """Create a cache, read it back, and try to change its engine."""
    config.load_kube_config()  # type: ignore[no-untyped-call]
    api = client.CustomObjectsApi()
    spec = CacheSpec(engine="valkey")
    body = {
        "apiVersion": f"{Cache.names.group}/{Cache.version.name}",
        "kind": Cache.names.kind,
        "metadata": {"name": "from-the-client"},
        "spec": spec.model_dump(by_alias=True, mode="json"),
    }
    created: Any = api.create_namespaced_custom_object(**KIND, namespace=namespace, body=body)
    stored = Cache.read(created)
    print(stored.metadata.name, stored.spec.engine, stored.spec.replicas)
    try:
        api.patch_namespaced_custom_object(
            **KIND, namespace=namespace, name="from-the-client", body={"spec": {"engine": "redis"}}
        )
    except client.ApiException as error:
        print(json.loads(error.body or "{}")["message"])


if __name__ == "__main__":
    main(sys.argv[1])
