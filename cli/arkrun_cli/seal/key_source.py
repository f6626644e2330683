"""The public keys of the seals that the cluster publishes."""

from __future__ import annotations

from arkrun_cli.cluster import Cluster
from arkrun_cli.errors import BadInputError, CannotTellError
from arkrun_cli.seal.keys import Keys, parse_keys
from arkrun_kube import ApiError, Resource

__all__ = ["DEFAULT_CONFIG_MAP", "keys_of_cluster"]

CONFIG_MAPS = Resource("", "v1", "configmaps")
DEFAULT_CONFIG_MAP = "arkrun-system/arkrun-seal-keys"


async def keys_of_cluster(cluster: Cluster, config_map: str) -> Keys:
    """Read the public keys that the sealer has published. Raises BadInputError and CannotTellError."""
    namespace, slash, name = config_map.partition("/")
    if not (namespace and slash and name):
        raise BadInputError(f"invalid --keys-from {config_map!r}: expected NAMESPACE/NAME of a ConfigMap")
    try:
        stored = await cluster.client.get(CONFIG_MAPS.path(namespace, name))
    except ApiError as error:
        raise CannotTellError(
            f"no public keys: {error.message}: name the ConfigMap with --keys-from NAMESPACE/NAME, "
            "or files with --keys"
        ) from None
    return parse_keys(f"ConfigMap {config_map}", list((stored.get("data") or {}).values()))
