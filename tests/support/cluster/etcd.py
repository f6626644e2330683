"""Objects read and written directly in etcd, past every admission: over its JSON gateway, without etcdctl.

Custom resources are stored as plain JSON.
"""

import base64
import json
import urllib.request
from dataclasses import dataclass
from typing import Any

from arkrun_crd.names import GROUP, RUN_PLURAL

Json = dict[str, Any]


def run_key(namespace: str, name: str) -> str:
    """Return the key under which the API server stores a run."""
    return f"/registry/{GROUP}/{RUN_PLURAL}/{namespace}/{name}"


@dataclass(frozen=True)
class Etcd:
    """One etcd, by the URL that its clients use."""

    url: str

    def read(self, key: str) -> Json:
        """Read an object. Raises KeyError if there is none."""
        found = self._call("range", {"key": _encode(key)}).get("kvs")
        if not found:
            raise KeyError(key)
        value: Json = json.loads(base64.b64decode(found[0]["value"]))
        return value

    def write(self, key: str, value: Json) -> None:
        """Write an object, whatever was there."""
        self._call("put", {"key": _encode(key), "value": _encode(json.dumps(value, separators=(",", ":")))})

    def delete(self, key: str) -> None:
        """Delete an object."""
        self._call("deleterange", {"key": _encode(key)})

    def _call(self, action: str, body: Json) -> Json:
        request = urllib.request.Request(f"{self.url}/v3/kv/{action}", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=30) as response:
            answer: Json = json.load(response)
        return answer


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
