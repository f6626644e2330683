"""Routing: a team whose next agent is chosen by a model."""

from typing import Annotated

from pydantic import Field

from arkrun_crd.v1alpha1.values import Anything, Line, Name, Open, Text
from crd_gen import Int32


class Routing(Open):
    """A team without roles and pipeline: a model picks agents from a registry."""

    registry_ref: Anything = None
    """Registry whose agents may be picked."""
    model: Line | None = None
    """Model that picks."""
    system_prompt: Text | None = None
    """Prompt of the model that picks."""
    fallback: Name | None = None
    """Agent to use when the model picks none."""
    max_hops: Annotated[Int32, Field(ge=0)] | None = None
    """Agents that one run may pass through."""
