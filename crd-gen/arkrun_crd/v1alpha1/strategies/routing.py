"""Routing: a team whose agent is chosen by a model."""

from arkrun_crd.v1alpha1.references import ObjectName, ObjectReference
from arkrun_crd.v1alpha1.values import Document, Line, Open
from crd_gen import Int64


class Routing(Open):
    """Selection of an agent by a model, for a team without roles and pipeline."""

    registry_ref: ObjectReference | None = None
    """ArkRegistry that lists the available agents."""
    model: Line | None = None
    """Model that selects the agent."""
    system_prompt: Document | None = None
    """System prompt of the model that selects the agent."""
    fallback: ObjectName | None = None
    """Agent that is used if the model selects none."""
    max_hops: Int64 | None = None
    """Maximum number of routing decisions in a run."""
