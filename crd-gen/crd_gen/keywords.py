"""Schemas as parsed JSON, and the names of Kubernetes' extensions (apiextensions/v1, JSONSchemaProps)."""

from typing import Any, Final

Schema = dict[str, Any]
"""A schema as parsed JSON: pydantic's core schema, a structural schema, or an object around them."""

PRESERVE_UNKNOWN: Final = "x-kubernetes-preserve-unknown-fields"
EMBEDDED_RESOURCE: Final = "x-kubernetes-embedded-resource"
INT_OR_STRING: Final = "x-kubernetes-int-or-string"
VALIDATIONS: Final = "x-kubernetes-validations"
LIST_TYPE: Final = "x-kubernetes-list-type"
LIST_MAP_KEYS: Final = "x-kubernetes-list-map-keys"
MAP_TYPE: Final = "x-kubernetes-map-type"

SERVER_FIELDS: Final = ("apiVersion", "kind", "metadata")
"""Fields of every object that the API server itself declares and validates."""
