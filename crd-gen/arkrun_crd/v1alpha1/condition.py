"""Standard conditions (apimachinery, metav1.Condition)."""

from typing import Annotated, Literal

from pydantic import Field

from arkrun_crd.v1alpha1.values import Moment
from crd_gen import Int64, Node


class Condition(Node):
    """One aspect of the current state of an object."""

    type: Annotated[str, Field(max_length=316)]
    """Type of the condition in CamelCase."""
    status: Literal["True", "False", "Unknown"]
    """Status of the condition. One of True, False, Unknown."""
    observed_generation: Annotated[Int64, Field(ge=0)] | None = None
    """metadata.generation that the condition was set based upon."""
    last_transition_time: Moment
    """Last time the condition transitioned from one status to another."""
    reason: Annotated[str, Field(max_length=1024)]
    """Programmatic identifier in CamelCase indicating the reason for the condition's last transition."""
    message: Annotated[str, Field(max_length=32_768)]
    """Human-readable message indicating details about the transition."""
