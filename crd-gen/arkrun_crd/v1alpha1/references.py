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
    """A reference to a ConfigMap or Secret."""

    name: ObjectName = ""
    """Name of the ConfigMap or Secret."""
    optional: bool | None = None
    """If true, the ConfigMap or Secret does not have to exist. Defaults to false."""


class KeySelector(Open):
    """A key of a ConfigMap or Secret."""

    name: ObjectName | None = None
    """Name of the ConfigMap or Secret."""
    key: ObjectName | None = None
    """Key of the ConfigMap or Secret to select."""
    optional: bool | None = None
    """If true, the ConfigMap or Secret, or its key, does not have to exist. Defaults to false."""


class SecretSource(Open):
    """A value from a Secret."""

    secret_key_ref: KeySelector | None = None
    """Key of the Secret that contains the value."""


class SecretReference(Open):
    """A reference to a Secret, such as a TLS client certificate."""

    secret_ref: ObjectReference | None = None
    """Secret in the same namespace."""
