"""An operator with kopf: `kopf run kopf_operator.py`.

The handlers read objects with the model that the definition is generated from, so a typo in a field's name is
an error of the type checker.
"""

from typing import Any

import kopf
from api import Cache

KIND = (Cache.names.group, Cache.version.name, Cache.names.plural)


@kopf.on.create(*KIND)
@kopf.on.update(*KIND, field="spec")
def reconcile(body: kopf.Body, patch: kopf.Patch, logger: kopf.Logger, **_: Any) -> None:
    """Report a cache as ready."""
    cache = Cache.read(dict(body))
    logger.info("%s with %d replicas", cache.spec.engine, cache.spec.replicas)
    patch.status["phase"] = "Ready"
    patch.status["replicas"] = cache.spec.replicas
