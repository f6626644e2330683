"""References to other objects in the same namespace."""

from typing import Annotated

from pydantic import Field

from arkrun_crd.v1alpha1.values import Open

ObjectName = Annotated[str, Field(max_length=253)]


class ObjectReference(Open):
    """A reference to an object in the same namespace, by name."""

    name: ObjectName | None = None
    """Name of the object."""


class OptionalSource(Open):
    """A ConfigMap or Secret that may be missing."""

    name: ObjectName = ""
    """Name of the ConfigMap or Secret."""
    optional: bool | None = None
    """Whether the object may be missing."""


class KeySelector(Open):
    """One key of a ConfigMap or Secret."""

    name: ObjectName | None = None
    """Name of the ConfigMap or Secret."""
    key: ObjectName | None = None
    """Key in the object."""
    optional: bool | None = None
    """Whether the object or its key may be missing."""


class SecretSource(Open):
    """A value kept in a Secret."""

    secret_key_ref: KeySelector | None = None
    """Key of the Secret that holds the value."""


class SecretReference(Open):
    """A whole Secret, such as a TLS client certificate."""

    secret_ref: ObjectReference | None = None
    """Secret in the same namespace."""
