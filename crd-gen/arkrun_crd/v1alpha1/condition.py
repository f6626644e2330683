"""Standard conditions (apimachinery, metav1.Condition)."""

from typing import Annotated, Literal

from pydantic import Field

from arkrun_crd.v1alpha1.values import Moment
from crd_gen import Int64, Node


class Condition(Node):
    """One aspect of the state as a controller sees it."""

    type: Annotated[str, Field(max_length=316)]
    """Aspect that is described, in CamelCase."""
    status: Literal["True", "False", "Unknown"]
    """Whether the aspect holds."""
    observed_generation: Annotated[Int64, Field(ge=0)] | None = None
    """Generation of the object that was looked at."""
    last_transition_time: Moment
    """When status changed last."""
    reason: Annotated[str, Field(max_length=1024)]
    """Cause of the last change, one word for programs."""
    message: Annotated[str, Field(max_length=32_768)]
    """Details of the last change, for people."""
