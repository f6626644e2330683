"""A script with kr8s: `python kr8s_script.py NAMESPACE` creates a cache and prints all of them."""

import sys

from api import Cache, CacheSpec
from kr8s.objects import new_class

CacheObject = new_class(
    Cache.names.kind,
    version=f"{Cache.names.group}/{Cache.version.name}",
    plural=Cache.names.plural,
    namespaced=True,
)


def main(namespace: str) -> None:
    """Create a cache, and print the engines of all caches of the namespace."""
    spec = CacheSpec(engine="redis", replicas=2)
    made = CacheObject(
        {
            "metadata": {"name": "from-kr8s", "namespace": namespace},
            "spec": spec.model_dump(by_alias=True, mode="json"),
        }
    )
    made.create()
    for found in CacheObject.list(namespace=namespace):
        cache = Cache.read(found if isinstance(found, dict) else found.raw)
        print(cache.metadata.name, cache.spec.engine, cache.spec.replicas)


if __name__ == "__main__":
    main(sys.argv[1])
