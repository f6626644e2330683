"""Routing: a team whose agent is chosen by a model."""

from arkrun_crd.v1alpha1.references import ObjectName, ObjectReference
from arkrun_crd.v1alpha1.values import Document, Line, Open
from crd_gen import Int64


class Routing(Open):
    """How a model chooses the agent from a registry, in a team without roles and pipeline."""

    registry_ref: ObjectReference | None = None
    """ArkRegistry whose agents may be chosen."""
    model: Line | None = None
    """Model that chooses."""
    system_prompt: Document | None = None
    """System prompt of the model that chooses."""
    fallback: ObjectName | None = None
    """Agent to use when the model chooses none."""
    max_hops: Int64 | None = None
    """Routing decisions that one run may take."""
